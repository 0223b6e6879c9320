"""What cannot be so is kept and marked; what can be is not."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.records import Page, StoryResult
from pipeline.resolve.plausibility import DOUBTS
from pipeline.stages import Toolkit, process
from tests.support.docs import METHOD

# A sentence -> the doubts of its facts, in order.
FACTS = [
    ("全市养老设施覆盖率为135%，入住率为68%。", ["too-large", ""]),
    ("去年，全市产值增长135%，占比达120%。", ["", "too-large"]),
    ("截至2025年2月30日，天津市有养老机构30家。", ["no-such-date"]),
    ("截至2024年2月29日，天津市有养老机构30家。", [""]),
    ("广东省沈阳市新建养老机构30家。", ["outside-its-area"]),
    ("辽宁省沈阳市新建养老机构30家。", [""]),
    ("广东、沈阳两地新建养老机构30家。", [""]),
    ("全市新增志愿者3.5名。", ["part-of-one"]),
    ("平均每个社区有志愿者3.5名。", [""]),
    ("全市有志愿者3.5万名。", [""]),
]


def _story(text: str, toolkit: Toolkit) -> StoryResult:
    page = Page("d" * 16, "a.txt", "", "utf-8", text, dt.date(2025, 6, 25), "filename")
    (story,) = process(page, toolkit).stories
    return story


@pytest.mark.parametrize(("text", "doubts"), FACTS)
def test_doubts_of_facts(text: str, doubts: list[str], rules_alone: Toolkit) -> None:
    assert [f.doubt for f in _story(text, rules_alone).facts] == doubts


def test_a_day_that_no_calendar_has_is_told_by_its_month(rules_alone: Toolkit) -> None:
    (date,) = _story("会议于4月31日召开。", rules_alone).mentions.dates
    assert (date.edtf, date.date_start, date.doubt) == ("2025-04", None, "no-such-date")


def test_a_place_outside_its_province_is_kept(rules_alone: Toolkit) -> None:
    places = _story("广东省沈阳市的养老机构。", rules_alone).mentions.places
    assert [(p.adcode, p.doubt) for p in places] == [("440000", ""), ("210100", "outside-its-area")]


def test_all_doubts_are_explained() -> None:
    text = METHOD.read_text("utf-8")
    for doubt, meaning in DOUBTS.items():
        assert f"| `{doubt}` | {meaning} |" in text
