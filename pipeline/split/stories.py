"""Which blocks make which story: all divisions of a page weighed against each other.

A story is headline lines, a body and perhaps a credit, with the headline before or after
the body. Each way to cut the page into stories has a score in log odds, made of general
evidence: shared words of headline and body, credits, datelines, page starts, columns. The
best one is found by dynamic programming over the places where a story may begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.split.features import Piece, Vocabulary

NEVER = -1e9
REACH = 90  # blocks that one story may have
TITLE_LINES = 5


@dataclass(frozen=True, slots=True)
class Division:
    """Blocks ``[first, last)`` as one story; the title is ``[title_first, title_last)``."""

    first: int
    last: int
    title_first: int
    title_last: int


def divide(pieces: Sequence[Piece]) -> list[Division]:
    """The best division of `pieces` into stories."""
    if not pieces:
        return []
    weigher = _Weigher(pieces)
    starts = [i for i in range(len(pieces)) if weigher.may_start(i)] + [len(pieces)]
    best: list[float] = [0.0] + [NEVER] * (len(starts) - 1)
    came: list[tuple[int, Division] | None] = [None] * len(starts)
    for b in range(1, len(starts)):
        for a in range(b - 1, -1, -1):
            first, last = starts[a], starts[b]
            if last - first > REACH and b - a > 1:
                break
            score, division = weigher.story(first, last)
            score += best[a] + weigher.boundary(first)
            if score > best[b]:
                best[b], came[b] = score, (a, division)
    found: list[Division] = []
    at = len(starts) - 1
    while at > 0:
        step = came[at]
        assert step is not None
        at = step[0]
        found.append(step[1])
    return found[::-1]


class _Weigher:
    """Scores of stories and of the boundaries between them."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.words = Vocabulary(pieces)
        self.heads: dict[tuple[int, int], tuple[list[float], float]] = {}

    def may_start(self, i: int) -> bool:
        """Whether a story may begin with block i at all."""
        if i == 0:
            return True
        p, above = self.pieces[i], self.pieces[i - 1]
        if p.alone:
            return False
        return (
            p.heading
            or above.heading
            or above.credit is not None
            or p.block.leads
            or p.dateline is not None
            or p.dated
            or p.opens
            or p.block.page != above.block.page
            or (above.stop and abs(p.block.measure - above.block.measure) >= 1.0)
        )

    def boundary(self, i: int) -> float:
        """Log odds that a story begins with block i, whatever the stories are."""
        if i == 0:
            return 0.0
        p, above = self.pieces[i], self.pieces[i - 1]
        score = -2.5
        if above.credit is not None:
            score += 3.0
        if p.block.leads:
            score += 3.0
        if p.dateline is not None:
            score += 3.0
        if p.dated:
            score += 0.5
        if p.opens:
            score += 0.8
        if p.block.gap > 0:
            score += 0.5
        if p.block.page != above.block.page:
            score += 1.5
        if not above.heading and not above.stop and not above.alone:
            score -= 3.0
        body_above = self._body(range(i - 1, -1, -1))
        body_below = self._body(range(i, len(self.pieces)))
        if body_above and body_below:
            if abs(body_above[0].block.measure - body_below[0].block.measure) >= 1.5:
                score += 1.0
            shared = self.words.cohesion(
                frozenset().union(*(x.pairs for x in body_above)),
                frozenset().union(*(x.pairs for x in body_below)),
            )
            score += 1.5 - 8.0 * shared
        return score

    def _body(self, numbers: range) -> list[Piece]:
        """The first two body paragraphs met along `numbers`."""
        found: list[Piece] = []
        for n in numbers:
            p = self.pieces[n]
            if not p.heading and not p.alone:
                found.append(p)
                if len(found) == 2:
                    break
        return found

    def story(self, first: int, last: int) -> tuple[float, Division]:
        """The best reading of blocks ``[first, last)`` as one story."""
        options = [(-4.5 + self._rest(first, last), Division(first, last, first, first))]
        run = first
        while run < last and run - first < TITLE_LINES and self.pieces[run].heading:
            run += 1
            score = self._title(first, run, first, last, run, last)
            options.append((score, Division(first, last, first, run)))
        run = last
        while run > first and last - run < TITLE_LINES and self.pieces[run - 1].heading:
            run -= 1
            score = self._title(run, last, first, last, first, run) - 0.3
            options.append((score, Division(first, last, run, last)))
        return max(options, key=lambda o: o[0])

    def _title(self, a: int, b: int, first: int, last: int, body: int, end: int) -> float:
        """Blocks ``[a, b)`` as the title of the body ``[body, end)``."""
        shares, total = self._shares(a, b)
        score = self._rest(body, end)
        if score <= NEVER / 2:
            return NEVER
        seen: list[float] = []
        for n in range(body, end):
            p = self.pieces[n]
            if not p.heading and not p.alone:
                seen.append(shares[n])
        if total > 0:
            lead = min(1.0, sum(seen[:2]) / total)
            score += 5.0 * (lead - 0.35) + 2.0 * sum(s / total - 0.08 for s in seen[:12])
        else:
            score -= 1.0
        length = sum(len(p.text) for p in self.pieces[a:b])
        score -= 0.1 * max(0, length - 42) + 1.0 * max(0, b - a - 3) + (length < 5)
        score += self._closed(a, b)
        return score

    def _closed(self, a: int, b: int) -> float:
        """Whether the heading lines ``[a, b)`` stand together and apart from other headings."""
        inside = max((self.pieces[n].block.gap for n in range(a + 1, b)), default=-1)
        score = 0.0
        if b < len(self.pieces) and self.pieces[b].heading:
            score += 1.5 if self._apart(b, inside) else -1.5
        if a > 0 and self.pieces[a - 1].heading:
            score += 1.5 if self._apart(a, inside) else -1.5
        if a + 1 < b and inside > min(self.pieces[n].block.gap for n in range(a + 1, b)):
            score -= 1.0
        return score

    def _apart(self, n: int, inside: int) -> bool:
        """Whether block n stands further from the one above than the lines of a heading do."""
        block = self.pieces[n].block
        return block.gap > inside or block.leads or block.page != self.pieces[n - 1].block.page

    def _shares(self, a: int, b: int) -> tuple[list[float], float]:
        """What headline ``[a, b)`` shares with each block, and the most it could share."""
        known = self.heads.get((a, b))
        if known is None:
            head = frozenset().union(*(p.pairs for p in self.pieces[a:b]))
            shares = [self.words.affinity(head, p) for p in self.pieces]
            total = sum(self.words.weight(x) for x in head)
            known = self.heads[a, b] = shares, total
        return known

    def _rest(self, body: int, end: int) -> float:
        """Blocks ``[body, end)`` as the body of a story, with sub-headings, box and credit."""
        score = 0.0
        paragraphs = subheads = after = credits = 0
        closed = False
        for n in range(body, end):
            p = self.pieces[n]
            if p.heading:
                new = n == body or not self.pieces[n - 1].heading
                score -= (1.5 if not subheads else 0.6) * new + 0.4 * (not new)
                score -= 2.0 * closed + 1.0 * (n == body)
                subheads += new
                continue
            if not p.alone:
                paragraphs += 1
                if closed:
                    after += 1
                    score -= 2.5 if after == 1 else 0.5
                if not p.stop and n + 1 < end:
                    score -= 0.5
            if p.credit is not None:
                credits += 1
                byline = p.alone and not paragraphs
                closed = closed or not byline
        if not paragraphs:
            return NEVER
        if end > body and self.pieces[end - 1].heading:
            score -= 6.0
        if self.pieces[end - 1].credit is None and not self.pieces[end - 1].stop:
            score -= 2.0
        return score - 4.0 * max(0, credits - 1 - (credits > 1 and self._byline(body)))

    def _byline(self, body: int) -> bool:
        return self.pieces[body].alone
