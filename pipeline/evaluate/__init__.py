"""Score tables against pages with known truth.

`gold` loads the truth, `scoring` compares, `report` holds the figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.errors import UsageError
from pipeline.evaluate.gold import Row, load_gold
from pipeline.evaluate.report import Report
from pipeline.evaluate.scoring import score_page

__all__ = ["Report", "evaluate"]


def evaluate(out: Path, gold: Path) -> Report:
    """Score the tables in `out` against every ``*.json`` with stories in `gold`.

    Raises UsageError where either holds nothing to compare, or a gold file has not its form.
    """
    truths = load_gold(gold)
    docs = {r["path"].rpartition("/")[2]: r["doc_id"] for r in _table(out, "documents")}
    if not any(t["doc"] in docs for t in truths):
        raise UsageError(f"{out}: made from other pages; give the --out of a run over {gold}")
    stories = _grouped(_table(out, "stories"), "doc_id")
    tables = {
        name: _grouped(_table(out, name), "story_id")
        for name in ("organizations", "places", "dates", "counts", "facts")
    }
    report = Report()
    for truth in truths:
        found = sorted(stories.get(docs.get(truth["doc"], ""), []), key=lambda s: int(s["ordinal"]))
        rows = [{n: t.get(s["story_id"], []) for n, t in tables.items()} for s in found]
        score_page(report, truth, found, rows)
    return report


def _table(out: Path, name: str) -> list[Row]:
    try:
        rows: list[Row] = pq.read_table(out / name).to_pylist()
    except FileNotFoundError as e:
        raise UsageError(f"{out}: no table {name}; give the --out of a finished run") from e
    return rows


def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups
