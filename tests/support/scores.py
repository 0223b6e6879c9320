"""The figures of all pages with truth as one table: ``python -m tests.support.scores``.

Behind each figure stands how it differs from tests/gold/baseline.json (``make eval``), which
``--save`` brings up to date (``make baseline``).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.evaluate import Report, evaluate
from pipeline.recipe import Recipe
from pipeline.run import run
from pipeline.tag import builtin_model

GOLD = Path(__file__).parents[1] / "gold"
BASELINE = GOLD / "baseline.json"
GROUPS = ("seeds", "pages", "hard", "more")
# Pages that nobody looks at while developing: what the program does on new ones. Those of
# tests/gold/training are learned from (tools/fit_subjects.py) and looked at.
UNSEEN = {
    "pages": ("d07", "d08", "e07", "e08"),
    "more": (
        *("a06", "a07", "a08", "a09", "a10", "b06", "b07", "b08", "b09", "b10"),
        *("c10", "c11", "c12", "f10", "f11", "f12", "g10", "g11", "g12"),
        *("h13", "h14", "i13", "i14", "j13", "j14"),
        *("k14", "k15", "k16", "l14", "l15", "l16"),
    ),
}
_STEMS = frozenset(stem for stems in UNSEEN.values() for stem in stems)
_SHOWN = {
    "stories": "stories cut right",
    "title": "titles",
    "source": "sources",
    "paragraphs": "paragraphs",
    "organizations": "organizations",
    "organization_names": "organizations with full name",
    "places_adcode": "places with code",
    "dates_edtf": "dates with value",
    "counts": "counts",
    "counts_comparator": "counts with comparator",
    "facts_subject": "facts: subject right",
    "facts_core": "facts: subject and place right",
    "facts": "facts: all right",
    "text_cer": "wrong characters",
}
_BY_RULES_ALONE = ("organizations", "facts_subject", "facts_core")

Figures = Mapping[str, Mapping[str, float]]


def is_unseen(page: str) -> bool:
    """Whether nobody looks at a page, such as ``d07.txt``, whatever folder of gold it is in.

    `hard` has damaged copies of those of `pages`.
    """
    return page.partition(".")[0] in _STEMS


def reports(model: Path | None) -> dict[str, Report]:
    """Scores by group of pages, with the language model in the folder `model` or without."""
    found = {name: _report(GOLD / name, model) for name in GROUPS}
    with tempfile.TemporaryDirectory() as folder:
        rows = ["path,published"]
        for group, stems in UNSEEN.items():
            for stem in stems:
                for path in (GOLD / group).glob(f"{stem}.*"):
                    shutil.copy(path, folder)
            lines = (GOLD / group / "metadata.csv").read_text("utf-8").splitlines()[1:]
            rows += [line for line in lines if line.partition(".")[0] in stems]
        (Path(folder) / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        found["unseen"] = _report(Path(folder), model)
    return found


def markdown(found: Mapping[str, Report], alone: Mapping[str, Report]) -> str:
    """The table of the README; `alone` are the scores of the rules alone."""
    rows = [f"|  | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for measure, name in _SHOWN.items():
        rows.append(f"| {name} | {' | '.join(_cells(measure, found))} |")
    for measure in _BY_RULES_ALONE:
        cells = " | ".join(_cells(measure, alone))
        rows.append(f"| with `--no-model`: {_SHOWN[measure]} | {cells} |")
    return "\n".join(rows)


def calibration(report: Report) -> str:
    """How often facts of some confidence are right, as a Markdown table."""
    rows = ["| confidence | facts | of these right |", "|---|---|---|"]
    rows += [f"| {mean:.2f} | {n} | {right:.2f} |" for mean, right, n in report.calibration()]
    return "\n".join(rows)


def table(found: Figures, before: Figures) -> Iterator[str]:
    """Lines for a terminal: each figure, and the change against `before` where there is one."""
    yield f"{'':32}" + "".join(f"{group:>17}" for group in found)
    for measure, name in _SHOWN.items():
        cells = [
            _change(figures.get(measure), before.get(group, {}).get(measure))
            for group, figures in found.items()
        ]
        yield f"{name:32}" + "".join(f"{cell:>17}" for cell in cells)


def _change(now: float | None, before: float | None) -> str:
    if now is None:
        return ""
    change = 0.0 if before is None else round(now, 4) - before
    return f"{now:.3f} {f'({change:+.3f})' if abs(change) >= 0.0005 else '':8}"


def _cells(measure: str, found: Mapping[str, Report]) -> Iterator[str]:
    for report in found.values():
        value = report.figures().get(measure)
        if value is None:
            yield ""
        else:
            yield f"{value:.1%}" if measure == "text_cer" else f"{value:.2f}"


def _report(gold: Path, model: Path | None) -> Report:
    with tempfile.TemporaryDirectory() as out:
        run(gold, Path(out), Recipe(model=model))
        return evaluate(Path(out), gold)


def main() -> None:
    """Print the table; with ``--save`` keep its figures as the baseline."""
    found = reports(builtin_model())
    figures = {group: report.figures() for group, report in found.items()}
    before = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    for line in table(figures, before):
        print(line)
    unseen = found["unseen"]
    print(f"\nFacts of unseen pages by confidence (error {unseen.calibration_error:.3f}):")
    for mean, right, n in unseen.calibration():
        print(f"  {mean:.2f}  right {right:.2f} of {n}")
    if "--save" in sys.argv:
        rounded = {g: {m: round(v, 4) for m, v in f.items()} for g, f in figures.items()}
        BASELINE.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
