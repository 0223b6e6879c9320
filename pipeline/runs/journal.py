"""The journal of a run: a line for each chunk whose parts are wholly on disk.

It tells the next run which parts it may take over, and why a page was read anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from pipeline.runs.layout import JOURNAL

# Rejects that may end otherwise next time, although the page is the same.
# Of a page that could not be read at all the key of its chunk knows: it has no digest.
PASSING = frozenset({"changing", "crashed", "timeout", "out-of-memory"})


class PageState(Struct, frozen=True):
    """A page as a run met it: bytes, row of metadata.csv, and why it was rejected, if it was."""

    path: str
    sha256: str
    published: str
    publication: str
    reject: str

    @property
    def input(self) -> tuple[str, str, str, str]:
        """What decides the rows of the page, beside rules, model and program."""
        return (self.path, self.sha256, self.published, self.publication)


class ChunkRecord(Struct, frozen=True):
    """A finished chunk: its key, its place in the order of the pages, rows and bytes by table.

    `chars` are the characters of its pages. A table without rows has no part.
    """

    key: str
    ordinal: int
    chars: int
    parts: Mapping[str, tuple[int, int]]
    pages: tuple[PageState, ...]

    @property
    def again(self) -> bool:
        """Whether some page of it may end otherwise next time."""
        return any(p.reject in PASSING for p in self.pages)

    def file(self, run: str) -> str:
        """The name of its parts in the run of that name."""
        return part_name(run, self.ordinal, self.key)

    def line(self) -> str:
        """The record as a line of the journal. ASCII: names of files may hold any bytes."""
        pages = [(p.path, p.sha256, p.published, p.publication, p.reject) for p in self.pages]
        record = {"key": self.key, "ordinal": self.ordinal, "chars": self.chars}
        return json.dumps({**record, "parts": dict(self.parts), "pages": pages}) + "\n"


def part_name(run: str, ordinal: int, key: str) -> str:
    """The file name of a part: ``part-000012-0f3a…-000007.parquet``; rows are in their order.

    No two runs share a name. A reader that lists the files of one run and opens those of the
    next then fails, where it would otherwise read some of the rows and not know it.
    """
    return f"part-{ordinal:06d}-{key[:16]}-{run}.parquet"


def read_journal(folder: Path) -> Iterator[ChunkRecord]:
    """The chunks that the run in `folder` finished.

    A line that cannot be read, as when a kill cut it off, is left out: its chunk is made anew.
    """
    try:
        with (folder / JOURNAL).open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                record = _record(line)
                if record:
                    yield record
    except FileNotFoundError:
        return


def _record(line: str) -> ChunkRecord | None:
    try:
        row = json.loads(line)
        return ChunkRecord(
            row["key"],
            row["ordinal"],
            row["chars"],
            {name: (rows, size) for name, (rows, size) in row["parts"].items()},
            tuple(PageState(*page) for page in row["pages"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
