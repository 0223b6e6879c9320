"""What a match of a date pattern says: points of the calendar, or a length in ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pipeline.extract.date_grammar import DateGrammar
from pipeline.numerals import DIGITS, read_digits, read_integer, read_numeral
from pipeline.records import DateBase, DatePoint

_LETTERS: Final = {
    "年": "Y", "月": "M", "周": "W", "星期": "W", "天": "D", "日": "D", "季度": "Q", "季": "Q",
    "小时": "H", "分钟": "m", "分": "m", "秒": "S", "秒钟": "S", "工作日": "D",
}  # fmt: skip
_QUARTER: Final = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_PARTS: Final = {
    "底": "end",
    "末": "end",
    "初": "start",
    "上旬": "early",
    "中旬": "mid",
    "下旬": "late",
    "上中旬": "earlymid",
    "中下旬": "midlate",
}
_TODAY: Final[DateBase] = "today"


def read_point(
    match: re.Match[str], grammar: DateGrammar
) -> tuple[DatePoint, DatePoint | None, str] | None:
    """What a match of the point pattern says: first and last point, and the rule's name."""
    if word := match["w"] or match["wk"] or match["yw"]:
        rule = grammar.words[word]
        if match["w"]:
            return DatePoint(day_shift=rule.shift, base=rule.base), None, f"date_words:{word}"
        if match["wk"]:
            weekday = "一二三四五六日".index(match["wd"]) if match["wd"] else None
            return DatePoint(week_shift=rule.shift, weekday=weekday), None, f"date_words:{word}"
    if match["iso"]:
        year, month, day = (int(x) for x in re.split(r"[-./]", match["iso"]))
        return DatePoint(year=year, month=month, day=day), None, "dates:full"
    if match["y1"]:
        years = [DatePoint(year=read_digits(match[y])) for y in ("y1", "y2")]
        return years[0], years[1], "dates:range"
    if match["tens"]:
        return _read_decade(match)
    if match["dh"]:
        return DatePoint(day=read_integer(match["dh"])), None, "dates:day"
    if match["np"]:
        return DatePoint(year_shift=0, base="told", part=_PARTS[match["np"]]), None, "dates:part"
    return _read_rest(match, grammar)


def _read_decade(match: re.Match[str]) -> tuple[DatePoint, None, str]:
    tens = DIGITS[match["tens"][0]] if match["tens"][0] in DIGITS else int(match["tens"][0])
    century = match["century"]
    if century in ("本", "上"):
        hundreds = 20 if century == "本" else 19
    else:
        hundreds = (read_integer(century or "20") or 20) - 1
    return DatePoint(decade=hundreds * 10 + tens), None, "dates:decade"


def _read_year(match: re.Match[str], grammar: DateGrammar) -> DatePoint | None:
    if match["y"]:
        year = read_digits(match["y"])
        if year < 100:
            year += 1900 if year >= 50 else 2000
        return DatePoint(year=year)
    if match["yw"]:
        rule = grammar.words[match["yw"]]
        return DatePoint(year_shift=rule.shift, base=rule.base)
    return None


def _read_rest(
    match: re.Match[str], grammar: DateGrammar
) -> tuple[DatePoint, DatePoint | None, str] | None:
    base = _read_year(match, grammar)
    tag = "y" if base else "n"
    get = {k: match[k + tag] for k in ("half", "q", "fq", "fm", "qe", "r1", "r2", "rm", "r3", "r4")}
    year, shift, ref = (base.year, base.year_shift, base.base) if base else (None, None, _TODAY)
    if base and match["yp"]:
        part = _PARTS[match["yp"].removeprefix("年")]
        return DatePoint(year, year_shift=shift, base=ref, part=part), None, "dates:part"
    months = _months(get)
    if months:
        if base is None:
            shift = 0
        part = "end" if get["qe"] else ""
        tally = base is None and bool(get["fq"] or get["fm"])
        point = DatePoint(
            year, year_shift=shift, base=ref, months=months, part=part, cumulative=tally
        )
        return point, None, "dates:part"
    if get["r1"]:
        low, high = (read_integer(get[k]) for k in ("r1", "r2"))
        point = DatePoint(year, low, year_shift=shift, base=ref)
        return point, DatePoint(month=high), "dates:range"
    if get["r3"]:
        low, high = (read_integer(get[k]) for k in ("r3", "r4"))
        month = read_integer(get["rm"]) if get["rm"] else None
        point = DatePoint(year, month, low, year_shift=shift, base=ref)
        return point, DatePoint(day=high), "dates:range"
    return _read_month(match, grammar, base, tag)


