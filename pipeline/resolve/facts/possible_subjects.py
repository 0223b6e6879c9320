"""All that may be the subject of a count, each with the signs that it bears.

That is what the grammar of `subjects` says, the spans of the sentence (`spans`), the subjects of
the counts before, and phrases made of a verb and what is left out. `ranking` chooses among them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from pipeline.records import Count
from pipeline.resolve.facts.candidates import Subject, unit_kind
from pipeline.resolve.facts.spans import Phrase, Signs, Span, bucket, plain
from pipeline.resolve.facts.tokens import Token

GRAMMAR = "grammar"  # signs of what the grammar says begin so
ALIKE = 0.8  # of the characters of two phrases: from here on they say the same
_BEFORE = 6  # earlier counts whose subjects may be meant again
# How a span agrees with the grammar's answer: fifths of the letters (-1: the same), what else is
# so, on which side of the count it stands if it is known from an earlier one.
Way = tuple[int, str, str]


class Units(Struct, frozen=True):
    """Units that count people, and the kind of each unit."""

    people: frozenset[str]
    kinds: Mapping[str, str]


class Candidate(NamedTuple):
    """A phrase that may be the subject of a count; `signs` are those that it alone bears."""

    text: str
    signs: tuple[str, ...]
    span: Span | None = None


def candidates(
    signs: Signs,
    at: int,
    named: Subject,
    before: dict[int, Subject],
    title: Sequence[str],
    units: Units,
) -> Iterator[Candidate]:
    """All that may be the subject of the count `at`, the grammar's answer `named` last.

    `before` are the subjects of the counts before it, by the index of their token and in their
    order (those of later ones are passed over), `title` those of the title.
    """
    asked = asked_of(signs, at, named, before, units)
    for span, phrase, way in agreeing(signs, asked):
        yield Candidate(phrase.text, asked.agreement.signs(way), span)
    yield from others(signs, asked, title, units)


def all_signs(candidate: Candidate, signs: Signs, at: int, units: Units) -> list[str]:
    """Every sign of a candidate for the count `at`: what its weights are learned for."""
    found = list(candidate.signs)
    if candidate.span:
        kind, unit = unit_of(signs.tokens[at], units)
        first, last = candidate.span
        found += signs.of_first(first)
        found += signs.of_last(last)
        found += signs.of_span(candidate.span)
        found += signs.between(at, last if last <= at else first, kind, unit)
        found += signs.of_pair(at, last, kind, unit)
    return found


def alike(a: frozenset[str], b: frozenset[str]) -> float:
    """The share of their different characters that two phrases have in common (Dice)."""
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


def unit_of(token: Token, units: Units) -> tuple[str, str]:
    """The kind of a count's unit, and the unit."""
    assert isinstance(token.mention, Count)
    unit = token.mention.unit
    return unit_kind(unit, units.kinds), unit or "-"


class Asked(NamedTuple):
    """The count `at` of which the subject is asked.

    `named` is the grammar's answer, `letters` are those of it, `earlier` the last counts before
    with their subjects, the newest first; `kind` is that of the unit, `around` what stands beside
    the count.
    """

    at: int
    named: Subject
    letters: frozenset[str]
    earlier: tuple[tuple[int, Subject], ...]
    kind: str
    unit: str
    around: str
    agreement: Agreement


def asked_of(
    signs: Signs, at: int, named: Subject, before: dict[int, Subject], units: Units
) -> Asked:
    """What is asked of the count `at`: `named` is the grammar's answer to it.

    `before` are the subjects of the counts before it, as in `candidates`.
    """
    kind, unit = unit_of(signs.tokens[at], units)
    answer = plain(named.text)
    # From the end, so that those long before are never looked at.
    earlier = itertools.islice(((k, before[k]) for k in reversed(before) if k < at), _BEFORE)
    previous, following = signs.tags[at - 1], signs.tags[at + 1]
    return Asked(
        at,
        named,
        frozenset(answer),
        tuple(earlier),
        kind,
        unit,
        f"{previous}_{following}",
        Agreement(answer, named.rule, kind, previous),
    )


class Agreement:
    """How the spans around one count agree with what the grammar says of it: `answer`.

    There are few ways to agree, so that each is weighed but once.
    """

    def __init__(self, answer: str, rule: str, kind: str, before: str) -> None:
        self._answer, self._letters, self._rule = answer, frozenset(answer), rule
        self._same = (
            *(f"{GRAMMAR} same", f"{GRAMMAR} same {rule}"),
            f"{GRAMMAR} same {rule} {kind} from {before}",
        )

    def way(self, phrase: Phrase, known: str) -> Way:
        """How a span agrees; `known` is its side where it is the subject of an earlier count."""
        text, answer = phrase.plain, self._answer
        if text == answer:
            return -1, "", known
        if text and self._letters.isdisjoint(phrase.letters):
            return 0, "", known
        share = alike(phrase.letters, self._letters)
        if share >= ALIKE:
            more = f"near {self._rule}"
        elif answer.endswith(text):
            more = "ends so"
        else:
            more = "within" if answer and text.endswith(answer) else ""
        return int(5 * share), more, known

    def signs(self, way: Way) -> tuple[str, ...]:
        """The signs of a span that agrees in this way."""
        share, more, known = way
        alike = (f"{GRAMMAR} alike {share}",) if share >= 0 else self._same
        also = (f"{GRAMMAR} {more}",) if more else ()
        return (*alike, *also, *((f"known {known}",) if known else ()))


