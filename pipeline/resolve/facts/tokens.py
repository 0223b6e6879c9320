"""Cut a sentence into the tokens of the phrase grammar.

Mentions (counts, dates, places, organizations) are tokens of their own; between them the
words of ``rules/words.tsv`` are found leftmost-longest, quoted phrases stay whole, and what
is left over is `TEXT`: the material of noun phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto

from pipeline.lexicon import Lexicon
from pipeline.records import Count, Date, Field, Mention, Mentions, Organization, Place
from pipeline.rulebook import Rulebook


class Kind(StrEnum):
    """What a token is for the phrase grammar; word classes are those of rules/words.tsv."""

    COUNT = auto()
    DATE = auto()
    PLACE = auto()
    ORGANIZATION = auto()
    DEICTIC = auto()  # 全省, 本市
    VERB = auto()  # takes the counted thing as its object: 建成
    NOUNVERB = auto()  # both: 服务, 培训
    STATE = auto()  # says what became of the counted: 死亡
    CHANGE = auto()  # 增长, 下降
    COPULA = auto()  # links a noun to its number: 有, 达到
    ADVERB = auto()
    PARTICLE = auto()  # prepositions and the like: a noun phrase stops here
    NOUN = auto()  # holds a function character but is a noun: 从业人员
    DE = auto()  # 的
    SHARE = auto()  # 占
    EACH = auto()  # 分别, 各
    QUOTED = auto()
    TEXT = auto()
    PAUSE = auto()  # 、 or a conjunction 和, 及
    COMMA = auto()
    STOP = auto()  # 。！？；： and paragraph ends


@dataclass(frozen=True, slots=True)
class Token:
    """Characters ``[start, end)`` of the field, their class, and the mention they are."""

    kind: Kind
    start: int
    end: int
    text: str
    mention: Mention | None = None


@dataclass(frozen=True, slots=True)
class WordGrammar:
    """The words of rules/words.tsv and rules/deictics.tsv, compiled."""

    lexicon: Lexicon
    kinds: Mapping[str, Kind]


FIXED = {
    "的": Kind.DE,
    "占": Kind.SHARE,
    "分别": Kind.EACH,
    "各": Kind.EACH,
    "、": Kind.PAUSE,
    "和": Kind.PAUSE,
    "及": Kind.PAUSE,
    "以及": Kind.PAUSE,
    "，": Kind.COMMA,
    "。": Kind.STOP,
    "；": Kind.STOP,
    "：": Kind.STOP,
    "！": Kind.STOP,
    "？": Kind.STOP,
    "\n": Kind.STOP,
    " ": Kind.STOP,
    "—": Kind.STOP,
    "…": Kind.STOP,
    "（": Kind.COMMA,
    "）": Kind.COMMA,
    "“": Kind.COMMA,
    "”": Kind.COMMA,
}
QUOTED = re.compile(r"“[^“”。！？\n]{1,24}”|《[^《》\n]{1,40}》|（(?:[^（）。\n0-9]{1,8})）")
SENTENCE = re.compile(r"[^。！？\n]*[。！？]+[”』」）]*|[^。！？\n]+|\n")


def compile_words(rules: Rulebook) -> WordGrammar:
    """Compile the word classes that the phrase grammar needs."""
    kinds: dict[str, Kind] = {r.surface: Kind(r["class"]) for r in rules["words"]}
    kinds |= {r.surface: Kind.DEICTIC for r in rules.rules.get("deictics", ())}
    kinds |= FIXED
    return WordGrammar(Lexicon.of(kinds), kinds)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Spans of sentences; a newline ends one."""
    for m in SENTENCE.finditer(text):
        if m.group() != "\n":
            yield m.span()


def tokenize(text: str, field: Field, mentions: Mentions, grammar: WordGrammar) -> list[Token]:
    """All tokens of one field of a story, in order."""
    spans = _disjoint(field, mentions)
    tokens: list[Token] = []
    at = 0
    for mention in spans:
        tokens += _words(text, at, mention.start, grammar)
        kind = _KIND[type(mention)]
        tokens.append(Token(kind, mention.start, mention.end, mention.text, mention))
        at = mention.end
    tokens += _words(text, at, len(text), grammar)
    return tokens


_KIND: Mapping[type[Mention], Kind] = {
    Count: Kind.COUNT,
    Date: Kind.DATE,
    Place: Kind.PLACE,
    Organization: Kind.ORGANIZATION,
}


def _disjoint(field: Field, mentions: Mentions) -> list[Mention]:
    """Mentions of `field` in order without overlap: counts first, then the longest."""
    ranked: Iterable[Mention] = (
        m
        for group in (mentions.counts, mentions.organizations, mentions.dates, mentions.places)
        for m in group
        if m.field == field
    )
    ordered = sorted(ranked, key=lambda m: (m.start, not isinstance(m, Count), -m.end))
    found: list[Mention] = []
    for m in ordered:
        if found and m.start < found[-1].end:
            if isinstance(m, Count) and not isinstance(found[-1], Count):
                found[-1] = m
            continue
        found.append(m)
    return found


def _words(text: str, start: int, end: int, grammar: WordGrammar) -> list[Token]:
    """Tokens of a stretch without mentions; quoted phrases stay whole."""
    tokens: list[Token] = []
    at = start
    for m in QUOTED.finditer(text, start, end):
        tokens += _plain(text, at, m.start(), grammar)
        tokens.append(Token(Kind.QUOTED, m.start(), m.end(), m.group()))
        at = m.end()
    tokens += _plain(text, at, end, grammar)
    return tokens


def _plain(text: str, start: int, end: int, grammar: WordGrammar) -> Iterator[Token]:
    at = start
    for a, b, word in grammar.lexicon.find(text[start:end]):
        if start + a > at:
            yield Token(Kind.TEXT, at, start + a, text[at : start + a])
        yield Token(grammar.kinds[word], start + a, start + b, word)
        at = start + b
    if at < end:
        yield Token(Kind.TEXT, at, end, text[at:end])
