"""The evidence for dividing a page into stories.

Each sign is a name and a value; `weights.py` says how much each counts, in log odds.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.split.features import Piece, Vocabulary

# 一、综合 and 3. 养老, but not 1.3万人避险
NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十0-9]{1,2}(?:[）)、．]|\.(?![0-9]))")
PLACED = re.compile(r"[\u4e00-\u9fff]{2,6}[：:](?=.{4})")  # 清河县：路灯亮了
DASHES = ("—", "－", "-")  # ——访县农业局: goes on with the headline above
BYLINES = frozenset({"credits:byline", "credits:names"})

Signs = list[tuple[str, float]]
REACH = 90  # blocks that one story may have
NEAR = 6  # blocks below a sub-heading where the next one stands
FEW = 45  # blocks on a page where any of them may begin a story


class BodyState(NamedTuple):
    """What a body has had so far: runs of `headings`, at most two; paragraphs after its credit
    are `boxes`.
    """

    paragraphs: bool = False
    headings: int = 0
    credits: bool = False
    boxes: bool = False
    closed: bool = False
    measure: float = 0.0


class Headline(NamedTuple):
    """What blocks taken as a headline say by themselves, and share with the paragraphs.

    `shared` adds up what the paragraphs from the one with rank `origin` on have of the
    weight of its words, `total`; `best` is the block that has most, `lines` that of each line,
    `weak` that of each line which shares a single pair of characters with it.
    """

    shape: Signs
    shared: list[float]
    origin: int
    total: float
    best: int
    lines: tuple[int, ...]
    weak: tuple[int, ...]


class StorySigns:
    """The signs of all divisions of one page."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = list(pieces)
        self.words = Vocabulary(pieces)
        self.heads: dict[tuple[int, int], Headline] = {}
        self.borders: dict[int, Signs] = {}
        self.closest = self._closest()
        self.bylined = self._bylined()
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
            ("start.byline", self.bylined[i]),
            ("start.opens-below", p.heading and self._opens_below(i)),
            ("start.briefs", p.briefs),
            ("start.numbered", p.heading and NUMBERED.match(p.text) is not None),
            ("start.open", not above.heading and not above.stop and not above.alone),
        ):
            if holds:
                found.append((name, 1.0))
        if len(found) == 1 and not p.heading:
            found.append(("start.plain", 1.0))
        return [*found, *self._between(self.rank[i])]

    def _opens_below(self, i: int) -> bool:
        """Whether the paragraph under the heading lines from block i on opens as a story does."""
        for p in self.pieces[i + 1 : i + 1 + NEAR]:
            if not p.heading:
                return p.opens or p.dateline is not None
        return False

    def _between(self, rank: int) -> Signs:
        """What the two body paragraphs before and the two from the one with `rank` on say.

        It is the same for all blocks of a run of headings, and found once.
        """
        known = self.borders.get(rank)
        if known is not None:
            return known
        found = self.borders[rank] = []
        up = [self.pieces[n] for n in self.prose[max(0, rank - 2) : rank]]
        down = [self.pieces[n] for n in self.prose[rank : rank + 2]]
        if up and down:
            if abs(up[-1].block.measure - down[0].block.measure) >= 1.5:
                found.append(("start.measure", 1.0))
            shared = self.words.cohesion(
                frozenset().union(*(x.pairs for x in up)),
                frozenset().union(*(x.pairs for x in down)),
            )
            found.append(("start.cohesion", min(shared, 0.5)))
        return found

    def title(self, a: int, b: int, body: int, end: int) -> Signs:
        """Blocks ``[a, b)`` as the title of the body ``[body, end)``."""
        head = self.headline(a, b)
        place = "title.before" if a < body else "title.after"
        return [*head.shape, (place, 1.0), *self.fit(head, body, end)]

    def fit(self, head: Headline, body: int, end: int) -> Signs:
        """How well the words of a headline fit the body ``[body, end)``."""
        found: Signs = []
        if head.total > 0:
            lead, whole = self._shares(head, body, end)
            found.append(("title.lead", lead))
            found.append(("title.all", whole))
            at_home = body <= head.best < end
            found.append(("title.best" if at_home else "title.best-elsewhere", 1.0))
        for best in head.lines:
            at_home = body <= best < end
            found.append(("title.line-here" if at_home else "title.line-elsewhere", 1.0))
        for best in head.weak:
            at_home = body <= best < end
            found.append(("title.weak-here" if at_home else "title.weak-elsewhere", 1.0))
        return found

    def _shares(self, head: Headline, body: int, end: int) -> tuple[float, float]:
        """The shares of a headline's words in the first two paragraphs of a body, and in twelve."""
        shared, first, last = head.shared, self.rank[body] - head.origin, self.rank[end]
        last -= head.origin
        base = shared[first]
        lead = (shared[min(last, first + 2)] - base) / head.total
        return min(1.0, lead), (shared[min(last, first + 12)] - base) / head.total

    def headline(self, a: int, b: int) -> Headline:
        """Blocks ``[a, b)`` as a headline, whatever its body."""
        known = self.heads.get((a, b))
        if known is not None:
            return known
        first, last = max(0, a - REACH), min(len(self.pieces), b + REACH)
        words = frozenset().union(*(p.pairs for p in self.pieces[a:b]))
        shares = self.words.affinities(words, first, last)
        total = self.words.total(words)
        origin = self.rank[first]
        prose = self.prose[origin : self.rank[last]]
        shared = list(itertools.accumulate((shares.get(n, 0.0) for n in prose), initial=0.0))
        lines: list[int] = []
        weak: list[int] = []
        for n in range(a, b):
            near = (
                shares if b - a == 1 else self.words.affinities(self.pieces[n].pairs, first, last)
            )
            best = _most(near)
            if best >= 0:
                common = len(self.pieces[n].pairs & self.pieces[best].pairs)
                (lines if common > 1 else weak).append(best)
        shape = self._shape(a, b)
        if total <= 0:
            shape.append(("title.strange", 1.0))
        known = Headline(shape, shared, origin, total, _most(shares), tuple(lines), tuple(weak))
        self.heads[a, b] = known
        return known

    def _shape(self, a: int, b: int) -> Signs:
        """Blocks ``[a, b)`` as a title, whatever its body."""
        found: Signs = []
        length = sum(len(p.text) for p in self.pieces[a:b])
        for name, value in (
            ("title.lines", float(b - a - 1)),
            ("title.too-long", 0.1 * max(0, length - 42)),
            ("title.many-lines", float(max(0, b - a - 3))),
            ("title.tiny", float(length < 5)),
            ("title.gap-inside", any(self._apart(n) for n in range(a + 1, b))),
            ("title.dash", any(p.text.startswith(DASHES) for p in self.pieces[a + 1 : b])),
            ("title.dash-first", self.pieces[a].text.startswith(DASHES)),
            ("title.stub", b - a > 1 and self._stub(b - 1)),
            ("title.sub-heading", b - a > 1 and self._like_next(b - 1)),
            ("title.numbered", any(NUMBERED.match(p.text) for p in self.pieces[a + 1 : b])),
            ("title.place", any(PLACED.match(p.text) for p in self.pieces[a + 1 : b])),
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
        return found

    def _crosses(self, n: int) -> bool:
        """Whether the characters at the break above block n stand together in a body."""
        return self.pieces[n - 1].text[-1] + self.pieces[n].text[0] in self.words.weights

    def _stub(self, n: int) -> bool:
        """Whether heading line n is much shorter than the one above it."""
        return len(self.pieces[n].text) <= 6 and len(self.pieces[n - 1].text) >= 10

    def _like_next(self, n: int) -> bool:
        """Whether heading line n is short and just as long as the next heading below a body."""
        length = len(self.pieces[n].text)
        for p in self.pieces[n + 1 : n + 1 + NEAR]:
            if p.heading:
                return length <= 8 and len(p.text) == length and not self.pieces[n + 1].heading
        return False

    def _apart(self, n: int) -> bool:
        """Whether heading line n stands further from the one above than others around it do,
        or begins as a heading of its own does.
        """
        block = self.pieces[n].block
        if NUMBERED.match(self.pieces[n].text) or PLACED.match(self.pieces[n].text):
            return True
        if self.pieces[n].text.startswith(DASHES):
            return False
        if block.leads or block.gap > 0 or block.page != self.pieces[n - 1].block.page:
            return True
        return block.gap > self.closest[n]

    def _bylined(self) -> list[bool]:
        """For each block, whether it opens a run of heading lines over the names of writers."""
        found = [False] * len(self.pieces)
        for n, p in enumerate(self.pieces):
            if n and p.alone and p.credit is not None and p.credit.rule in BYLINES:
                first = n
                while first and self.pieces[first - 1].heading:
                    first -= 1
                found[first] = first < n
        return found

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

    def grow(self, n: int, top: bool, state: BodyState) -> tuple[Signs, BodyState]:
        """Block n as the next block of a body, or the `top` one, and what the body then had."""
        p = self.pieces[n]
        if p.heading:
            fresh = top or not self.pieces[n - 1].heading
            runs = min(2, state.headings + fresh)
            return self._grow_heading(n, top, state), state._replace(headings=runs)
        found: Signs = []
        if not p.alone:
            if state.closed:
                found.append(("body.box-more" if state.boxes else "body.box", 1.0))
            if not top:
                if p.dateline is not None:
                    found.append(("body.dateline-inside", 1.0))
                if p.block.leads:
                    found.append(("body.leads-inside", 1.0))
                apart = abs(state.measure - p.block.measure) >= 1.5
                if state.measure and not state.closed and apart:
                    found.append(("body.measure", 1.0))
            state = state._replace(
                paragraphs=True, boxes=state.closed, measure=float(p.block.measure)
            )
        if p.credit is not None:
            if p.alone and not state.paragraphs:
                found.append(("body.byline", 1.0))
            else:
                if state.credits:
                    found.append(("body.second-credit", 1.0))
                state = state._replace(credits=True, closed=True)
        return found, state

    def _grow_heading(self, n: int, top: bool, state: BodyState) -> Signs:
        found: Signs = []
        if top or not self.pieces[n - 1].heading:
            found.append(("body.heading" if state.headings else "body.first-heading", 1.0))
        else:
            found.append(("body.heading-line", 1.0))
        for name, holds in (
            ("body.heading-on-top", top),
            ("body.heading-after-credit", state.closed),
            ("body.leads-inside", self.pieces[n].block.leads),
        ):
            if holds:
                found.append((name, 1.0))
        return found

    def close(self, body: int, end: int, state: BodyState) -> Signs:
        """The body ``[body, end)`` as ending here, with what it had."""
        if self.rank[body] == self.rank[end]:
            return [("body.empty", 1.0)]
        return [*self.last(end), *self.lone(state)]

    def lone(self, state: BodyState) -> Signs:
        """What a body that ends with `state` says by its sub-headings: they come in numbers."""
        return [("body.lone-heading", 1.0)] if state.headings == 1 else []

    def last(self, end: int) -> Signs:
        """The block before `end` as the last of a body."""
        last = self.pieces[end - 1]
        if last.heading:
            return [("body.ends-with-heading", 1.0)]
        if last.credit is not None:
            return [("body.ends-with-credit", 1.0)]
        return [] if last.stop else [("body.ends-open", 1.0)]


def _most(shares: Mapping[int, float]) -> int:
    """The first block with the largest share, -1 where there is none."""
    most = max(shares.values(), default=0.0) - 1e-9  # sums of the same weights in any order
    return min((n for n, share in shares.items() if share >= most), default=-1)
