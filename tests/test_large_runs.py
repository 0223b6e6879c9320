"""Runs over many pages: only what changed is read, and memory does not grow with the corpus."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.corpus import make_corpus
from benchmarks.processes import Measured, measure
from pipeline.run import run
from tests.support.runs import QuickRecipe, page_text, write_pages


def test_one_changed_page_of_twenty_thousand(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    write_pages(raw, {f"{n // 500:03d}/{n:05d}.txt": page_text(n) for n in range(20_000)})
    assert run(raw, out, QuickRecipe()).rows["facts"] == 20_000
    assert run(raw, out, QuickRecipe()).pages == {"unchanged": 20_000}
    write_pages(raw, {"020/10234.txt": page_text(77_777)})
    summary = run(raw, out, QuickRecipe())
    assert summary.pages["bytes"] == 1
    assert summary.read <= 128  # its chunk
    assert summary.rows["facts"] == 20_000


def _measure(folder: Path, pages: int) -> Measured:
    make_corpus(folder / "raw", pages, 10_000)
    out = folder / "out"
    command = (sys.executable, "-m", "tests.support.quick", "extract", folder / "raw")
    return measure([*map(str, command), "--out", str(out), "--workers", "1"])


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    small, large = _measure(tmp_path / "small", 360), _measure(tmp_path / "large", 2_900)
    assert small.exit_code == large.exit_code == 0
    # 10 MB and 80 MB of pages; what is measured by hand on 1 GB is within the same bound.
    assert large.parent < 1.2 * small.parent
    assert large.worker < 1.2 * small.worker
