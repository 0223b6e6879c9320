"""Every line of tests/cases, read by the same code that reads pages."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pipeline.evaluate.scoring import subject_right
from pipeline.rulecheck import SUBJECTS, readings
from pipeline.stages import Toolkit
from tests.support.cases import Case, load_cases, mark, parse


def _params() -> list[object]:
    known = pytest.mark.xfail(strict=True, reason="a known failure; move the line if it passes")
    return [
        pytest.param(c, id=c.where, marks=[known] if c.group == "known_failures" else [])
        for c in load_cases()
        if c.subject in SUBJECTS
    ]


@pytest.fixture(scope="session")
def grammar_alone(toolkit: Toolkit) -> Toolkit:
    """With the words of the language model, but what the grammar names as the subject of a fact.

    How well subjects are chosen among others is measured (below, and in test_gold), not told by
    single sentences.
    """
    facts = replace(toolkit.resolver.facts, ranker=None)
    return replace(toolkit, resolver=replace(toolkit.resolver, facts=facts))


@pytest.mark.parametrize("case", _params())
def test_case(case: Case, grammar_alone: Toolkit) -> None:
    found = readings(case.subject, case.text, case.published, grammar_alone)
    # A mark that leaves its value open takes whatever was read there.
    open_values = {(r.start, r.end) for r in case.expected if not r.value}
    shown = [type(r)(r.start, r.end, "") if (r.start, r.end) in open_values else r for r in found]
    assert mark(case.text, shown) == mark(case.text, list(case.expected))


def test_ranking_agrees_with_most_cases(toolkit: Toolkit) -> None:
    cases = [c for c in load_cases() if c.subject == "fact" and c.group in ("wild", "synthetic")]
    wanted = found = 0
    for case in cases:
        there = {r.start: r for r in readings("fact", case.text, case.published, toolkit)}
        for reading in case.expected:
            subject = there[reading.start].value.split(" | ")[0]
            wanted += 1
            found += subject_right(subject, [reading.value.split(" | ")[0]])
    assert found / wanted > 0.85, found / wanted


def test_negative_cases_have_no_marks() -> None:
    assert not [c.where for c in load_cases() if c.group == "negative" and c.expected]


def test_parse_and_mark_are_inverse() -> None:
    sentence = "天津市现有社会组织【41家|41 = 家】，其中【12家|12 = 家】。"
    text, found = parse(sentence)
    assert text == "天津市现有社会组织41家，其中12家。"
    assert mark(text, list(found)) == sentence
