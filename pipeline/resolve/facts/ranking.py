"""Choose the subject of a count among all that may be it, by learned weights.

The grammar of `subjects` names one phrase for each count. Beside it stand the spans of the
sentence, the subjects of the counts before, and phrases made of a verb and what is left out.
Each bears signs; a log-linear model over them says how likely each is, and the one is taken
that agrees with the most of that likelihood, since phrases that differ in a character or two say
the same. The weights lie beside the language model (``subjects.tsv``), whose parts of speech they
rest on; tools/fit_subjects.py learns them from pages with truth.

Method: log-linear ranking with several right answers (marginal likelihood), minimum Bayes risk.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ModelError
from pipeline.records import Count
from pipeline.resolve.facts.candidates import Subject, unit_kind
from pipeline.resolve.facts.spans import Phrase, Signs, Span, bucket, plain
from pipeline.resolve.facts.tokens import Token, WordGrammar

FILE = "subjects.tsv"
RULE = "subject:ranked"
GRAMMAR = "grammar"  # signs of what the grammar says begin so
_FEW = 8  # how many of the likeliest are compared with each other
_ALIKE = 0.8  # of the characters of two phrases: from here on they say the same
_BEFORE = 6  # earlier counts whose subjects may be meant again


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights of signs, and the words that phrases are made with."""

    weights: Mapping[str, float]
    people: frozenset[str]  # units that count people
    unit_kinds: Mapping[str, str]


class Candidate(NamedTuple):
    """A phrase that may be the subject of a count; `signs` are those that it alone bears."""

    text: str
    signs: tuple[str, ...]
    span: Span | None = None


def load_ranker(folder: Path, words: WordGrammar, unit_kinds: Mapping[str, str]) -> Ranker | None:
    """The ranker beside the language model in `folder`; None where that model has none.

    Raises ModelError where the file is damaged.
    """
    try:
        lines = (folder / FILE).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    try:
        rows = (line.rsplit("\t", 1) for line in lines)
        weights = {sign: float(weight) for sign, weight in rows}
    except ValueError as e:
        cure = "fit it again (python -m tools.fit_subjects)"
        raise ModelError(f"{folder / FILE}: a row is not a sign and its weight; {cure}") from e
    return Ranker(weights, words.roles["people-unit"], unit_kinds)


def rank(
    tokens: Sequence[Token], found: Mapping[int, Subject], title: Sequence[str], ranker: Ranker
) -> dict[int, Subject]:
    """The subjects of all counts of one field, by the index of their token.

    `found` are those that the grammar names, `title` the subjects of the counts in the title.
    """
    signs = Signs(tokens)
    scorer = Scorer(signs, ranker.weights)
    ranked: dict[int, Subject] = {}
    for at, subject in found.items():
        if not isinstance(tokens[at].mention, Count):
            continue
        options = list(candidates(signs, at, subject, ranked, title, ranker))
        kind, unit = unit_of(tokens[at], ranker)
        text, sure = choose([(o.text, scorer.score(o, at, kind, unit)) for o in options])
        same = plain(text) == plain(subject.text)
        ranked[at] = (
            replace(subject, sure=sure)
            if same
            else Subject(text, RULE, refers=subject.refers, sure=sure)
        )
    return ranked


def candidates(
    signs: Signs,
    at: int,
    named: Subject,
    before: dict[int, Subject],
    title: Sequence[str],
    ranker: Ranker,
) -> Iterator[Candidate]:
    """All that may be the subject of the count `at`, the grammar's answer `named` last.

    `before` are the subjects of the counts before it, by the index of their token and in their
    order (those of later ones are passed over), `title` those of the title.
    """
    kind, _ = unit_of(signs.tokens[at], ranker)
    answer = plain(named.text)
    asked = _Asked(
        at,
        named.rule,
        frozenset(answer),
        # From the end, so that those long before are never looked at.
        tuple(itertools.islice(((k, before[k]) for k in reversed(before) if k < at), _BEFORE)),
        kind,
        f"{signs.tag(at - 1)}_{signs.tag(at + 1)}",
    )
    known = {plain(text) for _, s in asked.earlier for text in (s.text, s.bare)}
    agreement = _Agreement(answer, named.rule, kind, signs.tag(at - 1))
    for span in signs.spans(at):
        phrase = signs.phrase(span)
        side = ("left" if span.last <= at else "right") if phrase.plain in known else ""
        yield Candidate(phrase.text, agreement.signs(phrase, side), span)
    yield from _earlier(signs, asked)
    yield from _made(signs, asked, ranker.people)
    for text in title[-3:]:
        same = "same" if plain(text) == answer else "other"
        some = ["title", f"title {kind}", f"title from {signs.tag(at - 1)}"]
        yield Candidate(text, (*some, f"{GRAMMAR} {same} title", f"{GRAMMAR} {named.rule} title"))
    own = (
        *(f"{GRAMMAR} own", f"{GRAMMAR} {named.rule}", f"{GRAMMAR} {named.rule} {kind}"),
        f"{GRAMMAR} {named.rule} from {signs.tag(at - 1)}",
        f"{GRAMMAR} {named.rule} to {signs.tag(at + 1)}",
        f"{GRAMMAR} characters {bucket(len(answer))}",
        f"{GRAMMAR} ends {answer[-1:]}",
    )
    yield Candidate(named.text, own)


