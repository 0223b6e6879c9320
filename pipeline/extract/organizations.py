"""Names of organizations: fixed names, media, and names built around a suffix (局, 协会, 公司).

`compile_organizations` prepares the word lists, `find_organizations` reads one field of a
story. What a short form stands for (市民政局, 促进会) is settled later, in the resolve stage.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct

from pipeline.extract.organization_boundaries import Walk, country_before, walk
from pipeline.extract.organization_entities import named_entities
from pipeline.extract.organization_joining import joined
from pipeline.extract.organization_tokens import (
    FIXED,
    HEAD,
    LEVEL,
    NOUN,
    PLACE,
    QUOTE,
    STOP,
    UNKNOWN,
    Dictionary,
    NameToken,
    Vocabulary,
    clauses,
    compile_vocabulary,
    fixed_names,
    suffix_rule,
    tokens_of,
)
from pipeline.gazetteer import CHINA, Gazetteer
from pipeline.records import Field, OrganizationName, PlaceName, Reading
from pipeline.rulebook import Rule, Rulebook

_ALIAS = re.compile(
    r"[（(](?:[^（()）\n]{0,20}?[，,；、])?(?:以下|下文|文中)?(?:简称|统称|下称|以下称)(?:为|作)?[：:]?"
    r"(?:[“‘「]([^”’」（）《》\n]{2,14})[”’」]|([^“”（）()《》，、；\s]{2,14}))[^（()）\n]{0,20}[）)]"
)
_TITLE_ENDS = frozenset(("局长", "厅长", "院长", "校长", "行长", "馆长", "台长", "社长", "所长"))
_CONTESTS = ("锦标赛", "联赛", "邀请赛", "大奖赛", "公开赛", "超级联赛", "杯赛", "友谊赛")
_OFFICES = frozenset(("government", "police", "party", "congress", "court"))
_BRANCHED = ("bank", "company")  # kinds of national bodies with a branch in every county
_NATION = ("中国", "中华", "国家")
_WITH_BUREAU = ("府", "委", "会", "联", "人大", "政协")  # 政府办, 党委办, 管委会办 are offices
_UNITS = tuple("省市县区旗州")
_CONFIDENCE = {"fixed": 0.95, "place": 0.9, "level": 0.9, "own": 0.75, "shared": 0.7}


class OrganizationGrammar(Struct, frozen=True):
    """The compiled word lists, and the kinds that are no names."""

    vocabulary: Vocabulary
    blocks: frozenset[str]


def compile_organizations(rules: Rulebook, gazetteer: Gazetteer) -> OrganizationGrammar:
    """Compile the organization rules. Places come to `find_organizations` from elsewhere."""
    return OrganizationGrammar(
        compile_vocabulary(
            rules, [n for n in gazetteer.names if re.fullmatch("[^任和以从][县市区旗]", n)]
        ),
        frozenset(rules.surfaces("organization_blocks")),
    )


def find_organizations(
    text: str,
    field: Field,
    grammar: OrganizationGrammar,
    places: Sequence[PlaceName],
    reading: Reading = Reading(),  # noqa: B008  frozen
) -> list[OrganizationName]:
    """Names in `text`, in reading order, the longest where several would fit.

    `places` are the place names of the same text; a place inside a name is expected there.
    The words of `reading` keep verbs and common nouns that no rule lists out of the names; its
    entities are names where the rules find none.
    """
    words = reading.words
    vocabulary = grammar.vocabulary
    dictionary = Dictionary.of(words)
    fixed = fixed_names(text, vocabulary, dictionary)
    spans = _spans(fixed, places, vocabulary, dictionary)
    found: list[OrganizationName] = []
    first = 0
    for start, end in clauses(text, vocabulary, fixed):
        while first < len(spans) and spans[first].end <= start:
            first += 1
        last = first
        while last < len(spans) and spans[last].start < end:
            last += 1
        tokens = tokens_of(text, start, end, vocabulary, spans[first:last], dictionary)
        names = _in_clause(text, field, grammar, tokens, dictionary)
        if found and found[-1].end == start - 1 and text[start - 1] == "、":
            shared = _shared(text, field, tokens, found[-1])
            if shared is not None and (not names or names[0].start >= shared.end):
                found.append(shared)
        found += _with_quoted(text, field, grammar, tokens, names, spans[first:last], dictionary)
    found = joined(text, found, places, reading, vocabulary)
    found = _with_aliases(text, field, found)
    more = named_entities(text, field, reading, found, places, grammar.blocks, vocabulary)
    return sorted([*found, *more], key=lambda n: n.start)


def _spans(
    fixed: Sequence[NameToken],
    places: Sequence[PlaceName],
    vocabulary: Vocabulary,
    dictionary: Dictionary,
) -> list[NameToken]:
    """Fixed names and the places beside them, in order and without overlap."""
    overlapped = sorted((p.start, p.end) for p in places)
    starts = [s for s, _ in overlapped]
    spans = []
    for t in fixed:
        # 中国 + 网络电视台 must not be read as 国网 + 络电视台
        before = bisect_left(starts, t.start) - 1
        if before < 0 or overlapped[before][1] <= t.start or overlapped[before][1] >= t.end:
            spans.append(t)
    taken = sorted([(t.start, t.end) for t in spans])
    at = 0
    for p in sorted(places, key=lambda p: (p.start, -p.end)):
        while at < len(taken) and taken[at][1] <= p.start:
            at += 1
        if at < len(taken) and taken[at][0] < p.end:
            continue
        role = vocabulary.roles.get(p.text)
        if role is not None and role[0] in (NOUN, HEAD, STOP):
            continue
        if len(p.text) == 2 and dictionary.breaks(p.start, p.end):
            continue  # 学会 + 理事长 holds no 会理
        spans.append(NameToken(p.start, p.end, PLACE, p.text))
    return sorted(spans, key=lambda t: t.start)


def _in_clause(
    text: str,
    field: Field,
    grammar: OrganizationGrammar,
    tokens: Sequence[NameToken],
    dictionary: Dictionary,
) -> list[OrganizationName]:
    """Names of one clause, found from the right so that departments reach their office."""
    found: list[OrganizationName] = []
    tokens = list(tokens)
    inner: dict[int, Walk | None] = {}
    i = len(tokens) - 1
    while i >= 0:
        name: OrganizationName | None = None
        first = i
        t = tokens[i]
        if t.role == HEAD or (t.role == STOP and t.text in _TITLE_ENDS):
            if not _broken(text, tokens, i, dictionary):
                name, first = _suffixed(text, field, grammar, tokens, i, inner)
        elif t.role == FIXED:
            name, first = _fixed(text, field, grammar, tokens, i)
        if name is not None:
            found.append(name)
            i = first
        i -= 1
    return found[::-1]


def _with_quoted(
    text: str,
    field: Field,
    grammar: OrganizationGrammar,
    tokens: Sequence[NameToken],
    names: list[OrganizationName],
    spans: Sequence[NameToken],
    dictionary: Dictionary,
) -> list[OrganizationName]:
    """`names` and those inside quotation marks that are no part of a name themselves."""
    quotes = [t for t in tokens if t.role == QUOTE]
    starts = [n.start for n in names]
    first = 0
    more: list[OrganizationName] = []
    for q in quotes:
        before = bisect_right(starts, q.start) - 1
        if before >= 0 and q.start < names[before].end:
            continue
        while first < len(spans) and spans[first].end <= q.start:
            first += 1
        last = first
        while last < len(spans) and spans[last].start < q.end:
            last += 1
        own = spans[first:last]
        inner = tokens_of(text, q.start + 1, q.end - 1, grammar.vocabulary, own, dictionary)
        more += _in_clause(text, field, grammar, inner, dictionary)
    return sorted([*names, *more], key=lambda n: n.start) if more else names


def _broken(text: str, tokens: Sequence[NameToken], i: int, dictionary: Dictionary) -> bool:
    """Whether what looks like a suffix is a part of another word (财政部 + 门, 关 + 系)."""
    t = tokens[i]
    if dictionary.goes_on(text, t.end):
        return True
    if t.text == "办" and i and tokens[i - 1].role == HEAD and t.start == tokens[i - 1].end:
        return not tokens[i - 1].text.endswith(_WITH_BUREAU)  # 研究所 + 办驾驶班
    if t.text == "所" and i and tokens[i - 1].role in (HEAD, FIXED):
        return True  # 内务部 + 所辖, 省政府 + 所属
    team = t.rule is not None and t.rule.fields.get("kind") == "team"
    if team and text.startswith(_CONTESTS, t.end):
        return True  # 亚洲女排锦标赛
    if len(t.text) > 1 or text[t.end : t.end + 1] == t.text or text[t.start - 1 : t.end] == "学系":
        return False
    if i and tokens[i - 1].role in (PLACE, LEVEL):
        return False
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if after and after.role == STOP and after.start == t.end and len(after.text) > 1:
        return False  # 建设厅 + 派来, whatever the dictionary makes of 厅派
    return dictionary.cut(t.end) or (
        i > 0 and tokens[i - 1].role == UNKNOWN and dictionary.cut(t.start, 2)
    )


def _suffixed(
    text: str,
    field: Field,
    grammar: OrganizationGrammar,
    tokens: list[NameToken],
    i: int,
    inner: dict[int, Walk | None],
) -> tuple[OrganizationName | None, int]:
    """The name that ends with ``tokens[i]``, which becomes the suffix that it is read as."""
    t = tokens[i]
    if t.role == STOP:
        # 公安局长: the office shares its last character with the title
        role = grammar.vocabulary.roles.get(t.text[0])
        if role is None or role[0] != HEAD or i == 0 or tokens[i - 1].role in (HEAD, FIXED):
            return None, i
        t = NameToken(t.start, t.start + 1, HEAD, t.text[0], role[1])
    t = tokens[i] = _longest(text, grammar.vocabulary, t)
    found = walk(tokens, i, inner, grammar.vocabulary.listed)
    if found is None or t.rule is None:
        return None, i
    start = tokens[found.first].start
    name = text[start : t.end]
    if name in grammar.blocks or name.endswith("中小学"):
        return None, i
    lead = found.lead
    area = full = ""
    if lead == "fixed":
        rule = tokens[found.first].rule
        if rule is not None and rule.file == "organization_names":
            area = rule["area"]
            if rule["kind"] == "bank" and rule["full"] != "-":
                full = rule["full"] + text[tokens[found.first].end : t.end]
    prefix = max(found.prefix_end - start, 0)
    return (
        OrganizationName(
            field,
            start,
            t.end,
            name,
            t.rule.name,
            _CONFIDENCE[lead],
            t.rule["kind"],
            lead,
            prefix,
            full,
            area,
        ),
        found.first,
    )


def _longest(text: str, vocabulary: Vocabulary, head: NameToken) -> NameToken:
    """`head` with the row of the longest suffix that ends there (管理处 for 处)."""
    rule = suffix_rule(text, 0, head.end, vocabulary, head.end - head.start + 1)
    return head if rule is None else NameToken(head.start, head.end, HEAD, head.text, rule)


def _fixed(
    text: str, field: Field, grammar: OrganizationGrammar, tokens: Sequence[NameToken], i: int
) -> tuple[OrganizationName | None, int]:
    t = tokens[i]
    rule = t.rule
    if rule is None or (rule.file == "organization_names" and rule["kind"] == "prefix"):
        return None, i
    first = country_before(tokens, i, grammar.vocabulary.listed)
    start = tokens[first].start
    kind = "media" if rule.file == "media" else rule["kind"]
    full = rule["full"] if rule["full"] != "-" else t.text
    area = "" if rule.file == "media" else rule["area"]
    lead = "fixed"
    prefix = 0
    if first == i and _has_branches(rule) and i:
        before = tokens[i - 1]
        if before.role == LEVEL or (before.role == PLACE and before.text.endswith(_UNITS)):
            first, start = i - 1, before.start
    if first < i:
        lead = "level" if tokens[first].role == LEVEL else "place"
        full, area, prefix = text[start : t.end], "", t.start - start
    return (
        OrganizationName(
            field,
            start,
            t.end,
            text[start : t.end],
            rule.name,
            _CONFIDENCE["fixed"],
            kind,
            lead,  # type: ignore[arg-type]
            prefix,
            full,
            area,
        ),
        first,
    )


def _has_branches(rule: Rule) -> bool:
    """Whether a fixed name stands for its local branch behind a place (望奎县 + 农业银行)."""
    national = rule.file == "organization_names" and rule["area"] == CHINA
    return national and rule["kind"] in _BRANCHED and not rule.surface.startswith(_NATION)


def _shared(
    text: str, field: Field, tokens: Sequence[NameToken], previous: OrganizationName
) -> OrganizationName | None:
    """The next office of a list whose place stands only before the first: 市民政局、教育局."""
    if previous.lead not in ("place", "level", "shared") or previous.kind not in _OFFICES:
        return None
    n = 0
    while n < len(tokens) and tokens[n].role == NOUN:
        n += 1
    if n == len(tokens) or tokens[n].role != HEAD or (n == 0 and len(tokens[n].text) < 3):
        return None
    rule = tokens[n].rule
    if rule is None or rule["kind"] not in _OFFICES or rule["proof"] not in ("office", "any"):
        return None
    start, end = tokens[0].start, tokens[n].end
    return OrganizationName(
        field, start, end, text[start:end], rule.name, _CONFIDENCE["shared"],
        rule["kind"], "shared", 0, "", "",
    )  # fmt: skip


def _with_aliases(text: str, field: Field, found: list[OrganizationName]) -> list[OrganizationName]:
    """Add the short forms that a text introduces itself: …促进会（以下简称“促进会”）."""
    aliases = list(_aliases(text, field, found))
    starts = [a.start for a in aliases]  # in order and without overlap

    def overlapped(n: OrganizationName) -> bool:
        before = bisect_left(starts, n.end) - 1
        return before >= 0 and aliases[before].end > n.start

    kept = [n for n in found if not overlapped(n)]
    return sorted([*kept, *aliases], key=lambda n: n.start)


def _aliases(
    text: str, field: Field, found: Sequence[OrganizationName]
) -> Iterator[OrganizationName]:
    ends = {n.end: n for n in found}
    for m in _ALIAS.finditer(text):
        name = ends.get(m.start())
        if name is None:
            continue
        group = 1 if m[1] else 2
        yield OrganizationName(
            field,
            m.start(group),
            m.end(group),
            m[group],
            "aliases:以下简称",
            0.95,
            name.kind,
            "alias",
            0,
            name.text,
            name.area,
        )
