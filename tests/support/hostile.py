"""Pages that nobody would print: what they are made of, and what must hold of each."""

from __future__ import annotations

import contextlib
import math
import random
import signal
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import FrameType

from hypothesis import strategies as st

from pipeline.clean.founder import founder_table
from pipeline.decode import decode
from pipeline.records import FIELDS, Page, PageResult, StoryResult
from pipeline.stages import Toolkit, process
from pipeline.tables import page_rows, to_tables

GOLD = Path(__file__).parent.parent / "gold"
DAMAGED = "".join(founder_table())
# Characters that texts seldom hold: controls, private use, marks of direction, lone combining
# marks, digits of other scripts, and the last of all.
ODD = (
    "\0\x01\x07\x08\x0b\x0c\x1b\x1c\x7f\x85\xa0\xad\u0300\u0301\u0663\u0669\u0e2a\u200b\u200d"
    "\u200e\u202e\u2028\u2029\u2066\u2069\u20e3\u3000\ue000\uf8ff\ufeff\ufffc\ufffd\ufffe\uffff"
    "\U0001f600\U0001f1e8\U00020000\U000e0041\U0010ffff"
)
MARKS = "，。、；：？！“”‘’（）《》【】『』「」〔〕…—·,.()[]{}<>|/-－~～％%‰+*#^$\\"
# Pieces of which the grammars are made, and some that are nearly so.
PIECES = (
    *("北京", "天津市", "广东省", "和县", "朝阳区", "三排镇", "某某村", "阿巴德州", "美国", "全省"),
    *(
        "民政局",
        "公司",
        "协会",
        "大学",
        "市教育局",
        "新华社",
        "局长袁",
        "（以下简称“促进会”）",
        "局",
    ),
    *("2025年6月20日", "0000年00月00日", "99999年13月45日", "去年", "次日", "上周五", "至今", "每"),
    *(
        "20٣٤年5月",
        "90年代",
        "2月30日",
        "1月至",
        "3年零4个月",
        "前三季度",
        "17日",
        "今年底",
        "１２月",
    ),
    *(
        "41家",
        "3至5个",
        "百分之",
        "万亿",
        "十",
        "1,234.5万元",
        "元/人",
        "三四百名",
        "七成半",
        "零下3℃",
    ),
    *(
        "多",
        "余",
        "近",
        "以上",
        "其中",
        "分别",
        "占",
        "比",
        "增长3%",
        "从",
        "到",
        "的",
        "中，",
        "发展",
    ),
    *(
        "（新华社）",
        "本报记者 张三",
        "来源：红网",
        "新华社北京1月3日电",
        "第4版",
        "责任编辑 李四",
        "驻",
    ),
    *(
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\f",
        "\t",
        "  ",
        "　　",
        "中 国 人 民 ",
        "袁",
        "遥",
        "园员圆",
        "野冶",
    ),
    *("0OOl|-", "O.O", "http://a.b/?c=1&d", "E-mail:x@y.z", "😀", "สวัสดี", "السلام", "word "),
)


@cache
def real_pages() -> tuple[str, ...]:
    """The pages of tests/gold that may be looked at, as they are read."""
    files = sorted(p for name in ("seeds", "hard") for p in (GOLD / name).glob("*.txt"))
    return tuple(p.read_text("utf-8") for p in files if p.stem[1:] not in ("07", "08"))


def texts() -> st.SearchStrategy[str]:
    """Short texts: pieces and odd characters in any order, some of them many times."""
    piece = st.one_of(
        st.sampled_from(PIECES),
        st.sampled_from(PIECES),
        st.text(st.sampled_from(ODD), max_size=3),
        st.text(st.sampled_from(MARKS), max_size=4),
        st.text(st.sampled_from(DAMAGED), max_size=4),
        st.text(max_size=3),
    )
    repeated = st.builds(lambda p, n: p * n, piece, st.sampled_from((1, 1, 1, 2, 5, 20)))
    return st.lists(repeated, min_size=1, max_size=30).map("".join).filter(bool)


