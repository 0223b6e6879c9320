"""Which noun phrase a count counts.

One pass over the tokens of a field, count by count, with a short memory of the subjects
before it for elided heads (``其中63家``), shares, growth and lists that share one noun.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.records import Count
from pipeline.resolve.facts.phrases import (
    NOMINAL,
    Phrase,
    clause_end,
    clause_start,
    head_of,
    left_phrase,
    right_phrase,
    span_text,
    strip_links,
)
from pipeline.resolve.facts.tokens import Kind, Token

PEOPLE = frozenset({"人", "名", "位", "口"})
SHARES = frozenset({"%", "‰", "个百分点", "倍"})
BARE = PEOPLE - {"名", "位"} | {"户", "次", "人次", None}  # often without a noun of their own
OCCASIONS = frozenset({"次", "人次", "件次", "场次", "家次", "趟", "回"})
AVERAGES = frozenset({"人均", "户均", "平均", "日均", "年均", "月均", "亩均", "村均"})
LIGHT = frozenset({"完成", "实施", "进行", "开展", "予以", "给予", "实现"})
TOTALS = frozenset({"总量", "总数", "数量", "总额", "总计", "规模"})
SUMMED = re.compile("[两三四五六七八九十][地国省市县区]")
MARKS = frozenset("性级型类")  # 市级社团…，区县级…: the noun is left out behind the modifier


@dataclass(frozen=True, slots=True)
class Subject:
    """The counted thing, how it was found (`rule`), and how far that can be trusted."""

    text: str
    rule: str
    confidence: float
    noun: str = ""  # the thing itself, for what refers back to it; empty: `text`

    @property
    def bare(self) -> str:
        """What a later clause takes up again."""
        return self.noun or self.text


@dataclass(slots=True)
class _Memory:
    """Subjects already found in this field, newest last."""

    found: list[tuple[Subject, str | None]] = field(default_factory=list)

    def last(self) -> Subject | None:
        """The newest subject."""
        return next((s for s, _ in reversed(self.found[-6:]) if s.text), None)

    def alike(self, unit: str | None) -> Subject | None:
        """The newest subject counted in `unit`; units for people are one."""
        for subject, u in reversed(self.found[-8:]):
            if subject.text and (u == unit or (u in PEOPLE and unit in PEOPLE)):
                return subject
        return None


@dataclass(frozen=True, slots=True)
class _View:
    """One count and its surroundings: tokens ``[start, at)`` before it belong to it."""

    tokens: Sequence[Token]
    at: int
    start: int
    count: Count
    unit_kind: str

    @property
    def classifier(self) -> bool:
        """Whether the unit counts things (家, 名), not an amount of them (元, 吨, %)."""
        return self.unit_kind == "classifier"

    @property
    def end(self) -> int:
        """The end of what stands before the count, links stripped."""
        return strip_links(self.tokens, self.start, self.at)


def find_subjects(tokens: Sequence[Token], unit_kinds: Mapping[str, str]) -> dict[int, Subject]:
    """Subjects of all counts, by the index of their token.

    `tokens` are those of one field; `unit_kinds` gives the kind of each unit (rules/units.tsv).
    """
    memory = _Memory()
    found: dict[int, Subject] = {}
    planned: dict[int, Subject] = {}
    used = 0  # tokens before this belong to an earlier count
    for at, token in enumerate(tokens):
        if not isinstance(token.mention, Count):
            continue
        count = token.mention
        start = max(clause_start(tokens, at), used)
        while start < at and tokens[start].kind is Kind.PAUSE:
            start += 1
        view = _View(tokens, at, start, count, _unit_kind(count.unit, unit_kinds))
        planned |= _plan(view)
        if at in planned:
            subject, used = planned[at], at + 1
        else:
            subject, used = _subject(view, memory, found)
        subject = replace(
            subject, text=clean_subject(subject.text), noun=clean_subject(subject.noun)
        )
        found[at] = subject
        memory.found.append((subject, count.unit))
    return found


def _unit_kind(unit: str | None, unit_kinds: Mapping[str, str]) -> str:
    """The kind of a unit; a rate (元/人/月) is of the kind of its first part."""
    if not unit:
        return "classifier"
    return unit_kinds.get(unit) or unit_kinds.get(unit.split("/")[0], "classifier")


def _plan(v: _View) -> dict[int, Subject]:
    """``甲、乙分别占48%、50%``: subjects of all counts of a list, each its own noun."""
    tokens = v.tokens
    signs = [i for i in range(v.start, v.at) if tokens[i].kind in (Kind.EACH, Kind.SHARE)]
    if not signs:
        return {}
    series = _series(tokens, v.at)
    parts = _coordinated(tokens, v.start, strip_links(tokens, v.start, signs[0]))
    if len(parts) != len(series) or len(parts) < 2 or min(map(len, parts)) < 2:
        return {}
    shares = any(tokens[i].kind is Kind.SHARE for i in signs) and v.count.unit in SHARES
    suffix = "占比" if shares else ""
    return {
        i: Subject(part + suffix, "subject:paired", 0.8, part)
        for i, part in zip(series, parts, strict=True)
    }


def _subject(v: _View, memory: _Memory, found: Mapping[int, Subject]) -> tuple[Subject, int]:
    """The subject of one count, and the token behind the last one it used."""
    right = right_phrase(v.tokens, v.at + 1)
    special = (
        _from_to(v, found)
        or _times(v, memory)
        or _share(v, memory)
        or _growth(v, memory, right)
        or _passive(v)
    )
    if special:
        return special, v.at + 1
    left = left_phrase(v.tokens, v.start, v.end)
    if not right.text and v.classifier and v.count.unit not in BARE and left.last != v.at:
        right = right_phrase(v.tokens, v.at + 1, participle=True)
    if _right_wins(v, left, right):
        right = _own_part(v.tokens, right)
        return Subject(_measured(v, right), "subject:right", 0.8), right.last
    if v.start == v.at or not left.text:
        listed = _list_before(v, found) or _list_after(v)
        if listed:
            return listed, v.at + 1
    shared = _before_each(v)
    if shared and (not left.text or v.tokens[left.last - 1].kind is Kind.NOUNVERB):
        return shared, v.at + 1
    if left.text and not _only_verb(v, left, memory):
        return _left(v, left, memory), v.at + 1
    if right.text and not left.text:
        return Subject(_measured(v, right), "subject:right", 0.7), right.last
    return _elided(v, left, memory), v.at + 1


def _right_wins(v: _View, left: Phrase, right: Phrase) -> bool:
    """A classifier binds the noun behind it; a measure does so only as a verb's object."""
    if not right.text:
        return False
    has_de = v.tokens[v.at + 1].kind is Kind.DE
    if v.count.unit in SHARES:
        return has_de
    adjacent = bool(left.text) and left.last == v.at
    if v.classifier:
        if has_de and left.text:
            return False
        return not (adjacent and len(right.text) == 1 and not left.text.endswith("等"))
    return not left.text or (not has_de and not adjacent)


