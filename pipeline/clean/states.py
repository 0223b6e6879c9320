"""Which lines of a page a damaged font has hit: two states a line, smoothed along the page.

Damage hits a font, so runs of lines share it, but a headline, a credit or the digits alone
may be damaged on a page that is otherwise good. Each group of marks has its own states.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from pipeline.clean.evidence import Candidate, Squeezed

MOST = 6.0  # one candidate never says more than this
LEAST = 1.0  # nor does it count when it says less
CLEAN = -5.0  # what a mark that is not damaged says
SWITCH = -3.5  # what a change of state costs
REACH = 6  # lines without evidence between two lines that are smoothed together
ENOUGH = 9.0  # what a run of damaged lines must amount to
STRONG = 3.0  # candidates that prove damage say at least this
LONE = 7.0  # in a line without any other mark, such as a headline
_WHOLE = re.compile("[，。、；：0-9０-９]")
ALONE = 4.5  # and a single one on a page that is damaged elsewhere this


class Group(Struct, frozen=True):
    """Marks that share a font: their `hanzi`, and the marks that show the font is whole."""

    hanzi: frozenset[str]
    whole: re.Pattern[str]
    digits: bool

    def certain(self, clues: Sequence[Candidate]) -> bool:
        """Whether the candidates of a run of lines prove damage by themselves."""
        strong = [c for c in clues if c.odds > STRONG]
        if self.digits:
            return any(n >= 3 for n in _chains(strong)) or (
                sum(n >= 2 for n in _chains(strong)) >= 2 and len({c.hanzi for c in strong}) >= 3
            )
        return len({c.hanzi for c in strong}) >= 2 and sum(c.odds for c in strong) > ENOUGH

    def likely(self, clues: Sequence[Candidate]) -> bool:
        """Whether they prove it on a page that is damaged elsewhere."""
        if self.digits:
            return any(n >= 2 for n in _chains([c for c in clues if c.odds > STRONG])) or any(
                c.odds > ALONE for c in clues
            )
        return False


def damaged_lines(
    page: Squeezed,
    candidates: Iterable[Candidate],
    group: Group,
    others: frozenset[int] = frozenset(),
) -> frozenset[int]:
    """The numbers of the lines whose marks of `group` are damaged.

    `others` are lines where marks of another group are known to be damaged.
    """
    evidence: defaultdict[int, float] = defaultdict(float)
    seen: defaultdict[int, list[Candidate]] = defaultdict(list)
    for c in candidates:
        if c.hanzi in group.hanzi and c.odds > LEAST:
            n = page.line(c.at)
            evidence[n] += min(c.odds, MOST)
            seen[n].append(c)
    found: set[int] = set()
    perhaps: list[range] = []
    for first, last in _clusters(sorted(evidence)):
        a, b = max(0, first - REACH), min(len(page.lines), last + REACH + 1)
        # Where other marks are damaged and no figure is whole, little evidence is enough.
        span = page.span(a)[0], page.span(b - 1)[1]
        lent = 0.0 if group.whole.search(page.text, *span) else 3.0
        scores = []
        for n in range(a, b):
            score = evidence.get(n, 0.0)
            whole = len(group.whole.findall(page.text, *page.span(n)))
            scores.append(
                score + CLEAN * min(whole, 4) + (1.0 + lent if n in others and score else 0.0)
            )
        for x, y in _runs(scores):
            lines = range(a + x, a + y)
            clues = [c for n in lines for c in seen[n]]
            if others.intersection(lines) or group.certain(clues):
                found.update(lines)
            elif group.likely(clues):
                perhaps.append(lines)
    if found or others:
        found.update(n for lines in perhaps for n in lines)
        for n, clues in seen.items():
            most = max((c.odds for c in clues), default=0.0)
            if most > LONE and not _WHOLE.search(page.text, *page.span(n)):
                found.add(n)
    return frozenset(found)


def _chains(clues: Sequence[Candidate]) -> list[int]:
    """The lengths of the chains that `clues` form."""
    lengths: list[int] = []
    last = -2
    for c in clues:
        if c.at == last + 1:
            lengths[-1] += 1
        else:
            lengths.append(1)
        last = c.at
    return lengths


def _clusters(lines: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Lines at most REACH apart, as (first, last)."""
    first = last = -1
    for n in lines:
        if first >= 0 and n - last > REACH:
            yield first, last
            first = n
        elif first < 0:
            first = n
        last = n
    if first >= 0:
        yield first, last


def _runs(scores: Sequence[float]) -> Iterator[tuple[int, int]]:
    """The damaged runs of the likeliest sequence of states (Viterbi), as half-open spans."""
    good, bad = 0.0, SWITCH
    back: list[tuple[bool, bool]] = []
    for score in scores:
        from_bad, from_good = bad + SWITCH > good, good + SWITCH > bad
        back.append((from_bad, from_good))
        good, bad = (
            bad + SWITCH if from_bad else good,
            (good + SWITCH if from_good else bad) + score,
        )
    state = bad + SWITCH > good
    end = len(scores) if state else 0
    for k in range(len(scores) - 1, -1, -1):
        if state:
            if back[k][1]:
                yield k, end
                state = False
        elif back[k][0]:
            state, end = True, k
    if state:
        yield 0, end
