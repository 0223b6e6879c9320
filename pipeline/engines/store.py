"""What becomes of the result of a chunk: its parts are put where the run takes them from."""

from __future__ import annotations

from msgspec import Struct

from pipeline.plan import chunk_key
from pipeline.recipe import Fingerprint
from pipeline.records import Reject
from pipeline.runs.staging import StagedChunk, StagingArea, stage
from pipeline.tables import to_table
from pipeline.worker import Result


class Stored(Struct, frozen=True):
    """A chunk whose parts are put; what was rejected in it, and some facts to show."""

    chunk: StagedChunk
    rejects: tuple[Reject, ...]
    samples: tuple[str, ...]


class Store(Struct, frozen=True):
    """Puts results of a run into its `area`; it can be sent to where they arise.

    `fingerprint` stands for what decides their rows, beside the pages.
    """

    fingerprint: Fingerprint
    area: StagingArea

    def put(self, result: Result) -> Stored:
        """Put the parts of a result; when this returns they are there in full."""
        # What the worker met: a page may have changed since it was planned.
        key = chunk_key(self.fingerprint.digest, result.pages)
        tables = {name: to_table(name, columns) for name, columns in result.tables.items()}
        chunk = stage(self.area, key, result.ordinal, result.chars, result.pages, tables)
        return Stored(chunk, result.rejects, result.samples)
