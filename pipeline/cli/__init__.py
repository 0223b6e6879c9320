"""The command `shilu`: a module for each few of its commands, put together here.

Heavy imports wait until a command needs them, so that help is quick.
"""

from __future__ import annotations

import click

from pipeline import __version__
from pipeline.cli.group import Commands
from pipeline.cli.history import diff, runs
from pipeline.cli.reporting import report
from pipeline.cli.rules import check, rules_group
from pipeline.cli.running import extract, status
from pipeline.cli.scoring import evaluate
from pipeline.cli.showing import explain, show


@click.group(
    cls=Commands,
    commands=[extract, status, show, explain, report, runs, diff, evaluate, rules_group],
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  shilu extract data/raw --out data/out
  python -c "import pandas as pd; print(pd.read_parquet('data/out/facts'))"
  shilu rules try 天津市现有社会组织41家""",
)
@click.version_option(__version__, prog_name="shilu")
def main() -> None:
    """Facts with their sources from the raw text of Chinese newspapers."""


main.add_command(check, "check-rules")  # the older name of `shilu rules check`
