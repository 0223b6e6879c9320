"""The evidence for dividing a page into stories.

Each sign is a name and a value; `weights.py` says how much each counts, in log odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.split.features import Piece, Vocabulary

Signs = list[tuple[str, float]]
REACH = 90  # blocks that one story may have
FEW = 45  # blocks on a page where any of them may begin a story


@dataclass(slots=True)
class BodyState:
    """What a body has had so far."""

    paragraphs: int = 0
    headings: int = 0
    credits: int = 0
    after: int = 0
    closed: bool = False
    measure: float = 0.0


class StorySigns:
    """The signs of all divisions of one page."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = list(pieces)
        self.words = Vocabulary(pieces)
        self.heads: dict[tuple[int, int], tuple[list[float], float, int]] = {}
        self.shapes: dict[tuple[int, int], Signs] = {}
        self.closest = self._closest()
        self.prose = [n for n, p in enumerate(pieces) if not p.heading and not p.alone]
        self.rank = [0]
        for p in pieces:
            self.rank.append(self.rank[-1] + (not p.heading and not p.alone))
        bodies = [self.pieces[n] for n in self.prose]
        spaced = sum(p.block.gap > 0 for p in bodies)
        self.tight = spaced <= 0.4 * len(bodies)

    def may_start(self, i: int) -> bool:
        """Whether a story may begin with block i at all."""
        if i == 0:
            return True
        p, above = self.pieces[i], self.pieces[i - 1]
        if p.alone:
            return False
        if p.heading or above.heading or above.credit is not None or p.block.leads:
            return True
        if len(self.pieces) <= FEW and above.stop:
            return True
        return (
            p.dateline is not None
            or p.dated
            or p.opens
            or p.block.gap > (0 if self.tight else 1)
            or p.block.page != above.block.page
            or (above.stop and abs(p.block.measure - above.block.measure) >= 1.0)
        )

    def boundary(self, i: int) -> Signs:
        """A story that begins with block i, whatever the stories are."""
        if i == 0:
            return []
        p, above = self.pieces[i], self.pieces[i - 1]
        found: Signs = [("start.heading" if p.heading else "start.body", 1.0)]
        for name, holds in (
            ("start.after-credit", above.credit is not None),
            ("start.after-heading", above.heading),
            ("start.leads", p.block.leads),
            ("start.dateline", p.dateline is not None),
            ("start.dated", p.dated),
            ("start.opens", p.opens),
            ("start.gap", p.block.gap > (0 if self.tight else 1)),
            ("start.page", p.block.page != above.block.page),
            ("start.open", not above.heading and not above.stop and not above.alone),
        ):
            if holds:
                found.append((name, 1.0))
        if len(found) == 1 and not p.heading:
            found.append(("start.plain", 1.0))
        up = self._body(range(i - 1, -1, -1))
        down = self._body(range(i, len(self.pieces)))
        if up and down:
            if abs(up[0].block.measure - down[0].block.measure) >= 1.5:
                found.append(("start.measure", 1.0))
            shared = self.words.cohesion(
                frozenset().union(*(x.pairs for x in up)),
                frozenset().union(*(x.pairs for x in down)),
            )
            found.append(("start.cohesion", min(shared, 0.5)))
        return found

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

    def title(self, a: int, b: int, body: int, end: int) -> Signs:
        """Blocks ``[a, b)`` as the title of the body ``[body, end)``."""
        shares, total, best = self._shares(a, b)
        found = list(self._shape(a, b))
        found.append(("title.before" if a < body else "title.after", 1.0))
        if total > 0:
            seen = [shares[n] for n in self.prose[self.rank[body] : self.rank[end]][:12]]
            found.append(("title.lead", min(1.0, sum(seen[:2]) / total)))
            found.append(("title.all", sum(seen) / total))
            found.append(("title.best" if body <= best < end else "title.best-elsewhere", 1.0))
        else:
            found.append(("title.strange", 1.0))
        for n in range(a, b):
            _, _, best = self._shares(n, n + 1)
            if len(self.pieces[n].pairs & self.pieces[best].pairs) > 1:
                at_home = body <= best < end
                found.append(("title.line-here" if at_home else "title.line-elsewhere", 1.0))
        return found

    def _shape(self, a: int, b: int) -> Signs:
        """Blocks ``[a, b)`` as a title, whatever its body."""
        known = self.shapes.get((a, b))
        if known is not None:
            return known
        found: Signs = []
        length = sum(len(p.text) for p in self.pieces[a:b])
        for name, value in (
            ("title.lines", float(b - a - 1)),
            ("title.too-long", 0.1 * max(0, length - 42)),
            ("title.many-lines", float(max(0, b - a - 3))),
            ("title.tiny", float(length < 5)),
            ("title.gap-inside", any(self._apart(n) for n in range(a + 1, b))),
            ("title.phrase", sum(self._crosses(n) for n in range(a + 1, b))),
        ):
            if value:
                found.append((name, float(value)))
        for n in (a, b):
            if 0 < n < len(self.pieces) and self.pieces[n - 1].heading and self.pieces[n].heading:
                apart = self._apart(n)
                found.append(("title.apart" if apart else "title.torn", 1.0))
                if not apart and self._crosses(n):
                    found.append(("title.torn-phrase", 1.0))
        self.shapes[a, b] = found
        return found

    def _crosses(self, n: int) -> bool:
        """Whether the characters at the break above block n stand together in a body."""
        return self.words.counts[self.pieces[n - 1].text[-1] + self.pieces[n].text[0]] > 0

    def _apart(self, n: int) -> bool:
        """Whether heading line n stands further from the one above than others around it do."""
        block = self.pieces[n].block
        if block.leads or block.gap > 0 or block.page != self.pieces[n - 1].block.page:
            return True
        return block.gap > self.closest[n]

    def _closest(self) -> list[int]:
        """For each block, the smallest gap between two lines of its run of heading lines."""
        closest = [p.block.gap for p in self.pieces]
        first = 0
        for n in range(1, len(self.pieces) + 1):
            if n < len(self.pieces) and self.pieces[n].heading and self.pieces[n - 1].heading:
                continue
            inner = [self.pieces[m].block.gap for m in range(first + 1, n)]
            closest[first:n] = [min(inner, default=0)] * (n - first)
            first = n
        return closest

    def _shares(self, a: int, b: int) -> tuple[list[float], float, int]:
        """What headline ``[a, b)`` shares with each block, the most it could, the best block."""
        known = self.heads.get((a, b))
        if known is None:
            head = frozenset().union(*(p.pairs for p in self.pieces[a:b]))
            shares = [0.0] * len(self.pieces)
            for n in range(max(0, a - REACH), min(len(shares), b + REACH)):
                p = self.pieces[n]
                if not p.heading and not p.alone:
                    shares[n] = self.words.affinity(head, p)
            total = sum(self.words.weight(x) for x in head)
            best = max(range(len(shares)), key=lambda n: shares[n], default=-1)
            known = self.heads[a, b] = shares, total, best
        return known

    def grow(self, n: int, body: int, state: BodyState) -> Signs:
        """Block n as the next block of the body that begins with block `body`."""
        p = self.pieces[n]
        found: Signs = []
        if p.heading:
            if n == body or not self.pieces[n - 1].heading:
                found.append(("body.heading" if state.headings else "body.first-heading", 1.0))
                state.headings += 1
            else:
                found.append(("body.heading-line", 1.0))
            if n == body:
                found.append(("body.heading-on-top", 1.0))
            if state.closed:
                found.append(("body.heading-after-credit", 1.0))
            if p.block.leads:
                found.append(("body.leads-inside", 1.0))
            return found
        if not p.alone:
            state.paragraphs += 1
            if state.closed:
                state.after += 1
                found.append(("body.box" if state.after == 1 else "body.box-more", 1.0))
            if n > body:
                if p.dateline is not None:
                    found.append(("body.dateline-inside", 1.0))
                if p.block.leads:
                    found.append(("body.leads-inside", 1.0))
                if (
                    state.measure
                    and not state.closed
                    and abs(state.measure - p.block.measure) >= 1.5
                ):
                    found.append(("body.measure", 1.0))
            state.measure = p.block.measure
        if p.credit is not None:
            if not (p.alone and not state.paragraphs):
                if state.credits:
                    found.append(("body.second-credit", 1.0))
                state.credits += 1
                state.closed = True
            else:
                found.append(("body.byline", 1.0))
        return found

    def close(self, body: int, end: int) -> Signs:
        """The body ``[body, end)`` as ending here."""
        if self.rank[body] == self.rank[end]:
            return [("body.empty", 1.0)]
        last = self.pieces[end - 1]
        if last.heading:
            return [("body.ends-with-heading", 1.0)]
        if last.credit is not None:
            return [("body.ends-with-credit", 1.0)]
        return [] if last.stop else [("body.ends-open", 1.0)]
