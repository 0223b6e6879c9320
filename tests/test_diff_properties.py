"""What holds for the changes between any two runs."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.diff import diff
from pipeline.schemas import MEANING
from tests.support.sheets import Run, Sheet, made

# Few words, so that many facts agree in part, and few versions, so that pages are renamed.
FACT = st.tuples(
    st.sampled_from(["粤", "桂", "-"]),
    st.sampled_from(["床位", "养老床位", "床", "老人", "-"]),
    st.sampled_from("12"),
    st.sampled_from(["张", "-"]),
    st.sampled_from(["2024", "-"]),
    st.sampled_from(["甲", "乙"]),
).map(" ".join)
SHEET = st.builds(
    Sheet,
    facts=st.lists(FACT | st.just(""), max_size=6).map("\n".join),
    version=st.sampled_from("123"),
    published=st.sampled_from([None, dt.date(2025, 6, 20)]),
)
PAGES = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), SHEET, max_size=4).map(made)


def _rows(changes: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = changes.to_pylist()
    return rows


def _totals(changes: pa.Table) -> Any:
    return json.loads(changes.schema.metadata[b"totals"])


@settings(deadline=None, max_examples=60)
@given(PAGES)
def test_a_run_and_itself(a: Run) -> None:
    changes = diff(a, a)
    assert changes.num_rows == 0
    assert _totals(changes)["unchanged"] == len(a["facts"])
    assert sum(_totals(changes)["pages"].values()) == len(a["documents"])


@settings(deadline=None, max_examples=60)
@given(PAGES, PAGES)
def test_every_fact_is_accounted_for_once(a: Run, b: Run) -> None:
    changes = diff(a, b)
    rows, unchanged = _rows(changes), _totals(changes)["unchanged"]
    n = Counter(r["change"] for r in rows)
    assert len(a["facts"]) - n["vanished"] == n["changed"] + unchanged
    assert len(b["facts"]) - n["appeared"] == n["changed"] + unchanged
    for key, run_ in (("fact_id_before", a), ("fact_id_after", b)):
        ids = [r[key] for r in rows if r[key] is not None]
        assert len(ids) == len(set(ids))
        assert set(ids) <= set(run_["facts"]["fact_id"])
    for r in rows:
        assert (r["fact_id_before"] is None) == (r["change"] == "appeared")
        assert (r["fact_id_after"] is None) == (r["change"] == "vanished")
        differ = [c for c in MEANING if r[c] != r[f"{c}_before"]]
        assert r["change"] != "changed" or (differ and r["differs"].split() == differ)


@settings(deadline=None, max_examples=60)
@given(PAGES, PAGES)
def test_facts_that_say_the_same_are_the_same(a: Run, b: Run) -> None:
    for tables in (a, b):  # no page is taken for another
        tables["documents"]["sha256"] += tables["documents"]["path"]
    same = _meanings(a) & _meanings(b)
    assert _totals(diff(a, b))["unchanged"] == same.total()


def _meanings(tables: Run) -> Counter[tuple[object, ...]]:
    paths = dict(zip(tables["documents"]["doc_id"], tables["documents"]["path"], strict=True))
    facts = tables["facts"].astype(object).where(tables["facts"].notna(), None)
    return Counter((paths[r["doc_id"]], *(r[c] for c in MEANING)) for _, r in facts.iterrows())


@settings(deadline=None, max_examples=60)
@given(PAGES, PAGES)
def test_back_is_the_mirror_of_forth(a: Run, b: Run) -> None:
    swapped = {"appeared": "vanished", "vanished": "appeared", "changed": "changed"}
    forth = {
        (r["change"], r["fact_id_before"], r["fact_id_after"], r["differs"])
        for r in _rows(diff(a, b))
    }
    back = {
        (swapped[r["change"]], r["fact_id_after"], r["fact_id_before"], r["differs"])
        for r in _rows(diff(b, a))
    }
    assert forth == back


@settings(deadline=None, max_examples=60)
@given(PAGES, PAGES)
def test_the_order_is_that_of_the_text(a: Run, b: Run) -> None:
    rows = _rows(diff(a, b))
    paths = [r["path"] for r in rows]
    assert paths == sorted(paths)
    order = {fact: i for i, fact in enumerate(b["facts"]["fact_id"])}
    places = [(r["path"], order[r["fact_id_after"]]) for r in rows if r["fact_id_after"]]
    assert places == sorted(places)
