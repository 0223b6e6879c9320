"""Heads that are left out and taken up from what was counted before: ``其中63家``."""

from __future__ import annotations

import re

from pipeline.records import Date
from pipeline.resolve.facts.candidates import SUMMED, Memory, Subject, View
from pipeline.resolve.facts.clauses import (
    LONGEST,
    NAMED,
    NOMINAL,
    REACH,
    Phrase,
    clause_end,
    clause_start,
    head_of,
    is_giver,
    span_text,
    strip_links,
)
from pipeline.resolve.facts.phrases import (
    BOUNDS,
    leading_phrase,
    left_phrase,
    predicate_subject,
)
from pipeline.resolve.facts.right_phrases import right_phrase
from pipeline.resolve.facts.tokens import Kind

SUPERLATIVE = re.compile("(?<=..)最[大小多少高低长短重]的?$")


def only_verb(v: View, left: Phrase, memory: Memory) -> bool:
    """``完成整治689家``: a lone 整治 is the verb when its object was counted before."""
    if left.last - left.first != 1 or v.tokens[left.first].kind is not Kind.NOUNVERB:
        return False
    before = v.tokens[left.first - 1] if left.first > v.start else None
    if (
        before is not None
        and before.kind is Kind.VERB
        and before.text not in v.words.roles["light-verb"]
    ):
        return False
    return v.unit_kind in ("classifier", "measure") and memory.alike(v.count.unit) is not None


def left_subject(v: View, left: Phrase, memory: Memory) -> Subject:
    """The noun before the count, its head restored where it was left out."""
    last, alike = memory.last(), memory.alike(v.count.unit)
    if left.headless:
        return _headless(v, left, memory)
    if left.text in v.words.roles["sector"] and alike and left.text not in alike.bare:
        head = head_of(alike.text if v.unit_kind == "currency" else alike.bare)
        other = next((w for w in v.words.roles["sector"] if head.startswith(w)), "")
        head = head.removeprefix(other) or head  # 城市低保标准600元，农村400元
        return Subject(left.text + head, "subject:headless", head)
    source = alike or memory.whole()
    if left.text.endswith(BOUNDS) and source and not source.bare.endswith(BOUNDS):
        head = head_of(source.bare)
        return Subject(left.text + _unbounded(head), "subject:headless", _unbounded(head))
    ending = left.text[-1]
    if ending in v.words.roles["class-ending"] and last and ending in last.bare[:-1]:
        return restored(left.text, last, v)
    if ending == "级" and len(left.text) < 4 and alike:
        head = head_of(alike.bare)
        return Subject(left.text + head, "subject:headless", head)  # 古村落32个，省级14个
    if left.text in v.words.roles["average"] and last and last.rule != "subject:verb":
        return Subject(left.text + head_of(last.bare), "subject:average", last.bare)
    figures = v.words.roles["total"] | v.words.roles["figure-ending"]
    thing = last if left.text.endswith("速") else memory.thing(figures)
    if left.text in v.words.roles["total"] and thing:
        return Subject(head_of(thing.bare) + left.text, "subject:total", thing.bare)
    if left.first > v.start:
        before = v.tokens[left.first - 1]
        lone = is_lone_verb(v, left)
        if before.kind in (Kind.VERB, Kind.NOUNVERB) and (lone or v.unit_is("occasion-unit")):
            noun = alike.bare if lone and alike else left.text
            text = before.text + left.text
            return Subject(text, "subject:left", noun, refers=not lone or alike is not None)
    if is_lone_verb(v, left) and v.classifier:
        noun = alike.bare if alike else ""
        return Subject(left.text, "subject:left", noun, refers=alike is not None)
    if v.unit_kind == "currency" and is_lone_verb(v, left) and v.tokens[left.first].pos == "v":
        actor = v.tokens[max(v.start, _behind_adjuncts(v, left.first) - 1)]
        if actor.kind in NOMINAL and not actor.text.endswith(("级", "均")):
            return _of_verb(v, alike, memory)
    return Subject(left.text, "subject:left", refers=not _is_deed(v, left))


