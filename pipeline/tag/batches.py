"""Texts of a batch: which go together, how many reach a place, how to lay them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Item = TypeVar("_Item")


def by_size(
    items: Iterable[_Item], size: Callable[[_Item], int], limit: int
) -> Iterator[list[_Item]]:
    """`items` in groups of at most `limit` together, in order; a larger item is a group."""
    group: list[_Item] = []
    total = 0
    for item in items:
        if group and total + size(item) > limit:
            yield group
            group, total = [], 0
        group.append(item)
        total += size(item)
    if group:
        yield group


def reach(lengths: NDArray[np.int64], size: int) -> list[int]:
    """How many texts, longest first, have a character at each of `size` places."""
    return [int(n) for n in np.searchsorted(-lengths, -np.arange(size), side="left")]


def pad(rows: NDArray[np.float32], starts: Any, lengths: Any) -> NDArray[np.float32]:
    """Rows of texts that lie behind each other as ``[text, place, …]``, filled with 0."""
    out = np.zeros((len(lengths), int(max(lengths)), rows.shape[1]), rows.dtype)
    for text, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        out[text, :length] = rows[start : start + length]
    return out
