"""How wide the column of each printed line is, and where a line may be broken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.clean.lines import Line

WIDEST = 50.0  # no printed column is wider; longer lines are whole paragraphs
UNWRAPPED = 4.0  # room that lines of a text without columns are taken to leave
FITS = 0.8  # how far a line that fills its column may stay below or above its width
NARROWER = 2.5  # a column that narrows does so by this at least
LONGEST_RUN = 40  # lines beside a box
LOST = 1.5  # room that a first line leaves at least whose indent was lost
SHIFT = 1.0  # by how much the columns of two stories differ, where they do
REACH = 8  # lines above and below by which a column is measured
TOKEN = re.compile(r"(?:[0-9A-Za-z.%‰/+:-]+|[“《（‘「『(]?.)[，。、；：？！”’）》」』)%‰]*")
NARROW = re.compile(r"[!-~]")


class Columns:
    """How wide the lines of one page may be, and how they fill that."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.measures, self.ragged = column_measures(lines)
        self.narrow = [False] * len(lines)
        for first, last, width in list(narrow_runs(lines, self.measures)):
            self.measures[first:last] = [width] * (last - first)
            self.narrow[first:last] = [True] * (last - first)
        self.wide = [self._wide(n) for n in range(len(lines))]

    def _wide(self, n: int) -> float:
        """The width of line n if a line near it is about as wide, else 0."""
        own = self.lines[n].width + self.lines[n].indent
        if own > WIDEST or self.lines[n].loose:
            return 0.0
        for x in (*self.lines[max(0, n - 3) : n], *self.lines[n + 1 : n + 4]):
            if not x.loose and -2.2 <= x.width + x.indent - own <= 2.2:
                return own
        return 0.0

    def full(self, n: int, reach: int) -> float:
        """The width of the widest line within `reach` lines that is not wide by itself."""
        if self.ragged[n] or self.narrow[n]:
            return self.measures[n]
        return max(self.wide[max(0, n - reach) : n + reach + 1]) or self.measures[n]

    def slack(self, n: int, reach: int) -> float:
        """How much room line n leaves although the next line's first piece would fit.

        The room is that of the widest line within `reach` lines: columns narrow and widen.
        """
        line = self.lines[n]
        if line.loose:
            return 0.0
        if line.width > WIDEST:
            return UNWRAPPED
        room = self.full(n, reach) - line.width - line.indent
        if n + 1 == len(self.lines):
            return max(room, 3.0)
        return room - token_width(self.lines[n + 1])

    def falls_short(self, n: int) -> bool:
        """Whether line n leaves room beside the lines above and beside those below it."""
        if n + 1 >= len(self.lines) or self.fill(n) != "short":
            return False
        above, below = self.wide[max(0, n - 2) : n + 1], self.wide[n : n + 3]
        room = min(max(above), max(below)) - self.lines[n].width
        return room - token_width(self.lines[n + 1]) > FITS

    def shifts(self, n: int, below: int) -> bool:
        """Whether the lines above line n fill another column than those from line `below` on."""
        up = max(self.wide[max(0, n - 4) : n], default=0.0)
        down = max(self.wide[below : below + 4], default=0.0)
        return bool(up and down) and abs(up - down) >= SHIFT

    def sticks_out(self, n: int) -> bool:
        """Whether line n is wider than the two below it, which no first line is."""
        below = self.lines[n + 1 : n + 3]
        return len(below) == 2 and all(
            self.lines[n].width + self.lines[n].indent > x.width + x.indent + 1.0 for x in below
        )

    def fill(self, n: int) -> str:
        """How line n fills its column, but for an indent that may have been lost.

        `short`: as a first line that lost its indent does and no other; `full`: as any line but
        such a one; `shortish`: as both do.
        """
        if n + 1 >= len(self.lines) or self.lines[n].loose:
            return ""
        token = token_width(self.lines[n + 1])
        least = self.full(n, 1) - self.lines[n].width
        most = self.full(n, 2) - self.lines[n].width
        if any(room >= LOST and room - token <= 2.9 for room in (least, most)):
            return "shortish" if least - token <= FITS else "short"
        return "full" if least - token <= FITS and most < LOST else ""