def _read_month(
    match: re.Match[str], grammar: DateGrammar, base: DatePoint | None, tag: str
) -> tuple[DatePoint, DatePoint | None, str] | None:
    year, shift, ref = (base.year, base.year_shift, base.base) if base else (None, None, _TODAY)
    month = read_integer(match["m" + tag]) if match["m" + tag] else None
    day_text = match["d" + tag] or (match["d0n"] if tag == "n" else None)
    day = read_integer(day_text) if day_text else None
    part = _PARTS[match["mp" + tag]] if match["mp" + tag] else ""
    month_shift = None
    if word := match["mw" + tag]:
        rule = grammar.words[word]
        month_shift, ref = rule.shift, rule.base
        if not rule.alone and day is None and not part:
            return None
    elif month is None and day is None:
        if base is None:
            return None
        word = match["yw"]
        if word and not grammar.words[word].alone:
            return None
        return base, None, f"date_words:{word}" if word else "dates:year"
    point = DatePoint(
        year, month, day, year_shift=shift, month_shift=month_shift, base=ref, part=part
    )
    return point, None, "dates:day" if day else "dates:month"


def _months(get: Mapping[str, str | None]) -> tuple[int, int] | None:
    """The first and last month of 上半年, 三季度, 前三季度, 前八个月."""
    if half := get["half"]:
        return (1, 6) if half[0] == "上" else (7, 12)
    if quarter := get["q"]:
        n = _QUARTER[quarter.removeprefix("第")[0]]
        return 3 * n - 2, 3 * n
    if quarters := get["fq"]:
        return 1, 3 * _QUARTER[quarters[1]]
    if get["fm"]:
        return 1, _QUARTER.get(get["fm"] or "") or read_integer(get["fm"] or "") or 1
    return None


def _iso(parts: list[tuple[str, str]]) -> str:
    """ISO 8601 of amounts and letters in order: [("4","Y"),("3","M")] → P4Y3M."""
    day = "".join(n + u for n, u in parts if u in "YMWD")
    time = "".join(n + u.upper() for n, u in parts if u in "HmS")
    return "P" + day + ("T" + time if time else "")


def _amount(surface: str) -> str | None:
    number = read_numeral(surface)
    if number is None or number.bare or number.value_max is not None or number.value <= 0:
        return None
    return format(number.value.normalize(), "f")


def _unit(surface: str) -> str:
    return _LETTERS[surface.lstrip("个多")]


def duration_length(match: re.Match[str]) -> str | None:
    """ISO 8601 of a match of the pattern of lengths (P4D); None if it is no length."""
    if half := match["hu"]:
        return {"年": "P6M", "月": "P15D", "天": "PT12H", "时": "PT30M", "纪": "P50Y"}[half[-1]]
    amount, letter = _amount(match["n"]), _unit(match["u"])
    if amount is None or (
        letter == "Y" and re.fullmatch(r"\d{4}", match["n"]) and not match["more"]
    ):
        return None
    if letter == "H" and float(amount) >= 1000:
        return None  # hours summed over people
    parts = [(amount, letter)]
    if letter == "Q":
        parts = [(format(3 * int(float(amount)), "d"), "M")]
    if match["half"] or match["tail"]:
        parts += {
            "Y": [("6", "M")],
            "M": [("15", "D")],
            "H": [("30", "m")],
            "D": [("12", "H")],
        }.get(letter, [])
    if match["hundredth"] and letter == "S":
        parts = [(f"{amount}.{match['hundredth']}", "S")]
    elif match["hundredth"]:
        return None
    for n, u in (("n2", "u2"), ("n3", "u3")):
        if match[n]:
            more = _amount(match[n])
            parts += [(more, _unit(match[u]))] if more else []
    return _iso(parts)


def repeated_length(match: re.Match[str]) -> str | None:
    """ISO 8601 of a match of the pattern of sets (R/P1M); None if it is no set."""
    letter = _LETTERS[match["u"]]
    if match.group().startswith("每半"):
        return {"Y": "R/P6M", "M": "R/P15D", "D": "R/PT12H", "H": "R/PT30M"}.get(letter)
    amount = _amount(match["n"]) if match["n"] else "1"
    if amount is None:
        return None
    if letter == "Q":
        amount, letter = str(3 * int(float(amount))), "M"
    return "R/" + _iso([(amount, letter)])
