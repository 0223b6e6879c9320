"""How usual a character is beside another one: counts of pairs around marks and glyph hanzi.

The counts come from `tools/glyph_pairs.py`. Digits count as ``0``, letters as
``A`` or ``a``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from pipeline.clean.founder import founder_table

# Hanzi whose like is seen again and again in a damaged passage: these tell whether it is one.
CANDIDATES = "袁遥尧院曰钥浴渊冤野冶叶曳爷耶窑园员圆猿源缘远苑愿怨援豫辕原噎要"
# Hanzi that are read as marks too, but only where the others have shown damage.
LETTERS = (
    "粤月悦阅耘云郧匀陨允运蕴酝晕韵孕匝砸杂栽哉灾宰载再在"
    "葬遭糟凿藻枣早澡蚤躁噪造皂灶燥责择则泽贼怎增憎曾赠扎"
)
RARE = "液一腋夜也页业揖铱颐译益耀伊毅垣荫茵银吟元越约跃岳域玉芋郁寅掖"
# Surnames that are hardly anything else stand for all surnames, as the pairs of ``N``.
SURNAMES = "刘陈赵吴徐郭邓蔡沈彭"
HANZI = CANDIDATES + LETTERS + RARE
_FOLD = {ord(c): "0" for c in "0123456789０１２３４５６７８９"}
_FOLD |= {c: "A" for base in (0x41, 0xFF21) for c in range(base, base + 26)}
_FOLD |= {c: "a" for base in (0x61, 0xFF41) for c in range(base, base + 26)}
_FOLD |= {0xFF05: "%", 0xFF0E: ".", 0xFF0F: "/", 0xFF0D: "-", 0xFF0B: "+"}
_NAMES = {ord(c): "N" for c in SURNAMES}
ENDS, STOPS = "。！？；，、：", frozenset("，、。；：？")  # no stop follows these but by a slip
SMOOTH = 30.0
LEFT = 0.75


def named(text: str) -> str:
    """`text` (normal) with each of the SURNAMES as ``N``."""
    return text.translate(_NAMES)


FOLDED = {chr(c): x for c, x in _FOLD.items()}  # for one character, faster than `normal`


def normal(text: str) -> str:
    """`text` as pairs are counted: digits are ``0``, letters ``A`` or ``a``, %./-+ half-width."""
    return text.translate(_FOLD)


class Row(Struct, frozen=True):
    """What follows one character: log probabilities, and that of all it was never seen with."""

    odds: Mapping[str, float]
    unseen: float


class Rows(dict[str, Row]):
    """The rows by their first character, each read when it is first asked for.

    A page asks for some dozens of the thousands in the file.
    """

    def __init__(
        self, written: Mapping[str, tuple[int, str]], shares: Mapping[str, float], least: float
    ) -> None:
        super().__init__()
        marks = {normal(m) for h, m in founder_table().items() if h in HANZI}
        self.whole = frozenset(marks | set(HANZI + "N"))
        self.written = written
        self.shares, self.least = shares, least

    def __missing__(self, first: str) -> Row:
        n, rest = self.written.get(first, (0, ""))
        row = self[first] = self._row(first, n, rest) if n else Row({}, 0.0)
        return row

    def _row(self, first: str, n: int, rest: str) -> Row:
        # One object for a character, however many rows it stands in: half of their memory.
        followers = {sys.intern(p[0]): int(p[1:]) for p in rest.split(" ") if p}
        # Pairs seen too seldom to be written down leave some mass to those never seen.
        left = LEFT * (n - sum(followers.values())) if first in self.whole else 0.0
        left = max(SMOOTH, left)
        stops = STOPS if first in ENDS else frozenset()
        shares, least = self.shares, self.least
        odds = {
            c: math.log((k + left * shares.get(c, least)) / (n + left))
            for c, k in followers.items()
            if c not in stops
        }
        return Row(odds, math.log(left / (n + left)))


class Pairs(Struct, frozen=True):
    """Smoothed log probabilities of one character after another."""

    rows: Rows
    share: Mapping[str, float]  # log share of a character in all text
    least: float  # that of a character never seen

    def after(self, first: str, second: str) -> float:
        """The log probability of `second` after `first`."""
        row = self.rows[first]
        odds = row.odds.get(second)
        if odds is None:
            return row.unseen + self.share.get(second, self.least)
        return odds


def load_pairs(path: Path) -> Pairs:
    """Read ``rules/glyphs/pairs.tsv``."""
    written: dict[str, tuple[int, str]] = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith(("# ", "first\t")):
            first, n, rest = line.split("\t")
            written[first] = int(n), rest
    total = sum(n for n, _ in written.values())
    shares = {c: (n + 1) / total for c, (n, _) in written.items()}
    least = 1 / total
    return Pairs(
        Rows(written, shares, least), {c: math.log(x) for c, x in shares.items()}, math.log(least)
    )
