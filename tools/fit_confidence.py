"""Fit the weights of `pipeline/resolve/facts/confidence.py`: ``python -m tools.fit_confidence``.

The facts of the pages of tests/gold that nobody looks at are read and compared with the truth; a
logistic regression with a small penalty learns which are right. Each fifth of the pages is once
left out to see how well the confidence of its facts is calibrated.
Writes pipeline/resolve/facts/confidence_weights.py.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from pipeline.evaluate import Report
from pipeline.evaluate.gold import load_gold
from pipeline.evaluate.scoring import score_page
from pipeline.recipe import Recipe
from pipeline.resolve.facts.confidence import signs
from pipeline.run import run
from pipeline.tag import builtin_model
from tests.support.scores import GOLD, UNSEEN, is_unseen

HERE = Path(__file__).parents[1]
WEIGHTS = HERE / "pipeline" / "resolve" / "facts" / "confidence_weights.py"
_PENALTY = 2.0
_RARE = 8  # a sign that fewer facts bear says nothing
_FOLDS = 5

Fact = tuple[str, frozenset[str], bool]  # its page, its signs, whether it is right
Array = npt.NDArray[np.float64]


def main() -> None:
    """Fit, show the calibration on pages left out, write the weights."""
    facts = [fact for group in UNSEEN for fact in _facts(GOLD / group) if is_unseen(fact[0])]
    pages = sorted({page for page, *_ in facts})
    folds = {page: n % _FOLDS for n, page in enumerate(pages)}
    report = Report()
    for fold in range(_FOLDS):
        weights = _fit([f for f in facts if folds[f[0]] != fold])
        left_out = [f for f in facts if folds[f[0]] == fold]
        report.trust += [(_chance(weights, s), right) for _, s, right in left_out]
    right = sum(r for *_, r in facts) / len(facts)
    print(f"{len(facts)} facts on {len(pages)} pages, {right:.3f} of them right")
    print(f"calibration error on pages left out: {report.calibration_error:.3f}")
    for mean, share, n in report.calibration():
        print(f"  {mean:.2f}  right {share:.2f} of {n}")
    rows = [f'    "{sign}": {weight:.2f},' for sign, weight in sorted(_fit(facts).items())]
    text = '"""Made by tools/fit_confidence.py; see `confidence`."""\n\nWEIGHTS = {\n'
    WEIGHTS.write_text(text + "\n".join(rows) + "\n}\n", encoding="utf-8")


def _facts(gold: Path) -> list[Fact]:
    """All facts found on the pages of `gold`, each with its signs and whether it is right."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        run(gold, out, Recipe(model=builtin_model()))
        documents = {r["path"]: r["doc_id"] for r in _rows(out, "documents")}
        stories, facts = _rows(out, "stories"), _rows(out, "facts")
    found: list[Fact] = []
    for truth in load_gold(gold):
        there = [s for s in stories if s["doc_id"] == documents.get(truth["doc"])]
        for story in there:
            rows = [r for r in facts if r["story_id"] == story["story_id"]]
            # One fact at a time, with a confidence that names it, so that its verdict is known.
            marked: list[Mapping[str, Any]] = [
                {**r, "confidence": float(n)} for n, r in enumerate(rows)
            ]
            report = Report()
            score_page(report, truth, [story], [{"facts": marked}])
            verdicts = {int(c): right for c, right in report.trust}
            found += [
                (truth["doc"], frozenset(_signs(r, story)), verdicts[n])
                for n, r in enumerate(rows)
                if n in verdicts
            ]
    return found


def _rows(out: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(out / table).to_pylist()
    return rows


def _signs(row: Mapping[str, Any], story: Mapping[str, Any]) -> Iterable[str]:
    names = ("rule", "field", "subject", "unit", "comparator", "adcode", "date", "quote")
    sure = row["subject_confidence"]
    return signs(**{name: row[name] for name in names}, home=story["adcode"], sure=sure)


def _fit(facts: Sequence[Fact]) -> dict[str, float]:
    """Weights of the signs: Newton's method on the penalized likelihood."""
    counts: dict[str, int] = {}
    for _, some, _ in facts:
        for sign in some:
            counts[sign] = counts.get(sign, 0) + 1
    names = sorted(sign for sign, n in counts.items() if n >= _RARE)
    x: Array = np.array([[float(name in some) for name in names] for _, some, _ in facts])
    y: Array = np.array([float(right) for *_, right in facts])
    w: Array = np.zeros(len(names))
    penalty: Array = _PENALTY * np.eye(len(names))
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (y - p) - penalty @ w
        w = w + np.linalg.solve((x.T * (p * (1 - p))) @ x + penalty, gradient)
    return {name: round(float(v), 2) for name, v in zip(names, w, strict=True)}


def _chance(weights: Mapping[str, float], some: Iterable[str]) -> float:
    return float(1 / (1 + np.exp(-sum(weights.get(s, 0.0) for s in some))))


if __name__ == "__main__":
    main()
