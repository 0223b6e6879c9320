"""How pages are scored, and drafts of their truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.evaluate.draft import write_drafts
from pipeline.evaluate.report import Report
from pipeline.evaluate.scoring import score_page, subject_right


def _fact(**cells: Any) -> dict[str, Any]:
    number = {"text": "3家", "value": 3.0, "value_max": None, "unit": "家", "quote": ""}
    return number | {"subject": "商店", "adcode": None, "date": None} | cells


def test_a_number_whose_truth_says_nothing_of_its_comparator_is_exact() -> None:
    truth = {
        "doc": "a.txt",
        "stories": [
            {
                "title": "",
                "text": "商店3家，商店3家多",
                "facts": [_fact(subject=["商店"], adcode=[None], date=[None])],
            }
        ],
    }
    story = {"story_id": "a-1", "title": "", "text": "商店3家，商店3家多", "source": None}
    # Of two facts alike but for that, the exact one is compared with the truth.
    found: list[Mapping[str, Any]] = [_fact(comparator=c, confidence=0.5) for c in (">", "=")]
    report = Report()
    score_page(report, truth, [story], [{"facts": found}])
    assert report.shares["fact_comparator"].right == 1


@pytest.mark.parametrize(
    ("found", "wanted", "right"),
    [
        ("养老床位", "养老床位", True),
        ("实地开放救助管理机构", "实地开放的救助管理机构", True),
        ("新增老年食堂", "老年食堂", True),
        ("床位", "养老床位", False),
        ("企业", "床位", False),
    ],
)
def test_when_a_subject_is_right(found: str, wanted: str, right: bool) -> None:
    assert subject_right(found, [wanted]) == right


def test_drafts_keep_the_names_of_their_pages(tmp_path: Path) -> None:
    names = ("2025.06.25_A01.txt", "2025.06.25_A02.txt", "sub/b.TXT.gz")
    written = write_drafts(tmp_path, dict.fromkeys(names, "{}"))
    assert [p.name for p in written] == ["2025.06.25_A01.json", "2025.06.25_A02.json", "b.json"]
    assert write_drafts(tmp_path, {"b.txt": "{}"}) == []