def column_measures(lines: Sequence[Line]) -> tuple[list[float], list[bool]]:
    """The width of the column of each line: that of the lines above it, or of those below.

    Each is the widest width that several of a few lines share; the one nearer to the line
    itself is taken, since a column may narrow or widen there. Where no lines agree the text
    was not wrapped, and every line leaves room: the second list says so.
    """
    widths = [0.0 if line.loose else line.width + line.indent for line in lines]
    windows: dict[tuple[int, int], float] = {}

    def full(first: int, last: int) -> float:
        window = max(0, first), min(last, len(widths))
        if window not in windows:
            windows[window] = _full_width(widths[slice(*window)])
        return windows[window]

    measures: list[float] = []
    ragged: list[bool] = []
    for n, line in enumerate(lines):
        above = full(n - REACH, n + 1)
        below = full(n, n + REACH + 1)
        sure = [w for w in (above, below) if w]
        if not sure:
            sure = [full(n - 2 * REACH, n + 2 * REACH + 1)]
        own = widths[n]
        best = sure[0]
        if len(sure) > 1 and not line.loose:
            best = min(sure, key=lambda w: (abs(w - own), -w))
        measures.append(best or max(widths[max(0, n - REACH) : n + REACH + 1]) + UNWRAPPED)
        ragged.append(not best)
    return measures, ragged


def _full_width(widths: Sequence[float]) -> float:
    """The widest width that a fair share of `widths` come near; 0 where none does."""
    known = sorted((w for w in widths if 0 < w <= WIDEST), reverse=True)
    enough = max(3 if len(known) > 5 else 2, 0.3 * len(known))
    end = 0
    for first, w in enumerate(known):
        while end < len(known) and known[end] >= w - 1.3:
            end += 1
        if end - first >= enough:
            return _commonest(known[first:end])
    return 0.0


def _commonest(widths: Sequence[float]) -> float:
    """The whole number that most of `widths` come near; they are sorted."""
    rounded = dict.fromkeys(map(round, widths))
    if len(rounded) == 1:
        return float(next(iter(rounded)))
    return float(max(rounded, key=lambda r: sum([abs(x - r) <= 0.5 for x in widths])))


def narrow_runs(
    lines: Sequence[Line], measures: Sequence[float]
) -> Iterator[tuple[int, int, float]]:
    """Stretches where the column narrows for some lines beside a box: (first, last, width).

    They follow a line that fills the wide column, and each of their lines fills the narrow
    one, since the next line's first piece would not fit.
    """
    widths = [x.width + x.indent for x in lines]
    n = 1
    while n + 3 <= len(lines):
        top = max(widths[n : n + 3])
        above = lines[n - 1]
        wide = max(measures[max(0, n - 3) : n + 1])
        whole = above.loose or wide - widths[n - 1] - token_width(lines[n]) < FITS
        end = n
        if whole and above.width <= WIDEST and wide - top >= NARROWER:
            while end < min(len(lines), n + LONGEST_RUN) and widths[end] <= top + FITS:
                if lines[end].loose or lines[end].excess:
                    break
                end += 1
                if end == len(lines) or top - widths[end - 1] - token_width(lines[end]) >= FITS:
                    break
        below = max(measures[end : end + 3], default=WIDEST)
        if below - top >= NARROWER and sum(top - w <= 1.0 for w in widths[n:end]) >= 3:
            yield n, end, top
            n = end
        else:
            n += 1


def token_width(line: Line) -> float:
    """How wide the first unbreakable piece of a line is: a number, a word, or one hanzi."""
    match = TOKEN.match(line.text)
    if match is None:
        return 1.0
    piece = match.group()
    return len(piece) - 0.5 * len(NARROW.findall(piece))
