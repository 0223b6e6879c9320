"""Names and places in an output folder, and who may be in it: one writer, many readers."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

from pipeline.errors import LockedError, OutputError, UsageError

RUNS, CURRENT, LOCK = ".runs", ".current", ".lock"
MANIFEST, PACKAGE, JOURNAL = "manifest.json", "datapackage.json", "journal.jsonl"
STAGED, TRASH = "staged", "trash-"
_LOCK_TRIES, _LOCK_PAUSE = 3, 0.05  # times, seconds


class Run(Struct, frozen=True):
    """A whole run: its folder, and what its manifest says."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """For example ``000007``."""
        return self.folder.name


def run_folders(out: Path) -> list[Path]:
    """The folders of all runs in `out`, oldest first, be they whole or not."""
    try:
        return sorted(p for p in (out / RUNS).iterdir() if p.name.isdigit() and p.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def whole_runs(out: Path) -> list[Run]:
    """The runs in `out` that came to their end, oldest first."""
    return [run for folder in run_folders(out) if (run := open_run(folder))]


def current_run(out: Path) -> Run | None:
    """The run that the tables of `out` are of; None before the first one."""
    try:
        return open_run(out / RUNS / (out / CURRENT).readlink().name)
    except OSError:
        return None


def open_run(folder: Path) -> Run | None:
    """The run in `folder`, if it came to its end."""
    try:
        return Run(folder, json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError):
        return None


def find_run(path: Path) -> Run:
    """The run that a user means: an output folder (its current run) or the folder of a run.

    Raises UsageError where there is none.
    """
    run = current_run(path) or open_run(path.resolve())
    if run is None:
        cure = "give an output folder, or one of the runs in its .runs (shilu runs OUT)"
        raise UsageError(f"{path}: no tables there; {cure}")
    return run


@contextmanager
def output_errors(path: Path | None = None) -> Iterator[None]:
    """Turn what the system says of writing, to `path` if it names no other, into an OutputError."""
    try:
        yield
    except OSError as e:
        file = e.filename or path
        where = f"{file}: " if file else ""
        cure = "give another --out, or make room and the right to write there"
        raise OutputError(f"{where}cannot be written ({e.strerror or e}); {cure}") from e


@contextmanager
def write_lock(out: Path, wait: bool) -> Iterator[None]:
    """Be the only one who writes to `out`; where another run does, wait or raise LockedError."""
    with output_errors():
        out.mkdir(parents=True, exist_ok=True)
        handle = (out / LOCK).open("a+")
    with handle:
        if not _locked_soon(handle):
            if not wait:
                raise LockedError(_held(out, handle))
            fcntl.flock(handle, fcntl.LOCK_EX)
        with output_errors():
            handle.truncate(0)
            handle.write(f"{os.getpid()}\n")
            handle.flush()
        yield


def _locked_soon(handle: IO[str]) -> bool:
    """Take the lock, at a second try if need be: `is_locked` of another holds it for a moment."""
    for _ in range(_LOCK_TRIES):
        if try_lock(handle, fcntl.LOCK_EX):
            return True
        time.sleep(_LOCK_PAUSE)
    return False


def try_lock(handle: IO[str], kind: int) -> bool:
    """Take a lock on an open file if that is possible at once."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(out: Path) -> bool:
    """Whether a run writes to `out` at this moment."""
    try:
        with (out / LOCK).open() as handle:
            return not try_lock(handle, fcntl.LOCK_SH)
    except OSError:
        return False


def _held(out: Path, handle: IO[str]) -> str:
    handle.seek(0)
    pid = handle.read(20).strip()
    who = f"another run (process {pid})" if pid.isdigit() else "another run"
    return f"{who} is writing to {out}; give --wait, or another --out"
