"""Where an organization's name begins, seen from the suffix that ends it.

The walk goes left over the words of a clause: nouns, inner suffixes, ordinals and quoted names
belong to the name, a place or a level (市, 省) opens it, a stop word ends it. How much unknown
text it may cross depends on the suffix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from pipeline.extract.organization_crossings import crossed, part_of_word
from pipeline.extract.organization_levels import WIDE_LEVELS, means_one, opens
from pipeline.extract.organization_tokens import (
    BRACKET,
    FIXED,
    HEAD,
    LEAD,
    LEVEL,
    NOUN,
    ORDINAL,
    PLACE,
    QUOTE,
    STOP,
    UNKNOWN,
    NameToken,
)
from pipeline.extract.organization_words import OrganizationWords

Lead = Literal["place", "level", "fixed", "own", "shared"]

# A name has no more words than this; a line that is nothing but suffixes would be one name.
_REACH = 40
# How many characters of unknown words a name may hold, by what its suffix demands.
_UNKNOWN = {"any": 8, "branch": 8, "name": 6, "own": 6, "office": 2, "part": 2}
_LEVEL_ENDS = tuple("省市区县州旗盟乡镇村")
_TALK = frozenset("靠读办个里上去来让给把被说看")  # no characters of a name
_DEEDS = frozenset("办做开建进")  # between a place and an end: what is done there
_ABROAD = ("驻", "常驻", "援", "支援", "援建", "对口支援")  # before the place where a body works
# Kinds that 国际 or 全国 is enough to name.
_NATIONAL = frozenset(("association", "research", "government", "congress", "party", "media"))
# Kinds of fixed names before which a country belongs to the name (俄罗斯国防部).
_OF_COUNTRIES = ("government", "court", "bank", "congress", "prefix")


class Walk(Struct, frozen=True):
    """A name's first token, what it begins with, and where its place or level ends."""

    first: int
    lead: Lead
    prefix_end: int
    named: bool
    unknown: int
    inner: bool


def walk(
    tokens: Sequence[NameToken], head: int, inner: dict[int, Walk | None], words: OrganizationWords
) -> Walk | None:
    """The name that ends with the suffix ``tokens[head]``, or None where there is none.

    `inner` keeps the walks from suffixes before `head` that were made for the proof of others.
    """
    rule = tokens[head].rule
    assert rule is not None
    proof, kind = rule["proof"], rule["kind"]
    found = _walk(tokens, head, proof, words)
    return found if _proved(tokens, head, found, proof, kind, inner, words) else None


def _inner_walk(
    tokens: Sequence[NameToken], head: int, inner: dict[int, Walk | None], words: OrganizationWords
) -> Walk | None:
    # From left to right, so that each finds those before it done: none waits for a long chain.
    for n in range(next(reversed(inner), -1) + 1, head + 1):
        if tokens[n].role == HEAD:
            inner[n] = walk(tokens, n, inner, words)
    return inner[head]


