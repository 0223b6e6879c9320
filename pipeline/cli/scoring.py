"""`shilu eval`: tables against pages with truth."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import FOLDER


@click.command(
    "eval",
    short_help="Score tables against pages with truth.",
    epilog="""\b
Example:
  shilu extract tests/gold/pages --out /tmp/pages
  shilu eval /tmp/pages tests/gold/pages --errors 5""",
)
@click.argument("out", type=FOLDER)
@click.argument("gold", type=FOLDER)
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
