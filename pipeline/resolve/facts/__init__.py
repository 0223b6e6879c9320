"""Bind each count of a story to what it counts, where and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from pipeline.gazetteer import Gazetteer
from pipeline.records import (
    FIELDS,
    Count,
    Date,
    Fact,
    Field,
    Mentions,
    Organization,
    Reading,
    Story,
)
from pipeline.resolve.facts.candidates import Subject
from pipeline.resolve.facts.clauses import (
    REACH,
    clause_end,
    span_text,
    whole_clause_start,
)
from pipeline.resolve.facts.confidence import confidence, signs
from pipeline.resolve.facts.governing import Deictic, Governing, areas_of_counts
from pipeline.resolve.facts.governing_dates import dates_of_counts, period_of_report
from pipeline.resolve.facts.ranking import Ranker, load_ranker, rank
from pipeline.resolve.facts.subjects import find_subjects
from pipeline.resolve.facts.tokens import Kind, Token, WordGrammar, compile_words, tokenize
from pipeline.resolve.plausibility import Bounds, compile_bounds, doubt_fact
from pipeline.rulebook import Rulebook

__all__ = ["FactGrammar", "Ranker", "compile_facts", "find_facts", "rank", "subjects_of"]


class FactGrammar(Struct, frozen=True):
    """The vocabulary of facts: word classes, which units are classifiers, and what is too much."""

    words: WordGrammar
    unit_kinds: Mapping[str, str]
    bounds: Bounds
    ranker: Ranker | None = None  # chooses among phrases, where there is a language model


def compile_facts(rules: Rulebook, model: Path | None = None) -> FactGrammar:
    """Compile what `find_facts` needs from the rules, and from the language model's folder."""
    kinds = {r.surface: r["kind"] for r in rules["units"]}
    words = compile_words(rules)
    ranker = load_ranker(model, words, kinds) if model else None
    return FactGrammar(words, kinds, compile_bounds(rules), ranker)


def subjects_of(
    story: Story, readings: Mapping[Field, Reading], mentions: Mentions, grammar: FactGrammar
) -> Iterator[tuple[Field, list[Token], dict[int, Subject]]]:
    """Title and text of a story in tokens, with the subjects of the counts among them.

    The subjects are those that the grammar names; `rank` chooses among others, too.
    """
    for name in FIELDS:
        read = readings[name]
        text = story.field(name).text
        tokens = tokenize(text, name, read.words, mentions, grammar.words, read.entities)
        yield name, tokens, find_subjects(tokens, grammar.words, grammar.unit_kinds)


def find_facts(
    story: Story,
    readings: Mapping[Field, Reading],
    mentions: Mentions,
    home: str | None,
    deictic: Deictic,
    gazetteer: Gazetteer,
    grammar: FactGrammar,
) -> tuple[Fact, ...]:
    """One fact for each count of `mentions`, in reading order.

    `readings` are those of title and text, `home` is the story's own area (adcode), `deictic`
    resolves 全省 and the like.
    """
    if not mentions.counts:
        return ()
    facts: list[Fact] = []
    period = period_of_report(story.title.text, mentions.dates, grammar.words)
    briefs = any(word in story.title.text for word in grammar.words.roles["briefs"])
    titled: list[str] = []
    for name, tokens, named in subjects_of(story, readings, mentions, grammar):
        subjects = rank(tokens, named, titled, grammar.ranker) if grammar.ranker else named
        titled += [s.text for s in subjects.values() if s.text]
        areas = areas_of_counts(tokens, home, deictic, grammar.words, briefs)
        dates = dates_of_counts(tokens, grammar.words, period)
        doubtful = tuple(p.text for p in mentions.places if p.doubt and p.field == name)
        scene = _Scene(tokens, home, period, doubtful, gazetteer, grammar.bounds)
        for at, subject in subjects.items():
            if isinstance(tokens[at].mention, Count):
                fact_id = f"{story.story_id}-f{len(facts) + 1:03d}"
                facts.append(_fact(fact_id, at, subject, areas[at], dates.get(at), scene))
    return tuple(facts)


class _Scene(Struct, frozen=True):
    """What the facts of one title or text share; `doubtful` are places that have a doubt."""

    tokens: Sequence[Token]
    home: str | None
    period: Date | None  # that of the whole text, as of a yearly report
    doubtful: Sequence[str]
    gazetteer: Gazetteer
    bounds: Bounds


def _fact(
    fact_id: str, at: int, subject: Subject, area: Governing, date: Date | None, scene: _Scene
) -> Fact:
    count = scene.tokens[at].mention
    assert isinstance(count, Count)
    adcode = area.adcode
    place = scene.gazetteer.path(adcode) if adcode and adcode in scene.gazetteer else None
    quote = _quote(scene.tokens, at)
    sure = None if subject.sure is None else round(subject.sure, 3)
    bears = signs(
        rule=subject.rule,
        field=count.field,
        subject=subject.text,
        unit=count.unit,
        comparator=count.comparator,
        adcode=adcode,
        home=scene.home,
        date=date.edtf if date else None,
        quote=quote,
        sure=sure,
    )
    doubtful = any(name in quote for name in scene.doubtful)
    return Fact(
        fact_id=fact_id,
        count=count,
        subject=subject.text,
        place=place,
        adcode=adcode,
        org=_organization(scene.tokens, at, area.paired),
        date=date.edtf if date else None,
        date_start=date.date_start if date else None,
        date_end=date.date_end if date else None,
        quote=quote,
        statement=" ".join(w for w in (place, subject.text, count.text) if w),
        rule=subject.rule,
        place_rule=area.rule,
        date_rule=_date_rule(date, scene.period),
        subject_confidence=sure,
        confidence=confidence(bears),
        doubt=doubt_fact(count, subject.text, quote, date, doubtful, scene.bounds),
    )


def _date_rule(date: Date | None, period: Date | None) -> str | None:
    if date is None:
        return None
    return f"report:{date.text}" if date is period else f"date:{date.text}"


def _organization(tokens: Sequence[Token], at: int, paired: str | None) -> str | None:
    """The institution named last before the count in its sentence.

    Where it stands in a list of numbers, that at the same place of a list before: the one that is
    printed as `paired`.
    """
    for i in range(at - 1, max(-1, at - REACH), -1):
        mention = tokens[i].mention
        if isinstance(mention, Organization) and paired in (None, mention.text):
            return mention.name
        if mention is None and tokens[i].kind is Kind.STOP:
            return None
    return None


def _quote(tokens: Sequence[Token], at: int) -> str:
    """The clause that states the number, without the marks around it."""
    return span_text(tokens, whole_clause_start(tokens, at), clause_end(tokens, at))
