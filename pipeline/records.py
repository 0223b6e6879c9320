"""The records that stages hand to each other: frozen, slotted, nothing but data.

`start`/`end` are half-open code-point offsets in the text named by `field` (`title` or
`text`); raw offsets come from `TracedText` when tables are made.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

from msgspec import Struct

from pipeline.offsets import TracedText

Field = Literal["title", "text"]
FIELDS: tuple[Field, Field] = ("title", "text")  # in reading order
Comparator = Literal["=", "~", ">", "<"]
DateKind = Literal["date", "duration", "set"]
DateBase = Literal["today", "before", "told"]
PlaceKind = Literal["area", "township", "village", "region", "feature", "abroad"]
PlaceStrength = Literal["sure", "listed", "context", "listed-word", "word"]
PublishedFrom = Literal["metadata", "filename", "page"]
EntityLabel = Literal["PERSON", "LOC", "ORG"]
BlockKind = Literal["body", "heading", "credit"]


class Page(Struct, frozen=True):
    """One raw file, decoded. `text` is what every raw offset points into."""

    doc_id: str
    path: str
    sha256: str
    encoding: str
    text: str
    published: dt.date | None = None
    published_from: PublishedFrom | None = None
    publication: str | None = None


class Reject(Struct, frozen=True):
    """Input that could not be used; `reason` is a fixed label, `detail` names the cure.

    `sha256` is that of the file's bytes, blank where they could not be read.
    """

    path: str
    reason: str
    detail: str
    sha256: str = ""


class Block(Struct, frozen=True):
    """One paragraph of a clean page, ``CleanPage.body.text[start:end]``, with its layout.

    `widths` are the printed lengths of its lines in full-width characters, `measure` the
    width of the column it stands in, `indent` the blanks before its first line (full-width
    characters), `gap` the blank lines before it beyond (or short of) the page's usual spacing.
    `page` counts form feeds before it. `kind` is what its layout and wording make of it: a
    heading of two lines is two blocks. `leads` says that a new page of print may begin here.
    """

    start: int
    end: int
    widths: tuple[float, ...]
    measure: float
    indent: float
    gap: int
    page: int
    kind: BlockKind = "body"
    leads: bool = False


class Repair(Struct, frozen=True):
    """A glyph or OCR repair, or dropped page furniture: raw offsets, what stood there, what now."""

    raw_start: int
    raw_end: int
    raw: str
    clean: str
    rule: str


class CleanPage(Struct, frozen=True):
    """A repaired page: `body` holds one paragraph a line; `blocks` describe them in order."""

    page: Page
    body: TracedText
    blocks: tuple[Block, ...]
    repairs: tuple[Repair, ...]


class Story(Struct, frozen=True):
    """One story: `title` (parts joined by one blank) and `text` (one paragraph a line)."""

    story_id: str
    doc_id: str
    ordinal: int
    title: TracedText
    text: TracedText
    source: str | None
    raw_start: int
    raw_end: int

    def field(self, name: Field) -> TracedText:
        """The text that mentions with this `field` point into."""
        return self.title if name == "title" else self.text


class Word(NamedTuple):
    """A word, ``[start, end)`` of a title or text, and its part of speech.

    A page has more of them than of all else, and a named tuple is made most quickly. Tags are
    those of Peking University: n, v, vn, d …; blank where nothing is known.
    """

    start: int
    end: int
    pos: str


class Entity(NamedTuple):
    """A named entity, ``[start, end)`` of a title or text, as the language model reads it."""

    start: int
    end: int
    label: EntityLabel


class Reading(Struct, frozen=True):
    """Words and entities of a title or text, each in order and without overlap."""

    words: tuple[Word, ...] = ()
    entities: tuple[Entity, ...] = ()


class Mention(Struct, frozen=True):
    """A span of a story's title or text, with the rule that found it."""

    field: Field
    start: int
    end: int
    text: str
    rule: str
    confidence: float


class Count(Mention, frozen=True):
    """A number with its unit: `value` is plain (7.5万张 → 75000), `value_max` ends a range."""

    value: float
    value_max: float | None
    comparator: Comparator
    unit: str | None


