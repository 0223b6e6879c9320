"""What counts are made of: units and words of approximation, compiled from the rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from pipeline.lexicon import Lexicon, any_of
from pipeline.records import Comparator
from pipeline.rulebook import Rulebook

# After the slash of a rate (元/人/月) stand units, or these.
_PER_WORDS = (
    *("人", "年", "月", "日", "天", "周", "次", "时", "晚"),
    *("小时", "分钟", "秒", "季度", "学期", "课时", "h", "s"),
)


class UnitRule(Struct, frozen=True):
    """One unit. `han` is the least Chinese numeral it takes; the rest is what may follow."""

    surface: str
    kind: str
    han: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]

    def fits(self, text: str, end: int) -> bool:
        """Whether the unit may end at `end`: 家 does not before 庭."""
        if (
            self.surface[-1].isascii()
            and text[end : end + 1].isascii()
            and text[end : end + 1].isalnum()
        ):
            return False  # the t of tv
        if self.must:
            return text.startswith(self.must, end)
        return not (self.must_not and text.startswith(self.must_not, end))


class Modifier(Struct, frozen=True):
    """A word of approximation beside a number, and the characters it may not stand beside."""

    surface: str
    comparator: Comparator
    not_beside: tuple[str, ...]


class CountGrammar(Struct, frozen=True):
    """Everything `find_counts` needs, compiled once."""

    units: Mapping[str, tuple[UnitRule, ...]]
    foreign: re.Pattern[str]
    before: Mapping[str, Modifier]
    before_pattern: re.Pattern[str]
    apart: Mapping[str, Modifier]
    apart_pattern: re.Pattern[str]
    after: Mapping[str, Modifier]
    after_pattern: re.Pattern[str]
    names: Lexicon

    def unit_at(self, text: str, at: int) -> UnitRule | None:
        """The longest unit that begins at `at` and may stand there."""
        for rule in self.units.get(text[at : at + 1], ()):
            if text.startswith(rule.surface, at) and rule.fits(text, at + len(rule.surface)):
                return rule
        return None


class Quantity(Struct, frozen=True):
    """A number and its unit, ``text[start:end]``, before words of approximation are read.

    `number_end` is where the numeral ended; `rule` is None where no unit follows.
    """

    start: int
    number_end: int
    end: int
    value: Decimal
    value_max: Decimal | None
    comparator: Comparator
    unit: str | None
    rule: UnitRule | None
    name: str
    scale: Decimal
    han: bool
    bare: bool


def compile_counts(rules: Rulebook) -> CountGrammar:
    """The grammar of counts from units.tsv, comparators.tsv and not_counts.tsv."""
    sides = {side: _modifiers(rules, side) for side in ("before", "apart", "after")}
    foreign = any_of(rules.surfaces("units", kind="foreign"))
    return CountGrammar(
        units=_units(rules),
        foreign=re.compile(
            rf"(?P<unit>(?:(?![零一二两三四五六七八九十百千万亿至到和与是为])[\u4e00-\u9fff]){{1,6}}?(?P<head>{foreign}))"
        ),
        before=sides["before"],
        before_pattern=re.compile(rf"(?:{any_of(sides['before'])})$"),
        apart=sides["apart"],
        apart_pattern=re.compile(
            rf"(?P<word>{any_of(sides['apart'])})[^\d，。；：、！？（）“”\n]{{0,8}}$"
        ),
        after=sides["after"],
        after_pattern=re.compile(rf"(?:（含）)?(?P<word>{any_of(sides['after'])})"),
        names=Lexicon.of(rules.surfaces("not_counts")),
    )


def rate_end(text: str, at: int, grammar: CountGrammar) -> int:
    """Where a rate that may begin at `at` ends: ``/人/月``, ``/50公斤``; `at` if there is none."""
    while text[at : at + 1] in ("/", "／", "·"):
        inner = at + 1
        while text[inner : inner + 1].isdecimal():
            inner += 1
        rule = grammar.unit_at(text, inner)
        words = [w for w in _PER_WORDS if text.startswith(w, inner)]
        longest = max([len(w) for w in words] + [len(rule.surface) if rule else 0])
        if not longest:
            break
        at = inner + longest
    return at


def _units(rules: Rulebook) -> Mapping[str, tuple[UnitRule, ...]]:
    by_first: dict[str, list[UnitRule]] = {}
    for rule in rules["units"]:
        following = rule["next"].split()
        unit = UnitRule(
            rule.surface,
            rule["kind"],
            rule["han"],
            tuple(w for w in following if not w.startswith("!")),
            tuple(w[1:] for w in following if w.startswith("!")),
        )
        by_first.setdefault(rule.surface[0], []).append(unit)
    return {
        first: tuple(sorted(units, key=lambda u: -len(u.surface)))
        for first, units in by_first.items()
    }


def _modifiers(rules: Rulebook, side: str) -> dict[str, Modifier]:
    found: dict[str, Modifier] = {}
    for rule in rules["comparators"]:
        if rule["side"] == side:
            comparator: Comparator = "~"
            if rule["comparator"] in (">", "<"):
                comparator = ">" if rule["comparator"] == ">" else "<"
            words = tuple(rule["not_beside"].split())
            found[rule.surface] = Modifier(rule.surface, comparator, words)
    return found
