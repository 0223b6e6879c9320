"""Towns, streets and villages: places below the code book, found by suffix and by list.

A town is believed where it follows its county (清远市连南瑶族自治县三排镇), where the list of
towns knows it, or where a list of towns ends in its kind (石栏、双龙、边城三个镇).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from pipeline.extract.place_tokens import bounds
from pipeline.gazetteer import Gazetteer
from pipeline.lexicon import any_of
from pipeline.records import PlaceKind
from pipeline.rulebook import Rulebook

_KINDS = "镇|乡|街道|苏木"
_TOWN_END = re.compile(_KINDS)
# 乡镇, 乡村, 镇上 … are no names; a town is not followed by these either.
_NOT_AFTER_TOWN = re.compile("[镇级愁亲土音贤情企域]|村(?!民|委)|干部|党委")
_FUNCTION = (
    "之的了在是和与及为对将各全所有从到由向把被等该本此这那每某个多名户省市县区州你我他她它们还也都就又不没很最更已曾"
    "再可能会要使让给比按以因其"
)
_NAME = f"[^\\W\\d_A-Za-z{_FUNCTION}]"
# What no name holds, beside the words of ``rules/place_terms.tsv``.
_COMMON = (
    "[千百万]|^[村城小集重古名强大市县新老本各]镇$|^[小中]城镇$|^山村"
    "|[城家故下水他老同返还回异梦侨思离本原外邻茶花]乡$"
)
# Town names that are nearly always meant as common nouns.
_PLAIN_TOWN = re.compile(
    "(?:[小大中]城|[新古]城|中心|[小山]城|试点|[新旧]|水|老家|[于在为从家]家)[镇乡]$"
)
_UNKNOWN_TOWN = re.compile(f"({_NAME}{{1,3}})(镇|乡|街道|苏木)")
_VILLAGE = re.compile(
    f"({_NAME}{{1,4}}?)(村|嘎查|社区)(?!委|级|镇|庄|落|支|民|两委|规|口|头|医|道|集体|[小中]学|卫生)"
)
_VILLAGERS = re.compile(f"({_NAME}{{1,4}}?)村(?=村民)")
_BARE_VILLAGE = re.compile(
    "(?:(?<=[，。；：、“（\\s在到进])|(?<=的)(?=...村)|(?<=来到|走进|位于|有个|来自|名叫|称为)|^)"
    f"({_NAME}{{2,3}}|(?<=的){_NAME}{{3}})(村|嘎查)(?!委|级|镇|庄|落|支|两委|规|医|集体|[小中]学|卫生|民(?!俗|居))"
)
_LANDMARK = re.compile(f"({_NAME}{{2}})[坝墩塬垭坳圩峪](?![镇乡村街])")
_LIST_END = re.compile(
    "(?:等(?:[两二三四五六七八九十百\\d]{1,5}个?)?"
    "|(?<![两二三四五六七八九十百\\d])[两二三四五六七八九十百\\d]{1,5}个)(乡镇|镇街|街镇|镇|乡|街道|苏木)(?!企业|级|长)"
)
_ITEM_SEPARATOR = re.compile("[、和及与]")


class TownGrammar(Struct, frozen=True):
    """The gazetteer with its list of towns, and what no name of a town or village holds."""

    gazetteer: Gazetteer
    common: re.Pattern[str]


def compile_towns(rules: Rulebook, gazetteer: Gazetteer) -> TownGrammar:
    """Compile the rows ``no-town`` of ``rules/place_terms.tsv``."""
    words = any_of(rules.surfaces("place_terms", role="no-town"))
    return TownGrammar(gazetteer, re.compile(f"{_COMMON}|{words}"))


class Town(Struct, frozen=True):
    """A town or village at ``text[start:end]``; `counties` may hold it, `known` from the list."""

    start: int
    end: int
    name: str
    kind: PlaceKind
    counties: tuple[str, ...]
    known: bool


def town_after(text: str, at: int, codes: Sequence[str], grammar: TownGrammar) -> Town | None:
    """The town that begins at `at`, right behind a county or prefecture with these codes."""
    window = text[at : at + 12]
    ends = [m.end() for m in _TOWN_END.finditer(window)]
    for end in reversed(ends):
        found = _counties_within(window[:end], codes, grammar.gazetteer)
        if found and not _NOT_AFTER_TOWN.match(text, at + end):
            return Town(at, at + end, window[:end], "township", found, True)
    m = _UNKNOWN_TOWN.match(text, at)
    if m and not grammar.common.search(m[0]) and not _NOT_AFTER_TOWN.match(text, m.end()):
        return Town(at, m.end(), m[0], "township", tuple(codes), False)
    return None


def landmark_after(text: str, at: int, codes: Sequence[str], grammar: TownGrammar) -> Town | None:
    """A locality named after its lie (潞江坝, 擂鼓墩) right behind a county or prefecture."""
    m = _LANDMARK.match(text, at)
    if not m or grammar.common.search(m[0]):
        return None
    near = _counties_within(m[1] + "镇", codes, grammar.gazetteer)
    near += _counties_within(m[0] + "街道", codes, grammar.gazetteer)
    near += _counties_within(m[1] + "乡", codes, grammar.gazetteer)
    return Town(at, m.end(), m[0], "village", near or tuple(codes), False)


def village_after(text: str, at: int, codes: Sequence[str], grammar: TownGrammar) -> Town | None:
    """The village or community that begins at `at`, right behind a town or county."""
    m = _VILLAGERS.match(text, at) or _VILLAGE.match(text, at)
    if not m or grammar.common.search(m[0]) or (m[0].endswith("社区") and len(m[1]) < 2):
        return None
    return Town(at, m.end(), m[0], "village", tuple(codes), False)


def _counties_within(name: str, codes: Sequence[str], gazetteer: Gazetteer) -> tuple[str, ...]:
    if len(name) < 2:
        return ()
    return tuple(
        c
        for c in gazetteer.township_counties(name)
        if any(gazetteer.contains(outer, c) for outer in codes)
    )


def bare_towns(text: str, grammar: TownGrammar) -> Iterator[Town]:
    """Towns that stand without their county; the resolver asks the story for it."""
    for m in _TOWN_END.finditer(text):
        if _NOT_AFTER_TOWN.match(text, m.end()):
            continue
        for start in range(max(0, m.start() - 6), m.start() - 1):
            name = text[start : m.end()]
            counties = grammar.gazetteer.township_counties(name)
            if counties and not _PLAIN_TOWN.match(name):
                yield Town(start, m.end(), name, "township", counties, True)
                break
        else:
            yield from _unknown_town(text, m.start(), m.end(), grammar)


def _unknown_town(text: str, suffix: int, end: int, grammar: TownGrammar) -> Iterator[Town]:
    for start in range(suffix - 2, max(-1, suffix - 4), -1):
        stem = text[start:suffix]
        if not re.fullmatch(f"{_NAME}+", stem) or grammar.common.search(text[start:end]):
            return
        if bounds(text, start, end) == 2:
            yield Town(start, end, text[start:end], "township", (), False)
            return


def bare_villages(text: str, grammar: TownGrammar) -> Iterator[Town]:
    """Villages that stand without their county, where a name may begin."""
    for m in _BARE_VILLAGE.finditer(text):
        if not grammar.common.search(m[1] + m[2]):
            yield Town(m.start(1), m.end(), m[1] + m[2], "village", (), False)


def listed_towns(text: str, gazetteer: Gazetteer) -> Iterator[Town]:
    """The members of ``石栏、双龙、边城三个镇``, without the suffix they share."""
    for m in _LIST_END.finditer(text):
        kinds = ("镇", "乡", "街道", "苏木")
        items = _items_before(text, m.start())
        known = [_as_town(text[a:b], kinds, gazetteer) for a, b in items[1:]]
        if items:
            first = _first_item(text, items[0][1], kinds, gazetteer)
            if first:
                yield first
                known.append(first.counties)
        if not any(known):
            continue
        for (a, b), counties in zip(items[1:], known, strict=False):
            if counties or 2 <= b - a <= 4:
                yield Town(a, b, text[a:b], "township", counties, bool(counties))


def _items_before(text: str, end: int) -> list[tuple[int, int]]:
    """Spans of the list that ends at `end`; the first one still has what stands before it."""
    start = end
    while start > max(0, end - 80) and re.match(r"[\u4e00-\u9fff、]", text[start - 1]):
        start -= 1
    spans: list[tuple[int, int]] = []
    at = start
    for m in _ITEM_SEPARATOR.finditer(text, start, end):
        spans.append((at, m.start()))
        at = m.end()
    spans.append((at, end))
    # Only the last run of short items belongs to the list.
    kept: list[tuple[int, int]] = []
    for a, b in reversed(spans):
        kept.insert(0, (a, b))
        if not 2 <= b - a <= 6:
            break
    return kept if len(kept) > 1 else []


def _as_town(name: str, kinds: Sequence[str], gazetteer: Gazetteer) -> tuple[str, ...]:
    found = gazetteer.township_counties(name)
    for kind in kinds:
        found += gazetteer.township_counties(name + kind)
    return tuple(dict.fromkeys(found))


def _first_item(text: str, end: int, kinds: Sequence[str], gazetteer: Gazetteer) -> Town | None:
    for start in range(max(0, end - 5), end - 1):
        counties = _as_town(text[start:end], kinds, gazetteer)
        if counties:
            return Town(start, end, text[start:end], "township", counties, True)
    return None
