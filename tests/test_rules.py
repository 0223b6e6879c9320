"""Every row of rules/ does what its example says; bad rows are all reported at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RulesError
from pipeline.rulebook import RULE_FILES, Rule, builtin_rules, load_rules
from pipeline.rulecheck import problem, readings
from pipeline.stages import Toolkit, compile_toolkit
from tests.support.rules import add_unit, copy_rules

RULES = [rule for rows in load_rules().rules.values() for rule in rows]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.where)
def test_example(rule: Rule, rules_alone: Toolkit) -> None:
    assert problem(rule, rules_alone) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_rules(tmp_path)


def test_all_bad_rows_are_reported_at_once_with_file_line_and_cure(folder: Path) -> None:
    line = add_unit(folder, "粒", "种下【3粒】", "3 = 粒", kind="classfier")
    add_unit(folder, "旮旯", "没有括号", "")
    add_unit(folder, "犄角", "有【3犄角】", "3 = 犄角", note="too\tmany")
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    shown = caught.value.problems
    assert [p.split(": ")[0] for p in shown] == [f"rules/units.tsv:{line + n}" for n in (0, 1, 2)]
    assert "use one of" in shown[0]
    assert "put what the rule finds in 【】" in shown[1]
    assert "extra tabs" in shown[2]


def test_a_new_unit_is_a_line_of_text(folder: Path) -> None:
    add_unit(folder, "旮旯", "院里有【41旮旯】", "41 = 旮旯")
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
