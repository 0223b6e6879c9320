"""What runs in a Dask worker: Shilu's own workers, each in a process below it.

So a page that crashes or hangs takes down one process of ours and is found out by the same code
as in a run on one machine; Dask has but to notice machines that are lost. Rules and model are
loaded once for each thread of a Dask worker, and kept from chunk to chunk.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from distributed import WorkerPlugin, get_worker, secede
from distributed.utils import sync
from distributed.worker import Worker
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from pipeline.engines.pool import Death, Pool
from pipeline.engines.store import Store, Stored
from pipeline.errors import ShiluError, UsageError
from pipeline.recipe import Fingerprint, Recipe
from pipeline.tag import builtin_model
from pipeline.worker import Fault, Task

_DIGEST = 12  # characters of a digest that are shown
_IDLE = 60.0  # seconds after which workers that have nothing to do are stopped


class Order(Struct, frozen=True):
    """What a Dask worker is asked to do: read tasks after `recipe`, put the results into `store`.

    With `builtin` the model is the one that came with the program, wherever that is installed.
    """

    recipe: Recipe
    builtin: bool
    store: Store

    @property
    def here(self) -> Recipe:
        """The recipe as it reads on this machine."""
        return replace(self.recipe, model=builtin_model()) if self.builtin else self.recipe


class Answer(Struct, frozen=True):
    """What comes back from the Dask worker `worker`: a chunk, or what was wrong.

    `deaths` are those of Shilu's workers below it.
    """

    worker: str
    found: Stored | Fault | ShiluError
    deaths: tuple[Death, ...] = ()


def read_chunk(order: Order, task: Task) -> Answer:
    """Read a task in the Dask worker that this runs in."""
    worker = get_worker()
    seats: Seats = sync(worker.loop, _join, worker, order)
    deaths: list[Death] = []
    try:
        seats.check(order)
        with seats.taken() as seat:
            deaths = seat.deaths  # where this fails, nobody takes the seat again
            (result,) = seat.pool.read([task])
            deaths = list(seat.deaths)
        secede()  # while the parts are written, the next task may be read
        return Answer(worker.address, order.store.put(result), tuple(deaths))
    except ShiluError as e:
        return Answer(worker.address, e, tuple(deaths))
    except Exception:
        return Answer(worker.address, Fault(traceback.format_exc()), tuple(deaths))


def dask_setup(worker: Worker) -> None:
    """Called by Dask in workers that `cluster` starts on the machine of a run.

    Ctrl-C reaches all its processes; that of the run decides.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


async def _join(worker: Worker, order: Order) -> Seats:
    """The seats of a Dask worker for those who read as `order` does; made if need be.

    They are no plugin of the cluster: that would be sent to all its workers, now and later, and
    keep those from starting that have no Shilu.
    """
    name = f"shilu-{order.store.fingerprint.digest}"
    if name not in worker.plugins:
        await worker.plugin_add(Seats(order.here), name, catch_errors=False)
    seats = worker.plugins[name]
    assert isinstance(seats, Seats)
    return seats


class _Seat(Struct, frozen=True):
    """A worker of ours, and those who died in its place since it was taken."""

    pool: Pool
    deaths: list[Death]


class Seats(WorkerPlugin):
    """The workers of ours below one Dask worker: at most one for each of its threads."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._idle: list[_Seat] = []
        self._used = time.monotonic()
        self._lock = threading.Lock()
        self._is_checked = False
        self._is_closed = False

    def setup(self, worker: Worker) -> None:
        """Called by Dask, in the loop of its worker."""
        self._worker = worker
        # Dask marks the process as one that must not have children, lest they outlive it. Ours
        # end by themselves as soon as it is gone.
        multiprocessing.current_process().daemon = False
        # Dask sets this for its workers, and with it glibc no longer learns which sizes are asked
        # for again and again. Ours begin with the environment of this process; the language model
        # would get its arrays from the system ever anew, which takes a quarter of its speed.
        os.environ.pop("MALLOC_TRIM_THRESHOLD_", None)

    def teardown(self, worker: Worker) -> None:
        """Called by Dask when its worker ends."""
        with self._lock:
            self._is_closed = True
        self._close_idle()

    def check(self, order: Order) -> None:
        """Raises UsageError where pages would be read otherwise than the one who asks would."""
        with self._lock:
            if self._is_checked:
                return
            here = f"the Dask worker {self._worker.address}"
            try:
                mine = self._recipe.fingerprint()
            except ShiluError as e:
                cure = "all machines must see --rules and --model under the same path"
                raise UsageError(f"{here} cannot read: {e}; {cure}") from e
            wanted = order.store.fingerprint
            changes = mine.changes(to_builtins(wanted))
            if changes:
                what = ", ".join(_difference(name, mine, wanted) for name in changes)
                cure = "give all machines the same Shilu, libraries, rules and model"
                restart = "then start the Dask worker anew"
                raise UsageError(f"{here} would read otherwise: {what}; {cure}, {restart}")
            self._is_checked = True

    @contextmanager
    def taken(self) -> Iterator[_Seat]:
        """A seat that nobody else has meanwhile; it is given up where something goes wrong."""
        with self._lock:
            seat = self._idle.pop() if self._idle else None
        if seat is None:
            deaths: list[Death] = []
            seat = _Seat(Pool(self._recipe, 1, deaths.append), deaths)
        seat.deaths.clear()
        try:
            yield seat
        except BaseException:
            seat.pool.close()
            raise
        with self._lock:
            self._used = time.monotonic()
            if not self._is_closed:
                self._idle.append(seat)
                seat = None
        if seat:
            seat.pool.close()
        else:
            loop = self._worker.loop
            loop.add_callback(loop.call_later, _IDLE, self._rest)

    def _rest(self) -> None:
        """Stop workers that have had nothing to do for long: they hold a model each."""
        if time.monotonic() - self._used >= _IDLE:
            self._close_idle()

    def _close_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for seat in idle:
            seat.pool.close()


def _difference(name: str, mine: Fingerprint, wanted: Fingerprint) -> str:
    """How a part of two fingerprints differs, for a user."""
    if name != "libraries":
        return f"{name} {_brief(getattr(mine, name))}, not {_brief(getattr(wanted, name))}"
    return ", ".join(
        f"{library} {mine.libraries.get(library)}, not {version}"
        for library, version in wanted.libraries.items()
        if mine.libraries.get(library) != version
    )


def _brief(part: object) -> str:
    """A part of a fingerprint; digests are long."""
    text = str(part)
    return text if len(text) <= _DIGEST else f"{text[:_DIGEST]}…"
