"""The pages of a run, one chunk after the other, so that memory does not grow with the run."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from pipeline.runs.layout import Run

# Table → the column that says what a mention of it means.
_MEANING = {"organizations": "name", "places": "name", "dates": "edtf", "counts": "text"}
_Row = TypeVar("_Row", bound=Struct)
_Parts = Mapping[str, Path]


class Document(Struct, frozen=True):
    """A row of `documents`."""

    doc_id: str
    path: str
    sha256: str
    encoding: str
    chars: int
    published: dt.date | None
    publication: str | None


class Mention(Struct, frozen=True):
    """A row of a mention table; `kind` is the table, `meaning` what it stands for."""

    kind: str
    field: str
    start: int
    end: int
    raw_start: int
    raw_end: int
    meaning: str


class FactRow(Struct, frozen=True):
    """A row of `facts`."""

    fact_id: str
    story_id: str
    field: str
    start: int
    end: int
    text: str
    raw_start: int
    raw_end: int
    rule: str
    confidence: float
    value: float
    value_max: float | None
    comparator: str
    unit: str | None
    subject: str
    place: str | None
    adcode: str | None
    org: str | None
    date: str | None
    date_start: dt.date | None
    date_end: dt.date | None
    quote: str
    doubt: str | None
    place_rule: str | None
    date_rule: str | None

    @property
    def key(self) -> str:
        """Its name within the story: ``f003``."""
        return self.fact_id.rpartition("-")[2]


class StoryRow(Struct, frozen=True):
    """A row of `stories`."""

    story_id: str
    doc_id: str
    ordinal: int
    title: str
    source: str | None
    text: str
    place: str | None
    published: dt.date | None
    raw_start: int
    raw_end: int


class Repair(Struct, frozen=True):
    """A row of `repairs`."""

    doc_id: str
    raw_start: int
    raw_end: int
    raw: str
    clean: str


class StoryView(Struct, frozen=True):
    """A story with all that was found in it."""

    row: StoryRow
    mentions: Sequence[Mention]
    facts: Sequence[FactRow]


class PageView(Struct, frozen=True):
    """A page with its stories in order, and what was repaired on it."""

    document: Document
    stories: Sequence[StoryView]
    repairs: Sequence[Repair]


class RejectRow(Struct, frozen=True):
    """A row of `rejects`."""

    path: str
    reason: str
    detail: str


def read_pages(run: Run) -> Iterator[PageView]:
    """All pages of `run`, in the order of its tables."""
    for parts in _chunks(run.folder):
        if "documents" in parts:
            yield from _pages(parts)


def read_rejects(run: Run, limit: int) -> list[RejectRow]:
    """The first `limit` rejects of `run`."""
    found: list[RejectRow] = []
    for parts in _chunks(run.folder):
        if len(found) < limit and "rejects" in parts:
            found += _rows(_table(parts, "rejects"), RejectRow)
    return found[:limit]


def _chunks(folder: Path) -> list[_Parts]:
    """Table → part for each chunk of a run; the parts of a chunk bear the same number."""
    chunks: dict[str, dict[str, Path]] = defaultdict(dict)
    for part in folder.glob("*/part-*.parquet"):
        chunks[part.name.split("-")[1]][part.parent.name] = part
    return [chunks[number] for number in sorted(chunks)]


def _pages(parts: _Parts) -> Iterator[PageView]:
    """The pages of one chunk."""
    mentions: dict[str, list[Mention]] = defaultdict(list)
    for table in _MEANING:
        for story_id, mention in _mentions(parts, table):
            mentions[story_id].append(mention)
    facts: dict[str, list[FactRow]] = defaultdict(list)
    for fact in _read(parts, "facts", FactRow):
        facts[fact.story_id].append(fact)
    stories: dict[str, list[StoryView]] = defaultdict(list)
    for story in _read(parts, "stories", StoryRow):
        found = StoryView(story, mentions[story.story_id], facts[story.story_id])
        stories[story.doc_id].append(found)
    repairs: dict[str, list[Repair]] = defaultdict(list)
    for repair in _read(parts, "repairs", Repair):
        repairs[repair.doc_id].append(repair)
    for document in _read(parts, "documents", Document):
        yield PageView(document, stories[document.doc_id], repairs[document.doc_id])


def _mentions(parts: _Parts, table: str) -> Iterator[tuple[str, Mention]]:
    if table in parts:
        spans = ("field", "start", "end", "raw_start", "raw_end")
        for story_id, *cells in _cells(_table(parts, table), ("story_id", *spans, _MEANING[table])):
            yield story_id, Mention(table, *cells)


def _read(parts: _Parts, table: str, kind: type[_Row]) -> list[_Row]:
    return _rows(_table(parts, table), kind) if table in parts else []


def _rows(table: pa.Table, kind: type[_Row]) -> list[_Row]:
    """The rows of `table` as records, whose fields are columns."""
    return [kind(*cells) for cells in _cells(table, kind.__struct_fields__)]


def _cells(table: pa.Table, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Rows of some columns. One that an older version did not write yet is empty."""
    there, nothing = set(table.column_names), [None] * table.num_rows
    columns = (table[name].to_pylist() if name in there else nothing for name in names)
    return zip(*columns, strict=True)


def _table(parts: _Parts, table: str) -> pa.Table:
    return pq.ParquetFile(parts[table]).read()
