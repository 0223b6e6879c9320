"""Make a run: write the parts of its chunks, link those of the run before, publish all at once."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec.structs import replace

from pipeline.datapackage import Content, describe
from pipeline.errors import OutputError
from pipeline.records import Reject
from pipeline.runs.journal import ChunkRecord, part_name, read_journal
from pipeline.runs.layout import (
    CURRENT,
    JOURNAL,
    LOCK,
    MANIFEST,
    PACKAGE,
    RUNS,
    STAGED,
    open_run,
    output_errors,
    run_folders,
)
from pipeline.runs.staging import StagedChunk, StagingArea, encode, open_area, write_file
from pipeline.schemas import TABLES
from pipeline.tables import reject_rows, to_tables

if TYPE_CHECKING:
    import pyarrow as pa

_FILES = (MANIFEST, PACKAGE)  # beside the tables, and found through links as they are

# What link() says on file systems that have no hard links, or where a file has too many.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS, errno.EACCES}


class NewRun:
    """A run in the making in the output folder `out`; made by `new_run`.

    `area` is where the parts of its chunks are put before it takes them.
    """

    def __init__(self, out: Path, folder: Path, journal: IO[str], area: StagingArea) -> None:
        self.out = out
        self.area = area
        self._folder = folder
        self._journal = journal
        self._rows: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """For example ``000007``."""
        return self._folder.name

    def link(self, folder: Path, record: ChunkRecord, ordinal: int) -> None:
        """Take over a chunk of the run in `folder`, as the `ordinal`-th of this run."""
        moved = replace(record, ordinal=ordinal)
        with output_errors():
            for table in record.parts:
                _link(
                    folder / table / record.file(folder.name),
                    self._folder / table / moved.file(self.name),
                )
        self._note(moved)

    def sync(self) -> None:
        """See to it that the lines of linked chunks reach the disk."""
        with output_errors():
            self._journal.flush()
            os.fsync(self._journal.fileno())

    def take(self, staged: StagedChunk) -> ChunkRecord:
        """Take over a chunk from the area; when this returns it is in the journal."""
        record = staged.record
        for table in record.parts:
            self.area.take(staged.name(table), self._folder / table / record.file(self.name))
        self._note(record)
        self.sync()
        return record

    def write_rejects(self, key: str, rejects: Sequence[Reject]) -> None:
        """Write the rejects that belong to no page; they stand before all others."""
        if rejects:
            table = to_tables([reject_rows(rejects)])["rejects"]
            self._part("rejects", part_name(self.name, 0, key), table)
            self._rows["rejects"] += len(rejects)

    def publish(self, manifest: Mapping[str, object]) -> None:
        """Make this the current run of the output folder, after all of it has reached the disk."""
        for name, table in to_tables([]).items():
            if not self._rows[name]:
                self._part(name, part_name(self.name, 0, "empty"), table)
        self.area.clear()
        with output_errors():
            self.sync()
            for name in TABLES:
                _sync_folder(self._folder / name)
            self._json(PACKAGE, self._described(manifest))
            self._json(MANIFEST, manifest)  # last: a run without one is no run
            _sync_folder(self._folder)
            _sync_folder(self._folder.parent)
            link_tables(self.out)
            turn_current(self.out, self._folder)

    def _described(self, manifest: Mapping[str, object]) -> Mapping[str, object]:
        """The run as a data package."""
        started = manifest.get("started")
        contents = {
            name: Content(sorted(p.name for p in (self._folder / name).iterdir()), self._rows[name])
            for name in TABLES
        }
        return describe(self.name, str(started) if started else None, contents)

    def _json(self, name: str, content: Mapping[str, object]) -> None:
        """Write a file beside the tables and wait until it is on disk."""
        with (self._folder / name).open("x", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())

    def _note(self, record: ChunkRecord) -> None:
        self._rows.update({table: rows for table, (rows, _) in record.parts.items()})
        with output_errors():
            self._journal.write(record.line())

    def _part(self, table: str, name: str, rows: pa.Table) -> None:
        """Write one part and wait until it is on disk."""
        path = self._folder / table / name
        with output_errors(path):
            write_file(path, encode(rows))


@contextmanager
def new_run(out: Path, staging: str | None = None) -> Iterator[NewRun]:
    """A new run in `out`, whose write lock the caller holds.

    Its parts are put into its own folder first, or into `staging`, a path or URL. Where it is not
    published its finished chunks stay for the next run; the tables stay those of the last run.
    """
    check_tables(out)
    with ExitStack() as stack:
        with output_errors():
            folder = _new_folder(out)
            for name in TABLES:
                (folder / name).mkdir()
            (folder / LOCK).touch()
            journal = stack.enter_context((folder / JOURNAL).open("a", encoding="ascii"))
        area: StagingArea | None = None
        try:
            area = open_area((folder / STAGED).absolute(), staging)
            yield NewRun(out, folder, journal, area)
        finally:
            if area:
                area.clear()
            with suppress(OSError):
                journal.close()  # on a full disk, what it could not write is not needed
            if not open_run(folder) and not any(read_journal(folder)):
                shutil.rmtree(folder, ignore_errors=True)


def check_tables(out: Path) -> None:
    """Raise OutputError where something else lies in the place of a table."""
    for name in (*TABLES, *_FILES):
        link = out / name
        if link.exists() and not link.is_symlink():
            raise OutputError(f"{link} is in the way; move it elsewhere or give another --out")


def link_tables(out: Path) -> None:
    """The fixed links ``OUT/facts`` → ``.current/facts``, where they are missing."""
    check_tables(out)
    with output_errors():
        for name in (*TABLES, *_FILES):
            if not (out / name).is_symlink():
                (out / name).symlink_to(Path(CURRENT) / name, target_is_directory=name in TABLES)


def turn_current(out: Path, folder: Path) -> None:
    """Make the run in `folder` the current one, in one step, and wait until that is on disk."""
    new = out / f"{CURRENT}.new"
    new.unlink(missing_ok=True)
    new.symlink_to(Path(RUNS) / folder.name, target_is_directory=True)
    new.replace(out / CURRENT)
    _sync_folder(out)


def _new_folder(out: Path) -> Path:
    (out / RUNS).mkdir(exist_ok=True)
    last = max((int(p.name) for p in run_folders(out)), default=0)
    folder = out / RUNS / f"{last + 1:06d}"
    folder.mkdir()
    return folder


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError as e:
        if e.errno not in _NO_LINKS:
            raise
        shutil.copyfile(old, new)
        with new.open("rb") as file:
            os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