def _own_part(tokens: Sequence[Token], right: Phrase) -> Phrase:
    """``46家企业日均发货3万单``: what stands right before the next number belongs to it."""
    following = tokens[right.last] if right.last < len(tokens) else None
    if following is None or right.last - right.first < 2 or right.text.endswith("的"):
        return right
    if following.kind not in (Kind.COUNT, Kind.COPULA) and following.text not in ("由", "从"):
        return right
    inside = range(right.first + 1, right.last)
    cut = next((i for i in inside if tokens[i].text in AVERAGES), right.last - 1)
    return Phrase(span_text(tokens, right.first, cut), right.first, cut)


def _before_each(v: _View) -> Subject | None:
    """``省、州、县三级公益金分别补助1万元``: what each of the numbers is of."""
    for i in range(v.start, v.at):
        if v.tokens[i].kind is Kind.EACH:
            phrase = left_phrase(v.tokens, v.start, strip_links(v.tokens, v.start, i))
            if len(phrase.text) > 2 and not SUMMED.match(phrase.text):
                return Subject(phrase.text, "subject:each", 0.7)
    return None


def _measured(v: _View, right: Phrase) -> str:
    """A measure binds the nearest noun: ``90公斤玉米的价格`` weighs 玉米."""
    if v.classifier or v.tokens[v.at + 1].kind is Kind.DE:
        return right.text
    return right.text.split("的")[0]


