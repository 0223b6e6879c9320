"""A folder of a user's own rules, laid over the built-in ones; and what is said of bad files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.errors import RulesError
from pipeline.recipe import Recipe
from pipeline.rule_trials import check
from pipeline.rulebook import load_rules
from pipeline.rulecheck import PUBLISHED, readings
from pipeline.stages import compile_toolkit
from tests.support.rules import NOOK, UNITS, copy_rules, own_folder

OFF = "file\tsurface\tnote\n"
SHORT = "surface\tadcode\texample\texpect\tnote\n"
# A row of units.tsv that was changed in one way, and what is said of it.
ROWS: tuple[tuple[str, str, str], ...] = (
    ("\t", "  ", "2: there is no tab in this row; put one between each two cells: surface"),
    ("bare\t\t", "bare\t", "2: the example stands in the column next; a tab before it is missing"),
    (
        "bare\t\t",
        "bare\t\t\t",
        "2: the example stands in the column expect; there is a tab too many",
    ),
    ("旮旯\t\n", "旮旯\tone\ttwo\n", "2: 8 cells where 7 belong; remove the extra tabs"),
    ("【3旮旯】", "3旮旯", "2: no span in the example; put what the rule finds in 【】"),
    ("【3旮旯】", "【3旮旯", "2: the example must hold exactly one 【span】; correct the marks"),
    ("【3旮旯】", "【】", "2: the 【】 of the example is empty or turned round"),
    ("院里有【3旮旯】", "", "2: no example; write a sentence with the span in 【】"),
    ("classifier", "量词", "2: kind is '量词'; use one of classifier, currency, foreign"),
    ("classifier", "", "2: kind is empty; fill it with one of classifier"),
    ("旮旯\tc", " 旮旯\tc", "2: blanks around '旮旯'; remove them"),
    ("旮旯\tc", "\tc", "2: the surface is empty; write the words"),
    ("旮旯\tc", "旮\u200b旯\tc", "2: an invisible character in the surface"),
    (
        "院里有【3旮旯】",
        '"院里有【3旮旯】"',
        "2: a quotation mark before '院里有【3旮旯】\"', as a spread",
    ),
    (NOOK, NOOK + NOOK, "3: 旮旯 stands already in line 2; keep one of the two rows"),
    # What only trying the example shows.
    (
        "3 = 旮旯",
        "4 = 旮旯",
        "2: 【3旮旯|3 = 旮旯】 is found where 【3旮旯|4 = 旮旯】 belongs; correct",
    ),
    (
        "里有【3旮旯】",
        "里有3【旮旯】",
        "2: 【3旮旯|3 = 旮旯】 is found where 【旮旯|3 = 旮旯】 belongs",
    ),
    (
        "【3旮旯】",
        "【许多】",
        "2: nothing is found where 【许多|3 = 旮旯】 belongs; the example lacks '旮旯'",
    ),
    (
        "里有【3旮旯】\t3 = 旮旯",
        "里有【3家】\t3 = 家",
        "2: the example lacks '旮旯': write one that has it",
    ),
)
# A whole file, and what is said of it.
FILES: tuple[tuple[str, str | bytes, str], ...] = (
    ("units", "", "my/units.tsv:1: the file is empty; the first row must be: surface kind han"),
    ("units", "\n# no row\n", "my/units.tsv:1: the file is empty"),
    ("units", NOOK, "my/units.tsv:1: the names of the columns are missing; the first row must be"),
    ("units", UNITS.replace("\t", " "), "my/units.tsv:1: there is no tab in the first row"),
    ("units", UNITS.replace("\t", "\u3000"), "my/units.tsv:1: there is no tab in the first row"),
    ("units", UNITS.replace("\than", ""), "my/units.tsv:1: the column han is missing; the first"),
    ("units", UNITS.replace("han", "hans"), "the column han is missing where 'hans' stands"),
    ("units", UNITS.replace("kind\than", "han\tkind"), "my/units.tsv:1: the columns are mixed up"),
    ("units", UNITS.replace("note", "note\tmore"), "the column 'more' does not belong"),
    ("units", (UNITS + NOOK).encode("gb18030"), "my/units.tsv:2: the file is in GBK, it seems"),
    ("units", b"\xff\xfe\x00", "my/units.tsv:1: the file is in another encoding, not in UTF-16"),
    ("place_short_names", f"{SHORT}旮旯\t999999\t【旮旯】\t\t\n", "short_names.tsv:2: adcode is"),
    ("unit", UNITS + NOOK, "my/unit.tsv: no rule file has this name; rename it to units.tsv"),
    ("off", f"{OFF}unit\t家\t\n", "my/off.tsv:2: file is 'unit'; use units"),
    ("off", f"{OFF}units\t旮旯\t\n", "my/off.tsv:2: units.tsv has no built-in row for '旮旯'; "),
    ("off", f"{OFF}units\t家\t\t\tx\n", "my/off.tsv:2: 5 cells where 3 belong"),
    ("off", "surface\tnote\n家\t\n", "my/off.tsv:1: the column file is missing"),
)  # fmt: skip
# Ways in which editors and spreadsheets save a file that is quite in order.
SAVED: tuple[Callable[[str], bytes], ...] = (
    str.encode,
    lambda text: text.encode("utf-8-sig"),
    lambda text: text.encode("utf-16"),
    lambda text: text.replace("\n", "\r\n").encode() + b"\r\n\r\n",
    lambda text: text.replace("\n", "\t\t\n").encode() + b"\t\t\t\t\n",
    lambda text: text.removesuffix("\t\n").encode(),
)


def _shilu(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


def _problems(own: Path, *files: str) -> tuple[str, ...]:
    try:
        return check(load_rules(own=own), files).problems
    except RulesError as e:
        return e.problems


def _counts(own: Path | None, text: str) -> list[str]:
    found = readings("count", text, PUBLISHED, compile_toolkit(load_rules(own=own)))
    return [r.value for r in found]


@pytest.mark.parametrize(("old", "new", "says"), ROWS)
def test_a_bad_row_is_told_with_file_line_and_cure(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in NOOK
    own = own_folder(tmp_path, units=UNITS + NOOK.replace(old, new))
    (problem,) = _problems(own, "units")
    assert problem.startswith(f"{own}/units.tsv:{says}"), problem


@pytest.mark.parametrize(("name", "text", "says"), FILES)
def test_a_bad_file_is_told_with_its_cure(
    tmp_path: Path, name: str, text: str | bytes, says: str
) -> None:
    own = own_folder(tmp_path, **{name: text})
    (problem,) = _problems(own, name)
    assert says in problem
    assert problem.startswith(str(own))


@pytest.mark.parametrize("save", SAVED)
def test_files_of_any_editor_are_read(tmp_path: Path, save: Callable[[str], bytes]) -> None:
    own = own_folder(tmp_path, units=save(UNITS + NOOK))
    assert _problems(own, "units") == ()
    assert (
        load_rules(own=own).digest
        == load_rules(own=own_folder(tmp_path, units=UNITS + NOOK)).digest
    )


@pytest.mark.parametrize("name", ["units.csv", "units.xlsx", "units.tsv.txt", "units.txt"])
def test_a_file_of_another_kind_is_not_passed_over(tmp_path: Path, name: str) -> None:
    own = own_folder(tmp_path, units=UNITS + NOOK)
    (own / name).write_text("x")
    (problem,) = _problems(own, "units")
    assert problem.startswith(f"{own / name}: not read; save it as units.tsv")


def test_what_is_no_rule_file_is_left_alone(tmp_path: Path) -> None:
    own = own_folder(tmp_path, units=UNITS + NOOK)
    for name in (".units.tsv.swp", "units.tsv~", "~$units.xlsx", "README.md"):
        (own / name).write_text("x")
    assert _problems(own, "units") == ()


def test_a_folder_without_rule_files_is_told(tmp_path: Path) -> None:
    (problem,) = _problems(own_folder(tmp_path))
    assert problem.endswith(
        "no rule file in it; put one there, such as units.tsv with the rows that you add"
    )
    done = _shilu("rules", "try", "--rules", tmp_path / "nowhere", "3家")
    assert (done.exit_code, "No such file" in done.stderr) == (2, True)


def test_own_rows_are_added_and_take_the_place_of_built_in_ones(tmp_path: Path) -> None:
    row = "家\tmeasure\tnone\t\t有企业【3家】\t3 = 家\t\n"
    book = load_rules(own=own_folder(tmp_path, units=UNITS + NOOK + row))
    plain = load_rules()
    assert len(book) == len(plain) + 1
    assert [r.surface for r in book["units"]] == [*plain.surfaces("units"), "旮旯"]
    (home,) = book.named("units:家")
    assert (home.own, home["kind"], home.line, home.path) == (
        True,
        "measure",
        3,
        f"{tmp_path}/my/units.tsv",
    )
    assert _counts(book.own, "有旮旯的企业三家，院里有3旮旯") == ["3 = 旮旯"]


def test_a_word_of_several_rows_gets_one_more(tmp_path: Path) -> None:
    text = "surface\trole\texample\texpect\tnote\n规模\tdegree\t有【3家】\t\t\n"
    book = load_rules(own=own_folder(tmp_path, fact_words=text))
    assert {r["role"] for r in book.named("fact_words:规模")} == {
        "total",
        "figure-ending",
        "degree",
    }


def test_built_in_rows_can_be_switched_off(tmp_path: Path) -> None:
    own = own_folder(tmp_path, off=f"{OFF}units\t家\tno shops\n")
    assert (_counts(None, "商店41家"), _counts(own, "商店41家")) == (["41 = 家"], [])


def test_built_in_rows_that_own_ones_break_are_told(tmp_path: Path) -> None:
    own = own_folder(
        tmp_path,
        off=f"{OFF}not_counts\t百家争鸣\t\n",
        units=f"{UNITS}间\tshare\tnone\t\t有【3间】\t3 = 间\t\n",
    )
    text = "surface\texample\texpect\tnote\n四合院\t一座【四合院】\t-\t\n"
    (own / "not_counts.tsv").write_text(text, "utf-8")
    problems = _problems(own, "words", "fact_words", "units", "not_counts")
    assert problems == ()
    own = own_folder(tmp_path, off=f"{OFF}units\t家\t\n")
    (some, *_) = _problems(own, "fact_words")
    assert some.startswith("rules/fact_words.tsv:")
    assert f"this built-in row is broken by {own}/off.tsv:2: change that, or write the row" in some


def test_a_whole_copy_of_the_rules_changes_nothing(tmp_path: Path) -> None:
    own = copy_rules(tmp_path)
    assert load_rules(own=own).digest == load_rules().digest
    with (own / "gb2260" / "areas.tsv").open("a", encoding="utf-8") as f:
        f.write("999999\n")
    (problem,) = _problems(own)
    assert problem.startswith(f"{own}/gb2260/areas.tsv: differs from the built-in file")


def test_pages_are_stale_when_own_rules_change_and_only_then(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir()
    (raw / "page.txt").write_text("院里的旮旯\n县里的院里有旮旯物件共3旮旯。\n", "utf-8")
    own = own_folder(tmp_path, units=UNITS + NOOK)
    given = ("--out", out, "--no-model", "--rules", own)
    assert _shilu("extract", raw, *given, "--workers", "2").exit_code == 0
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["own_rules"] == str(own)
    assert manifest["rules"] == Recipe(own).fingerprint().rules != Recipe().fingerprint().rules
    import pandas as pd

    assert list(pd.read_parquet(out / "counts").unit) == ["旮旯"]  # workers have the rules, too
    assert "Nothing to do" in _shilu("status", raw, *given).output
    own_folder(tmp_path, units=UNITS + "# nooks\n" + NOOK.replace("院里有", "村里有"))
    assert "Nothing to do" in _shilu("status", raw, *given).output
    own_folder(tmp_path, units=UNITS + NOOK.replace("bare", "two"))
    assert "1 because the rules changed: page.txt" in _shilu("status", raw, *given).output
    assert "1 because the rules changed" in _shilu("status", raw, *given[:3]).output
    named = CliRunner().invoke(
        main, ["rules", "try", "--no-model", "3旮旯"], env={"SHILU_RULES": str(own)}
    )
    assert f"{own}/units.tsv:2" in named.output
