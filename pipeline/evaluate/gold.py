"""Gold files: ``NAME.json`` says what the stories of ``NAME.txt`` are and what stands in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError

Row = Mapping[str, Any]
_NEEDED = {  # cells of gold rows without which nothing can be compared
    "organizations": ("text",),
    "places": ("text",),
    "dates": ("text", "edtf"),
    "counts": ("value",),
    "facts": ("value", "subject", "adcode", "date"),
}


def load_gold(folder: Path) -> list[Row]:
    """The gold files of a folder, by name. Raises UsageError for none, or one out of form.

    A story may leave out a kind of rows (organizations, facts, …); that is then not scored.
    """
    truths: list[Row] = [t for p in sorted(folder.glob("*.json")) if "stories" in (t := _json(p))]
    if not truths:
        raise UsageError(f"{folder}: no pages with truth in it; put NAME.txt and NAME.json there")
    return truths


def _json(path: Path) -> Row:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as e:
        raise UsageError(f"{path}: not JSON in UTF-8 ({e}); correct it") from e
    if not isinstance(found, dict) or "stories" not in found:
        return {}
    problem = next(_lacking(found), None)
    if problem:
        raise UsageError(f"{path}: {problem}; docs/guidelines.md has the form")
    return found


def _lacking(truth: Row) -> Iterator[str]:
    """What a gold file lacks that scoring needs."""
    if "doc" not in truth:
        yield "no doc, the name of its page"
    for n, story in enumerate(truth["stories"], start=1):
        yield from (f"story {n} has no {key}" for key in ("title", "text") if key not in story)
        for table, keys in _NEEDED.items():
            for m, row in enumerate(story.get(table, ()), start=1):
                yield from (f"story {n}, {table} {m}: no {k}" for k in keys if k not in row)
