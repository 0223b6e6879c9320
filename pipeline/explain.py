"""Where a fact comes from: its clause, its raw lines, and what was decided on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from pipeline.errors import UsageError
from pipeline.offsets import quoted_at
from pipeline.read import PageFile, is_as_read, read
from pipeline.records import Page
from pipeline.resolve.facts.confidence import bearing, signs
from pipeline.runs.layout import Run
from pipeline.runs.load import reading

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
_AROUND = 1  # raw lines shown before and behind those of the fact
_MENTIONS = ("organizations", "places", "dates", "counts")


class Line(NamedTuple):
    """A line of a raw page, `number` from 1; characters ``[start, end)`` of it are marked."""

    number: int
    text: str
    start: int
    end: int


class StoryView(Struct, frozen=True):
    """A story with its facts, in reading order; rows are those of the tables."""

    row: Row
    facts: tuple[Row, ...]


class PageView(Struct, frozen=True):
    """A page with its stories."""

    row: Row
    stories: tuple[StoryView, ...]


class Explanation(Struct, frozen=True):
    """A fact and all that it rests on; rows are those of the tables.

    `clause` is the quote with the number marked, `span` where it stands in the story's title or
    text. `mentions` are the organizations, places, dates and counts that the clause holds, by
    table. `repairs` were made within the raw lines. `signs` are what its confidence is made of,
    in logits. `raw` is empty where the raw page is not what was read, and `missing` says why.
    `rules` is the folder of the user's own rules, if it is still where the run found it.
    """

    fact: Row
    story: Row
    document: Row
    clause: str
    span: tuple[int, int]
    day: Row | None
    mentions: tuple[tuple[str, Row], ...]
    repairs: tuple[Row, ...]
    signs: tuple[tuple[str, float], ...]
    raw: tuple[Line, ...]
    missing: str
    model: str | None
    rules: Path | None


def show_page(out: Path, name: str) -> PageView:
    """The page `name` of the current run of `out`: its path, the end of its path, or its doc_id.

    Raises UsageError where there is none, or where several are called so.
    """
    with reading(out) as run:
        document = _document(run, name)
        stories = _rows(run, "stories", "doc_id", document["doc_id"])
        facts = _rows(run, "facts", "doc_id", document["doc_id"])
    views = (
        StoryView(s, tuple(f for f in facts if f["story_id"] == s["story_id"])) for s in stories
    )
    return PageView(document, tuple(views))


def explain(out: Path, fact_id: str, raw: Path | None = None) -> Explanation:
    """All that the fact `fact_id` of the current run of `out` rests on.

    `raw` is the folder of the raw pages, where it is no longer the one that the run read. Raises
    UsageError where there is no such fact.
    """
    with reading(out) as run:
        found = _rows(run, "facts", "fact_id", fact_id)
        if not found:
            cure = f"shilu show PAGE --out {out} lists the facts of a page"
            raise UsageError(f"{fact_id}: no such fact in {out}; {cure}")
        fact = found[0]
        story = _rows(run, "stories", "story_id", fact["story_id"])[0]
        document = _rows(run, "documents", "doc_id", fact["doc_id"])[0]
        mentions = {name: _rows(run, name, "story_id", fact["story_id"]) for name in _MENTIONS}
        repairs = _rows(run, "repairs", "doc_id", fact["doc_id"])
    folder = raw or Path(run.manifest["input"]["folder"])
    own = run.manifest["own_rules"]
    page, missing = _raw_page(folder, document, run.manifest["limit"])
    first, last = _raw_span(fact, story)
    start, end = _clause(fact, story[fact["field"]])
    within = [
        (name, row)
        for name, rows in mentions.items()
        for row in rows
        if row["field"] == fact["field"] and start <= row["start"] < end
    ]
    return Explanation(
        fact=fact,
        story=story,
        document=document,
        clause=_marked(story[fact["field"]], start, end, fact["start"], fact["end"]),
        span=(start, end),
        day=_day(fact, mentions["dates"]),
        mentions=tuple(within),
        repairs=tuple(r for r in repairs if first <= r["raw_start"] < last),
        signs=_signs(fact, story),
        raw=tuple(_lines(page.text, fact["raw_start"], fact["raw_end"])) if page else (),
        missing=missing,
        model=run.manifest["model"],
        rules=Path(own) if own and Path(own).is_dir() else None,
    )


def _rows(run: Run, table: str, column: str, value: str) -> list[Row]:
    """The rows of a table that have `value` in `column`; what is missing is None."""
    import pandas as pd

    frame = pd.read_parquet(run.folder / table, filters=[(column, "==", value)])
    return [_plain(row) for row in frame.to_dict("records")]


def _plain(row: Mapping[Any, Any]) -> Row:
    import pandas as pd

    return {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _document(run: Run, name: str) -> Row:
    import pandas as pd

    documents = pd.read_parquet(run.folder / "documents")
    found = documents[(documents.path == name) | (documents.doc_id == name)]
    if found.empty:
        ends = documents.path.str.endswith(name) | documents.path.str.startswith(name)
        found = documents[ends | documents.path.str.endswith(f"{name}.txt")]
    if len(found) == 1:
        return _plain(found.iloc[0].to_dict())
    raise UsageError(_which(name, found, documents))


def _which(name: str, found: pd.DataFrame, documents: pd.DataFrame) -> str:
    """Why `name` does not say which page is meant."""
    from difflib import get_close_matches

    if len(found):
        some = ", ".join(found.path.iloc[:3])
        return f"{name}: {len(found)} pages are called so, such as {some}; give a whole path"
    near = get_close_matches(name, list(documents.path), 3, 0.4) or list(documents.path[:3])
    return f"{name}: no such page; there are {', '.join(near)}, …"


def _raw_page(folder: Path, document: Row, limit: int) -> tuple[Page | None, str]:
    """The raw page as it was read, or why it is not there."""
    page = read(folder, PageFile(document["path"]), limit)
    if not isinstance(page, Page):
        return None, f"{folder / document['path']}: {page.detail}; give its folder by --raw"
    if not is_as_read(page, document["sha256"], document["encoding"], document["chars"]):
        return None, f"{folder / document['path']} has changed since; run shilu extract"
    return page, ""


def _raw_span(fact: Row, story: Row) -> tuple[int, int]:
    """The raw characters that the words around a fact may stand in."""
    reach = 2 * len(fact["quote"]) + 20
    return max(story["raw_start"], fact["raw_start"] - reach), fact["raw_end"] + reach


def _clause(fact: Row, text: str) -> tuple[int, int]:
    """Where the quote stands around the number; the number alone where it is not found."""
    quote, start, end = fact["quote"], fact["start"], fact["end"]
    at = quoted_at(text, quote, start, end)
    return (start, end) if at is None else (at, at + len(quote))


def _marked(text: str, start: int, end: int, first: int, last: int) -> str:
    return f"{text[start:first]}【{text[first:last]}】{text[last:end]}"


def _day(fact: Row, dates: Sequence[Row]) -> Row | None:
    """The mention that names the day of a fact.

    The nearest one of these words before it, else behind it, else in the title.
    """
    words = (fact["date_rule"] or "").partition(":")[2]
    named = [m for m in dates if m["text"] == words]
    here = [m for m in named if m["field"] == fact["field"]]
    before = [m for m in here if m["start"] <= fact["start"]]
    return next(reversed(before), None) or next(iter(here), None) or next(iter(named), None)


def _signs(fact: Row, story: Row) -> tuple[tuple[str, float], ...]:
    """The signs that a fact bears, with their weights, the weightiest first."""
    names = ("rule", "field", "subject", "unit", "comparator", "adcode", "date", "quote")
    sure = fact["subject_confidence"]
    found = signs(home=story["adcode"], sure=sure, **{name: fact[name] for name in names})
    return tuple(sorted(bearing(found), key=lambda s: -abs(s[1])))


def _lines(text: str, start: int, end: int) -> Iterator[Line]:
    """The lines of a raw page that hold characters ``[start, end)``, and those around them."""
    lines = text.split("\n")
    at, spans = 0, []
    for line in lines:
        spans.append((at, at + len(line)))
        at += len(line) + 1
    inside = [n for n, (a, b) in enumerate(spans) if a < end and start < b]
    for n in range(max(0, inside[0] - _AROUND), min(len(lines), inside[-1] + _AROUND + 1)):
        shown = lines[n].rstrip("\r")
        first, last = (min(max(p - spans[n][0], 0), len(shown)) for p in (start, end))
        yield Line(n + 1, shown, first, last)
