"""Runs by the workers of a Dask cluster: the tables of a local run, whatever happens to them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client, LocalCluster

from pipeline.errors import OutputError, UsageError, WorkerError
from pipeline.recipe import Recipe
from pipeline.run import Options, run
from pipeline.tag import builtin_model
from tests.support.cluster import DaskCluster, cluster
from tests.support.quick import ROOT, shilu, start
from tests.support.runs import QuickRecipe, page_text, snapshot, write_pages

PAGES = {f"{n:03d}.txt": page_text(n) for n in range(150)}
SLOW = {"QUICK_PAUSE": "0.03"}
SELF = Path("/proc/self/cwd")  # another folder for each process: what machines do not share


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return write_pages(tmp_path / "raw", PAGES)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of an undisturbed local run."""
    folder = tmp_path_factory.mktemp("calm")
    run(write_pages(folder / "raw", PAGES), folder / "out", QuickRecipe(), Options(workers=2))
    return snapshot(folder / "out")


def _args(raw: Path, out: Path, dask: DaskCluster) -> tuple[object, ...]:
    return ("extract", raw, "--out", out, "--engine", "dask", "--scheduler", dask.address)


def _on(dask: DaskCluster, **others: object) -> Options:
    return Options(engine="dask", scheduler=dask.address, **others)  # type: ignore[arg-type]


def _worker_pids(dask: DaskCluster) -> dict[str, int]:
    """The processes that read, by the name of the worker; their nannies are others."""
    with Client(dask.address, set_as_default=False) as client:
        found = client.run(lambda dask_worker: (dask_worker.name, os.getpid()))
    return dict(found.values())


def _children(pid: int) -> list[str]:
    return [c for f in Path(f"/proc/{pid}/task").glob("*/children") for c in f.read_text().split()]


def test_how_dask_has_memory_freed_slows_no_worker(
    raw: Path, tmp_path: Path, dask: DaskCluster
) -> None:
    run(raw, tmp_path / "out", QuickRecipe(), _on(dask))
    below = [Path(f"/proc/{c}") for pid in _worker_pids(dask).values() for c in _children(pid)]
    ours = [p for p in below if b"spawn_main" in (p / "cmdline").read_bytes()]
    assert ours
    assert not any(b"MALLOC_TRIM_THRESHOLD_" in (p / "environ").read_bytes() for p in ours)


def test_a_worker_is_killed_in_the_middle(
    raw: Path, tmp_path: Path, dask: DaskCluster, calm: dict[str, bytes]
) -> None:
    """Two workers, each a process; one dies and comes back, then a third is lost for good."""
    here = Path(os.path.relpath(tmp_path, ROOT))  # as users name folders
    args = (*_args(here / "raw", here / "out", dask), "--log-format", "json")
    with dask.worker("lost") as lost:
        while "lost" not in (pids := _worker_pids(dask)):
            pass
        with start(*args, env=SLOW) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if json.loads(line)["event"] == "chunk":
                    break
            orphans = _children(pids["worker-0"])
            assert orphans
            os.kill(pids["worker-0"], signal.SIGKILL)
            os.killpg(lost.pid, signal.SIGKILL)
            output, _ = process.communicate(timeout=180)
    assert process.returncode == 0, output
    assert snapshot(tmp_path / "out") == calm
    assert not (tmp_path / "out" / ".current" / "staged").exists()
    for _ in range(300):
        if not any(Path(f"/proc/{pid}").exists() for pid in orphans):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the processes below the killed worker are left behind")


def test_harmful_pages_are_rejects_as_in_a_local_run(tmp_path: Path, dask: DaskCluster) -> None:
    harm = {"FAIL": "failed", "CRASH": "crashed", "HANG": "timeout"}
    words = {f"{n:03d}.txt": page_text(n, word) for n, word in enumerate(harm, start=20)}
    raw = write_pages(tmp_path / "raw", PAGES | words)
    run(raw, tmp_path / "local", QuickRecipe(), Options(workers=2, seconds=2))
    summary = run(raw, tmp_path / "out", QuickRecipe(), _on(dask, seconds=2))
    assert summary.rejects == dict.fromkeys(harm.values(), 1)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "local")


def test_a_page_that_takes_down_whole_workers_is_a_reject(
    tmp_path: Path, dask: DaskCluster
) -> None:
    pages = {f"{n:02d}.txt": page_text(n, "OUST" if n == 5 else "") for n in range(10)}
    raw = write_pages(tmp_path / "raw", pages)
    summary = run(raw, tmp_path / "out", QuickRecipe(), _on(dask))
    assert summary.rejects == {"crashed": 1}
    assert (summary.shown[0].path, "Dask workers" in summary.shown[0].detail) == ("05.txt", True)
    facts = pd.read_parquet(tmp_path / "out" / "facts")
    assert list(facts.value) == [0, 1, 2, 3, 4, 6, 7, 8, 9]


def test_a_signal_ends_a_run_and_keeps_what_is_done(
    raw: Path, tmp_path: Path, dask: DaskCluster, calm: dict[str, bytes]
) -> None:
    out = tmp_path / "out"
    args = (*_args(raw, out, dask), "--log-format", "json")
    with start(*args, env=SLOW) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "chunk":
                break
        process.terminate()
        output, _ = process.communicate(timeout=180)
    assert process.returncode == 143, output
    assert json.loads(output.splitlines()[-1])["event"] == "stopped"
    code, output = shilu(*_args(raw, out, dask))
    assert (code, "read already by another run" in output) == (0, True)
    assert snapshot(out) == calm


