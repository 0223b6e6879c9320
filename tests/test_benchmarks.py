"""The parts of the bench run, on a little text; how quick anything is, no test asserts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.contest import texts_of_repository
from benchmarks.machine import machine
from benchmarks.ours import LIMITS, STAGES, WHOLE
from benchmarks.report import tables, write_page
from benchmarks.results import Entry, Results, load, save
from benchmarks.runs import Sizes, growth, starts
from benchmarks.serving import Contestant, Lap, Text, write_texts

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return texts_of_repository(2)


def _entry(name: str, texts: list[Text], folder: Path) -> Entry:
    write_texts(folder / "texts.json", texts)
    command = [sys.executable, "-m", "benchmarks.ours", name, str(folder / "texts.json"), "inf"]
    contestant = Contestant(name, command, folder / "log")
    contestant.warm_up()
    contestant.round()
    contestant.close()
    assert not contestant.problem
    return Entry(name, tuple(contestant.laps), contestant.versions, contestant.peak)


def test_stages_and_limits_are_measured(texts: list[Text], tmp_path: Path) -> None:
    rules, limits = (_entry(name, texts, tmp_path) for name in ("rules", "limits"))
    assert rules.parts() == (WHOLE, *STAGES)
    assert limits.parts() == LIMITS
    assert {lap.chars for lap in rules.laps} == {sum(len(t.raw) for t in texts)}
    assert sum(lap.cpu for lap in rules.laps[1:]) == pytest.approx(rules.laps[0].cpu, rel=0.2)


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
