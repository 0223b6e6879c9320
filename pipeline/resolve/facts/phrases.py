"""Shallow noun phrases around a count: to its right, to its left, and what they lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.records import Date
from pipeline.resolve.facts.tokens import Kind, Token

NOMINAL = frozenset({Kind.TEXT, Kind.QUOTED, Kind.NOUN, Kind.NOUNVERB})
NAMED = frozenset({Kind.PLACE, Kind.ORGANIZATION, Kind.DEICTIC, Kind.PERSON})
CLAUSE_ENDS = frozenset({Kind.COMMA, Kind.STOP})
BOUNDARY = CLAUSE_ENDS | {Kind.COUNT}
LINKS = frozenset({Kind.COPULA, Kind.ADVERB, Kind.EACH, Kind.PARTICLE})
ADJUNCTS = frozenset({*NAMED, Kind.DATE, Kind.ADVERB, Kind.PARTICLE, Kind.EACH, Kind.PAUSE})
OPENERS = frozenset({Kind.VERB, Kind.ADVERB, Kind.PARTICLE, Kind.STATE})  # of a relative clause
PREDICATES = frozenset({Kind.VERB, Kind.STATE, Kind.CHANGE, Kind.NOUNVERB})
REACH = 150  # tokens: no clause of prose is longer, but lists without marks are
# How names of figures end.
MEASURES = ("数", "率", "量", "额", "值", "价", "费", "比", "面积", "比例", "比重", "规模", "水平")
PREFIXES = ("可", "未", "待", "应")  # with a verb behind them they make an adjective
NEGATIONS = ("不", "未", "没有", "没", "无")
PLACING = ("t", "s", "f")  # tags of words that say when and where
BOUNDS = ("以上", "以下", "以内", "以外")  # but 35岁以下 says who
LONGEST = 30  # characters: a longer "noun phrase" has swallowed a clause


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase, tokens ``[first, last)``, and whether its head is left out (…的)."""

    text: str
    first: int
    last: int
    headless: bool = False


EMPTY = Phrase("", 0, 0)


def span_text(tokens: Sequence[Token], first: int, last: int) -> str:
    """The characters of tokens ``[first, last)``."""
    return "".join([t.text for t in tokens[first:last]])


def clause_start(tokens: Sequence[Token], at: int) -> int:
    """The first token of the clause (or of the list item after a count) that holds `at`."""
    i, farthest = at, max(0, at - REACH)
    while i > farthest and tokens[i - 1].kind not in BOUNDARY:
        i -= 1
    return i


def whole_clause_start(tokens: Sequence[Token], at: int) -> int:
    """The first token of the clause that holds `at`, earlier counts in it included."""
    i, farthest = at, max(0, at - REACH)
    while i > farthest and tokens[i - 1].kind not in CLAUSE_ENDS:
        i -= 1
    return i


def sentence_start(tokens: Sequence[Token], at: int) -> int:
    """The first token behind the last `STOP` before `at`."""
    while at > 0 and tokens[at - 1].kind is not Kind.STOP:
        at -= 1
    return at


def clause_end(tokens: Sequence[Token], at: int) -> int:
    """The token behind the clause that holds `at`."""
    i, farthest = at, min(len(tokens), at + REACH)
    while i < farthest and tokens[i].kind not in CLAUSE_ENDS:
        i += 1
    return i


def right_phrase(
    tokens: Sequence[Token], at: int, led_by_verb: Literal["", "people", "things"] = ""
) -> Phrase:
    """The noun phrase that begins at token `at`, right behind a count (and its 的).

    With `led_by_verb` a verb may open it (``1200名独居老人``); for things it may be the whole
    (``23条举措``, where only the tagger takes 举措 for a verb).
    """
    first = at
    while first < len(tokens) and (
        tokens[first].kind in (Kind.DE, Kind.DATE)
        or tokens[first].text.startswith("（")
        or tokens[first].text == "人民币"
    ):
        first += 1  # 38台（套）, 241家2025年重点企业
    last = _nominal_run(tokens, first)
    if led_by_verb and last == first and first < len(tokens) and tokens[first].kind is Kind.VERB:
        listed = first + 1 < len(tokens) and tokens[first + 1].pos == "m"  # 分列二、三位
        run = first + 1 if listed else _nominal_run(tokens, first + 1)
        alone = led_by_verb == "things" and _closes(tokens, run)
        last = run if run > first + 1 or alone else first
    if last == first and first < len(tokens) and tokens[first].kind in OPENERS:
        last = _relative_clause(tokens, first)
    verb = last == first + 1 and last < len(tokens) and tokens[last].text in ("了", "着", "过")
    if last == first or verb:
        return EMPTY
    return Phrase(span_text(tokens, first, last), first, last)


