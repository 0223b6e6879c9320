"""Find named places in a title or text; which of several namesakes is meant comes later.

Names of adjacent levels become one mention (河北涿州, 肯尼亚图尔卡纳郡).
Places inside the names of institutions are found too: whoever finds the institution drops
them. Nothing here needs the rest of the story: what does is marked by `PlaceName.strength`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pipeline.extract.place_tokens import Names, PlaceToken, bounds, compile_names, find_tokens
from pipeline.extract.towns import (
    Town,
    TownGrammar,
    bare_towns,
    bare_villages,
    compile_towns,
    landmark_after,
    listed_towns,
    town_after,
    village_after,
)
from pipeline.gazetteer import CHINA, Gazetteer
from pipeline.lexicon import any_of, find_each
from pipeline.records import Entity, Field, PlaceName, PlaceStrength
from pipeline.rulebook import Rulebook

# Provinces that were cut out of others after 1980 stand behind the old one in older papers.
_FORMER = {"510000": "50", "440000": "46"}
_FOREIGN_UNIT = re.compile("[省州郡邦]|市(?![民场长区值])|县(?![城级委])")
_RESERVOIR = re.compile("水库(?!移民)")
_OF_COUNTIES = ("城", "域", "志", "级", "际")  # 新县城 is no county
_MOUNTAINS = re.compile("区(?![域别分])")
_SOUNDS = (
    "阿埃艾安奥巴拜班邦贝比彼宾波博伯布策查茨达戴丹道德登迪蒂杜顿多厄恩尔法凡菲费芬弗夫福盖甘冈戈哥格葛古瓜圭哈海汉赫"
    "亨华霍基吉加贾江杰金卡凯坎考科克肯库昆拉莱兰朗劳勒雷里利连列林隆卢鲁伦罗洛吕马玛迈曼梅门蒙米密明莫默姆木穆纳奈南"
    "赞济蓬尚门涅拿讷内尼涅宁纽努诺欧帕派潘佩彭皮普齐奇恰钱乔切琼热日荣萨塞桑瑟沙珊什圣施史舍斯松苏所索塔泰坦汤特滕提廷图托瓦万旺威韦"
    "维魏温文翁沃乌武西希谢辛休逊雅亚延耶伊因英尤约泽扎詹兹佐祖阔"
)
_FOREIGN = re.compile(
    f"[{_SOUNDS}]{{2,10}}(?:省|州|郡|邦|市|县|大区|自治区|群岛|半岛|岛|河|湖|山脉|山|海峡|湾|镇)(?![{_SOUNDS}])"
)
_TRANSLITERATION = re.compile(f"[{_SOUNDS}]{{3,8}}")
# A whole run of sounds and 、: each list ends where its run ends, so that none is tried twice.
_FOREIGN_LIST = re.compile(
    f"(?<![{_SOUNDS}、和及与])[{_SOUNDS}、和及与]++(?=等?[两二三四五六七八九十\\d]*+个?(?:省|州|郡|市|岛|县))"
)
_LINK = re.compile("[、和与及]|以及")
_LIST_TAIL = re.compile(
    "(?:等(?:地|国|地区|国家)?)?(?:[两二三四五六七八九十\\d]+个?)?"
    "(?:省区市|省区|省市|盟市|旗县|县市|市县|区县|县区|市州|省|市|县|区|州|盟|旗|地|国)?"
)


class PlaceGrammar(Struct, frozen=True):
    """The place vocabulary, compiled, and the gazetteer it speaks of.

    `zone` is what belongs to the name of an area before it: 深圳经济特区.
    """

    names: Names
    gazetteer: Gazetteer
    towns: TownGrammar
    zone: re.Pattern[str]


def compile_places(rules: Rulebook, gazetteer: Gazetteer) -> PlaceGrammar:
    """Compile the place rules."""
    zones = any_of(rules.surfaces("place_terms", role="zone"))
    return PlaceGrammar(
        compile_names(rules, gazetteer),
        gazetteer,
        compile_towns(rules, gazetteer),
        re.compile(f"(?:国家级?)?(?:{zones}|新区(?!域))"),
    )


def find_places(
    text: str,
    field: Field,
    grammar: PlaceGrammar,
    known: Sequence[PlaceName] = (),
    entities: Sequence[Entity] = (),
) -> list[PlaceName]:
    """Place names in `text` in reading order, offsets in `text`, never overlapping.

    `known` are names found in the story before, say in its title: their towns, villages and
    foreign cities are then found under their bare or shortened name too. `entities` are what
    the language model finds in `text`.
    """
    tokens = list(find_tokens(text, grammar.names))
    found = list(_chains(text, field, tokens, grammar))
    listed = [_town_name(text, field, t, "listed") for t in listed_towns(text, grammar.gazetteer)]
    found = _displace(found, listed, _is_weak)
    found = _displace(found, list(_towns(text, field, grammar.towns)), _is_weak)
    if any(n.kind == "abroad" for n in found):
        found = _displace(found, _foreign(text, field, found), _is_foreign)
    found += _outside(_again(text, field, [*known, *found], grammar), found)
    found += _outside(_entities(text, field, entities, grammar), found)
    found.sort(key=lambda n: n.start)
    return _mark_lists(text, found)


def _is_weak(n: PlaceName) -> bool:
    return n.kind == "area" and n.strength in ("context", "word")


def _is_foreign(n: PlaceName) -> bool:
    return n.kind in ("abroad", "region") or not n.candidates or _is_weak(n)


def _displace(
    found: list[PlaceName], new: list[PlaceName], yields: Callable[[PlaceName], bool]
) -> list[PlaceName]:
    """`found` with `new`; a name that `yields` gives way to a new one that holds it whole."""
    kept: dict[int, PlaceName] = dict(enumerate(found))
    holder: dict[int, int] = {}  # the name that each character belongs to
    for number, o in kept.items():
        holder.update(dict.fromkeys(range(o.start, o.end), number))
    for number, n in enumerate(new, start=len(found)):
        rivals = {holder[at] for at in range(n.start, n.end) if at in holder}
        if any(kept[r].rule == "places:abroad" and kept[r].end == n.end for r in rivals):
            continue  # 抵达弗吉尼亚州: the list knows where the name begins
        if all(
            yields(kept[r]) and n.start <= kept[r].start and kept[r].end <= n.end for r in rivals
        ):
            for r in rivals:
                del kept[r]
            kept[number] = n
            holder.update(dict.fromkeys(range(n.start, n.end), number))
    return list(kept.values())


def _chains(
    text: str, field: Field, tokens: list[PlaceToken], grammar: PlaceGrammar
) -> Iterator[PlaceName]:
    """Tokens with those of the next level joined to them, and the towns behind them."""
    i = 0
    covered = 0
    while i < len(tokens):
        first = tokens[i]
        i += 1
        if first.start < covered:
            continue
        name = _name(text, field, first)
        while i < len(tokens) and tokens[i].start == name.end:
            joined = _joined(text, name, tokens[i], first, grammar.gazetteer)
            if joined is None:
                break
            name = joined
            i += 1
        name = _extended(text, name, grammar)
        covered = name.end
        yield name


def _name(text: str, field: Field, t: PlaceToken) -> PlaceName:
    e = t.entry
    confidence = {"sure": 0.95, "listed": 0.9, "context": 0.8, "word": 0.6}[e.strength]
    return PlaceName(
        field, t.start, t.end, text[t.start : t.end], e.rule, confidence,
        e.kind, e.candidates, e.strength, t.bounds, "",
    )  # fmt: skip


def _joined(
    text: str, name: PlaceName, t: PlaceToken, first: PlaceToken, gazetteer: Gazetteer
) -> PlaceName | None:
    """`name` with the token right behind it, when that is a part of it."""
    if name.kind == "abroad" and t.entry.kind == "abroad" and first.entry.country:
        return None if t.entry.country else replace(_longer(text, name, t.end), rule=t.entry.rule)
    if name.kind != "area" or t.entry.kind not in ("area", "feature"):
        return None
    codes = t.entry.candidates
    if t.entry.kind == "feature":  # 佛山南海, 安徽太湖: here not the sea, not the lake
        codes += tuple(a.adcode for a in gazetteer.lookup(t.surface))
    inner = tuple(c for c in codes if any(_holds(o, c, gazetteer) for o in name.candidates))
    whole = t.surface.endswith("县") and not text.startswith(_OF_COUNTIES, t.end)  # 信阳市新县
    if not inner or (t.entry.strength == "word" and not (whole or _ends_clearly(text, t.end))):
        return None
    longer = _longer(text, name, t.end)
    return replace(longer, candidates=inner, strength="sure", rule="places:chain", confidence=0.97)


def _longer(text: str, name: PlaceName, end: int) -> PlaceName:
    return replace(name, end=end, text=text[name.start : end])


def _ends_clearly(text: str, end: int) -> bool:
    return end == len(text) or not "\u4e00" <= text[end] <= "\u9fff" or text[end] in "的等"


def _holds(outer: str, inner: str, gazetteer: Gazetteer) -> bool:
    if outer == inner:
        return False
    if gazetteer.contains(outer, inner) or inner.startswith(_FORMER.get(outer, "-")):
        return True
    # 那曲地区安多县: the county outlived the prefecture.
    return gazetteer.contains(gazetteer.successor(outer), inner)


def _extended(text: str, name: PlaceName, grammar: PlaceGrammar) -> PlaceName:
    """`name` with the zone, or the town and village, that follows it."""
    if name.kind == "feature":
        lake = _RESERVOIR.match(text, name.end)
        if lake:
            return replace(_longer(text, name, lake.end()), candidates=())
        m = _MOUNTAINS.match(text, name.end) if name.text.endswith("山") else None
        return replace(_longer(text, name, m.end()), candidates=()) if m else name
    if name.rule == "places:abroad":
        m = _FOREIGN_UNIT.match(text, name.end)
        return _longer(text, name, m.end()) if m else name
    if name.kind != "area" or not name.candidates or name.candidates[0] == CHINA:
        return name
    zone = grammar.zone.match(text, name.end) or _RESERVOIR.match(text, name.end)
    if zone:
        return replace(_longer(text, name, zone.end()), strength="sure")
    towns = grammar.towns
    below = tuple(c for c in name.candidates if not c.endswith("0000"))
    town = town_after(text, name.end, below, towns) if below else None
    if town and not town.known and towns.gazetteer.township_counties(text[name.start : town.end]):
        return name  # 文安驿镇: the town of that name, not a 驿镇 in 文安
    if town and (town.known or name.strength == "sure" or name.bounds):
        name = _with_town(text, name, town)
    if below and (name.tail or name.text[-1] in "县市区旗" or name.rule == "places:chain"):
        village = village_after(text, name.end, name.candidates, towns)
        if village:
            return _with_town(text, name, village)
    landmark = landmark_after(text, name.end, below, towns) if below else None
    return _with_town(text, name, landmark) if landmark else name


def _with_town(text: str, name: PlaceName, town: Town) -> PlaceName:
    longer = _longer(text, name, town.end)
    return replace(
        longer, candidates=town.counties, strength="sure", kind=town.kind,
        tail=name.tail + town.name, rule="places:town", confidence=0.95,
    )  # fmt: skip


def _towns(text: str, field: Field, towns: TownGrammar) -> Iterator[PlaceName]:
    at = 0
    for town in bare_towns(text, towns):
        if town.start >= at:
            village = village_after(text, town.end, town.counties, towns)
            name = _town_name(text, field, town, "context")
            if village:
                name = _with_town(text, name, village)
                name = replace(name, strength="context", candidates=town.counties)
            at = name.end
            yield name
    for town in bare_villages(text, towns):
        yield _town_name(text, field, town, "context")


def _town_name(text: str, field: Field, town: Town, strength: PlaceStrength) -> PlaceName:
    return PlaceName(
        field, town.start, town.end, text[town.start : town.end], "places:town", 0.85,
        town.kind, town.counties, strength,
        bounds(text, town.start, town.end), town.name,
    )  # fmt: skip


def _outside(new: Iterable[PlaceName], taken: Iterable[PlaceName]) -> list[PlaceName]:
    """Those of `new` that overlap neither a place already found nor each other."""
    used = bytearray()
    kept: list[PlaceName] = []
    for n in taken:
        _mark(used, n)
    for n in new:
        if not any(used[n.start : n.end]):
            _mark(used, n)
            kept.append(n)
    return kept


def _mark(used: bytearray, n: PlaceName) -> None:
    if n.end > len(used):
        used.extend(bytes(n.end - len(used)))
    used[n.start : n.end] = b"\1" * (n.end - n.start)


def _foreign(text: str, field: Field, found: list[PlaceName]) -> list[PlaceName]:
    """Transliterated names, told by their sounds and a suffix or the list they stand in."""
    new: list[PlaceName] = []
    countries = {n.end: n.start for n in found if n.rule == "places:country"}
    for m in _FOREIGN_LIST.finditer(text):
        new += [_abroad(text, field, a, b) for a, b in _items(m.group(), m.end())]
    for m in _FOREIGN.finditer(text):
        start = countries.get(m.start(), m.start())
        new.append(_abroad(text, field, start, m.end()))
    return new


def _items(run: str, end: int) -> list[tuple[int, int]]:
    """The spans of the list of names that ends with `run`, and in the text at `end`.

    It has two names or more, of two to eight characters each; of a longer word only the end
    can be its first.
    """
    spans: list[tuple[int, int]] = []
    for word in reversed(re.split("[、和及与]", run)):
        length = min(len(word), 8)
        if length < 2:
            break
        spans.append((end - length, end))
        if len(word) > 8:
            break
        end -= length + 1
    return spans[::-1] if len(spans) > 1 else []


def _abroad(text: str, field: Field, start: int, end: int) -> PlaceName:
    return PlaceName(
        field, start, end, text[start:end], "places:sounds", 0.85, "abroad", (), "sure", 2, ""
    )


def _entities(
    text: str, field: Field, entities: Sequence[Entity], grammar: PlaceGrammar
) -> Iterator[PlaceName]:
    """Places of the language model that sound foreign: 敖德萨 has no suffix, and no list holds it.

    For places in China the gazetteer is complete; what the model finds there beside it are
    buildings, streets and parts of names. Of a name that a list holds the rules have decided:
    肯尼亚先令 is no place.
    """
    for e in entities:
        if e.label != "LOC" or not _TRANSLITERATION.fullmatch(text, e.start, e.end):
            continue
        if not any(
            text[e.start : end] in grammar.names.entries for end in range(e.start, e.end + 1)
        ):
            yield replace(_abroad(text, field, e.start, e.end), rule="ner", confidence=0.75)


def _again(
    text: str, field: Field, found: list[PlaceName], grammar: PlaceGrammar
) -> Iterator[PlaceName]:
    """Later mentions of towns, villages and foreign cities by their bare or shortened name."""
    known: dict[str, PlaceName] = {}
    for n in found:
        if n.kind in ("township", "village") and n.strength == "sure":
            known.setdefault(_last_part(n.tail), n)
        elif n.rule == "places:sounds":
            known.setdefault(n.text, n)
    shorter = {re.sub("(?:街道|镇|乡|村|市|省|郡|州)$", "", k): n for k, n in known.items()}
    wanted = {
        name: n
        for name, n in (shorter | known).items()
        if len(name) > 1 and name not in grammar.names.entries
    }
    for name, spans in zip(wanted, find_each(text, wanted), strict=True):
        n, full = wanted[name], name in known
        for start, end in spans:
            b = bounds(text, start, end)
            if full or b == 2 or (b and start and text[start - 1] in "像在、"):
                yield replace(
                    n, start=start, end=end, text=name, strength="sure",
                    tail=_last_part(n.tail), rule="places:again", field=field,
                )  # fmt: skip


def _last_part(tail: str) -> str:
    """``石栏镇子腊村`` → ``子腊村``."""
    m = re.match("(?:.*?(?:街道|镇|乡|苏木))?(.+(?:村|社区|嘎查))$", tail)
    return m[1] if m else tail


def _mark_lists(text: str, found: list[PlaceName]) -> list[PlaceName]:
    """Weak names in a list with others (当涂、含山、和县三县) become `listed`."""
    marked: list[PlaceName] = []
    i = 0
    while i < len(found):
        j = i + 1
        while j < len(found) and _LINK.fullmatch(text, found[j - 1].end, found[j].start):
            j += 1
        run = found[i:j]
        weak = any(n.strength in ("context", "word") for n in run)
        if weak and len(run) > 1:
            tail = _LIST_TAIL.match(text, run[-1].end)
            firm = any(n.strength != "word" for n in run) or bool(tail and len(tail[0]) > 1)
            run = [_listed(n) for n in run] if firm else run
        marked += run
        i = j
    return marked


def _listed(n: PlaceName) -> PlaceName:
    if n.kind != "area" or n.strength not in ("context", "word"):
        return n
    return replace(n, strength="listed" if n.strength == "context" else "listed-word")
