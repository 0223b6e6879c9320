"""Only what is new is read, and the tables are those of a run over everything."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pipeline.plan import cut
from pipeline.read import PageFile
from pipeline.run import Options, look, run
from pipeline.runs.layout import RUNS
from tests.support.runs import QuickRecipe, page_text, snapshot, write_pages

PAGES = {f"{n // 50:02d}/{n:03d}.txt": page_text(n) for n in range(200)}


def _manifest(out: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((out / "manifest.json").read_text("utf-8"))
    return manifest


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``raw`` and the tables in ``out``."""
    folder = tmp_path_factory.mktemp("first")
    run(write_pages(folder / "raw", PAGES), folder / "out", QuickRecipe(), Options(workers=2))
    return folder


@pytest.fixture
def there(first: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    shutil.copytree(first, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def test_nothing_to_do_makes_no_run(there: Path) -> None:
    before = sorted(p.name for p in (there / "out" / RUNS).iterdir())
    summary = run(there / "raw", there / "out", QuickRecipe())
    assert (summary.read, summary.pages) == (0, {"unchanged": 200})
    assert summary.rows["facts"] == 200
    assert sorted(p.name for p in (there / "out" / RUNS).iterdir()) == before
    plan = look(there / "raw", there / "out", QuickRecipe())
    assert plan.is_done


def test_one_changed_page_is_read_with_its_chunk_alone(there: Path) -> None:
    old = {p.stat().st_ino for p in (there / "out" / "facts").iterdir()}
    write_pages(there / "raw", {"02/123.txt": page_text(9123)})
    summary = run(there / "raw", there / "out", QuickRecipe())
    assert summary.pages["bytes"] == 1
    assert summary.read == 1 + summary.pages["chunk"] < 100
    assert _manifest(there / "out")["chunks"]["read"] == 1
    new = {p.stat().st_ino for p in (there / "out" / "facts").iterdir()}
    assert len(new - old) == 1
    facts = pd.read_parquet(there / "out" / "facts")
    assert list(facts.value) == [9123 if n == 123 else n for n in range(200)]


def _add(raw: Path) -> None:
    write_pages(raw, {"00/000a.txt": page_text(777), "03/zzz.txt": page_text(778)})


def _delete(raw: Path) -> None:
    for n in (0, 77, 199):
        (raw / f"{n // 50:02d}/{n:03d}.txt").unlink()


def _rename(raw: Path) -> None:
    (raw / "01/077.txt").rename(raw / "01/2024-01-02_x.txt")


def _tell(raw: Path) -> None:
    (raw / "metadata.csv").write_text("path,published\n02/111.txt,2020-02-02\nx,y,z\n")


def _spoil(raw: Path) -> None:
    (raw / "01/070.txt").write_bytes(b"%PDF-1.7")
    (raw / "01/071.txt").write_text(" \n")


def _touch(raw: Path) -> None:
    for path in raw.rglob("*.txt"):
        os.utime(path)


def _same_size_and_time(raw: Path) -> None:
    path = raw / "02/120.txt"
    stat = path.stat()
    path.write_text(page_text(921), encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size


# What is done to the raw folder, and the reasons for which pages are read or go, but for `chunk`.
EDITS: dict[Callable[[Path], None], dict[str, int]] = {
    _add: {"new": 2},
    _delete: {"gone": 3},
    _rename: {"new": 1, "gone": 1},
    _tell: {"metadata": 1},
    _spoil: {"bytes": 2},
    _touch: {},
    _same_size_and_time: {"bytes": 1},
}


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: e.__name__.strip("_"))
def test_tables_are_those_of_a_run_over_everything(
    there: Path, edit: Callable[[Path], None], tmp_path: Path
) -> None:
    edit(there / "raw")
    summary = run(there / "raw", there / "out", QuickRecipe())
    told = {k: n for k, n in summary.pages.items() if k not in ("unchanged", "chunk")}
    assert told == EDITS[edit]
    assert summary.read < 150
    whole = run(there / "raw", tmp_path / "anew", QuickRecipe())
    assert snapshot(there / "out") == snapshot(tmp_path / "anew")
    assert (summary.rows, summary.rejects) == (whole.rows, whole.rejects)
    assert summary.chars == whole.chars


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        (QuickRecipe(version="2"), "rules"),
        (QuickRecipe(limit=2**20), "limit"),
    ],
)
def test_other_rules_make_all_pages_stale(there: Path, recipe: QuickRecipe, reason: str) -> None:
    plan = look(there / "raw", there / "out", recipe)
    assert plan.pages == {reason: 200}
    assert len(plan.stale) == len(plan.chunks)


def test_force_reads_all(there: Path) -> None:
    before = snapshot(there / "out")
    summary = run(there / "raw", there / "out", QuickRecipe(), Options(force=True))
    assert summary.pages == {"forced": 200}
    assert snapshot(there / "out") == before


