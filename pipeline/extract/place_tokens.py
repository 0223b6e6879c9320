"""Single place names: the lexicon of all names, and where in the text they really stand.

A name stands where the longest-match lexicon finds it and no longer word swallows it
(``rules/place_blocks.tsv``). What cannot be decided without the rest of the story is marked
by `strength` and `bounds` and left to the resolver.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from pipeline.gazetteer import Area, Gazetteer
from pipeline.lexicon import Lexicon, any_of
from pipeline.records import PlaceKind, PlaceStrength
from pipeline.rulebook import Rulebook

# Full names that are also common nouns: 城区, 东区, 新城区.
_COMMON_NOUN = re.compile(
    "(?:[城郊矿市东西南北中新老]|[新老主]城|[新老]市|开发|市郊|半山|名山|东山|向山|解放|公园|港口)区$"
)
# 抵达卡尔加里: 达 ends the verb.
_REACHED = re.compile("[抵到送运直发表传转通]达")
_AT = re.compile("在$|位于|来自|前往|抵达|走进|途经|地处|落户|来到|记者从")
_LEFT = re.compile(
    r"(?:^|[^\u4e00-\u9fffA-Za-z]|[在到从赴往向由与和及对于至经为让离等省市州县区是像把以将沿据]|记者|来自|走进"
    r"|位于|抵达|途经|邻近|地处|包括|其中|分别|涉及|出生)$"
)
_RIGHT = re.compile(
    r"$|[^\u4e00-\u9fffA-Za-z]|[的等和与及在籍境人]|是|将|各|两|有|今|已|被|也|还|地区|县|市|区|召开|举行|农民"
    r"|[建设开成投落启参考打举召调实推加发组抓坚通出迎全积大率依立聚紧努把以从为连持深强会相隔]|村民|市民|居民|群众|百姓|老区|一带|境内|山区|城乡|方面|当地|开展|推进|建立|建成|讯|电"
)
# 和县, 费县 …: two-character counties also arise where 和, 各, 示范 meet 县.
_COUNTY_AFTER = re.compile(
    "[委级长乡区市里直以域城政]|[、和及][省市乡镇村]|各|人大|[、和及]?(?:两|三)级"
)
_AND_COUNTY = re.compile(r"[市省州区乡镇级部地盟委]$")
# 广州市民, 广州市场: the suffix belongs to the next word.
_STOLEN = re.compile(
    "(?<=市)(?:民(?!政|族|间|营|办|警|兵|革|建|进|盟|主|宗)|场|值|价|容|花|郊|占率|面|况|售|话|井|长(?!江|沙|春))"
    "|(?<=省)(?:会(?!议)|道)|(?<=县)(?:级|道)|(?<=[^地]区)(?:[域间别])|(?<=市)区(?!县)"
)
_YUAN = "元(?![老首月旦宵帅])"
_ETHNIC = re.compile("族(?!自治|乡)|语(?!言)")
# A surname behind a mark or a title; such a name goes on behind it.
_SURNAME = re.compile(
    "(?:^|[^\u4e00-\u9fff]|[者员长师任授记席])"
    "[王李张刘陈杨赵黄周吴徐孙朱胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘董袁余叶杜苏魏程吕丁沈姜崔谭陆范汪廖姚贾夏邹熊孟秦阎薛侯"
    "雷段郝孔邵毛贺顾尹钱]$"
)
_PLAIN = frozenset("市县区省州盟旗")


class Entry(Struct, frozen=True):
    """What one name of the lexicon can be."""

    kind: PlaceKind
    candidates: tuple[str, ...] = ()
    strength: PlaceStrength = "sure"
    rule: str = "places:area"
    country: bool = False


class PlaceToken(Struct, frozen=True):
    """One name at ``text[start:end]``."""

    start: int
    end: int
    surface: str
    entry: Entry
    bounds: int


class Names(Struct, frozen=True):
    """All names and blocks, compiled."""

    lexicon: Lexicon
    entries: dict[str, Entry | None]
    currencies: re.Pattern[str]


def compile_names(rules: Rulebook, gazetteer: Gazetteer) -> Names:
    """Put the gazetteer and the place vocabulary of `rules` into one lexicon."""
    words = frozenset(rules.surfaces("place_words"))
    entries: dict[str, Entry | None] = {}
    for name in gazetteer.names:
        areas = [a for a in gazetteer.lookup(name) if a.name == name or not _forgotten(a)]
        if len(name) > 1 and areas:
            entries[name] = _area_entry(name, areas, words)
    for r in rules["place_short_names"]:
        entries[r.surface] = Entry("area", (r["adcode"],), "sure", r.name)
    for r in rules["foreign_places"]:
        entries.setdefault(r.surface, Entry("abroad", (), "sure", "places:abroad"))
    for r in rules["regions"]:
        codes = (r["adcode"],) if r["adcode"] else ()
        entries[r.surface] = Entry("region", codes, "sure", "places:region")
    for r in rules["natural_features"]:
        rival = gazetteer.lookup(r.surface)
        # 太湖 is rarely the county, 黄山 mostly the city.
        if not rival or rival[0].level == "county" or rival[0].retired:
            codes = (r["adcode"],) if r["adcode"] else ()
            entries[r.surface] = Entry("feature", codes, "sure", "places:feature")
    for r in rules["countries"]:
        codes = (r["adcode"],) if r["adcode"] else ()
        kind: PlaceKind = "area" if codes else "abroad"
        entries[r.surface] = Entry(kind, codes, "sure", "places:country", True)
    entries.update(dict.fromkeys(rules.surfaces("place_blocks")))
    return Names(Lexicon.of(entries), entries, re.compile(f"{_currencies(rules)}|{_YUAN}"))


def _currencies(rules: Rulebook) -> str:
    """The foreign currencies of units.tsv, where what follows lets them be that."""
    never = {
        r.surface: any_of(w[1:] for w in r["next"].split() if w.startswith("!"))
        for r in rules["units"]
        if r["kind"] == "foreign"
    }
    return "|".join(f"{re.escape(name)}(?!{others})" for name, others in never.items()) or "(?!)"


def _forgotten(area: Area) -> bool:
    """Whether nobody shortens the name any more: 中和, 旅大, gone since long."""
    if area.retired is None:
        return False
    return area.retired < 1985 or (area.name.endswith("区") and area.level == "county")


def _area_entry(name: str, areas: Sequence[Area], words: frozenset[str]) -> Entry:
    first = areas[0]
    if first.level == "province":  # 河北 is never the district of 天津
        areas = [a for a in areas if a.level != "county"]
    today = {a.adcode[:2] for a in areas if a.retired is None}
    # A name that exists today takes today's code.
    areas = [a for a in areas if a.retired is None or a.adcode[:2] not in today]
    codes = tuple(dict.fromkeys(a.adcode for a in areas))
    strength: PlaceStrength = "sure"
    if name in words:
        strength = "word"
    elif any(a.name == name for a in areas):
        strength = "word" if _COMMON_NOUN.match(name) else "sure"
    elif first.level == "county" and (len(name) == 2 or first.name.endswith("区")):
        strength = "context"
    return Entry("area", codes, strength)


def find_tokens(text: str, names: Names) -> Iterator[PlaceToken]:
    """Names in `text`, in reading order and without overlap."""
    for start, end, surface in _matches(text, names):
        entry = names.entries[surface]
        if entry is None:
            continue
        if _ETHNIC.match(text, end) and entry.kind in ("area", "abroad") and _ethnic(surface):
            continue
        if entry.country and names.currencies.match(text, end):
            continue
        if _in_person(text, start, end, surface):
            continue
        if entry.kind == "region" and surface.endswith("地区"):
            end -= 2  # the generic word is no part of the name
        if entry.strength == "context" and text.startswith("区", end):
            continue  # 建宁区 is not the county 建宁
        if len(surface) == 2 and surface[1] == "县" and not _county_stands(text, start, end):
            continue
        if surface[-1] in _PLAIN and len(surface) > 2 and _STOLEN.match(text, end):
            short = names.entries.get(surface[:-1])
            if short is None:
                continue
            surface, end, entry = surface[:-1], end - 1, short
            yield PlaceToken(start, end, surface, _sure(entry), 2)
            continue
        yield PlaceToken(start, end, surface, entry, bounds(text, start, end))


def _matches(text: str, names: Names) -> Iterator[tuple[int, int, str]]:
    """What the lexicon finds; a weak name gives way to a sure one that begins inside it."""
    covered = 0
    for start, end, surface in names.lexicon.find(text):
        if start < covered:
            continue
        if len(surface) == 2 and _gives_way(text, start, surface, names):
            better = _inside(text, start, end, names)
            if better:
                yield better
                covered = better[1]
                continue
            if _REACHED.match(text, max(0, start - 1)):
                continue
        yield start, end, surface


def _gives_way(text: str, start: int, surface: str, names: Names) -> bool:
    entry = names.entries[surface]
    if entry is None:
        return False
    return entry.strength in ("context", "word") or bool(_REACHED.match(text, max(0, start - 1)))


def _inside(text: str, start: int, end: int, names: Names) -> tuple[int, int, str] | None:
    """A longer sure name that begins behind `start` and before `end`."""
    for a, b, surface in names.lexicon.find(text[start + 1 : end + 12]):
        entry = names.entries[surface]
        if start + 1 + a < end and entry and entry.strength == "sure" and len(surface) > 2:
            return start + 1 + a, start + 1 + b, surface
        break
    return None


def _sure(entry: Entry) -> Entry:
    return Entry(entry.kind, entry.candidates, "sure", entry.rule)


def _in_person(text: str, start: int, end: int, surface: str) -> bool:
    """``记者王长春``, ``阿卜杜拉·阿曼``: a place name as a given name."""
    if text.startswith("·", end) or (start and text[start - 1] == "·"):
        return True
    if len(surface) > 2 or text[end : end + 1] in _PLAIN:
        return False
    return bool(_SURNAME.search(text[max(0, start - 2) : start]))


def _ethnic(surface: str) -> bool:
    """``蒙古族``, ``朝鲜语`` name peoples and languages, ``湖南语文`` does not arise."""
    return surface not in ("中国",) and surface[-1] not in _PLAIN


def _county_stands(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 2) : start]
    if _COUNTY_AFTER.match(text, end):
        return False
    if text[start] == "和" and _AND_COUNTY.search(before):
        return False
    return not before.endswith(("示", "模", "代", "各", "全", "本", "该", "每", "两", "外"))


def bounds(text: str, start: int, end: int) -> int:
    """How many ends of ``text[start:end]`` look like the ends of a name: 0, 1 or 2."""
    before = text[max(0, start - 2) : start]
    if start == 0 or before.endswith("\n") or _AT.search(before):
        return 2  # a title or paragraph often begins with its place
    return bool(_LEFT.search(before)) + bool(_RIGHT.match(text, end))
