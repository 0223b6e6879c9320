"""The columns of every table, with a type and a description each: written out once.

Arrow schemas, pandas dtypes, the data dictionary in docs/tables.md and the description of a run
as a data package (`datapackage`) all come from here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from pipeline.gazetteer import LEVELS
from pipeline.records import FIELDS, Comparator, DateKind, PlaceKind, PublishedFrom

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["text", "label", "int", "float", "date", "bool"]

# Arrow type, then the two names that pandas metadata wants (pandas_type, numpy_type). A plain
# read_parquet turns date32 into objects unless the metadata asks for the Arrow-backed dtype.
_TYPES: dict[Kind, tuple[str, str, str]] = {
    "text": ("string", "unicode", "string"),
    "label": ("string", "categorical", "category"),  # Arrow: a dictionary of such values
    "int": ("int64", "int64", "int64"),
    "float": ("float64", "float64", "float64"),
    "date": ("date32", "date", "date32[day][pyarrow]"),
    "bool": ("bool", "bool", "boolean"),
}


class Column(Struct, frozen=True):
    """One column; `nullable` says whether a row may leave it empty.

    `values` are all that it can hold, where they are few and fixed; `about` names each of them.
    """

    name: str
    kind: Kind
    about: str
    nullable: bool = False
    values: tuple[str, ...] = ()

    @property
    def dtype(self) -> str:
        """What pandas shows for it."""
        return _TYPES[self.kind][2]

    def arrow(self) -> pa.Field:
        """The Arrow field, its description in the metadata."""
        import pyarrow as pa

        form = pa.type_for_alias(_TYPES[self.kind][0])
        if self.kind == "label":
            form = pa.dictionary(pa.int32(), form)
        return pa.field(self.name, form, self.nullable, metadata={"description": self.about})


def _key(name: str, about: str) -> Column:
    return Column(name, "text", about)


_STORY = _key("story_id", "the story: doc_id, a hyphen, its number on the page")
_DOC = _key("doc_id", "the page: 16 hex digits of the SHA-256 of the file's bytes and path")
_RAW = (
    Column("raw_start", "int", "first character in the decoded raw page"),
    Column("raw_end", "int", "one past the last character in the decoded raw page"),
)
_SPAN = (
    Column("field", "label", "`title` or `text`: where start and end point", values=FIELDS),
    Column("start", "int", "first character in that field of the story, code points from 0"),
    Column("end", "int", "one past the last character in that field"),
    _key("text", "the characters from start to end"),
    *_RAW,
)
_TRUST = (
    Column("rule", "label", "the rule that found the row, such as `units:家`"),
    Column("confidence", "float", "0 to 1: how far the row can be trusted"),
)
_MENTION = (_STORY, _DOC, *_SPAN, *_TRUST)
_NUMBER = (
    Column("value", "float", "the plain number: 7.5万张 is 75000; the lower end of a range"),
    Column("value_max", "float", "the upper end of a range", nullable=True),
    Column(
        "comparator",
        "label",
        "`=` exact, `~` about, `>` more than, `<` less than",
        values=get_args(Comparator),
    ),
    Column("unit", "text", "classifier, measure, currency or %, without 万 and 亿", nullable=True),
)
_DAYS = (
    Column("date_start", "date", "its first day, where it is known", nullable=True),
    Column("date_end", "date", "its last day, where it is known", nullable=True),
)
_DOUBT = Column(
    "doubt",
    "label",
    "why it can hardly be so: `no-such-date`, `outside-its-area`, `too-large`, …",
    nullable=True,
)
_ADCODE = Column("adcode", "text", "GB/T 2260 code of the area, six digits", nullable=True)

# Why input can be rejected; docs/operations.md tells what each means.
_REASONS = (
    *("empty", "binary", "undecodable", "unreadable", "changing", "too-large", "link"),
    *("bad-metadata", "failed", "crashed", "timeout", "out-of-memory"),
)

# Table name -> what one row is, and its columns in order.
TABLES: dict[str, tuple[str, tuple[Column, ...]]] = {
    "documents": (
        "one raw file that could be read",
        (
            _DOC,
            Column("path", "text", "the file, relative to the raw folder, with forward slashes"),
            Column("sha256", "text", "SHA-256 of the file as it lies on disk"),
            Column("encoding", "label", "how the bytes were decoded; a Python codec name"),
            Column("chars", "int", "characters of the decoded page"),
            Column("published", "date", "day of issue, where it is known", nullable=True),
            Column(
                "published_from",
                "label",
                "`metadata`, `filename` or `page`: its folio",
                nullable=True,
                values=get_args(PublishedFrom),
            ),
            Column("publication", "text", "the paper, from metadata.csv", nullable=True),
            Column("stories", "int", "stories found on the page"),
            Column("repairs", "int", "repairs made to the page"),
        ),
    ),
    "stories": (
        "one story of a page",
        (
            _STORY,
            _DOC,
            Column("ordinal", "int", "its number on the page, from 1"),
            Column("title", "text", "headline; two parts are joined by a blank"),
            Column("source", "text", "medium or office of its credit line", nullable=True),
            Column("text", "text", "body, one paragraph a line, repaired"),
            Column("place", "text", "the area that the story is about", nullable=True),
            _ADCODE,
            Column("published", "date", "day of issue of the page", nullable=True),
            *_RAW,
        ),
    ),
    "organizations": (
        "one mention of a particular institution",
        (
            *_MENTION,
            Column("name", "text", "its full name as far as the page supports it"),
            Column("kind", "label", "what sort of institution it is"),
            _ADCODE,
        ),
    ),
    "places": (
        "one mention of a named place",
        (
            *_MENTION,
            Column("name", "text", "full path: 广东省清远市连南瑶族自治县"),
            _ADCODE,
            Column(
                "level",
                "label",
                "`country`, `province`, `prefecture`, `county`, `township`, `village`; else "
                "`region` (京津冀), `feature` of nature (洞庭湖) or `abroad`",
                values=(*LEVELS, *(k for k in get_args(PlaceKind) if k not in (*LEVELS, "area"))),
            ),
            _DOUBT,
        ),
    ),
    "dates": (
        "one mention of a date, a length of time or a recurring time",
        (
            *_MENTION,
            Column("edtf", "text", "ISO 8601-2 (EDTF): 2025-06-20, 2024/.., XXXX-09-16, P4D"),
            Column("kind", "label", "`date`, `duration` or `set`", values=get_args(DateKind)),
            *_DAYS,
            Column("inferred", "bool", "whether the year or day came from outside the mention"),
            _DOUBT,
        ),
    ),
    "counts": ("one cardinal number with its unit", (*_MENTION, *_NUMBER)),
    "facts": (
        "one count, bound to what is counted, where and when",
        (
            _key("fact_id", "the fact: story_id, then f and its number in the story"),
            _STORY,
            _DOC,
            *_SPAN,
            *_TRUST,
            *_NUMBER,
            Column("subject", "text", "what is counted or measured; blank where it is unclear"),
            Column("place", "text", "the area that the number is about", nullable=True),
            _ADCODE,
            Column("org", "text", "the institution that the number is about", nullable=True),
            Column("date", "text", "day or period it holds for, as EDTF", nullable=True),
            *_DAYS,
            Column("quote", "text", "the clause that says so"),
            Column("statement", "text", "the fact in one readable line"),
            Column(
                "place_rule", "text", "what names its area: `place:三亚市`, `deictic:全省`, `story`"
            ),
            Column(
                "date_rule",
                "text",
                "what names its day: `date:5月底`, or `report:2023年` of the title",
                nullable=True,
            ),
            Column(
                "subject_confidence",
                "float",
                "how likely the subject is among all candidates; blank with `--no-model`",
                nullable=True,
            ),
            _DOUBT,
        ),
    ),
    "repairs": (
        "one repair of the raw page: a glyph, a dropped running head",
        (
            _DOC,
            *_RAW,
            Column("raw", "text", "what stood there"),
            Column("clean", "text", "what stands there now"),
            Column("rule", "label", "the rule that asked for it"),
        ),
    ),
    "rejects": (
        "one file, or row of metadata.csv, that could not be used",
        (
            Column("path", "text", "the file, relative to the raw folder; `:3` is a line"),
            Column(
                "reason",
                "label",
                "a fixed label: " + ", ".join(f"`{reason}`" for reason in _REASONS),
                values=_REASONS,
            ),
            Column("detail", "text", "what is wrong, and what to do about it"),
        ),
    ),
}

# Table name -> the column that names a row of it. In any other table that column says to which
# row of this one a row belongs.
KEYS = {"documents": "doc_id", "stories": "story_id", "facts": "fact_id"}

# What a fact says, as opposed to where it stands and how it was found: two facts that agree in
# all of it are the same. In the order in which a change is told.
MEANING = (
    *("subject", "value", "value_max", "comparator", "unit", "place", "adcode", "date", "org"),
    *("quote", "statement"),
)


def _compared() -> Iterator[Column]:
    """The meaning of a fact in both runs, as columns of `CHANGES`."""
    said = {c.name: c for c in TABLES["facts"][1]}
    now = [said[name] for name in MEANING]
    yield from now
    for c in now:
        about = f"`{c.name}` in the earlier run; empty where the fact appeared"
        yield replace(c, name=f"{c.name}_before", about=about, nullable=True)


# What one row is and its columns, as in TABLES: two runs compared, no table of any one run.
CHANGES: tuple[str, tuple[Column, ...]] = (
    "one fact that appeared, vanished or changed from one run to another (`shilu diff --out`); "
    "one that vanished stands here as it last was",
    (
        Column("change", "label", "`appeared`, `vanished` or `changed`"),
        Column(
            "why",
            "label",
            "`page-new`, `page-gone`, `page-rejected` (see `rejects`), `page-changed`: its bytes, "
            "`issue-changed`: day or paper, or `reading-changed`: the rules, model or program",
        ),
        Column("path", "text", "the page; where it is gone, its last path"),
        Column(
            "path_before",
            "text",
            "its path in the earlier run; empty: it is new",
            nullable=True,
        ),
        Column("fact_id_before", "text", "the fact in the earlier run", nullable=True),
        Column("fact_id_after", "text", "the fact in the later run", nullable=True),
        Column("differs", "text", "columns that changed: `value quote statement`", nullable=True),
        *_compared(),
    ),
)


@cache
def schema(table: str) -> pa.Schema:
    """The Arrow schema of `table`, with the pandas entry that gives the right dtypes."""
    return _schema(*TABLES[table])


def changes_schema() -> pa.Schema:
    """The Arrow schema of the changes between two runs, made as those of the tables are."""
    return _schema(*CHANGES)


def _schema(about: str, columns: Sequence[Column]) -> pa.Schema:
    import pyarrow as pa

    pandas = {
        "index_columns": [],
        "column_indexes": [],
        "columns": [_pandas(c) for c in columns],
        "pandas_version": "3.0.0",
        "creator": {"library": "pyarrow", "version": "20.0.0"},
    }
    return pa.schema(
        [c.arrow() for c in columns],
        metadata={"description": about, "pandas": json.dumps(pandas)},
    )


def _pandas(column: Column) -> dict[str, object]:
    _, pandas_type, numpy_type = _TYPES[column.kind]
    labels = {"num_categories": None, "ordered": False} if column.kind == "label" else None
    return {
        "name": column.name,
        "field_name": column.name,
        "pandas_type": pandas_type,
        "numpy_type": "int32" if labels else numpy_type,
        "metadata": labels,
    }


def dictionary() -> str:
    """The data dictionary as Markdown, one section a table."""
    return "\n".join(_section(*item) for item in (*TABLES.items(), ("changes", CHANGES)))


def columns_told(table: str) -> str:
    """The columns of `table` as one Markdown table."""
    return "\n".join(_rows(TABLES[table][1]))


def _section(item: str, table: tuple[str, tuple[Column, ...]]) -> str:
    about, columns = table
    return "\n".join([f"### {item}", "", f"One row is {about}.", "", *_rows(columns), ""])


def _rows(columns: Iterable[Column]) -> Iterable[str]:
    yield "| column | dtype | empty? | what it holds |"
    yield "|---|---|---|---|"
    for c in columns:
        about = c.about.replace("|", "\\|")
        yield f"| `{c.name}` | {c.dtype} | {'may be' if c.nullable else ''} | {about} |"
