"""What the page of a story shows: its text, its facts and the raw page, all marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from pipeline.offsets import quoted_at
from pipeline.report.marks import Span, marked, paragraphs
from pipeline.report.raw import RawPage
from pipeline.report.reading import Mention, PageView, StoryView

# A raw page of so many characters is shown whole; of a longer one the part of the story,
# and so many characters before and after it.
WHOLE, AROUND = 12_000, 1_500
# Kinds of marks, as the style sheet has them; the last one holds the others.
_KINDS = {"organizations": "o", "places": "p", "dates": "d", "counts": "c"}
_QUOTE, _REPAIR, _OUTSIDE = "q", "r", "away"


class StoryHtml(Struct, frozen=True):
    """The marked texts of a story; `before` and `after` count what is cut from the raw page."""

    title: Markup
    lines: Sequence[Markup]
    raw: Markup
    before: int
    after: int
    repaired: bool


def story_html(page: PageView, story: StoryView, raw: RawPage) -> StoryHtml:
    """Mark the title, the text and the raw page of `story`."""
    row = story.row
    title = marked(row.title, _spans(story, "title", row.title), "t")
    lines = tuple(paragraphs(row.text, _spans(story, "text", row.text), "t"))
    start, end = 0, len(raw.text)
    if end > WHOLE:
        start, end = max(0, row.raw_start - AROUND), min(end, row.raw_end + AROUND)
    spans = [] if raw.missing else [*_raw_spans(page, story, len(raw.text))]
    shown = marked(raw.text[start:end], spans, "r", start)
    repaired = any(s.kind == _REPAIR for s in spans)
    return StoryHtml(title, lines, shown, start, len(raw.text) - end, repaired)


def _spans(story: StoryView, field: str, text: str) -> Iterator[Span]:
    """Mentions, facts and their sentences in a field of the story."""
    facts = [f for f in story.facts if f.field == field]
    for m in story.mentions:
        if m.field == field:
            yield Span(m.start, m.end, _KINDS[m.kind], _title(m))
    for fact in facts:
        yield Span(fact.start, fact.end, "c", facts=(fact.key,), anchor=True)
        start = quoted_at(text, fact.quote, fact.start, fact.end)
        if start is not None:
            yield Span(start, start + len(fact.quote), _QUOTE, facts=(fact.key,))


def _title(mention: Mention) -> str:
    """What a mention stands for; nothing where it says so itself."""
    return "" if mention.kind == "counts" else mention.meaning


def _raw_spans(page: PageView, story: StoryView, length: int) -> Iterator[Span]:
    """The same on the raw page; what is not of this story is set apart."""
    row = story.row
    yield Span(0, row.raw_start, _OUTSIDE)
    yield Span(row.raw_end, length, _OUTSIDE)
    for m in story.mentions:
        yield Span(m.raw_start, m.raw_end, _KINDS[m.kind], _title(m))
    for fact in story.facts:
        yield Span(fact.raw_start, fact.raw_end, "c", facts=(fact.key,), anchor=True)
    for repair in page.repairs:
        if row.raw_start <= repair.raw_start and repair.raw_end <= row.raw_end and repair.clean:
            yield Span(repair.raw_start, repair.raw_end, _REPAIR, f"{repair.raw} → {repair.clean}")
