"""Which spans of a text share a character with another one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeVar

from pipeline.records import Entity, Mention, PlaceName, Word

_Span = TypeVar("_Span", Mention, PlaceName, Word)


def meeting_range(spans: Sequence[_Span], e: Entity) -> tuple[int, int]:
    """First and last + 1 of `spans`, in order and without overlap, that meet `e`."""
    first = bisect_right(spans, e.start, key=lambda s: s.end)
    return first, bisect_left(spans, e.end, key=lambda s: s.start)


def meeting(spans: Sequence[_Span], e: Entity) -> Sequence[_Span]:
    """Those of `spans`, in order and without overlap, that share a character with `e`."""
    first, last = meeting_range(spans, e)
    return spans[first:last]
