"""What may be the subject of a count: spans of tokens around it, and the signs they bear.

A sign is a short text, such as ``last NOUN:n|个``. The weights of signs are learned from pages
with truth (`ranking`, tools/fit_subjects.py). Signs that depend on a span's first or last token
alone are told apart from the others, so that they are weighed once for all counts around.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


class Span(NamedTuple):
    """Tokens ``[first, last)`` before or behind a count."""

    first: int
    last: int


class Signs:
    """The signs of spans of one field of a story."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.tags = [f"{t.kind}:{t.pos[:2]}" for t in tokens]

    def tag(self, at: int) -> str:
        """Class and part of speech of the token `at`."""
        return self.tags[at] if 0 <= at < len(self.tags) else _EDGE

    def word(self, at: int) -> str:
        """The token `at`; numbers are all alike, and so are paragraph ends and the field's."""
        token = self.tokens[at] if 0 <= at < len(self.tokens) else None
        if token is None or not token.text.strip():
            return _EDGE
        return "#" if token.kind is Kind.COUNT else token.text

    def spans(self, at: int) -> Iterator[Span]:
        """What may be the subject of the count `at`: spans of its sentence that end in a noun."""
        tokens = self.tokens
        start, end = at, at + 1
        while start > max(0, at - _LEFT) and tokens[start - 1].kind is not Kind.STOP:
            start -= 1
        while end < min(len(tokens), at + 1 + _RIGHT) and tokens[end].kind is not Kind.STOP:
            end += 1
        for first in range(start, end):
            if tokens[first].kind in _NO_STARTS:
                continue
            stop = min(first + _LONGEST, at if first < at else end)
            for last in range(first + 1, stop + 1):
                kind = tokens[last - 1].kind
                if kind is Kind.COMMA and tokens[last - 1].text in "，,":
                    break
                if kind in _ENDS:
                    yield Span(first, last)

    def of_first(self, first: int) -> Iterator[str]:
        """Signs of the first token of a span."""
        before, tag = self.tag(first - 1), self.tags[first]
        yield f"first {tag}"
        yield f"first {before}>{tag}"
        yield f"first {self.word(first)}"
        yield f"before {self.word(first - 1)}"

    def of_last(self, last: int) -> Iterator[str]:
        """Signs of the last token of a span, the one before `last`."""
        behind, tag, text = self.tag(last), self.tags[last - 1], self.tokens[last - 1].text
        yield f"last {tag}"
        yield f"last {tag}>{behind}"
        yield f"last {self.word(last - 1)}"
        yield f"ends {text[-1]}"
        yield f"behind {self.word(last)}"

    def of_span(self, span: Span) -> Iterator[str]:
        """Signs of a span as a whole."""
        first, last = span
        kinds = [t.kind for t in self.tokens[first:last]]
        length = sum(t.end - t.start for t in self.tokens[first:last])
        yield f"tokens {last - first}"
        yield f"characters {bucket(length)}"
        yield f"kinds {'+'.join(kinds) if len(kinds) <= 4 else len(kinds)}"
        ends = f"{self.tags[first]}..{self.tags[last - 1]}"
        yield f"edges {self.tag(first - 1)}>{ends}>{self.tag(last)}"
        for kind in sorted(set(kinds[:-1])):
            yield f"holds {kind}"

    def between(self, at: int, edge: int, kind: str, unit: str) -> Iterator[str]:
        """Signs of what stands between the count `at` and a span.

        `edge` is the end of a span before the count, or the first token of one behind it. `kind`
        and `unit` are those of the count's unit.
        """
        left = edge <= at
        gap = self.tokens[edge:at] if left else self.tokens[at + 1 : edge]
        side = "left" if left else "right"
        far = bucket(len(gap))
        kinds = [t.kind for t in gap]
        counts, commas = kinds.count(Kind.COUNT), kinds.count(Kind.COMMA)
        verbs = sum(k in _VERBS for k in kinds)
        shape = "+".join(kinds) if len(kinds) <= 3 else "long"
        yield f"{side} {unit}"
        yield f"{side} {kind} {far}"
        yield f"{side} {kind} {min(counts, 3)} counts {min(commas, 3)} commas"
        yield f"{side} {kind} {min(verbs, 2)} verbs {min(commas, 1)} commas {min(counts, 1)} counts"
        yield f"{side} {kind} gap {shape}"
        yield f"{side} {far} from {self.tag(at - 1)}"
        yield f"{side} {far} from {self.word(at - 1)}"
        yield f"{side} {far} to {self.tag(at + 1)}"
        last = self.tokens[edge - 1] if left else None
        if gap:
            yield f"{side} near {self.word(edge if left else at + 1)}"
        if last is not None:
            yield f"{side} {kind} {self.tags[edge - 1]}>{self.tag(edge)}"
        else:
            yield f"{side} {kind} {self.tag(edge - 1)}>{self.tags[edge]}"

    def of_pair(self, at: int, last: int, kind: str, unit: str) -> Iterator[str]:
        """Signs of a unit together with the last token of a span."""
        text = self.tokens[last - 1].text
        side = "left" if last <= at else "right"
        yield f"{side} {kind} ends {text[-1]}"
        yield f"{unit} of {text}"
        yield f"{side} {kind} last {self.tags[last - 1]}"
        if self.tokens[last - 1].figure:
            yield f"{kind} of a figure"

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


def bucket(n: int) -> str:
    """``3-4``: small numbers as they are, larger ones by steps."""
    return next((str(most) for most in (0, 1, 2, 3, 4, 6, 8, 12, 20, 40) if n <= most), "more")
