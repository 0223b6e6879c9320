"""From a raw page to stories: paragraphs, headlines, sources, and where each character stood."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean import CleanGrammar, clean, compile_clean
from pipeline.records import CleanPage, Page
from pipeline.rulebook import load_rules
from pipeline.split import SplitGrammar, compile_split, split
from tests.support.kinds import KINDS, page_of_kind
from tests.support.pages import STYLES, Article, Made, Story, break_lines, make_page
from tests.support.scores import is_unseen

HERE = Path(__file__).parent
RULES = load_rules()
CLEAN: CleanGrammar = compile_clean(RULES)
SPLIT: SplitGrammar = compile_split(RULES)


def page_of(raw: str) -> CleanPage:
    return clean(Page("0" * 16, "page.txt", "", "utf-8", raw), CLEAN)


def stories_of(page: CleanPage) -> list[Story]:
    found = split(page, SPLIT)
    return [Story(s.title.text, s.text.text, s.source) for s in found]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def key(story: Story) -> tuple[str, str | None, str]:
    """A story but for blanks."""
    return bare(story.title), story.source, re.sub(r"[^\S\n]", "", story.text)


def shown(stories: list[Story]) -> str:
    """Stories as the files of tests/layouts write them."""
    return "\n".join(f"## {s.title} | {s.source or '-'}\n{s.text}" for s in stories)


def layouts() -> list[Path]:
    return sorted((HERE / "layouts").glob("*.txt"))


@pytest.mark.parametrize("path", layouts(), ids=lambda p: p.stem)
def test_layout(path: Path) -> None:
    raw, _, expected = path.read_text("utf-8").partition("----\n")
    lines = [line.removesuffix("$") for line in raw.splitlines() if not line.startswith("#")]
    assert shown(stories_of(page_of("\n".join(lines) + "\n"))) == expected.strip("\n")


def gold_articles() -> list[Article]:
    """The stories of the pages with truth, as articles that can be printed again."""
    found = []
    for path in sorted((HERE / "gold").glob("[sp]*/*.json")):
        if is_unseen(path.name):
            continue
        for story in json.loads(path.read_text("utf-8"))["stories"]:
            paragraphs = tuple(story["text"].split("\n"))
            if all(p.endswith(("。", "！", "？", "”")) for p in paragraphs):
                credit = f"（据《{story['source']}》）" if story["source"] else None
                found.append(
                    Article(tuple(story["title"].split(" ")), paragraphs, credit, story["source"])
                )
    return found


ARTICLES = gold_articles()


def made(seed: int, count: int = 3) -> Made:
    rng = random.Random(seed)
    return make_page(rng.sample(ARTICLES, count), rng.choice(STYLES), rng)


seeds = st.integers(min_value=0, max_value=10**6)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_every_character_knows_where_it_stood(seed: int) -> None:
    page = page_of(made(seed).raw)
    raw = page.page.text
    changed = {at for r in page.repairs for at in range(r.raw_start, r.raw_end)}
    for story in split(page, SPLIT):
        for text in (story.title, story.text):
            for n, char in enumerate(text.text):
                if char.isspace():
                    continue
                a, b = text.raw_span(n, n + 1)
                assert story.raw_start <= a <= b <= story.raw_end
                if not changed.intersection(range(a, b)):
                    assert char in raw[a:b]


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_nothing_is_lost(seed: int) -> None:
    page = page_of(made(seed).raw)
    dropped = sum(len(bare(r.raw)) - len(bare(r.clean)) for r in page.repairs)
    assert len(bare(page.body.text)) == len(bare(page.page.text)) - dropped
    covered = [(s.raw_start, s.raw_end) for s in split(page, SPLIT)]
    assert covered == sorted(covered)
    for block in page.blocks:
        a, b = page.body.raw_span(block.start, block.end)
        assert sum(first <= a and b <= last for first, last in covered) == 1


@pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a.title[0])
def test_clean_text_stays_as_it_is(article: Article) -> None:
    text = "\n".join(("".join(article.title), *article.paragraphs))
    assert bare(page_of(text).body.text) == bare(text)
    once = page_of(text).body.text
    assert page_of(once).body.text == once


def test_most_pages_of_all_styles_are_read_right() -> None:
    """The share of made stories whose title, source and every paragraph come out right."""
    right = total = 0
    for seed in range(48):
        page = made(seed)
        found = {key(s) for s in stories_of(page_of(page.raw))}
        total += len(page.stories)
        right += sum(key(s) in found for s in page.stories)
    assert right / total >= 0.85


def test_most_pages_of_all_kinds_are_read_right() -> None:
    """The share of made stories whose title and text come out right, whatever the kind of page."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for kind in KINDS:
        for seed in range(6):
            rng = random.Random(f"{kind.name} {seed}")
            page = page_of_kind(rng.sample(ARTICLES, rng.randint(*kind.articles)), kind, rng)
            found = {(bare(s.title), bare(s.text)) for s in stories_of(page_of(page.raw))}
            total[kind.name] += len(page.stories)
            right[kind.name] += sum((bare(s.title), bare(s.text)) in found for s in page.stories)
    assert right.total() / total.total() >= 0.8
    assert min(right[name] / total[name] for name in total) >= 0.5, right


