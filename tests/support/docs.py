"""Keep README.md true: ``python -m tests.support.docs`` (``make docs``) makes its figures anew.

The data dictionary comes from the schemas; what commands and Python sessions print comes from
running them on data/raw; the scores come from tests/gold. Tests check all but the scores.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from pipeline.cli import main
from pipeline.schemas import dictionary
from pipeline.tag import builtin_model
from tests.support.scores import calibration, markdown, reports

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
METHOD = ROOT / "docs" / "method.md"
_SESSION = re.compile(r"(?<=```pycon\n)[^`]+")
_EXTRACT = re.compile(r"(?<=\$ make extract\n)[^`]*")
_REPORT = re.compile(r"(?<=\$ make report\n)[^`]*")
_SECONDS = re.compile(r" in [0-9.]+ s$", re.MULTILINE)


def refreshed(text: str) -> str:
    """`text` with dictionary, printed output and sessions as they are today."""
    text = between(text, "dictionary", dictionary())
    with _in_workplace():
        printed = _extract()
        text = _EXTRACT.sub(lambda _: printed, text, count=1)
        shown = CliRunner().invoke(main, ["report", "data/out"]).stdout
        text = _REPORT.sub(lambda _: shown, text, count=1)
        names: dict[str, object] = {}
        return _SESSION.sub(lambda m: _session(m.group(), names), text)


def without_seconds(text: str) -> str:
    """`text` without the seconds that a run took."""
    return _SECONDS.sub("", text)


def between(text: str, name: str, content: str) -> str:
    """`text` with `content` between the markers of `name`."""
    begin, end = f"<!-- {name}: made by `make docs` -->\n", f"<!-- end of {name} -->"
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"the markers of {name} are lost")
    return f"{before}{begin}\n{content}\n\n{end}{after}"


@contextlib.contextmanager
def _in_workplace() -> Iterator[None]:
    """A folder with data/raw and nothing else, as the current one."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").mkdir()
        (Path(folder) / "data" / "raw").symlink_to(ROOT / "data" / "raw")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _extract() -> str:
    return CliRunner().invoke(main, ["extract", "data/raw", "--out", "data/out"]).stdout


def _session(text: str, names: dict[str, object]) -> str:
    """An interactive session, run anew; names are kept from one session to the next."""
    shown = []
    for example in doctest.DocTestParser().get_examples(text):
        first, *more = example.source.splitlines()
        shown += [f">>> {first}", *(f"... {line}" for line in more)]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(example.source, "README.md", "single"), names)
        shown += printed.getvalue().splitlines()
    return "\n".join(shown) + "\n"


if __name__ == "__main__":
    found = reports(builtin_model())
    readme = between(refreshed(README.read_text("utf-8")), "scores", markdown(found, reports(None)))
    README.write_text(readme, encoding="utf-8")
    told = between(METHOD.read_text("utf-8"), "calibration", calibration(found["unseen"]))
    METHOD.write_text(told, encoding="utf-8")
