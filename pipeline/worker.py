"""What a worker does: read the pages of a chunk one by one and make the columns of their rows.

A fault of the program on one page is a reject of that page. What Python cannot catch, a crash
or a hang, takes the worker down; the pool then looks into its trace for the page it was at.
"""

from __future__ import annotations

import faulthandler
import gc
import math
import multiprocessing
import os
import re
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

from msgspec import Struct, field
from msgspec.structs import replace

from pipeline.errors import ShiluError
from pipeline.plan import page_state
from pipeline.read import PageFile, digest, read
from pipeline.recipe import Recipe
from pipeline.records import Page, PageResult, Reject
from pipeline.runs.journal import PageState
from pipeline.tables import Columns, Rows, page_rows, reject_rows, to_columns

_CHARS = 100_000  # a page may take the time limit for each such piece of it
_SAMPLES = 5
_INDEX = 8  # bytes at the head of a trace: the index of the page in hand
_GARBAGE = 50_000  # objects made and not freed until cycles are looked for: pages make few
_NO_MEMORY = 12  # exit code, that of the error ENOMEM
_FRAME = re.compile(r'File ".*?/pipeline/(.+?)", line (\d+) in (\w+)')


class Task(Struct, frozen=True):
    """Read `files` of `folder`. `rejects` are those, by index, that must not be touched.

    `seconds` is the time limit of a page, for each 100,000 characters of it. `key` is that of
    the chunk as it was planned.
    """

    ordinal: int
    folder: Path
    files: tuple[PageFile, ...]
    seconds: float
    key: str = ""
    rejects: Mapping[int, Reject] = field(default_factory=dict)

    def alone(self, index: int) -> Task:
        """The task of one page: every other is left out as if it were known to be bad."""
        left_out = Reject("", "left-out", "")
        others = {i: left_out for i in range(len(self.files)) if i != index}
        return replace(self, rejects=others)


class Result(Struct, frozen=True):
    """The tables of a chunk, column by column, its pages as they were met, and some facts."""

    ordinal: int
    tables: dict[str, Columns]
    pages: tuple[PageState, ...]
    rejects: tuple[Reject, ...]
    chars: int
    samples: tuple[str, ...]


class Fault(Struct, frozen=True):
    """A fault of the program outside any page, as a traceback."""

    text: str


class Trace(Struct, frozen=True):
    """What a dead worker was doing: the page in hand, if any, and where it hung, if it did."""

    index: int | None
    hung: bool
    where: str


class Watch:
    """Ends this process when a page takes too long, even in the middle of a C function."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("wb", buffering=0)
        self.leave()
        self._file.seek(_INDEX)

    def enter(self, index: int, seconds: float) -> None:
        """A page is in hand from now on, for so many seconds at most."""
        os.pwrite(self._file.fileno(), b"%*d" % (_INDEX, index), 0)
        faulthandler.dump_traceback_later(seconds, exit=True, file=self._file)

    def leave(self) -> None:
        """No page is in hand."""
        faulthandler.cancel_dump_traceback_later()
        os.pwrite(self._file.fileno(), b"%*d" % (_INDEX, -1), 0)


def read_trace(path: Path) -> Trace:
    """The trace that the `Watch` of a dead worker left."""
    try:
        data = path.read_bytes()
        index = int(data[:_INDEX])
    except (OSError, ValueError):
        return Trace(None, False, "")
    # The dump has all threads, the one that reads pages last; its innermost frame comes first.
    frame = _FRAME.search(data[_INDEX:].decode(errors="replace").rpartition("Thread 0x")[2])
    where = " in {}:{} ({})".format(*frame.groups()) if frame else ""
    return Trace(index if index >= 0 else None, len(data) > _INDEX, where)


def serve(connection: Connection, recipe: Recipe, trace: Path) -> None:
    """The life of a worker: take tasks from `connection`, send results, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    watch = Watch(trace)
    gc.disable()
    try:
        reader = recipe.reader()
        gc.freeze()  # rules and model stay: nothing in them need be looked at for garbage
        gc.set_threshold(_GARBAGE)
        gc.enable()
        while True:
            task = connection.recv()
            connection.send(work(task, reader, recipe.limit, watch))
    except EOFError:
        return
    except ShiluError as e:
        connection.send(e)
    except MemoryError:
        os._exit(_NO_MEMORY)  # as if the kernel had ended it: another may have more luck
    except Exception:
        connection.send(Fault(traceback.format_exc()))