def _walk(tokens: Sequence[NameToken], head: int, proof: str, words: OrganizationWords) -> Walk:
    budget = _UNKNOWN[proof]
    unknown = 0
    named = inner = False
    leading: tuple[int, int, bool] | None = None
    i = head
    while i > max(0, head - _REACH):
        t = tokens[i - 1]
        if t.text in WIDE_LEVELS and opens(tokens, i - 1, head, words):
            return Walk(i - 1, "level", t.end, True, unknown, inner)
        if t.role == STOP:
            if not crossed(tokens, i - 1, head):
                break
        elif t.role == UNKNOWN:
            if unknown + len(t.text) > budget:
                break
            unknown += len(t.text)
        elif t.role == FIXED and part_of_word(tokens, i - 1):
            unknown += len(t.text)
        elif t.role == FIXED:
            first = country_before(tokens, i - 1, words)
            if i > 2 and tokens[i - 2].text in ("驻", "常驻") and tokens[i - 3].role == PLACE:
                return Walk(i - 3, "place", tokens[i - 3].end, True, unknown, True)
            if i > 1 and tokens[i - 2].role == PLACE and tokens[head].text.endswith("有限公司"):
                return Walk(i - 2, "place", tokens[i - 2].end, True, unknown, True)
            return Walk(first, "fixed", tokens[i - 1].end, True, unknown, True)
        elif t.role == PLACE and i > 1 and tokens[i - 2].text.endswith("附属"):
            named = True
        elif t.role == PLACE:
            return _from_place(tokens, i - 1, head, proof, unknown, inner, words)
        elif t.role == LEVEL:
            if i > 1 and tokens[i - 2].role == PLACE:
                end = tokens[i - 1].end
                return _from_place(tokens, i - 2, head, proof, unknown, inner, words, end)
            if tokens[head].text == "委" and i == head and i > 1 and tokens[i - 2].text == "团":
                return Walk(i - 2, "level", t.end, True, unknown, inner)
            if means_one(tokens, i - 1, head, words):
                return Walk(i - 1, "level", t.end, True, unknown, inner)
            if proof in ("office", "part") or i < 2 or tokens[i - 2].role != UNKNOWN:
                break
            unknown += len(t.text)
        elif t.role == LEAD:
            named = True
            leading = i - 1, unknown, inner
        elif t.role == HEAD:
            again = tokens[head].text.endswith(t.text)
            if unknown > 1 and not named and (again or t.text in words.firms):
                break
            inner = True
        elif t.role == ORDINAL:
            named = True
        elif t.role == QUOTE:
            if tokens[head].start - t.end > 6:
                break
            named = True
        i -= 1
    if leading is not None:
        return Walk(leading[0], "own", 0, True, leading[1], leading[2])
    while i < head and (
        tokens[i].role == BRACKET
        or (unknown > 1 and not named and tokens[i].role == NOUN and tokens[i].rule is None)
    ):
        i += 1
    return Walk(i, "own", 0, named, unknown, inner)


def _from_place(
    tokens: Sequence[NameToken],
    place: int,
    head: int,
    proof: str,
    unknown: int,
    inner: bool,
    words: OrganizationWords,
    prefix_end: int | None = None,
) -> Walk:
    """A name opened by a place; what may stand before the place is told apart here."""
    first = place
    while first > max(0, place - _REACH):
        if tokens[first - 1].role == PLACE:
            first -= 1
        elif tokens[first - 1].role == LEVEL and first > 1 and tokens[first - 2].role == PLACE:
            first -= 2  # 石家庄 + 市 + 长安区
        else:
            break
    prefix_end = prefix_end or tokens[place].end
    if first > 0:
        before = tokens[first - 1]
        if before.role == FIXED and (proof == "branch" or _may_lead(before, tokens[head])):
            first = country_before(tokens, first - 1, words)
            return Walk(first, "fixed", tokens[first].end, True, unknown, True)
        sender = tokens[first - 2] if first > 1 else None
        abroad = before.text in _ABROAD
        if sender and abroad and sender.role in (PLACE, FIXED, LEAD):
            return Walk(first - 2, "place", sender.end, True, unknown, inner)
        if before.role == LEAD and before.text in words.owners:
            return Walk(first - 1, "own", 0, True, unknown, inner)
        rule = tokens[head].rule
        kind = rule["kind"] if rule is not None else ""
        bare_company = tokens[head - 1].role == PLACE and tokens[head].text.endswith("公司")
        if proof == "branch" or bare_company or _same_house(before, kind):
            parent = _parent(tokens, first, kind)
            if parent is not None:
                return Walk(parent, "own", 0, True, unknown, True)
    return Walk(first, "place", prefix_end, True, unknown, inner)


def _same_house(before: NameToken, kind: str) -> bool:
    """Whether an office before the place is the parent (公安局 + 西湖 + 派出所)."""
    if before.role != HEAD or before.rule is None:
        return False
    if kind == "police":
        return before.text.endswith("局")
    return kind == "company" and before.rule["kind"] == "company"


