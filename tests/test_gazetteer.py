"""The gazetteer: codes, paths, short names, what was abolished, and the towns below."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RulesError
from pipeline.gazetteer import CHINA, Gazetteer, load_gazetteer
from pipeline.resolve.codes import contains
from pipeline.rulebook import builtin_rules
from tests.support.imports import import_bare
from tools.gazetteer_build import short_name


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer(builtin_rules() / "gb2260")


@pytest.mark.parametrize(
    ("adcode", "path"),
    [
        ("441826", "广东省清远市连南瑶族自治县"),
        ("110105", "北京市朝阳区"),
        ("429004", "湖北省仙桃市"),
        ("451023", "广西壮族自治区百色市平果县"),
        ("810000", "香港特别行政区"),
        (CHINA, "中国"),
    ],
)
def test_path(gazetteer: Gazetteer, adcode: str, path: str) -> None:
    assert gazetteer.path(adcode) == path


@pytest.mark.parametrize(
    ("surface", "adcode"),
    [
        ("清远", "441800"),
        ("清远市", "441800"),
        ("连南", "441826"),
        ("连南县", "441826"),
        ("黔东南州", "522600"),
        ("内蒙古", "150000"),
        ("吉林", "220000"),
        ("襄樊市", "420600"),
        ("平果县", "451023"),  # raised of late: its last code
        ("昆山县", "320583"),  # long ago: today's
        ("嵊县", "330683"),
        ("绥化地区", "231200"),
        ("平果市", "451082"),
    ],
)
def test_lookup_gives_the_likeliest_first(gazetteer: Gazetteer, surface: str, adcode: str) -> None:
    assert gazetteer.lookup(surface)[0].adcode == adcode


def test_an_unknown_name_is_no_area(gazetteer: Gazetteer) -> None:
    assert gazetteer.lookup("乌有县") == ()
    assert "999999" not in gazetteer


def test_a_renamed_city_shares_its_code(gazetteer: Gazetteer) -> None:
    (old,) = gazetteer.lookup("襄樊市")
    assert old.retired == 2010
    assert gazetteer.get("420600").name == "襄阳市"


def test_what_holds_what(gazetteer: Gazetteer) -> None:
    assert gazetteer.contains("440000", "441826")
    assert gazetteer.contains("441826", "441826")
    assert gazetteer.contains(CHINA, "441826")
    assert not gazetteer.contains("441826", "440000")
    assert gazetteer.ancestor("441826", "prefecture") == "441800"
    assert gazetteer.ancestor("440000", "county") is None


def test_codes_say_what_the_gazetteer_says(gazetteer: Gazetteer) -> None:
    """Of areas that exist; counties that are gone may have the code of an older prefecture."""
    living = [a for a in gazetteer.areas if a.retired is None and a.adcode != CHINA]
    large = [a.adcode for a in living if a.level in ("province", "prefecture")]
    for inner in (a.adcode for a in living):
        for outer in (CHINA, inner, *(code for code in large if code[:2] == inner[:2])):
            assert contains(outer, inner) == gazetteer.contains(outer, inner), (outer, inner)


def test_every_area_leads_up_to_a_province(gazetteer: Gazetteer) -> None:
    lost = [
        a
        for a in gazetteer.areas
        if a.adcode != CHINA and gazetteer.lineage(a.adcode)[-1].level != "province"
    ]
    assert lost == []
    assert all(len(a.adcode) == 6 and a.adcode.isdigit() for a in gazetteer.areas)


def test_one_living_area_for_each_code(gazetteer: Gazetteer) -> None:
    codes = [a.adcode for a in gazetteer.areas if a.retired is None]
    assert len(codes) == len(set(codes))


def test_towns(gazetteer: Gazetteer) -> None:
    assert gazetteer.township_counties("三排镇") == ("441826",)
    assert gazetteer.township_counties("乌有镇") == ()


def test_find_reads_the_longest_name(gazetteer: Gazetteer) -> None:
    found = [name for _, _, name in gazetteer.find("从清远市连南瑶族自治县到河北涿州")]
    assert found == ["清远市", "连南瑶族自治县", "河北", "涿州"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("连南瑶族自治县", "连南"),
        ("伊犁哈萨克自治州", "伊犁"),
        ("黔东南苗族侗族自治州", "黔东南"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("内蒙古自治区", "内蒙古"),
        ("东乡族自治县", "东乡"),
        ("神农架林区", "神农架"),
        ("和县", ""),
        ("市中区", ""),
        ("巴林左旗", ""),
        ("达拉特旗", "达拉特"),
    ],
)
def test_short_name(name: str, short: str) -> None:
    assert short_name(name) == short


def test_a_missing_file_names_its_cure(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="make areas"):
        load_gazetteer(tmp_path)


def test_a_bad_row_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "areas.tsv").write_text("header\n110000\t北京市\n", encoding="utf-8")
    with pytest.raises(RulesError, match=r"areas\.tsv:2"):
        load_gazetteer(tmp_path)


def test_it_is_derived_with_the_standard_library_alone() -> None:
    # `make areas` has the packages that it derives from, and no Shilu.
    import_bare("tools.gazetteer_build")
