"""The parts of the bench run, on a little text; how quick anything is, no test asserts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.contest import contest, texts_of_repository, total
from benchmarks.machine import machine
from benchmarks.ours import LIMITS, STAGES, WHOLE
from benchmarks.report import tables, write_page
from benchmarks.results import OURS, SEEDS, Entry, Results, load, save
from benchmarks.runs import Sizes, growth, starts
from benchmarks.serving import Contestant, Lap, Text
from tests.support.imports import import_bare

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return texts_of_repository(2)


def test_all_of_shilu_takes_part(texts: list[Text], tmp_path: Path) -> None:
    entries = contest(texts, 1, 0.1, None, tmp_path, lambda _: None)
    assert [(e.name, e.problem) for e in entries] == [(name, "") for name in OURS]
    found = Results(machine(), len(texts), total(texts), 1, tuple(entries), ())
    assert not found.peers()
    for name in ("model", "rules", *SEEDS):
        assert found.entry(name).parts() == (WHOLE, *STAGES)
    assert found.entry("limits").parts() == LIMITS
    assert {lap.chars for lap in found.entry("rules").laps} == {found.chars}


def test_a_contestant_that_cannot_begin_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such package')"]
    contestant = Contestant("absent", command, tmp_path / "log")
    contestant.warm_up()
    contestant.round()
    contestant.close()
    assert contestant.problem == "no such package"
    assert not contestant.laps


def test_runs_tables_and_chart_are_made(tmp_path: Path) -> None:
    sizes = Sizes(rounds=1, starts=1, model_pages=1, growth=1)
    some = [run for run in starts(sizes, tmp_path, lambda _: None) if "model" not in run.name]
    laps = [Lap(part, 1000, 0.1, 0.1) for part in (WHOLE, *STAGES)]
    peer = Entry("some-peer", (Lap("dates", 500, 0.1, 0.1),), {"some-peer": "1.0"}, 1.0)
    absent = Entry("other-peer", (), {}, 0.0, "ModuleNotFoundError: no other")
    entries = (Entry("model", tuple(laps), {}, 1.0), Entry("rules", tuple(laps), {}, 1.0))
    results = Results(machine(), 2, 1000, 1, (*entries, peer, absent), tuple(some))
    save(results, tmp_path / "results.json")
    assert load(tmp_path / "results.json") == results
    page = tmp_path / "performance.md"
    page.write_text(PAGE.read_text("utf-8"), encoding="utf-8")
    write_page(results, page)
    text = page.read_text("utf-8")
    assert all(table in text for table in tables(results).values())
    assert "no other" in text
    assert page.with_suffix(".svg").read_text("utf-8").startswith("<svg")


def test_growth_counts_pages_and_facts(tmp_path: Path) -> None:
    runs = growth(Sizes(1, 1, 1, 1), tmp_path, lambda _: None)
    assert [run.pages for run in runs] == [1, 1, 10, 10, 100, 100]
    assert all(run.took.exit_code == 0 and run.disk and run.rows for run in runs)


def test_peers_are_asked_with_the_standard_library_alone() -> None:
    # Their environment has no Shilu, and nothing that Shilu needs.
    import_bare("benchmarks.peers")
