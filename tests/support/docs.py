"""Keep README.md and docs/ true: ``python -m tests.support.docs`` (``make docs``) makes them anew.

The data dictionary comes from the schemas, the help of commands from themselves; what commands,
Python sessions and the notebook print comes from running them on data/raw and docs/pages; the
scores come from tests/gold. Tests check all but the scores.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from pipeline.cli import main
from pipeline.schemas import columns_told, dictionary
from pipeline.tag import builtin_model
from tests.support import rule_docs
from tests.support.chinese import in_chinese
from tests.support.command_docs import commands_told
from tests.support.markers import between
from tests.support.notebooks import executed
from tests.support.scores import calibration, markdown, reports

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CHINESE = ROOT / "README.zh-CN.md"
METHOD = ROOT / "docs" / "method.md"
TABLES = ROOT / "docs" / "tables.md"
PANDAS = ROOT / "docs" / "pandas.md"
COMMANDS = ROOT / "docs" / "commands.md"
NOTEBOOK = ROOT / "docs" / "facts.ipynb"
_BLOCK = re.compile(r"(?<=```)(pycon|console)\n([^`]+)")
_MADE = {  # what `make` runs, as in Makefile
    "extract": "shilu extract data/raw --out data/out",
    "report": "shilu report data/out",
}
_SECONDS = re.compile(r" in [0-9.]+ s$", re.MULTILINE)


def refreshed() -> dict[Path, str]:
    """The texts with dictionary, printed output and sessions as they are today."""
    with workplace() as here:
        readme = _run(README.read_text("utf-8"))
        notebook = executed(here / "docs" / NOTEBOOK.name, here / "jupyter")
    with workplace():
        pandas = _run(PANDAS.read_text("utf-8"))
    readme = between(readme, "dictionary", columns_told("facts"))
    return {
        README: readme,
        CHINESE: in_chinese(CHINESE.read_text("utf-8"), readme),
        TABLES: between(TABLES.read_text("utf-8"), "dictionary", dictionary()),
        PANDAS: pandas,
        COMMANDS: between(COMMANDS.read_text("utf-8"), "commands", commands_told()),
        NOTEBOOK: notebook,
    }


def _with_seconds(text: str, before: str) -> str:
    """`text` with the seconds that runs took `before`: they differ each time."""
    seconds = iter(_SECONDS.findall(before))
    return _SECONDS.sub(lambda m: next(seconds, m[0]), text)


def _run(text: str) -> str:
    """`text` with its commands and sessions run in turn in a `workplace`."""
    names: dict[str, object] = {}
    shown = _BLOCK.sub(lambda m: f"{m[1]}\n{_shown(m[1], m[2], names)}", text)
    return _with_seconds(shown, text)


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A folder with the pages that come with Shilu and nothing else, as the current one."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "data" / "raw", Path(folder, "data", "raw"))
        shutil.copytree(ROOT / "docs", Path(folder, "docs"))
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _shown(kind: str, text: str, names: dict[str, object]) -> str:
    return _session(text, names) if kind == "pycon" else _commands(text)


def _commands(text: str) -> str:
    """Commands behind ``$``, run anew."""
    shown = []
    for line in text.splitlines():
        if line.startswith("$ "):
            printed = ""
            for command in line[2:].split(" | "):
                printed = _command(shlex.split(command), printed)
            shown += [line, *printed.rstrip().splitlines()]
    return "\n".join(shown) + "\n"


def _command(words: list[str], given: str) -> str:
    """What a command prints that is `given` this to read."""
    if words[0] == "make":
        words = _MADE[words[1]].split()
    name, *rest = Path(words[0]).name, *words[1:]
    if name == "shilu":
        done = CliRunner().invoke(main, rest, catch_exceptions=False)
        if done.exit_code:
            raise ValueError(f"{shlex.join(words)}: {done.output}")
        return done.stdout
    program = [sys.executable if name == "python" else name, *rest]
    return subprocess.run(
        program, input=given, stdout=subprocess.PIPE, encoding="utf-8", check=True
    ).stdout


def _session(text: str, names: dict[str, object]) -> str:
    """An interactive session, run anew; names are kept from one session to the next."""
    shown = []
    for example in doctest.DocTestParser().get_examples(text):
        first, *more = example.source.splitlines()
        shown += [f">>> {first}", *(f"... {line}".rstrip() for line in more)]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(example.source, "a session", "single"), names)
        shown += [line.rstrip() for line in printed.getvalue().rstrip().splitlines()]
    return "\n".join(shown) + "\n"


def write() -> None:
    """Bring all texts up to date, scores too."""
    texts = refreshed()
    rules = rule_docs.RULES_README
    texts[rules] = rule_docs.refreshed(rules.read_text("utf-8"))
    found = reports(builtin_model())
    texts[README] = between(texts[README], "scores", markdown(found, reports(None)))
    texts[CHINESE] = in_chinese(texts[CHINESE], texts[README])
    told = METHOD.read_text("utf-8")
    texts[METHOD] = between(told, "calibration", calibration(found["unseen"]))
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
