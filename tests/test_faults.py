"""What the world does to a run: signals, full and read-only disks, two runs at once."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipeline.runs.layout import RUNS
from tests.support.quick import ROOT, shilu, start
from tests.support.runs import page_text, snapshot, write_pages

PAGES = {f"{n:03d}.txt": page_text(n) for n in range(150)}
SLOW = {"QUICK_PAUSE": "0.02"}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return write_pages(tmp_path / "raw", PAGES)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of an undisturbed run."""
    folder = tmp_path_factory.mktemp("calm")
    assert shilu("extract", write_pages(folder / "raw", PAGES), "--out", folder / "out")[0] == 0
    return snapshot(folder / "out")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system does not let the tests mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


@pytest.mark.parametrize(
    ("sent", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
@pytest.mark.parametrize("to_all", [False, True], ids=["to-one", "to-all"])
def test_a_signal_ends_a_run_cleanly_and_keeps_what_is_done(
    raw: Path, tmp_path: Path, calm: dict[str, bytes], sent: signal.Signals, code: int, to_all: bool
) -> None:
    out = tmp_path / "out"
    args = ("extract", raw, "--out", out, "--workers", 1, "--log-format", "json")
    with start(*args, env=SLOW) as process:
        assert process.stdout is not None
        for line in process.stdout:  # some chunk is done
            if json.loads(line)["event"] == "chunk":
                break
        # A terminal sends Ctrl-C to all processes of the group, kill to one.
        (os.killpg if to_all else os.kill)(process.pid, sent)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == code, output
    last = json.loads(output.splitlines()[-1])
    assert (last["event"], last["exit_code"]) == ("stopped", code)
    assert "the tables are those of the last whole run" in last["message"]
    assert not (out / "facts").exists()
    _nobody_is_left(process.pid)
    done, output = shilu("extract", raw, "--out", out)
    assert (done, "read already by another run" in output) == (0, True)
    assert snapshot(out) == calm


def _nobody_is_left(group: int) -> None:
    """No process of a group is there any more, soon."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("workers are left behind")


def test_workers_end_when_their_parent_is_killed(raw: Path, tmp_path: Path) -> None:
    args = ("extract", raw, "--out", tmp_path / "out", "--log-format", "json")
    with start(*args, env=SLOW) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "chunk":
                break
        process.kill()
    _nobody_is_left(process.pid)


def test_a_full_disk_at_every_stage(
    raw: Path, tmp_path: Path, small_disk: Path, calm: dict[str, bytes]
) -> None:
    out = small_disk / "out"
    write_pages(tmp_path / "few", {"a.txt": page_text(1)})
    assert shilu("extract", tmp_path / "few", "--out", out)[0] == 0
    before = snapshot(out)
    codes = []
    # From no room at all to enough: the disk fills while parts, journal or manifest are written.
    for blocks in (1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 10_000):
        filler = small_disk / "filler"
        filler.unlink(missing_ok=True)
        _fill(filler, blocks)
        code, output = shilu("extract", raw, "--out", out)
        codes.append(code)
        assert "Traceback" not in output
        if code:
            assert (code, "make room" in output) == (74, True)
            assert snapshot(out) == before
        else:
            assert snapshot(out) == calm
            break
    assert codes.count(74) >= 3
    filler.unlink(missing_ok=True)
    assert shilu("extract", raw, "--out", out)[0] == 0
    assert snapshot(out) == calm


def _fill(path: Path, free: int) -> None:
    """Leave so many blocks of the file system free."""
    room = os.statvfs(path.parent)
    size = max(0, room.f_bavail - free) * room.f_frsize
    with path.open("wb") as file:
        file.write(b"\0" * size)


def test_a_read_only_disk(raw: Path, small_disk: Path) -> None:
    _remount(small_disk, "ro")
    code, output = shilu("extract", raw, "--out", small_disk / "out")
    assert (code, "Read-only file system" in output) == (74, True)
    _remount(small_disk, "rw,size=4m")
    assert shilu("extract", raw, "--out", small_disk / "out")[0] == 0
    before = snapshot(small_disk / "out")
    write_pages(raw, {"000.txt": page_text(5)})
    _remount(small_disk, "ro")
    code, output = shilu("extract", raw, "--out", small_disk / "out")
    assert (code, "cannot be written" in output) == (74, True)
    assert snapshot(small_disk / "out") == before
    assert shilu("status", raw, "--out", small_disk / "out")[0] == 0


def test_a_limit_of_file_sizes(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_pages(tmp_path / "few", {"a.txt": page_text(1)})
    assert shilu("extract", tmp_path / "few", "--out", out)[0] == 0
    before = snapshot(out)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    code, output = shilu("extract", raw, "--out", out, first=limit)
    assert (code, "File too large" in output) == (74, True)
    assert snapshot(out) == before
    assert shilu("extract", raw, "--out", out)[0] == 0


def test_a_second_run_gives_up_or_waits(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start("extract", raw, "--out", out, "--log-format", "json", env=SLOW) as first:
        assert first.stdout is not None
        assert json.loads(first.stdout.readline())["event"] == "planned"
        code, output = shilu("extract", raw, "--out", out)
        assert (code, f"process {first.pid}" in output) == (75, True)
        code, output = shilu("status", raw, "--out", out)
        assert (code, "at this moment" in output) == (0, True)
        code, output = shilu("extract", raw, "--out", out, "--wait")
        assert (code, "150 unchanged" in output) == (0, True)
        first.communicate(timeout=20)
    assert first.returncode == 0


def test_a_summary_that_nobody_can_read_undoes_nothing(raw: Path, tmp_path: Path) -> None:
    for end in ("> /dev/full", "| true"):
        command = f"{sys.executable} -m tests.support.quick extract {raw} --out {tmp_path / 'o'}"
        line = f"{{ {command}; echo $? >&2; }} {end}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=ROOT)
        assert done.stderr.splitlines() == ["0"]
    assert len(pd.read_parquet(tmp_path / "o" / "facts")) == 150


def test_readers_during_a_run(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert shilu("extract", raw, "--out", out)[0] == 0
    write_pages(raw, {f"{n:03d}.txt": page_text(n + 1000) for n in range(150)})
    seen = set()
    with start("extract", raw, "--out", out, env=SLOW) as process:
        while process.poll() is None:
            values = list(pd.read_parquet((out / "facts").resolve()).value)
            assert len(values) == 150
            assert len({v >= 1000 for v in values}) == 1
            seen.add(values[0])
    assert 0 in seen
    assert list(pd.read_parquet(out / "facts").value) == [n + 1000 for n in range(150)]


def test_no_trace_is_left_in_the_temporary_folder(raw: Path, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    env = {"TMPDIR": str(folder)}
    assert shilu("extract", raw, "--out", tmp_path / "out", env=env)[0] == 0
    assert list(folder.iterdir()) == []
    assert [p.name for p in (tmp_path / "out" / RUNS).iterdir()] == ["000001"]
