"""Which area governs a count: read on from left to right, as a reader does.

A place or a deictic (全省) governs what follows it, to the end of the sentence, and to the
end of the paragraph where it opens a sentence. Origins, destinations and comparisons (来自四川,
运往北京, 比苏州) govern nothing, nor do those who give from elsewhere (香港乐施会捐200万元).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from pipeline.gazetteer import CHINA
from pipeline.records import Organization, Place
from pipeline.resolve.codes import common_area, contains
from pipeline.resolve.facts.candidates import SUMMED
from pipeline.resolve.facts.place_roles import (
    is_around,
    is_dateline,
    is_elsewhere,
    is_modifier,
    is_told_at,
    leads,
)
from pipeline.resolve.facts.tokens import Kind, Token, WordGrammar

SENTENCE_END = ("。", "！", "？", "\n")
# Tokens that change nothing: most of a text.
IDLE = frozenset(Kind) - {
    *(Kind.PLACE, Kind.DEICTIC, Kind.ORGANIZATION, Kind.COUNT),
    *(Kind.TEXT, Kind.COMMA, Kind.STOP, Kind.VERB),
}
OPEN_LIST = "等"
LOCATIVE = ("在", "到", "于")
ACTING = "里"  # 省里, 市里: who does something, not where
AHEAD = 24  # tokens in which a giver's verb is looked for
TOWARDS = ("向", "给", "为", "往")
PARTNER = ("到", "对", "与", "和", "跟")  # before a place elsewhere
ABROAD = ("我国", "当地")  # these and 全国 name no other area in a story of another country
COMPARING = ("比", "较", "同比")
MORE = frozenset({Kind.SHARE, Kind.CHANGE})
OBJECT = frozenset({Kind.TEXT, Kind.NOUN, Kind.PAUSE, Kind.PLACE})  # of a verb, with its modifiers
# Kinds of institutions of which a sentence tells what they have and do themselves.
OWN = frozenset({"culture", "hospital"})
Deictic = Callable[[str, str | None], str | None]


class Governing(NamedTuple):
    """The adcode of an area, and what named it: ``place:三亚市``, ``deictic:全省``, ``story``.

    None: outside China, or above a province. `paired` is the institution, as printed, that stands
    at the same place of a list.
    """

    adcode: str | None
    rule: str
    paired: str | None = None


class _Areas(Struct):
    """The state of the reading: what governs now, and what the sentence began with."""

    home: str | None
    deictic: Deictic
    words: WordGrammar
    current: Governing
    opening: Governing
    listed: list[Governing]
    places: list[Governing]  # those named one by one in the sentence
    briefs: bool  # whether each paragraph is a story of its own
    clause_only: bool = False
    named: bool = False  # whether the sentence has named an area so far
    led_by: Kind | None = None  # the last token that is no part of an object
    each: bool = False  # whether the clause has a 分别
    position: int = 0  # counts that are joined before the one being read
    later: int = 0  # counts that follow it in its list, which goes on to token `until`
    until: int = 0
    counted: bool = False  # whether the sentence has had a count


def areas_of_counts(
    tokens: Sequence[Token],
    home: str | None,
    deictic: Deictic,
    words: WordGrammar,
    briefs: bool = False,
) -> dict[int, Governing]:
    """The area that governs each count, by the index of its token.

    `home` is the adcode of the story's own area, `deictic(word, adcode)` resolves 全省 and the
    like against an area. The paragraphs of `briefs` are stories of their own.
    """
    found: dict[int, Governing] = {}
    own = Governing(home, "story")
    s = _Areas(home, deictic, words, own, own, [], [], briefs)
    opens = True  # nothing but adjuncts since the sentence began
    i = 0
    while i < len(tokens):
        t = tokens[i]
        if i:
            _look_back(tokens[i - 1], s)
        if t.kind in IDLE:
            i += 1
            continue
        if t.kind is Kind.PLACE:
            i = _place(tokens, i, s, opens)
            continue
        if t.kind is Kind.DEICTIC:
            area = _deictic(t.text, s)
            compared = i > 0 and tokens[i - 1].text in COMPARING
            if (
                not compared
                and not (i and tokens[i - 1].text == "来自")
                and not _comes_from(tokens, i, s)
                and not (t.text.endswith(ACTING) and _gives(tokens, i, area.adcode, s))
                and not is_modifier(tokens, i + 1, s.led_by)
                and (area.adcode != CHINA or leads(tokens, i))
            ):
                s.current, s.named = area, True
                s.clause_only = i > 0 and tokens[i - 1].kind is Kind.SHARE  # 占全省的七成
                if not s.counted and leads(tokens, i):
                    s.opening = area
        elif t.kind is Kind.ORGANIZATION and isinstance(t.mention, Organization):
            if not _gives(tokens, i, t.mention.adcode, s):
                _organization(t.mention, s, opens)
            _list_organization(tokens, i, s)
        elif t.kind is Kind.COUNT:
            found[i], s.counted = s.current, True
            if s.current.adcode == s.home and not s.named:
                found[i] = _destination(tokens, i, s)
            _distribute(tokens, i, s, found)
        elif t.kind is Kind.TEXT and SUMMED.match(t.text):
            s.current = s.opening  # 三地合计
        elif t.kind is Kind.COMMA and s.clause_only and not _goes_on(tokens, i, s):
            s.current, s.clause_only = s.opening, False
        elif t.kind is Kind.STOP and t.text[0] in SENTENCE_END:
            if t.text == "\n":
                s.opening = own
            s.current, s.listed, s.clause_only, s.named = s.opening, [], False, False
            s.places, s.counted = [], False
            opens = True
            i += 1
            continue
        elif t.text == "；" and is_elsewhere(s.current.adcode, s.home):
            s.current = s.opening  # what happens elsewhere ends with its part of the sentence
        if t.kind in (Kind.COMMA, Kind.VERB, Kind.COUNT):
            opens = False
        i += 1
    return found


def _look_back(before: Token, s: _Areas) -> None:
    """Keep what later tokens ask of the one that was read last, so that none looks far back."""
    if before.kind not in OBJECT:
        s.led_by = before.kind
    if before.kind in (Kind.COMMA, Kind.STOP):
        s.each = False
    elif before.text == "分别":
        s.each = True


def _place(tokens: Sequence[Token], at: int, s: _Areas, opens: bool) -> int:
    """Read a place or a list of places; the index behind it."""
    named: list[Governing] = []
    i = at
    while i < len(tokens) and tokens[i].kind is Kind.PLACE:
        mention = tokens[i].mention
        if isinstance(mention, Place) and not is_around(mention, s.home):
            named.append(Governing(mention.adcode, f"place:{mention.text}"))
        i += 1
        follows = i + 1 < len(tokens) and tokens[i + 1].kind is Kind.PLACE
        if follows and tokens[i].kind is Kind.PAUSE:
            i += 1
    before = tokens[at - 1].text if at else ""
    after = tokens[i].text if i < len(tokens) else ""
    away, origin = s.words.roles["away"], s.words.roles["behind-origin"]
    if not named or before.endswith(tuple(away)) or after in origin:
        return i
    if before in COMPARING or before.endswith(("高于", "低于")):
        return i
    if (
        is_modifier(tokens, i, s.led_by)
        or is_dateline(tokens, i)
        or is_told_at(tokens, at, i, s.words)
    ):
        return i
    if s.home and named[0].adcode == CHINA and not leads(tokens, at):
        return i  # 销售中国福利彩票: part of a name
    if len(named) == 1 and _in_passing(tokens, at, i, named[0].adcode, s):
        return i
    s.named = True
    s.places += named
    if len(named) == 1:
        s.current = named[0]
    else:
        s.current = _area_of_list(named, after.startswith(OPEN_LIST), s.home)
        s.listed = named
    if opens and len(named) == 1 and (s.briefs or contains(s.home, s.current.adcode)):
        s.opening = s.current
    there = before.endswith(LOCATIVE) or after.startswith("有")
    passing = is_elsewhere(s.current.adcode, s.home)
    s.clause_only = not (opens or there) and passing
    return i


def _area_of_list(named: Sequence[Governing], is_open: bool, home: str | None) -> Governing:
    """What the places `named` have in common, or the story's own area `home`.

    It is `home` where they are but examples of it (`is_open`: 等), or lie elsewhere: 合肥、武汉 in
    the story of a county, which is neither one of them nor of the same prefecture.
    """
    common = common_area([area.adcode for area in named])
    rule = "places:" + "、".join(area.rule.partition(":")[2] for area in named)
    if home in (None, CHINA):
        return Governing(common, rule)
    if contains(home, common):
        return Governing(home, "story") if is_open else Governing(common, rule)
    among = any(area.adcode == home for area in named)
    near = contains(common, home) and (among or (common or "")[2:] != "0000")
    return Governing(common, rule) if near else Governing(home, "story")


def _in_passing(tokens: Sequence[Token], at: int, behind: int, area: str | None, s: _Areas) -> bool:
    """Whether the place at `at`, which ends before `behind`, is named for something else.

    ``排在福建省第三``: a wider area within a clause. ``对美国出口``, ``到上海``: with whom, or
    where to, away from the story's area. Who gives from elsewhere, see `_gives`.
    """
    before = tokens[at - 1].text if at else ""
    if s.home is None:
        return area == CHINA
    if s.home not in (CHINA, area) and contains(area, s.home):
        return not leads(tokens, at)
    if is_elsewhere(area, s.home) and before.endswith(PARTNER):
        return True
    receives = before.endswith((*LOCATIVE, *TOWARDS))
    return not receives and _gives(tokens, behind - 1, area, s)


def _gives(tokens: Sequence[Token], at: int, area: str | None, s: _Areas) -> bool:
    """``香港乐施会给灾区200万元``: what comes from elsewhere is told of for the story's own area.

    `at` is who gives it, from `area`.
    """
    if s.home in (None, CHINA) or contains(s.home, area):
        return False
    gives = s.words.roles["gives"]
    longer = tuple(w for w in gives if len(w) > 1)  # may be several tokens
    for i in range(at + 1, min(len(tokens), at + 1 + AHEAD)):
        if tokens[i].kind in (Kind.COMMA, Kind.STOP):
            break
        following = "".join([t.text for t in tokens[i : i + 3]])
        if tokens[i].text in gives or following.startswith(longer):
            return True
    return False


def _destination(tokens: Sequence[Token], at: int, s: _Areas) -> Governing:
    """``40万名老人来到三亚``: the place behind a count, where none stands before it."""
    for i in range(at + 1, len(tokens)):
        t = tokens[i]
        if t.kind in (Kind.COMMA, Kind.STOP, Kind.COUNT):
            break
        if isinstance(t.mention, Place) and t.mention.adcode and _arrives(tokens, i, s):
            inside = s.home is None or contains(s.home, t.mention.adcode)
            return Governing(t.mention.adcode, f"place:{t.text}") if inside else s.current
    return s.current


def _arrives(tokens: Sequence[Token], at: int, s: _Areas) -> bool:
    """Whether the place at `at` is where something happens, not where it comes from."""
    before = tokens[at - 1]
    if before.text.endswith(tuple(s.words.roles["away"])):
        return False
    return before.text.endswith(LOCATIVE)


def _goes_on(tokens: Sequence[Token], at: int, s: _Areas) -> bool:
    """Whether the clause behind the comma at `at` tells more of the number before it."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    return after is not None and (
        after.kind in MORE
        or after.text in COMPARING
        or after.text.startswith(tuple(s.words.roles["goes-on"]))
    )


