"""The longer forms of organizations' names that a story prints elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pipeline.records import Organization, OrganizationName

_POLICE = ("交警", "警方", "公安", "特警", "刑警")
_SHORT = 6  # characters of a name that may leave out some of the longer one
_PLAIN = 3  # characters of an office that stands for no longer one
_MOST = 20  # offices of one area that begin alike and are compared
_WHOLE = ("place", "level", "own", "fixed")  # leads of names that may end a longer one


def lengthen(
    names: Sequence[OrganizationName], organizations: Sequence[Organization]
) -> Iterator[Organization]:
    """Give each name the longer form that the story prints of it elsewhere."""
    forms = _LongForms(organizations)
    offices = _Offices(names, organizations)
    areas = {o.name: o.adcode for o in organizations}
    for n, o in zip(names, organizations, strict=True):
        full = forms.of(n, offices.of(n, o.name))
        yield Organization(
            o.field,
            o.start,
            o.end,
            o.text,
            o.rule,
            o.confidence,
            full,
            o.kind,
            areas.get(full, o.adcode),
        )


class _Offices:
    """Names by the area that they begin with: 江西省 + 残疾人联合会, which 省残联 stands for."""

    def __init__(
        self, names: Sequence[OrganizationName], organizations: Sequence[Organization]
    ) -> None:
        self.rests: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for n, o in zip(names, organizations, strict=True):
            area, rest = _divided(n, o.name)
            if area and len(rest) > _PLAIN:
                for first in (rest[0], rest[2]) if rest.startswith("人民") else rest[0]:
                    if len(self.rests[area, first]) < _MOST:
                        self.rests[area, first][rest] = None

    def of(self, n: OrganizationName, name: str) -> str:
        """The name that `name` of `n` is short for; itself where there is none."""
        area, rest = _divided(n, name)
        if not area or len(rest) < 2:
            return name
        for longer in self.rests.get((area, rest[0]), ()):
            if longer == "人民" + rest or (len(longer) > len(rest) and _stands_for(rest, longer)):
                return area + longer
        return name


def _divided(n: OrganizationName, name: str) -> tuple[str, str]:
    """The area and the office of a `name` completed from `n`; blank where no area leads."""
    rest = n.text[n.prefix :]
    if n.lead not in ("place", "level") or not rest or not name.endswith(rest):
        return "", name
    return name[: -len(rest)], rest


def _stands_for(short: str, longer: str) -> bool:
    """Whether an office is the short form of another: 残联, 残疾人联合会."""
    same = short[-1] == longer[-1] and len(short) > 2
    body = short[-1] in "联协委" and longer.endswith("会")
    return (same or body) and short[0] == longer[0] and _abbreviates(short, longer)


class _LongForms:
    """The names of one story, the longest first; of equals the one named first.

    A name is compared with those alone that hold its rarest character, and only once.
    """

    def __init__(self, organizations: Sequence[Organization]) -> None:
        wanted = dict.fromkeys(o.name for o in organizations)
        self.longest = sorted(wanted, key=len, reverse=True)
        self.ending: dict[str, str] = {}  # the longest name that ends with a shorter one
        self.holders: defaultdict[str, list[str]] = defaultdict(list)
        self.known: dict[tuple[str, bool, bool], str] = {}
        for full in self.longest:
            for n in range(1, len(full)):
                if full[n:] in wanted:
                    self.ending.setdefault(full[n:], full)
            for c in dict.fromkeys(full):
                self.holders[c].append(full)

    def of(self, n: OrganizationName, name: str) -> str:
        """The longest form of `name`, the name of `n`; itself where there is none."""
        whole = n.lead in _WHOLE
        short = n.lead in ("own", "fixed") and len(name) <= _SHORT
        police = not short and n.text.endswith(_POLICE)
        if n.lead == "alias" or not (short or police):
            # An alias stands for a name that may itself be printed longer.
            return self.ending.get(name, name) if whole or n.lead == "alias" else name
        key = name, short, whole
        if key not in self.known:
            self.known[key] = self._abbreviated(name, short, whole)
        return self.known[key]

    def _abbreviated(self, name: str, short: bool, whole: bool) -> str:
        """The longest name that ends with `name`, or that `name` leaves characters out of."""
        for full in min((self.holders[c] for c in name), key=len, default=[]):
            if len(full) <= len(name):
                break
            if full.endswith(name):
                if whole:
                    return full
                continue
            if short:
                same = full[-1] == name[-1] or (name[-1] == "委" and full.endswith("委员会"))
            else:
                same = "公安" in full  # 昆明交警 for 云南省昆明市公安局交通警察支队
            if same and _abbreviates(name, full):
                return full
        return name


def _abbreviates(short: str, full: str) -> bool:
    """Whether the characters of `short` stand in `full` in this order, the first one first."""
    rest = iter(full[max(full.find(short[0]), 0) :])
    return all(c in rest for c in short)