def _parent(tokens: Sequence[NameToken], place: int, kind: str) -> int | None:
    """The first token of the parent's name that stands before the place of a branch."""
    i = place
    unknown = 0
    known = False
    members = (UNKNOWN, NOUN, HEAD, BRACKET, PLACE, FIXED, LEAD)
    while i > max(0, place - _REACH) and tokens[i - 1].role in members:
        t = tokens[i - 1]
        if t.role == UNKNOWN:
            unknown += len(t.text)
            if unknown > 6:
                return None
        known = known or t.role in (HEAD, FIXED)
        i -= 1
        if t.role in (PLACE, FIXED) and not (i and tokens[i - 1].role == PLACE):
            break
    while i < place and tokens[i].role == BRACKET:
        i += 1
    own = unknown >= 2 and kind in ("company", "bank")
    return i if i < place and (known or own) else None


def _may_lead(fixed: NameToken, head: NameToken) -> bool:
    """Whether a fixed name may stand before a place (中共天津市委, 国家税务总局天津市税务局)."""
    rule = fixed.rule
    if rule is None or rule.file == "media":
        return False
    if rule["kind"] in ("prefix", "party"):
        return True
    if rule["kind"] in ("company", "bank") and head.text.endswith("公司"):
        return True
    if rule["kind"] == "government" and fixed.text.endswith("部"):
        return head.rule is not None and head.rule["kind"] == "government"
    if fixed.text.endswith(("科学院", "中科院", "社科院")):
        return True
    if rule["kind"] == "government" and head.text in ("边检总站", "边检站", "海关"):
        return True
    return fixed.text.endswith(("总局", "监会", "委员会")) and head.text.endswith("局")


def country_before(tokens: Sequence[NameToken], fixed: int, words: OrganizationWords) -> int:
    """The token at which the fixed name ``tokens[fixed]`` begins.

    That is `fixed`, or the place before it where a ministry follows its country (俄罗斯国防部).
    """
    rule = tokens[fixed].rule
    if fixed and rule is not None and rule.file != "media" and rule["kind"] in _OF_COUNTRIES:
        before = tokens[fixed - 1]
        if before.role == UNKNOWN and before.text in words.countries:
            return fixed - 1
        if before.role == PLACE and (
            not before.text.endswith(_LEVEL_ENDS) or tokens[fixed].text == "武警"
        ):
            return fixed - 1
    return fixed


def _of_a_nation(tokens: Sequence[NameToken], first: int, head: int) -> bool:
    """Whether the words only say of which country a kind is: 中国民营医院, 中国科技公司."""
    return (
        tokens[first].text in ("中国", "美国", "日本", "韩国", "英国", "德国", "法国", "俄罗斯")
        and tokens[head].text in ("公司", "医院", "银行", "学校", "大学", "企业", "中学", "小学")
        and all(t.role == NOUN for t in tokens[first + 1 : head])
    )


def _vague(tokens: Sequence[NameToken], found: Walk, kind: str, words: OrganizationWords) -> bool:
    """Whether 国际, 全国 … only say what kind it is: 国际金融中心, 全国海关."""
    lead = tokens[found.first].text
    if lead in words.owners and tokens[found.first + 1].role == PLACE:
        return False
    if lead == "全国" and tokens[found.first + 1].role == HEAD:
        return True
    own = any(t.role in (QUOTE, ORDINAL) for t in tokens[found.first :])
    return (
        not own
        and kind not in _NATIONAL
        and lead not in ("国家", "中央", "国立", "中华", "皇家", "首都")
    )


