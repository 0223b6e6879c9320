"""What the search for a subject works on: the count in its clause, and what it finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from pipeline.records import Count
from pipeline.resolve.facts.clauses import strip_links
from pipeline.resolve.facts.tokens import Kind, Token, WordGrammar

SHARES = frozenset({"%", "‰", "个百分点", "倍"})
SUMMED = re.compile(
    "(?:[两三四五六七八九十]|十[一二三四五六七八九])(?:[地国]|[省市州盟县区旗乡镇]+)"
)


class Subject(Struct, frozen=True):
    """The counted thing, and how it was found (`rule`, for example ``subject:left``)."""

    text: str
    rule: str
    noun: str = ""  # the thing itself, for what refers back to it; empty: `text`
    refers: bool = True  # whether a later number may count the same; a lone verb is no thing
    sure: float | None = None  # how likely it is, where it was ranked among others

    @property
    def bare(self) -> str:
        """What a later clause takes up again."""
        return self.noun or self.text


class Memory(Struct):
    """Subjects already found in this field, newest last."""

    people: frozenset[str]  # units that count people
    found: list[tuple[Subject, Count]] = field(default_factory=list)

    def last(self) -> Subject | None:
        """The newest subject."""
        recent = [s for s, _ in reversed(self.found[-6:]) if s.text]
        return next((s for s in recent if s.refers), recent[0] if recent else None)

    def thing(self, figures: frozenset[str]) -> Subject | None:
        """The newest subject that is itself no figure (总投资, 数量) of something."""
        ends = tuple(figures)
        recent = (s for s, _ in reversed(self.found[-6:]) if s.text and s.refers)
        return next((s for s in recent if not s.bare.endswith(ends)), None)

    def whole(self) -> Subject | None:
        """The newest subject that is counted or measured and is no share itself."""
        recent = reversed(self.found[-8:])
        return next((s for s, c in recent if s.text and s.refers and c.unit not in SHARES), None)

    def alike(self, unit: str | None, least: float = 0.0) -> Subject | None:
        """The newest subject counted in `unit`; units for people are one.

        One that `least` may be a part of goes before.
        """
        found = [
            (subject, count)
            for subject, count in reversed(self.found[-8:])
            if subject.text
            and subject.refers
            and (count.unit == unit or {count.unit, unit} <= self.people)
        ]
        large = (s for s, c in found if (c.value_max or c.value) >= least)
        return next(large, found[0][0] if found else None)


class View(Struct, frozen=True):
    """One count and its surroundings: tokens ``[start, at)`` before it belong to it."""

    tokens: Sequence[Token]
    at: int
    start: int
    count: Count
    unit_kind: str
    words: WordGrammar
    topic: str  # what its sentence is about (死亡人员中，); empty where it does not say

    def unit_is(self, role: str) -> bool:
        """Whether the unit has this role in rules/fact_words.tsv."""
        return (self.count.unit or "") in self.words.roles[role]

    @property
    def percent(self) -> bool:
        """Whether the count is a share or a multiple (%, 倍) of something."""
        return self.unit_kind == "share"

    @property
    def classifier(self) -> bool:
        """Whether the unit counts things (家, 名), not an amount of them (元, 吨, %)."""
        return self.unit_kind == "classifier"

    @property
    def linked(self) -> bool:
        """Whether a copula links the count to what stands before it."""
        summing = self.words.roles["summing"]
        return any(
            t.kind is Kind.COPULA
            or (t.kind is Kind.ADVERB and t.pos == "d" and t.text not in summing)
            for t in self.tokens[self.end : self.at]
        )

    @property
    def end(self) -> int:
        """The end of what stands before the count, links stripped."""
        return strip_links(self.tokens, self.start, self.at)


def unit_kind(unit: str | None, unit_kinds: Mapping[str, str]) -> str:
    """The kind of a unit; a rate (元/人/月) is of the kind of its first part.

    Foreign currencies are currencies, also those that a country stands before (瑞士法郎).
    """
    if not unit:
        return "classifier"
    first = unit.split("/")[0]
    kind = unit_kinds.get(unit) or unit_kinds.get(first)
    if kind is None and any(unit_kinds.get(first[n:]) == "foreign" for n in range(1, len(first))):
        kind = "foreign"
    return "currency" if kind == "foreign" else kind or "classifier"
