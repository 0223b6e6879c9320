"""How wide the column of each printed line is, and where a line may be broken."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.clean.lines import Line

WIDEST = 50.0  # no printed column is wider; longer lines are whole paragraphs
UNWRAPPED = 4.0  # room that lines of a text without columns are taken to leave
REACH = 8  # lines above and below by which a column is measured
TOKEN = re.compile(r"(?:[0-9A-Za-z.%‰/+:-]+|[“《（‘「『(]?.)[，。、；：？！”’）》」』)%‰]*")
NARROW = re.compile(r"[!-~]")


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


def token_width(line: Line) -> float:
    """How wide the first unbreakable piece of a line is: a number, a word, or one hanzi."""
    match = TOKEN.match(line.text)
    if match is None:
        return 1.0
    piece = match.group()
    return len(piece) - 0.5 * len(NARROW.findall(piece))
