"""Chunks read by the workers of a Dask cluster; this process hands them out and gathers.

A Dask worker that is lost costs time alone: Dask gives its chunks to others. A chunk at which one
worker after the other is lost, as where a page takes a whole machine down, is taken apart.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, SimpleQueue

import dask.config
from distributed import Client, Future, KilledWorker, LocalCluster
from msgspec import Struct, field
from msgspec.structs import replace

from pipeline.engines import seats
from pipeline.engines.pool import Death, log_death
from pipeline.engines.seats import Answer, Order, read_chunk
from pipeline.engines.store import Store, Stored
from pipeline.errors import ShiluError, UsageError, WorkerError
from pipeline.plan import chunk_key, page_state
from pipeline.read import digest, shown
from pipeline.recipe import Recipe
from pipeline.records import Reject
from pipeline.tag import builtin_model
from pipeline.worker import Fault, Task

_AHEAD = 2  # chunks out for each thread of the cluster: one in hand, one that waits there
_ROUNDS = 3  # times that a chunk is taken apart and nothing found
_LOOK = 1.0  # seconds between two looks whether workers are there
# What Dask looks at by itself many times a second; nobody asks for it in a cluster on one machine.
_QUIET = {
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
    "distributed.worker.profile.enabled": False,
}
_PATIENCE = 120.0  # seconds without any worker; a cluster that grows on demand takes its time


class _Trial(Struct):
    """A task at which Dask workers were lost: its pages are tried one by one."""

    task: Task
    rounds: int
    left: int
    rejects: dict[int, Reject] = field(default_factory=dict)


class _Job(Struct, frozen=True):
    """A task, or the `page` of it alone in a `trial`; `rounds` that it has been through."""

    task: Task
    rounds: int = 0
    page: int | None = None
    trial: _Trial | None = None


class Cluster:
    """A Dask cluster that reads after a `recipe`; use it in a with statement.

    It is the one at the address `scheduler`, or else one on this machine with `count` workers.
    """

    def __init__(self, recipe: Recipe, scheduler: str | None, count: int) -> None:
        self._recipe = recipe
        self._scheduler = scheduler
        self._count = count
        self._stack = ExitStack()
        self._client: Client | None = None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster; one that was started here is stopped."""
        self._stack.close()

    def start(self, chunks: Iterable[object]) -> None:
        """Connect. Raises UsageError where nobody is at the address of the scheduler."""
        self._connected()

    def map(self, tasks: Iterable[Task], store: Store) -> Iterator[Stored]:
        """The chunks of `tasks`, put into `store` by those who read them, as they come.

        Raises UsageError where a worker would read otherwise than this machine, or other pages,
        and WorkerError where there are no workers, or the scheduler is gone.
        """
        client = self._connected()
        order = _order(self._recipe, store)
        waiting = iter(tasks)
        again: deque[_Job] = deque()
        out: dict[Future[Answer], _Job] = {}
        done: SimpleQueue[Future[Answer]] = SimpleQueue()
        try:
            while True:
                # Pages on trial go out one by one: no other can be blamed for what happens.
                on_trial = any(j.trial for j in again) or any(j.trial for j in out.values())
                room = 1 if on_trial else self._room(client)
                while len(out) < room and (job := _next(again, waiting)):
                    out[_submit(client, order, job, done)] = job
                if not out:
                    return
                future = self._wait(client, done)
                job = out.pop(future)
                stored = self._settle(future, job, again)
                del future  # its result need not be kept
                if stored:
                    _check_pages(stored, job.task, store)
                    yield stored
        except (CancelledError, OSError) as e:
            cure = "see its log, start it anew and run again: what was read so far is kept"
            raise WorkerError(f"{self._name}: the scheduler is gone ({e}); {cure}") from e
        finally:
            with suppress(Exception):  # nobody is there to be told
                client.cancel(list(out))

    def _connected(self) -> Client:
        if self._client:
            return self._client
        address = self._scheduler or self._stack.enter_context(_local_cluster(self._count))
        try:
            client = Client(address, name="shilu", set_as_default=False)
        except (OSError, ValueError) as e:
            cure = "start one with `dask scheduler`, and give the address that it prints"
            raise UsageError(f"{address}: no Dask scheduler answers there ({e}); {cure}") from e
        except ImportError as e:
            raise UsageError(f"{address}: {e}; install the same Dask on all machines") from e
        self._client = self._stack.enter_context(client)
        return self._client

    @property
    def _name(self) -> str:
        return self._scheduler or "the cluster on this machine"

    def _room(self, client: Client) -> int:
        """How many chunks may be out; some, too, where no worker is there yet."""
        threads: int = sum(client.nthreads().values())
        return _AHEAD * max(threads, 1)

    def _wait(self, client: Client, done: SimpleQueue[Future[Answer]]) -> Future[Answer]:
        """The next future that is done. Raises WorkerError where no worker comes for long."""
        since = time.monotonic()
        while True:
            with suppress(Empty):
                return done.get(timeout=_LOOK)
            if client.nthreads():
                since = time.monotonic()
            elif time.monotonic() - since > _PATIENCE:
                cure = "start some with `dask worker` and run again: what was read so far is kept"
                raise WorkerError(f"{self._name}: no workers for {_PATIENCE:g} s; {cure}")

    def _settle(self, future: Future[Answer], job: _Job, again: deque[_Job]) -> Stored | None:
        """The chunk of a job that is done; None where there is more to do, which joins `again`."""
        try:
            answer = future.result()
        except KilledWorker as e:
            _take_apart(job, again, e)
            return None
        except (CancelledError, OSError):
            raise
        except Exception as e:  # all that is raised by our own code comes in an answer
            cure = "install the same Shilu and Dask where scheduler and workers run"
            why = e.__cause__ or e
            what = " ".join(f"{type(why).__name__}: {why}".split())
            raise UsageError(f"{self._name} cannot take what it is sent ({what}); {cure}") from e
        for death in answer.deaths:
            log_death(death)
        if isinstance(answer.found, Fault):
            raise RuntimeError(f"in the Dask worker {answer.worker}:\n{answer.found.text}")
        if isinstance(answer.found, WorkerError):
            raise WorkerError(f"the Dask worker {answer.worker}: {answer.found}")
        if isinstance(answer.found, ShiluError):
            raise answer.found
        if job.trial is None:
            return answer.found
        _tried(job.trial, again)
        return None


