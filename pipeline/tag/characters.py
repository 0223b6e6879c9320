"""What the network reads of a text: numbers for its characters, their neighbours and words.

All texts of a batch lie behind each other in one array with an empty place between them, so
that no text is padded to the length of another.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# Places in a word or a name: 0 is an empty place, 1 outside.
OUTSIDE, BEGIN, INSIDE, END, SINGLE = 1, 2, 3, 4, 5
PLACES = 6
_WIDE = {
    wide: wide - 0xFEE0
    for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
} | {ord("％"): ord("%"), ord("．"): ord(".")}


class Batch(Struct, frozen=True):
    """Numbers for each place of a batch; text `i` is ``[starts[i], starts[i] + lengths[i])``.

    `characters` are numbers of the alphabet (0: empty), `pairs` two rows of the table of pairs
    for each place and the next, `names` and `words` the place in a listed name of each kind
    and in a word, `convention` the corpus whose conventions hold (0: any), `hints` what a
    teacher says of each place while learning.
    """

    characters: Ints
    pairs: tuple[Ints, Ints]
    names: Ints
    words: Ints
    convention: Ints
    starts: Ints
    lengths: Ints
    hints: NDArray[np.float32] | None = None

    @property
    def empty(self) -> Ints:
        """The empty places."""
        return np.flatnonzero(self.characters == 0)

    @property
    def size(self) -> int:
        """The number of places."""
        return len(self.characters)


class Reader(Struct, frozen=True):
    """Turns texts into batches: an alphabet, and lists of names by kind."""

    alphabet: str
    names: tuple[tuple[str, ...], ...]
    rows: int
    numbers: NDArray[np.int32]
    finders: tuple[AhoCorasick, ...]


def compile_reader(alphabet: str, names: Sequence[Sequence[str]], rows: int) -> Reader:
    """A reader that knows the characters of `alphabet`; all digits are one character.

    `names` are lists of names, one a kind of entity; `rows`, a power of two, is the size of
    the table of pairs.
    """
    numbers = np.ones(sys.maxunicode + 1, np.int32)  # 1: any other character
    for i, character in enumerate(alphabet, start=2):
        numbers[ord(character)] = i
    for digit in "0123456789":
        numbers[ord(digit)] = numbers[ord("0")]
    for wide, narrow in _WIDE.items():
        numbers[wide] = numbers[narrow]
    listed = tuple(tuple(group) for group in names)
    finders = tuple(
        AhoCorasick(group or ("\n",), matchkind=MatchKind.LeftmostLongest) for group in listed
    )
    return Reader(alphabet, listed, rows, numbers, finders)


def narrow(text: str) -> str:
    """`text` with full-width digits, letters, ％ and ． as ASCII; offsets stay."""
    return text.translate(_WIDE)


def read_batch(
    texts: Sequence[str],
    starts_of_words: Sequence[Sequence[int] | NDArray[np.integer[Any]]],
    reader: Reader,
    convention: Sequence[int] | None = None,
) -> Batch:
    """The numbers of `texts`; `starts_of_words` says where the words of each begin."""
    lengths = np.array([len(t) for t in texts], np.int64)
    starts = 1 + np.concatenate([[0], np.cumsum(lengths[:-1] + 1)])
    flat = "\n" + "\n".join(map(narrow, texts)) + "\n"
    characters = reader.numbers[
        np.frombuffer(flat.encode("utf-32-le", "surrogatepass"), np.uint32)
    ].astype(np.int64)
    empty = np.concatenate([[0], starts + lengths])
    characters[empty] = 0
    names = np.ones((len(flat), len(reader.finders)), np.int64)
    for kind, finder in enumerate(reader.finders):
        found = finder.find_matches_as_indexes(flat)
        if found:
            _, first, end = np.array(found, np.int64).T
            _mark(names[:, kind], first, end)
    opens = np.concatenate(
        [np.asarray(o, np.int64) + s for o, s in zip(starts_of_words, starts, strict=True)]
    )
    words = np.zeros(len(flat), np.int64)
    _mark(words, opens, np.minimum(np.append(opens[1:], len(flat)), _next(opens, empty)))
    names[empty], words[empty] = 0, 0
    conventions = np.zeros(len(flat), np.int64)
    if convention is not None:
        for i, number in enumerate(convention):
            conventions[starts[i] : starts[i] + lengths[i]] = number
    return Batch(
        characters, _pairs(characters, reader.rows), names, words, conventions, starts, lengths
    )


def _next(at: Ints, places: Ints) -> Ints:
    """The first of `places` behind each `at`."""
    return places[np.searchsorted(places, at, side="right")]


def _mark(places: Ints, first: Ints, end: Ints) -> None:
    """Write the place in its span to each character of the spans, which do not overlap."""
    sizes = end - first
    at = np.repeat(first - np.concatenate([[0], np.cumsum(sizes[:-1])]), sizes)
    places[at + np.arange(len(at))] = INSIDE
    places[first] = BEGIN
    places[end - 1] = END
    places[first[sizes == 1]] = SINGLE


def _pairs(characters: Ints, rows: int) -> tuple[Ints, Ints]:
    """Two hashes of each place and the next: pairs that share one rarely share both."""
    first, second = characters[:-1].astype(np.uint64), characters[1:].astype(np.uint64)
    mixed = first * np.uint64(0x9E3779B97F4A7C15) + second * np.uint64(0xC2B2AE3D27D4EB4F)
    found = []
    for salt in (0x165667B19E3779F9, 0x2CACCF633C6EF3F2):
        h = mixed + np.uint64(salt)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(32)
        found.append((h & np.uint64(rows - 1)).astype(np.int64))
    return found[0], found[1]
