"""Find mentions in clean text: counts, dates, places, organizations, as they are printed.

Each module finds one kind of mention by itself; what they mean in their story is decided in
`pipeline.resolve`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from pipeline.errors import RulesError
from pipeline.extract.counts import CountGrammar, compile_counts, find_counts
from pipeline.extract.dates import DateGrammar, compile_dates, find_dates
from pipeline.extract.organizations import (
    OrganizationGrammar,
    compile_organizations,
    find_organizations,
)
from pipeline.extract.place_parts import made_of_parts, part_of_name
from pipeline.extract.places import PlaceGrammar, compile_places, find_places
from pipeline.gazetteer import Gazetteer
from pipeline.records import (
    FIELDS,
    Count,
    DateExpression,
    Extraction,
    Field,
    OrganizationName,
    PlaceName,
    Reading,
    Story,
)
from pipeline.rulebook import Rulebook

# Columns that hold codes of areas.
_CODES = (
    ("countries", "adcode"),
    ("regions", "adcode"),
    ("natural_features", "adcode"),
    ("place_short_names", "adcode"),
    ("organization_names", "area"),
)

__all__ = ["Extractors", "compile_extractors", "extract"]


class Extractors(Struct, frozen=True):
    """The grammars of all extractors."""

    counts: CountGrammar
    dates: DateGrammar
    places: PlaceGrammar
    organizations: OrganizationGrammar


def compile_extractors(rules: Rulebook, gazetteer: Gazetteer) -> Extractors:
    """Compile the grammars of all extractors.

    Raises RulesError for rows with an area code that the gazetteer does not know.
    """
    problems = list(_unknown_codes(rules, gazetteer))
    if problems:
        raise RulesError(problems)
    return Extractors(
        compile_counts(rules),
        compile_dates(rules),
        compile_places(rules, gazetteer),
        compile_organizations(rules, gazetteer),
    )


def _unknown_codes(rules: Rulebook, gazetteer: Gazetteer) -> Iterator[str]:
    for file, column in _CODES:
        for rule in rules[file]:
            code = rule[column]
            if code not in ("", "-") and code not in gazetteer:
                cure = "take one from rules/gb2260/areas.tsv"
                yield f"{rule.where}: {column} is {code!r}, which no area has; {cure}"


def extract(story: Story, readings: Mapping[Field, Reading], extractors: Extractors) -> Extraction:
    """All mentions of one story, title first, each kind in reading order.

    `readings` are the words and entities of its title and text.
    """
    counts: list[Count] = []
    dates: list[DateExpression] = []
    places: list[PlaceName] = []
    organizations: list[OrganizationName] = []
    for field in FIELDS:
        text = story.field(field).text
        if not text:
            continue
        found = find_dates(text, field, extractors.dates)
        dates += found
        counts += find_counts(text, field, extractors.counts, [(d.start, d.end) for d in found])
        reading = readings[field]
        named = [
            p
            for p in find_places(text, field, extractors.places, places, reading.entities)
            if not made_of_parts(p.start, p.end, reading.words)
            and not part_of_name(p, text, reading.words)
        ]
        places += named
        organizations += find_organizations(text, field, extractors.organizations, named, reading)
    return Extraction(tuple(counts), tuple(dates), tuple(places), tuple(organizations))
