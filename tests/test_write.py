"""Readers never see half a run; a run that fails leaves the last one standing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import LockedError, OutputError
from pipeline.records import Reject
from pipeline.schemas import TABLES
from pipeline.tables import reject_rows, to_tables
from pipeline.write import CURRENT, RUNS, open_output


def _write(out: Path, *paths: str) -> None:
    with open_output(out) as writer:
        for path in paths:
            writer.add(to_tables([reject_rows([Reject(path, "empty", "x")])]))


def _paths(out: Path) -> list[str]:
    return list(pd.read_parquet(out / "rejects").path)


def _snapshot(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.glob("*/*.parquet"))}


def test_pieces_are_put_one_after_the_other(tmp_path: Path) -> None:
    _write(tmp_path / "deep" / "out", "a", "b", "c")
    assert _paths(tmp_path / "deep" / "out") == ["a", "b", "c"]


def test_a_second_run_replaces_the_first_and_is_identical(tmp_path: Path) -> None:
    _write(tmp_path, "a", "b")
    first = _snapshot(tmp_path)
    assert len(first) == len(TABLES)
    _write(tmp_path, "a", "b")
    assert _snapshot(tmp_path) == first
    _write(tmp_path, "c")
    assert _paths(tmp_path) == ["c"]


def test_old_runs_are_dropped_but_for_the_last(tmp_path: Path) -> None:
    for _ in range(4):
        _write(tmp_path, "a")
    assert sorted(p.name for p in (tmp_path / RUNS).iterdir()) == ["000003", "000004"]
    assert (tmp_path / CURRENT).readlink() == Path(RUNS) / "000004"


def test_a_failing_run_leaves_the_last_one(tmp_path: Path) -> None:
    _write(tmp_path, "a")
    before = _snapshot(tmp_path)
    with pytest.raises(ZeroDivisionError), open_output(tmp_path) as writer:
        writer.add(to_tables([reject_rows([Reject("b", "empty", "x")])]))
        raise ZeroDivisionError
    assert _snapshot(tmp_path) == before
    assert [p.name for p in (tmp_path / RUNS).iterdir()] == ["000001"]


def test_what_a_killed_run_left_is_no_hindrance(tmp_path: Path) -> None:
    _write(tmp_path, "a")
    code = (
        "import os, sys; from pathlib import Path; from pipeline.write import open_output\n"
        f"with open_output(Path({str(tmp_path)!r})): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert (tmp_path / RUNS / "000002").is_dir()
    assert _paths(tmp_path) == ["a"]
    _write(tmp_path, "b")
    assert _paths(tmp_path) == ["b"]
    assert sorted(p.name for p in (tmp_path / RUNS).iterdir()) == ["000001", "000003"]


def test_two_runs_do_not_clash(tmp_path: Path) -> None:
    with open_output(tmp_path), pytest.raises(LockedError, match="another run"):
        _write(tmp_path, "b")
    _write(tmp_path, "c")
    assert _paths(tmp_path) == ["c"]


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


def test_a_full_disk(tmp_path: Path) -> None:
    _write(tmp_path, "a")
    code = (
        "import resource; from pathlib import Path; import tests.test_write as t\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        "try:\n"
        f"    t._write(Path({str(tmp_path)!r}), *'bcdefgh')\n"
        "except t.OutputError as e:\n"
        "    print(e)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "cannot be written" in run.stdout, run.stderr
    assert _paths(tmp_path) == ["a"]
    assert sorted(p.name for p in (tmp_path / RUNS).iterdir()) == ["000001"]
