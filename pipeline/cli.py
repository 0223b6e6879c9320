"""The command `shilu`. Heavy imports wait until a command needs them, so that help is quick."""

from __future__ import annotations

import functools
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import __version__
from pipeline.errors import ExitCode, ShiluError, UsageError
from pipeline.terminal import (
    complain,
    progress,
    set_up_log,
    show_plan,
    show_rejects,
    show_runs,
    show_summary,
)

if TYPE_CHECKING:
    from pipeline.recipe import Recipe

_FOLDER = click.Path(path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_OUT = click.option("--out", type=_FOLDER, required=True, help="Folder for the tables.")
_RULES = click.option(
    "--rules", type=_FOLDER, help="Folder of rule files to use instead of the built-in one."
)
_MIB = 2**20


class _Stopped(KeyboardInterrupt):
    """A signal other than Ctrl-C has come that asks for an end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = ExitCode(128 + number)


def _recipe(command: Callable[..., None]) -> Callable[..., None]:
    """The options that decide what is found; the command gets them as a `recipe`."""

    @_RULES
    @click.option("--model", type=_FOLDER, help="Language model to use instead of the built-in.")
    @click.option("--no-model", is_flag=True, help="The rules alone: quicker, but less is right.")
    @click.option(
        "--page-limit",
        type=click.FloatRange(0, min_open=True),
        default=16.0,
        show_default=True,
        metavar="MIB",
        help="Reject pages that are larger, unpacked.",
    )
    @click.option("--follow-links", is_flag=True, help="Follow links that lead out of RAW, too.")
    @functools.wraps(command)
    def with_recipe(
        rules: Path | None, model: Path | None, no_model: bool, page_limit: float, **others: Any
    ) -> None:
        from pipeline.recipe import Recipe
        from pipeline.tag import builtin_model

        if model and no_model:
            raise click.UsageError("--model and --no-model exclude each other; leave one out")
        chosen = None if no_model else model or builtin_model()
        command(recipe=Recipe(rules, chosen, int(page_limit * _MIB)), **others)

    return with_recipe


class _Group(click.Group):
    """Gives every way of failing its own exit code; code 1 always means "done, with rejects"."""

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal without Chinese is no failure
        try:
            return super().invoke(ctx)
        except ShiluError as e:
            complain("failed", str(e), e.exit_code)
            ctx.exit(e.exit_code)
        except KeyboardInterrupt as e:
            code = e.exit_code if isinstance(e, _Stopped) else ExitCode.STOPPED
            stand = "the tables are those of the last whole run"
            kept = "what was read since is kept for the next run"
            complain("stopped", f"stopped; {stand}, {kept}", code)
            ctx.exit(code)
        except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
            _close_stdout()
            ctx.exit(ExitCode.PIPE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception:
            what = "this is a fault of the program; please report it"
            complain("failed", what, ExitCode.FAULT, traceback.format_exc())
            ctx.exit(ExitCode.FAULT)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  shilu extract data/raw --out data/out
  python -c "import pandas as pd; print(pd.read_parquet('data/out/facts'))"
  shilu check-rules""",
)
@click.version_option(__version__, prog_name="shilu")
def main() -> None:
    """Facts with their sources from the raw text of Chinese newspapers."""


