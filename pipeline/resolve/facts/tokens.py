"""Cut a sentence into the tokens of the phrase grammar.

Mentions (counts, dates, places, organizations) and quoted phrases are tokens of their own;
every other word takes its class from rules/words.tsv, else from its part of speech.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum, auto
from typing import NamedTuple

from msgspec import Struct

from pipeline.records import (
    Count,
    Date,
    Entity,
    Field,
    Mention,
    Mentions,
    Organization,
    Place,
    Word,
)
from pipeline.rulebook import Rulebook


class Kind(StrEnum):
    """What a token is for the phrase grammar; word classes are those of rules/words.tsv."""

    COUNT = auto()
    DATE = auto()
    PLACE = auto()
    ORGANIZATION = auto()
    DEICTIC = auto()  # 全省, 本市
    PERSON = auto()  # somebody by name: acts, is never counted
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


class Token(NamedTuple):
    """Characters ``[start, end)`` of the field, their class, and the mention they are."""

    kind: Kind
    start: int
    end: int
    text: str
    mention: Mention | None = None
    pos: str = ""  # the model's part of speech, blank where nothing is known
    figure: bool = False  # the name of a figure (人数, 销售额): a verb before it modifies it


class WordGrammar(Struct, frozen=True):
    """Classes by word (rules/words.tsv, deictics.tsv), words by role (rules/fact_words.tsv)."""

    kinds: Mapping[str, Kind]
    roles: Mapping[str, frozenset[str]]
    units: frozenset[str]


FIXED = {
    "的": Kind.DE,
    "占": Kind.SHARE,
    "各": Kind.EACH,
    "、": Kind.PAUSE,
    "和": Kind.PAUSE,
    "及": Kind.PAUSE,
    "，": Kind.COMMA,
    "。": Kind.STOP,
    "；": Kind.STOP,
    "：": Kind.STOP,
    "！": Kind.STOP,
    "？": Kind.STOP,
    "\n": Kind.STOP,
    " ": Kind.STOP,
    "…": Kind.STOP,
    "（": Kind.COMMA,
    "）": Kind.COMMA,
    "(": Kind.COMMA,
    ")": Kind.COMMA,
    ",": Kind.COMMA,
    ";": Kind.STOP,
    "“": Kind.COMMA,
    "”": Kind.COMMA,
}
# Classes of words that rules/words.tsv does not list, by the first two letters of their tag,
# else by the first.
POS = {
    "vn": Kind.NOUNVERB,
    "v": Kind.VERB,
    "d": Kind.ADVERB,
    "p": Kind.PARTICLE,
    "u": Kind.PARTICLE,
    "y": Kind.PARTICLE,
    "c": Kind.PARTICLE,
    "nr": Kind.PERSON,
    "n": Kind.NOUN,
    "m": Kind.ADVERB,
    "r": Kind.ADVERB,
}
PLAIN = Kind.TEXT
NUMERAL = re.compile("[0-9.%〇零一二两三四五六七八九十百千万亿第]+")
GRADE = re.compile("[0-9]?[A-Z]+级?")  # of a 3A hospital
LONE = frozenset("dpuycrv")  # tags of single characters that can be trusted
QUOTED = re.compile(r"“[^“”。！？\n]{1,24}”|《[^《》\n]{1,40}》|（(?:[^（）。\n0-9]{1,8})）")


def compile_words(rules: Rulebook) -> WordGrammar:
    """Compile the word classes that the phrase grammar needs."""
    kinds: dict[str, Kind] = {r.surface: Kind(r["class"]) for r in rules["words"]}
    kinds |= {r.surface: Kind.DEICTIC for r in rules["deictics"]}
    kinds |= FIXED
    roles: dict[str, set[str]] = {role: set() for role in rules.allowed("fact_words", "role")}
    for r in rules["fact_words"]:
        roles[r["role"]].add(r.surface)
    units = frozenset(r.surface for r in rules["units"])
    return WordGrammar(kinds, {role: frozenset(words) for role, words in roles.items()}, units)


def tokenize(
    text: str,
    field: Field,
    words: Sequence[Word],
    mentions: Mentions,
    grammar: WordGrammar,
    entities: Sequence[Entity] = (),
) -> list[Token]:
    """All tokens of one field of a story, in order.

    `words` and `entities` are those of the same text.
    """
    tokens: list[Token] = []
    at = n = 0
    for span in _spans(text, field, mentions):
        n = _plain(text, words, n, at, span.start, grammar, tokens)
        tokens.append(span)
        at = span.end
    _plain(text, words, n, at, len(text), grammar, tokens)
    return _rates(_people(tokens, entities), grammar)


def _people(tokens: list[Token], entities: Sequence[Entity]) -> list[Token]:
    """`tokens` with those that lie within the name of a person marked as such."""
    people = [e for e in entities if e.label == "PERSON"]
    n = 0
    for i, t in enumerate(tokens):
        while n < len(people) and people[n].end <= t.start:
            n += 1
        if n == len(people):
            break
        if people[n].start <= t.start and t.end <= people[n].end and t.kind in _NAMING:
            tokens[i] = t._replace(kind=Kind.PERSON)
    return tokens


def _rates(tokens: list[Token], grammar: WordGrammar) -> list[Token]:
    """`tokens` with 每 and the unit behind it as one adverb: what a number is for."""
    found: list[Token] = []
    i = 0
    while i < len(tokens):
        t = tokens[i]
        last = i
        if t.text == "每" and t.mention is None:
            last = _unit_behind(tokens, i, grammar)
        if last > i:
            text = "".join(x.text for x in tokens[i : last + 1])
            t = Token(Kind.ADVERB, t.start, tokens[last].end, text, None, "r")
        found.append(t)
        i = last + 1
    return found


def _unit_behind(tokens: Sequence[Token], at: int, grammar: WordGrammar) -> int:
    """The unit of ``每百名``, behind the 每 at `at`; `at` where there is none."""
    for i in range(at + 1, min(at + 4, len(tokens))):
        if tokens[i].mention is not None or tokens[i].kind in (Kind.COMMA, Kind.STOP, Kind.PAUSE):
            break
        if tokens[i].text in grammar.units or tokens[i].pos == "q":
            return i
        if not NUMERAL.fullmatch(tokens[i].text):
            break
    return at


def _spans(text: str, field: Field, mentions: Mentions) -> list[Token]:
    """Mentions and, between them, quoted phrases; a quoted name hides the places in it."""
    spans: list[Token] = []
    at = 0
    found = _disjoint(field, mentions)
    starts = [m.start for m in found]
    hidden: set[int] = set()
    for q in QUOTED.finditer(text):
        a, b = q.span()
        inside = range(bisect_left(starts, a), bisect_left(starts, b))
        if not any(isinstance(found[k], Count) for k in inside):
            hidden.update(k for k in inside if a < starts[k] and found[k].end < b)
    for mention in [*(m for k, m in enumerate(found) if k not in hidden), None]:
        end = mention.start if mention else len(text)
        quoted = QUOTED.finditer(text, at, end)
        spans += [Token(_quoted(m.group()), m.start(), m.end(), m.group()) for m in quoted]
        if mention:
            kind = _KIND[type(mention)]
            spans.append(Token(kind, mention.start, mention.end, mention.text, mention))
            at = mention.end
    return spans


def _quoted(text: str) -> Kind:
    return Kind.COMMA if text.startswith(WRITERS) else Kind.QUOTED


WRITERS = ("（记者", "（通讯员", "（特约", "（实习", "（本报")  # behind a dateline
DATELINES = ("电", "讯")  # behind a date they close a dateline
FIGURES = frozenset({Kind.NOUN, Kind.TEXT, Kind.NOUNVERB})
_NAMING = frozenset({Kind.NOUN, Kind.TEXT, Kind.NOUNVERB, Kind.VERB, Kind.ADVERB})
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


def _plain(
    text: str,
    words: Sequence[Word],
    n: int,
    start: int,
    end: int,
    grammar: WordGrammar,
    tokens: list[Token],
) -> int:
    """Add the words within ``[start, end)``, from word `n` on; the word to go on with."""
    if start >= end:
        return n  # mentions side by side may meet inside one word: nothing is left of it
    figures = tuple(grammar.roles["figure-ending"])
    while n < len(words) and words[n].end <= start:
        n += 1
    while n < len(words) and words[n].start < end:
        word = words[n]
        a, b = word.start, word.end
        pos = word.pos
        if a < start or b > end:
            a, b, pos = max(a, start), min(b, end), ""
        surface = text[a:b]
        kind = _settled(grammar, surface, pos) or _by_tag(surface, pos)
        if pos == "m" and surface[-1] == "级" and not (tokens and _is_level(tokens[-1])):
            kind = PLAIN
        if surface == "—" and "—" in (text[a - 1 : a], text[b : b + 1]):
            kind = Kind.STOP  # a dash, not the hyphen of F—16
        if pos == "v" and kind is Kind.VERB and _is_fragment(surface, tokens, grammar):
            kind = PLAIN
            tokens[-1] = tokens[-1]._replace(kind=PLAIN)
        if surface in DATELINES and tokens and tokens[-1].kind is Kind.DATE:
            kind = Kind.COMMA  # the report begins behind it
        figure = kind in FIGURES and surface.endswith(figures) and not _is_object(tokens, grammar)
        tokens.append(Token(kind, a, b, surface, None, pos, figure))
        if word.end > end:
            break
        n += 1
    return n


def _is_object(before: Sequence[Token], grammar: WordGrammar) -> bool:
    """Whether a verb ends before that no figure is named after: ``实现产值``, not ``种植面积``."""
    return bool(before) and before[-1].text in grammar.roles["figure-verb"]


def _is_level(t: Token) -> bool:
    """The 县 of 省、市、县三级."""
    return len(t.text) == 1 and t.kind in (Kind.NOUN, Kind.TEXT)


def _is_fragment(surface: str, before: Sequence[Token], grammar: WordGrammar) -> bool:
    """Whether a one-character "verb" is the rest of a word that was cut in two (酒 驾)."""
    if len(surface) > 1 or surface in grammar.kinds or not before:
        return False
    last = before[-1]
    return len(last.text) == 1 and last.pos in ("n", "Ng", "v") and last.text not in grammar.kinds


def _settled(grammar: WordGrammar, surface: str, pos: str) -> Kind | None:
    """The class of a listed word, where the model says whether it is the noun or the verb."""
    kind = grammar.kinds.get(surface)
    if surface in grammar.roles["average"]:
        return kind
    short = len(surface) < 3  # longer ones may be several words of the model
    if (kind is Kind.VERB and pos in ("vn", "n")) or (short and kind is Kind.NOUN and pos == "v"):
        return Kind.NOUNVERB
    if kind is Kind.NOUNVERB and pos == "n":
        return Kind.NOUN
    return kind


def _by_tag(surface: str, pos: str) -> Kind:
    """The class of a word that no rule lists."""
    if pos == "m" and (NUMERAL.fullmatch(surface) or GRADE.fullmatch(surface)):
        return PLAIN  # of an age or an ordinal: part of a modifier
    if surface[0] == "每" or (len(surface) == 1 and pos[:1] not in LONE):
        return PLAIN
    return POS.get(pos[:2]) or POS.get(pos[:1], PLAIN)
