"""Every line of tests/cases, read by the same code that reads pages."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize("case", _params())
def test_case(case: Case, toolkit: Toolkit) -> None:
    found = readings(case.subject, case.text, case.published, toolkit)
    # A mark that leaves its value open takes whatever was read there.
    open_values = {(r.start, r.end) for r in case.expected if not r.value}
    shown = [type(r)(r.start, r.end, "") if (r.start, r.end) in open_values else r for r in found]
    assert mark(case.text, shown) == mark(case.text, list(case.expected))


def test_negative_cases_have_no_marks() -> None:
    assert not [c.where for c in load_cases() if c.group == "negative" and c.expected]


def test_parse_and_mark_are_inverse() -> None:
    sentence = "天津市现有社会组织【41家|41 = 家】，其中【12家|12 = 家】。"
    text, found = parse(sentence)
    assert text == "天津市现有社会组织41家，其中12家。"
    assert mark(text, list(found)) == sentence
