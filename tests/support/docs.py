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
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from pipeline.cli import main
from pipeline.evaluate import Report, evaluate
from pipeline.recipe import Recipe
from pipeline.run import run
from pipeline.schemas import dictionary
from pipeline.tag import builtin_model

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GOLD = ROOT / "tests" / "gold"
# Pages that nobody looks at while developing: what the program does on new ones.
UNSEEN = ("d07", "d08", "e07", "e08")
_SESSION = re.compile(r"(?<=```pycon\n)[^`]+")
_EXTRACT = re.compile(r"(?<=\$ make extract\n)[^`]*")
_SECONDS = re.compile(r" in [0-9.]+ s$", re.MULTILINE)
_FIGURES = {
    "stories": "stories cut right",
    "title": "titles",
    "organizations": "organizations",
    "places_adcode": "places with code",
    "dates_edtf": "dates with value",
    "counts": "counts",
    "facts_subject": "facts: subject right",
    "facts_core": "facts: subject and place right",
    "facts": "facts: all right",
}

_BY_RULES_ALONE = {
    "organizations": "organizations",
    "facts_subject": "facts: subject right",
    "facts_core": "facts: subject and place right",
}


def refreshed(text: str) -> str:
    """`text` with dictionary, printed output and sessions as they are today."""
    text = between(text, "dictionary", dictionary())
    with _in_workplace():
        printed = _extract()
        text = _EXTRACT.sub(lambda _: printed, text, count=1)
        names: dict[str, object] = {}
        return _SESSION.sub(lambda m: _session(m.group(), names), text)


def without_seconds(text: str) -> str:
    """`text` without the seconds that a run took."""
    return _SECONDS.sub("", text)


def scores() -> str:
    """F1 and shares on all pages with truth, as a Markdown table."""
    reports, alone = _reports(builtin_model()), _reports(None)
    rows = [f"| {name} | {' | '.join(_figures(m, reports))} |" for m, name in _FIGURES.items()]
    errors = " | ".join(f"{r.character_error_rate:.1%}" for r in reports.values())
    rows.append(f"| wrong characters | {errors} |")
    for m, name in _BY_RULES_ALONE.items():
        rows.append(f"| with `--no-model`: {name} | {' | '.join(_figures(m, alone))} |")
    return "\n".join([f"|  | {' | '.join(reports)} |", f"|---|{'---|' * len(reports)}", *rows])


def between(text: str, name: str, content: str) -> str:
    """`text` with `content` between the markers of `name`."""
    begin, end = f"<!-- {name}: made by `make docs` -->\n", f"<!-- end of {name} -->"
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"README.md has lost the markers of {name}")
    return f"{before}{begin}\n{content}\n\n{end}{after}"


def _reports(model: Path | None) -> dict[str, Report]:
    """Scores by group of pages, with the language model in the folder `model` or without."""
    reports = {name: _report(GOLD / name, model) for name in ("seeds", "pages", "hard")}
    with tempfile.TemporaryDirectory() as folder:
        for path in (GOLD / "pages" / "metadata.csv", *_unseen()):
            shutil.copy(path, folder)
        reports["unseen"] = _report(Path(folder), model)
    return reports


def _unseen() -> list[Path]:
    return [p for stem in UNSEEN for p in (GOLD / "pages").glob(f"{stem}.*")]


def _report(gold: Path, model: Path | None) -> Report:
    with tempfile.TemporaryDirectory() as out:
        run(gold, Path(out), Recipe(model=model))
        return evaluate(Path(out), gold)


def _figures(measure: str, reports: dict[str, Report]) -> Iterator[str]:
    for r in reports.values():
        value = r.scores[measure].f1 if measure in r.scores else r.shares[measure].value
        yield f"{value:.2f}"


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
    README.write_text(
        between(refreshed(README.read_text("utf-8")), "scores", scores()), encoding="utf-8"
    )
