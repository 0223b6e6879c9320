"""Decide what the mentions of a page's stories mean, and bind the counts to facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

from pipeline.gazetteer import CHINA, Gazetteer
from pipeline.records import (
    Date,
    Extraction,
    Field,
    Mentions,
    Organization,
    Page,
    Place,
    Reading,
    Story,
    StoryResult,
)
from pipeline.resolve.areas import resolve_places
from pipeline.resolve.calendar import resolve_dates
from pipeline.resolve.facts import FactGrammar, compile_facts, find_facts
from pipeline.resolve.home import (
    LEAD,
    Deictics,
    compile_deictics,
    deictic_area,
    home_area,
    printed_area,
)
from pipeline.resolve.names import resolve_organizations
from pipeline.resolve.plausibility import doubt_places
from pipeline.rulebook import Rulebook

__all__ = ["Resolver", "compile_resolver", "resolve"]

Readings = Mapping[Field, Reading]


@dataclass(frozen=True, slots=True)
class Resolver:
    """What is known beyond the page: areas, deictic words, the grammar of facts.

    Behind the words `away`, a place is where something comes from or goes to.
    """

    gazetteer: Gazetteer
    deictics: Deictics
    facts: FactGrammar
    away: frozenset[str]


def compile_resolver(rules: Rulebook, gazetteer: Gazetteer) -> Resolver:
    """Compile what `resolve` needs from the rules."""
    facts = compile_facts(rules)
    away = facts.words.roles["away"] - {"从", "由"}  # as often: where it happens
    return Resolver(gazetteer, compile_deictics(rules, gazetteer), facts, away)


def resolve(
    page: Page,
    stories: Sequence[Story],
    readings: Sequence[Readings],
    found: Sequence[Extraction],
    resolver: Resolver,
) -> tuple[StoryResult, ...]:
    """The mentions and facts of all stories of `page`; stories help to read each other."""
    dates = resolve_dates([f.dates for f in found], page.published)
    places = resolve_places(
        [f.places for f in found],
        resolver.gazetteer,
        hidden=[f.organizations for f in found],
        years=[_year(page, d) for d in dates],
    )
    doubted = [doubt_places(p, resolver.gazetteer) for p in places]
    return tuple(
        _story(page, story, readings[n], found[n], dates[n], doubted[n], resolver)
        for n, story in enumerate(stories)
    )


def _year(page: Page, dates: Sequence[Date]) -> int | None:
    """The year in which a story was printed, as far as it can be told."""
    if page.published:
        return page.published.year
    years = [d.date_start.year for d in dates if d.date_start is not None]
    return max(years, default=None)


def _story(
    page: Page,
    story: Story,
    readings: Readings,
    found: Extraction,
    dates: tuple[Date, ...],
    places: tuple[Place, ...],
    resolver: Resolver,
) -> StoryResult:
    home, organizations = _home(story, found, places, page.publication, resolver)
    mentions = Mentions(found.counts, dates, places, organizations)
    facts = find_facts(
        story,
        readings,
        mentions,
        home or _default_area(story, found, resolver.away),
        partial(deictic_area, deictics=resolver.deictics),
        resolver.gazetteer,
        resolver.facts,
    )
    place = resolver.gazetteer.path(home) if home else None
    return StoryResult(story, mentions, facts, place, home)


def _home(
    story: Story,
    found: Extraction,
    places: tuple[Place, ...],
    publication: str | None,
    resolver: Resolver,
) -> tuple[str | None, tuple[Organization, ...]]:
    """The area of a story and its organizations: each helps to find the other."""
    title, text, gazetteer = story.title.text, story.text.text, resolver.gazetteer
    home = home_area(places, (), title, text, gazetteer, resolver.away)
    names = found.organizations
    organizations = resolve_organizations(names, title, text, places, home, gazetteer)
    better = home_area(
        places, organizations, title, text, gazetteer, resolver.away
    ) or printed_area((story.source, publication), title + text, resolver.deictics)
    if better != home:
        organizations = resolve_organizations(names, title, text, places, better, gazetteer)
    return better, organizations


def _default_area(story: Story, found: Extraction, away: Set[str]) -> str | None:
    """For a story of no area of its own: China, unless it opens abroad, as most of its places.

    Places that something comes from or goes to (`away`) open nothing.
    """
    named = [p for p in found.places if p.kind not in ("region", "feature")]
    abroad = sum(not p.candidates for p in named)
    if abroad <= len(named) / 2:
        return CHINA
    elsewhere = tuple(away)
    here = [p for p in named if not story.field(p.field).text.endswith(elsewhere, 0, p.start)]
    opens = any(not p.candidates and (p.field == "title" or p.start < LEAD) for p in here)
    return None if opens else CHINA
