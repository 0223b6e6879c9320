"""What else may be wrong with the cells of a row, beyond the form that all rule files share.

Nothing that a row says may stop a page later or make it slow: a row that would is refused when
the rules are read. Surfaces are plain text everywhere; only furniture.tsv has open parts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

LONGEST = 60  # characters of a surface; a printed line of furniture has no more either
OPEN_WAYS = 3000  # ways to read one line by one row of furniture.tsv
# The open parts of furniture.tsv, and in how many lengths each may be read.
OPEN_PARTS: Mapping[str, int] = {
    "{n}": 5,
    "{s}": 14,
    "{x}": 40,
    "{sec}": 2,
    "{date}": 12,
    "{week}": 1,
    "{when}": 13,
    "{ymd}": 12,
    "{folio}": 8,
    "{a}": 1,
}
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]+)?")
_PART = re.compile(r"\{[^{}]*\}|[{}]")


def cell_problems(file: str, cells: Sequence[str]) -> Iterator[str]:
    """What is wrong with a row of ``rules/<file>.tsv`` that has all its cells, with the cure."""
    surface = cells[0]
    if len(surface) > LONGEST:
        yield f"the surface has {len(surface)} characters; shorten it to {LONGEST} at most"
    if file == "furniture" and surface:
        yield from _open_parts(surface)
    if file == "ocr_confusions" and cells[1] and len(cells[1]) != len(surface):
        long = f"{len(cells[1])} characters long where the surface has {len(surface)}"
        yield f"right is {long}; write one right character for each wrong one"
    if file == "surnames" and len(surface) > 1:
        yield f"{surface!r} has {len(surface)} characters; write a surname of one"
    if file == "plausible" and not _NUMBER.fullmatch(cells[2]):
        yield f"most is {cells[2]!r}; write a number such as 100"


def _open_parts(surface: str) -> Iterator[str]:
    """A row that matches in too many ways would be tried for ever on lines made for it."""
    parts = _PART.findall(surface)
    for part in dict.fromkeys(p for p in parts if p not in OPEN_PARTS):
        yield f"{part} is no open part; use one of {' '.join(OPEN_PARTS)}"
    ways = math.prod(OPEN_PARTS.get(part, 1) for part in parts)
    if ways > OPEN_WAYS:
        shown = " ".join(p for p in parts if OPEN_PARTS.get(p, 1) > 1)
        yield f"too many open parts: {shown}; leave some out, or write what stands there"