def _nominal_run(tokens: Sequence[Token], first: int) -> int:
    """Where nouns, 的 between them and coordinated nouns end, counted from `first`."""
    i = first
    while i < len(tokens):
        kind = tokens[i].kind
        if i > first and kind in PREDICATES and _is_de(tokens, i + 1) and _continues(tokens, i + 1):
            i += 2  # 新成立的行业协会
            continue
        if kind in NOMINAL or kind in (Kind.PLACE, Kind.ORGANIZATION, Kind.DEICTIC):
            following = tokens[i + 1] if i + 1 < len(tokens) else None
            takes_object = following is not None and (
                following.kind is Kind.COUNT or following.text in ("了", "着", "过")
            )
            if i > first and kind is Kind.NOUNVERB and takes_object:
                break
            if i > first and _is_circumstance(tokens[i]):
                break
        elif not (kind in (Kind.DE, Kind.PAUSE) and i > first and _continues(tokens, i)):
            break
        i += 1
    while i - first > 1 and _leads_on(tokens, i - 1):
        i -= 1
    closes = i == len(tokens) or tokens[i].kind in CLAUSE_ENDS or tokens[i].pos == "d"
    if closes and i - first > 1 and tokens[i - 1].pos == "v" and tokens[i - 2].pos[:1] == "n":
        return i - 1  # 11支队伍瓜分
    return i


def _leads_on(tokens: Sequence[Token], at: int) -> bool:
    """Whether the word at `at` goes with what follows it: ``人口稳定脱贫``, ``服务网上可办``."""
    t = tokens[at]
    if t.kind in (Kind.PAUSE, Kind.DEICTIC) or t.pos in ("ad", "d", "i", "s"):
        return True
    following = tokens[at + 1].kind if at + 1 < len(tokens) else Kind.STOP
    return following is Kind.VERB and (t.pos == "a" or (t.pos == "v" and t.kind is Kind.NOUNVERB))


def _is_circumstance(t: Token) -> bool:
    """术后, 中: tells when or where, so the noun before it ends."""
    return t.pos == "t" or (t.pos == "f" and len(t.text) == 1)


def _closes(tokens: Sequence[Token], at: int) -> bool:
    """Whether a clause or a list item ends before `at`, behind a word of two characters."""
    ends = at == len(tokens) or tokens[at].kind in (Kind.COMMA, Kind.STOP, Kind.PAUSE)
    return ends and len(tokens[at - 1].text) > 1


def _is_de(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].kind is Kind.DE


def _continues(tokens: Sequence[Token], at: int) -> bool:
    """Whether nouns follow the 的 or 、 at `at` that are not the subject of the next count."""
    i = at + 1
    while i < len(tokens) and (
        tokens[i].kind in NOMINAL
        or tokens[i].kind in NAMED
        or (tokens[i].kind is Kind.PAUSE and tokens[at].kind is Kind.PAUSE)
    ):
        i += 1
    if i == at + 1:
        return False
    following = tokens[i].kind if i < len(tokens) else Kind.STOP
    if tokens[at].kind is Kind.PAUSE:
        return following not in (Kind.COUNT, Kind.COPULA, Kind.SHARE)
    return following is not Kind.COUNT or tokens[at].kind is Kind.DE


