"""Find many words at once: an Aho-Corasick automaton over fixed surfaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind


@dataclass(frozen=True, slots=True)
class Lexicon:
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
