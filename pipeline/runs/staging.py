"""Parts on their way into a run: put where their pages were read, taken over by the run.

What is put has a name of its own each time, so that a chunk that is read twice, as when a worker
was taken for dead and was not, never mixes the parts of both. The run takes those it has heard of.
"""

from __future__ import annotations

import os
import shutil
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from pipeline.errors import OutputError, UsageError
from pipeline.runs.journal import ChunkRecord, PageState
from pipeline.runs.layout import output_errors

if TYPE_CHECKING:
    import fsspec
    import pyarrow as pa


class StagedChunk(Struct, frozen=True):
    """A chunk whose parts are put; `stem` is how their names begin."""

    record: ChunkRecord
    stem: str

    def name(self, table: str) -> str:
        """The name of its part of a table."""
        return f"{self.stem}-{table}.parquet"


class StagingArea(Protocol):
    """Where parts are put; it can be sent to whoever puts some."""

    def put(self, name: str, data: pa.Buffer) -> None:
        """Put a part; when this returns it is there in full."""

    def take(self, name: str, path: Path) -> None:
        """Make a part that was put the file `path`."""

    def clear(self) -> None:
        """Remove what nobody has taken."""


class RunArea(Struct, frozen=True):
    """A folder on the file system of the run, which all who put parts see under this path."""

    folder: Path

    def put(self, name: str, data: pa.Buffer) -> None:
        """Put a part; when this returns it is on disk. Raises OutputError."""
        path = self.folder / name
        with output_errors(path):
            try:
                write_file(path, data)
            except FileNotFoundError as e:
                here = f"{self.folder}: not to be seen on {socket.gethostname()}"
                cure = "mount --out there under the same path, or give --staging a folder or URL"
                raise OutputError(f"{here}; {cure}") from e

    def take(self, name: str, path: Path) -> None:
        """Make a part that was put the file `path`."""
        with output_errors(path):
            (self.folder / name).replace(path)

    def clear(self) -> None:
        """Remove what nobody has taken."""
        shutil.rmtree(self.folder, ignore_errors=True)


class RemoteArea(Struct, frozen=True):
    """A folder that is named by its path or URL, for fsspec; parts are fetched from it."""

    url: str

    def put(self, name: str, data: pa.Buffer) -> None:
        """Put a part; when this returns it is there in full. Raises OutputError or UsageError."""
        with _remote_errors(self.url):
            files, folder = _open(self.url)
            files.pipe_file(f"{folder}/{name}", data.to_pybytes())

    def take(self, name: str, path: Path) -> None:
        """Fetch a part that was put to the file `path`, and remove it there."""
        with _remote_errors(self.url):
            files, folder = _open(self.url)
            data = files.cat_file(f"{folder}/{name}")
            files.rm_file(f"{folder}/{name}")
        with output_errors(path):
            write_file(path, data)

    def make(self) -> None:
        """See to it that the folder is there, where there are folders. Raises as `put` does."""
        with _remote_errors(self.url):
            files, folder = _open(self.url)
            files.makedirs(folder, exist_ok=True)

    def clear(self) -> None:
        """Remove the folder with what nobody has taken."""
        with suppress(Exception):  # what stays there harms no run
            files, folder = _open(self.url)
            files.rm(folder, recursive=True)


def open_area(folder: Path, staging: str | None) -> StagingArea:
    """A new area: the `folder` of a run, or a folder of its own in `staging`, a path or URL.

    Raises UsageError where `staging` is of a kind that cannot be used, OutputError where it
    cannot be written.
    """
    if staging is None:
        with output_errors():
            folder.mkdir()
        return RunArea(folder)
    place = staging if "://" in staging else str(Path(staging).absolute())
    area = RemoteArea(f"{place.rstrip('/')}/shilu-{uuid.uuid4().hex}")
    area.make()
    return area


def stage(
    area: StagingArea,
    key: str,
    ordinal: int,
    chars: int,
    pages: tuple[PageState, ...],
    tables: Mapping[str, pa.Table],
) -> StagedChunk:
    """Put the parts of a chunk into `area`, for those tables that have rows."""
    stem = f"{ordinal:06d}-{key[:16]}-{uuid.uuid4().hex}"
    parts = {name: (t.num_rows, encode(t)) for name, t in tables.items() if t.num_rows}
    sizes = {name: (rows, data.size) for name, (rows, data) in parts.items()}
    staged = StagedChunk(ChunkRecord(key, ordinal, chars, sizes, pages), stem)
    for table, (_, data) in parts.items():
        area.put(staged.name(table), data)
    return staged


def encode(rows: pa.Table) -> pa.Buffer:
    """Rows as the bytes of a part."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd", compression_level=3)
    return sink.getvalue()


def load_encoder() -> None:
    """Load what `encode` needs. It takes a while, in which workers may start."""
    import pyarrow.parquet  # noqa: F401


def write_file(path: Path, data: pa.Buffer | bytes) -> None:
    """Write a file and wait until it is on disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _open(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    from fsspec.core import url_to_fs

    files, folder = url_to_fs(url)
    return files, folder


@contextmanager
def _remote_errors(url: str) -> Iterator[None]:
    """Turn what fsspec and its file systems say into errors with a cure."""
    try:
        yield
    except (OutputError, UsageError):
        raise
    except (ImportError, ValueError) as e:  # the kind is unknown, or its package is missing
        cure = "install what it asks for on all machines, or give another --staging"
        raise UsageError(f"{url}: {e}; {cure}") from e
    except Exception as e:  # each file system has errors of its own
        cure = "see that all machines may read, write and delete there, or give another --staging"
        raise OutputError(f"{url}: cannot be used ({type(e).__name__}: {e}); {cure}") from e