def test_a_part_that_is_missing_is_made_anew(there: Path) -> None:
    before = snapshot(there / "out")
    part = sorted((there / "out" / "facts").iterdir())[2]
    part.unlink()
    summary = run(there / "raw", there / "out", QuickRecipe())
    assert summary.read == summary.pages["damaged"] > 0
    assert snapshot(there / "out") == before


def test_what_a_stopped_run_read_is_not_read_again(tmp_path: Path) -> None:
    raw, out = write_pages(tmp_path / "raw", PAGES), tmp_path / "out"

    def stop(done: int, total: int) -> None:
        if done > 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(raw, out, QuickRecipe(), Options(workers=1), stop)
    assert not (out / "facts").exists()
    plan = look(raw, out, QuickRecipe())
    assert 60 < plan.pages["resumed"] < 200
    summary = run(raw, out, QuickRecipe())
    assert summary.pages["resumed"] == plan.pages["resumed"]
    assert summary.read == 200 - plan.pages["resumed"]
    run(raw, tmp_path / "anew", QuickRecipe())
    assert snapshot(out) == snapshot(tmp_path / "anew")
    assert [p.name for p in (out / RUNS).iterdir()] == ["000002"]


def test_a_page_that_changes_while_the_run_goes_on_is_told_as_it_was_read(tmp_path: Path) -> None:
    raw, out = write_pages(tmp_path / "raw", PAGES), tmp_path / "out"

    def change(done: int, total: int) -> None:
        if done == 0:
            write_pages(raw, {"03/199.txt": page_text(8888)})
            (raw / "03/198.txt").unlink()

    summary = run(raw, out, QuickRecipe(), Options(workers=1), change)
    assert summary.rejects == {"unreadable": 1}
    assert list(pd.read_parquet(out / "facts").value)[-1] == 8888
    documents = pd.read_parquet(out / "documents").set_index("path")
    assert len(documents) == 199
    # The next run knows which bytes were read, and that a page is gone.
    summary = run(raw, out, QuickRecipe())
    assert (summary.rejects, summary.pages["gone"]) == ({}, 1)
    assert run(raw, out, QuickRecipe()).pages == {"unchanged": 199}


def test_no_page_is_left(there: Path) -> None:
    shutil.rmtree(there / "raw")
    write_pages(there / "raw", {"only.txt": page_text(1)})
    summary = run(there / "raw", there / "out", QuickRecipe())
    assert summary.pages == {"new": 1, "gone": 200}
    assert list(pd.read_parquet(there / "out" / "documents").path) == ["only.txt"]


def test_workers_change_nothing(first: Path, tmp_path: Path) -> None:
    for workers in (1, 3):
        out = tmp_path / str(workers)
        run(first / "raw", out, QuickRecipe(), Options(workers=workers))
        assert snapshot(out) == snapshot(first / "out")


def test_the_manifest_says_how_to_repeat_the_run(first: Path) -> None:
    manifest = _manifest(first / "out")
    assert (manifest["run"], manifest["rules"], manifest["model"]) == ("000001", "1", None)
    assert manifest["input"]["pages"] == 200
    assert manifest["rows"]["documents"] == manifest["rows"]["facts"] == 200
    assert manifest["options"]["seconds"] == 60
    assert set(manifest["seconds"]) == {"plan", "read"}
    again = look(first / "raw", first / "out", QuickRecipe())
    assert again.input == manifest["input"]["digest"]


names = st.lists(st.text("abc/", min_size=1, max_size=6), max_size=300, unique=True)


@given(names, names)
def test_chunks_are_cut_where_names_say(some: list[str], others: list[str]) -> None:
    files = tuple(PageFile(name, 10) for name in sorted({*some, *others}))
    chunks = list(cut(files))
    assert tuple(f for chunk in chunks for f in chunk) == files
    assert all(chunks)
    # Taking pages away changes only chunks that had them, or that lie beside such.
    fewer = list(cut([f for f in files if f.path in some]))
    untouched = [c for c in chunks if all(f.path in some for f in c)]
    ends = {chunk[-1].path for chunk in fewer}
    full = [c for c in untouched if len(c) < 128 and c is not chunks[-1]]
    assert all(chunk[-1].path in ends for chunk in full)


def test_large_pages_make_small_chunks() -> None:
    files = [PageFile(f"{n}.txt", 2**20) for n in range(5)]
    assert [len(c) for c in cut(files)] == [1] * 5
    many = [replace(f, path=f"{n:05d}", size=0) for n in range(3000) for f in files[:1]]
    sizes = [len(c) for c in cut(many)]
    assert max(sizes) <= 128
    assert 20 < sum(sizes) / len(sizes) < 45
