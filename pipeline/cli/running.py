"""`shilu extract` and `shilu status`: a run, and what one would do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.group import printing, stoppable
from pipeline.cli.options import FOLDER, OUT, FiniteRange, with_recipe
from pipeline.errors import ExitCode
from pipeline.terminal import progress, set_up_log, show_plan, show_rejects, show_summary

if TYPE_CHECKING:
    from pipeline.recipe import Recipe


@click.command(
    short_help="Bring the tables up to date with the pages.",
    epilog="""\b
Examples:
  shilu extract data/raw --out data/out
  shilu extract scans/2025 --out tables --rules my-rules --keep-runs 30
  shilu extract data/raw --out data/out --quiet --log-format json
  shilu extract /srv/raw --out /srv/out --engine dask --scheduler tcp://10.0.0.1:8786
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
@click.argument("raw", type=FOLDER)
@OUT
@with_recipe
@click.option("--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Who reads: processes of this machine, or workers of a Dask cluster.",
)
@click.option(
    "--scheduler", metavar="tcp://HOST:PORT", help="Dask cluster to use, not one started here."
)
@click.option(
    "--staging",
    metavar="URL",
    help="Where workers that do not see --out put what they found: a folder, or a URL for fsspec.",
)
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
    type=FiniteRange(0, min_open=True),
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
    engine: str,
    scheduler: str | None,
    staging: str | None,
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
    options = Options(
        *(workers, wait, keep_runs, page_seconds, follow_links, force),
        *(engine, scheduler, staging),
    )
    with stoppable(), progress(silent) as tell:
        summary = run(raw, out, recipe, options, tell)
    with printing():
        if log_format == "json":
            pass  # the log has told it
        elif quiet:
            show_rejects(summary)
        else:
            show_summary(summary, out)
    sys.exit(ExitCode.REJECTS if summary.rejects else ExitCode.OK)


@click.command(
    short_help="Say what a run would do, and why.",
    epilog="""\b
Example:
  shilu status data/raw --out data/out""",
)
@click.argument("raw", type=FOLDER)
@OUT
@with_recipe
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
