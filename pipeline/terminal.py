"""What people see: the summary of a run, rejects, plans, the progress bar, and the log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.printable import printable

if TYPE_CHECKING:
    from pipeline.plan import Plan
    from pipeline.report import Result
    from pipeline.run import Summary
    from pipeline.runs.layout import Run

# What becomes of a page in a run, see pipeline.plan.Plan, in the order in which it is told.
_REASONS = {
    "new": "new",
    "bytes": "changed",
    "metadata": "with another row in metadata.csv",
    "rules": "because the rules changed",
    "model": "because the model changed",
    "limit": "because the page limit changed",
    "program": "because the program changed",
    "again": "rejected before, tried again",
    "damaged": "because their part was missing",
    "chunk": "beside those, in the same part",
    "forced": "because of --force",
    "resumed": "read already by another run",
    "unchanged": "unchanged",
    "gone": "gone",
}
_READ = tuple(_REASONS)[:-3]


def set_up_log(form: str) -> None:
    """Log to stderr: warnings as text for people, or everything as JSON, a line an event."""
    log = logging.getLogger("shilu")
    handler = logging.StreamHandler()
    if form == "json":
        from pythonjsonlogger.json import JsonFormatter

        fields = ("asctime", "levelname", "message")
        names = {"asctime": "time", "levelname": "level"}
        handler.setFormatter(
            JsonFormatter(fields, datefmt="%Y-%m-%dT%H:%M:%S%z", rename_fields=names)
        )
        log.setLevel(logging.INFO)
    else:
        handler.setFormatter(logging.Formatter("shilu: %(message)s"))
        log.setLevel(logging.WARNING)
    log.handlers = [handler]
    log.propagate = False


def complain(event: str, message: str, code: int, trace: str = "") -> None:
    """Say on stderr why a command ends early, in the form of the log."""
    log = logging.getLogger("shilu")
    if log.isEnabledFor(logging.INFO):
        what = {"event": event, "exit_code": int(code)}
        log.error(message, extra={**what, "traceback": trace} if trace else what)
        return
    click.echo(trace, nl=False, err=True)
    click.secho(f"shilu: {message}", err=True, fg="red")


@contextmanager
def progress(hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """Something to tell of pages done: a bar with rate and time left, on a terminal only."""
    if hidden or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from tqdm import tqdm
    from tqdm.contrib.logging import logging_redirect_tqdm

    with (
        tqdm(unit="page", file=sys.stderr, leave=False) as bar,
        logging_redirect_tqdm([logging.getLogger("shilu")], tqdm_class=tqdm),
    ):

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell


def show_summary(summary: Summary, out: Path) -> None:
    """What the tables hold now, and what of it is new."""
    pages = sum(n for reason, n in summary.pages.items() if reason != "gone")
    stories, facts = summary.rows["stories"], summary.rows["facts"]
    alone = "" if summary.model else " by the rules alone"
    click.echo(
        f"{many(pages, 'page')}, {summary.chars:,} characters → "
        f"{many(stories, 'story', 'stories')}, {many(facts, 'fact')}{alone} "
        f"in {summary.seconds:.1f} s"
    )
    if set(summary.pages) - {"new"}:
        click.echo(f"  {told(summary.pages)}")
    for statement in summary.samples:
        click.echo(f"  {printable(statement)}")
    if summary.missing:
        more = many(len(summary.missing), "page")
        first = printable(summary.missing[0])
        click.echo(f"metadata.csv names {more} not there, such as {first}")
    show_rejects(summary)
    click.echo(f"Tables in {out}: pd.read_parquet({str(out / 'facts')!r})")


def show_rejects(summary: Summary) -> None:
    """Rejects by reason, the first of them with the cure, on stderr."""
    if not summary.rejects:
        return
    reasons = sorted(summary.rejects.items(), key=lambda r: (-r[1], r[0]))
    shown = ", ".join(f"{n} {reason}" for reason, n in reasons)
    click.secho(f"Rejected: {shown} (table rejects)", err=True, fg="yellow")
    for r in summary.shown:
        click.echo(f"  {printable(r.path)}: {r.reason}: {printable(r.detail)}", err=True)
    more = sum(summary.rejects.values()) - len(summary.shown)
    if more:
        click.echo(f"  and {more} more", err=True)


def show_plan(plan: Plan, out: Path, busy: bool) -> None:
    """What a run would do."""
    last = plan.history.last
    click.echo(f"{out}: {_run_line(last) if last else 'no tables yet'}")
    if busy:
        click.echo("A run is writing to it at this moment.")
    reads = sum(plan.pages.get(reason, 0) for reason in _READ)
    if plan.is_done:
        click.echo("Nothing to do: all pages are as they were.")
    else:
        click.echo(f"A run would read {many(reads, 'page')}{':' if reads else ''}")
    for reason, words in _REASONS.items():
        if plan.pages.get(reason):
            some = ", ".join(map(printable, plan.examples[reason]))
            dots = ", …" if plan.pages[reason] > len(plan.examples[reason]) else ""
            indent = "  " if reason in _READ else ""
            click.echo(f"{indent}{plan.pages[reason]:,} {words}: {some}{dots}")


def show_runs(runs: list[Run], current: Run | None) -> None:
    """The runs of an output folder, newest last, the current one marked."""
    for run in runs:
        mark = "*" if current and run.name == current.name else " "
        click.echo(f"{mark} {_run_line(run)}")


def show_report(made: Result, quiet: bool) -> None:
    """What a site holds and where it begins; on stderr what it cannot show."""
    if made.missing:
        lost = f"{many(made.missing, 'raw page')} missing or changed in {made.raw}"
        cure = "shown without; give --raw if the folder was moved, or run shilu extract anew"
        click.secho(f"{lost}: {cure}", err=True, fg="yellow")
    if not quiet:
        click.echo(
            f"{many(made.pages, 'page')}, {many(made.stories, 'story', 'stories')}, "
            f"{many(made.facts, 'fact')}: open {made.folder / 'index.html'}"
        )


def told(pages: Mapping[str, int]) -> str:
    """What became of the pages, in one line: ``1 changed, 31 beside those …``."""
    return ", ".join(f"{pages[r]:,} {words}" for r, words in _REASONS.items() if pages.get(r))


def many(number: int, one: str, more: str | None = None) -> str:
    """``1 page``, ``2 pages``."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _run_line(run: Run) -> str:
    m = run.manifest
    if "rows" not in m:
        return f"run {run.name}, made by an older version"
    rejects = sum(m["rejects"].values())
    return (
        f"run {run.name} of {m['started']}: {many(m['input']['pages'], 'page')}, "
        f"{many(m['rows']['facts'], 'fact')}, {many(rejects, 'reject')} ({m['shilu']}, "
        f"rules {m['rules'][:8]}, {m['model'] or 'no model'})"
    )