def _only_verb(v: _View, left: Phrase, memory: _Memory) -> bool:
    """``完成整治689家``: a lone 整治 is the verb when its object was counted before."""
    if left.last - left.first != 1 or v.tokens[left.first].kind is not Kind.NOUNVERB:
        return False
    before = v.tokens[left.first - 1] if left.first > v.start else None
    if before is not None and before.kind is Kind.VERB and before.text not in LIGHT:
        return False
    return v.unit_kind in ("classifier", "measure") and memory.alike(v.count.unit) is not None


def _left(v: _View, left: Phrase, memory: _Memory) -> Subject:
    """The noun before the count, its head restored where it was left out."""
    last, alike = memory.last(), memory.alike(v.count.unit)
    if left.headless:
        source = alike or (last if v.count.unit in SHARES else None)
        return _restored(left.text, source)
    if left.text[-1] in MARKS and last and left.text[-1] in last.bare:
        return _restored(left.text, last)
    if left.text in AVERAGES and last and last.rule != "subject:verb":
        return Subject(left.text + head_of(last.bare), "subject:average", 0.6, last.bare)
    if left.text in TOTALS and last:
        return Subject(head_of(last.bare) + left.text, "subject:total", 0.6, last.bare)
    if left.first > v.start:
        before = v.tokens[left.first - 1]
        lone = left.last - left.first == 1 and v.tokens[left.first].kind is Kind.NOUNVERB
        if before.kind in (Kind.VERB, Kind.NOUNVERB) and (lone or v.count.unit in OCCASIONS):
            return Subject(before.text + left.text, "subject:left", 0.8, left.text)
    return Subject(left.text, "subject:left", 0.8)


def _restored(modifier: str, source: Subject | None) -> Subject:
    """`modifier` with the head of `source`: 行业性的 + 学术性社团 gives 行业性社团."""
    if source is None:
        return Subject(modifier, "subject:headless", 0.6)
    bare = source.bare
    if modifier[-1] in MARKS and modifier[-1] in bare[:-1]:
        head = bare.rsplit(modifier[-1], 1)[-1]
        return Subject(modifier + head, "subject:headless", 0.7)
    return Subject(f"{modifier}的{head_of(bare)}", "subject:headless", 0.7, head_of(bare))


def _from_to(v: _View, found: Mapping[int, Subject]) -> Subject | None:
    """``由12名增加到19名``: both numbers count what stands before 由."""
    tokens, at = v.tokens, v.at
    origin = next(
        (i for i in range(at - 1, v.start - 1, -1) if tokens[i].text in ("由", "从")), None
    )
    if origin is not None and _goes_on_to(tokens, at):
        first = clause_start(tokens, origin)
        phrase = left_phrase(tokens, first, strip_links(tokens, first, origin))
        if phrase.text:
            return Subject(phrase.text, "subject:from-to", 0.8)
        after = left_phrase(tokens, origin + 1, v.end)
        if after.text:
            return Subject(after.text, "subject:from-to", 0.6)
    previous, between = v.start - 1, tokens[v.start : at]
    arrives = any(_is_arrival(t) for t in between)
    if previous in found and arrives and not any(t.kind in NOMINAL for t in between):
        return replace(found[previous], rule="subject:from-to")
    return None


def _goes_on_to(tokens: Sequence[Token], at: int) -> bool:
    """Whether a second number follows: ``…增加到19名``."""
    for t in tokens[at + 1 : at + 8]:
        if t.kind in (Kind.COUNT, Kind.COMMA, Kind.STOP):
            return False
        if _is_arrival(t):
            return True
    return False


def _is_arrival(t: Token) -> bool:
    return t.kind in (Kind.COPULA, Kind.PARTICLE) and t.text.endswith(("到", "至", "为"))


