"""Shallow noun phrases before a count, a verb or another sign: ``养老机构12家``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.resolve.facts.clauses import (
    EMPTY,
    LONGEST,
    NAMED,
    NOMINAL,
    PREDICATES,
    Phrase,
    is_giver,
    span_text,
    strip_links,
)
from pipeline.resolve.facts.tokens import Kind, Token

ADJUNCTS = frozenset({*NAMED, Kind.DATE, Kind.ADVERB, Kind.PARTICLE, Kind.EACH, Kind.PAUSE})
PREFIXES = ("未", "待", "应")  # with a verb behind them they make an adjective
TOWARDS = ("为", "向", "对", "给")  # lead to who gets it, then the verb follows
KEPT = ("不", "未", "没有", "没", "无", "最")  # adverbs that tell which: 不满意的, 最大的
PEAK = re.compile("最[大小多少高低长短重]的一[天日次年月场期户家个位]")  # which, not what
CAUSES = ("因", "由", "靠", "凭", "被", "受", "以", "用")  # a modifier is nothing without them
COMPLEMENTS = ("起", "出", "上", "下", "进", "回", "成", "到", "好", "完")  # end a verb
DAYS = ("年", "月", "日", "天", "晚", "周")  # 当天, 全年: when, not what
SUMMING = ("累计", "平均", "合计", "总计", "人均", "日均")
PLACING = ("t", "s", "f")  # tags of words that say when and where
BOUNDS = ("以上", "以下", "以内", "以外")  # but 35岁以下 says who


def left_phrase(tokens: Sequence[Token], first: int, last: int) -> Phrase:
    """The noun phrase that ends at `last`, not reaching before `first`.

    A phrase that ends in 的 is `headless`. A relative clause keeps its verb
    (``重复设置的协会``); otherwise the phrase begins behind the last verb.
    """
    headless = last > first and tokens[last - 1].kind is Kind.DE
    end = last - 1 if headless else last
    i = end
    has_de = headless
    while i > first:
        t = tokens[i - 1]
        if i < end and i - 2 >= first and tokens[i - 2].text in PREFIXES and t.kind in PREDICATES:
            i -= 2  # 未参保人员
            continue
        if i < end and t.text in ("同比", "环比"):
            i -= 1  # 贷款同比增速
            continue
        if i < end and t.kind is Kind.ADVERB and _is_inside(tokens, first, i - 1):
            i -= 1
            continue
        if t.kind is Kind.DE:
            has_de = True
        elif i < end and not has_de and (t.kind is Kind.PERSON or _acts(tokens, first, i - 1)):
            break  # 支付原告王某抚慰金
        elif not (
            (t.kind in NOMINAL and not (t.pos == "f" and len(t.text) == 1 and i < end))
            or t.kind in NAMED
            or (t.kind is Kind.PAUSE and i < end)
            or (t.kind in (Kind.STATE, Kind.CHANGE) and i < end)
        ):
            if has_de:  # the verb belongs to the modifier
                i = _skip_adjuncts(tokens, _behind_owner(tokens, first, end), end)
                break
            if not (t.kind is Kind.VERB and _belongs(tokens, i, first, end)):
                break
        i -= 1
    begin = _trim_left(tokens, _behind_preposition(tokens, first, i, end), end)
    if begin < end and (
        tokens[end - 1].kind in NAMED
        or _is_article(tokens, begin, end)
        or PEAK.fullmatch(span_text(tokens, begin, end))
        or (tokens[end - 1].pos in PLACING and not tokens[end - 1].text.endswith(BOUNDS))
    ):
        return EMPTY  # 四川省41人, 南部41人: where, not what; 一笔80万元的巨款
    while first < begin < end and tokens[begin].text[0] == "之" and _compares(tokens[begin - 1]):
        begin = max(first, begin - 3)  # 离婚与结婚之比
    text = span_text(tokens, begin, end)
    if len(text) > LONGEST:
        begin = _after_last_de(tokens, begin, end)
        text = span_text(tokens, begin, end)
    return Phrase(text, begin, end, headless)


def _compares(t: Token) -> bool:
    return t.kind in (Kind.VERB, Kind.NOUN, Kind.TEXT, Kind.NOUNVERB)


def _is_inside(tokens: Sequence[Token], first: int, at: int) -> bool:
    """Whether the adverb at `at` stands within a noun: ``猪肉每斤售价``, ``累计雨量``."""
    t = tokens[at]
    if t.text.startswith("每"):
        return at > first and tokens[at - 1].kind in NOMINAL and tokens[at + 1].kind in NOMINAL
    noun = tokens[at + 1]
    modifies = t.pos == "vn" or noun.figure
    return t.text in SUMMING and modifies and noun.kind in (Kind.NOUN, Kind.TEXT)


def _acts(tokens: Sequence[Token], first: int, at: int) -> bool:
    """Whether the word at `at` is the verb of an actor: ``三市投入修复资金``."""
    t = tokens[at]
    if t.kind is not Kind.NOUNVERB or t.pos != "v" or at - 1 < first:
        return False
    before = tokens[at - 1]
    return before.kind in (Kind.DATE, Kind.ORGANIZATION, Kind.PERSON) or (
        before.pos == "d"
        or (before.pos == "n" and len(before.text) == 1 and tokens[at - 2].pos == "m")
    )


def _behind_preposition(tokens: Sequence[Token], first: int, begin: int, end: int) -> int:
    """``为灾区捐赠大米``: what a preposition leads to ends at the verb, the object follows."""
    leads = begin > first and (tokens[begin - 1].pos == "p" or tokens[begin - 1].text in TOWARDS)
    if not leads:
        return begin
    for i in range(begin + 1, end - 1):
        if tokens[i].kind in (Kind.VERB, Kind.NOUNVERB) and tokens[i + 1].kind in NOMINAL:
            return i + 1
        if tokens[i].kind is Kind.DE:
            break
    return begin


def predicate_subject(tokens: Sequence[Token], first: int, last: int) -> Phrase:
    """The noun phrase in ``[first, last)`` of which a copula behind it says the number.

    Behind it stands the verb of the clause, so what looks like a verb within it is part of the
    noun (``注册志愿者超过77万人``), unless an adverb or 了 shows that it is none
    (``累计服务老人达300人次``).
    """
    found = left_phrase(tokens, first, last)
    if found.headless:
        return found
    begin = found.first if found.text else last
    i = begin
    while i > first:
        t = tokens[i - 1]
        if (t.kind in PREDICATES and not _is_main_verb(tokens, first, i - 1, last)) or (
            t.kind in NOMINAL and i < begin
        ):
            i -= 1
        else:
            break
    i = _trim_left(tokens, i, last) if i < begin else begin
    if i >= begin or len(span_text(tokens, i, last)) > LONGEST // 2:
        return found
    return Phrase(span_text(tokens, i, last), i, last)


def _is_main_verb(tokens: Sequence[Token], first: int, at: int, last: int) -> bool:
    """Whether the verb at `at` has an object before `last` and is no modifier of it."""
    if tokens[at + 1].text in ("了", "着", "过"):
        return True
    before = tokens[at - 1] if at > first else None
    if before is not None and before.kind in (Kind.ADVERB, Kind.COPULA):
        return True
    named = before is None or before.kind in NAMED or before.kind is Kind.DATE
    return named and tokens[at].kind is Kind.VERB and not tokens[last - 1].figure


def _is_article(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether ``[first, last)`` is nothing but ``一笔``, ``首批``."""
    if last - first != 2 or last > len(tokens):
        return False
    return tokens[first].text in ("一", "首") and tokens[first + 1].pos == "q"


