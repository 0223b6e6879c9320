"""Counts that compare: from one number to another, times, shares, growth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from pipeline.resolve.facts.candidates import SUMMED, Memory, Subject, View
from pipeline.resolve.facts.clauses import (
    CLAUSE_ENDS,
    LONGEST,
    NAMED,
    NOMINAL,
    Phrase,
    clause_start,
    head_of,
    span_text,
    strip_links,
    whole_clause_start,
)
from pipeline.resolve.facts.elisions import left_subject, opening_phrase
from pipeline.resolve.facts.parallels import gapped
from pipeline.resolve.facts.phrases import left_phrase, phrase_before, predicate_subject
from pipeline.resolve.facts.right_phrases import right_phrase
from pipeline.resolve.facts.tokens import Kind, Token


def from_to(v: View, found: Mapping[int, Subject]) -> Subject | None:
    """``由12名增加到19名``: both numbers count what stands before 由."""
    tokens, at = v.tokens, v.at
    origin = next(
        (i for i in range(at - 1, v.start - 1, -1) if tokens[i].text in ("由", "从")), None
    )
    if origin is not None and goes_on_to(tokens, at):
        first = clause_start(tokens, origin)
        phrase = predicate_subject(tokens, first, strip_links(tokens, first, origin))
        if phrase.text:
            return gapped(v, phrase, found) or Subject(phrase.text, "subject:from-to")
        after = left_phrase(tokens, origin + 1, v.end)
        if after.text:
            return Subject(after.text, "subject:from-to")
    previous, between = v.start - 1, tokens[v.start : at]
    goes_on = bool(between) and between[0].text.endswith(("到", "至")) and _is_arrival(between[0])
    if previous > 0 and tokens[previous].kind is Kind.COMMA and goes_on:
        previous -= 1  # 从2015年的11万亿元，增长到2019年的35.8万亿元
    arrives = any(_is_arrival(t) for t in between)
    if previous in found and arrives and not any(t.kind in NOMINAL for t in between):
        return replace(found[previous], rule="subject:from-to")
    return None


def goes_on_to(tokens: Sequence[Token], at: int) -> bool:
    """Whether a second number follows: ``…增加到19名``."""
    for i, t in enumerate(tokens[at + 1 : at + 8]):
        if t.kind in (Kind.COUNT, Kind.STOP) or (t.kind is Kind.COMMA and i > 0):
            return False
        if _is_arrival(t):
            return True
    return False


def _is_arrival(t: Token) -> bool:
    return t.kind in (Kind.COPULA, Kind.PARTICLE) and t.text.endswith(("到", "至", "为"))


def times(v: View, memory: Memory) -> Subject | None:
    """``重刑率是其他案件的3.2倍``: what is so many times the other."""
    if v.count.unit != "倍":
        return None
    for i in range(v.start, v.at):
        if v.tokens[i].kind is Kind.COPULA:
            phrase = phrase_before(v.tokens, v.start, i)
            last = memory.last()
            text = phrase.text or (last.text if last else "")
            return Subject(text, "subject:times") if text else None
    return None


def share(v: View, memory: Memory, right: Phrase) -> Subject | None:
    """``护理型床位占67.3%``: the part before 占, else what was spoken of before."""
    tokens, last = v.tokens, memory.last()
    percent = v.percent
    if right.text and not percent:
        return None
    if right.text in v.words.roles["level-noun"]:
        return _level(v) or (Subject(last.text, "subject:share", last.bare) if last else None)
    where = _share_sign(v, percent)
    if where is None:
        bare = span_text(tokens, v.start, v.end)
        if percent and bare in ("占比", "比重", "比例") and last:
            return Subject(last.bare + "占比", "subject:share", last.bare)
        return _ratio(v, memory) if percent else None
    suffix = "占比" if percent else ""
    first = min(v.start, clause_start(tokens, where))
    phrase = phrase_before(tokens, first, where)
    if phrase.text and not SUMMED.match(phrase.text + "地"):
        part = left_subject(v, phrase, memory).text
        return Subject(_origin(v, phrase) + part + suffix, "subject:share", part)
    part = _doing(tokens, first, where) if where >= v.start else ""
    if part:
        return Subject(part + suffix, "subject:share", part)
    whole = (_before_last(memory) if where < v.start else None) or last
    deed = _deed(v) if whole is last and where >= v.start else ""
    if last and deed:
        return Subject(f"{deed}的{last.bare}{suffix}", "subject:share", last.bare)
    text = whole.bare if whole else opening_phrase(v)
    return Subject(text + suffix, "subject:share", text) if text else None


def _origin(v: View, part: Phrase) -> str:
    """Where those come from that are a part of all: ``广东游客占三成``."""
    before = v.tokens[part.first - 1]
    people = v.tokens[part.first].text in v.words.roles["behind-origin"]
    return before.text if people and part.first > 0 and before.kind is Kind.PLACE else ""


def _doing(tokens: Sequence[Token], first: int, sign: int) -> str:
    """``跨省通办占一成二``: a part that is named by what is done, of verbs alone."""
    end = strip_links(tokens, first, sign)
    i = end
    while i > first and tokens[i - 1].kind in (Kind.VERB, Kind.NOUNVERB, Kind.STATE):
        i -= 1
    opens = i == first or tokens[i - 1].kind in (*CLAUSE_ENDS, *NAMED, Kind.ADVERB)
    return span_text(tokens, i, end) if opens and end > i else ""


def _deed(v: View) -> str:
    """``职工1040人参加练兵，占三成``: what those did that were counted in the clause before."""
    tokens, end = v.tokens, v.start - 1
    if end < 1 or tokens[end].kind is not Kind.COMMA:
        return ""
    first = clause_start(tokens, end)
    if first == 0 or tokens[first - 1].kind is not Kind.COUNT:
        return ""
    behind = right_phrase(tokens, first)
    first = behind.last if behind.text else first
    if first == end or tokens[first].kind is not Kind.VERB:
        return ""
    deed = span_text(tokens, first, end)
    return deed if len(deed) < LONGEST // 2 else ""


def _level(v: View) -> Subject | None:
    """``参保率处于98%的高位``: the noun behind says how high, the one before the verb what."""
    phrase = _before_last_of((Kind.VERB, Kind.COPULA), v, v.at)
    return Subject(phrase.text, "subject:left") if phrase else None


def _before_last_of(kinds: tuple[Kind, ...], v: View, end: int) -> Phrase | None:
    """The noun phrase before the last token of `kinds` ahead of `end` that has one."""
    for i in range(end - 1, v.start, -1):
        if v.tokens[i].kind in kinds:
            phrase = phrase_before(v.tokens, v.start, i)
            if phrase.text:
                return phrase
    return None


def _share_sign(v: View, percent: bool) -> int | None:
    """The 占 of the clause; a percentage may have another number after it (占31项的35.5%)."""
    first = whole_clause_start(v.tokens, v.start) if percent else v.start
    signs = [i for i in range(first, v.at) if v.tokens[i].kind is Kind.SHARE]
    if not signs:
        return None
    reaches = signs[-1] >= v.start or v.tokens[v.at - 1].kind is Kind.DE
    return signs[-1] if reaches else None


def _before_last(memory: Memory) -> Subject | None:
    """What was counted before the number that stands inside the share itself."""
    return memory.found[-2][0] if len(memory.found) > 1 else None


def _ratio(v: View, memory: Memory) -> Subject | None:
    """``总质量超过整车质量的5.5%``: what is measured stands before the verb."""
    if v.end == v.start or v.tokens[v.end - 1].kind is not Kind.DE:
        return None
    phrase = _before_last_of((Kind.COPULA,), v, v.end)
    if phrase:
        return left_subject(v, phrase, memory)
    last = memory.whole()
    if last and any(t.kind is Kind.COPULA for t in v.tokens[v.start : v.end]):
        return Subject(last.bare, "subject:elided")  # 即不超过总股本的6%
    return None


def growth(v: View, memory: Memory, right: Phrase) -> Subject | None:
    """``同比增长22.6%``: what grew, and that it grew."""
    tokens, end = v.tokens, v.end
    exceeding = None if right.text else _exceeding(v)
    if exceeding is not None:
        phrase = predicate_subject(tokens, v.start, strip_links(tokens, v.start, exceeding))
        noun = phrase.text or (memory.last() or Subject("", "")).bare
        if noun:
            return Subject(noun + tokens[exceeding].text, "subject:growth", noun)
    if end == v.start or not _is_change(v, end - 1):
        return None
    if right.text and not v.percent:
        return None  # 增加2500元补助
    change = tokens[end - 1].text
    stop = end - 1
    for i in range(stop - 1, v.start - 1, -1):
        if tokens[i].text in ("比", "较", "与", "同"):
            stop = i
            break
    stop = strip_links(tokens, v.start, stop)
    if stop - 1 > v.start and tokens[stop - 1].text in v.words.roles["average"]:
        stop -= tokens[stop - 2].kind in NOMINAL  # 用电量年均递增8%
    phrase = predicate_subject(tokens, v.start, stop)
    averaged = phrase.text in v.words.roles["average"]
    if averaged and not v.percent:
        return Subject(phrase.text + change, "subject:growth")  # 户均增收3万元
    if averaged:  # 利润两年平均增长7.5%
        stop = phrase.first
        while stop > v.start and tokens[stop - 1].kind in (Kind.DATE, Kind.ADVERB):
            stop -= 1
        phrase = predicate_subject(tokens, v.start, stop)
    last = memory.last()
    if last and phrase.text in v.words.roles["total"]:
        whole = _whole(memory).bare
        text = head_of(whole) + phrase.text + change
        return Subject(text, "subject:growth", whole)
    if phrase.text:
        return Subject(phrase.text + change, "subject:growth", phrase.text)
    if not last:
        return None
    base = last.bare if last.rule == "subject:growth" else last.text
    named = change.endswith("幅")
    return Subject(head_of(base) + (change if named else ""), "subject:growth", base)


def _exceeding(v: View) -> int | None:
    """The 高于 of ``失业率高于上年0.3个百分点``: the noun behind it is what is compared with."""
    sign = next((i for i in range(v.end - 2, v.start - 1, -1) if _exceeds(v, i)), None)
    if sign is None or any(t.kind in (Kind.DE, Kind.COPULA) for t in v.tokens[sign + 1 : v.end]):
        return None
    return sign


def _exceeds(v: View, at: int) -> bool:
    return v.tokens[at].text in v.words.roles["exceeding"]


def _is_change(v: View, at: int) -> bool:
    """增长, 下降; behind 比 also 快, 高 and the like."""
    if v.tokens[at].kind is Kind.CHANGE:
        return True
    degree = v.tokens[at].text in v.words.roles["degree"]
    return degree and any(t.text in ("比", "较") for t in v.tokens[v.start : at])


def _whole(memory: Memory) -> Subject:
    """The whole that a list of parts was taken from: the first of the latest subjects."""
    return memory.found[max(0, len(memory.found) - 4)][0]
