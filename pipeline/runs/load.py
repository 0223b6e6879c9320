"""Read the tables of one run, however many runs come and go meanwhile."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import UsageError
from pipeline.runs.layout import LOCK, Run, find_run
from pipeline.schemas import TABLES

if TYPE_CHECKING:
    import pandas as pd


def load(out: Path, *tables: str) -> dict[str, pd.DataFrame]:
    """See `pipeline.load`."""
    import pandas as pd

    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        raise UsageError(f"no table {unknown[0]}; there are {', '.join(TABLES)}")
    with reading(out) as run:
        return {name: pd.read_parquet(run.folder / name) for name in tables or TABLES}


@contextmanager
def reading(out: Path) -> Iterator[Run]:
    """A run that stays where it is until the block ends.

    `out` is an output folder, whose current run it is, or the folder of a run. Raises UsageError
    where there is no run.
    """
    while True:
        run = find_run(out)
        try:
            handle = (run.folder / LOCK).open()
        except FileNotFoundError:
            if run.folder.is_dir():  # written before runs had locks
                yield run
                return
            continue  # removed this moment: a newer run has taken its place
        with handle:
            fcntl.flock(handle, fcntl.LOCK_SH)
            if _is_there(run.folder / LOCK, handle.fileno()):
                yield run
                return


def _is_there(path: Path, handle: int) -> bool:
    """Whether `path` still is the file that is open as `handle`."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
