"""The figures of a scoring: precision, recall, shares, and how far confidence can be trusted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct, field

_BINS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


class Score(Struct):
    """Rows that are right, rows too many, rows missing."""

    hit: int = 0
    extra: int = 0
    missed: int = 0

    def add(self, hit: int, extra: int, missed: int) -> None:
        """Count some more."""
        self.hit += hit
        self.extra += extra
        self.missed += missed

    @property
    def precision(self) -> float:
        """Share of the found rows that are right."""
        return self.hit / (self.hit + self.extra) if self.hit + self.extra else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold rows that were found."""
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0


class Share(Struct):
    """So many right of so many."""

    right: int = 0
    total: int = 0

    def add(self, right: bool) -> None:
        """Count one more."""
        self.right += right
        self.total += 1

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.right / self.total if self.total else 0.0


class Report(Struct):
    """All figures, and the errors behind them as readable lines, by measure.

    `trust` has the confidence of each fact that was found, and whether it is right in all.
    """

    scores: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    shares: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    distance: int = 0
    chars: int = 0
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    trust: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def character_error_rate(self) -> float:
        """Wrong characters of story texts by characters that there are."""
        return self.distance / max(1, self.chars)

    def lines(self) -> Iterable[str]:
        """The figures, one measure a line."""
        for name, s in self.scores.items():
            if not (s.hit or s.extra or s.missed):
                yield f"{name:20} none to find, none found"
                continue
            figures = f"f1 {s.f1:.3f}  precision {s.precision:.3f}  recall {s.recall:.3f}"
            yield f"{name:20} {figures}  right {s.hit}  extra {s.extra}  missed {s.missed}"
        for name, a in self.shares.items():
            yield f"{name:20} {a.value:.3f}  right {a.right} of {a.total}"
        yield f"{'text_cer':20} {self.character_error_rate:.4f}  of {self.chars} characters"
        yield f"{'calibration_error':20} {self.calibration_error:.3f}  of {len(self.trust)} facts"

    def figures(self) -> dict[str, float]:
        """The figure of each measure: F1, the share that is right, or of wrong characters."""
        found = {name: score.f1 for name, score in self.scores.items()}
        found |= {name: share.value for name, share in self.shares.items()}
        return found | {"text_cer": self.character_error_rate}

    def calibration(self) -> Iterator[tuple[float, float, int]]:
        """Mean confidence, share of facts that are right, and their number, bin by bin."""
        for low, high in pairwise(_BINS):
            rows = [(c, r) for c, r in self.trust if low <= c < high or c == high == 1.0]
            if rows:
                n = len(rows)
                yield sum(c for c, _ in rows) / n, sum(r for _, r in rows) / n, n

    @property
    def calibration_error(self) -> float:
        """How far confidence is from the truth on average: the expected calibration error."""
        total = max(1, len(self.trust))
        return sum(n * abs(c - r) for c, r, n in self.calibration()) / total
