"""Clauses of tokens: where they begin and end, and what stands for a noun in them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from pipeline.records import Date
from pipeline.resolve.facts.tokens import Kind, Token

NOMINAL = frozenset({Kind.TEXT, Kind.QUOTED, Kind.NOUN, Kind.NOUNVERB})
NAMED = frozenset({Kind.PLACE, Kind.ORGANIZATION, Kind.DEICTIC, Kind.PERSON})
CLAUSE_ENDS = frozenset({Kind.COMMA, Kind.STOP})
BOUNDARY = CLAUSE_ENDS | {Kind.COUNT}
LINKS = frozenset({Kind.COPULA, Kind.ADVERB, Kind.EACH, Kind.PARTICLE})
PREDICATES = frozenset({Kind.VERB, Kind.STATE, Kind.CHANGE, Kind.NOUNVERB})
GIVERS = ("财政", "里", "本级")
REACH = 150  # tokens: no clause of prose is longer, but lists without marks are
LONGEST = 30  # characters: a longer "noun phrase" has swallowed a clause


class Phrase(Struct, frozen=True):
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


def clause_end(tokens: Sequence[Token], at: int) -> int:
    """The token behind the clause that holds `at`."""
    i, farthest = at, min(len(tokens), at + REACH)
    while i < farthest and tokens[i].kind not in CLAUSE_ENDS:
        i += 1
    return i


def strip_links(tokens: Sequence[Token], first: int, last: int) -> int:
    """Drop copulas, adverbs and particles before a count; the new end of ``[first, last)``."""
    while last > first:
        t = tokens[last - 1]
        if t.kind in LINKS or _is_rate(t) or _is_inserted(tokens, first, last - 1):
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


def _is_inserted(tokens: Sequence[Token], first: int, at: int) -> bool:
    """``参保率去年达到95%``, ``总产量连续五年``: when or where, between the noun and its number."""
    if tokens[at].kind not in (Kind.DATE, Kind.DEICTIC) or is_giver(tokens[at]):
        return False
    i = at
    while i > first and tokens[i - 1].kind in (Kind.DATE, Kind.DEICTIC, Kind.ADVERB):
        i -= 1
    return i > first and tokens[i - 1].kind in NOMINAL and tokens[i - 1].pos not in ("f", "v")


def _is_rate(t: Token) -> bool:
    """每人, 每月: what a number is for, not what it counts."""
    if isinstance(t.mention, Date):
        return t.mention.kind == "set"
    return t.text.startswith("每") and len(t.text) <= 3


def is_giver(t: Token) -> bool:
    """县财政, 市里: names an area, but acts like an institution."""
    return t.kind is Kind.DEICTIC and t.text.endswith(GIVERS)


def is_gloss(t: Token) -> bool:
    """（场）: what belongs to the noun before it."""
    return t.kind is Kind.QUOTED and t.text.startswith("（")


def head_of(subject: str) -> str:
    """The words behind the last 的: what the subject is a kind of."""
    head = subject.rsplit("的", 1)[-1]
    return head if len(head) > 1 else subject
