"""Find many words at once: an Aho-Corasick automaton, or a pattern, of fixed surfaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct


class Lexicon(Struct, frozen=True):
    """Fixed words, found leftmost-longest and without overlap."""

    words: tuple[str, ...]
    _automaton: AhoCorasick

    @classmethod
    def of(cls, words: Iterable[str]) -> Lexicon:
        """A lexicon of `words`; blanks and duplicates are dropped."""
        unique = tuple(dict.fromkeys(w for w in words if w))
        return cls(unique, AhoCorasick(list(unique), matchkind=MatchKind.LeftmostLongest))

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Spans ``(start, end, word)`` in reading order, offsets in `text`."""
        for n, start, end in self._automaton.find_matches_as_indexes(text):
            yield start, end, self.words[n]


def any_of(words: Iterable[str]) -> str:
    """A pattern that matches the longest of `words` that stands somewhere; nothing without any."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"


def find_each(text: str, words: Iterable[str]) -> list[list[tuple[int, int]]]:
    """Where each of `words` stands in `text`, whatever the others do, by one look at the text.

    No span of a word overlaps another of the same word; the first of them counts.
    """
    wanted = list(words)
    found: list[list[tuple[int, int]]] = [[] for _ in wanted]
    if not wanted:
        return found
    automaton = AhoCorasick(wanted, matchkind=MatchKind.Standard)
    for n, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
        if not found[n] or found[n][-1][1] <= start:
            found[n].append((start, end))
    return found
