"""Dates: EDTF against an independent parser, properties, and years across a page."""

from __future__ import annotations

import datetime as dt
from functools import cache

from edtf import parse_edtf
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extract.counts import CountGrammar, compile_counts, find_counts
from pipeline.extract.dates import DateGrammar, compile_dates, find_dates
from pipeline.records import Date
from pipeline.resolve.calendar import resolve_dates
from pipeline.rulebook import load_rules

WORDS = st.lists(
    st.sampled_from(
        (
            "今年 去年 明年 上月 本月 当天 次日 昨日 今天 2025年 一九八七年 98年 6月 十二月 31日 "
            "2月30日 三十日 底 初 末 中旬 以来 至 到 — 至今 上半年 三季度 前三季度 前8个月 每 "
            "每月 每两周 3天 两年 多 半 个 小时 15分钟 （ ） ， 。 电 讯 将 在 为期 第 年 月 日 人 "
            "3 五 十 百 万 成 % 约 分之 、 元/ 名 零下 换行"
        ).split()
    ),
    max_size=14,
).map(lambda words: "".join(words).replace("换行", "\n"))


@cache
def grammar() -> DateGrammar:
    return compile_dates(load_rules())


@cache
def counts() -> CountGrammar:
    return compile_counts(load_rules())


def resolved(published: dt.date | None, *stories: str) -> list[list[str]]:
    found = [find_dates(s, "text", grammar()) for s in stories]
    return [[f"{d.text} {d.edtf}" for d in story] for story in resolve_dates(found, published)]


def check(date: Date, text: str) -> None:
    assert text[date.start : date.end] == date.text
    if date.kind == "date":
        # The parser knows XXXX in a day, though not in an interval.
        parse_edtf(date.edtf.replace("XXXX", "2000") if "/" in date.edtf else date.edtf)
        if date.date_start and date.date_end:
            assert date.date_start <= date.date_end
    elif date.kind == "duration":
        assert date.edtf.startswith("P")
    else:
        assert date.edtf.startswith("R/P")


@settings(deadline=None, max_examples=300)
@given(WORDS, st.none() | st.dates(dt.date(1950, 1, 2), dt.date(2090, 12, 30)))
def test_whatever_is_found_is_valid(text: str, published: dt.date | None) -> None:
    expressions = find_dates(text, "text", grammar())
    for date in resolve_dates([expressions], published)[0]:
        check(date, text)
    at = 0
    for count in find_counts(text, "text", counts(), [(e.start, e.end) for e in expressions]):
        assert text[count.start : count.end] == count.text
        assert count.start >= at
        assert count.value_max is None or count.value < count.value_max
        at = count.end


@settings(deadline=None)
@given(st.dates(dt.date(1949, 10, 1), dt.date(2049, 12, 31)))
def test_full_dates_come_back(day: dt.date) -> None:
    text = f"于{day.year}年{day.month}月{day.day}日举行"
    date = resolve_dates([find_dates(text, "text", grammar())], None)[0][0]
    assert (date.edtf, date.date_start, date.date_end, date.inferred) == (
        day.isoformat(),
        day,
        day,
        False,
    )


@settings(deadline=None)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31)), st.integers(0, 150))
def test_a_recent_day_gets_the_year_of_publication(published: dt.date, ago: int) -> None:
    day = published - dt.timedelta(days=ago)
    text = f"{day.month}月{day.day}日，大会闭幕。"
    (date,) = resolve_dates([find_dates(text, "text", grammar())], published)[0]
    assert date.edtf == day.isoformat()
    assert date.inferred


def test_years_come_from_the_story_else_the_page_else_stay_open() -> None:
    page = ("9月16日召开大会。", "截至2021年5月底，6月20日开幕。")
    assert resolved(None, *page) == [
        ["9月16日 2021-09-16"],
        ["2021年5月底 2021-05-31", "6月20日 2021-06-20"],
    ]
    assert resolved(None, page[0]) == [["9月16日 XXXX-09-16"]]
    assert resolved(None, "去年以来，成效明显。") == [[]]


def test_a_year_to_come_is_no_evidence() -> None:
    story = "九月十二日电，到一九九〇年，力争全部通电；一九八七年八月底已通电九成。"
    assert resolved(None, story)[0][0] == "九月十二日 1987-09-12"


def test_the_dateline_says_what_today_is() -> None:
    story = "新华社北京9月10日电 国家教委今天宣布，昨天截止报名。"
    assert resolved(dt.date(1987, 9, 11), story) == [
        ["9月10日 1987-09-10", "今天 1987-09-10", "昨天 1987-09-09"]
    ]
    assert resolved(None, story) == [["9月10日 XXXX-09-10", "今天 XXXX-09-10", "昨天 XXXX-09-09"]]


def test_that_day_in_a_new_paragraph_is_the_day_of_the_report() -> None:
    story = "新华社3月18日电 气旋14日夜间登陆。\n总统当天察看灾情。"
    assert resolved(dt.date(2019, 3, 19), story)[0][-1] == "当天 2019-03-18"
