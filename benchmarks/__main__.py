"""``python -m benchmarks`` (``make bench``): measure Shilu and write docs/performance.md.

All figures of one page come from one run of this, on one machine. Nothing is asserted.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from benchmarks.contest import contest, texts_of_repository, total
from benchmarks.environment import peer_python
from benchmarks.machine import machine
from benchmarks.report import overview, write_page
from benchmarks.results import Results, load, save
from benchmarks.runs import Sizes, growth, starts, workers
from benchmarks.serving import ROOT

RESULTS = Path(__file__).with_name("results.json")
PAGE = ROOT / "docs" / "performance.md"
_FULL = Sizes(rounds=5, starts=5, model_pages=1000, growth=40)
_QUICK = Sizes(rounds=1, starts=1, model_pages=40, growth=2)


@click.command()
@click.option("--quick", is_flag=True, help="A little of everything, to see that it runs.")
@click.option("--peers/--no-peers", default=True, help="Compare with other tools.")
@click.option("--again", is_flag=True, help="Write the page from the figures of the last run.")
@click.option("--save/--no-save", "keep", default=None, help="Write the page, or only print.")
def main(quick: bool, peers: bool, again: bool, keep: bool | None) -> None:
    """Measure all, print an overview, and write the page unless it was only a --quick look."""
    results = load(RESULTS) if again else _measured(quick, peers)
    click.echo(overview(results))
    if again or (not quick if keep is None else keep):
        if not again:
            save(results, RESULTS)
        write_page(results, PAGE)
        click.echo(f"written: {PAGE.relative_to(ROOT)} and the chart beside it")


def _measured(quick: bool, peers: bool) -> Results:
    sizes = _QUICK if quick else _FULL
    about = machine()  # first: the load before the bench makes its own
    python = peer_python(_tell) if peers else None
    texts = texts_of_repository(12 if quick else None)
    with tempfile.TemporaryDirectory(prefix="shilu-bench-") as folder:
        work = Path(folder)
        seconds = 0.5 if quick else 4.0
        entries = contest(texts, sizes.rounds, seconds, python, work, _tell)
        runs = [
            *starts(sizes, work, _tell),
            *workers(sizes, work, _tell),
            *growth(sizes, work, _tell),
        ]
    return Results(about, len(texts), total(texts), sizes.rounds, tuple(entries), tuple(runs))


def _tell(line: str) -> None:
    click.echo(f"  {line}", err=True)


if __name__ == "__main__":
    main()