def agreeing(signs: Signs, asked: Asked) -> Iterator[tuple[Span, Phrase, Way]]:
    """The spans around a count, what they say, and how they agree with the grammar's answer."""
    at, way = asked.at, asked.agreement.way
    known = {plain(text) for _, s in asked.earlier for text in (s.text, s.bare)}
    for span, phrase in signs.spans(at):
        side = ("left" if span.last <= at else "right") if phrase.plain in known else ""
        yield span, phrase, way(phrase, side)


def others(signs: Signs, asked: Asked, title: Sequence[str], units: Units) -> Iterator[Candidate]:
    """What may be the subject of a count and is no span, the grammar's answer last."""
    yield from _earlier(signs, asked)
    yield from _made(signs, asked, units.people)
    rule, answer, kind = asked.named.rule, plain(asked.named.text), asked.kind
    previous, following = signs.tags[asked.at - 1], signs.tags[asked.at + 1]
    for text in title[-3:]:
        same = "same" if plain(text) == answer else "other"
        some = ["title", f"title {kind}", f"title from {previous}"]
        yield Candidate(text, (*some, f"{GRAMMAR} {same} title", f"{GRAMMAR} {rule} title"))
    own = (
        *(f"{GRAMMAR} own", f"{GRAMMAR} {rule}", f"{GRAMMAR} {rule} {kind}"),
        f"{GRAMMAR} {rule} from {previous}",
        f"{GRAMMAR} {rule} to {following}",
        f"{GRAMMAR} characters {bucket(len(answer))}",
        f"{GRAMMAR} ends {answer[-1:]}",
    )
    yield Candidate(asked.named.text, own)


def _earlier(signs: Signs, asked: Asked) -> Iterator[Candidate]:
    """The subjects of the counts before, the newest first."""
    tokens, at, kind, letters = signs.tokens, asked.at, asked.kind, asked.letters
    rule, around = asked.named.rule, asked.around
    count = tokens[at].mention
    assert isinstance(count, Count)
    for n, (k, subject) in enumerate(asked.earlier):
        other = tokens[k].mention
        if not isinstance(other, Count):
            continue
        same = "same unit" if other.unit == count.unit else "other unit"
        stops = signs.stops(k, at)
        for text in dict.fromkeys((subject.text, subject.bare)):
            if not text:
                continue
            share = alike(frozenset(plain(text)), letters)
            some = [
                *("earlier", f"earlier {kind}", f"earlier {min(n, 4)} {same}"),
                f"earlier {same} {kind} {min(stops, 2)} stops",
                f"earlier {same} {around}",
                f"earlier {same} from {signs.words[at - 1]}",
                f"{GRAMMAR} {rule} earlier {same}",
                f"earlier {same} {'whole' if text == subject.text else 'noun'}",
                f"earlier characters {bucket(len(text))}",
                f"{GRAMMAR} alike earlier {int(5 * share)}",
                f"earlier ends {text[-1]} {count.unit}",
            ]
            if other.value >= count.value:
                some.append(f"earlier {same} larger")
            if share == 1.0:
                some += [f"{GRAMMAR} same", f"{GRAMMAR} same {rule}"]
                some.append(f"{GRAMMAR} same {rule} earlier")
            yield Candidate(text, tuple(some))


def _made(signs: Signs, asked: Asked, people: frozenset[str]) -> Iterator[Candidate]:
    """A verb with the people, the money or the thing counted before that it leaves out."""
    at, kind, letters = asked.at, asked.kind, asked.letters
    rule, around = asked.named.rule, asked.around
    count = signs.tokens[at].mention
    assert isinstance(count, Count)
    left_out: list[tuple[str, str]] = []
    if count.unit in people:
        left_out.append(("人", "人"))
    elif kind == "currency":
        left_out += [("钱", "钱"), ("价格", "价格")]
    for n, (k, subject) in enumerate(asked.earlier[:3]):
        other = signs.tokens[k].mention
        same = "same unit" if isinstance(other, Count) and other.unit == count.unit else "other"
        left_out.append((subject.bare, f"earlier {n} {same}"))
    for side, distance, verb in signs.verbs(at):
        for noun, origin in left_out:
            if not noun or verb in noun:
                continue
            some = (
                *("made", f"made {side} {origin}", f"made {origin} {kind} {min(distance, 3)}"),
                *(f"made {verb}", f"made {side} {origin} {around}"),
                f"{GRAMMAR} {rule} made {side} {origin}",
                f"{GRAMMAR} alike made {origin} {int(5 * alike(frozenset(verb + noun), letters))}",
                f"made characters {bucket(len(verb + noun))}",
            )
            yield Candidate(f"{verb}的{noun}", some)
