"""What may be the subject of a count: spans of tokens around it, and the signs they bear.

A sign is a short text, such as ``last NOUN:n|个``. The weights of signs are learned from pages
with truth (`ranking`, tools/fit_subjects.py). Signs that depend on a span's first or last token
alone are told apart from the others, so that they are weighed once for all counts around.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipeline.resolve.facts.tokens import Kind, Token

_LEFT, _RIGHT, _LONGEST = 28, 12, 7  # tokens: how far a span may begin, and how long it may be
_ENDS = frozenset(
    {
        *(Kind.NOUN, Kind.NOUNVERB, Kind.TEXT, Kind.QUOTED, Kind.STATE, Kind.VERB, Kind.CHANGE),
        *(Kind.ORGANIZATION, Kind.PLACE),
    }
)
_NO_STARTS = frozenset({Kind.COMMA, Kind.PAUSE, Kind.DE, Kind.STOP, Kind.COUNT})
_VERBS = frozenset({Kind.VERB, Kind.NOUNVERB, Kind.STATE})
_EDGE = "|"  # the tag of what stands before the first and behind the last token
_BUCKETS = tuple(
    str(next(most for most in (0, 1, 2, 3, 4, 6, 8, 12, 20, 40) if n <= most)) for n in range(41)
)
_MARKS = str.maketrans("", "", '的，,、“”"（）() \n')


class Span(NamedTuple):
    """Tokens ``[first, last)`` before or behind a count."""

    first: int
    last: int


class Phrase(NamedTuple):
    """What a span says: its text, that text without marks, and the letters of this."""

    text: str
    plain: str
    letters: frozenset[str]


class _Side(NamedTuple):
    """What the signs of one side of a count have in common."""

    unit: str
    side: str
    kind: str
    tag: str
    word: str
    to: str


class Signs:
    """The signs of spans of one field of a story."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        # Plain strings: those of an enumeration are made anew at each use.
        kinds = self._kinds = [t.kind.value for t in tokens]
        # Class and part of speech of each token, and each token, numbers all alike and paragraph
        # ends like the field's. The last element is what stands behind the field; as element -1
        # it stands before it, too.
        self.tags = [*(f"{k}:{t.pos[:2]}" for k, t in zip(kinds, tokens, strict=True)), _EDGE]
        self.words = [*map(_word, tokens), _EDGE]
        self._texts = [t.text for t in tokens]
        self._plain = [plain(text) for text in self._texts]
        self._stops = [t.kind is Kind.STOP for t in tokens]
        self._opens = [t.kind not in _NO_STARTS for t in tokens]
        self._ends = [t.kind in _ENDS for t in tokens]
        self._pauses = [t.kind is Kind.COMMA and t.text in "，," for t in tokens]
        # How many stand before each token.
        self._counts = _totals(t.kind is Kind.COUNT for t in tokens)
        self._commas = _totals(t.kind is Kind.COMMA for t in tokens)
        self._verbs = _totals(t.kind in _VERBS for t in tokens)
        self._sentences = _totals(self._stops)
        self._characters = _totals(t.end - t.start for t in tokens)
        self._from: list[list[tuple[Span, Phrase]] | None] = [None] * len(tokens)
        self._sides: dict[tuple[int, bool], _Side] = {}

    def stops(self, first: int, last: int) -> int:
        """How many sentence ends are among the tokens ``[first, last)``."""
        return self._sentences[last] - self._sentences[first]

    def spans(self, at: int) -> Iterator[tuple[Span, Phrase]]:
        """What may be the subject of the count `at`: spans of its sentence that end in a noun."""
        stops, size = self._stops, len(self.tokens)
        start, end = at, at + 1
        while start > max(0, at - _LEFT) and not stops[start - 1]:
            start -= 1
        while end < min(size, at + 1 + _RIGHT) and not stops[end]:
            end += 1
        for first in range(start, end):
            limit = at if first < at else end
            for found in self._spans_from(first):
                if found[0].last > limit:
                    break
                yield found

    def _spans_from(self, first: int) -> list[tuple[Span, Phrase]]:
        """The spans of a sentence that begin with the token `first`, the shortest first."""
        found = self._from[first]
        if found is None:
            found = self._from[first] = []
            stop = min(first + _LONGEST, len(self.tokens))
            for last in range(first, stop) if self._opens[first] else ():
                if self._pauses[last] or self._stops[last]:
                    break
                if self._ends[last]:
                    here = "".join(self._plain[first : last + 1])
                    text = "".join(self._texts[first : last + 1])
                    found.append((Span(first, last + 1), Phrase(text, here, frozenset(here))))
        return found

    def of_first(self, first: int) -> list[str]:
        """Signs of the first token of a span."""
        tag = self.tags[first]
        return [
            f"first {tag}",
            f"first {self.tags[first - 1]}>{tag}",
            f"first {self.words[first]}",
            f"before {self.words[first - 1]}",
        ]

    def of_last(self, last: int) -> list[str]:
        """Signs of the last token of a span, the one before `last`."""
        tag = self.tags[last - 1]
        return [
            f"last {tag}",
            f"last {tag}>{self.tags[last]}",
            f"last {self.words[last - 1]}",
            f"ends {self.tokens[last - 1].text[-1]}",
            f"behind {self.words[last]}",
        ]

    def of_span(self, span: Span) -> list[str]:
        """Signs of a span as a whole."""
        first, last = span
        kinds = self._kinds[first:last]
        before, behind = self.tags[first - 1], self.tags[last]
        signs = [
            f"tokens {last - first}",
            f"characters {bucket(self._characters[last] - self._characters[first])}",
            f"kinds {'+'.join(kinds) if len(kinds) <= 4 else len(kinds)}",
            f"edges {before}>{self.tags[first]}..{self.tags[last - 1]}>{behind}",
        ]
        if last - first > 1:
            signs += [f"holds {kind}" for kind in sorted(set(kinds[:-1]))]
        return signs

    def between(self, at: int, edge: int, kind: str, unit: str) -> list[str]:
        """Signs of what stands between the count `at` and a span.

        `edge` is the end of a span before the count, or the first token of one behind it. `kind`
        and `unit` are those of the count's unit.
        """
        left = edge <= at
        first, last = (edge, at) if left else (at + 1, edge)
        side = self._side(at, left, kind, unit)
        far = bucket(last - first)
        counts = self._counts[last] - self._counts[first]
        commas = self._commas[last] - self._commas[first]
        verbs = self._verbs[last] - self._verbs[first]
        shape = "+".join(self._kinds[first:last]) if last - first <= 3 else "long"
        few = 1 if commas else 0
        signs = [
            side.unit,
            f"{side.kind}{far}",
            f"{side.kind}{min(counts, 3)} counts {min(commas, 3)} commas",
            f"{side.kind}{min(verbs, 2)} verbs {few} commas {1 if counts else 0} counts",
            f"{side.kind}gap {shape}",
            f"{side.side}{far}{side.tag}",
            f"{side.side}{far}{side.word}",
            f"{side.side}{far}{side.to}",
            f"{side.kind}{self.tags[edge - 1]}>{self.tags[edge]}",
        ]
        if first < last:
            signs.append(f"{side.side}near {self.words[first]}")
        return signs

    def of_pair(self, at: int, last: int, kind: str, unit: str) -> list[str]:
        """Signs of a unit together with the last token of a span."""
        token = self.tokens[last - 1]
        side = self._side(at, last <= at, kind, unit)
        signs = [
            f"{side.kind}ends {token.text[-1]}",
            f"{unit} of {token.text}",
            f"{side.kind}last {self.tags[last - 1]}",
        ]
        if token.figure:
            signs.append(f"{kind} of a figure")
        return signs

    def _side(self, at: int, left: bool, kind: str, unit: str) -> _Side:
        found = self._sides.get((at, left))
        if found is None:
            side = "left" if left else "right"
            found = self._sides[at, left] = _Side(
                unit=f"{side} {unit}",
                side=f"{side} ",
                kind=f"{side} {kind} ",
                tag=f" from {self.tags[at - 1]}",
                word=f" from {self.words[at - 1]}",
                to=f" to {self.tags[at + 1]}",
            )
        return found

    def verbs(self, at: int) -> Iterator[tuple[str, int, str]]:
        """The nearest verb on either side of the count `at`: side, distance, text."""
        for side, step, reach in (("left", -1, 6), ("right", 1, 3)):
            for distance in range(1, reach + 1):
                here = at + step * distance
                if not 0 <= here < len(self.tokens):
                    break
                token = self.tokens[here]
                if token.kind in (Kind.STOP, Kind.COMMA, Kind.COUNT):
                    break
                if token.kind in _VERBS:
                    yield side, distance, token.text
                    break


def plain(text: str) -> str:
    """A phrase without 的, marks and blanks."""
    return text.translate(_MARKS)


def bucket(n: int) -> str:
    """``3-4``: small numbers as they are, larger ones by steps."""
    return _BUCKETS[n] if n < len(_BUCKETS) else "more"


def _word(token: Token) -> str:
    if not token.text.strip():
        return _EDGE
    return "#" if token.kind is Kind.COUNT else token.text


def _totals(numbers: Iterable[int]) -> list[int]:
    """The sums of the numbers before each place; bools count as 0 and 1."""
    return list(itertools.accumulate(numbers, initial=0))
