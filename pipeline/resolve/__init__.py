"""Decide what the mentions of a page's stories mean, and bind the counts to facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cache, partial
from pathlib import Path

from msgspec import Struct

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
    LITTLE,
    PASSING,
    Deictics,
    compile_deictics,
    deictic_area,
    home_area,
    page_area,
    printed_area,
    says_which,
)
from pipeline.resolve.levels import fitting_area, narrowed, spoken_levels
from pipeline.resolve.names import resolve_organizations, short_forms
from pipeline.resolve.plausibility import doubt_places
from pipeline.rulebook import Rulebook

__all__ = ["Resolver", "compile_resolver", "resolve"]

Readings = Mapping[Field, Reading]


class Resolver(Struct, frozen=True):
    """What is known beyond the page: areas, deictic words, the grammar of facts.

    Behind the words `away` and before `origins`, a place is where something comes from or goes to.
    """

    gazetteer: Gazetteer
    deictics: Deictics
    facts: FactGrammar
    away: frozenset[str]
    origins: tuple[str, ...]


def compile_resolver(rules: Rulebook, gazetteer: Gazetteer, model: Path | None = None) -> Resolver:
    """Compile what `resolve` needs from the rules, and from the language model's folder."""
    facts = compile_facts(rules, model)
    away = facts.words.roles["away"] - {"从", "由"}  # as often: where it happens
    origins = tuple(w for w in facts.words.roles["behind-origin"] if len(w) > 1)
    return Resolver(gazetteer, compile_deictics(rules, gazetteer), facts, away, origins)


def resolve(
    page: Page,
    stories: Sequence[Story],
    readings: Sequence[Readings],
    found: Sequence[Extraction],
    resolver: Resolver,
) -> tuple[StoryResult, ...]:
    """The mentions and facts of all stories of `page`; stories help to read each other."""
    dates = resolve_dates([f.dates for f in found], page.published)
    resolved = resolve_places(
        [f.places for f in found],
        resolver.gazetteer,
        hidden=[
            (*f.organizations, *short_forms(f.organizations, s.title.text, s.text.text))
            for s, f in zip(stories, found, strict=True)
        ],
        years=[_year(page, d) for d in dates],
    )
    places = [doubt_places(p, resolver.gazetteer) for p in resolved]
    told = [
        _Told(
            story,
            readings[n],
            found[n],
            dates[n],
            places[n],
            resolver.deictics.said(story.title.text),
            resolver.deictics.said(story.text.text),
            cache(partial(_organizations, story, found[n], places[n], resolver.gazetteer)),
        )
        for n, story in enumerate(stories)
    ]
    homes = [_home(t, page.publication, resolver) for t in told]
    return tuple(
        _result(
            t,
            home or _shared_home(t, homes, resolver) or _home(t, page.publication, resolver, 0.0),
            resolver,
        )
        for t, home in zip(told, homes, strict=True)
    )


class _Told(Struct, frozen=True):
    """What is known of a story before its area is; `titled` and `said` are its deictic words,
    those of its title and of its text.

    `named` gives its organizations, named in full as in a story about the area that it is given.
    """

    story: Story
    readings: Readings
    found: Extraction
    dates: tuple[Date, ...]
    places: tuple[Place, ...]
    titled: Counter[str]
    said: Counter[str]
    named: Callable[[str | None], tuple[Organization, ...]]


def _year(page: Page, dates: Sequence[Date]) -> int | None:
    """The year in which a story was printed, as far as it can be told."""
    if page.published:
        return page.published.year
    years = [d.date_start.year for d in dates if d.date_start is not None]
    return max(years, default=None)


def _organizations(
    story: Story,
    found: Extraction,
    places: tuple[Place, ...],
    gazetteer: Gazetteer,
    home: str | None,
) -> tuple[Organization, ...]:
    title, text = story.title.text, story.text.text
    return resolve_organizations(found.organizations, title, text, places, home, gazetteer)


def _result(told: _Told, home: str | None, resolver: Resolver) -> StoryResult:
    story, gazetteer = told.story, resolver.gazetteer
    mentions = Mentions(told.found.counts, told.dates, told.places, told.named(home))
    facts = find_facts(
        story,
        told.readings,
        mentions,
        home or _default_area(told, mentions.organizations, resolver.away),
        partial(deictic_area, deictics=resolver.deictics),
        gazetteer,
        resolver.facts,
    )
    return StoryResult(story, mentions, facts, gazetteer.path(home) if home else None, home)


def _home(
    told: _Told, publication: str | None, resolver: Resolver, least: float = LITTLE
) -> str | None:
    """The area of a story: its organizations help to find it, and it to name them in full.

    It needs more than `least` votes.
    """
    title, text, gazetteer = told.story.title.text, told.story.text.text, resolver.gazetteer
    places, deictics = told.places, resolver.deictics
    ways = resolver.away, resolver.origins, max(least, PASSING)
    home = home_area(places, (), title, text, gazetteer, *ways)
    organizations = told.named(home)
    if organizations:
        home = home_area(places, organizations, title, text, gazetteer, *ways)
    if home is None:
        return printed_area((told.story.source, publication), told.titled + told.said, deictics)
    if home not in gazetteer:
        return home
    levels = spoken_levels(told.said, organizations, deictics.levels)
    if any(p.field == "title" and p.adcode == home for p in places):
        return narrowed(home, places, levels, gazetteer)
    home = fitting_area(home, {p.adcode for p in places if p.adcode}, levels, gazetteer)
    return narrowed(home, places, levels, gazetteer)


def _shared_home(told: _Told, homes: Sequence[str | None], resolver: Resolver) -> str | None:
    """The area of the page for a story of none that says 全市, or that names no place at all."""
    said = told.titled + told.said
    if says_which(said, resolver.deictics):
        return page_area(homes, told=True)
    named = any(p.level != "feature" for p in told.places)
    national = any(o.lead == "fixed" for o in told.found.organizations)
    nation = any(resolver.deictics.levels[word] == "country" for word in said)
    return None if named or national or nation else page_area(homes)


def _default_area(told: _Told, organizations: Sequence[Organization], away: Set[str]) -> str | None:
    """For a story of no area of its own: China, unless it opens abroad, as most of its places.

    Places that something comes from or goes to (`away`) open nothing. Without any place, it is
    abroad where all of its institutions are, as 美联储 and 世界卫生组织 are.
    """
    story = told.story
    named = [p for p in told.places if p.level not in ("region", "feature") and p.adcode != CHINA]
    if not named:
        fixed = {(o.field, o.start) for o in told.found.organizations if o.lead == "fixed"}
        known = [o for o in organizations if o.adcode or (o.field, o.start) in fixed]
        abroad = known and all(o.adcode is None and o.kind != "media" for o in known)
        return None if abroad else CHINA
    foreign = [p for p in named if p.adcode is None]
    if len(foreign) <= len(named) / 2:
        return CHINA
    elsewhere = tuple(away)
    here = (p for p in foreign if not story.field(p.field).text.endswith(elsewhere, 0, p.start))
    return None if any(p.field == "title" or p.start < LEAD for p in here) else CHINA
