"""Kill runs again and again: ``python -m tests.support.soak 500`` (``make soak``).

After each kill readers must find one whole run, and now and then an undisturbed run must end
with the very tables of a run that was never disturbed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pipeline
from pipeline.runs.layout import whole_runs
from tests.support.quick import shilu, start
from tests.support.runs import page_text, snapshot, write_pages

_PAGES = 120
_HOURS_AGO = 7200
# Calls by which a run changes the disk: about as many as the longest makes.
_CALLS = 220
_CHECKED = 6  # kills between two undisturbed runs


def soak(folder: Path, kills: int, seed: int) -> Counter[str]:
    """Kill `kills` runs in `folder`; how many were killed, and how many had ended before.

    Raises AssertionError where a kill has done harm.

    The raw pages change between two states, a few at a time or all at once, so that runs read
    everything, or a chunk, or nothing; old runs are made to look old, so that they are pruned.
    """
    rng = random.Random(seed)
    raw, out = folder / "raw", folder / "out"
    states = [_state(0), _state(1000)]
    wanted = []
    for n, state in enumerate(states):
        write_pages(raw, state)
        code, output = shilu("extract", raw, "--out", folder / f"calm{n}")
        assert code == 0, output
        wanted.append(snapshot(folder / f"calm{n}"))
    done: Counter[str] = Counter()
    for n in count():
        if n % _CHECKED == 0:
            shutil.rmtree(out, ignore_errors=n % (5 * _CHECKED) == 0)
        which = rng.randrange(2)
        _change(raw, states[which], rng)
        _make_old(out)
        done[_kill_one(raw, out, rng)] += 1
        _check_readers(out)
        last = done["killed"] == kills
        if n % _CHECKED == _CHECKED - 1 or last:
            write_pages(raw, states[which])
            code, output = shilu("extract", raw, "--out", out)
            assert code == 0, output
            assert snapshot(out) == wanted[which]
            assert not [p for p in (out / ".runs").iterdir() if not p.name.isdigit()]
        if last:
            break
    return done


def _state(base: int) -> Mapping[str, str]:
    return {f"{n:03d}.txt": page_text(base + n) for n in range(_PAGES)}


def _change(raw: Path, state: Mapping[str, str], rng: random.Random) -> None:
    """Bring some pages, or all, into `state`."""
    paths = sorted(state)
    some = paths if rng.random() < 0.3 else rng.sample(paths, rng.randrange(3))
    write_pages(raw, {path: state[path] for path in some})


def _make_old(out: Path) -> None:
    for run in whole_runs(out):
        old = time.time() - _HOURS_AGO
        os.utime(run.folder / "manifest.json", (old, old))


def _kill_one(raw: Path, out: Path, rng: random.Random) -> str:
    """Start a run and kill it, at a moment or at a call by which it changes the disk."""
    args = ("extract", raw, "--out", out, "--keep-runs", rng.choice((1, 3)), "--workers", 1)
    if rng.random() < 0.5:
        env = {"QUICK_KILL": str(rng.randrange(1, _CALLS))}
        with start(*args, env=env) as process:
            process.communicate(timeout=60)
    else:
        with start(*args, env={"QUICK_PAUSE": "0.002"}) as process:
            time.sleep(rng.uniform(0.2, 1.8))
            # The parent alone, as the kernel does, or all its workers too, as at a power cut.
            if rng.random() < 0.5:
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
    return "killed" if process.returncode == -signal.SIGKILL else "done before"


def _check_readers(out: Path) -> None:
    """What readers find is one whole run: all tables agree, page by page."""
    if not (out / ".current").exists():
        assert not (out / "facts").exists()
        return
    tables = pipeline.load(out, "documents", "stories", "facts", "counts")
    documents = set(tables["documents"].doc_id)
    assert len(documents) == _PAGES
    for name in ("stories", "facts", "counts"):
        assert set(tables[name].doc_id) == documents
        assert len(tables[name]) == _PAGES
    manifest = whole_runs(out)[-1].manifest
    assert manifest["rows"]["facts"] == _PAGES


def _groups(kills: int) -> Iterator[int]:
    size = 5 * _CHECKED
    yield from (min(size, kills - at) for at in range(0, kills, size))


if __name__ == "__main__":
    total: Counter[str] = Counter()
    for seed, kills in enumerate(_groups(int(sys.argv[1]))):
        with tempfile.TemporaryDirectory() as folder:
            total += soak(Path(folder), kills, seed)
        print(f"{sum(total.values())} runs: {dict(total)}", flush=True)
