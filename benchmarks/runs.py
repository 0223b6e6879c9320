"""The command as a user runs it: its start, a second run, more workers, more pages."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.corpus import make_corpus
from benchmarks.processes import Measured, measure

SHILU = (sys.executable, "-m", "pipeline")
_CHARS = 1_000  # of a page of a made corpus
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: how often, and pages of the made corpora.

    `growth` is that of the smallest of three, each ten times the one before.
    """

    rounds: int
    starts: int
    model_pages: int
    growth: int


@dataclass(frozen=True, slots=True)
class Run:
    """One command: pages and characters it was given, and what it took (the median)."""

    name: str
    pages: int
    chars: int
    took: Measured
    disk: int = 0  # bytes of its tables
    rows: int = 0  # facts in them


def starts(sizes: Sizes, work: Path, tell: Tell) -> list[Run]:
    """Help, and one page cold, with the model and without."""
    raw = work / "one"
    chars = make_corpus(raw, 1, _CHARS)
    runs = []
    for name, args in (
        ("help", ["--help"]),
        ("one page, model", ["extract", str(raw), "--out", str(work / "cold")]),
        ("one page, rules", ["extract", str(raw), "--out", str(work / "cold"), "--no-model"]),
    ):
        tell(f"start: {name}")
        took = []
        for _ in range(sizes.starts):
            shutil.rmtree(work / "cold", ignore_errors=True)
            took.append(measure([*SHILU, *args]))
        runs.append(Run(name, int(name != "help"), chars and _CHARS, _median(took)))
    return runs


def workers(sizes: Sizes, work: Path, tell: Tell) -> list[Run]:
    """The same pages read by one worker and by two, in turn."""
    raw, pages = work / "scaling", sizes.model_pages
    make_corpus(raw, pages, _CHARS)
    runs = []
    for kind, option in (("model", ()), ("rules", ("--no-model",))):
        took: dict[int, list[Measured]] = {1: [], 2: []}
        for _ in range(max(1, sizes.rounds // 2)):
            for count, some in took.items():
                tell(f"workers: {count}, {kind}")
                out = work / f"scaling-{kind}-{count}"
                shutil.rmtree(out, ignore_errors=True)
                some.append(_extract(raw, out, *option, "--workers", str(count)))
        for count, some in took.items():
            out = work / f"scaling-{kind}-{count}"
            run = Run(f"{count} workers, {kind}", pages, pages * _CHARS, _median(some))
            runs.append(_with_tables(run, out))
    return runs


def growth(sizes: Sizes, work: Path, tell: Tell) -> list[Run]:
    """One, ten and a hundred times as many pages, by the rules; each again unchanged."""
    runs = []
    for times in (1, 10, 100):
        pages = sizes.growth * times
        raw, out = work / f"growth-{times}", work / f"growth-{times}-out"
        make_corpus(raw, pages, _CHARS)
        for name in (f"{times} times", f"{times} times, unchanged"):
            tell(f"growth: {name}")
            new = not name.endswith("unchanged")
            took = []
            for _ in range(1 if new and times == 100 else sizes.rounds):
                if new:
                    shutil.rmtree(out, ignore_errors=True)
                took.append(_extract(raw, out, "--no-model", "--workers", "1"))
            runs.append(_with_tables(Run(name, pages, pages * _CHARS, _median(took)), out))
        shutil.rmtree(raw)
        shutil.rmtree(out)
    return runs


def _extract(raw: Path, out: Path, *options: str) -> Measured:
    return measure([*SHILU, "extract", str(raw), "--out", str(out), *options])


def _median(took: Sequence[Measured]) -> Measured:
    """The run in the middle by wall clock, with the largest memory of all."""
    if any(m.exit_code not in (0, 1) for m in took):
        raise RuntimeError(f"a measured command failed: {took}")
    middle = statistics.median_low(m.wall for m in took)
    one = next(m for m in took if m.wall == middle)
    return replace(one, parent=max(m.parent for m in took), worker=max(m.worker for m in took))


def _with_tables(run: Run, out: Path) -> Run:
    """`run` with the room that its tables take, and their facts."""
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    parts = (out / ".current").resolve().glob("*/*.parquet")
    return replace(run, disk=sum(p.stat().st_size for p in parts), rows=manifest["rows"]["facts"])
