"""Text that remembers where in the raw page each of its characters stands.

All offsets are half-open and count code points. A `TracedText` is a text cut into
segments; each segment knows its span in the source (the decoded raw page). In an *aligned*
segment characters correspond one to one. In any other (``１２`` for one glyph, an ellipsis
for six dots) every character stands for the segment's whole source span, also after it is cut.

Cleaning is a chain of `TracedText.edit` calls, splitting a `TracedText.join` of slices; no
stage ever computes a raw offset itself.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct


class Edit(Struct, frozen=True):
    """Replace ``text[start:end]`` by `text`; `rule` says which rule asked for it, and why."""

    start: int
    end: int
    text: str
    rule: str


class Segment(NamedTuple):
    """Characters ``[start, start+length)`` of a text stand for ``[source_start, source_end)``.

    `aligned` says that they correspond one to one. Equal lengths alone do not say so: a part of
    what replaced three characters may be three characters long.
    """

    start: int
    length: int
    source_start: int
    source_end: int
    aligned: bool = False


class TracedText(Struct, frozen=True):
    """A text and its segments; segments are in text order, adjacent, and never empty."""

    text: str
    segments: tuple[Segment, ...]

    @classmethod
    def identity(cls, text: str) -> TracedText:
        """`text` as its own source."""
        return cls(text, (Segment(0, len(text), 0, len(text), True),) if text else ())

    def edit(self, edits: Iterable[Edit]) -> TracedText:
        """Apply `edits`, given in offsets of this text, sorted and not overlapping.

        Raises ValueError for edits out of order or out of range.
        """
        pieces: list[tuple[str, Sequence[Segment]]] = []
        at = 0
        for e in edits:
            if not at <= e.start <= e.end <= len(self.text):
                raise ValueError(f"edit {e} out of order or out of range at {at}")
            if e.start > at:
                pieces.append((self.text[at : e.start], self._cut(at, e.start)))
            if e.text:
                pieces.append((e.text, self._replacement(e)))
            at = e.end
        if at < len(self.text):
            pieces.append((self.text[at:], self._cut(at, len(self.text))))
        return _assemble(pieces)

    def slice(self, start: int, end: int) -> TracedText:
        """The part ``[start, end)`` as a text of its own."""
        start, end = max(0, start), min(len(self.text), end)
        if start >= end:
            return TracedText("", ())
        return _assemble([(self.text[start:end], self._cut(start, end))])

    @staticmethod
    def join(parts: Sequence[TracedText], separator: str = "") -> TracedText:
        """Put `parts` one after the other; a separator stands for no raw character."""
        pieces: list[tuple[str, Sequence[Segment]]] = []
        for n, part in enumerate(parts):
            if n and separator:
                at = parts[n - 1].source_end
                pieces.append((separator, (Segment(0, len(separator), at, at),)))
            pieces.append((part.text, part.segments))
        return _assemble(pieces)

    @property
    def source_end(self) -> int:
        """Where in the source the last character ends (0 for an empty text)."""
        return self.segments[-1].source_end if self.segments else 0

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The smallest source span that holds the characters ``[start, end)``.

        Raises ValueError for an empty span or one out of range.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"span [{start}, {end}) is empty or outside the text")
        here = self.segments[self._index(start)]
        if here.aligned and end <= here.start + here.length:  # as most are
            at = here.source_start - here.start
            return at + start, at + end
        cut = [s for s in self._cut(start, end) if s.source_end > s.source_start]
        if not cut:
            return here.source_start, here.source_start
        return min(s.source_start for s in cut), max(s.source_end for s in cut)

    def _index(self, at: int) -> int:
        return bisect_right(self.segments, (at, math.inf)) - 1

    def _cut(self, start: int, end: int) -> tuple[Segment, ...]:
        """Segments of ``[start, end)``, their starts counted from `start`."""
        if start >= end:
            return ()
        found = []
        for i in range(self._index(start), len(self.segments)):
            first, length, source_start, source_end, aligned = self.segments[i]
            if first >= end:
                break
            a = first if first > start else start
            b = first + length
            if b > end:
                b = end
            if aligned:
                source_start += a - first
                source_end = source_start + b - a
            found.append(Segment(a - start, b - a, source_start, source_end, aligned))
        return tuple(found)

    def _replacement(self, e: Edit) -> tuple[Segment, ...]:
        if e.end - e.start == len(e.text):
            return self._cut(e.start, e.end)
        if e.start < e.end:
            return (Segment(0, len(e.text), *self.raw_span(e.start, e.end)),)
        before = self._cut(e.start - 1, e.start) if e.start else ()
        at = before[-1].source_end if before else 0
        return (Segment(0, len(e.text), at, at),)


def _assemble(pieces: Iterable[tuple[str, Sequence[Segment]]]) -> TracedText:
    """Concatenate pieces and merge neighbouring aligned segments that continue each other."""
    texts: list[str] = []
    merged: list[Segment] = []
    at = 0
    until = -1  # where in the source the last segment ends, if it is aligned
    for text, segments in pieces:
        texts.append(text)
        for start, length, source_start, source_end, aligned in segments:
            if aligned and source_start == until:
                last = merged[-1]
                merged[-1] = Segment(
                    last.start, last.length + length, last.source_start, source_end, True
                )
            else:
                merged.append(Segment(at + start, length, source_start, source_end, aligned))
            until = source_end if aligned else -1
        at += len(text)
    return TracedText("".join(texts), tuple(merged))


def quoted_at(text: str, quote: str, start: int, end: int) -> int | None:
    """Where `quote` stands in `text` around ``[start, end)``; None where it does not.

    A clause that comes twice is the one that holds the span.
    """
    at = text.find(quote, max(0, end - len(quote)), start + len(quote)) if quote else -1
    return at if at >= 0 else None
