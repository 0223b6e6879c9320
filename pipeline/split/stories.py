"""Which blocks make which story: all divisions of a page weighed against each other.

A story is headline lines, a body and perhaps a credit, with the headline before or after
the body. Each way to cut the page into stories has a score made of weighted signs (see
`signs.py`): shared words of headline and body, credits, datelines, page starts, columns.
The best one is found by dynamic programming over the places where a story may begin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.split.features import Piece
from pipeline.split.signs import REACH, BodyState, StorySigns
from pipeline.split.weights import WEIGHTS

NEVER = -1e9
TITLE_LINES = 5


@dataclass(frozen=True, slots=True)
class Division:
    """Blocks ``[first, last)`` as one story; the title is ``[title_first, title_last)``."""

    first: int
    last: int
    title_first: int
    title_last: int


def divide(pieces: Sequence[Piece], weights: Mapping[str, float] = WEIGHTS) -> list[Division]:
    """The best division of `pieces` into stories."""
    if not pieces:
        return []
    return Divider(StorySigns(pieces), weights).best()


class Divider:
    """The search for the best division of one page."""

    def __init__(self, signs: StorySigns, weights: Mapping[str, float]) -> None:
        self.signs, self.weights = signs, weights
        self.pieces = signs.pieces
        self.bodies: dict[int, list[float]] = {}
        self.states: dict[int, BodyState] = {}

    def score(self, found: Sequence[tuple[str, float]]) -> float:
        """What signs are worth together."""
        return sum(self.weights[name] * value for name, value in found)

    def best(self) -> list[Division]:
        """The division with the highest score."""
        count = len(self.pieces)
        starts = [i for i in range(count) if self.signs.may_start(i)] + [count]
        reached: list[float] = [0.0] + [NEVER] * (len(starts) - 1)
        came: list[tuple[int, Division] | None] = [None] * len(starts)
        opening = [self.score(self.signs.boundary(i)) if i < count else 0.0 for i in starts]
        for b in range(1, len(starts)):
            for a in range(b - 1, -1, -1):
                first, last = starts[a], starts[b]
                if last - first > REACH and b - a > 1:
                    break
                score, division = self.story(first, last)
                score += reached[a] + opening[a]
                if came[b] is None or score > reached[b]:
                    reached[b], came[b] = score, (a, division)
        found: list[Division] = []
        at = len(starts) - 1
        while at > 0:
            step = came[at]
            assert step is not None
            at = step[0]
            found.append(step[1])
        return found[::-1]

    def story(self, first: int, last: int) -> tuple[float, Division]:
        """The best reading of blocks ``[first, last)`` as one story."""
        plain = self.body(first, last) + self.weights["title.none"]
        options = [(plain, Division(first, last, first, first))]
        run = first
        while run < last - 1 and run - first < TITLE_LINES and self.pieces[run].heading:
            run += 1
            score = self.body(run, last) + self.score(self.signs.title(first, run, run, last))
            options.append((score, Division(first, last, first, run)))
        run = last
        while run > first + 1 and last - run < TITLE_LINES and self.pieces[run - 1].heading:
            run -= 1
            score = self.body(first, run) + self.score(self.signs.title(run, last, first, run))
            options.append((score, Division(first, last, run, last)))
        return max(options, key=lambda o: o[0])

    def body(self, first: int, last: int) -> float:
        """The score of blocks ``[first, last)`` as a body, block by block."""
        sums = self.bodies.setdefault(first, [0.0])
        state = self.states.setdefault(first, BodyState())
        while len(sums) <= last - first:
            n = first + len(sums) - 1
            sums.append(sums[-1] + self.score(self.signs.grow(n, first, state)))
        return sums[last - first] + self.score(self.signs.close(first, last))


def signs_of(signs: StorySigns, divisions: Sequence[Division]) -> list[tuple[str, float]]:
    """All signs that speak for or against `divisions`."""
    found: list[tuple[str, float]] = []
    for d in divisions:
        body, end = d.first, d.last
        found += signs.boundary(d.first)
        if d.title_first == d.title_last:
            found.append(("title.none", 1.0))
        else:
            if d.title_first == d.first:
                body = d.title_last
            else:
                end = d.title_first
            found += signs.title(d.title_first, d.title_last, body, end)
        state = BodyState()
        for n in range(body, end):
            found += signs.grow(n, body, state)
        found += signs.close(body, end)
    return found
