"""Runs on disk: readers see a whole one, whatever fails; old ones go, but not under a reader."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import pipeline
from pipeline.errors import LockedError, OutputError, UsageError
from pipeline.records import Reject
from pipeline.runs.history import read_history
from pipeline.runs.journal import ChunkRecord, PageState, read_journal
from pipeline.runs.layout import CURRENT, RUNS, current_run, find_run, whole_runs, write_lock
from pipeline.runs.load import reading
from pipeline.runs.prune import prune
from pipeline.runs.writer import new_run
from pipeline.schemas import TABLES
from pipeline.tables import reject_rows, to_tables
from tests.support.quick import DISK_CALLS, counted
from tests.support.runs import MANIFEST, snapshot, write_chunk, write_tables

ROOT = Path(__file__).parents[1]
LATER = time.time() + 7200


def _rejects(*paths: str) -> dict[str, object]:
    return to_tables([reject_rows(Reject(p, "empty", "x") for p in paths)])


def _write(out: Path, *paths: str) -> None:
    write_tables(out, *(_rejects(p) for p in paths))


def _paths(out: Path) -> list[str]:
    return list(pd.read_parquet(out / "rejects").path)


def _names(out: Path) -> list[str]:
    return sorted(p.name for p in (out / RUNS).iterdir())


def test_chunks_stand_one_after_the_other(tmp_path: Path) -> None:
    _write(tmp_path / "deep" / "out", "a", "b", "c")
    assert _paths(tmp_path / "deep" / "out") == ["a", "b", "c"]


def test_a_second_run_replaces_the_first_and_is_identical(tmp_path: Path) -> None:
    _write(tmp_path, "a", "b")
    first = snapshot(tmp_path)
    assert {path.partition("/")[0] for path in first} == set(TABLES)
    _write(tmp_path, "a", "b")
    assert snapshot(tmp_path) == first
    _write(tmp_path, "c")
    assert _paths(tmp_path) == ["c"]


def test_linked_chunks_are_the_same_files_under_the_name_of_their_new_place(tmp_path: Path) -> None:
    _write(tmp_path, "a", "b")
    history = read_history(tmp_path)
    with write_lock(tmp_path, wait=False), new_run(tmp_path) as new:
        new.link(*history.chunks[history.keys[1]], ordinal=1)
        new.publish(MANIFEST)
    assert _paths(tmp_path) == ["b"]
    (part,) = (tmp_path / "rejects").iterdir()
    assert (part.name[:11], part.stat().st_nlink) == ("part-000001", 2)


def test_without_hard_links_parts_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "a")
    history = read_history(tmp_path)

    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    with write_lock(tmp_path, wait=False), new_run(tmp_path) as new:
        new.link(*history.chunks[history.keys[0]], ordinal=1)
        new.publish(MANIFEST)
    (part,) = (tmp_path / "rejects").iterdir()
    assert (_paths(tmp_path), part.stat().st_nlink) == (["a"], 1)


def test_a_failing_run_leaves_the_last_one_and_what_it_finished(tmp_path: Path) -> None:
    _write(tmp_path, "a")
    before = snapshot(tmp_path)
    with (
        pytest.raises(ZeroDivisionError),
        write_lock(tmp_path, wait=False),
        new_run(tmp_path) as new,
    ):
        write_chunk(new, "k" * 64, 1, _rejects("b"))
        raise ZeroDivisionError
    assert snapshot(tmp_path) == before
    assert "k" * 64 in read_history(tmp_path).chunks
    with (
        pytest.raises(ZeroDivisionError),
        write_lock(tmp_path, wait=False),
        new_run(tmp_path) as new,
    ):
        raise ZeroDivisionError
    assert _names(tmp_path) == ["000001", "000002"]  # a third that has nothing does not stay


@contextmanager
def _fails_at(step: int, calls: list[int]) -> Iterator[None]:
    """Let the `step`-th of all calls that change the disk say that it is full."""

    def fail() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    failing = counted(calls, step, fail)
    with pytest.MonkeyPatch.context() as patch:
        for name in DISK_CALLS:
            patch.setattr(name, failing(name))
        yield


def test_a_disk_that_is_full_at_any_step(tmp_path: Path) -> None:
    _write(tmp_path, "a", "b")
    history = read_history(tmp_path)
    messages: list[str] = []
    step, calls = 0, [0]
    while calls[0] >= step:
        step, calls = step + 1, [0]
        with write_lock(tmp_path, wait=False):
            try:
                with _fails_at(step, calls), new_run(tmp_path) as new:
                    new.link(*history.chunks[history.keys[0]], ordinal=1)
                    new.sync()
                    write_chunk(new, "k" * 64, 2, _rejects("c"))
                    new.publish(MANIFEST)
            except OutputError as e:
                messages.append(str(e))
        # All or nothing; all, too, where the disk fails after the link was turned.
        assert _paths(tmp_path) in (["a", "b"], ["a", "c"])
    assert len(messages) > 30
    assert all("make room" in message for message in messages)
    assert _paths(tmp_path) == ["a", "c"]


def test_old_runs_are_pruned_but_not_young_or_current_ones(tmp_path: Path) -> None:
    for _ in range(5):
        _write(tmp_path, "a")
    assert prune(tmp_path, keep=2) == ()
    assert prune(tmp_path, keep=2, now=LATER) == ("000001", "000002", "000003")
    assert _names(tmp_path) == ["000004", "000005"]
    (tmp_path / CURRENT).unlink()
    (tmp_path / CURRENT).symlink_to(Path(RUNS) / "000004")
    assert prune(tmp_path, keep=1, now=LATER) == ()


def test_a_run_that_is_read_is_not_pruned(tmp_path: Path) -> None:
    for _ in range(3):
        _write(tmp_path, "a")
    with reading(tmp_path / RUNS / "000001") as run:
        assert run.name == "000001"
        assert prune(tmp_path, keep=1, now=LATER) == ("000002",)
        assert _paths(run.folder) == ["a"]
    assert prune(tmp_path, keep=1, now=LATER) == ("000001",)


def test_what_a_kill_left_of_an_old_run_is_removed(tmp_path: Path) -> None:
    _write(tmp_path, "a")
    (tmp_path / RUNS / "trash-000000" / "facts").mkdir(parents=True)
    prune(tmp_path, keep=1)
    assert _names(tmp_path) == ["000001"]


def test_load_gives_all_tables_of_one_run(tmp_path: Path) -> None:
    _write(tmp_path, "a")
    tables = pipeline.load(tmp_path)
    assert list(tables) == list(TABLES)
    assert list(tables["rejects"].path) == ["a"]
    _write(tmp_path, "b")
    assert list(pipeline.load(str(tmp_path), "rejects")["rejects"].path) == ["b"]
    assert list(pipeline.load(tmp_path / RUNS / "000001")["rejects"].path) == ["a"]
    with pytest.raises(UsageError, match="no table fact; there are documents"):
        pipeline.load(tmp_path, "fact")
    with pytest.raises(UsageError, match="no tables there"):
        pipeline.load(tmp_path / "nowhere")


def test_load_while_runs_come_and_go(tmp_path: Path) -> None:
    # Two tables of a run always say the same; with old runs removed under the readers' feet.
    _write(tmp_path, "0", "0")
    seen: set[str] = set()
    stop = threading.Event()

    def write() -> None:
        for n in range(1, 25):
            _write(tmp_path, str(n), str(n))
            with write_lock(tmp_path, wait=True):
                prune(tmp_path, keep=1, now=LATER)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        paths = list(pipeline.load(tmp_path, "rejects", "facts")["rejects"].path)
        assert len(paths) == 2
        assert paths[0] == paths[1]
        seen.add(paths[0])
    writer.join()
    assert len(seen) > 1


def test_two_runs_do_not_clash(tmp_path: Path) -> None:
    with (
        write_lock(tmp_path, wait=False),
        pytest.raises(LockedError, match=rf"process {os.getpid()}\) is writing .* --wait"),
    ):
        _write(tmp_path, "b")
    _write(tmp_path, "c")
    assert _paths(tmp_path) == ["c"]


def test_waiting_for_the_other_run(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from pipeline.runs.layout import write_lock\n"
        f"with write_lock(Path({str(tmp_path)!r}), wait=False):\n"
        "    print('locked', flush=True); time.sleep(0.5)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        with write_lock(tmp_path, wait=True):
            assert other.wait(10) == 0


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="cannot be written"):
        _write(tmp_path / "out", "a")
    assert (tmp_path / "out").read_text() == "mine"


def test_foreign_tables_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "mine.parquet").write_text("mine")
    with pytest.raises(OutputError, match="in the way"):
        _write(tmp_path, "a")
    assert (tmp_path / "facts" / "mine.parquet").read_text() == "mine"
    assert not (tmp_path / "documents").is_symlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        _write(tmp_path / "out", "a")


def test_runs_are_found_by_output_folder_and_by_run_folder(tmp_path: Path) -> None:
    _write(tmp_path, "a")
    _write(tmp_path, "b")
    assert [run.name for run in whole_runs(tmp_path)] == ["000001", "000002"]
    assert find_run(tmp_path).name == "000002"
    assert find_run(tmp_path / RUNS / "000001").name == "000001"
    assert find_run(tmp_path / CURRENT).name == "000002"
    assert json.loads((tmp_path / "manifest.json").read_text()) == MANIFEST


def test_tables_of_the_first_version_are_replaced(tmp_path: Path) -> None:
    # It kept no journal, no lock and less of a manifest, and one part a table.
    old = tmp_path / RUNS / "000001"
    for name in TABLES:
        (old / name).mkdir(parents=True)
    (old / "manifest.json").write_text('{"shilu": "0.1.0", "rejects": 0}')
    (tmp_path / CURRENT).symlink_to(Path(RUNS) / "000001")
    with reading(tmp_path) as run:
        assert run.name == "000001"
    history = read_history(tmp_path)
    assert (history.pages, history.chunks) == ({}, {})
    _write(tmp_path, "a")
    assert prune(tmp_path, keep=1, now=LATER) == ("000001",)


def test_a_journal_survives_a_cut_and_any_file_name(tmp_path: Path) -> None:
    name = os.fsdecode("页\udcff\n\u202e".encode("utf-8", "surrogateescape"))
    page = PageState(name, "f" * 64, "2025-06-25", "山城日报", "empty")
    record = ChunkRecord("k" * 64, 3, 17, {"facts": (2, 900)}, (page,))
    lines = record.line() + '{"key": 3}\n' + "\0\0\0\n" + record.line()[:40]
    (tmp_path / "journal.jsonl").write_text(lines, encoding="ascii")
    assert list(read_journal(tmp_path)) == [record]


def test_no_run_no_current(tmp_path: Path) -> None:
    assert current_run(tmp_path) is None
    assert whole_runs(tmp_path) == []
    with pytest.raises(UsageError, match="shilu runs OUT"):
        find_run(tmp_path)
