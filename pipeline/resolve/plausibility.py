"""What cannot be so: kept as it is printed, and marked with a reason to doubt it.

A doubt is a word of DOUBTS; several have a blank between them. It says that the print, the repair
of it or the reading is wrong somewhere, not which.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pipeline.gazetteer import Gazetteer
from pipeline.records import Count, Date, Place
from pipeline.rulebook import Rulebook

NO_SUCH_DATE = "no-such-date"
# The words of the column `doubt`, and what they mean.
DOUBTS: Mapping[str, str] = {
    NO_SUCH_DATE: "the calendar has no such day (2月30日); `edtf` is the month",
    "outside-its-area": "the place is printed as part of one that does not hold it (广东省沈阳市)",
    "too-large": "more than rules/plausible.tsv allows, such as a coverage of 135 %",
    "reversed-range": "the range ends below its beginning (50至30名)",
    "part-of-one": "a fraction of what comes in whole numbers (3.5名)",
}
_WHOLE = frozenset("名位户家所人座辆艘架")
_MEANS = ("均", "每")  # an average may be a fraction


class Bounds(Struct, frozen=True):
    """By unit: endings of subjects ("" for all) and the most that such a count may be."""

    most: Mapping[str, Sequence[tuple[str, float]]]


def compile_bounds(rules: Rulebook) -> Bounds:
    """The bounds of rules/plausible.tsv."""
    most: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for rule in rules["plausible"]:
        ending = "" if rule.surface == rule["unit"] else rule.surface
        most[rule["unit"]].append((ending, float(rule["most"])))
    return Bounds(most)


def doubt_places(places: Sequence[Place], gazetteer: Gazetteer) -> tuple[Place, ...]:
    """`places` in reading order; one that follows a unit which does not hold it gets a doubt."""
    found: list[Place] = []
    for place in places:
        before = found[-1] if found else None
        if before is not None and _breaks(before, place, gazetteer):
            place = replace(place, doubt="outside-its-area")
        found.append(place)
    return tuple(found)


def _breaks(before: Place, place: Place, gazetteer: Gazetteer) -> bool:
    """Whether `place` is printed as a part of the unit right before it, and is none."""
    if (before.field, before.end) != (place.field, place.start):
        return False
    outer, inner = before.adcode, place.adcode
    if outer is None or inner is None or before.text[-1] not in "省市区州盟县旗":
        return False
    if outer not in gazetteer or inner not in gazetteer or outer == inner:
        return False
    return not gazetteer.path(inner).startswith(gazetteer.path(outer))


def doubt_fact(
    count: Count, subject: str, quote: str, date: Date | None, doubtful_area: bool, bounds: Bounds
) -> str:
    """Reasons to doubt a fact, if any; `doubtful_area`: whether its area has one."""
    return " ".join(_doubts(count, subject, quote, date, doubtful_area, bounds))


def _doubts(
    count: Count, subject: str, quote: str, date: Date | None, doubtful_area: bool, bounds: Bounds
) -> Iterator[str]:
    if date is not None and date.doubt:
        yield date.doubt
    if doubtful_area:
        yield "outside-its-area"
    value = count.value if count.value_max is None else max(count.value, count.value_max)
    limits = bounds.most.get(count.unit or "", ())
    if any(subject.endswith(ending) and value > most for ending, most in limits):
        yield "too-large"
    if count.value_max is not None and count.value_max < count.value:
        yield "reversed-range"
    means = any(word in subject or word in quote for word in _MEANS)
    if count.unit in _WHOLE and value != int(value) and not means:
        yield "part-of-one"