def _is_deed(v: View, left: Phrase) -> bool:
    """``股份合作制改造46家``: what was done to those counted, not what they are."""
    head = v.tokens[left.last - 1]
    return v.unit_is("body-unit") and head.kind is Kind.NOUNVERB and head.pos in ("v", "vn")


def is_lone_verb(v: View, left: Phrase) -> bool:
    """Whether the phrase is a single word that may be the verb: 整治."""
    word = v.tokens[left.first]
    return left.last - left.first == 1 and word.kind is Kind.NOUNVERB and word.pos != "n"


def _unbounded(head: str) -> str:
    """``60岁以上老人`` without its bound: 老人."""
    for bound in BOUNDS:
        head = head.rpartition(bound)[2] or head
    return head


def _headless(v: View, left: Phrase, memory: Memory) -> Subject:
    """``行业性的占三成``, ``面积小的只有5亩``, ``缺口的6000元``: a modifier without its noun."""
    head = v.tokens[left.last - 1]
    source = memory.whole() if v.percent else memory.alike(v.count.unit, v.count.value)
    if v.percent and source and isinstance(head.mention, Date):
        return Subject(source.text, "subject:elided", source.bare)  # 恢复到2019年的108%
    if head.text in v.words.roles["degree"]:
        first = left.last - 1
        if first > left.first and v.tokens[first - 1].text in ("最", "较", "更"):
            first -= 1
        noun = span_text(v.tokens, left.first, first)
        if len(noun) > 1 or source is None:
            return Subject(noun or left.text, "subject:headless")
        return Subject(source.bare, "subject:headless")
    verb = any(t.kind in (Kind.VERB, Kind.NOUNVERB) for t in v.tokens[left.first : left.last - 1])
    if v.percent and verb and head.pos == "n":
        return Subject(left.text, "subject:share")  # 五大客户贡献了收入的六成
    told = next((i for i in range(left.first, left.last) if v.tokens[i].text == "为"), None)
    if told is not None and not v.classifier:  # 最大雨量为龙门站的758毫米
        phrase = predicate_subject(v.tokens, v.start, told)
        if phrase.text:
            return Subject(phrase.text, "subject:left")
    plain = all(t.kind in (Kind.NOUN, Kind.TEXT) for t in v.tokens[left.first : left.last])
    if plain and head.pos == "n" and v.unit_kind not in ("classifier", "share"):
        return Subject(left.text, "subject:left")
    return restored(left.text, source, v)


def restored(modifier: str, source: Subject | None, v: View) -> Subject:
    """`modifier` with the head of `source`: 行业性的 + 学术性社团 gives 行业性社团."""
    if source is None or (source.rule == "subject:headless" and not source.noun):
        return Subject(modifier, "subject:headless")  # 面试的60人，录取的12人: no noun was named
    bare = source.bare
    if modifier[-1] in v.words.roles["class-ending"] and modifier[-1] in bare[:-1]:
        head = bare.rsplit(modifier[-1], 1)[-1]
        return Subject(modifier + head, "subject:headless")
    return Subject(f"{modifier}的{head_of(bare)}", "subject:headless", head_of(bare))