def work(
    task: Task, reader: Callable[[Page], PageResult], limit: int, watch: Watch | None = None
) -> Result:
    """Read all pages of a task with `reader`; no page stops the others."""
    found: dict[int, _PageRows] = {}
    rejects = {
        i: replace(r, sha256=digest(task.folder, task.files[i].path))
        for i, r in task.rejects.items()
    }
    for index, file in enumerate(task.files):
        if index in rejects:
            continue
        page = _read_page(task, index, file, reader, limit, watch)
        if isinstance(page, Reject):
            rejects[index] = page
        else:
            found[index] = page
    tables = _tables(found, rejects)
    digests = {i: p.sha256 for i, p in found.items()} | {i: r.sha256 for i, r in rejects.items()}
    return Result(
        ordinal=task.ordinal,
        tables=tables,
        pages=tuple(
            page_state(file, digests[i], rejects[i].reason if i in rejects else "")
            for i, file in enumerate(task.files)
        ),
        rejects=tuple(rejects[i] for i in sorted(rejects)),
        chars=sum(p.chars for p in found.values()),
        samples=tuple(s for p in found.values() for s in p.samples)[:_SAMPLES],
    )


class _PageRows(Struct, frozen=True):
    path: str
    sha256: str
    chars: int
    rows: Rows
    samples: tuple[str, ...]


def _read_page(
    task: Task,
    index: int,
    file: PageFile,
    reader: Callable[[Page], PageResult],
    limit: int,
    watch: Watch | None,
) -> _PageRows | Reject:
    try:
        if watch:
            watch.enter(index, task.seconds)
        page = read(task.folder, file, limit)
        if isinstance(page, Reject):
            return page
        if watch:
            watch.enter(index, task.seconds * math.ceil(len(page.text) / _CHARS))
        try:
            result = reader(page)
            return _PageRows(
                page.path, page.sha256, len(page.text), page_rows(result), _samples(result)
            )
        except Exception as e:
            return _fault(page.path, page.sha256, e)
    finally:
        if watch:
            watch.leave()


def _tables(found: dict[int, _PageRows], rejects: dict[int, Reject]) -> dict[str, Columns]:
    """The tables of all pages; a page whose rows no column can hold becomes a reject."""
    try:
        return _joined(found, rejects)
    except Exception:
        for index, page in list(found.items()):
            try:
                to_columns([page.rows])
            except Exception as e:
                rejects[index] = _fault(page.path, page.sha256, e)
                del found[index]
        return _joined(found, rejects)


def _joined(found: Mapping[int, _PageRows], rejects: Mapping[int, Reject]) -> dict[str, Columns]:
    rejected = reject_rows(rejects[i] for i in sorted(rejects))
    return to_columns([*(found[i].rows for i in sorted(found)), rejected])


def _samples(result: PageResult) -> tuple[str, ...]:
    """One fact of each story, the surest: that shows more than many of one story."""
    facts = [max(s.facts, key=lambda f: f.confidence) for s in result.stories if s.facts]
    return tuple(fact.statement for fact in facts[:_SAMPLES])


def _fault(path: str, sha256: str, error: Exception) -> Reject:
    """What failed and where, for a report; a fault of the program, not of the page."""
    if isinstance(error, MemoryError):
        detail = "there was not enough memory for it; cut it, or give --workers 1"
        return Reject(path, "out-of-memory", detail, sha256)
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
    detail = f"{type(error).__name__}: {error} ({where}); please report it with the page"
    # The message may quote the page, surrogates and all.
    return Reject(path, "failed", detail.encode("utf-8", "backslashreplace").decode(), sha256)


def _end_with_parent() -> None:
    """Nobody takes the results of a worker whose parent was killed."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
