"""Who reads the chunks of a run: `pool`, processes of this machine, or `cluster`, those of Dask.

Both read with the same workers (`pipeline.worker`) and put what they found into the same `store`,
so that the tables are the same, byte for byte, whoever reads and however many they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from msgspec import Struct

from pipeline.cores import cores
from pipeline.engines.pool import Pool
from pipeline.engines.store import Store, Stored
from pipeline.errors import UsageError
from pipeline.recipe import Recipe
from pipeline.worker import Task

LOCAL, DASK = "local", "dask"


class Engine(Protocol):
    """Reads chunks."""

    def start(self, chunks: Iterable[object]) -> None:
        """Get ready to read so many chunks; no more are looked at than can be read at a time."""

    def map(self, tasks: Iterable[Task], store: Store) -> Iterator[Stored]:
        """Read `tasks`, put what they give into `store`, in the order in which they are done.

        A page that kills its worker or takes too long is a reject of its own and stops no other.
        """


class Crew(Struct, frozen=True):
    """Which engine, and how large.

    `workers`: processes of this machine, None for one a core. `scheduler`: the address of a Dask
    cluster that is there; with None the engine `dask` starts a cluster on this machine.
    """

    engine: str = LOCAL
    workers: int | None = None
    scheduler: str | None = None


@contextmanager
def open_engine(recipe: Recipe, crew: Crew) -> Iterator[Engine]:
    """The engine that reads after `recipe`; it is stopped at the end.

    Raises UsageError where the crew makes no sense, or Dask is not installed.
    """
    count = crew.workers or cores()
    if crew.engine == DASK:
        if crew.scheduler and crew.workers:
            cure = "leave out --workers, or --scheduler to start a cluster here"
            raise UsageError(f"{crew.scheduler}: its workers are those that were started; {cure}")
        try:
            from pipeline.engines.cluster import Cluster
        except ModuleNotFoundError as e:
            cure = "pip install 'shilu[dask]' on all machines of the cluster"
            raise UsageError(f"--engine dask needs Dask ({e}); {cure}") from e
        with Cluster(recipe, crew.scheduler, count) as cluster:
            yield cluster
    elif crew.scheduler:
        raise UsageError("--scheduler is for a Dask cluster; add --engine dask, or leave it out")
    else:
        with Pool(recipe, count) as pool:
            yield pool
