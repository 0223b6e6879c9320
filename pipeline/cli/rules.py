"""`shilu rules`: for those who write rules."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import click
from msgspec import to_builtins

from pipeline.cli.options import RULES, with_reading
from pipeline.errors import ExitCode, UsageError
from pipeline.printable import printable

_SHOWN = 20  # bad rows that are told of at once


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
    from pipeline.rule_memory import memory_files
    from pipeline.rule_trials import check
    from pipeline.rulebook import load_rules

    book = load_rules(own=rules)
    names = {Path(file).name.removesuffix(".tsv") for file in files}
    for name in sorted(names - book.rules.keys()):
        raise UsageError(f"{name}.tsv: no rule file has this name; use one such as units.tsv")
    trial = check(book, names, () if anew else memory_files(book))
    for note in trial.idle[:_SHOWN]:
        click.echo(f"note: {note}", err=True)
    for problem in trial.problems[:_SHOWN]:
        click.echo(problem, err=True)
    if len(trial.problems) > _SHOWN:
        more = len(trial.problems) - _SHOWN
        click.echo(f"and {more:,} more, which may come from the same; mend these first", err=True)
    good = trial.rows - len(trial.problems)
    rest = trial.rows - trial.tried
    kept = f" ({rest:,} of them untouched since the last check)" if rest else ""
    click.echo(f"{good:,} of {trial.rows:,} rules do what their examples say{kept}")
    sys.exit(ExitCode.USAGE if trial.problems else ExitCode.OK)


@rules_group.command(
    "try",
    short_help="Show what is found in a sentence, and by which rows.",
    epilog="""\b
Examples:
  shilu rules try 天津市现有社会组织41家
  shilu rules try --rules my-rules < sentences.txt""",
)
@click.argument("sentences", nargs=-1, metavar="[SENTENCE]...")
@with_reading
@click.option(
    "--published",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2025-06-25",
    show_default=True,
    metavar="DATE",
    help="The day of issue; that of the examples of the rules if not given.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, an object a line, for programs.")
def try_(
    sentences: tuple[str, ...],
    rules: Path | None,
    model: Path | None,
    published: dt.datetime,
    as_json: bool,
) -> None:
    """Show what is found in each SENTENCE (or line of stdin), and which rows of the rules found it.

    It is read as pages are. ← names the row of the rules, or else what in the program, found it;
    `blocked` is what would be found if a row did not forbid it. With --no-model it is read as
    `shilu rules check` reads the examples.
    """
    from pipeline.rule_try import lines, try_sentence
    from pipeline.rulebook import load_rules
    from pipeline.stages import compile_toolkit

    toolkit = compile_toolkit(load_rules(own=rules), model)
    some = False
    for sentence in sentences or sys.stdin:
        if not sentence.strip():
            continue
        if not sentence.isascii() and any("\ud800" <= c <= "\udfff" for c in sentence):
            raise UsageError(f"{sentence.strip()!r} is not in UTF-8; convert it first")
        if some and not as_json:
            click.echo()
        some = True
        tried = try_sentence(sentence.strip(), published.date(), toolkit)
        if as_json:
            click.echo(json.dumps(to_builtins(tried), ensure_ascii=False, default=str))
            continue
        for line in lines(tried):
            click.echo(printable(line))
    if not some:
        raise UsageError("no sentence; write one behind the command, or one a line on stdin")


rules_group.add_command(check)
