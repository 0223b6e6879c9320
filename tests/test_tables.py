"""What readers get: columns, dtypes, descriptions."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.arrow import to_array, to_buffers
from pipeline.offsets import Edit, TracedText
from pipeline.records import (
    CleanPage,
    Count,
    Date,
    Fact,
    Mentions,
    Organization,
    Page,
    PageResult,
    Place,
    Reject,
    Repair,
    Story,
    StoryResult,
)
from pipeline.schemas import TABLES, Kind, schema
from pipeline.tables import page_rows, reject_rows, to_tables
from tests.support.runs import write_tables

MENTION = "story_id doc_id field start end text raw_start raw_end rule confidence".split()
CONTRACT = {
    "documents": "doc_id path sha256 encoding chars published published_from stories repairs",
    "stories": "story_id doc_id ordinal title source text place adcode published raw_start raw_end",
    "organizations": "name kind adcode",
    "places": "name adcode level",
    "dates": "edtf kind date_start date_end inferred",
    "counts": "value value_max comparator unit",
    "facts": "fact_id value value_max comparator unit subject place adcode org date date_start "
    "date_end quote statement",
    "repairs": "doc_id raw_start raw_end raw clean rule",
    "rejects": "path reason detail",
}
DTYPES = {"int64", "float64", "string", "category", "boolean", "date32[day][pyarrow]"}


_VALUES: dict[Kind, tuple[pa.DataType, st.SearchStrategy[object]]] = {
    "text": (pa.string(), st.text()),
    "label": (pa.dictionary(pa.int32(), pa.string()), st.sampled_from(("甲", "乙", ""))),
    "int": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "float": (pa.float64(), st.floats(allow_nan=False)),
    "date": (pa.date32(), st.dates()),
    "bool": (pa.bool_(), st.booleans()),
}


@pytest.mark.parametrize("kind", _VALUES)
@given(data=st.data())
def test_arrays_are_those_that_arrow_itself_makes(kind: Kind, data: st.DataObject) -> None:
    form, values = _VALUES[kind]
    some = data.draw(st.lists(st.one_of(values, st.none()), max_size=20))
    ours = to_array(to_buffers(some, kind), form)
    ours.validate(full=True)
    assert ours.equals(pa.array(some, form))
    assert ours.null_count == some.count(None)


def test_what_no_array_can_hold_is_told_of() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        to_buffers(["甲", "\ud800"], "text")


def test_workers_do_without_arrow(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from pipeline.worker import Task, work; from pipeline.read import "
        "PageFile; from pipeline.recipe import Recipe; "
        "task = Task(0, pathlib.Path(sys.argv[1]), (PageFile('a.txt'),), 60.0); "
        "found = work(task, Recipe().reader(), 10**6); assert found.chars, found; "
        "sys.exit(bool({'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    (tmp_path / "a.txt").write_text("天津市有41家社会组织。", encoding="utf-8")
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def _result() -> PageResult:
    """A page whose second line had a blank in its number: raw offsets differ from clean ones."""
    raw = "救助\n天津市有 41 家。"
    text = TracedText.identity(raw).edit([Edit(7, 8, "", "blank"), Edit(10, 11, "", "blank")])
    day = dt.date(2025, 6, 20)
    page = Page("d" * 16, "a.txt", "s" * 64, "utf-8", raw, day, "filename")
    story = Story("d-01", "d" * 16, 1, text.slice(0, 2), text.slice(3, 11), None, 0, len(raw))
    count = Count("text", 4, 7, "41家", "units:家", 0.9, 41.0, None, "=", "家")
    fact = Fact(
        *("d-01-text-4", count, "社会组织", "天津市", "120000", None, "2025-06-20", day, day),
        *("天津市有41家", "天津市 社会组织 41家", "facts:clause"),
        *("place:天津市", "date:6月20日"),
        subject_confidence=0.7,
        confidence=0.8,
    )
    mentions = Mentions(
        (count,),
        (Date("title", 0, 2, "救助", "dates:full", 1.0, "2025", "date", day, None, True),),
        (Place("text", 0, 3, "天津市", "places:full", 1.0, "天津市", "120000", "province"),),
        (Organization("text", 0, 2, "天津", "org:x", 0.5, "天津", "office", None),),
    )
    clean = CleanPage(page, text, (), (Repair(7, 8, " ", "", "blank"),))
    return PageResult(clean, (StoryResult(story, mentions, (fact,), "天津市", "120000"),))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    rejects = reject_rows([Reject("b.txt", "empty", "nothing but blanks")])
    write_tables(folder, to_tables([page_rows(_result()), rejects]))
    return folder


def test_columns_are_those_of_the_contract() -> None:
    assert list(TABLES) == list(CONTRACT)
    for table, columns in CONTRACT.items():
        mentions = "organizations places dates counts facts".split()
        wanted = {*columns.split(), *(MENTION if table in mentions else ())}
        assert wanted <= set(schema(table).names), table


@pytest.mark.parametrize("table", TABLES)
def test_every_field_has_a_description(table: str) -> None:
    for field in schema(table):
        assert field.metadata[b"description"], field.name


@pytest.mark.parametrize("table", TABLES)
def test_dtypes_of_a_plain_read_parquet(out: Path, table: str) -> None:
    frame = pd.read_parquet(out / table)
    assert len(frame) == 1
    columns = TABLES[table][1]
    assert {c: str(t) for c, t in frame.dtypes.items()} == {c.name: c.dtype for c in columns}
    assert set(map(str, frame.dtypes)) <= DTYPES


def test_dtypes_of_empty_tables(tmp_path: Path) -> None:
    write_tables(tmp_path)
    for table, (_, columns) in TABLES.items():
        frame = pd.read_parquet(tmp_path / table)
        assert len(frame) == 0
        assert [str(t) for t in frame.dtypes] == [c.dtype for c in columns]


def test_the_schema_reaches_the_file(out: Path) -> None:
    (part,) = (out / "facts").iterdir()
    stored = pq.read_schema(part)
    assert stored.equals(schema("facts"), check_metadata=True)
    assert stored.field("date_start").type == pa.date32()


def test_a_fact_can_be_followed_to_the_raw_characters(out: Path) -> None:
    fact = pd.read_parquet(out / "facts").iloc[0]
    story = pd.read_parquet(out / "stories").set_index("story_id").loc[fact.story_id]
    raw = _result().page.page.text
    assert story.text[fact.start : fact.end] == "41家"
    assert raw[fact.raw_start : fact.raw_end] == "41 家"
    assert fact.date_start == dt.date(2025, 6, 20)
    assert (story.adcode, story.published) == ("120000", dt.date(2025, 6, 20))


def test_nothing_is_called_nothing(out: Path) -> None:
    fact = pd.read_parquet(out / "facts").iloc[0]
    assert pd.isna(fact.org)
    assert pd.isna(fact.value_max)
    date = pd.read_parquet(out / "dates").iloc[0]
    assert pd.isna(date.date_end)
    assert bool(date.inferred)
