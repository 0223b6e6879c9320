"""The towns that a story names, for offices that leave out which one: 镇党委, 横泾中学."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from msgspec import Struct, field

from pipeline.gazetteer import Gazetteer
from pipeline.records import Place

TOWN_LEVELS = ("镇", "乡", "街道")
_TOWN = re.compile("[一-龥]{1,9}?(?:镇|乡|街道|苏木)")
_STEM = re.compile("([一-龥]{2,4}?)(?:(?:土家|布依|蒙古|[一-龥])族)*(?:镇|乡|街道|苏木)")


class Town(Struct, frozen=True):
    """A town and the code of the county that holds it."""

    name: str
    adcode: str


class Towns(Struct):
    """The towns of one story in reading order, and by the names that they go by."""

    at: dict[str, list[int]] = field(default_factory=dict)
    towns: dict[str, list[Town]] = field(default_factory=dict)
    stems: dict[str, Town] = field(default_factory=dict)

    def bare(self, level: str, at: int) -> Town | None:
        """The town that 镇 (or 乡, 街道) means at `at`: the last one before, else the next."""
        found = self.towns.get(level)
        if not found:
            return None
        return found[max(bisect_left(self.at[level], at) - 1, 0)]

    def of(self, text: str) -> Town | None:
        """The town after which `text` is called (横泾中学 after 横泾镇), or its village."""
        for length in (5, 4, 3, 2):
            town = self.stems.get(text[:length])
            if town is not None and not text.startswith(TOWN_LEVELS, length):
                return town
        return None


def towns_of(places: Iterable[tuple[int, Place]], gazetteer: Gazetteer) -> Towns:
    """The towns among `places`, each with its position, in reading order."""
    towns = Towns()
    for at, place in places:
        if place.level not in ("township", "village") or place.adcode is None:
            continue
        tail = place.name.removeprefix(gazetteer.path(place.adcode))
        m = _TOWN.match(tail)
        if m is None:
            continue
        town = Town(m[0], place.adcode)
        level = next((v for v in TOWN_LEVELS if town.name.endswith(v)), "")
        towns.at.setdefault(level, []).append(at)
        towns.towns.setdefault(level, []).append(town)
        stem = _STEM.fullmatch(town.name)
        if stem is not None:
            towns.stems.setdefault(stem[1], town)
        village = tail[m.end() :]
        if 2 < len(village) < 6 and village.endswith("村"):
            towns.stems.setdefault(village, town)
    return towns
