"""Keep rules/README.md true: its sessions and worked examples come from the program.

``python -m tests.support.docs`` (`make docs`) makes them anew; a test compares. Numbers of lines
may differ: they move with every row that is added.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner
from msgspec.structs import replace

from pipeline.cli import main
from pipeline.rulebook import Rule, Rulebook, load_rules
from pipeline.rulecheck import outcome
from pipeline.stages import Toolkit, compile_toolkit

RULES_README = Path(__file__).parents[2] / "rules" / "README.md"
_FILE = re.compile(r"<!-- file: (\S+) -->\n```text\n(.*?)```", re.DOTALL)
_SESSION = re.compile(r"(?<=```console\n)(?:\$ shilu [^`]*)(?=```)")
_EXAMPLE = re.compile(r"<!-- example: (\w+) (\S+) -->\n.*?<!-- end of example -->", re.DOTALL)
_LINE = re.compile(r"(\.tsv):\d+|[\d,]+(?= (?:of|rules) )")


def refreshed(text: str) -> str:
    """`text` with what the program says today of its commands and examples."""
    with _workplace(dict(_FILE.findall(text))):
        text = _SESSION.sub(lambda m: _session(m.group()), text)
    book = load_rules()
    toolkit = compile_toolkit(book)
    return _EXAMPLE.sub(lambda m: _example(m[1], m[2], book, toolkit), text)


def without_lines(text: str) -> str:
    """`text` without numbers of lines and of rows."""
    return _LINE.sub(r"\1:…", text)


def examples(text: str) -> list[tuple[str, str]]:
    """File and surface of each worked example."""
    return [(m[1], m[2]) for m in _EXAMPLE.finditer(text)]


@contextlib.contextmanager
def _workplace(contents: dict[str, str]) -> Iterator[None]:
    """A folder with the files that the text tells to make, as the current one."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in contents.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _session(text: str) -> str:
    shown = []
    for line in text.splitlines():
        if line.startswith("$ shilu "):
            # The whole folder is tried anew, whatever was checked before.
            done = CliRunner().invoke(main, shlex.split(line)[2:], env={"XDG_CACHE_HOME": "cache"})
            shown += [line, *done.output.splitlines()]
    return "\n".join(shown) + "\n"


def _example(file: str, surface: str, book: Rulebook, toolkit: Toolkit) -> str:
    """The row as a table, and what its example reads like without it and with it."""
    rule = next(r for r in book[file] if r.surface == surface)
    less = {**book.rules, file: tuple(r for r in book[file] if r.surface != surface)}
    without = outcome(rule, compile_toolkit(replace(book, rules=less))).found
    found = outcome(rule, toolkit).found
    return "\n".join(
        (
            f"<!-- example: {file} {surface} -->",
            *_table(rule),
            "",
            f"Without it: {without}. With it: {found}.",
            "<!-- end of example -->",
        )
    )


def _table(rule: Rule) -> Iterator[str]:
    cells = {"surface": rule.surface, **rule.fields}
    cells |= {"example": rule.example, "expect": rule.expect}
    yield f"| {' | '.join(cells)} |"
    yield "|" + "---|" * len(cells)
    yield f"| {' | '.join(c.replace('|', chr(92) + '|') for c in cells.values())} |"
