"""Drafts of gold files: what the program found on a page, for a person to correct."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from pipeline.evaluate.gold import Row
from pipeline.read.page import SUFFIXES

# Cells of the rows of each table, in the order in which they are written.
_CELLS: Mapping[str, Sequence[str]] = {
    "organizations": ("text", "name"),
    "places": ("text", "adcode"),
    "dates": ("text", "edtf", "kind"),
    "counts": ("text", "value", "value_max", "comparator", "unit"),
    "facts": ("text", "value", "value_max", "comparator", "unit", "subject", "adcode", "date"),
}
_CHOICES = ("subject", "adcode", "date")


def draft(
    document: Row, stories: Sequence[Row], tables: Mapping[str, Mapping[str, list[Row]]]
) -> str:
    """A gold file for the page `document` with its `stories`; `tables` has their rows by story."""
    published = document["published"]
    head = {
        "doc": PurePosixPath(document["path"]).name,
        "published": published.isoformat() if published else None,
    }
    body = ",\n".join("".join(_story(s, tables)) for s in stories)
    return f'{_shown(head)[:-1]},\n "stories": [\n{body}\n]}}\n'


def _story(story: Row, tables: Mapping[str, Mapping[str, list[Row]]]) -> Iterator[str]:
    """One story, each of its rows on a line of its own."""
    yield "  {" + ",\n   ".join(
        f'"{key}": {_shown(story[key])}' for key in ("title", "source", "text")
    )
    for table, cells in _CELLS.items():
        rows = [
            _shown(_cells(row, cells, table)) for row in tables[table].get(story["story_id"], [])
        ]
        listed = ",\n     ".join(rows)
        yield f',\n   "{table}": [{listed}]'
    yield "}"


def _cells(row: Row, cells: Sequence[str], table: str) -> dict[str, object]:
    found = {cell: _plain(row[cell]) for cell in cells}
    if table == "facts":
        found |= {cell: [found[cell] or None] for cell in _CHOICES} | {"quote": row["quote"]}
    return found


def _plain(value: object) -> object:
    """A whole number without its ``.0``."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_drafts(folder: Path, drafts: Mapping[str, str]) -> list[Path]:
    """Write each draft into `folder`, but never over a file that is there."""
    written = []
    for name, text in drafts.items():
        page = PurePosixPath(name).name
        suffix = max((s for s in SUFFIXES if page.lower().endswith(s)), key=len)
        path = folder / f"{page[: -len(suffix)]}.json"
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written