class DatePoint(Struct, frozen=True):
    """One end of a printed date: what is printed, and nothing inferred.

    The `*_shift` fields count from a reference: 去年 is ``year_shift=-1``, 昨日 ``day_shift=-1``;
    `base` names the reference: ``today``, the date mentioned before (次日), or the year told of.
    `months` spans quarters and halves (1, 6); `part` is ``start end early mid late`` of the
    month or year; `weekday` 0 is Monday; `decade` 199 stands for the 1990s;
    `cumulative` marks 前三季度 and 前八个月 without a year.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    year_shift: int | None = None
    month_shift: int | None = None
    week_shift: int | None = None
    day_shift: int | None = None
    weekday: int | None = None
    base: DateBase = "today"
    months: tuple[int, int] | None = None
    part: str = ""
    decade: int | None = None
    cumulative: bool = False


class DateExpression(Mention, frozen=True):
    """A calendar expression as printed, before the years that it leaves out are known.

    A date has `first`, a range `last` too; 以来 and 至今 make it `open`. A duration or a set
    has only `length` (``P4D``, ``R/P1M``). `future` says that the words around speak of what is
    to come, `dateline` that 电 or 讯 follows, `compared` that it is what another date is
    compared with (比去年); `paragraph` counts line breaks before it.
    """

    kind: DateKind
    first: DatePoint | None
    last: DatePoint | None
    open: bool
    length: str
    future: bool
    dateline: bool
    paragraph: int
    compared: bool = False


class Date(Mention, frozen=True):
    """A calendar expression as EDTF, with its first and last day where they are known."""

    edtf: str
    kind: DateKind
    date_start: dt.date | None
    date_end: dt.date | None
    inferred: bool
    doubt: str = ""


class PlaceName(Mention, frozen=True):
    """A place as printed, before the story decides which one is meant.

    `candidates` are the codes it may have, most likely first (none for a place abroad or
    above a province). `strength` says how much the name needs the story: `sure` stands alone,
    `listed` stands in a list of places, `context` needs related places, `word` is also a
    common word, `listed-word` such a word in a list. `bounds` counts its ends (0–2) that look
    like the ends of a name. `tail` is the town or village at its end, a place below the code.
    """

    kind: PlaceKind
    candidates: tuple[str, ...]
    strength: PlaceStrength
    bounds: int
    tail: str


class Place(Mention, frozen=True):
    """A named place: `name` is the full path, `adcode` the GB/T 2260 code (None abroad)."""

    name: str
    adcode: str | None
    level: str
    doubt: str = ""


class OrganizationName(Mention, frozen=True):
    """An organization's name as printed, not yet completed.

    `lead` is what it begins with: a place, an administrative level (市民政局), a fixed name, a
    word of its own, `shared` (the lead of the name before it in a list) or `alias` (a short
    form introduced by 以下简称, `full` is what it stands for). `prefix` is the length of that
    place or level in the text; `area` the code of a fixed name ("-" abroad, "" unknown).
    """

    kind: str
    lead: Literal["place", "level", "fixed", "own", "shared", "alias"]
    prefix: int
    full: str
    area: str


class Organization(Mention, frozen=True):
    """A named institution: `name` is the full name that the document supports."""

    name: str
    kind: str
    adcode: str | None


class Extraction(Struct, frozen=True):
    """What the extractors found in one story, before it is known what it means."""

    counts: tuple[Count, ...] = ()
    dates: tuple[DateExpression, ...] = ()
    places: tuple[PlaceName, ...] = ()
    organizations: tuple[OrganizationName, ...] = ()


class Fact(Struct, frozen=True):
    """A count bound to what is counted (`subject`), where (`adcode`), by whom and when.

    `rule` says how the subject was found, `place_rule` and `date_rule` what names area and date.
    `subject_confidence` is how likely the subject is, where it was chosen among others.
    """

    fact_id: str
    count: Count
    subject: str
    place: str | None
    adcode: str | None
    org: str | None
    date: str | None
    date_start: dt.date | None
    date_end: dt.date | None
    quote: str
    statement: str
    rule: str
    place_rule: str
    date_rule: str | None
    subject_confidence: float | None
    confidence: float
    doubt: str = ""


class Mentions(Struct, frozen=True):
    """Everything found in one story, each list in reading order, title first."""

    counts: tuple[Count, ...] = ()
    dates: tuple[Date, ...] = ()
    places: tuple[Place, ...] = ()
    organizations: tuple[Organization, ...] = ()


class StoryResult(Struct, frozen=True):
    """A story with all that was found in it; `adcode` is the area the story itself is about."""

    story: Story
    mentions: Mentions
    facts: tuple[Fact, ...] = ()
    place: str | None = None
    adcode: str | None = None


class PageResult(Struct, frozen=True):
    """A clean page and its stories in order: what the tables are made of."""

    page: CleanPage
    stories: tuple[StoryResult, ...]
