"""Every row of rules/ does what its example says; bad rows are all reported at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.errors import RulesError
from pipeline.rulebook import RULE_FILES, Rule, builtin_rules, load_rules
from pipeline.rulecheck import problem, readings
from pipeline.stages import Toolkit, compile_toolkit
from tests.support.rules import add_unit, copy_rules

BOOK = load_rules()
RULES = [rule for rows in BOOK.rules.values() for rule in rows]
# Rows whose example would be read the same without their whole file: another rule does the work
# there, or the row matters with the language model only. Write examples that need their row, and
# lower these; they are not to grow.
IDLE = {
    "glyph_words": 663,
    "countries": 1,
    "regions": 13,
    "natural_features": 7,
    "place_words": 54,
    "place_blocks": 66,
    "credits": 9,
    "surnames": 1,
    "fact_words": 184,
    "words": 96,
    "not_counts": 68,
    "not_dates": 22,
    "organization_suffixes": 44,
    "organization_names": 396,
    "media": 134,
    "organization_modifiers": 76,
    "organization_words": 58,
    "organization_left_stops": 34,
    "organization_blocks": 106,
}


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.where)
def test_example(rule: Rule, rules_alone: Toolkit) -> None:
    assert problem(rule, rules_alone) is None


@pytest.mark.parametrize("file", BOOK.rules)
def test_examples_need_their_rows(file: str) -> None:
    without = compile_toolkit(replace(BOOK, rules={**BOOK.rules, file: ()}))
    idle = [rule.where for rule in BOOK[file] if problem(rule, without) is None]
    assert len(idle) <= IDLE.get(file, 0), idle[-5:]


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
