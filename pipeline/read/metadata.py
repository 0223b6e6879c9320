"""What metadata.csv says of the pages: when each was published, and in which paper."""

from __future__ import annotations

import csv
import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from pipeline.errors import UsageError
from pipeline.records import Reject

METADATA = "metadata.csv"


class About(Struct, frozen=True):
    """What metadata.csv says of one page."""

    published: dt.date | None = None
    publication: str | None = None


NOT_LISTED = About()


def load_metadata(folder: Path) -> tuple[dict[str, About], list[Reject]]:
    """The rows of the metadata.csv in `folder` by path, and its bad rows; none without a file.

    Raises UsageError where the file as a whole cannot be used.
    """
    path = folder / METADATA
    about: dict[str, About] = {}
    rejects: list[Reject] = []
    if not path.exists():
        return about, rejects
    if not path.is_file():
        raise UsageError(f"{path}: not a regular file; put a CSV file there, or nothing")
    for where, row in _rows(path):
        problem = row if isinstance(row, str) else _add(about, row)
        if problem:
            rejects.append(Reject(where, "bad-metadata", problem))
    return about, rejects


def same(path: str) -> str:
    """A path as metadata and file system agree on it: composed characters, no ``./``."""
    return unicodedata.normalize("NFC", path.removeprefix("./"))


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, str | None] | str]]:
    """Rows as ``(where, cells)``; cells beyond the header are under the empty name.

    A row that cannot be parsed comes as the problem, in words.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, restkey="")
            reader.fieldnames = _header(path, reader)
            while True:
                try:
                    row: Mapping[str, str | None] | str = next(reader)
                except StopIteration:
                    return
                except csv.Error as e:
                    row = f"{e}; correct the quotes in this row"
                # Of the reader within: that of DictReader stays behind where a row is bad.
                yield f"{METADATA}:{reader.reader.line_num}", row
    except UnicodeDecodeError as e:
        raise UsageError(f"{path}: not UTF-8; save it as CSV UTF-8") from e
    except OSError as e:
        raise UsageError(f"{path}: {e.strerror}; check its permissions") from e


def _header(path: Path, reader: csv.DictReader[str]) -> list[str]:
    try:
        header = [h.strip() for h in reader.fieldnames or ()]
    except csv.Error as e:
        raise UsageError(f"{path}:1: {e}; correct the first line") from e
    if "path" not in header or "published" not in header:
        shown = ",".join(header)[:80] or "nothing"
        cure = "the first line must be path,published or path,published,publication"
        raise UsageError(f"{path}:1: the header is {shown}; {cure}")
    return header


def _add(about: dict[str, About], row: Mapping[str, str | None]) -> str | None:
    """Take one row of metadata.csv into `about`; the problem, with its cure, if it is bad."""
    if row.get("") or None in row.values():
        return "not as many cells as the header; put a text with commas in double quotes"
    cells = {k: (v or "").strip() for k, v in row.items()}
    path = same(cells["path"].replace("\\", "/"))
    if not path:
        return "the path is empty; write the file's path relative to the raw folder"
    if path in about:
        return f"{path} stands here a second time; delete one of the rows"
    try:
        published = dt.date.fromisoformat(cells["published"]) if cells["published"] else None
    except ValueError:
        return f"published is {cells['published']!r}; write it like 2025-06-25 or leave it empty"
    if published and not 1800 <= published.year < 2200:
        return f"published is {published}, and no paper is of that year; write the day of issue"
    about[path] = About(published, cells.get("publication") or None)
    return None