def _times(v: _View, memory: _Memory) -> Subject | None:
    """``重刑率是其他案件的3.2倍``: what is so many times the other."""
    if v.count.unit != "倍":
        return None
    for i in range(v.start, v.at):
        if v.tokens[i].kind is Kind.COPULA:
            phrase = left_phrase(v.tokens, v.start, strip_links(v.tokens, v.start, i))
            last = memory.last()
            text = phrase.text or (last.text if last else "")
            return Subject(text, "subject:times", 0.7) if text else None
    return None


def _share(v: _View, memory: _Memory) -> Subject | None:
    """``护理型床位占67.3%``: the part before 占, else what was spoken of before."""
    tokens, last = v.tokens, memory.last()
    where = next(
        (i for i in range(v.at - 1, v.start - 1, -1) if tokens[i].kind is Kind.SHARE), None
    )
    if where is None:
        bare = span_text(tokens, v.start, v.end)
        if v.count.unit in SHARES and bare in ("占比", "比重", "比例") and last:
            return Subject(last.bare + "占比", "subject:share", 0.7, last.bare)
        return None
    suffix = "占比" if v.count.unit in SHARES else ""
    end = strip_links(tokens, v.start, where)
    phrase = left_phrase(tokens, v.start, end)
    if phrase.text:
        part = _left(v, phrase, memory).text
        return Subject(part + suffix, "subject:share", 0.8, part)
    return Subject(last.bare + suffix, "subject:share", 0.6, last.bare) if last else None


def _growth(v: _View, memory: _Memory, right: Phrase) -> Subject | None:
    """``同比增长22.6%``: what grew, and that it grew."""
    tokens, end = v.tokens, v.end
    if end == v.start or tokens[end - 1].kind is not Kind.CHANGE:
        return None
    if right.text and v.classifier and v.count.unit not in SHARES:
        return None
    change = tokens[end - 1].text
    stop = end - 1
    for i in range(stop - 1, v.start - 1, -1):
        if tokens[i].text in ("比", "较", "与", "同"):
            stop = i
            break
    phrase = left_phrase(tokens, v.start, strip_links(tokens, v.start, stop))
    last = memory.last()
    if last and phrase.text in TOTALS:
        whole = _whole(memory).bare
        text = head_of(whole) + phrase.text + change
        return Subject(text, "subject:growth", 0.7, whole)
    if phrase.text:
        return Subject(phrase.text + change, "subject:growth", 0.7, phrase.text)
    if not last:
        return None
    base = last.text if last.rule in ("subject:share", "subject:from-to") else last.bare
    named = change.endswith("幅")
    return Subject(head_of(base) + (change if named else ""), "subject:growth", 0.6, base)


def _whole(memory: _Memory) -> Subject:
    """The whole that a list of parts was taken from: the first of the latest subjects."""
    return memory.found[max(0, len(memory.found) - 4)][0]


def _passive(v: _View) -> Subject | None:
    """``十几万人被洪水围困``: people known only by what befell them."""
    following = v.tokens[v.at + 1] if v.at + 1 < len(v.tokens) else None
    if v.count.unit not in PEOPLE or following is None or v.end > v.start:
        return None
    if following.text == "被":
        end = clause_end(v.tokens, v.at + 1)
        return Subject(span_text(v.tokens, v.at + 1, end)[:14], "subject:predicate", 0.6)
    return None


def _series(tokens: Sequence[Token], at: int) -> list[int]:
    """The counts of a list joined by 、 and 和 that begins at `at`."""
    found = [at]
    while (following := _next_in_series(tokens, found[-1])) is not None:
        found.append(following)
    return found


def _next_in_series(tokens: Sequence[Token], at: int) -> int | None:
    joined = False
    for i in range(at + 1, min(at + 7, len(tokens))):
        kind = tokens[i].kind
        if kind is Kind.COUNT:
            return i if joined else None
        joined = joined or kind is Kind.PAUSE
        if kind is not Kind.PAUSE and kind not in NOMINAL and kind is not Kind.DATE:
            return None
    return None


