"""What ten thousand million characters would take, reckoned from what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.ours import CHUNK, WHOLE
from benchmarks.results import Results

CHARS = 10**10
PAGE = 4_000  # characters of a newspaper page, about the mean of data/raw
_TABLES = 8  # with rows in nearly every chunk
_BYTES = 2.9  # of a character of such text in UTF-8
_CORES = 64
_FACTS = 45 / 8_440  # for a character of data/raw; the pages of tests/gold hold eight times as many
_FACT = 410  # bytes of a fact in a DataFrame, with its strings


def plan_table(results: Results) -> Iterator[tuple[str, ...]]:
    """Rows: what, with the model, with the rules alone."""
    pages = CHARS / PAGE
    speeds = [results.entry(kind).rate(WHOLE) for kind in ("model", "rules")]
    yield "pages, at 4,000 characters", *_both(f"{pages / 1e6:.1f} million")
    yield "raw text, UTF-8", *_both(f"{CHARS * _BYTES / 1e9:.0f} GB")
    hours = [CHARS / speed / 3600 if speed else 0 for speed in speeds]
    yield "hours of one core", *(f"{h:,.0f}" for h in hours)
    yield f"hours of {_CORES} cores, never idle", *(f"{h / _CORES:.1f}" for h in hours)
    yield "facts, as dense as in data/raw", *_both(f"{CHARS * _FACTS / 1e6:,.0f} million")
    yield "their room in one DataFrame", *_both(f"{CHARS * _FACTS * _FACT / 2**30:,.0f} GiB")
    parts = pages / CHUNK * _TABLES
    yield f"parts, at {CHUNK} pages", *_both(f"{parts:,.0f}")
    tables = [results.run(f"1 workers, {kind}") for kind in ("model", "rules")]
    disk = [run.disk / run.chars * CHARS if run else 0 for run in tables]
    yield "tables, at most", *(f"{n / 1e9:,.0f} GB" for n in disk)
    yield "mean size of a part", *(f"{n / parts / 1e3:,.0f} kB" for n in disk)
    small, large = results.run("10 times"), results.run("100 times")
    if small and large:
        more = large.pages - small.pages
        own = max(0.0, large.took.own - small.took.own) / more
        yield "hours of the parent process", *_both(f"{own * pages / 3600:,.1f}")
        keeps = [PAGE / speed / own if own and speed else 0 for speed in speeds]
        yield "workers that one parent keeps busy", *(f"{n:,.0f}" for n in keeps)
        memory = max(0.0, large.took.parent - small.took.parent) / more * pages
        yield "memory of the parent", *_both(f"{(large.took.parent + memory) / 1024:.1f} GiB")
    small, large = results.run("10 times, unchanged"), results.run("100 times, unchanged")
    if small and large:
        seconds = (large.took.wall - small.took.wall) / (large.pages - small.pages) * pages
        yield "a second run without changes, minutes", *_both(f"{max(0.0, seconds) / 60:,.0f}")


def _both(cell: str) -> tuple[str, str]:
    return cell, cell