def phrase_before(tokens: Sequence[Token], first: int, sign: int) -> Phrase:
    """The noun phrase before a word (占, 由, a verb) at `sign`, links between them left out."""
    return left_phrase(tokens, first, strip_links(tokens, first, sign))


def _belongs(tokens: Sequence[Token], at: int, first: int, end: int) -> bool:
    """Whether the verb before `at` is part of the noun: 检查站, 投放收购贷款."""
    if at == end:
        return False  # nothing follows it: no noun
    if len(span_text(tokens, at, end)) == 1:
        return True
    if end - at == 1 and tokens[at].figure and tokens[at - 1].pos == "v":
        return at - 2 < first or tokens[at - 2].kind is not Kind.ADVERB
    if at - 2 < first:
        return False
    before = tokens[at - 2]
    if before.kind is Kind.NOUN and tokens[at - 1].pos == "v" and _has_verb(tokens, first, at - 2):
        return True  # 抢修公路阻断点位
    return before.kind is Kind.VERB or (before.kind is Kind.NOUNVERB and before.pos == "v")


def _has_verb(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether a verb leads straight to the nouns before `last`."""
    i = last
    while i > first and tokens[i - 1].kind in (Kind.NOUN, Kind.TEXT):
        i -= 1
    return i > first and tokens[i - 1].kind is Kind.VERB


def _skip_adjuncts(tokens: Sequence[Token], first: int, end: int) -> int:
    i = first
    while i < end - 1 and tokens[i].kind in ADJUNCTS and tokens[i].text not in KEPT:
        if tokens[i].text in CAUSES and tokens[i + 1].kind in NOMINAL:
            break  # 因病致贫的家庭
        i += 1
    return i


def _behind_owner(tokens: Sequence[Token], first: int, end: int) -> int:
    """``公司有产能5亿米的生产线``: behind the 有, where a modifier holds a number of its own."""
    inner = next((i for i in range(end - 1, first, -1) if tokens[i].kind is Kind.COUNT), first)
    for i in range(inner - 1, first, -1):
        if tokens[i].kind is Kind.COPULA and tokens[i].text.endswith("有") and inner > i + 1:
            return i + 1
    return first


def _trim_left(tokens: Sequence[Token], first: int, last: int) -> int:
    """Skip areas, 、 and 的 at the left edge; an adverb before it shows a verb (累计服务老人)."""
    i = first
    while i < last and (
        (tokens[i].kind in NAMED and not _gives(tokens, i, last))
        or tokens[i].kind in (Kind.PAUSE, Kind.DE)
        or _is_article(tokens, i, i + 2)
        or (tokens[i].pos == "m" and tokens[i].text == "一")
        or (tokens[i].pos == "q" and i > 0 and tokens[i - 1].pos == "r")
        or (tokens[i].pos == "t" and tokens[i].text.endswith(DAYS))
    ):
        i += 1 + _is_article(tokens, i, i + 2)
    ends = 0 < i < last - 1 and tokens[i].text in COMPLEMENTS and tokens[i].pos != ""
    if ends and tokens[i - 1].kind is Kind.VERB:
        i += 1  # 建起小学
    if i < last - 1 and tokens[i].kind is Kind.NOUNVERB and _is_verb_here(tokens, i, last):
        i += 1
    if 0 < i < last - 2 and _is_serial(tokens, i):
        i += 1
    return i


def _is_serial(tokens: Sequence[Token], at: int) -> bool:
    """``走访慰问困难职工``: the second of two verbs with one object."""
    both = tokens[at - 1], tokens[at]
    acting = all(t.kind in (Kind.VERB, Kind.NOUNVERB) and t.pos == "v" for t in both)
    return acting and tokens[at + 1].pos in ("a", "b")


def _gives(tokens: Sequence[Token], at: int, last: int) -> bool:
    """``县里补贴``: who gives belongs to the gift."""
    return at == last - 2 and is_giver(tokens[at]) and tokens[at + 1].kind is Kind.NOUNVERB


def _is_verb_here(tokens: Sequence[Token], at: int, last: int) -> bool:
    """Whether 服务 or 组织 is the verb: behind an adverb, a date or an institution."""
    if at == 0 or len(span_text(tokens, at + 1, last)) < 2 or tokens[at - 1].text == "等":
        return False
    short = last - at == 2 or len(span_text(tokens, at + 1, last)) < 3
    adverbial = tokens[at - 1].kind is Kind.ADVERB and tokens[at].pos != "vn"
    if short and tokens[last - 1].figure and not adverbial:
        return False  # 换乘比例
    before = tokens[at - 1].kind
    if tokens[at - 1].text.startswith("其") or tokens[at - 1].text.startswith("另"):
        return False
    if before in (Kind.ADVERB, Kind.DATE, Kind.PARTICLE, Kind.ORGANIZATION, Kind.COUNT):
        return True
    return before in NAMED and tokens[at + 1].kind is Kind.TEXT


def _after_last_de(tokens: Sequence[Token], first: int, last: int) -> int:
    for i in range(last - 2, first, -1):
        if tokens[i].kind is Kind.DE:
            return i + 1
    return first


def leading_phrase(tokens: Sequence[Token], first: int, last: int) -> str:
    """The noun phrase that opens the clause ``[first, last)``, behind its adjuncts."""
    i = first
    while i < last and tokens[i].kind in ADJUNCTS:
        i += 1
    end = i
    while end < last and (tokens[end].kind in NOMINAL or tokens[end].kind is Kind.DE):
        end += 1
    return span_text(tokens, i, end)
