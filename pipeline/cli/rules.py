"""`shilu check-rules`: for those who write rules."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.options import RULES
from pipeline.errors import ExitCode


@click.command("check-rules")
@RULES
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
