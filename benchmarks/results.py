"""All that one bench measured, and how it is kept."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.processes import Measured
from benchmarks.runs import Run
from benchmarks.serving import Lap


@dataclass(frozen=True, slots=True)
class Entry:
    """A contestant: its laps in all rounds, versions, peak memory, and why it is missing."""

    name: str
    laps: tuple[Lap, ...]
    versions: Mapping[str, str]
    peak: float
    problem: str = ""

    def rate(self, part: str) -> float:
        """Characters of raw pages a second of CPU: the median of all rounds; 0 if unknown."""
        rates = [lap.chars / max(lap.cpu, 1e-9) for lap in self.laps if lap.part == part]
        return statistics.median(rates) if rates else 0.0

    def spread(self, part: str) -> tuple[float, float]:
        """The slowest and the quickest round."""
        rates = [lap.chars / max(lap.cpu, 1e-9) for lap in self.laps if lap.part == part]
        return (min(rates), max(rates)) if rates else (0.0, 0.0)

    def parts(self) -> tuple[str, ...]:
        """The names of its parts, in order."""
        return tuple(dict.fromkeys(lap.part for lap in self.laps))


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured, on what, over how much text and how often."""

    machine: Mapping[str, str]
    pages: int
    chars: int
    rounds: int
    entries: tuple[Entry, ...]
    runs: tuple[Run, ...]

    def entry(self, name: str) -> Entry:
        """A contestant by name; one that is unknown has no laps."""
        return next((e for e in self.entries if e.name == name), Entry(name, (), {}, 0.0, "absent"))

    def run(self, name: str) -> Run | None:
        """A measured command by name."""
        return next((r for r in self.runs if r.name == name), None)

    def peers(self) -> Sequence[Entry]:
        """All contestants that are not Shilu."""
        return [e for e in self.entries if e.name not in OURS]


# Shilu on all pages and on those of data/raw, which hold fewer numbers; and the limits.
SEEDS = ("model, seeds", "rules, seeds")
OURS = ("model", "rules", *SEEDS, "limits")


def save(results: Results, path: Path) -> None:
    """Write `results` as JSON, so that tables and chart can be made again."""
    path.write_text(
        json.dumps(asdict(results), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def load(path: Path) -> Results:
    """What `save` wrote."""
    data = json.loads(path.read_text("utf-8"))
    entries = [
        Entry(**{**e, "laps": tuple(Lap(**lap) for lap in e["laps"])}) for e in data["entries"]
    ]
    runs = [Run(**{**r, "took": Measured(**r["took"])}) for r in data["runs"]]
    return Results(**{**data, "entries": tuple(entries), "runs": tuple(runs)})
