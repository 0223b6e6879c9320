"""`shilu runs` and `shilu diff`: the runs that are kept, and how two of them differ."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import FILE, FOLDER
from pipeline.errors import UsageError
from pipeline.terminal import show_runs


@click.command(short_help="List the runs that are kept.")
@click.argument("out", type=FOLDER)
def runs(out: Path) -> None:
    """List the runs that are kept in OUT, the newest last; `*` marks the one the tables are of."""
    from pipeline.runs.layout import current_run, whole_runs

    found = whole_runs(out)
    if not found:
        raise UsageError(f"{out}: no runs there; give the output folder of shilu extract")
    show_runs(found, current_run(out))


@click.command(
    short_help="Tell which facts differ between two runs.",
    epilog="""\b
Examples:
  shilu diff data/out/.runs/000006 data/out
  shilu diff monday tuesday --out changes.parquet --limit 0
\b
+ appeared, - vanished, ~ changed. The exit code is 0 whether or not there are changes.""",
)
@click.argument("before", metavar="RUN_A", type=FOLDER)
@click.argument("after", metavar="RUN_B", type=FOLDER)
@click.option("--out", type=FILE, help="File for all changes, as Parquet.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    metavar="N",
    help="List up to N changes; 0 for the totals alone.",
)
def diff(before: Path, after: Path, out: Path | None, limit: int) -> None:
    """Tell which facts appeared, vanished or changed from RUN_A to RUN_B.

    Each is an output folder, meaning its current run, or one of the runs in its .runs (see
    `shilu runs`). Facts are matched page by page by what they say; a page that was only renamed
    is the same page. For each page it is said why: it is new, gone or rejected, its text or day of
    issue changed, or it was read differently.
    """
    from pipeline import load
    from pipeline.diff import diff, lines, write

    tables = ("documents", "facts", "rejects")
    changes = diff(load(before, *tables), load(after, *tables))
    if out:
        write(changes, out)
    for line in lines(changes, limit):
        click.echo(line)
    if out:
        click.echo(f"Changes in {out}: pd.read_parquet({str(out)!r})")
