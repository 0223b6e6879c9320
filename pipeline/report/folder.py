"""Put a new site in the place of an old one, whole; never in the place of anything else."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import OutputError

MARK = "shilu-report.json"  # every site of ours has this file
_NEW, _OLD = ".report-new-", ".report-old-"
_LEFT = 86400  # seconds: what is older was left by a report that was killed


@contextmanager
def site_folder(target: Path) -> Iterator[Path]:
    """A folder to write a site into, which becomes `target` when the block ends without error.

    Raises OutputError where `target` is there and is no earlier report, or cannot be written.
    """
    target = Path(os.path.realpath(target))  # a link stays, what it leads to changes
    with site_errors(target):
        _check(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        _tidy(target.parent)
        new = Path(tempfile.mkdtemp(prefix=_NEW, dir=target.parent))
    try:
        yield new
        with site_errors(target):
            new.chmod(0o777 & ~_umask())  # until now it was for its maker alone
            _swap(new, target)
    finally:
        shutil.rmtree(new, ignore_errors=True)


@contextmanager
def site_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of writing, to `path` if it names no other, into an OutputError."""
    try:
        yield
    except OSError as e:
        where = e.filename or path
        cure = "make room and see that you may write there, or give another --to"
        raise OutputError(f"{where}: cannot be written ({e.strerror or e}); {cure}") from e


def _check(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / MARK).is_file()):
        cure = "move it elsewhere or give another --to"
        raise OutputError(f"{target} is in the way and is no report of Shilu; {cure}")


def _swap(new: Path, target: Path) -> None:
    """Two renames: for a moment there is no site, but never half of one."""
    aside = Path(tempfile.mkdtemp(prefix=_OLD, dir=target.parent))
    old = aside / "site"
    with suppress(FileNotFoundError):
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _tidy(folder: Path) -> None:
    """Remove what killed reports left."""
    for prefix in (_NEW, _OLD):
        for left in folder.glob(f"{prefix}*"):
            if time.time() - left.stat().st_mtime > _LEFT:
                shutil.rmtree(left, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
