"""`shilu eval`: pages with truth, and how right the program is on them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.group import stoppable
from pipeline.cli.options import FOLDER, with_recipe
from pipeline.errors import UsageError
from pipeline.terminal import many, progress, set_up_log, show_rejects

if TYPE_CHECKING:
    from pipeline.recipe import Recipe


@click.command(
    "eval",
    short_help="Score pages with truth, your own for instance.",
    epilog="""\b
Examples:
  shilu eval my-pages --draft
  shilu eval my-pages --errors 20
  shilu eval my-pages --rules my-rules
  shilu eval data/out data/raw --errors 5""",
)
@click.argument("folders", nargs=-1, required=True, type=FOLDER, metavar="[OUT] GOLD")
@click.option("--errors", default=0, metavar="N", help="List up to N errors of each measure.")
@click.option(
    "--draft", is_flag=True, help="Write NAME.json for each page without one, to be corrected."
)
@with_recipe
def evaluate(
    folders: tuple[Path, ...], errors: int, draft: bool, recipe: Recipe, follow_links: bool
) -> None:
    """Read the pages of the folder GOLD and score what is found against their truth.

    GOLD has NAME.txt and, beside it, NAME.json with what is right; docs/guidelines.md has its form.
    --draft writes NAME.json with what is found; correct that by hand, then score it.

    With OUT, its tables are scored as they are: those of a run over GOLD.
    """
    from pipeline.evaluate import evaluate, write_gold

    *outs, gold = folders
    if len(outs) > 1:
        raise click.UsageError("give GOLD, or OUT and GOLD")
    if not gold.is_dir():
        raise UsageError(f"{gold}: no such folder; name one with NAME.txt and NAME.json")
    with tempfile.TemporaryDirectory(prefix="shilu-") as made:
        out = outs[0] if outs else _read(gold, Path(made) / "out", recipe, follow_links)
        if draft:
            written = write_gold(out, gold)
            click.echo(f"{many(len(written), 'draft')} written; correct what is wrong in them")
            for path in written:
                click.echo(f"  {path}")
            return
        report = evaluate(out, gold)
    wrong = {m: some for m, some in report.errors.items() if some and errors}
    for measure, lines in wrong.items():
        click.echo(f"{measure}: {len(lines)} errors")
        for line in lines[:errors]:
            click.echo(f"  {line}")
    for line in report.lines():
        click.echo(line)


def _read(gold: Path, out: Path, recipe: Recipe, follow_links: bool) -> Path:
    """Make the tables of the pages of `gold` in `out`; rejects are told."""
    from pipeline.run import Options, run

    set_up_log("text")
    with stoppable(), progress(False) as tell:
        show_rejects(run(gold, out, recipe, Options(follow_links=follow_links), tell))
    return out
