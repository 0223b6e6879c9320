"""Numerals: what newspapers print, and round trips through a writer of our own."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.numerals import NUMERAL, read_digits, read_integer, read_numeral

HAN = "零一二三四五六七八九"


def section(n: int) -> str:
    """0–9999 in Chinese, with the 零 that a gap needs."""
    out, gap = "", False
    for magnitude, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, magnitude)
        if digit:
            out += ("零" if gap and out else "") + HAN[digit] + name
            gap = False
        else:
            gap = True
    return out


def to_han(n: int) -> str:
    """A whole number below 10¹² as newspapers of 1980–2000 print it."""
    if n == 0:
        return "零"
    out = ""
    for magnitude, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part, n = divmod(n, magnitude)
        if part:
            out += ("零" if out and part < 1000 else "") + section(part) + name
    return out.removeprefix("一") if out.startswith("一十") else out


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_chinese_numerals_come_back(n: int) -> None:
    surface = to_han(n)
    assert re.fullmatch(NUMERAL, surface)
    number = read_numeral(surface)
    assert number is not None
    assert number.value == n
    assert number.value_max is None


@given(
    st.integers(min_value=1, max_value=10**9), st.sampled_from(["", "百", "千", "万", "亿", "万亿"])
)
def test_ascii_numerals_come_back(n: int, magnitude: str) -> None:
    factor = {"": 1, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "万亿": 10**12}[magnitude]
    for surface in (f"{n}{magnitude}", f"{n:,}{magnitude}"):
        assert re.fullmatch(NUMERAL, surface)
        number = read_numeral(surface)
        assert number is not None
        assert number.value == n * factor


@given(st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False))
def test_decimals_stay_exact(value: Decimal) -> None:
    number = read_numeral(f"{value:f}万")
    assert number is not None
    assert number.value == value * 10**4


@given(st.integers(min_value=1000, max_value=2999))
def test_years_are_read_digit_by_digit(year: int) -> None:
    surface = "".join(HAN[int(c)] for c in str(year))
    for zero in "零〇○":
        assert read_digits(surface.replace("零", zero)) == year


@given(
    st.text(
        alphabet="一二两三四五六七八九十百千万亿零〇○几多余来点廿0123456789.,",
        min_size=1,
        max_size=9,
    )
)
def test_no_numeral_breaks_the_reader(surface: str) -> None:
    for match in re.finditer(NUMERAL, surface):
        number = read_numeral(match.group())
        if number is not None and number.value_max is not None:
            assert number.value < number.value_max


@pytest.mark.parametrize(
    ("surface", "value", "value_max", "comparator"),
    [
        ("1.2万", "12000", None, "="),
        ("3万6千", "36000", None, "="),
        ("10亿8千万", "1080000000", None, "="),
        ("1.5万亿", "1500000000000", None, "="),
        ("20余万", "200000", None, ">"),
        ("十几万", "100000", None, ">"),
        ("百来万", "1000000", None, "~"),
        ("三四百", "300", "400", "="),
        ("三千四五百", "3400", "3500", "="),
        ("一千二三百万", "12000000", "13000000", "="),
        ("十五六亿", "1500000000", "1600000000", "="),
        ("二百二十七万五千", "2275000", None, "="),
        ("三万五", "35000", None, "="),
        ("一百二", "120", None, "="),
        ("一万零八百", "10800", None, "="),
        ("五十八点六", "58.6", None, "="),
        ("二点五万", "25000", None, "="),
        ("一九九六", "1996", None, "="),
        ("廿五", "25", None, "="),
        ("两", "2", None, "="),
    ],
)
def test_printed_forms(surface: str, value: str, value_max: str | None, comparator: str) -> None:
    assert re.fullmatch(NUMERAL, surface)
    number = read_numeral(surface)
    assert number is not None
    assert number.value == Decimal(value)
    assert number.value_max == (None if value_max is None else Decimal(value_max))
    assert number.comparator == comparator


@pytest.mark.parametrize("surface", ["万一", "三五", "百一"])
def test_words_are_no_numbers(surface: str) -> None:
    assert read_numeral(surface) is None


@pytest.mark.parametrize(
    ("text", "numeral"),
    [
        ("300万千瓦", "300万"),
        ("5千米", "5"),
        ("三千米", "三千"),
        ("3千公顷", "3千"),
        ("三千克", "三"),
        ("两千克朗", "两千"),
        ("10百帕", "10"),
        ("7个百分点", "7"),
    ],
)
def test_magnitudes_of_units_are_left_to_them(text: str, numeral: str) -> None:
    match = re.match(NUMERAL, text)
    assert match is not None
    assert match.group() == numeral


@pytest.mark.parametrize(("surface", "n"), [("12", 12), ("三十一", 31), ("十", 10), ("廿", 20)])
def test_integers(surface: str, n: int) -> None:
    assert read_integer(surface) == n


@pytest.mark.parametrize("surface", ["一" * 5000, "1" * 5000, "百万" * 3000])
def test_a_long_run_of_digits_is_no_number(surface: str) -> None:
    assert read_numeral(surface) is None
    assert read_integer(surface) is None
