"""`shilu rules`: for those who write rules."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.options import RULES
from pipeline.errors import ExitCode, UsageError


@click.group("rules", short_help="Try sentences, check rows: for those who write rules.")
def rules_group() -> None:
    """Try sentences and check rows, for those who write rules.

    rules/README.md tells what the rule files hold and how to add a row.
    """


@click.command(
    "check",
    short_help="Try the example of every row.",
    epilog="""\b
Examples:
  shilu rules check
  shilu rules check --rules my-rules
  shilu rules check units.tsv fact_words.tsv""",
)
@click.argument("files", nargs=-1, metavar="[FILE]...")
@RULES
@click.option("--all", "anew", is_flag=True, help="Try also rows that no change can have touched.")
def check(files: tuple[str, ...], rules: Path | None, anew: bool) -> None:
    """Try the example of every row of the rule files, or of those of FILE alone.

    Exit code 2, and one line for each bad row, where an example does not do what it says.

    A row that was right at the last check is tried again only if a row that came, went or changed
    since then shares a character with its example, or the program is another.
    """
    from pipeline.rule_memory import memory_file
    from pipeline.rule_trials import check
    from pipeline.rulebook import load_rules

    book = load_rules(own=rules)
    names = {Path(file).name.removesuffix(".tsv") for file in files}
    for name in sorted(names - book.rules.keys()):
        raise UsageError(f"{name}.tsv: no rule file has this name; use one such as units.tsv")
    trial = check(book, names, None if anew else memory_file(book))
    for problem in trial.problems:
        click.echo(problem, err=True)
    good = trial.rows - len(trial.problems)
    rest = trial.rows - trial.tried
    kept = f" ({rest:,} of them untouched since the last check)" if rest else ""
    click.echo(f"{good:,} of {trial.rows:,} rules do what their examples say{kept}")
    sys.exit(ExitCode.USAGE if trial.problems else ExitCode.OK)


rules_group.add_command(check)