def _order(recipe: Recipe, store: Store) -> Order:
    """What all workers are asked to do, wherever they run."""
    rules, model = (path and path.absolute() for path in (recipe.rules, recipe.model))
    builtin = model is not None and model == builtin_model().absolute()
    return Order(replace(recipe, rules=rules, model=model), builtin, store)


@contextmanager
def _local_cluster(count: int) -> Iterator[str]:
    """The address of a cluster on this machine with `count` workers; it is stopped at the end."""
    with dask.config.set(_QUIET):
        # No limits of memory, as in a local run; the page with charts takes a port that is free.
        cluster = LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            memory_limit=None,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            preload=seats.__name__,
        )
        with cluster:
            yield cluster.scheduler_address


def _submit(
    client: Client, order: Order, job: _Job, done: SimpleQueue[Future[Answer]]
) -> Future[Answer]:
    """Send a job out; its future joins `done` in the end."""
    task = job.task if job.page is None else job.task.alone(job.page)
    key = f"shilu-chunk-{uuid.uuid4().hex}"
    future: Future[Answer] = client.submit(read_chunk, order, task, key=key, pure=False)
    future.add_done_callback(done.put)
    return future


def _next(again: deque[_Job], waiting: Iterator[Task]) -> _Job | None:
    if again:
        return again.popleft()
    task = next(waiting, None)
    return None if task is None else _Job(task)


def _take_apart(job: _Job, again: deque[_Job], killed: KilledWorker) -> None:
    """Dask workers were lost, one after the other, over a job: find out by which page."""
    if job.trial is not None and job.page is not None:
        reject = _why(job.task, job.page, killed)
        log_death(Death(None, reject.path))
        job.trial.rejects[job.page] = reject
        _tried(job.trial, again)
        return
    if job.rounds >= _ROUNDS:
        first = shown(job.task.files[0].path)
        cure = "see the log of the workers; give them more memory"
        raise WorkerError(f"Dask workers are lost again and again, near {first}; {cure}")
    pages = [i for i in range(len(job.task.files)) if i not in job.task.rejects]
    trial = _Trial(job.task, job.rounds + 1, len(pages))
    again.extend(_Job(job.task, page=i, trial=trial) for i in pages)


def _tried(trial: _Trial, again: deque[_Job]) -> None:
    """One page more of a trial is done; after the last the task goes on without the bad ones."""
    trial.left -= 1
    if trial.left == 0:
        rejects = {**trial.task.rejects, **trial.rejects}
        again.append(_Job(replace(trial.task, rejects=rejects), trial.rounds))


def _why(task: Task, page: int, killed: KilledWorker) -> Reject:
    """Why a page that took down Dask workers is a reject."""
    times = killed.allowed_failures + 1
    cure = "mostly for too little memory; else report it with the page"
    detail = f"{times} Dask workers were lost over it, {cure}"
    return Reject(shown(task.files[page].path), "crashed", detail)


def _check_pages(stored: Stored, task: Task, store: Store) -> None:
    """Raises UsageError where a worker met other pages than this machine sees.

    A page that was changed or removed since it was planned is none.
    """
    record = stored.chunk.record
    if record.key == task.key:
        return
    seen = [page_state(file, digest(task.folder, file.path)) for file in task.files]
    is_as_planned = chunk_key(store.fingerprint.digest, seen) == task.key
    for met, here in zip(record.pages, seen, strict=True):
        if met.sha256 == here.sha256 or not here.sha256 or met.reject == "changing":
            continue
        if is_as_planned or not met.sha256:
            path = f"{task.folder}/{shown(met.path)}"
            how = "reads otherwise" if met.sha256 else "cannot be read"
            cure = (
                "all machines must see the raw folder under the same path; on a network file "
                "system that lags, run again in a minute: what was read so far is kept"
            )
            raise UsageError(f"{path}: {how} on a worker; {cure}")
