"""Run a command and measure it with all its processes: time and peak memory of each (Linux)."""

from __future__ import annotations

import os
import re
import resource
import select
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PAUSE = 0.05  # seconds between two looks at the processes


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of wall clock and of processors; peak memory in MiB of the parent and a worker.

    `own` are the seconds of processors of the parent alone, without its workers.
    """

    wall: float
    cpu: float
    own: float
    parent: float
    worker: float
    exit_code: int


def measure(command: Sequence[str]) -> Measured:
    """Run `command` to its end; its output is thrown away.

    Python keeps the compiled modules, as it does for users: those of the first run serve the rest.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    peaks: dict[int, float] = {}
    own = 0.0
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, env=env) as process:
        end = os.pidfd_open(process.pid)
        while not select.select([end], [], [], _PAUSE)[0]:
            for pid in (process.pid, *_children(process.pid)):
                peaks[pid] = max(peaks.get(pid, 0.0), _peak(pid))
            own = max(own, _seconds(process.pid))
        wall = time.monotonic() - started
        os.close(end)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(
        wall=wall,
        cpu=after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
        own=own,
        parent=peaks.pop(process.pid, 0.0),
        worker=max(peaks.values(), default=0.0),
        exit_code=process.returncode,
    )


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split() if int(child) != os.getpid()]


def _seconds(pid: int) -> float:
    """Seconds of processors that a process used so far; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    """Peak resident memory so far, MiB; 0 where the process has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
