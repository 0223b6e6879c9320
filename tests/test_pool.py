"""Workers that fail, hang, crash or are killed; the pages beside the bad one are all there."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import RulesError, WorkerError
from pipeline.run import Options, run
from tests.support.runs import QuickRecipe, page_text, snapshot, write_pages

# The word in the page, the reason of the reject, and a part of its detail.
HARM = [
    ("FAIL", "failed", "ZeroDivisionError"),
    ("DEVOUR", "out-of-memory", "--workers 1"),
    ("CRASH", "crashed", "signal 11"),
    ("LEAVE", "crashed", "exit code 3"),
    ("HANG", "timeout", "--page-seconds"),
]


@pytest.mark.parametrize(("word", "reason", "detail"), HARM)
def test_a_harmful_page_is_a_reject_and_the_others_are_done(
    tmp_path: Path, word: str, reason: str, detail: str
) -> None:
    pages = {f"{n:02d}.txt": page_text(n, word if n == 5 else "") for n in range(1, 10)}
    raw = write_pages(tmp_path / "raw", pages)
    summary = run(raw, tmp_path / "out", QuickRecipe(), Options(workers=2, seconds=1))
    assert summary.rejects == {reason: 1}
    assert (summary.shown[0].path, detail in summary.shown[0].detail) == ("05.txt", True)
    facts = pd.read_parquet(tmp_path / "out" / "facts")
    assert list(facts.value) == [1, 2, 3, 4, 6, 7, 8, 9]


def test_the_tables_are_those_of_a_run_without_the_harmful_pages(tmp_path: Path) -> None:
    harm = {f"{n:02d}.txt": page_text(n, word) for n, (word, *_) in enumerate(HARM, start=20)}
    good = {f"{n:02d}.txt": page_text(n) for n in range(10)}
    raw = write_pages(tmp_path / "raw", good | harm)
    summary = run(raw, tmp_path / "out", QuickRecipe(), Options(workers=2, seconds=1))
    assert summary.rejects == {"failed": 1, "out-of-memory": 1, "crashed": 2, "timeout": 1}
    run(write_pages(tmp_path / "good", good), tmp_path / "alone", QuickRecipe())
    for table in ("documents", "stories", "counts", "facts"):
        found, wanted = (pd.read_parquet(tmp_path / out / table) for out in ("out", "alone"))
        pd.testing.assert_frame_equal(found, wanted)


def test_where_a_page_hung_is_said(tmp_path: Path) -> None:
    raw = write_pages(tmp_path / "raw", {"a.txt": page_text(1, "HANG")})
    summary = run(raw, tmp_path / "out", QuickRecipe(), Options(seconds=0.5))
    wanted = r"not done in 0.5 s for 100,000 characters in worker\.py:\d+ \(_read_page\); raise"
    assert re.match(wanted, summary.shown[0].detail)


def test_rejects_that_may_pass_are_tried_again_and_others_are_not(tmp_path: Path) -> None:
    raw = write_pages(tmp_path / "raw", {"a.txt": page_text(1, "LEAVE"), "b.txt": page_text(2)})
    for _ in range(2):
        summary = run(raw, tmp_path / "out", QuickRecipe())
        assert (summary.rejects, summary.read) == ({"crashed": 1}, 2)
    assert summary.pages == {"again": 1, "chunk": 1}
    write_pages(raw, {"a.txt": page_text(1, "FAIL")})
    assert run(raw, tmp_path / "out", QuickRecipe()).pages == {"bytes": 1, "chunk": 1}
    assert run(raw, tmp_path / "out", QuickRecipe()).pages == {"unchanged": 2}


def test_killed_workers_lose_nothing(tmp_path: Path) -> None:
    raw = write_pages(tmp_path / "raw", {f"{n:03d}.txt": page_text(n) for n in range(200)})
    run(raw, tmp_path / "calm", QuickRecipe(), Options(workers=2))
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        """Kill both workers at once, as a lack of memory would: at two pages, each one once.

        A page whose worker dies a second time is a reject, so one page must not be hit twice.
        """
        if done > 0 and not killed:
            for process in multiprocessing.active_children():
                assert process.pid
                os.kill(process.pid, signal.SIGKILL)
                killed.append(process.pid)

    summary = run(raw, tmp_path / "out", QuickRecipe(pause=0.01), Options(workers=2), kill)
    assert (len(killed), summary.rejects) == (2, {})
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "calm")


def test_rules_that_a_worker_cannot_use_end_the_run(tmp_path: Path) -> None:
    raw = write_pages(tmp_path / "raw", {"a.txt": page_text(1)})
    with pytest.raises(RulesError) as raised:
        run(raw, tmp_path / "out", QuickRecipe(broken=True))
    assert raised.value.problems == (
        "rules/units.tsv:3: one; mend it",
        "rules/units.tsv:4: two; mend it",
    )
    assert not (tmp_path / "out" / "facts").exists()
    assert list((tmp_path / "out" / ".runs").iterdir()) == []


def test_workers_that_cannot_start_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.engines.pool.serve", _die)
    raw = write_pages(tmp_path / "raw", {"a.txt": page_text(1)})
    with pytest.raises(WorkerError, match="--workers"):
        run(raw, tmp_path / "out", QuickRecipe())


def _die(*_: object) -> None:
    os._exit(9)