def _relative_clause(tokens: Sequence[Token], first: int) -> int:
    """The end of ``参加比赛的选手`` behind a count, or `first` where there is none."""
    end = min(clause_end(tokens, first), first + 8)
    for i in range(first, end):
        if tokens[i].kind is Kind.COUNT:
            break
        if tokens[i].kind is Kind.DE:
            last = _nominal_run(tokens, i + 1)
            return last if last > i + 1 else first
    return first


def strip_links(tokens: Sequence[Token], first: int, last: int) -> int:
    """Drop copulas, adverbs and particles before a count; the new end of ``[first, last)``."""
    while last > first:
        t = tokens[last - 1]
        if t.kind in LINKS or _is_rate(t):
            last -= 1
        elif (
            t.kind in (Kind.VERB, Kind.NOUNVERB)
            and tokens[last].text in ("在", "到", "至", "于")
            and last - 1 > first
            and tokens[last - 2].kind in NOMINAL
        ):
            last -= 1  # 造价控制在15万元以内
        else:
            break
    return last


def _is_rate(t: Token) -> bool:
    """每人, 每月: what a number is for, not what it counts."""
    if isinstance(t.mention, Date):
        return t.mention.kind == "set"
    return t.text.startswith("每") and len(t.text) <= 3


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
            i -= 2  # 可支配收入
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
        or (tokens[end - 1].pos in PLACING and not tokens[end - 1].text.endswith(BOUNDS))
    ):
        return EMPTY  # 四川省41人, 南部41人: where, not what; 一笔80万元的巨款
    text = span_text(tokens, begin, end)
    if len(text) > LONGEST:
        begin = _after_last_de(tokens, begin, end)
        text = span_text(tokens, begin, end)
    return Phrase(text, begin, end, headless)


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
    if begin <= first or tokens[begin - 1].pos != "p":
        return begin
    for i in range(begin + 1, end - 1):
        if tokens[i].pos == "v" and tokens[i].kind in (Kind.VERB, Kind.NOUNVERB):
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
        if t.kind in PREDICATES and not _is_main_verb(tokens, first, i - 1, last):
            i -= 1
        elif t.kind in NOMINAL and i < begin:
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
    return named and tokens[at].kind is Kind.VERB and not is_measure_noun(tokens[last - 1])


def is_measure_noun(t: Token) -> bool:
    """人数, 销售额: the name of a figure, which takes a verb as its modifier (``参保人数``)."""
    return t.kind in NOMINAL and t.text.endswith(MEASURES)


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
    if end - at == 1 and is_measure_noun(tokens[at]) and tokens[at - 1].pos == "v":
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
    while i < end - 1 and tokens[i].kind in ADJUNCTS and tokens[i].text not in NEGATIONS:
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
        tokens[i].kind in (*NAMED, Kind.PAUSE, Kind.DE)
        or _is_article(tokens, i, i + 2)
        or (tokens[i].pos == "m" and tokens[i].text == "一")
        or (tokens[i].pos == "t" and tokens[i].text.endswith(("年", "月", "日")))
    ):
        i += 1 + _is_article(tokens, i, i + 2)
    if i < last - 1 and tokens[i].kind is Kind.NOUNVERB and _is_verb_here(tokens, i, last):
        i += 1
    return i


def _is_verb_here(tokens: Sequence[Token], at: int, last: int) -> bool:
    """Whether 服务 or 组织 is the verb: behind an adverb, a date or an institution."""
    if at == 0 or len(span_text(tokens, at + 1, last)) < 2 or tokens[at - 1].text == "等":
        return False
    if last - at == 2 and is_measure_noun(tokens[at + 1]):
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


def head_of(subject: str) -> str:
    """The words behind the last 的: what the subject is a kind of."""
    head = subject.rsplit("的", 1)[-1]
    return head if len(head) > 1 else subject


def leading_phrase(tokens: Sequence[Token], first: int, last: int) -> str:
    """The noun phrase that opens the clause ``[first, last)``, behind its adjuncts."""
    i = first
    while i < last and tokens[i].kind in ADJUNCTS:
        i += 1
    end = i
    while end < last and (tokens[end].kind in NOMINAL or tokens[end].kind is Kind.DE):
        end += 1
    return span_text(tokens, i, end)