def elided(v: View, left: Phrase, memory: Memory) -> Subject:
    """No noun on either side: the topic, the verb's object, or the last thing so counted."""
    tokens, end = v.tokens, v.end
    alike = memory.alike(v.count.unit)
    before = tokens[end - 1] if end > v.start else None
    following = tokens[v.at + 1] if v.at + 1 < len(tokens) else None
    if before is not None and before.kind is Kind.STATE:
        return _state(v)
    if following is not None and following.kind is Kind.STATE:
        return Subject(following.text, "subject:state", refers=False)
    topic = v.topic
    if v.percent and v.end == v.start:
        qualified = _qualified(v, topic, memory)
        if qualified:
            return qualified
    acts = before is not None and before.kind is Kind.VERB and before.pos == "v"
    if topic and not acts:
        return Subject(topic, "subject:topic")
    newest = memory.last()
    degrees = tuple(v.words.roles["degree"])
    if left.text in degrees and newest and newest.bare.endswith(degrees):
        text = newest.bare[:-1] + left.text  # 墓室长5米，宽3米
        return Subject(text, "subject:opening")
    opening = opening_phrase(v)
    if left.text in v.words.roles["degree"] and opening and not left.headless:
        return Subject(opening + left.text, "subject:opening", opening)  # 地铁在建，长32公里
    of_one = _of_each(v, memory)
    if of_one:
        return of_one
    if before is not None and before.kind in (Kind.VERB, Kind.NOUNVERB):
        return _of_verb(v, alike, memory)
    deed = following is not None and (following.kind is Kind.VERB or following.pos == "ad")
    if alike and not (
        deed and v.end == v.start and v.unit_is("bare-unit") and v.unit_is("people-unit")
    ):
        return Subject(alike.bare, "subject:elided")
    predicate = span_text(tokens, v.at + 1, clause_end(tokens, v.at + 1))
    if predicate and alike and alike.rule != "subject:predicate":
        noun = head_of(alike.bare)
        return Subject(f"{predicate[:14]}的{noun}", "subject:predicate", noun)
    if predicate and v.unit_is("people-unit"):
        return Subject(predicate[:14], "subject:predicate")
    if (newest is None or v.percent or (not v.classifier and _goes_on(v))) and opening:
        return Subject(opening, "subject:opening")
    if newest:
        return Subject(newest.text if v.percent else newest.bare, "subject:elided")
    text = left.text or predicate[:14] or span_text(tokens, v.start, v.at)
    return Subject(text, "subject:predicate")


def _state(v: View) -> Subject:
    """``死亡失踪12人``, ``农作物受灾3万亩``: what befell, and the thing that it befell."""
    first = v.end
    while first > v.start and v.tokens[first - 1].kind is Kind.STATE:
        first -= 1
    state = span_text(v.tokens, first, v.end)
    thing = left_phrase(v.tokens, v.start, first)
    if v.unit_is("people-unit") or not thing.text or thing.headless:
        return Subject(state, "subject:state", refers=False)
    return Subject(thing.text + state, "subject:state", thing.text)


def _goes_on(v: View) -> bool:
    """``库存连降五周，降至620万吨``: whether the clause before has no number of its own."""
    comma = clause_start(v.tokens, v.start) - 1
    if comma < 1 or v.tokens[comma].kind is not Kind.COMMA:
        return False
    first = clause_start(v.tokens, comma)
    return first < comma and (first == 0 or v.tokens[first - 1].kind is not Kind.COUNT)


def opening_phrase(v: View) -> str:
    """The noun that opened the clause before: what a clause without one goes on about."""
    tokens = v.tokens
    last = clause_start(tokens, v.start)
    if last < 2 or tokens[last - 1].kind is not Kind.COMMA:
        return ""
    phrase = leading_phrase(tokens, clause_start(tokens, last - 2), last - 1)
    phrase = SUPERLATIVE.sub("", phrase)  # 雨量最大的是大坪乡，为90毫米
    return phrase if len(phrase) > 1 else ""


def _qualified(v: View, topic: str, memory: Memory) -> Subject | None:
    """``其中八成发往北京``: a share known by what is said of it."""
    end = clause_end(v.tokens, v.at + 1)
    behind = v.tokens[v.at + 1] if v.at + 1 < end else None
    base = memory.whole()
    whole = topic or (base.bare if base else "")
    if behind is None or not whole:
        return None
    text = span_text(v.tokens, v.at + 1, end)
    says = behind.kind is Kind.VERB or behind.pos == "v" or behind.text == "来自"
    if (
        not says
        or len(text) > LONGEST
        or any(t.kind is Kind.COUNT for t in v.tokens[v.at + 1 : end])
    ):
        return None
    return Subject(f"{text}的{head_of(whole)}", "subject:share", whole)


def _of_each(v: View, memory: Memory) -> Subject | None:
    """``冰芯312节，每节不足1米``: what was counted in the unit behind 每."""
    for t in v.tokens[v.start : v.at]:
        each = t.text.startswith("每") and t.mention is None
        if each and t.text[1:] not in v.words.roles["people-unit"]:
            one = memory.alike(t.text[1:])
            return Subject(one.bare, "subject:elided") if one else None
    return None


