"""Which blocks make which story: all divisions of a page weighed against each other.

A story is headline lines, a body and perhaps a credit, with the headline before or after
the body. Each way to cut the page into stories has a score made of weighted signs (see
`signs.py`): shared words of headline and body, credits, datelines, page starts, columns.
The best one is found by dynamic programming over the places where a story may begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from pipeline.split.features import Piece
from pipeline.split.signs import REACH, BodyState, Headline, StorySigns
from pipeline.split.weights import WEIGHTS

NEVER = -1e9
TITLE_LINES = 5
AHEAD = 16  # blocks by which a body is scored in advance


class Division(Struct, frozen=True):
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


class Head(Struct, frozen=True):
    """A headline of blocks ``[first, last)``: its worth whatever the body, the most it may add."""

    first: int
    last: int
    shape: Headline
    worth: float
    most: float


class Divider:
    """The search for the best division of one page."""

    def __init__(self, signs: StorySigns, weights: Mapping[str, float]) -> None:
        self.signs, self.weights = signs, weights
        self.pieces = signs.pieces
        self.bodies: dict[int, tuple[list[float], list[float], BodyState]] = {}
        self.steps: dict[tuple[int, bool, BodyState], tuple[float, BodyState]] = {}
        ends = range(1, len(self.pieces) + 1)
        self.closing = [0.0, *(self.score(signs.last(end)) for end in ends)]

    def score(self, found: Iterable[tuple[str, float]]) -> float:
        """What signs are worth together."""
        return sum([self.weights[name] * value for name, value in found])

    def best(self) -> list[Division]:
        """The division with the highest score."""
        count = len(self.pieces)
        starts = [i for i in range(count) if self.signs.may_start(i)] + [count]
        reached: list[float] = [0.0] + [NEVER] * (len(starts) - 1)
        came: list[tuple[int, Division] | None] = [None] * len(starts)
        opening = [self.score(self.signs.boundary(i)) if i < count else 0.0 for i in starts]
        above = [self._before(i) for i in starts]
        for b in range(1, len(starts)):
            last = starts[b]
            below = self._after(last)
            for a in range(b - 1, -1, -1):
                first = starts[a]
                if last - first > REACH and b - a > 1:
                    break
                base = reached[a] + opening[a]
                found = self._story(first, last, (above[a], below), reached[b] - base)
                if found is not None:
                    reached[b], came[b] = found[0] + base, (a, found[1])
        chain: list[Division] = []
        at = len(starts) - 1
        while at > 0:
            step = came[at]
            assert step is not None
            at = step[0]
            chain.append(step[1])
        return chain[::-1]

    def _before(self, first: int) -> list[Head]:
        """The headlines that a story may have that begins with block `first`."""
        run, found = first, []
        while run < len(self.pieces) and run - first < TITLE_LINES and self.pieces[run].heading:
            run += 1
            found.append(self._head(first, run, "title.before"))
        return found

    def _after(self, last: int) -> list[Head]:
        """The headlines that may stand below a story that ends before block `last`."""
        run, found = last, []
        while run > 0 and last - run < TITLE_LINES and self.pieces[run - 1].heading:
            run -= 1
            found.append(self._head(run, last, "title.after"))
        return found

    def _head(self, a: int, b: int, place: str) -> Head:
        head, w = self.signs.headline(a, b), self.weights
        most = len(head.lines) * max(w["title.line-here"], w["title.line-elsewhere"])
        most += len(head.weak) * max(w["title.weak-here"], w["title.weak-elsewhere"])
        if head.total > 0:
            most += max(w["title.best"], w["title.best-elsewhere"]) + max(0.0, w["title.lead"])
            most += max(0.0, w["title.all"]) * head.shared[-1] / head.total
        return Head(a, b, head, self.score(head.shape) + w[place], most)

    def _story(
        self, first: int, last: int, heads: tuple[Sequence[Head], Sequence[Head]], floor: float
    ) -> tuple[float, Division] | None:
        """The best reading of blocks ``[first, last)`` as one story, if it is worth over `floor`.

        `heads` may stand above it and below it.
        """
        best: Division | None = None
        score = self._body(first, last) + self.weights["title.none"]
        if score > floor:
            floor, best = score, Division(first, last, first, first)
        for head in heads[0]:
            if head.last >= last:
                break
            score = self._body(head.last, last) + head.worth
            if score + head.most > floor:
                score += self._fit(head.shape, head.last, last)
                if score > floor:
                    floor, best = score, Division(first, last, first, head.last)
        for head in heads[1]:
            if head.first <= first:
                break
            score = self._body(first, head.first) + head.worth
            if score + head.most > floor:
                score += self._fit(head.shape, first, head.first)
                if score > floor:
                    floor, best = score, Division(first, last, head.first, last)
        return None if best is None else (floor, best)

    def _fit(self, head: Headline, body: int, end: int) -> float:
        """What a headline is worth for the body ``[body, end)`` beyond its own worth."""
        return self.score(self.signs.fit(head, body, end))

    def _body(self, first: int, last: int) -> float:
        """The score of blocks ``[first, last)`` as a body, block by block."""
        known = self.bodies.get(first)
        if known is None or len(known[0]) <= last - first:
            known = self._grown(first, last)
        if self.signs.rank[first] == self.signs.rank[last]:
            return known[0][last - first] + self.weights["body.empty"]
        return known[0][last - first] + known[1][last - first] + self.closing[last]

    def _grown(self, first: int, last: int) -> tuple[list[float], list[float], BodyState]:
        """The scores of the bodies that begin with block `first`, past the one before `last`, and
        what is added where each ends.
        """
        sums, ends, state = self.bodies.get(first, ([0.0], [0.0], BodyState()))
        for n in range(first + len(sums) - 1, min(last + AHEAD, len(self.pieces))):
            key = n, n == first, state
            step = self.steps.get(key)
            if step is None:
                found, grown = self.signs.grow(*key)
                step = self.steps[key] = self.score(found), grown
            sums.append(sums[-1] + step[0])
            state = step[1]
            ends.append(self.score(self.signs.lone(state)))
        known = self.bodies[first] = sums, ends, state
        return known


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
            grown, state = signs.grow(n, n == body, state)
            found += grown
        found += signs.close(body, end, state)
    return found