def shuffled(rng: random.Random, size: int) -> str:
    """Pieces of real pages, put together anew."""
    whole = "".join(real_pages())
    found = ""
    while len(found) < size:
        at = rng.randrange(len(whole))
        found += whole[at : at + rng.randrange(1, 40)]
    return found


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A part of `data` with some bytes changed, lost, doubled or put elsewhere."""
    start = rng.randrange(len(data))
    found = bytearray(data[start : start + rng.randrange(20, 400)])
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(found) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            found[at : at + 1] = bytes((rng.randrange(256),))
        elif kind == 1:
            del found[at : at + rng.randrange(1, 4)]
        elif kind == 2:
            found[at:at] = found[at : at + rng.randrange(1, 30)]
        elif kind == 3:
            found[at:at] = rng.choice((b"\0", b"\r", b"\n\n", b"\f", b"\x1b", b"\xff\xfe", b"\xa1"))
        else:
            found[at:at] = data[rng.randrange(len(data)) :][: rng.randrange(1, 20)]
    return bytes(found)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop what takes longer with a TimeoutError, also where it would never end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def page_of(data: bytes) -> Page:
    """`data` as the program decodes it, and as GB18030 where it would not read it at all."""
    found = decode(data)
    text = found.text if found else data.decode("gb18030", "replace")
    return Page("0" * 16, "page.txt", "0" * 64, found.encoding if found else "gb18030", text)


def read_through(page: Page, toolkit: Toolkit, seconds: float = 20.0) -> PageResult:
    """All that is found on `page`, within a limit of time, when all that must hold of it does."""
    with time_limit(seconds):
        result = process(page, toolkit)
        rows = page_rows(result)
        tables = to_tables([rows])
    for name, table in tables.items():
        assert table.num_rows == len(rows.get(name, ())), name
    assert tables["documents"]["repairs"].to_pylist() == [tables["repairs"].num_rows]
    assert tables["documents"]["stories"].to_pylist() == [tables["stories"].num_rows]
    for name in ("stories", "organizations", "places", "dates", "counts", "facts", "repairs"):
        starts = tables[name]["raw_start"].to_pylist()
        ends = tables[name]["raw_end"].to_pylist()
        assert all(0 <= a <= b <= len(page.text) for a, b in zip(starts, ends, strict=True)), name
    _assert_nothing_lost(result)
    for story in result.stories:
        _assert_mentions(story)
    return result


def is_blank(c: str) -> bool:
    """Whether cleaning may drop a character without a word."""
    return c.isspace() or c in "\u200b\ufeff"


def _assert_nothing_lost(result: PageResult) -> None:
    """Each character of the raw page stands in the clean page, or a repair says where it went."""
    raw, body = result.page.page.text, result.page.body
    kept = bytearray(len(raw))
    for s in body.segments:
        kept[s.source_start : s.source_end] = b"\1" * (s.source_end - s.source_start)
    for r in result.page.repairs:
        assert r.raw == raw[r.raw_start : r.raw_end]
        assert r.raw != r.clean
        kept[r.raw_start : r.raw_end] = b"\1" * (r.raw_end - r.raw_start)
    assert [c for c, k in zip(raw, kept, strict=True) if not k and not is_blank(c)] == []
    assert all(a.raw_start <= b.raw_start for a, b in pairwise(result.page.repairs))
    # Every paragraph of the clean page belongs to one story.
    assert [s.story.ordinal for s in result.stories] == list(range(1, len(result.stories) + 1))
    assert bool(result.stories) == bool(result.page.blocks)


def _assert_mentions(found: StoryResult) -> None:
    m = found.mentions
    for mention in (*m.counts, *m.dates, *m.places, *m.organizations):
        text = found.story.field(mention.field).text
        assert 0 <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.text
        assert 0 <= mention.confidence <= 1
    for c in m.counts:
        assert math.isfinite(c.value)
        assert c.value_max is None or c.value < c.value_max < math.inf
    for kind in (m.counts, m.dates, m.places, m.organizations):
        for field in FIELDS:
            spans = [(x.start, x.end) for x in kind if x.field == field]
            assert all(a[1] <= b[0] for a, b in pairwise(spans)), spans
    assert len(found.facts) == len(m.counts)


def _times(piece: str) -> Callable[[int], str]:
    return lambda size: (piece * (size // len(piece) + 1))[:size]


# Pages of one kind of thing, of any size: each was slower than in proportion to its size once,
# or looks as if it could be.
LARGE: Mapping[str, Callable[[int], str]] = {
    "suffixes": _times("局"),
    "quoted suffixes": _times("“民政局”"),
    "companies": _times("公司"),
    "towns": _times("三排镇"),
    "weak places": _times("和县朝阳"),
    "headings": _times("中国社会\n"),
    "counts side by side": _times("3人"),
    "one long sentence": _times("全省3家，从3家到4家，"),
    "a list of lists": lambda n: "北京、" * (n // 6) + "分别" + "3家、" * (n // 6),
    "table": _times("姓名\t12\t34.5%\t北京\n"),
    "aliases": _times("中国扶贫促进会（以下简称“促进会”）促进会"),
    "sounds": lambda n: "美国" + _times("阿巴、")(n),
    "letters like digits": lambda n: "0" + "O|" * (n // 2) + "-",
    "correspondents": _times("驻" * 40 + "\n"),
    "loose setting": _times("中 国 人 民， 3 家 企 业  "),
    "open brackets": _times("【《（“『"),
    "closed brackets": _times("）》”』】"),
    "nested brackets": lambda n: _times("【《（“『")(n // 2) + _times("』”）》】")(n // 2),
    "damaged marks": _times(DAMAGED),
    "one character lines": _times("中\n"),
    "sheets": _times("中国\f"),
    "line ends": _times("\n\f\r\x85\u2028\u2029"),
    "digits": _times("1"),
    "magnitudes": _times("万亿"),
    "words": _times("word "),
    "emoji": _times("😀"),
    "directions": _times("\u202e中\u2066国\u202c"),
    "short stories": _times("社会\n第一。\n（新华社）\n"),
    "nothing": _times("\0"),
}