def test_a_cluster_on_this_machine_leaves_nobody_behind(
    raw: Path, tmp_path: Path, calm: dict[str, bytes]
) -> None:
    args = ("extract", raw, "--out", tmp_path / "out", "--engine", "dask", "--workers", 2)
    with start(*args, "--log-format", "json", env=SLOW) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "chunk":
                break
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        output, _ = process.communicate(timeout=180)
    assert process.returncode == 130
    assert [json.loads(line)["event"] for line in output.splitlines()][-1] == "stopped"
    assert shilu(*args)[0] == 0
    assert snapshot(tmp_path / "out") == calm


def test_machines_that_do_not_see_the_folders(
    raw: Path,
    tmp_path: Path,
    dask: DaskCluster,
    calm: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # the workers are elsewhere
    with pytest.raises(UsageError, match=r"raw/\d+\.txt: cannot be read on a worker; all machines"):
        run(SELF / "raw", tmp_path / "out", QuickRecipe(), _on(dask))
    for n, here in enumerate((tmp_path, dask.folder)):
        write_pages(here / "other", {"a.txt": page_text(n)})
    with pytest.raises(UsageError, match=r"other/a\.txt: reads otherwise on a worker; all"):
        run(SELF / "other", tmp_path / "out", QuickRecipe(), _on(dask))
    with pytest.raises(OutputError, match=r"staged: not to be seen on .* give --staging"):
        run(raw, SELF / "out", QuickRecipe(), _on(dask))
    staging = tmp_path / "staging"
    for out, area in ("by-path", str(staging)), ("by-url", staging.as_uri()):
        run(raw, SELF / out, QuickRecipe(), _on(dask, staging=area))
        assert snapshot(tmp_path / out) == calm
        assert list(staging.iterdir()) == []


def test_another_program_on_the_workers(
    raw: Path, tmp_path: Path, dask: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUICK_CODE", "newer")
    with pytest.raises(UsageError, match=r"would read otherwise: code code, not newer; give all"):
        run(raw, tmp_path / "out", QuickRecipe(), _on(dask))
    module = "from tests.support.runs import QuickRecipe\nclass Foreign(QuickRecipe): pass\n"
    (tmp_path / "foreign_recipe.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    from foreign_recipe import Foreign  # type: ignore[import-not-found]

    with pytest.raises(UsageError, match=r"No module named 'foreign_recipe'\); install the"):
        run(raw, tmp_path / "out", Foreign(), _on(dask))
    assert not (tmp_path / "out" / "facts").exists()


def test_no_scheduler_and_no_workers(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    env = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    code, output = shilu("extract", raw, "--out", tmp_path / "out", *nobody, env=env)
    assert (code, "no Dask scheduler answers there" in output) == (2, True)
    monkeypatch.setattr("pipeline.engines.cluster._PATIENCE", 2.0)
    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty:
        options = Options(engine="dask", scheduler=empty.scheduler_address)
        with pytest.raises(WorkerError, match="no workers for 2 s; start some with `dask worker`"):
            run(raw, tmp_path / "out", QuickRecipe(), options)


def test_a_scheduler_that_goes_away(raw: Path, tmp_path: Path) -> None:
    with cluster(tmp_path, workers=1) as dask:
        args = (*_args(raw, tmp_path / "out", dask), "--log-format", "json")
        with start(*args, env=SLOW) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if json.loads(line)["event"] == "chunk":
                    break
            os.kill(dask.pid, signal.SIGKILL)
            output, _ = process.communicate(timeout=180)
    assert (process.returncode, "the scheduler is gone" in output) == (70, True), output
    code, output = shilu("status", raw, "--out", tmp_path / "out")
    assert (code, "read already by another run" in output) == (0, True)


def test_options_that_make_no_sense(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="add --engine dask"):
        run(raw, tmp_path / "out", QuickRecipe(), Options(scheduler="tcp://127.0.0.1:9"))
    options = Options(engine="dask", scheduler="tcp://127.0.0.1:9", workers=2)
    with pytest.raises(UsageError, match="leave out --workers"):
        run(raw, tmp_path / "out", QuickRecipe(), options)
    with pytest.raises(UsageError, match="give another --staging"):
        run(raw, tmp_path / "out", QuickRecipe(), Options(staging="nowhere://bucket"))


def test_object_stores_hold_parts_on_their_way(
    raw: Path, tmp_path: Path, calm: dict[str, bytes]
) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    run(raw, tmp_path / "out", QuickRecipe(), Options(workers=2, staging="memory://bucket/parts"))
    assert snapshot(tmp_path / "out") == calm
    assert not MemoryFileSystem().find("/bucket")


def test_dask_is_imported_for_clusters_alone(raw: Path, tmp_path: Path) -> None:
    ask = (
        "import sys, pipeline.cli, pipeline.run; print({'dask', 'distributed'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "set()\n"
    without = (
        "import sys; sys.modules['distributed'] = None; from pipeline.cli import main;"
        f"main(['extract', {str(raw)!r}, '--out', {str(tmp_path / 'out')!r}, '--engine', 'dask'])"
    )
    done = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, "pip install 'shilu[dask]'" in done.stderr) == (2, True)


def test_the_pages_of_the_repository(tmp_path: Path, dask: DaskCluster) -> None:
    """With rules and model."""
    raw, recipe = ROOT / "data" / "raw", Recipe(model=builtin_model())
    run(raw, tmp_path / "local", recipe, Options(workers=1))
    run(raw, tmp_path / "out", recipe, _on(dask))
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "local")
