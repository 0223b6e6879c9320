"""Every row of rules/ does what its example says; bad rows are all reported at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.errors import RulesError
from pipeline.rulebook import RULE_FILES, Rule, builtin_rules, load_rules
from pipeline.rulecheck import problem
from pipeline.run import Toolkit

RULES = [rule for rows in load_rules().rules.values() for rule in rows]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.where)
def test_example(rule: Rule, toolkit: Toolkit) -> None:
    assert problem(rule, toolkit) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(builtin_rules(), tmp_path / "rules"))


def _append(folder: Path, *rows: str) -> None:
    with (folder / "units.tsv").open("a", encoding="utf-8") as f:
        f.write("".join(f"{row}\n" for row in rows))


def test_all_bad_rows_are_reported_at_once_with_file_line_and_cure(folder: Path) -> None:
    line = len((folder / "units.tsv").read_text("utf-8").splitlines())
    _append(
        folder,
        "粒\tclassfier\t种下【3粒】\t3 = 粒\t",
        "粒\tclassifier\t没有括号\t\t",
        "粒\tclassifier\t种下【3粒】\t3 = 粒\t\ttoo\tmany",
    )
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    shown = caught.value.problems
    assert [p.split(": ")[0] for p in shown] == [f"rules/units.tsv:{line + n}" for n in (1, 2, 3)]
    assert "use one of" in shown[0]
    assert "【span】" in shown[1]


def test_a_new_unit_is_a_line_of_text(folder: Path) -> None:
    from pipeline.rulecheck import readings
    from pipeline.run import compile_toolkit

    _append(folder, "旮旯\tmeasure\t院里有【41旮旯】\t41 = 旮旯\t")
    book = load_rules(folder)
    assert book.digest != load_rules().digest
    found = readings("count", "院里有41旮旯。", None, compile_toolkit(book))
    assert [r.value for r in found] == ["41 = 旮旯"]


def test_a_missing_file_names_its_cure(folder: Path) -> None:
    (folder / "units.tsv").unlink()
    with pytest.raises(RulesError, match="restore it"):
        load_rules(folder)


def test_every_rule_file_is_listed_and_described() -> None:
    listed = {f.name for f in RULE_FILES}
    assert {p.stem for p in builtin_rules().glob("*.tsv")} == listed
    readme = (builtin_rules() / "README.md").read_text("utf-8")
    assert [name for name in sorted(listed) if f"`{name}.tsv`" not in readme] == []