@main.command(
    short_help="Bring the tables up to date with the pages.",
    epilog="""\b
Examples:
  shilu extract data/raw --out data/out
  shilu extract scans/2025 --out tables --rules my-rules --keep-runs 30
  shilu extract data/raw --out data/out --quiet --log-format json
\b
Exit codes:
    0  all pages done
    1  done, but some pages were rejected: see the table `rejects`
    2  the folder, metadata.csv, a rule or the model is wrong; nothing was written
   70  a fault of the program; the last run's tables stand
   74  the output cannot be written; the last run's tables stand
   75  another run is writing to the same folder
  130  stopped by Ctrl-C, 143 by SIGTERM; the last run's tables stand, and what
       was read is kept for the next run""",
)
@click.argument("raw", type=_FOLDER)
@_OUT
@_recipe
@click.option("--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@click.option("--force", is_flag=True, help="Read all pages anew, also those that are unchanged.")
@click.option("--wait", is_flag=True, help="Where another run writes to --out, wait for its end.")
@click.option(
    "--keep-runs",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar="N",
    help="Keep the last N runs; those in use or younger than an hour stay longer.",
)
@click.option(
    "--page-seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Reject a page that takes longer, for each 100,000 characters of it.",
)
@click.option(
    "--quiet", is_flag=True, help="No progress bar and no summary; rejects and errors still show."
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="json: what happens, as JSON, an object a line on stderr; no summary.",
)
def extract(
    raw: Path,
    out: Path,
    recipe: Recipe,
    follow_links: bool,
    workers: int | None,
    force: bool,
    wait: bool,
    keep_runs: int,
    page_seconds: float,
    quiet: bool,
    log_format: str,
) -> None:
    """Bring the tables in --out up to date with the pages of RAW (*.txt, *.txt.gz).

    One file is one page. RAW/metadata.csv may say when each was published (columns
    path,published and, if you like, publication); a date in the file name serves too.
    Pages that have not changed since the last run are not read again.
    """
    from pipeline.run import Options, run

    set_up_log(log_format)
    silent = quiet or log_format == "json"
    options = Options(workers, wait, keep_runs, page_seconds, follow_links, force)
    with _stoppable(), progress(silent) as tell:
        summary = run(raw, out, recipe, options, tell)
    with _printing():
        if log_format == "json":
            pass  # the log has told it
        elif quiet:
            show_rejects(summary)
        else:
            show_summary(summary, out)
    sys.exit(ExitCode.REJECTS if summary.rejects else ExitCode.OK)


@main.command(
    short_help="Say what a run would do, and why.",
    epilog="""\b
Example:
  shilu status data/raw --out data/out""",
)
@click.argument("raw", type=_FOLDER)
@_OUT
@_recipe
@click.option("--json", "as_json", is_flag=True, help="As a JSON object, for programs.")
def status(raw: Path, out: Path, recipe: Recipe, follow_links: bool, as_json: bool) -> None:
    """Say what `shilu extract` would do, and why; nothing is changed.

    Give the options that you give to `shilu extract`.
    """
    from pipeline.run import look
    from pipeline.runs.layout import is_locked

    plan = look(raw, out, recipe, follow_links)
    busy = is_locked(out)
    if not as_json:
        show_plan(plan, out, busy)
        return
    last = plan.history.last
    state = {"run": last.name if last else None, "busy": busy, "done": plan.is_done}
    click.echo(json.dumps({**state, "pages": dict(plan.pages), "examples": dict(plan.examples)}))


@main.command(short_help="List the runs that are kept.")
@click.argument("out", type=_FOLDER)
def runs(out: Path) -> None:
    """List the runs that are kept in OUT, the newest last; `*` marks the one the tables are of."""
    from pipeline.runs.layout import current_run, whole_runs

    found = whole_runs(out)
    if not found:
        raise UsageError(f"{out}: no runs there; give the output folder of shilu extract")
    show_runs(found, current_run(out))


@main.command(
    short_help="Tell which facts differ between two runs.",
    epilog="""\b
Examples:
  shilu diff data/out/.runs/000006 data/out
  shilu diff monday tuesday --out changes.parquet --limit 0
\b
+ appeared, - vanished, ~ changed. The exit code is 0 whether or not there are changes.""",
)
@click.argument("before", metavar="RUN_A", type=_FOLDER)
@click.argument("after", metavar="RUN_B", type=_FOLDER)
@click.option("--out", type=_FILE, help="File for all changes, as Parquet.")
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


@main.command("check-rules")
@_RULES
def check_rules(rules: Path | None) -> None:
    """Try the example of every row of the rule files.

    Exit code 2, and one line for each bad row, where an example does not do what it says.
    """
    from pipeline.rulebook import load_rules
    from pipeline.rulecheck import check
    from pipeline.stages import compile_toolkit

    book = load_rules(rules)
    problems = check(book, compile_toolkit(book))
    for problem in problems:
        click.echo(problem, err=True)
    rows = sum(map(len, book.rules.values()))
    click.echo(f"{rows - len(problems)} of {rows} rules do what their examples say")
    sys.exit(ExitCode.USAGE if problems else ExitCode.OK)


@main.command(
    "eval",
    short_help="Score tables against pages with truth.",
    epilog="""\b
Example:
  shilu extract tests/gold/pages --out /tmp/pages
  shilu eval /tmp/pages tests/gold/pages --errors 5""",
)
@click.argument("out", type=_FOLDER)
@click.argument("gold", type=_FOLDER)
@click.option("--errors", default=0, metavar="N", help="List up to N errors of each measure.")
def evaluate(out: Path, gold: Path, errors: int) -> None:
    """Score the tables in OUT against pages with truth in GOLD (NAME.txt with NAME.json)."""
    from pipeline.evaluate import evaluate

    report = evaluate(out, gold)
    for measure, lines in report.errors.items() if errors else ():
        click.echo(f"{measure}: {len(lines)} errors")
        for line in lines[:errors]:
            click.echo(f"  {line}")
    for line in report.lines():
        click.echo(line)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end a run as Ctrl-C does: cleanly, and what is done is kept."""

    def stop(number: int, _: object) -> None:
        raise _Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _printing() -> Iterator[None]:
    """What cannot be printed, to a full disk or a closed pipe, undoes nothing that was done."""
    try:
        yield
        sys.stdout.flush()
    except OSError:
        _close_stdout()


def _close_stdout() -> None:
    """Nobody reads it; else Python would complain once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    main()
