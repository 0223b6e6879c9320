"""Workers, each a process of its own with its own pipe, so that none can harm another.

concurrent.futures and pebble share locks and queues between workers: one that is killed at a
bad moment, as the kernel does when memory is short, breaks or blocks them all.
"""

from __future__ import annotations

import logging
import multiprocessing
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pipeline.engines.store import Store, Stored
from pipeline.errors import ShiluError, WorkerError
from pipeline.printable import printable
from pipeline.read import shown
from pipeline.recipe import Recipe
from pipeline.records import Reject
from pipeline.worker import Fault, Result, Task, Trace, read_trace, serve

_STARTS = 3  # workers that may die before their first page, one after the other
_DEATHS = 3  # of a chunk's workers on one page that is harmless when it is read alone
_log = logging.getLogger("shilu")


class Death(Struct, frozen=True):
    """The end of a worker: its exit code, below 0 a signal, and the page it had in hand."""

    exit_code: int | None
    path: str | None


def log_death(death: Death) -> None:
    """Tell of it in the log."""
    at = f" at {printable(death.path)}" if death.path else ""
    what = {"event": "worker-died", "exit_code": death.exit_code, "path": death.path}
    _log.warning("a worker ended (exit code %s)%s", death.exit_code, at, extra=what)


class _Job(Struct):
    """A task, or the `page` of it alone, to see whether it was that which killed the worker."""

    task: Task
    page: int | None = None
    deaths: int = 0


class _Worker(Struct):
    process: multiprocessing.process.BaseProcess
    connection: Connection
    trace: Path
    job: _Job | None = None


class Pool:
    """Up to `count` workers that read tasks after a `recipe`; use it in a with statement.

    `tell` hears of each worker that dies.
    """

    def __init__(
        self, recipe: Recipe, count: int, tell: Callable[[Death], None] = log_death
    ) -> None:
        self._recipe = recipe
        self._count = count
        self._tell = tell
        self._folder = tempfile.TemporaryDirectory(prefix="shilu-", ignore_cleanup_errors=True)
        self._workers: list[_Worker] = []
        self._again: deque[_Job] = deque()
        self._failed_starts = 0
        self._started = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop all workers at once; what they have in hand is lost."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.connection.close()
        self._folder.cleanup()

    def start(self, chunks: Iterable[object]) -> None:
        """Start workers for so many chunks: they load rules and model while others plan."""
        for _ in islice(chunks, len(self._workers), self._count):
            self._start()

    def map(self, tasks: Iterable[Task], store: Store) -> Iterator[Stored]:
        """The results of `tasks`, put into `store`, in the order in which they come; see `read`."""
        return map(store.put, self.read(tasks))

    def read(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """The results of `tasks` in the order in which they come.

        A page that kills its worker, or that takes longer than the limit of its task, is a
        reject in the result; the other pages of its task are read again. Raises what a worker
        cannot begin with (RulesError, ModelError), and WorkerError where workers die at once.
        """
        waiting = iter(tasks)
        self._feed(waiting)
        while busy := {w.connection: w for w in self._workers if w.job}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]
                job, worker.job = worker.job, None
                assert job is not None
                result = self._receive(worker, job)
                # Before the result is used, so that no worker has to wait for that.
                self._feed(waiting)
                if result:
                    yield result

    def _feed(self, waiting: Iterator[Task]) -> None:
        """Give all idle workers something to do; start workers while there are too few."""
        while True:
            job = self._again.popleft() if self._again else _next(waiting)
            if job is None:
                return
            worker = next((w for w in self._workers if not w.job), None)
            if worker is None and len(self._workers) == self._count:
                self._again.appendleft(job)
                return
            self._send(worker or self._start(), job)

    def _send(self, worker: _Worker, job: _Job) -> None:
        worker.job = job
        task = job.task if job.page is None else job.task.alone(job.page)
        with suppress(OSError):  # it has died meanwhile; that is noticed at once
            worker.connection.send(task)

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._started += 1
        trace = Path(self._folder.name) / f"{self._started}"
        process = context.Process(
            target=serve, args=(theirs, self._recipe, trace), daemon=True, name="shilu-worker"
        )
        process.start()
        theirs.close()
        worker = _Worker(process, ours, trace)
        self._workers.append(worker)
        return worker

    def _receive(self, worker: _Worker, job: _Job) -> Result | None:
        """The result that a worker sends; None where the job has to go on otherwise."""
        try:
            found = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker, job)
            return None
        if isinstance(found, ShiluError):
            raise found
        if isinstance(found, Fault):
            raise RuntimeError(f"in a worker:\n{found.text}")
        self._failed_starts = 0
        if job.page is None:
            return found  # type: ignore[no-any-return]
        # Harmless alone. What killed its worker may have been a lack of memory: try once more.
        self._again.append(_Job(job.task, deaths=job.deaths))
        return None

    def _bury(self, worker: _Worker, job: _Job) -> None:
        """A worker is dead: find out what of, and what is to be done with its job."""
        worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        trace = read_trace(worker.trace)
        code = worker.process.exitcode
        path = shown(job.task.files[trace.index].path) if trace.index is not None else None
        self._tell(Death(code, path))
        if trace.index is None:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                cure = "give fewer --workers or more memory; try shilu extract on one page"
                raise WorkerError(f"{_STARTS} workers died at their start (exit {code}); {cure}")
            self._again.append(job)
            return
        self._failed_starts = 0
        deaths = job.deaths + 1
        if trace.hung or job.page is not None or deaths >= _DEATHS:
            reject = _why(job.task, trace, code)
            rejects = {**job.task.rejects, trace.index: reject}
            self._again.append(_Job(replace(job.task, rejects=rejects)))
        else:
            self._again.append(_Job(job.task, trace.index, deaths))


def _next(waiting: Iterator[Task]) -> _Job | None:
    task = next(waiting, None)
    return None if task is None else _Job(task)


def _why(task: Task, trace: Trace, code: int | None) -> Reject:
    """Why a page that ended its worker is a reject."""
    assert trace.index is not None
    path = shown(task.files[trace.index].path)
    if trace.hung:
        cure = "raise --page-seconds, cut the page, or report it"
        detail = f"not done in {task.seconds:g} s for 100,000 characters{trace.where}; {cure}"
        return Reject(path, "timeout", detail)
    how = f"signal {-code}" if code and code < 0 else f"exit code {code}"
    cure = "signal 9 or 6 may mean too little memory; else report it with the page"
    return Reject(path, "crashed", f"its worker ended with {how}; {cure}")
