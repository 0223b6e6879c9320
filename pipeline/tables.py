"""Turn finished pages into the tables: the one place where raw offsets are looked up.

Rows stand in the order of the pages, their stories, and the mentions in reading order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.arrow import Buffers, to_array, to_buffers
from pipeline.records import Count, Mention, PageResult, Reject, StoryResult
from pipeline.schemas import TABLES, schema

if TYPE_CHECKING:
    import pyarrow as pa

Row = tuple[object, ...]
Rows = dict[str, list[Row]]
Columns = tuple[Buffers, ...]


def page_rows(result: PageResult) -> Rows:
    """The rows of one page, by table; the tables without rows are left out."""
    rows: Rows = defaultdict(list)
    _add_page(rows, result)
    return rows


def reject_rows(rejects: Iterable[Reject]) -> Rows:
    """The rows of the table `rejects`."""
    return {"rejects": [(r.path, r.reason, r.detail) for r in rejects]}


def to_columns(parts: Iterable[Rows]) -> dict[str, Columns]:
    """The columns of all tables, by name, the rows of `parts` one after the other.

    Some may have no rows. A worker can make and send them without Arrow.
    """
    rows: Rows = {name: [] for name in TABLES}
    for part in parts:
        for name, more in part.items():
            rows[name] += more
    return {name: _columns(name, rows[name]) for name in TABLES}


def to_table(name: str, columns: Columns) -> pa.Table:
    """The Arrow table `name` of its columns."""
    import pyarrow as pa

    form = schema(name)
    arrays = [to_array(c, f.type) for c, f in zip(columns, form, strict=True)]
    return pa.Table.from_arrays(arrays, schema=form)


def to_tables(parts: Iterable[Rows]) -> dict[str, pa.Table]:
    """All tables, by name, as Arrow has them: see `to_columns`."""
    return {name: to_table(name, columns) for name, columns in to_columns(parts).items()}


def _columns(name: str, rows: Sequence[Row]) -> Columns:
    forms = TABLES[name][1]
    cells = zip(*rows, strict=True) if rows else ((),) * len(forms)
    return tuple(to_buffers(c, form.kind) for c, form in zip(cells, forms, strict=True))


def _add_page(rows: Rows, result: PageResult) -> None:
    page, repairs = result.page.page, result.page.repairs
    rows["documents"].append(
        (
            *(page.doc_id, page.path, page.sha256, page.encoding, len(page.text)),
            *(page.published, page.published_from, page.publication),
            *(len(result.stories), len(repairs)),
        )
    )
    rows["repairs"] += [
        (page.doc_id, r.raw_start, r.raw_end, r.raw, r.clean, r.rule) for r in repairs
    ]
    for found in result.stories:
        s = found.story
        rows["stories"].append(
            (
                *(s.story_id, s.doc_id, s.ordinal, s.title.text, s.source, s.text.text),
                *(found.place, found.adcode, page.published, s.raw_start, s.raw_end),
            )
        )
        _add_mentions(rows, found)
        rows["facts"] += _facts(found)


def _add_mentions(rows: Rows, found: StoryResult) -> None:
    m = found.mentions
    rows["organizations"] += [
        (*_mention(found, o), o.name, o.kind, o.adcode) for o in m.organizations
    ]
    rows["places"] += [
        (*_mention(found, p), p.name, p.adcode, p.level, p.doubt or None) for p in m.places
    ]
    rows["dates"] += [
        (
            *(*_mention(found, d), d.edtf, d.kind),
            *(d.date_start, d.date_end, d.inferred, d.doubt or None),
        )
        for d in m.dates
    ]
    rows["counts"] += [(*_mention(found, c), *_number(c)) for c in m.counts]


def _facts(found: StoryResult) -> Iterator[Row]:
    for f in found.facts:
        yield (
            f.fact_id,
            *_place(found, f.count),
            *(f.rule, f.confidence),
            *_number(f.count),
            *(f.subject, f.place, f.adcode, f.org, f.date, f.date_start, f.date_end),
            *(
                f.quote,
                f.statement,
                f.place_rule,
                f.date_rule,
                f.subject_confidence,
                f.doubt or None,
            ),
        )


def _place(found: StoryResult, m: Mention) -> Row:
    """Where a mention stands: ids, span in the story, span in the raw page."""
    story = found.story
    raw = story.field(m.field).raw_span(m.start, m.end)
    return (story.story_id, story.doc_id, m.field, m.start, m.end, m.text, *raw)


def _mention(found: StoryResult, m: Mention) -> Row:
    return (*_place(found, m), m.rule, m.confidence)


def _number(c: Count) -> Row:
    return (c.value, c.value_max, c.comparator, c.unit)
