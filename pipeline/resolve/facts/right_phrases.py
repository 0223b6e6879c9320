"""The noun phrase behind a count: ``12家养老机构``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pipeline.resolve.facts.clauses import (
    CLAUSE_ENDS,
    EMPTY,
    NAMED,
    NOMINAL,
    PREDICATES,
    REACH,
    Phrase,
    clause_end,
    is_gloss,
    span_text,
)
from pipeline.resolve.facts.tokens import Kind, Token

OPENERS = frozenset({Kind.VERB, Kind.ADVERB, Kind.PARTICLE, Kind.STATE})  # of a relative clause


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
    listed_adjective = (  # 紧急援助: an adverb in the word list, an adjective here
        first + 1 < len(tokens)
        and tokens[first].kind is Kind.ADVERB
        and tokens[first].pos == "a"
        and tokens[first + 1].kind in NOMINAL
    )
    last = _nominal_run(tokens, first + listed_adjective)
    if led_by_verb and last == first and first < len(tokens) and tokens[first].kind is Kind.VERB:
        listed = first + 1 < len(tokens) and tokens[first + 1].pos == "m"  # 分列二、三位
        run = first + 1 if listed else _nominal_run(tokens, first + 1)
        alone = led_by_verb == "things" and _closes(tokens, run)
        last = run if run > first + 1 or alone else first
    if last == first and first < len(tokens) and tokens[first].kind in OPENERS:
        last = _relative_clause(tokens, first)
    verb = last == first + 1 and last < len(tokens) and tokens[last].text in ("了", "着", "过")
    lone = last == first + 1 and tokens[first].pos in ("a", "ad", "z")  # 52人安全升井
    if last == first or verb or lone:
        return EMPTY
    return Phrase(span_text(tokens, first, last), first, last)


def _nominal_run(tokens: Sequence[Token], first: int) -> int:
    """Where nouns, 的 between them and coordinated nouns end, counted from `first`."""
    i = first
    while i < min(len(tokens), first + REACH):
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
            if i > first and (_is_circumstance(tokens[i]) or _is_every(tokens[i])):
                break
            if i > first and _is_deed(tokens, i):
                break
            if i > first and is_gloss(tokens[i]) and not _is_de(tokens, i + 1):
                i += 1  # 14个镇（场）指导包装
                break
        elif i > first and _is_range(tokens, i):
            pass  # 四至六年级学生
        elif not (kind in (Kind.DE, Kind.PAUSE) and i > first and _continues(tokens, i)):
            break
        i += 1
    while i - first > 1 and _leads_on(tokens, i - 1):
        i -= 1
    closes = i == len(tokens) or tokens[i].kind in CLAUSE_ENDS or tokens[i].pos == "d"
    if closes and i - first > 1 and tokens[i - 1].pos == "v" and tokens[i - 2].pos[:1] == "n":
        return i - 1  # 11支队伍瓜分
    return i


def _is_range(tokens: Sequence[Token], at: int) -> bool:
    """Whether 至 or 到 stands between two numerals."""
    inside = at + 1 < len(tokens) and tokens[at - 1].pos == tokens[at + 1].pos == "m"
    return inside and tokens[at].text in ("至", "到")


def _leads_on(tokens: Sequence[Token], at: int) -> bool:
    """Whether the word at `at` goes with what follows it: ``人口稳定脱贫``, ``服务网上可办``."""
    t = tokens[at]
    if t.kind in (Kind.PAUSE, Kind.DEICTIC) or t.pos in ("ad", "d", "i", "s"):
        return True
    following = tokens[at + 1].kind if at + 1 < len(tokens) else Kind.STOP
    return following is Kind.VERB and (t.pos == "a" or (t.pos == "v" and t.kind is Kind.NOUNVERB))


def _is_deed(tokens: Sequence[Token], at: int) -> bool:
    """``万名社工服务基层``: what those counted do, an object behind it."""
    t, before = tokens[at], tokens[at - 1]
    if t.kind is not Kind.NOUNVERB or t.pos != "v" or before.pos != "n":
        return False
    return at + 1 < len(tokens) and tokens[at + 1].pos == "n" and tokens[at + 1].kind in NOMINAL


def _is_circumstance(t: Token) -> bool:
    """术后, 中: tells when or where, so the noun before it ends."""
    return t.pos == "t" or (t.pos == "f" and len(t.text) == 1)


def _is_every(t: Token) -> bool:
    """件件, 家家: each of those counted does something."""
    return len(t.text) == 2 and t.text[0] == t.text[1] and t.pos[:1] in ("q", "n", "r")


def _closes(tokens: Sequence[Token], at: int) -> bool:
    """Whether a clause or a list item ends before `at`, behind a word of two characters."""
    ends = at == len(tokens) or tokens[at].kind in (Kind.COMMA, Kind.STOP, Kind.PAUSE)
    return ends and len(tokens[at - 1].text) > 1


def _is_de(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].kind is Kind.DE


def _continues(tokens: Sequence[Token], at: int) -> bool:
    """Whether nouns follow the 的 or 、 at `at` that are not the subject of the next count."""
    i = at + 1
    listed = tokens[at].kind is Kind.PAUSE and i < len(tokens)
    if listed and tokens[i].kind in (Kind.PLACE, Kind.ORGANIZATION):
        return False  # 25个省区市和老挝
    while i < min(len(tokens), at + REACH) and (
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
    end = min(clause_end(tokens, first), first + 16)
    for i in range(first, end):
        if tokens[i].kind is Kind.COUNT:
            break
        if tokens[i].kind is Kind.DE:
            last = _nominal_run(tokens, i + 1)
            return last if last > i + 1 else first
    return first
