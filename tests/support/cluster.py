"""A Dask cluster for tests, started as docs/cluster.md tells: a scheduler and two workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from tests.support.quick import ROOT

_SETTINGS = {
    # A task that takes down two workers is taken apart; usually it would be four.
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
}


class DaskCluster(Struct, frozen=True):
    """A scheduler that is up, process `pid`, with its log and those of its workers in `folder`."""

    address: str
    pid: int
    folder: Path

    @contextmanager
    def worker(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """One worker more: a nanny, which starts the worker itself and starts it anew if it dies.

        All its processes are a group, so that the whole machine can be lost.
        """
        args = [self.address, "--name", name, "--nthreads", "1", "--no-dashboard"]
        with _started("worker", args, self.folder / f"{name}.log") as process:
            yield process


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[DaskCluster]:
    """A cluster; its workers work in `folder`, not where runs are started."""
    file = folder / "scheduler.json"
    args = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with ExitStack() as stack:
        scheduler = stack.enter_context(_started("scheduler", args, folder / "scheduler.log"))
        deadline = time.monotonic() + 180
        while not file.exists():
            assert time.monotonic() < deadline, (folder / "scheduler.log").read_text()
            time.sleep(0.1)
        found = DaskCluster(_address(file), scheduler.pid, folder)
        for n in range(workers):
            stack.enter_context(found.worker(f"worker-{n}"))
        yield found


def _address(file: Path) -> str:
    while True:
        with suppress(ValueError):  # it is being written
            return str(json.loads(file.read_text())["address"])
        time.sleep(0.1)


@contextmanager
def _started(what: str, args: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "dask", what, *args]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=log.parent,
            env={**os.environ, **_SETTINGS, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
