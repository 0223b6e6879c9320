"""`shilu show` and `shilu explain`, from a number back to the raw page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.explain import explain
from tests.support.rules import NOOK, UNITS, own_folder
from tests.support.runs import write_pages

PAGE = (
    "广东开展救助管理机构开放日\n\n今年 6 月 19 日袁全省 100 家救\n"
    "助管理机构开展了活动遥其中向群众开放的有 63 家遥\n"
    "连南瑶族自治县派出\n2400 多名工作人员遥\n渊据叶南方日报曳冤\n"
)


def _shilu(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one page and its tables."""
    folder = tmp_path_factory.mktemp("explain")
    (folder / "raw").mkdir()
    (folder / "raw" / "2025-06-25_A01.txt").write_text(PAGE, encoding="utf-8")
    done = _shilu("extract", folder / "raw", "--out", folder / "out", "--workers", 1)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def facts(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "out" / "facts")


def test_the_facts_of_a_page_are_listed_with_their_ids(folder: Path, facts: pd.DataFrame) -> None:
    for name in ("2025-06-25_A01.txt", "A01", facts.doc_id[0]):
        shown = _shilu("show", name, "--out", folder / "out")
        assert shown.exit_code == 0, shown.output
        for fact in facts.itertuples():
            assert f"{fact.fact_id}  {fact.statement}" in shown.output


def test_a_fact_is_followed_to_the_lines_of_its_raw_page(folder: Path, facts: pd.DataFrame) -> None:
    fact = facts[facts.value == 2400].iloc[0]
    found = explain(folder / "out", fact.fact_id)
    assert found.clause == "连南瑶族自治县派出【2400多名】工作人员"
    assert [(line.number, line.text) for line in found.raw] == [
        (5, "连南瑶族自治县派出"),
        (6, "2400 多名工作人员遥"),
        (7, "渊据叶南方日报曳冤"),
    ]
    marked = [line.text[line.start : line.end] for line in found.raw]
    assert marked == ["", "2400 多名", ""]
    assert ("遥", "。") in [(r["raw"], r["clean"]) for r in found.repairs]


# The value of a fact, and what is told of it.
TOLD = [
    (100, "全省【100家】救助管理机构开展了活动"),
    (100, "全省/n"),
    (100, "count      100家 → = 100 家  [units:家, rules/units.tsv:"),
    (100, "subject    救助管理机构  [the noun behind the number; subject:right, "),
    (100, "area       广东省 440000  [全省, in a story of 广东省]"),
    (100, "day        2025-06-19  [今年6月19日 governs this number"),
    (63, " likely among all candidates]"),
    (2400, "place      连南瑶族自治县 → 广东省清远市连南瑶族自治县 441826"),
    (2400, "area       广东省清远市连南瑶族自治县 441826  [连南瑶族自治县 is named]"),
    (2400, "day        none"),
    (2400, "repaired: 遥 → 。  [glyph:遥]"),
    (2400, "Confidence 0."),
]


@pytest.mark.parametrize(("value", "words"), TOLD)
def test_each_decision_is_told(folder: Path, facts: pd.DataFrame, value: float, words: str) -> None:
    fact_id = facts.fact_id[facts.value == value].iloc[0]
    told = _shilu("explain", fact_id, "--out", folder / "out")
    assert told.exit_code == 0, told.output
    assert words in told.output


def test_the_weights_of_the_signs_add_up_to_the_confidence(
    folder: Path, facts: pd.DataFrame
) -> None:
    import math

    for fact in facts.itertuples():
        found = explain(folder / "out", str(fact.fact_id))
        total = sum(weight for _, weight in found.signs)
        assert 1 / (1 + math.exp(-total)) == pytest.approx(fact.confidence, abs=0.0006)


def test_a_raw_page_that_is_gone_or_changed_is_not_shown(
    folder: Path, facts: pd.DataFrame, tmp_path: Path
) -> None:
    fact_id = facts.fact_id[0]
    gone = _shilu("explain", fact_id, "--out", folder / "out", "--raw", tmp_path)
    assert gone.exit_code == 0
    assert "give its folder by --raw" in gone.output
    (tmp_path / "2025-06-25_A01.txt").write_text("x" + PAGE, encoding="utf-8")
    changed = _shilu("explain", fact_id, "--out", folder / "out", "--raw", tmp_path)
    assert "has changed since; run shilu extract" in changed.output
    assert "全省 【100 家】" not in changed.output


@pytest.mark.parametrize(
    ("args", "cure"),
    [
        (["explain", "nothing-01-f001"], "shilu show PAGE"),
        (["show", "2025-06-25_A02.txt"], "there are 2025-06-25_A01.txt"),
    ],
)
def test_what_is_not_there_is_said_with_the_cure(folder: Path, args: list[str], cure: str) -> None:
    failed = _shilu(*args, "--out", folder / "out")
    assert failed.exit_code == 2
    assert cure in failed.output


def test_nothing_that_a_page_says_reaches_the_terminal_as_an_order(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    page = PAGE.replace("开放日", "\x1b]0;owned\x07开放日").replace("工作人员", "工作\x1b[31m人员")
    (tmp_path / "raw" / "a.txt").write_text(page, encoding="utf-8")
    out = tmp_path / "out"
    assert _shilu("extract", tmp_path / "raw", "--out", out, "--no-model").exit_code == 0
    ids = pd.read_parquet(out / "facts").fact_id
    for shown in (
        _shilu("show", "a.txt", "--out", out),
        *(_shilu("explain", i, "--out", out) for i in ids),
    ):
        assert shown.exit_code == 0, shown.output
        assert "\x1b" not in shown.output
        assert "\x07" not in shown.output


def test_raw_pages_and_own_rules_are_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pages(tmp_path / "raw", {"a.txt": "天津市有书店7旮旯。\n"})
    own_folder(tmp_path, units=UNITS + NOOK)
    monkeypatch.chdir(tmp_path)
    options = ("--out", "out", "--rules", "my", "--no-model")
    assert _shilu("extract", "raw", *options).exit_code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (fact,) = pd.read_parquet(tmp_path / "out" / "facts").fact_id
    shown = _shilu("explain", fact, "--out", "../out")
    assert "天津市有书店【7旮旯】" in shown.output
    assert "my/units.tsv:2" in shown.output


def test_no_tables(tmp_path: Path) -> None:
    for args in (["show", "a.txt"], ["explain", "a-01-f001"]):
        failed = _shilu(*args, "--out", tmp_path)
        assert (failed.exit_code, "no tables there" in failed.output) == (2, True)
