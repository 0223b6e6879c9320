"""First run, run without changes, run with one changed page; memory: ``python -m benchmarks.runs``.

Prints a table. Pages are made anew in a temporary folder, or in --folder, where they stay.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from benchmarks.corpus import make_corpus
from benchmarks.processes import Measured, measure


@click.command()
@click.option("--pages", default=20_000, show_default=True)
@click.option("--chars", default=1_000, show_default=True, help="Characters of a page.")
@click.option("--no-model", is_flag=True, help="The rules alone.")
@click.option("--first-only", is_flag=True, help="Measure the first run alone.")
@click.option("--folder", type=click.Path(path_type=Path), help="Work here and leave it there.")
def main(pages: int, chars: int, no_model: bool, first_only: bool, folder: Path | None) -> None:
    """Measure whole runs of `shilu extract` over made pages."""
    with tempfile.TemporaryDirectory() as temporary:
        here = folder or Path(temporary)
        raw, out = here / "raw", here / "out"
        size = make_corpus(raw, pages, chars)
        command = [sys.executable, "-m", "pipeline.cli", "extract", str(raw), "--out", str(out)]
        command += ["--no-model"] if no_model else []
        click.echo(f"{pages:,} pages, {size / 2**20:,.0f} MiB, {pages * chars:,} characters")
        first = measure(command)
        _show("first run", first, first)
        if first_only:
            return
        _show("no change", measure(command), first)
        page = next(raw.rglob("*.txt"))
        page.write_text(page.read_text("utf-8") + "天津市有社会组织77家。\n", encoding="utf-8")
        _show("one page changed", measure(command), first)


def _show(name: str, run: Measured, first: Measured) -> None:
    click.echo(
        f"{name:<18} exit {run.exit_code}  {run.wall:8.2f} s wall  {run.cpu:8.2f} s cpu  "
        f"parent {run.parent:4.0f} MiB  worker {run.worker:4.0f} MiB  "
        f"{first.wall / run.wall:6.1f} times as fast as the first"
    )


if __name__ == "__main__":
    main()