def all_signs(candidate: Candidate, signs: Signs, at: int, ranker: Ranker) -> list[str]:
    """Every sign of a candidate for the count `at`: what its weights are learned for."""
    found = list(candidate.signs)
    if candidate.span:
        kind, unit = unit_of(signs.tokens[at], ranker)
        first, last = candidate.span
        found += signs.of_first(first)
        found += signs.of_last(last)
        found += signs.of_span(candidate.span)
        found += signs.between(at, last if last <= at else first, kind, unit)
        found += signs.of_pair(at, last, kind, unit)
    return found


def alike(a: frozenset[str], b: frozenset[str]) -> float:
    """The share of their different characters that two phrases have in common (Dice)."""
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


def unit_of(token: Token, ranker: Ranker) -> tuple[str, str]:
    """The kind of a count's unit, and the unit."""
    assert isinstance(token.mention, Count)
    unit = token.mention.unit
    return unit_kind(unit, ranker.unit_kinds), unit or "-"


class _Asked(NamedTuple):
    """The count `at` of which the subject is asked.

    `rule` and `letters` are those of the grammar's answer, `earlier` the last counts before with
    their subjects, the newest first; `kind` is that of the unit, `around` what stands beside it.
    """

    at: int
    rule: str
    letters: frozenset[str]
    earlier: tuple[tuple[int, Subject], ...]
    kind: str
    around: str


class _Agreement:
    """How the spans around one count agree with what the grammar says of it: `answer`.

    There are few ways to agree, so the signs of each are made once.
    """

    def __init__(self, answer: str, rule: str, kind: str, before: str) -> None:
        self._answer, self._letters, self._rule = answer, frozenset(answer), rule
        self._same = (
            *(f"{GRAMMAR} same", f"{GRAMMAR} same {rule}"),
            f"{GRAMMAR} same {rule} {kind} from {before}",
        )
        self._made: dict[tuple[int, str, str], tuple[str, ...]] = {}

    def signs(self, phrase: Phrase, known: str) -> tuple[str, ...]:
        """Signs of a span; `known` is its side where it is the subject of an earlier count."""
        text, answer = phrase.plain, self._answer
        if text == answer:
            way = (-1, "", known)
        else:
            share = alike(phrase.letters, self._letters)
            if share >= _ALIKE:
                more = f"near {self._rule}"
            elif answer.endswith(text):
                more = "ends so"
            else:
                more = "within" if answer and text.endswith(answer) else ""
            way = (int(5 * share), more, known)
        found = self._made.get(way)
        if found is None:
            found = self._made[way] = self._of_way(*way)
        return found

    def _of_way(self, share: int, more: str, known: str) -> tuple[str, ...]:
        alike = [f"{GRAMMAR} alike {share}"] if share >= 0 else self._same
        also = [f"{GRAMMAR} {more}"] if more else []
        return (*alike, *also, *([f"known {known}"] if known else []))


def _earlier(signs: Signs, asked: _Asked) -> Iterator[Candidate]:
    """The subjects of the counts before, the newest first."""
    tokens, (at, rule, letters, earlier, kind, around) = signs.tokens, asked
    count = tokens[at].mention
    assert isinstance(count, Count)
    for n, (k, subject) in enumerate(earlier):
        other = tokens[k].mention
        if not isinstance(other, Count):
            continue
        same = "same unit" if other.unit == count.unit else "other unit"
        stops = signs.stops(k, at)
        for text in dict.fromkeys((subject.text, subject.bare)):
            if not text:
                continue
            share = alike(frozenset(plain(text)), letters)
            some = [
                *("earlier", f"earlier {kind}", f"earlier {min(n, 4)} {same}"),
                f"earlier {same} {kind} {min(stops, 2)} stops",
                f"earlier {same} {around}",
                f"earlier {same} from {signs.word(at - 1)}",
                f"{GRAMMAR} {rule} earlier {same}",
                f"earlier {same} {'whole' if text == subject.text else 'noun'}",
                f"earlier characters {bucket(len(text))}",
                f"{GRAMMAR} alike earlier {int(5 * share)}",
                f"earlier ends {text[-1]} {count.unit}",
            ]
            if other.value >= count.value:
                some.append(f"earlier {same} larger")
            if share == 1.0:
                some += [f"{GRAMMAR} same", f"{GRAMMAR} same {rule}"]
                some.append(f"{GRAMMAR} same {rule} earlier")
            yield Candidate(text, tuple(some))