def _of_verb(v: View, alike: Subject | None, memory: Memory) -> Subject:
    """A number behind its verb: ``门票售出七成``, ``英国追加1200万英镑``, ``撤销89家``.

    What stands before the verb is told with it; a counted thing left out is taken up again.
    """
    tokens, end = v.tokens, v.end
    first = end - 1
    while first > v.start and tokens[first - 1].kind in (Kind.VERB, Kind.NOUNVERB):
        first -= 1
    verb = span_text(tokens, max(first, end - 2), end)
    things = v.unit_kind in ("classifier", "measure") and not v.unit_is("occasion-unit")
    noun = head_of(alike.bare) if alike and things else ""
    np = left_phrase(tokens, v.start, _behind_adjuncts(v, first))
    if np.text and tokens[np.last - 1].figure:
        return Subject(np.text, "subject:left")  # 吞吐量完成28亿吨
    if v.unit_is("people-unit") and np.text.endswith(tuple(v.words.roles["person-ending"])):
        return Subject(np.text, "subject:left")  # 工人加起来两百人
    if np.text and not np.headless and not SUMMED.fullmatch(np.text):
        return Subject(np.text + verb, "subject:verb", noun or np.text)
    if noun:
        done = tokens[end - 1].text if len(tokens[end - 1].text) > 1 else ""  # not 剩, 到
        return Subject(done + noun, "subject:verb", noun)
    if v.start > 0 and tokens[v.start - 1].kind in NOMINAL and memory.found:
        counted = memory.found[-1][0].bare  # 8000张门票售出七成
        return Subject(counted + verb, "subject:verb", counted)
    subject = first
    while subject > v.start and tokens[subject - 1].kind in (Kind.DATE, Kind.ADVERB):
        subject -= 1
    actor = tokens[subject - 1]
    if subject < first and not is_giver(actor):
        subject = v.start  # 平武连夜转移: where it happens
    if subject > v.start and (actor.kind in NAMED - {Kind.DEICTIC} or is_giver(actor)):
        verb = actor.text + verb
    return Subject(verb, "subject:verb", refers=len(verb) > 1 and not v.classifier)


def _behind_adjuncts(v: View, verb: int) -> int:
    """The end of the noun before `verb`: ``一只羊羔比去年多卖`` without 比去年多."""
    i = strip_links(v.tokens, v.start, verb)
    while i > v.start and v.tokens[i - 1].kind is Kind.DATE:
        i = strip_links(v.tokens, v.start, i - 1)
    return i


def named_behind(v: View) -> Subject | None:
    """``32亿元为承销量``: a number that opens its clause and is told what it is."""
    if v.end > v.start or v.at + 2 >= len(v.tokens):
        return None
    if v.tokens[v.at + 1].text not in ("为", "是", "系"):
        return None
    phrase = right_phrase(v.tokens, v.at + 2)
    if not phrase.text or v.tokens[phrase.last - 1].kind is Kind.DE:
        return None
    return Subject(phrase.text, "subject:right")


def befallen(v: View) -> Subject | None:
    """``十几万人被洪水围困``, ``有9人打破纪录``: people known only by what they do or bear."""
    behind = v.at + 1
    farthest = min(len(v.tokens), v.at + REACH)
    while behind < farthest and v.tokens[behind].kind is Kind.COUNT:
        behind += 1  # 9人14次打破纪录
    following = v.tokens[behind] if behind < len(v.tokens) else None
    if not v.unit_is("people-unit") or following is None:
        return None
    acts = behind > v.at + 1 and following.kind is Kind.VERB
    if v.end > v.start and not (v.linked and v.unit_is("bare-unit")):
        return None
    if following.kind is Kind.STATE and v.end > v.start:
        return Subject(following.text, "subject:state", refers=False)
    deed = following.kind is Kind.VERB or following.pos == "v"
    acts = acts or (deed and v.unit_is("bare-unit") and v.end > v.start)
    if (
        acts
        and v.end > v.start
        and v.tokens[v.end - 1].text.endswith(tuple(v.words.roles["person-ending"]))
    ):
        acts = False  # 老年人中有2人签约
    if following.text == "被" or acts:
        end = clause_end(v.tokens, behind)
        text = span_text(v.tokens, behind, end)[:14]
        return Subject(text, "subject:predicate")
    return None
