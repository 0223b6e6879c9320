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
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pipeline.errors import ModelError
from pipeline.records import Count
from pipeline.resolve.facts.candidates import Subject
from pipeline.resolve.facts.possible_subjects import (
    ALIKE,
    Asked,
    Units,
    Way,
    agreeing,
    asked_of,
    others,
)
from pipeline.resolve.facts.spans import Signs, Span, plain
from pipeline.resolve.facts.tokens import Token, WordGrammar

FILE = "subjects.tsv"
RULE = "subject:ranked"
_NONE = itertools.repeat(0.0)  # what signs weigh that are not listed
_FEW = 8  # how many of the likeliest are compared with each other


class Ranker(Struct, frozen=True):
    """Weights of signs, and what is known of units."""

    weights: Mapping[str, float]
    units: Units


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
    return Ranker(weights, Units(words.roles["people-unit"], unit_kinds))


def rank(
    tokens: Sequence[Token], found: Mapping[int, Subject], title: Sequence[str], ranker: Ranker
) -> dict[int, Subject]:
    """The subjects of all counts of one field, by the index of their token.

    `found` are those that the grammar names, `title` the subjects of the counts in the title.
    """
    signs = Signs(tokens)
    scorer = Scorer(signs, ranker)
    ranked: dict[int, Subject] = {}
    for at, subject in found.items():
        if not isinstance(tokens[at].mention, Count):
            continue
        text, sure = choose(scorer.weigh(asked_of(signs, at, subject, ranked, ranker.units), title))
        same = plain(text) == plain(subject.text)
        ranked[at] = (
            replace(subject, sure=sure)
            if same
            else Subject(text, RULE, refers=subject.refers, sure=sure)
        )
    return ranked


class Scorer:
    """Adds up weights; what belongs to a token or a span is added up once for a field."""

    def __init__(self, signs: Signs, ranker: Ranker) -> None:
        self._signs, self._units = signs, ranker.units
        self._weight = ranker.weights.get
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._whole: dict[Span, float] = {}

    def weigh(self, asked: Asked, title: Sequence[str]) -> list[tuple[str, float]]:
        """All that may be the subject of a count, each with the weight of its signs.

        `title` are the subjects of the counts in the title. The order is that of `candidates`.
        """
        some = others(self._signs, asked, title, self._units)
        return [*self._spans(asked), *((c.text, self._sum(c.signs)) for c in some)]

    def _spans(self, asked: Asked) -> list[tuple[str, float]]:
        signs, at, unit = self._signs, asked.at, (asked.kind, asked.unit)
        ways: dict[Way, float] = {}
        starts: dict[int, float] = {}  # of spans behind the count: what is between
        ends: dict[int, float] = {}  # before it the same and the last token; behind it that alone
        scored = []
        for span, phrase, way in agreeing(signs, asked):
            first, last = span
            whole = self._whole.get(span)
            if whole is None:
                whole = self._whole[span] = self._of_span(first, last, span)
            agreement = ways.get(way)
            if agreement is None:
                agreement = ways[way] = self._sum(asked.agreement.signs(way))
            beside = ends.get(last)
            if beside is None:
                beside = self._sum(signs.of_pair(at, last, *unit))
                if last <= at:
                    beside += self._sum(signs.between(at, last, *unit))
                ends[last] = beside
            if last > at:
                between = starts.get(first)
                if between is None:
                    between = starts[first] = self._sum(signs.between(at, first, *unit))
                beside += between
            scored.append((phrase.text, whole + agreement + beside))
        return scored

    def _of_span(self, first: int, last: int, span: Span) -> float:
        """What its first and last token weigh, and itself."""
        if first not in self._first:
            self._first[first] = self._sum(self._signs.of_first(first))
        if last not in self._last:
            self._last[last] = self._sum(self._signs.of_last(last))
        return self._first[first] + self._last[last] + self._sum(self._signs.of_span(span))

    def _sum(self, signs: Iterable[str]) -> float:
        return sum(map(self._weight, signs, _NONE))


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
    sizes = [*map(len, letters)]
    agree = [[True] * len(few) for _ in few]
    for n, (here, size) in enumerate(zip(letters, sizes, strict=True)):
        for m in range(n):
            enough = ALIKE * (size + sizes[m])  # of `alike`, without a call for each two
            # Where the shorter is too short nothing need be looked at.
            agree[n][m] = agree[m][n] = (
                2 * size >= enough
                and 2 * sizes[m] >= enough
                and 2 * len(here & letters[m]) >= enough
            )
    shares = [c for _, c in few]
    agreeing = [sum(itertools.compress(shares, row)) for row in agree]
    top = agreeing.index(max(agreeing))
    said = agree[top].index(True)
    return few[said][0], agreeing[top] / total