def _deictic(word: str, s: _Areas) -> Governing:
    if s.home is None and (word.startswith("全国") or word in ABROAD):
        return s.current
    if word == "全港" and s.home and s.home[:2] != "81":
        return Governing(s.home, f"deictic:{word}")  # all of its port
    for context in (s.current.adcode, s.home):
        found = s.deictic(word, context)
        if found:
            return Governing(found, f"deictic:{word}")
    return s.current


def _comes_from(tokens: Sequence[Token], at: int, s: _Areas) -> bool:
    """``省内游客占38%``: where those counted come from."""
    behind = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return tokens[at].text.endswith("内") and behind in s.words.roles["behind-origin"]


def _organization(o: Organization, s: _Areas, opens: bool) -> None:
    """An institution governs like its place, unless it stands above the story's area."""
    if o.adcode is None or o.adcode == CHINA or o.kind == "team":
        return  # 湖南队 competes elsewhere
    area = _area_of(o)
    brief = s.briefs and opens and not contains(o.adcode, s.opening.adcode)
    if contains(s.home, o.adcode) or brief:
        s.current = area
        if opens:
            s.opening = area
    elif not contains(o.adcode, s.home):
        s.current, s.clause_only = area, True
    elif opens and o.kind in OWN and o.adcode[2:] != "0000":
        s.current = s.opening = area  # 市博物馆 in a story of one of its districts


