"""The command `shilu`, with pages read as in `runs`: ``python -m tests.support.quick extract …``.

``QUICK_PAUSE`` is the seconds that each page takes. ``QUICK_KILL`` is a number n: the process
kills itself at the n-th call by which it changes the disk.
"""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pipeline.recipe
from pipeline.cli import main
from tests.support.runs import QuickRecipe

ROOT = Path(__file__).parents[2]
# What a run does to the disk.
DISK_CALLS = (
    *("os.mkdir", "os.fsync", "os.link", "os.symlink", "os.replace", "os.rename", "os.unlink"),
    *("os.rmdir", "os.open", "io.open"),
)


def start(
    *args: object,
    env: Mapping[str, str] | None = None,
    first: Callable[[], object] = lambda: None,
) -> subprocess.Popen[str]:
    """Start the command in a process group of its own; its output can be read.

    It heeds Ctrl-C, also where the tests run in the background of a shell, which do not; then it
    does what `first` says before all else.
    """

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        first()

    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.quick", *map(str, args)],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=prepare,
    )


def shilu(*args: object, **how: Any) -> tuple[int, str]:
    """Run the command to its end: exit code and output."""
    with start(*args, **how) as process:
        output, _ = process.communicate(timeout=120)
    return process.returncode, output


def counted(calls: list[int], at: int, act: Callable[[], object]) -> Callable[[str], object]:
    """For the name of a function, that function, which does `act` first at the `at`-th call."""

    def wrap(name: str) -> object:
        module, _, function = name.partition(".")
        call = getattr(sys.modules[module], function)

        @functools.wraps(call)
        def wrapped(*args: object, **kwargs: object) -> object:
            calls[0] += 1
            if calls[0] == at:
                act()
            return call(*args, **kwargs)

        return wrapped

    return wrap


def _quick_recipe(rules: Path | None, model: Path | None, limit: int) -> QuickRecipe:
    pause = float(os.environ.get("QUICK_PAUSE", "0"))
    return QuickRecipe(rules, model, limit, pause=pause)


if __name__ == "__main__":
    pipeline.recipe.Recipe = _quick_recipe  # type: ignore[misc, assignment]
    kill = int(os.environ.get("QUICK_KILL", "0"))
    if kill:
        wrapper = counted([0], kill, lambda: os.kill(os.getpid(), signal.SIGKILL))
        for name in DISK_CALLS:
            setattr(sys.modules[name.partition(".")[0]], name.partition(".")[2], wrapper(name))
    main(prog_name="shilu")
