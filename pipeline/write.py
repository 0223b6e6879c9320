"""Write tables so that readers never see half a run.

``OUT/.runs/000007/<table>/part-0.parquet`` holds one run. When all of it is on disk, one
rename turns the link ``OUT/.current`` from the last run to this one; ``OUT/<table>`` is a fixed
link into it, as is ``OUT/manifest.json``, which says how the run was made. So a run that fails
or is killed leaves the tables of the last one standing.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import LockedError, OutputError
from pipeline.schemas import TABLES, schema

RUNS, CURRENT, LOCK, MANIFEST = ".runs", ".current", ".lock", "manifest.json"


class Writer:
    """Takes the tables of one run piece by piece; made by `open_output`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = ExitStack()
        self._writers = {}
        for name in TABLES:
            (folder / name).mkdir(parents=True)
            path = folder / name / "part-0.parquet"
            self._writers[name] = self._files.enter_context(
                pq.ParquetWriter(path, schema(name), compression="zstd", compression_level=3)
            )

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Append rows to the tables named."""
        with _output_errors():
            for name, table in tables.items():
                if table.num_rows:
                    self._writers[name].write_table(table)

    def describe(self, manifest: Mapping[str, object]) -> None:
        """Write how the run was made to its ``manifest.json``."""
        text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        with _output_errors():
            (self._folder / MANIFEST).write_text(text, encoding="utf-8")

    def close(self) -> None:
        """Write what is still in memory."""
        with _output_errors():
            self._files.close()


@contextmanager
def open_output(out: Path) -> Iterator[Writer]:
    """A writer whose tables become those of `out` when the block ends without an error.

    Raises LockedError where another run writes to `out`, and OutputError where it cannot be
    written; either way the tables of the last run stay as they are.
    """
    with ExitStack() as stack:
        with _output_errors():
            out.mkdir(parents=True, exist_ok=True)
            _lock(out, stack)
            _link_tables(out)
            folder = _new_run(out)
        try:
            with _output_errors():
                writer = Writer(folder)
            try:
                yield writer
            finally:
                writer.close()
            with _output_errors():
                last = _publish(out, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        _tidy(out, keep={folder.name, last})


@contextmanager
def _output_errors() -> Iterator[None]:
    """Turn what the system says of writing into an OutputError."""
    try:
        yield
    except OSError as e:
        where = f"{e.filename}: " if e.filename else ""
        cure = "give another --out, or make room and the right to write there"
        raise OutputError(f"{where}cannot be written ({e.strerror or e}); {cure}") from e


def _lock(out: Path, stack: ExitStack) -> None:
    handle = stack.enter_context((out / LOCK).open("a"))
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        cure = "wait until it is done, or give another --out"
        raise LockedError(f"another run is writing to {out}; {cure}") from None


def _link_tables(out: Path) -> None:
    links = [out / name for name in (*TABLES, MANIFEST) if not (out / name).is_symlink()]
    for link in links:
        if link.exists():
            raise OutputError(f"{link} is in the way; move it elsewhere or give another --out")
    for link in links:
        link.symlink_to(Path(CURRENT) / link.name, target_is_directory=link.name != MANIFEST)


def _new_run(out: Path) -> Path:
    (out / RUNS).mkdir(exist_ok=True)
    last = max((int(p.name) for p in _runs(out)), default=0)
    folder = out / RUNS / f"{last + 1:06d}"
    folder.mkdir()
    return folder


def _runs(out: Path) -> list[Path]:
    return sorted(p for p in (out / RUNS).iterdir() if p.name.isdigit())


def _publish(out: Path, folder: Path) -> str:
    """Make `folder` the current run, after all of it has reached the disk; the last run's name."""
    for path in (*folder.rglob("*.*"), *folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    current = out / CURRENT
    last = current.readlink().name if current.is_symlink() else ""
    new = out / f"{CURRENT}.new"
    new.unlink(missing_ok=True)
    new.symlink_to(Path(RUNS) / folder.name, target_is_directory=True)
    new.replace(current)
    return last


def _tidy(out: Path, keep: set[str]) -> None:
    """Drop old runs and what killed ones left. The last run stays: some may be reading it yet."""
    for path in _runs(out):
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
