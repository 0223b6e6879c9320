"""The command `shilu`. Heavy imports wait until a command needs them, so that help is quick."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import __version__
from pipeline.errors import ExitCode, ShiluError

if TYPE_CHECKING:
    from pipeline.run import Summary

_SHOWN = 10  # rejects and errors that are listed before "and so many more"
_FOLDER = click.Path(path_type=Path)
_RULES = click.option(
    "--rules", type=_FOLDER, help="Folder of rule files to use instead of the built-in one."
)


class _Group(click.Group):
    """Gives every way of failing its own exit code; code 1 always means "done, with rejects"."""

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal without Chinese is no failure
        try:
            return super().invoke(ctx)
        except ShiluError as e:
            click.secho(f"shilu: {e}", err=True, fg="red")
            ctx.exit(e.exit_code)
        except KeyboardInterrupt:
            click.echo("shilu: stopped; the tables of the last run stand", err=True)
            ctx.exit(ExitCode.STOPPED)
        except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            ctx.exit(ExitCode.PIPE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception:
            traceback.print_exc()
            click.secho("shilu: this is a fault of the program; please report it", err=True)
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
    epilog="""\b
Examples:
  shilu extract data/raw --out data/out
  shilu extract scans/2025 --out tables --rules my-rules
\b
Exit codes:
   0  all pages done
   1  done, but some pages were rejected: see the table `rejects`
   2  the folder, metadata.csv or a rule is wrong; nothing was written
  70  a fault of the program; the last run's tables stand
  74  the output cannot be written; the last run's tables stand
  75  another run is writing to the same folder"""
)
@click.argument("raw", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="Folder for the tables.")
@_RULES
@click.option("--model", type=_FOLDER, help="Language model to use instead of the built-in one.")
@click.option("--no-model", is_flag=True, help="Use the rules alone: quicker, but less is right.")
@click.option("--quiet", is_flag=True, help="No progress bar and no summary; errors still show.")
def extract(
    raw: Path, out: Path, rules: Path | None, model: Path | None, no_model: bool, quiet: bool
) -> None:
    """Read the pages of RAW (*.txt, *.txt.gz), write the tables to --out.

    One file is one page. RAW/metadata.csv may say when each was published (columns
    path,published and, if you like, publication); a date in the file name serves too.
    """
    from pipeline.run import run
    from pipeline.tag import builtin_model

    if model and no_model:
        raise click.UsageError("--model and --no-model exclude each other; leave one out")
    with _progress(quiet) as progress:
        chosen = None if no_model else model or builtin_model()
        summary = run(raw, out, rules, progress, chosen)
    if quiet:
        _show_rejects(summary)
    else:
        _show(summary, out)
    sys.exit(ExitCode.REJECTS if summary.rejects else ExitCode.OK)


@main.command("check-rules")
@_RULES
def check_rules(rules: Path | None) -> None:
    """Try the example of every row of the rule files.

    Exit code 2, and one line for each bad row, where an example does not do what it says.
    """
    from pipeline.rulebook import load_rules
    from pipeline.rulecheck import check
    from pipeline.run import compile_toolkit

    book = load_rules(rules)
    problems = check(book, compile_toolkit(book))
    for problem in problems:
        click.echo(problem, err=True)
    rows = sum(map(len, book.rules.values()))
    click.echo(f"{rows - len(problems)} of {rows} rules do what their examples say")
    sys.exit(ExitCode.USAGE if problems else ExitCode.OK)


@main.command(
    "eval",
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
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Something to tell of pages done: a bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from tqdm import tqdm

    with tqdm(unit="page", file=sys.stderr, leave=False) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell


def _show(summary: Summary, out: Path) -> None:
    read = f"{_many(summary.pages, 'page')}, {summary.chars:,} characters"
    found = f"{_many(summary.stories, 'story', 'stories')}, {_many(summary.facts, 'fact')}"
    alone = "" if summary.model else " by the rules alone"
    click.echo(f"{read} → {found}{alone} in {summary.seconds:.1f} s")
    for fact in summary.samples:
        click.echo(f"  {fact.statement}")
    if summary.missing:
        more = _many(len(summary.missing), "page")
        click.echo(f"metadata.csv names {more} not there, such as {summary.missing[0]}")
    _show_rejects(summary)
    click.echo(f"Tables in {out}: pd.read_parquet({str(out / 'facts')!r})")


def _many(number: int, one: str, more: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _show_rejects(summary: Summary) -> None:
    """Rejects by reason, each with its cure, on stderr."""
    if not summary.rejects:
        return
    reasons = Counter(r.reason for r in summary.rejects)
    shown = ", ".join(f"{n} {reason}" for reason, n in reasons.most_common())
    click.secho(f"Rejected: {shown} (table rejects)", err=True, fg="yellow")
    for r in summary.rejects[:_SHOWN]:
        click.echo(f"  {r.path}: {r.reason}: {r.detail}", err=True)
    if len(summary.rejects) > _SHOWN:
        click.echo(f"  and {len(summary.rejects) - _SHOWN} more", err=True)


if __name__ == "__main__":
    main()
