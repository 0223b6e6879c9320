"""What GB/T 2260 codes say of how areas lie in each other."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.gazetteer import CHINA, MUNICIPALITIES


def common_area(adcodes: Sequence[str | None]) -> str | None:
    """The smallest unit that contains all `adcodes`: a prefecture, a province, or None."""
    known = [a for a in adcodes if a]
    if not known or len(known) < len(adcodes):
        return None
    first = known[0]
    if all(a == first for a in known):
        return first
    direct = first[2:4] == "90" or first[:2] in MUNICIPALITIES
    if not direct and all(a[:4] == first[:4] for a in known):
        return first[:4] + "00"
    if all(a[:2] == first[:2] for a in known):
        return first[:2] + "0000"
    return None


def contains(outer: str | None, inner: str | None) -> bool:
    """Whether area `outer` is `inner` or holds it, by the digits of GB/T 2260."""
    if not outer or not inner:
        return False
    # Digits come in pairs, for province, prefecture and county: 321000 is 扬州, and not all of 321.
    digits = 2 if outer.endswith("0000") else 4 if outer.endswith("00") else 6
    return outer == CHINA or inner[:digits] == outer[:digits]
