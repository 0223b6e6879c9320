"""Score tables against pages with known truth.

`gold` loads the truth, `scoring` compares, `report` holds the figures; `draft` writes gold files
for a person to correct.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.errors import UsageError
from pipeline.evaluate.draft import draft, write_drafts
from pipeline.evaluate.gold import Row, load_gold
from pipeline.evaluate.report import Report
from pipeline.evaluate.scoring import score_page

_TABLES = ("organizations", "places", "dates", "counts", "facts")

__all__ = ["Report", "evaluate", "write_gold"]


def evaluate(out: Path, gold: Path) -> Report:
    """Score the tables in `out` against every ``*.json`` with stories in `gold`.

    Raises UsageError where either holds nothing to compare, or a gold file has not its form.
    """
    truths = load_gold(gold)
    docs = {r["path"].rpartition("/")[2]: r["doc_id"] for r in _table(out, "documents")}
    if not any(t["doc"] in docs for t in truths):
        raise UsageError(f"{out}: made from other pages; give the --out of a run over {gold}")
    rejected = {r["path"].rpartition("/")[2] for r in _table(out, "rejects")}
    lost = [t["doc"] for t in truths if t["doc"] not in docs and t["doc"] not in rejected]
    if lost:
        what = f"pages that were not read: {', '.join(lost)}"
        raise UsageError(f"{gold}: truth about {what}; set doc to the name of the text file")
    stories, tables = _rows(out)
    report = Report()
    for truth in truths:
        found = stories.get(docs.get(truth["doc"], ""), [])
        rows = [{n: t.get(s["story_id"], []) for n, t in tables.items()} for s in found]
        score_page(report, truth, found, rows)
    return report


def write_gold(out: Path, gold: Path) -> list[Path]:
    """Write a draft ``NAME.json`` for each page of `gold` without one; `out` was made from these.

    The drafts say what was found, which is not yet the truth.
    """
    stories, tables = _rows(out)
    drafts = {
        d["path"]: draft(d, stories.get(d["doc_id"], []), tables) for d in _table(out, "documents")
    }
    return write_drafts(gold, drafts)


def _rows(out: Path) -> tuple[dict[str, list[Row]], dict[str, dict[str, list[Row]]]]:
    """The stories by page, in order, and the rows of each table by story."""
    stories = _grouped(_table(out, "stories"), "doc_id")
    for some in stories.values():
        some.sort(key=lambda s: int(s["ordinal"]))
    return stories, {name: _grouped(_table(out, name), "story_id") for name in _TABLES}


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
