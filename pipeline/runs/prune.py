"""Remove old runs, but never one that somebody may be reading."""

from __future__ import annotations

import fcntl
import shutil
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from pipeline.runs.layout import (
    LOCK,
    MANIFEST,
    RUNS,
    TRASH,
    current_run,
    open_run,
    output_errors,
    run_folders,
    try_lock,
    whole_runs,
)

_YOUNG = 3600  # seconds: readers that take no lock, such as pandas, have this long to finish


def prune(out: Path, keep: int, now: float | None = None) -> tuple[str, ...]:
    """Remove all but the last `keep` whole runs of `out`; the names of those removed.

    The caller holds the write lock. The current run stays in any case, and so do runs that
    a reader has locked or that are younger than an hour.
    """
    current = current_run(out)
    whole = [run.folder for run in whole_runs(out)]
    kept = {*whole[-max(keep, 1) :], current.folder if current else None}
    with output_errors():
        removed = [f.name for f in whole if f not in kept and _is_old(f, now) and _retire(f)]
    empty_trash(out)
    return tuple(removed)


def drop_unfinished(out: Path, but: str) -> None:
    """Remove what stopped and killed runs left, but for the run that is named."""
    with output_errors():
        for folder in run_folders(out):
            if folder.name != but and not open_run(folder):
                folder.rename(folder.with_name(TRASH + folder.name))
    empty_trash(out)


def empty_trash(out: Path) -> None:
    """Remove the files of runs that are no runs any more."""
    for trash in (out / RUNS).glob(f"{TRASH}*"):
        shutil.rmtree(trash, ignore_errors=True)


def _is_old(folder: Path, now: float | None) -> bool:
    at = time.time() if now is None else now
    return at - (folder / MANIFEST).stat().st_mtime >= _YOUNG


def _retire(folder: Path) -> bool:
    """Make a run no run any more, in one step; False where a reader holds its lock.

    A kill while its files are being removed then harms nobody.
    """
    with ExitStack() as stack:
        with suppress(FileNotFoundError):  # written before runs had locks
            handle = stack.enter_context((folder / LOCK).open("r+"))
            if not try_lock(handle, fcntl.LOCK_EX):
                return False
        folder.rename(folder.with_name(TRASH + folder.name))
    return True
