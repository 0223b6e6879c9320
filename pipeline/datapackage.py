"""Describe the tables of a run as a Frictionless Data Package, for programs that know none of it.

The form is version 2 of the standard: https://datapackage.org. All that is said of tables and
columns comes from `schemas`. No licence is named, since none has been chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from pipeline import __version__
from pipeline.schemas import KEYS, TABLES, Column, Kind

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_MEDIATYPE = "application/vnd.apache.parquet"
_TYPES: Mapping[Kind, str] = {
    "text": "string",
    "label": "string",
    "int": "integer",
    "float": "number",
    "date": "date",
    "bool": "boolean",
}


class Content(Struct, frozen=True):
    """What a table of a run consists of: the names of its files, in order, and all their rows."""

    files: Sequence[str]
    rows: int


def describe(run: str, created: str | None, contents: Mapping[str, Content]) -> dict[str, object]:
    """The content of ``datapackage.json`` for the run of this name, begun at `created` (ISO 8601).

    `contents` has all tables by name. Paths are relative to the folder that holds the tables.
    """
    return {
        "$schema": PROFILE,
        "name": "shilu",
        "title": "Shilu 实录: facts from the text of Chinese newspapers",
        "description": "Numbers with what is counted, where and when, and the characters of the "
        "raw pages that say so.",
        # Of the data, not of the program alone: build metadata after Semantic Versioning.
        "version": f"{__version__}+{run}",
        **({"created": created} if created else {}),
        "resources": [_resource(name, contents[name]) for name in TABLES],
    }


def _resource(table: str, content: Content) -> dict[str, object]:
    about, columns = TABLES[table]
    files = [f"{table}/{name}" for name in content.files]
    return {
        "name": table,
        "type": "table",
        "description": f"One row is {about}.",
        "path": files[0] if len(files) == 1 else files,
        "format": "parquet",
        "mediatype": _MEDIATYPE,
        # No `bytes`: the standard has it for one file, and frictionless then wants to have read
        # the file as text.
        "rows": content.rows,
        "schema": {
            "fields": [_field(c) for c in columns],
            # Parquet says itself what is missing; a blank subject is a subject.
            "missingValues": [],
            **dict(_keys(table, columns)),
        },
    }


def _field(column: Column) -> dict[str, object]:
    constraints: dict[str, object] = {} if column.nullable else {"required": True}
    if column.values:
        constraints["enum"] = list(column.values)
    return {
        "name": column.name,
        "type": _TYPES[column.kind],
        "description": column.about,
        **({"constraints": constraints} if constraints else {}),
    }


def _keys(table: str, columns: Sequence[Column]) -> Iterator[tuple[str, object]]:
    if table in KEYS:
        yield "primaryKey", [KEYS[table]]
    foreign = [
        {"fields": [key], "reference": {"resource": other, "fields": [key]}}
        for other, key in KEYS.items()
        if other != table and key in {c.name for c in columns}
    ]
    if foreign:
        yield "foreignKeys", foreign
