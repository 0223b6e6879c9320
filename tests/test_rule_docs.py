"""rules/README.md tells the truth: of each file, each column and each label, with an example."""

from __future__ import annotations

import re

import pytest

from pipeline.rulebook import RULE_FILES
from tests.support.rule_docs import RULES_README, examples, refreshed, without_lines

TEXT = RULES_README.read_text("utf-8")


def test_sessions_and_examples_are_what_the_program_says() -> None:
    assert without_lines(TEXT) == without_lines(refreshed(TEXT))


def test_examples_show_what_a_row_does() -> None:
    shown = re.findall(r"^Without it: (.+?)\. With it: (.+)\.$", TEXT, re.MULTILINE)
    assert len(shown) == len(RULE_FILES)
    assert [(a, b) for a, b in shown if a == b] == []


@pytest.mark.parametrize("form", RULE_FILES, ids=lambda f: f.name)
def test_each_file_is_told_with_its_columns_and_labels(form: object) -> None:
    from pipeline.rule_files import RuleFile

    assert isinstance(form, RuleFile)
    section = re.split(
        r"^###+ ", TEXT.partition(f"\n#### `{form.name}.tsv`\n")[2], flags=re.MULTILINE
    )[0]
    told = set(re.findall(r"`([^`\n]+)`", section))
    for column in form.columns:
        assert column.name in told
        assert {label for label in column.allowed if not label.lstrip("-").isdigit()} <= told
    assert [f for f, _ in examples(section)] == [form.name]
