"""The files of `rules/`: their names, their columns, and what may stand in these."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

TAIL = ("example", "expect", "note")


class Column(Struct, frozen=True):
    """A column of one rule file; `allowed` empty means any text, `optional` allows a blank."""

    name: str
    allowed: frozenset[str] = frozenset()
    optional: bool = False


class RuleFile(Struct, frozen=True):
    """The form of ``rules/<name>.tsv``: `subject` says which extractor its examples test.

    A word stands in a file once, or once with each value of the columns `key`.
    """

    name: str
    subject: str
    columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return ("surface", *(c.name for c in self.columns), *TAIL)

    def key_of(self, surface: str, fields: Mapping[str, str]) -> tuple[str, ...]:
        """What no two rows of the file share."""
        return (surface, *map(fields.__getitem__, self.key))


def column(name: str, *allowed: str, optional: bool = False) -> Column:
    """Shorthand for the table below."""
    return Column(name, frozenset(allowed), optional)


# The one list of rule files. A new file is a line here, a TSV, and a paragraph in rules/README.md.
RULE_FILES: tuple[RuleFile, ...] = (
    RuleFile("ocr_confusions", "clean", (column("right"),)),
    RuleFile(
        "glyph_words",
        "clean",
        (column("strength", "sure", "likely", "mark", "title"),),
        key=("strength",),
    ),
    RuleFile("countries", "place", (column("adcode", optional=True),)),
    RuleFile("foreign_places", "place"),
    RuleFile("regions", "place", (column("adcode", optional=True),)),
    RuleFile("natural_features", "place", (column("adcode", optional=True),)),
    RuleFile("place_short_names", "place", (column("adcode"),)),
    RuleFile("place_words", "place"),
    RuleFile("place_blocks", "place"),
    RuleFile("place_terms", "place", (column("role", "zone", "no-town"),)),
    RuleFile(
        "deictics",
        "deictic",
        (
            column(
                "level",
                *("country", "province", "city", "prefecture", "county", "region", "township"),
                *("home", "hongkong", "macao"),
            ),
        ),
    ),
    RuleFile("furniture", "furniture", (column("place", "anywhere", "edge", "section"),)),
    RuleFile(
        "credits",
        "credit",
        (
            column(
                "kind",
                *("lead", "medium", "office", "own", "agency", "channel", "rank", "writer"),
                *("label", "person", "ending", "closing", "foreign"),
            ),
        ),
        key=("kind",),
    ),
    RuleFile("surnames", "credit", (column("common", "yes", "no"),)),
    RuleFile(
        "layout",
        "layout",
        (column("kind", "opening", "report", "list", "salutation", "notice"),),
        key=("kind",),
    ),
    RuleFile(
        "fact_words",
        "fact",
        (
            column(
                "role",
                *("average", "total", "light-verb", "event", "person-ending", "degree"),
                *("summing", "sector", "figure-ending"),
                *("class-ending", "people-unit", "bare-unit", "occasion-unit"),
                *("level-noun", "away", "behind-origin", "compared", "behind-compared"),
                *("goes-on", "briefs", "now", "report", "figure-verb", "body-unit", "exceeding"),
                *("gives", "tells", "founds"),
            ),
        ),
        key=("role",),
    ),
    RuleFile(
        "words",
        "subject",
        (
            column(
                "class",
                *("verb", "nounverb", "state", "change", "copula", "adverb", "particle", "noun"),
                *("each", "pause"),
            ),
        ),
    ),
    RuleFile(
        "units",
        "count",
        (
            column("kind", "classifier", "measure", "currency", "foreign", "share"),
            column("han", "bare", "one", "two", "ten", "none"),
            column("next", optional=True),
        ),
    ),
    RuleFile(
        "comparators",
        "count",
        (
            column("side", "before", "apart", "after"),
            column("comparator", "~", ">", "<"),
            column("not_beside", optional=True),
        ),
    ),
    RuleFile("not_counts", "count"),
    RuleFile("plausible", "doubt", (column("unit"), column("most")), key=("unit",)),
    RuleFile(
        "date_words",
        "date",
        (
            column("unit", "year", "month", "week", "day"),
            column("shift", "-3", "-2", "-1", "0", "1", "2", "3"),
            column("base", "today", "before", "told"),
            column("alone", "yes", "no"),
        ),
    ),
    RuleFile("not_dates", "date"),
    RuleFile(
        "organization_suffixes",
        "organization",
        (
            column(
                "kind",
                *("government", "police", "party", "congress", "court", "association"),
                *("company", "bank", "school", "hospital", "research", "culture", "media"),
                *("international", "team", "military", "department"),
            ),
            column("proof", "any", "name", "own", "office", "part", "branch"),
        ),
    ),
    RuleFile(
        "organization_names",
        "organization",
        (
            column("full"),
            column(
                "kind",
                *("government", "party", "congress", "court", "military", "bank", "company"),
                *("international", "association", "school", "prefix"),
            ),
            column("area"),
        ),
    ),
    RuleFile("media", "organization", (column("full"), column("use", "free", "quoted"))),
    RuleFile("organization_modifiers", "organization", (column("role", "lead", "noun", "name"),)),
    RuleFile(
        "organization_words",
        "organization",
        (
            column(
                "role",
                *("kind", "never-bare", "sort", "firm", "firm-lead", "owner"),
                *("country", "country-office"),
                *("town-office", "village-office", "branch", "department", "no-department"),
                *("not-joined", "before-firm", "dealing"),
            ),
        ),
        key=("role",),
    ),
    RuleFile(
        "organization_left_stops",
        "organization",
        (column("class", "function", "verb", "title", "word"),),
    ),
    RuleFile("organization_blocks", "organization"),
)


def rule_file(name: str) -> RuleFile:
    """The form of the file `name`, one of RULE_FILES."""
    return next(form for form in RULE_FILES if form.name == name)


def builtin_rules() -> Path:
    """The `rules/` that came with the program: beside it in a wheel, above it in a checkout."""
    packaged = Path(str(files("pipeline"))) / "rules"
    return packaged if packaged.is_dir() else packaged.parent.parent / "rules"