def _coordinated(tokens: Sequence[Token], first: int, last: int) -> list[str]:
    """Nouns joined by 、 and 和 in ``[first, last)``, each as text; [] where it is no list."""
    parts: list[str] = []
    current = ""
    for t in tokens[first:last]:
        if t.kind is Kind.PAUSE:
            parts.append(current)
            current = ""
        elif t.kind in NOMINAL or t.kind in (Kind.DE, Kind.STATE):
            current += t.text
        elif t.kind not in (Kind.ADVERB, Kind.DEICTIC, Kind.DATE):
            parts, current = [], ""
    parts.append(current)
    return parts if all(parts) else []


def _list_before(v: _View, found: Mapping[int, Subject]) -> Subject | None:
    """A later number of a list (``11个、9个``) counts what the one before it counts."""
    if v.start < v.at:
        return None
    before = v.at - 1
    while before > 0 and v.tokens[before].kind is Kind.PAUSE:
        before -= 1
    return replace(found[before], rule="subject:list") if before in found else None


def _list_after(v: _View) -> Subject | None:
    """An earlier number of a list shares the noun behind the last: ``10名、6名队员``."""
    series = _series(v.tokens, v.at)
    if len(series) < 2:
        return None
    if any(t.kind in NOMINAL for t in v.tokens[v.at + 1 : series[-1]]):
        return None
    right = right_phrase(v.tokens, series[-1] + 1)
    return Subject(right.text, "subject:list", 0.7) if right.text else None


def _elided(v: _View, left: Phrase, memory: _Memory) -> Subject:
    """No noun on either side: the topic, the verb's object, or the last thing so counted."""
    tokens, end = v.tokens, v.end
    alike = memory.alike(v.count.unit)
    before = tokens[end - 1] if end > v.start else None
    following = tokens[v.at + 1] if v.at + 1 < len(tokens) else None
    for t in (before, following):
        if t is not None and t.kind is Kind.STATE:
            return Subject(t.text, "subject:state", 0.7)
    topic = _topic(tokens, v.at)
    if topic:
        return Subject(topic, "subject:topic", 0.7)
    if before is not None and before.kind in (Kind.VERB, Kind.NOUNVERB):
        countable = v.unit_kind in ("classifier", "measure")
        noun = head_of(alike.bare) if alike and countable else ""
        verb = before.text if noun else span_text(tokens, _actor(v, end), end)
        return Subject(verb + noun, "subject:verb", 0.5, noun)
    if alike:
        return Subject(alike.bare, "subject:elided", 0.6)
    predicate = span_text(tokens, v.at + 1, clause_end(tokens, v.at + 1))
    if predicate and v.count.unit in PEOPLE:
        return Subject(predicate[:14], "subject:predicate", 0.5)
    newest = memory.last()
    if newest:
        return Subject(newest.bare, "subject:elided", 0.4)
    return Subject(left.text or predicate[:14], "subject:predicate", 0.3)


def _actor(v: _View, end: int) -> int:
    """Where the actor and verb before a bare sum begin: ``欧盟提供350万欧元``."""
    i = end - 1
    while i > v.start and v.tokens[i - 1].kind in (*NOMINAL, Kind.VERB, Kind.ORGANIZATION):
        i -= 1
    return i


def _topic(tokens: Sequence[Token], at: int) -> str:
    """``死亡人员中，四川省41人``: the topic that opens the sentence."""
    first = at
    while first > 0 and tokens[first - 1].kind is not Kind.STOP:
        first -= 1
    for i in range(first, at - 1):
        if tokens[i].text in ("中", "里") and tokens[i + 1].kind is Kind.COMMA and i > first:
            if any(t.kind is Kind.COUNT for t in tokens[first:i]):
                return ""
            return left_phrase(tokens, first, i).text
    return ""


def clean_subject(text: str) -> str:
    """Without white space and marks at the edges, and without a last 的 or 等."""
    return "".join(text.split()).strip("，、：；—…").removesuffix("的").removesuffix("等")
