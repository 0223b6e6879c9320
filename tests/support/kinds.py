"""Make raw pages of many kinds out of articles, beyond the plain ones of `pages.py`.

Each `Kind` stresses one habit of typesetters or extractors: headlines below the body, briefs,
no credits, bylines, boxes after the credit, letters, folios, columns that change their width,
headlines in a damaged font. All chances come from a `random.Random`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from tests.support.damage import shift
from tests.support.pages import (
    STYLES,
    Article,
    Made,
    Story,
    Style,
    render,
    width,
    wrapped,
)

Lines = list[tuple[str, str]]
CREDITS = (
    ("（据《辽宁日报》）", "辽宁日报"),
    ("（新华社）", "新华社"),
    ("据《南方日报》", "南方日报"),
    ("（红网）", "红网"),
    ("（据广东省民政厅网站）", "广东省民政厅"),
    ("来源：中国新闻网", "中国新闻网"),
    ("本报记者 石野", "本报"),
    ("（张明 李红）", None),
)
BYLINES = ("本报记者 石野", "□本报记者 石野 通讯员 王平", "本报记者 张明 李红", "■ 本报记者 林华")
FOLIOS = ("第3版 要闻", "2021年5月6日 星期四", "责任编辑：张明", "04 版", "2019年11月12日 第2版")
KICKERS = ("本报编辑部", "权威发布", "新春走基层", "一线调查", "民生关注", "记者观察", "回眸与展望")
NOTICES = ("招聘启事", "公告", "通知", "公报", "公告（摘要）", "倡议书")
NAME = re.compile(r"[\u4e00-\u9fff]{4,9}")
CHANGES = (
    *("notice", "questions"),
    *("", "", "", "kicker", "subtitle", "brief", "byline", "letter", "columns", "damage"),
    *("sub-headings", "sub-headings", "box", "box"),
)
TIGHT = tuple(s for s in STYLES if s.spacing == "none" and not s.indent)


class Kind(Struct, frozen=True):
    """What pages of one kind have in common; `change` names what is done to each article.

    `any` draws one for each article.
    """

    name: str
    place: str = "either"  # of the headline: before, after, either (one for the whole page)
    lines: tuple[int, ...] = (1, 2)  # in which it is printed
    articles: tuple[int, int] = (1, 4)
    credit: float = 0.5
    change: str = ""
    styles: tuple[Style, ...] = STYLES


KINDS = (
    Kind("before", "before"),
    Kind("after", "after"),
    Kind("no credit, before", "before", credit=0.0, articles=(2, 5)),
    Kind("no credit, after", "after", credit=0.0, articles=(2, 5)),
    Kind("three lines", lines=(3,)),
    Kind("briefs, before", "before", articles=(4, 8), credit=0.3, change="brief"),
    Kind("briefs, after", "after", articles=(4, 8), credit=0.6, change="brief"),
    Kind("kicker", change="kicker"),
    Kind("subtitle", change="subtitle"),
    Kind("glued", styles=TIGHT),
    Kind("byline", "before", credit=0.0, change="byline"),
    Kind("sub-headings", change="sub-headings"),
    Kind("letters", credit=0.6, change="letter"),
    Kind("notices", "before", credit=0.3, change="notice"),
    Kind("questions", credit=0.4, change="questions"),
    Kind("boxes", credit=1.0, change="box"),
    Kind("folios", change="folio"),
    Kind("columns", change="columns"),
    Kind("damaged headline", change="damage"),
    Kind("mixed places", "mixed"),
    Kind("everything", "mixed", (1, 1, 2, 2, 3), (2, 6), 0.7, "any"),
    Kind("everything, before", "before", (1, 2), (2, 6), 0.7, "any"),
    Kind("everything, after", "after", (1, 2, 3), (2, 6), 0.7, "any"),
    Kind("everything, tight", "mixed", (1, 2), (2, 6), 0.7, "any", styles=TIGHT),
)


def page_of_kind(articles: Sequence[Article], kind: Kind, rng: random.Random) -> Made:
    """A raw page of `articles`, their titles in one piece, and the stories to be read from it."""
    style = rng.choice(kind.styles)
    base = rng.randint(10, 30)
    place = rng.choice(("before", "after")) if kind.place == "either" else kind.place
    out: list[str] = []
    kinds = ""
    stories: list[Story] = []
    for n, article in enumerate(articles):
        measure = min(30, max(10, base + rng.choice((0, 0, 0, -3, 2, 5))))
        before = place == "before" or (place == "mixed" and rng.random() < 0.5)
        own = kind
        if kind.change == "any":
            own = replace(kind, change=rng.choice(CHANGES))
        lines, story, head = _article(article, own, style, (measure, before), rng)
        if kind.change == "folio" and rng.random() < (0.8 if n == 0 else 0.3):
            out.append(rng.choice(FOLIOS))
        fresh = style.leading_blank and (n == 0 or rng.random() < 0.3)
        out += render(lines, style, rng, " " if fresh else "", frozenset({head, len(lines) - head}))
        kinds += "".join(kind for _, kind in lines)
        stories.append(story)
    if kind.change == "folio":
        out.append(rng.choice(FOLIOS))
    return Made("\n".join(out) + "\n", stories, kinds)


def _article(
    article: Article, kind: Kind, style: Style, set_as: tuple[int, bool], rng: random.Random
) -> tuple[Lines, Story, int]:
    """The lines of one article, what should be read from them, how many make its headline.

    `set_as` is the width of its column and whether the headline stands before the body.
    """
    measure, before = set_as
    head = _broken(" ".join(article.title), rng.choice(kind.lines), rng)
    if kind.change == "kicker":
        head.insert(0, rng.choice(KICKERS) if rng.random() < 0.4 else _clause(article, rng))
    elif kind.change == "subtitle":
        head.append("——" + _clause(article, rng))
    paragraphs = [p for p in article.paragraphs if not p.startswith("# ")]
    credit, source = article.credit, article.source
    if source is None and rng.random() < kind.credit:
        credit, source = rng.choice(CREDITS)
    if kind.change == "brief":
        paragraphs = [_brief(paragraphs[0], measure * rng.uniform(2, 4.5))]
    elif kind.change == "letter":
        paragraphs.insert(0, rng.choice(("编辑同志：", "编辑您好：", "尊敬的读者朋友：")))
    elif kind.change == "questions" and not (source and credit is None):
        paragraphs = _asked(paragraphs)
    elif kind.change == "notice" and source is None and (opening := NAME.match(paragraphs[0])):
        head = [opening.group() + rng.choice(NOTICES)]
    elif kind.change == "sub-headings":
        paragraphs = _headed(paragraphs, rng)
    body = _body(paragraphs, measure, kind, style, rng)
    if credit:
        _credit(body, credit, measure, kind.change == "box", rng)
    if kind.change == "byline" and source is None:
        byline, source = rng.choice(BYLINES), "本报"
        body.insert(0, (byline, "K"))
    title = "".join(head)
    if kind.change == "damage":
        head = [shift(line) for line in head]
    shift_right = " " * 3 if style.indent and rng.random() < 0.5 else ""
    top: Lines = [(shift_right + line, "H") for line in head]
    text = "\n".join(p.removeprefix("# ") for p in paragraphs)
    return (top + body if before else body + top), Story(title, text, source), len(head)


def _broken(title: str, count: int, rng: random.Random) -> list[str]:
    """A title in `count` lines at most, broken at its blanks and dashes if it has any."""
    parts = re.sub(r"\s+|(?=——)", "\n", title).split("\n")
    parts = [p for p in parts if p]
    if len(parts) > 1 and (count == 1 or rng.random() < 0.2):
        return ["".join(p if p.startswith("——") else f" {p}" for p in parts).strip()]
    while len(parts) < count:
        longest = max(range(len(parts)), key=lambda n: len(parts[n]))
        text = parts[longest]
        if len(text) < 9:
            break
        at = len(text) // 2 + rng.choice((-1, 0, 1))
        if re.match("[，。、：；？！”》）]", text[at]) or text[at - 1 : at + 1].isascii():
            at += 1
        parts[longest : longest + 1] = [text[:at], text[at:]]
    return parts


def _clause(article: Article, rng: random.Random) -> str:
    """A short clause of an article, as kickers, subtitles and sub-headings are."""
    found = re.findall(r"[\u4e00-\u9fff]{6,16}", "，".join(article.paragraphs[-2:]))
    return rng.choice(found) if found else "写在新的一年"


def _brief(paragraph: str, room: float) -> str:
    """The first sentences of a paragraph that fit into `room`, one at least."""
    text = ""
    for sentence in re.findall(r"[^。！？]*[。！？]”?|[^。！？]+$", paragraph):
        if text and width(text + sentence) > room:
            break
        text += sentence
    return text


def _headed(paragraphs: Sequence[str], rng: random.Random) -> list[str]:
    """Paragraphs with sub-headings made of what the next one says."""
    found: list[str] = []
    style = rng.choice(("", "", "一", "（一）"))
    number = 0
    for n, p in enumerate(paragraphs):
        clauses = re.findall(r"(?<=[，。；：])[\u4e00-\u9fff]{4,12}(?=[，。；])", p)
        if clauses and (n or rng.random() < 0.3) and rng.random() < 0.5 and number < 4:
            mark = {"一": "一二三四"[number] + "、", "（一）": f"（{'一二三四'[number]}）"}.get(
                style, ""
            )
            found.append(f"# {mark}{rng.choice(clauses)}")
            number += 1
        found.append(p)
    return found


def _asked(paragraphs: Sequence[str]) -> list[str]:
    """Paragraphs as answers to questions, made of what they say."""
    found: list[str] = []
    for p in paragraphs:
        clause = re.search(r"[\u4e00-\u9fff]{6,}", p)
        if clause:
            found.append(f"问：{clause.group()}是怎么回事？")
        found.append(f"答：{p}")
    return found


def _body(
    paragraphs: Sequence[str], measure: int, kind: Kind, style: Style, rng: random.Random
) -> Lines:
    """The lines of the paragraphs; from one of them on, the column may be of another width."""
    turn = rng.randrange(1, len(paragraphs) + 1) if kind.change == "columns" else len(paragraphs)
    other = measure + rng.choice((-5, -4, 4, 6))
    lines: Lines = []
    lost = not style.indent or rng.random() < 0.15
    for n, text in enumerate(paragraphs):
        if text.startswith("# "):
            lines.append((text[2:], "H"))
            continue
        first, *rest = wrapped(text, max(8, measure if n < turn else other), rng)
        lines += [(("" if lost else style.indent) + first, "B"), *((x, "n") for x in rest)]
    return lines


def _credit(lines: Lines, credit: str, measure: int, box: bool, rng: random.Random) -> None:
    """Put a credit below the last paragraph, behind it, or above it where it is a box."""
    firsts = [n for n, (_, kind) in enumerate(lines) if kind == "B"]
    if box and len(firsts) > 1:
        lines.insert(firsts[-1], (credit, "K"))
    elif rng.random() < 0.3 and width(lines[-1][0] + credit) < measure - 1:
        lines[-1] = lines[-1][0] + " " * rng.choice((0, 1, 2, 8)) + credit, lines[-1][1]
    else:
        lines.append((credit, "K"))
