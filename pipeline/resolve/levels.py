"""Which level of area a story speaks of: one that says 全市 and 市民政局 is of a city.

The place that a story names first may be but an example: the district where the first person
lives, the county where a meeting was held. What it calls its own shows how wide it looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from pipeline.gazetteer import Gazetteer
from pipeline.records import Organization

_OWN = "全我本该这"  # 全市, 我县: words that say whose story it is; 市里 may be a place to go to
_OFFICES = {
    "省": "province", "州": "prefecture", "盟": "prefecture", "市": "city", "县": "county",
    "旗": "county", "区": "district",
}  # fmt: skip
_WORD_LEVELS = {"region": "district"}
_LEAST = 3  # signs that it takes to leave the area that the places speak for


def spoken_levels(
    text: str, organizations: Sequence[Organization], deictics: Mapping[str, str]
) -> Counter[str]:
    """How often `text` says 全省, 全市, 全县, and how many offices it calls 省, 市 or 县."""
    found: Counter[str] = Counter()
    for word, level in deictics.items():
        if word[0] in _OWN and level not in ("country", "home", "township"):
            found[_WORD_LEVELS.get(level, level)] += text.count(word)
    for o in organizations:
        if o.text[:1] in _OFFICES:
            found[_OFFICES[o.text[0]]] += 1
    return found


def fitting_area(
    home: str, inside: Collection[str], levels: Counter[str], gazetteer: Gazetteer
) -> str:
    """`home`, or the area around it or the one county in it that the story speaks of.

    `inside` are the areas that the story names, `levels` what `spoken_levels` found.
    """
    area = gazetteer.get(home)
    city = gazetteer.ancestor(home, "prefecture")
    province = gazetteer.ancestor(home, "province")
    small = levels["county"] + levels["district"]
    if area.level == "county":
        own = levels["district"] if area.name.endswith("区") else levels["county"]
        if area.name.endswith("市"):
            own += levels["city"]
        elif not own and city and levels["city"] + levels["prefecture"] >= _LEAST:
            return city
        if not own and not levels["city"] and province and levels["province"] >= _LEAST:
            return province
        return home
    if area.level == "prefecture" and province and levels["province"] >= _LEAST:
        if not levels["city"] + levels["prefecture"] + small:
            return province
    counties = {c for c in inside if c != home and gazetteer.contains(home, c)}
    counties = {c for c in counties if gazetteer.get(c).level == "county"}
    own = levels["province"] if area.level == "province" else levels["city"] + levels["prefecture"]
    if len(counties) == 1 and levels["county"] and not own:
        return next(iter(counties))
    return home