def _made(signs: Signs, asked: _Asked, people: frozenset[str]) -> Iterator[Candidate]:
    """A verb with the people, the money or the thing counted before that it leaves out."""
    at, rule, letters, earlier, kind, around = asked
    count = signs.tokens[at].mention
    assert isinstance(count, Count)
    left_out: list[tuple[str, str]] = []
    if count.unit in people:
        left_out.append(("人", "人"))
    elif kind in ("currency", "foreign"):
        left_out += [("钱", "钱"), ("价格", "价格")]
    for n, (k, subject) in enumerate(earlier[:3]):
        other = signs.tokens[k].mention
        same = "same unit" if isinstance(other, Count) and other.unit == count.unit else "other"
        left_out.append((subject.bare, f"earlier {n} {same}"))
    for side, distance, verb in signs.verbs(at):
        for noun, origin in left_out:
            if not noun or verb in noun:
                continue
            some = (
                *("made", f"made {side} {origin}", f"made {origin} {kind} {min(distance, 3)}"),
                *(f"made {verb}", f"made {side} {origin} {around}"),
                f"{GRAMMAR} {rule} made {side} {origin}",
                f"{GRAMMAR} alike made {origin} {int(5 * alike(frozenset(verb + noun), letters))}",
                f"made characters {bucket(len(verb + noun))}",
            )
            yield Candidate(f"{verb}的{noun}", some)


class Scorer:
    """Adds up weights; what belongs to a token or a span is added up once for a field."""

    def __init__(self, signs: Signs, weights: Mapping[str, float]) -> None:
        self._signs, self._weights = signs, weights
        self._agreement: dict[tuple[str, ...], float] = {}
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._span: dict[Span, float] = {}
        self._edges: dict[tuple[int, int], float] = {}
        self._pairs: dict[tuple[int, int], float] = {}

    def score(self, candidate: Candidate, at: int, kind: str, unit: str) -> float:
        """The weight of all signs of a candidate for the count `at`."""
        own, span = candidate.signs, candidate.span
        if span is None:
            return self._sum(own)
        total = self._agreement.get(own)
        if total is None:
            total = self._agreement[own] = self._sum(own)
        whole = self._span.get(span)
        if whole is None:
            whole = self._span[span] = self._of_span(span)
        first, last = span
        pair = (at, last)
        edge = pair if last <= at else (at, first)
        between = self._edges.get(edge)
        if between is None:
            signs = self._signs.between(*edge, kind, unit)
            between = self._edges[edge] = self._sum(signs)
        together = self._pairs.get(pair)
        if together is None:
            signs = self._signs.of_pair(at, last, kind, unit)
            together = self._pairs[pair] = self._sum(signs)
        return total + whole + between + together

    def _of_span(self, span: Span) -> float:
        """What its first and last token weigh, and itself."""
        first, last = span
        if first not in self._first:
            self._first[first] = self._sum(self._signs.of_first(first))
        if last not in self._last:
            self._last[last] = self._sum(self._signs.of_last(last))
        return self._first[first] + self._last[last] + self._sum(self._signs.of_span(span))

    def _sum(self, signs: Iterable[str]) -> float:
        weights = self._weights
        return sum([weights[sign] for sign in signs if sign in weights])


def choose(scored: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """The phrase that agrees with most of the likelihood, and how much that is.

    Of phrases that say the same it is the likeliest.
    """
    best = max(score for _, score in scored)
    total = 0.0
    chances: dict[str, float] = {}
    for text, score in scored:
        chance = math.exp(score - best)
        total += chance
        chances[text] = chances.get(text, 0.0) + chance
    few = sorted(chances.items(), key=lambda c: -c[1])[:_FEW]
    letters = [frozenset(plain(text)) for text, _ in few]
    agree = [[True] * len(few) for _ in few]
    for n, here in enumerate(letters):
        for m in range(n):
            agree[n][m] = agree[m][n] = _agree(here, letters[m])
    shares = [c for _, c in few]
    agreeing = [sum(itertools.compress(shares, row)) for row in agree]
    top = agreeing.index(max(agreeing))
    said = agree[top].index(True)
    return few[said][0], agreeing[top] / total


def _agree(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether two phrases say the same."""
    both = len(a) + len(b)
    # Where the shorter is too short nothing need be looked at.
    return not both or (2 * min(len(a), len(b)) / both >= _ALIKE and alike(a, b) >= _ALIKE)