def _proved(
    tokens: Sequence[NameToken],
    head: int,
    found: Walk,
    proof: str,
    kind: str,
    inner: dict[int, Walk | None],
    words: OrganizationWords,
) -> bool:
    """Whether what stands before the suffix makes it a name."""
    if found.first >= head:
        return False
    if tokens[head].text == "系" and not any(
        t.rule is not None and t.role in (HEAD, FIXED) and t.rule.fields.get("kind") == "school"
        for t in tokens[found.first : head]
    ):
        return False
    if tokens[head].text == "所" and any(
        t.text.endswith("公司") for t in tokens[max(0, head - _REACH) : head]
    ):
        return False
    if proof == "own":
        return found.unknown >= 2
    if found.lead == "own" and found.inner and proof not in ("any", "branch"):
        # 泰尔重工股份有限公司工会: the organization before it has a name already
        return any(
            t.role == HEAD
            and (w := _inner_walk(tokens, n, inner, words)) is not None
            and w.first == found.first
            for n, t in enumerate(tokens[found.first : head], start=found.first)
        )
    if proof == "part":
        return any(
            t.role == FIXED or (t.role == HEAD and t.rule is not None and t.rule["proof"] != "part")
            for t in tokens[found.first : head]
        )
    if head - found.first == 2 and found.lead != "own":
        between = tokens[head - 1]
        alone = between.role == UNKNOWN and len(between.text) == 1
        if (alone and proof in ("name", "office")) or between.text in _DEEDS:
            return False  # 义乌 + 开 + 厂, 石狮 + 办 + 厂
    before = tokens[head - 1]
    area = before.text[-1] in "省市县区州盟旗" and not before.text.endswith("社区")
    if area and before.role == PLACE and tokens[head].text in words.village_offices:
        return False  # 长治市村委会换届
    if found.lead == "place":
        if tokens[head - 1].role not in (PLACE, LEVEL):
            sort = all(t.text in words.sorts for t in tokens[found.first + 1 : head])
            return not sort and not _of_a_nation(tokens, found.first, head)
        bare = found.first == head - 1 or tokens[head - 1].role == LEVEL
        level = tokens[head - 1].text.endswith(_LEVEL_ENDS)
        if tokens[head].text in words.never_bare:
            bank = kind == "bank" and not level  # 龙江银行, but not 瑞士银行
            street = tokens[head - 1].text.endswith("街道")
            return street or (bank and tokens[head - 1].text not in words.abroad)
        if bare and not level and len(tokens[head].text) == 1:
            return tokens[head].text == "队"
        return not (bare and not level and tokens[head].text in words.kinds)
    text = tokens[head].text
    if found.lead == "level" and found.first == head - 1:
        # 县百货公司 is one of its kind in the county, a 县公司 or 市投资公司 is any.
        any_firm = kind == "company" and (len(text) < 4 or text in words.kinds)
        return text not in words.never_bare and not any_firm
    if found.lead in ("level", "fixed"):
        return True
    if proof == "office":
        short = found.first == head - 1 and tokens[found.first].text in words.countries
        if short and tokens[head].text in words.country_offices:
            return True
        return tokens[found.first].role == LEAD
    if tokens[found.first].text in words.firm_leads and kind in ("company", "bank"):
        inside = tokens[found.first + 1 : head]
        if text not in words.kinds or not all(t.text in words.sorts for t in inside):
            return True  # 南方航空公司, 西北电力集团, but not 南方公司, 南方民营公司
    if (
        found.unknown < 2
        and tokens[found.first].role == LEAD
        and _vague(tokens, found, kind, words)
    ):
        return False
    if proof == "name":
        return found.named
    if any(
        t.rule is not None and t.rule.fields.get("role") == "name"
        for t in tokens[found.first : head]
    ):
        return True
    company = len(tokens[head].text) > 3 and tokens[head].text.endswith("公司")
    if company or tokens[head].text == "集团":
        return any(t.role == UNKNOWN or t.rule is None for t in tokens[found.first : head])
    unknown = "".join(t.text for t in tokens[found.first : head] if t.role == UNKNOWN)
    return found.named or (found.unknown >= 2 and not _TALK.intersection(unknown))