@pytest.mark.parametrize(
    ("above", "below", "bond"),
    [
        ("问", "题", "tight"),
        ("1", "家", "loose"),
        ("的", "的", "apart"),
        ("账", "滹", ""),  # too rare to be missed
    ],
)
def test_characters_that_meet(above: str, below: str, bond: str) -> None:
    assert CLEAN.layout.followers.bond(above, below) == bond


@pytest.mark.parametrize(
    ("text", "opening"),
    [("据了解，", "open"), ("的是，", "never-open"), ("滹沱河", ""), ("记", "")],
)
def test_how_paragraphs_open(text: str, opening: str) -> None:
    assert CLEAN.layout.followers.opening(text) == opening


def test_letters_and_bylines() -> None:
    street = (
        "老街昨日修好，居民搬回了新家。这条街长三百多米，两旁都是一百多年前的老房子，"
        "住着八十多户人家，去年夏天开始修缮，历时一年零两个月。",
        "居民王小明说，屋顶不再漏雨，门前的路也平了，老人出门方便多了。",
    )
    lamps = (
        "编辑同志：",
        "我家住在清河路，门前的路灯坏了三天，没有人来修理路灯，晚上出门的人只好摸黑走路。"
        "希望有关部门早一点把路灯修好，让大家走得放心。",
    )
    lines = ["老街修好迎居民", "本报记者 石野"]
    lines += [x for p in street for x in break_lines(p, 14, 2)]
    lines += ["清河路路灯不亮", *(x for p in lamps for x in break_lines(p, 14, 2)), "（李梅）"]
    assert stories_of(page_of("\n".join(lines) + "\n")) == [
        Story("老街修好迎居民", "\n".join(street), "本报"),
        Story("清河路路灯不亮", "\n".join(lamps), None),
    ]


@pytest.mark.parametrize("raw", ["", "\n\n", "\f", " ", "第4版 儿童福利\n", "（新华社）\n"])
def test_pages_without_text_have_no_body(raw: str) -> None:
    page = page_of(raw)
    assert "".join(s.text.text for s in split(page, SPLIT)) == ""


def test_dropped_furniture_is_recorded() -> None:
    page = page_of("版面3 地方新闻\n\n老街修好了\n\n老街昨日修好，居民搬回了新家。\n")
    assert [(r.raw, r.clean, r.rule) for r in page.repairs] == [
        ("版面3 地方新闻", "", "furniture:{folio}{sec}")
    ]


@pytest.mark.parametrize("name", ["d01", "e01", "e05"])
@pytest.mark.parametrize("ending", ["\r", "\r\n"])
def test_line_ends_of_any_system_read_alike(name: str, ending: str) -> None:
    raw = (HERE / "gold" / "pages" / f"{name}.txt").read_text("utf-8")
    assert stories_of(page_of(raw.replace("\n", ending))) == stories_of(page_of(raw))
