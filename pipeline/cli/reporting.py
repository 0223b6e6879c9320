"""`shilu report`: a site to look at the facts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.group import stoppable
from pipeline.cli.options import FOLDER
from pipeline.errors import UsageError
from pipeline.terminal import progress, show_report

if TYPE_CHECKING:
    from pipeline.report.words import Language


@click.command(
    short_help="Make a site to look at the facts.",
    epilog="""\b
Examples:
  shilu report data/out
  shilu report data/out --to /srv/www/shilu --lang en --quiet
\b
Exit codes: 2 there are no tables in OUT, 74 the site cannot be written.""",
)
@click.argument("out", type=FOLDER, default=Path("data/out"))
@click.option("--to", type=FOLDER, help="Folder for the site; OUT/report if not given.")
@click.option("--raw", type=FOLDER, help="The raw folder, if it was moved since the run.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language that it begins with."
)
@click.option("--quiet", is_flag=True, help="No progress bar and no summary.")
def report(out: Path, to: Path | None, raw: Path | None, lang: Language, quiet: bool) -> None:
    """Make a site about the tables in OUT (data/out if not given), to be opened in any browser.

    An overview, a table of all facts, and for each story its text beside the raw page. It takes
    the place of an earlier one; it needs no server, and asks nothing of the network.
    """
    try:
        from pipeline.report import write_report
    except ModuleNotFoundError as e:
        raise UsageError(f"{e.name} is missing: pip install 'shilu[report]'") from e

    with stoppable(), progress(quiet) as tell:
        made = write_report(out, to, raw, lang, tell)
    show_report(made, quiet)