def _area_of(o: Organization) -> Governing:
    return Governing(o.adcode, f"organization:{o.text}")


def _list_organization(tokens: Sequence[Token], at: int, s: _Areas) -> None:
    """``甲市医院、乙市医院分别收治12名、8名``: the areas of a list of institutions."""
    mention = tokens[at].mention
    joined = (
        at > 1 and tokens[at - 1].kind is Kind.PAUSE and tokens[at - 2].kind is Kind.ORGANIZATION
    )
    if not joined:
        s.listed = []
    if isinstance(mention, Organization):
        s.listed.append(_area_of(mention)._replace(paired=mention.text))


def _distribute(tokens: Sequence[Token], at: int, s: _Areas, found: dict[int, Governing]) -> None:
    """``甲、乙两县分别有12所、8所``: the n-th number belongs to the n-th place."""
    s.position = s.position + 1 if _joined(tokens, at) else 0
    if len(s.places) < 2 and len(s.listed) < 2:
        return
    _count_later(tokens, at, s)
    total = s.position + 1 + s.later
    if total > 1 and total == len(s.listed):
        one = s.listed[s.position]
        found[at] = one if s.each else one._replace(paired=None)
    elif total > 1 and total == len(s.places) and s.each:
        found[at] = s.places[s.position]


def _joined(tokens: Sequence[Token], at: int) -> bool:
    """Whether only 、 or 和 (and a short noun) stands between this count and the one before."""
    i = at - 1
    if i < 0 or tokens[i].kind is not Kind.PAUSE:
        return False
    i -= 1
    while i >= 0 and tokens[i].kind in (Kind.TEXT, Kind.NOUN):
        i -= 1
    return i >= 0 and tokens[i].kind is Kind.COUNT


def _count_later(tokens: Sequence[Token], at: int, s: _Areas) -> None:
    """Find how many counts follow in the same list; of each list only the first one looks."""
    if at < s.until:
        s.later -= 1
        return
    s.later, i = 0, at + 1
    while i < len(tokens) and tokens[i].kind in (Kind.PAUSE, Kind.TEXT, Kind.NOUN, Kind.COUNT):
        s.later += tokens[i].kind is Kind.COUNT
        i += 1
    s.until = i
