"""The printed lines of a page, and the furniture among them.

A `Line` is one line of the repaired page with what its layout says: blanks before it, its
printed width, the blank lines above it. Page furniture (folios, running heads, dates,
editors' names) is told from text by `rules/furniture.tsv` and dropped as `Repair`s.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from pipeline.lexicon import any_of
from pipeline.offsets import TracedText
from pipeline.records import Repair
from pipeline.rulebook import Rulebook

EDGE = 4  # lines from the top or the bottom of a page where weak furniture may stand
BLANKS = " \t\r\u3000\u00a0\u2002\u2003\u2009\u200b\ufeff"
LINE = re.compile(r"[^\n\f\v\x85\u2028\u2029]*")
DIGIT = re.compile(r"[0-9]")
NARROW = re.compile(r"[!-~\u00b0-\u00b7]")
HANZI = re.compile(r"[\u4e00-\u9fff]+")
PARTING = re.compile("[|｜/·•]")
BLANK = re.compile(rf"[{BLANKS}]")
_N = r"[0-9一二三四五六七八九十〇○]{1,5}"
_MONTH_DAY = (
    r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})月(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})日"
)
_YEAR = r"(?:[0-9]{4}|[一二三四五六七八九〇○零]{4})年"
_DATE = rf"(?:(?:{_YEAR})?{_MONTH_DAY}|[0-9]{{4}}[-./][0-9]{{1,2}}[-./][0-9]{{1,2}})"
_WEEK = "(?:星期|周)[一二三四五六日天]"
PLACEHOLDERS = {
    "{n}": _N,
    "{s}": r"[^。，；]{1,14}",
    "{x}": r"[^。，；]{1,40}",
    "{date}": _DATE,
    "{week}": _WEEK,
    "{when}": f"{_DATE}(?:{_WEEK})?|{_WEEK}{_DATE}",
    "{ymd}": _YEAR + _MONTH_DAY,
    "{a}": "[A-Z]",
    "{folio}": f"第{_N}版|[A-Z]?{_N}版|版面{_N}",
}


class Line(Struct, frozen=True):
    """One printed line, ``[start, end)`` of the repaired page without the blanks around it.

    `width` counts full-width characters as printed (from the raw text), `gap` the blank
    lines above it, `excess` those beyond (or short of) what is usual on the page; `loose`
    says that it was set with blanks between all characters, so that it fills its column.
    """

    start: int
    end: int
    text: str
    width: float
    indent: float
    gap: int
    page: int
    loose: bool
    digits: bool
    excess: int = 0


class Patterns(NamedTuple):
    """Whole-line patterns of several rules as one; `rules` names them in the order of its groups.

    Where a line matches several rules it is the first.
    """

    pattern: re.Pattern[str]
    rules: tuple[str, ...]

    def rule_of(self, line: str) -> str | None:
        """The rule that the whole of `line`, its blanks left out, matches."""
        match = self.pattern.fullmatch(line)
        return self.rules[match.lastindex - 1] if match and match.lastindex else None


class FurnitureGrammar(Struct, frozen=True):
    """Lines that are furniture anywhere, or at page edges only.

    `beside` are names of sections and of papers, furniture beside a folio or a date.
    """

    anywhere: Patterns
    edge: Patterns
    beside: re.Pattern[str]


def compile_furniture(rules: Rulebook) -> FurnitureGrammar:
    """The grammar of ``rules/furniture.tsv``; credits.tsv has how names of papers end."""
    sections = rules.surfaces("furniture", place="section")
    media = rules.surfaces("credits", kind="medium")
    papers = any_of(w for w in media if len(w) > 1 and w[-1] in "报刊")
    beside = re.compile(f"{any_of(sections)}|[\u4e00-\u9fff]{{1,6}}(?:{papers})")
    placeholders = {**PLACEHOLDERS, "{sec}": any_of(sections)}

    def patterns(place: str) -> Patterns:
        some = [rule for rule in rules["furniture"] if rule["place"] == place]
        bodies = [f"({_body(rule.surface, placeholders)})" for rule in some]
        return Patterns(re.compile("|".join(bodies) or "(?!)"), tuple(rule.name for rule in some))

    return FurnitureGrammar(patterns("anywhere"), patterns("edge"), beside)


def _body(surface: str, placeholders: Mapping[str, str]) -> str:
    """The pattern of a rule; it has no group that is numbered."""
    body = re.escape(surface).replace(r"\{", "{").replace(r"\}", "}").replace(r"\ ", "")
    for mark, pattern in placeholders.items():
        body = body.replace(mark, f"(?:{pattern})")
    return body


def read_lines(text: TracedText, raw: str) -> list[Line]:
    """The lines of a repaired page that are not blank; `raw` is what its offsets point into."""
    found: list[Line] = []
    gap = page = 0
    shown = text.text
    at = 0
    while at <= len(shown):
        match = LINE.match(shown, at)
        assert match is not None
        end = match.end()
        content = match.group().strip(BLANKS)
        if content:
            start = at + match.group().index(content[0])
            found.append(_measured(text, raw, start, start + len(content), at, gap, page))
            gap = 0
        elif end < len(shown) and shown[end] == "\n":
            gap += 1
        if end < len(shown) and shown[end] == "\f":
            page += 1
            gap = 0
        at = end + 1
    return _with_excess(found)


def _measured(
    text: TracedText, raw: str, start: int, end: int, line_start: int, gap: int, page: int
) -> Line:
    a, b = text.raw_span(start, end)
    printed = raw[a:b]
    blanks = len(BLANK.findall(printed))
    narrow = len(NARROW.findall(printed))
    solid = len(printed) - blanks
    loose = solid >= 4 and blanks >= 0.5 * (solid - 1) and _is_loose(printed)
    width = solid - 0.5 * narrow + (0.0 if loose else 0.15 * min(blanks, 8))
    leading = text.text[line_start:start]
    wide = leading.count("\u3000") + leading.count("\u2003")
    indent = wide + 0.5 * (len(leading) - wide - leading.count("\r"))
    digits = DIGIT.search(printed) is not None
    return Line(start, end, text.text[start:end], width, indent, gap, page, loose, digits)


def _is_loose(printed: str) -> bool:
    """Whether blanks stand in a line beyond those at the edges of numbers (到 66 元)."""
    parts = BLANK.sub(" ", printed)
    kinds = [c if c == " " else "n" if NARROW.match(c) else "w" for c in parts]
    inner = apart = 0
    last = ""
    for n, kind in enumerate(kinds):
        if kind == " ":
            continue
        if last == kind:
            inner += 1
            apart += kinds[n - 1] == " "
        last = kind
    return 2 * apart >= inner


def _with_excess(lines: Sequence[Line]) -> list[Line]:
    """Compare each gap with the usual one after a line with, or without, ASCII digits."""
    gaps: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for above, line in itertools.pairwise(lines):
        if above.page == line.page:
            gaps[above.digits][line.gap] += 1
    usual: dict[bool, int] = {}
    for digits, counts in gaps.items():
        seen = counts if sum(counts.values()) >= 5 else gaps[True] + gaps[False]
        usual[digits] = seen.most_common(1)[0][0] if seen else 0
    result = list(lines[:1])
    for above, line in itertools.pairwise(lines):
        excess = line.gap - usual[above.digits] if above.page == line.page else 0
        result.append(replace(line, excess=excess) if excess else line)
    return result


def drop_furniture(
    lines: Sequence[Line], text: TracedText, raw: str, grammar: FurnitureGrammar
) -> tuple[list[Line], list[Repair]]:
    """Part text from page furniture; each dropped line becomes a `Repair` to nothing."""
    why: dict[int, str] = {}
    pages: dict[int, list[int]] = {}
    for n, line in enumerate(lines):
        pages.setdefault(line.page, []).append(n)
    heads = _repeated(lines, pages.values())
    for numbers in pages.values():
        for place, n in enumerate(numbers):
            edge = place < EDGE or place >= len(numbers) - EDGE
            rule = _furniture(lines[n].text, edge, grammar)
            if rule is None and edge and lines[n].text in heads:
                rule = "furniture:repeated"
            if rule is not None:
                why[n] = rule
        _sections(lines, numbers, why, grammar)
    kept = [line for n, line in enumerate(lines) if n not in why]
    repairs = []
    for n, rule in why.items():
        a, b = text.raw_span(lines[n].start, lines[n].end)
        repairs.append(Repair(a, b, raw[a:b], "", rule))
    return kept, sorted(repairs, key=lambda r: r.raw_start)


def _furniture(text: str, edge: bool, grammar: FurnitureGrammar) -> str | None:
    if len(text) > 60 or text[-1] in "。，；":
        return None
    bare = BLANK.sub("", text)
    found = grammar.anywhere.rule_of(bare) or (grammar.edge.rule_of(bare) if edge else None)
    if found or not edge:
        return found
    whole = PARTING.sub("", bare)  # 国际时讯 | 2025年4月8日 | A08
    if whole in ("", bare):
        return None
    return grammar.edge.rule_of(whole) or grammar.anywhere.rule_of(whole)


def _sections(
    lines: Sequence[Line], numbers: list[int], why: dict[int, str], grammar: FurnitureGrammar
) -> None:
    """A section name next to a folio or date line is furniture too."""
    for place, n in enumerate(numbers):
        near = (
            (numbers[place - 1] if place else -1),
            (numbers[place + 1] if place + 1 < len(numbers) else -1),
        )
        bare = BLANK.sub("", lines[n].text)
        if n not in why and grammar.beside.fullmatch(bare) and any(m in why for m in near):
            why[n] = "furniture:section"


def _repeated(lines: Sequence[Line], pages: Iterable[list[int]]) -> frozenset[str]:
    """Lines that stand at the edge of two pages or more: running heads."""
    seen: Counter[str] = Counter()
    for numbers in pages:
        at = {lines[n].text for n in (*numbers[:EDGE], *numbers[-EDGE:])}
        seen.update(t for t in at if len(t) <= 20 and not t.endswith(("。", "）")))
    return frozenset(t for t, n in seen.items() if n > 1)
