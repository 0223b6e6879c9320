"""Characters of raw pages: glyph damage, OCR look-alikes, widths, blanks."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean.founder import founder_table
from pipeline.clean.glyphs import GlyphGrammar, compile_glyphs, repair_page
from pipeline.offsets import TracedText
from pipeline.rulebook import load_rules
from pipeline.rulecheck import Reading
from tests.support.cases import Case, load_cases, mark
from tests.support.damage import BRACKETS, DIGITS, QUOTES, air, damage_lines, shift, wrap
from tests.support.measure_damage import gold_texts, score

GOLD = Path(__file__).parent / "gold"
BREAK, BLANK = "⏎", "□"


@pytest.fixture(scope="module")
def grammar() -> GlyphGrammar:
    return compile_glyphs_once()


def clean(raw: str, grammar: GlyphGrammar) -> str:
    return repair_page(TracedText.identity(raw), grammar)[0].text


def cases() -> list[object]:
    known = pytest.mark.xfail(strict=True, reason="a known failure; move the line if it passes")
    return [
        pytest.param(c, id=c.where, marks=[known] if c.group == "known_failures" else [])
        for c in load_cases()
        if c.subject == "clean"
    ]


@pytest.mark.parametrize("case", cases())
def test_case(case: Case, grammar: GlyphGrammar) -> None:
    raw = case.text.replace(BREAK, "\n")
    found: list[Reading] = []
    for r in repair_page(TracedText.identity(raw), grammar)[1]:
        assert raw[r.raw_start : r.raw_end] == r.raw
        value = r.clean.replace("\u3000", BLANK)
        if found and found[-1].end == r.raw_start:
            found[-1] = Reading(found[-1].start, r.raw_end, found[-1].value + value)
        else:
            found.append(Reading(r.raw_start, r.raw_end, value))
    assert mark(case.text, found) == mark(case.text, list(case.expected))


def test_table_is_the_arithmetic_of_gb2312() -> None:
    table = founder_table()
    shown = "叶曳袁遥尧院曰渊冤野冶钥浴要噎窑园员圆猿源缘远苑愿怨援豫辕摇"
    assert "".join(table[c] for c in shown) == (
        "《》，。、：；（）“”？！—…·０１２３４５６７８９．％／　"
    )
    assert not set(table) & set(table.values())


def test_good_gold_pages_lose_nothing(grammar: GlyphGrammar) -> None:
    texts = gold_texts(GOLD)
    page = "\n".join(wrap(t, 18) for t in texts)
    _, repairs = repair_page(TracedText.identity(page), grammar)
    assert [(r.raw, r.clean, page[r.raw_start - 9 : r.raw_end + 9]) for r in repairs] == []


@pytest.mark.parametrize("width", [13, 20, 34])
@pytest.mark.parametrize("digits", [True, False])
def test_damaged_gold_texts_are_repaired(width: int, digits: bool, grammar: GlyphGrammar) -> None:
    marks, missed, hanzi, lost = score(gold_texts(GOLD), grammar, width=width, digits=digits)
    assert missed <= 0.005 * marks
    assert lost <= 0.03 * hanzi


ARTICLE = """县里新建三所小学
本报讯（记者王宁）9月1日，清河县三所新建小学同时开学，共有2460名学生走进新教室。
据介绍，三所小学总投资1.8亿元，建筑面积4.6万平方米，其中“希望小学”可容纳36个班。县教育局局长刘敏说：“孩子们再也不用翻山上学了。”
今年以来，该县把教育放在优先位置，招聘教师128名，改造校舍52处，覆盖率达到95%以上。
（据《清河日报》）"""


def headline(n: int, line: str) -> bool:
    return n == 0


def credit(n: int, line: str) -> bool:
    return line.startswith("（据")


@pytest.mark.parametrize(
    "said",
    [
        *("农民人均可支配收入18276元，增长9%。", "入住老人1200名。", "全厂工人1200名。"),
        *(
            "累计投入1300万元。",
            "收入11.4万元。",
            "收入1.4万元。",
            "收入0.9元。",
            "列入11项工程。",
            "落成1座桥。",
        ),
        *("发展党员200人。", "会员1300人。", "学员150名。", "管理人员200名。", "小学1200所。"),
        *("福利院68所。", "护理院达到397家。", "心愿860个。", "花苑7栋。", "临汾市尧都区有12家。"),
    ],
)
def test_where_a_number_begins_is_seen_in_its_words(said: str, grammar: GlyphGrammar) -> None:
    around = ARTICLE.replace("\n", "")
    assert said in clean(shift(f"{around}{said}{around}"), grammar)


@pytest.mark.parametrize(
    ("damaged", "fixed"),
    [
        (shift(ARTICLE), ARTICLE),
        (shift(ARTICLE, digits=False), ARTICLE),
        (damage_lines(ARTICLE, credit), ARTICLE),
        (shift(ARTICLE, only=DIGITS), ARTICLE),
        (shift(ARTICLE, only=QUOTES), ARTICLE),
        (shift(ARTICLE, only=BRACKETS), ARTICLE),
    ],
    ids=["everything", "marks", "credit", "digits", "quotes", "brackets"],
)
def test_a_font_may_be_damaged_alone(damaged: str, fixed: str, grammar: GlyphGrammar) -> None:
    assert damaged != fixed
    assert clean(damaged, grammar) == fixed


def test_a_headline_may_be_damaged_alone(grammar: GlyphGrammar) -> None:
    page = ARTICLE.replace("县里新建三所小学", "清河县投入1.8亿元建“希望小学”")
    assert clean(damage_lines(page, headline), grammar) == page


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(12, 40), st.booleans())
def test_wrapping_and_blanks_change_nothing(seed: int, width: int, blank: bool) -> None:
    grammar = compile_glyphs_once()
    chance = random.Random(seed)
    raw = air(shift(wrap(ARTICLE, width, blank=blank), digits=chance.random() < 0.5), chance)
    out = repair_page(TracedText.identity(raw), grammar)[0]
    assert re.sub(r"\s", "", out.text) == re.sub(r"\s", "", ARTICLE)
    assert re.sub(r"[^\n\f]", "", out.text) == re.sub(r"[^\n\f]", "", raw)


@cache
def compile_glyphs_once() -> GlyphGrammar:
    return compile_glyphs(load_rules())


ALPHABET = "袁遥尧叶曳野冶渊冤员圆园要院，。“”0159 \u3000\n\f县年说的天aO曰"


@settings(deadline=None)
@given(st.text(st.sampled_from(ALPHABET), max_size=80))
def test_any_text_keeps_its_lines_and_its_offsets(raw: str) -> None:
    out, repairs = repair_page(TracedText.identity(raw), compile_glyphs_once())
    assert re.sub(r"[^\n\f]", "", out.text) == re.sub(r"[^\n\f]", "", raw)
    assert [r.raw for r in repairs] == [raw[r.raw_start : r.raw_end] for r in repairs]
    for n, c in enumerate(out.text):
        start, end = out.raw_span(n, n + 1)
        if c == raw[start:end]:
            continue
        assert end - start == 1  # every change is of one character


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("6 月 20 日上午", "6月20日上午"),
        ("在 复 查 中 ， 各 地 认 真", "在复查中，各地认真"),
        ("面积 4 6 8 . 9 千 公 顷 。", "面积468.9千公顷。"),
        ("以“牡丹赋能创未来 银发助辽促振兴”为主题", "以“牡丹赋能创未来 银发助辽促振兴”为主题"),
        ("牡丹赋能创未来　银发助辽促振兴", "牡丹赋能创未来 银发助辽促振兴"),
        ("    清早 7 时 40 分，石栏镇", "    清早7时40分，石栏镇"),
        ("　　本报讯 记者从县里获悉，", "　　本报讯记者从县里获悉，"),
        ("变成菜园。          本报记者 石野", "变成菜园。          本报记者 石野"),
        ("１２３４５人，占８．５％", "12345人，占8.5%"),
        ("采用 CT、DR 设备 8 台", "采用CT、DR设备8台"),
        ("“New York Times”报道", "“New York Times”报道"),
        ("先后组织 ，医疗队", "先后组织，医疗队"),
    ],
)
def test_blanks(raw: str, expected: str, grammar: GlyphGrammar) -> None:
    assert clean(raw, grammar) == expected


def test_speed_path_leaves_good_text_alone(grammar: GlyphGrammar) -> None:
    identity: Callable[[str], TracedText] = TracedText.identity
    text = "法院的员工愿意支援灾区，要求主要人员尽快到达。"
    assert repair_page(identity(text), grammar) == (identity(text), ())
