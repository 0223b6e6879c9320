"""Which characters stand together in running text, and which open paragraphs.

The counts come from `tools/layout_followers.py`. A line that breaks within running text breaks
most often within a word or a phrase; where a headline ends and its text begins, the two
characters that meet have hardly ever met before.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from msgspec import Struct

Bond = Literal["tight", "near", "loose", "apart", ""]
APART = 12  # characters of ten million that one is seen at least
EXPECTED = 8.0  # how often of ten million a pair should be seen by chance, to be missed
_FOLD = {ord(c): "0" for c in "0123456789０１２３４５６７８９"}
_FOLD |= {c: "A" for base in (0x41, 0x61, 0xFF21, 0xFF41) for c in range(base, base + 26)}
BLANK = re.compile(r"\s+")


def folded(text: str) -> str:
    """`text` as it is counted: without blanks, digits are ``0``, letters ``A``."""
    return BLANK.sub("", text.translate(_FOLD))


class Row(Struct, frozen=True):
    """One character: its count of ten million, and those that follow it, by how close they are
    and by how often paragraphs begin with the two.
    """

    count: float
    bonds: tuple[str, str, str]
    opens: tuple[str, str, str]


NOTHING = Row(0.0, ("", "", ""), ("", "", ""))


class Followers(dict[str, Row]):
    """The rows by their character, each read when it is first asked for."""

    def __init__(self, written: dict[str, str]) -> None:
        super().__init__()
        self.written = written

    def __missing__(self, first: str) -> Row:
        parts = self.written.get(first, "").split("\t")
        if len(parts) != 7:
            return NOTHING  # and not kept: a page may hold any number of strange characters
        count, a, b, c, d, e, f = parts
        row = self[first] = Row(float(count), (a, b, c), (d, e, f))
        return row

    def bond(self, above: str, below: str) -> Bond:
        """How close the characters of a break stand in running text; empty: it is not known."""
        a, b = above.translate(_FOLD), below.translate(_FOLD)
        row = self[a]
        tight, near, loose = row.bonds
        if b in tight:
            return "tight"
        if b in near:
            return "near"
        if b in loose:
            return "loose"
        return "apart" if row.count * self[b].count / 1e7 >= EXPECTED else ""

    def opening(self, text: str) -> Literal["open", "may-open", "never-open", ""]:
        """Whether paragraphs begin as `text` does: often, at times, never; empty: not known."""
        start = text[:2].translate(_FOLD)
        if len(start) < 2:
            return ""
        often, at_times, never = self[start[0]].opens
        if start[1] in often:
            return "open"
        if start[1] in at_times:
            return "may-open"
        return "never-open" if start[1] in never else ""


def load_followers(path: Path) -> Followers:
    """Read ``rules/layout/followers.tsv``."""
    written: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith(("# ", "first\t")):
            first, _, rest = line.partition("\t")
            written[first] = rest
    return Followers(written)
