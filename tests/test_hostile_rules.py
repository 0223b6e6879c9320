"""No row of a rule file can stop a page or make it slow: it does no harm, or is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.clean.lines import compile_furniture
from pipeline.errors import RulesError
from pipeline.records import Page
from pipeline.rulebook import MAX_BYTES, RULE_FILES, builtin_rules, load_rules
from pipeline.stages import compile_toolkit
from tests.support.hostile import read_through, real_pages, time_limit
from tests.support.rules import copy_rules

# File, the cells of a bad row before its example, and what the program says of it.
REFUSED = (
    ("furniture", ("{x}{x}{x}{x}{x}", "anywhere"), "too many open parts"),
    ("furniture", ("甲{s}乙{s}丙{s}丁{s}", "edge"), "too many open parts"),
    ("furniture", ("{n}{n}{n}{n}{n}{n}", "edge"), "too many open parts"),
    (
        "furniture",
        ("第{1,99999999999}版", "edge"),
        "{1,99999999999} is no open part; use one of {n}",
    ),
    ("furniture", ("第{版", "edge"), "{ is no open part"),
    ("furniture", ("版" * 61, "edge"), "shorten it to 60"),
    ("ocr_confusions", ("二业", "工"), "write one right character for each wrong one"),
    ("units", ("字\0节", "measure", "two", ""), "an invisible character"),
    ("units", ("字\u2028节", "measure", "two", ""), "an invisible character"),
    ("units", ("字\u202e节", "measure", "two", ""), "an invisible character"),
    ("units", ("家", "classifier", "bare", "!庭 !禽 !畜 !电 !具"), "家 stands already in line 2"),
    ("units", ("", "measure", "two", ""), "the surface is empty"),
    ("units", ("犄角", "measure", "two", "", "", ""), "the example stands in the column note"),
    ("credits", ("字" * 1000, "medium"), "shorten it to 60"),
    ("surnames", ("欧阳", "credit"), "write a surname of one"),
    ("plausible", ("比率", "%", "a hundred"), "write a number such as 100"),
    ("plausible", ("比率", "%", "1e999"), "write a number such as 100"),
)
# Surfaces that would be grammar if they were no plain text.
PATTERNS = (
    ("units", (r"(a+)+$", "measure", "two", "!(x+)+y")),
    ("units", (r"[\d", "foreign", "two", "")),
    ("comparators", (r".*.*.*", "before", "~", "(.+)+ [")),
    ("comparators", (r"(.+)+", "apart", "~", "")),
    ("credits", (r"(.*)*", "medium")),
    ("credits", (r"[^。]*", "rank")),
    ("surnames", ("]", "yes")),
    ("surnames", (".", "yes")),
    ("organization_words", (r"(.+)+", "branch")),
    ("place_terms", (r"(.+)+", "zone")),
    ("layout", (r"(?:.+)+[", "opening")),
    ("layout", (r"*", "salutation")),
    ("date_words", ("]天", "day", "0", "today", "yes")),
    ("date_words", ("^天", "day", "0", "today", "yes")),
    ("date_words", ("\\天", "day", "0", "today", "yes")),
    ("furniture", (r"(.+)+第{n}版", "edge")),
    ("furniture", (r"[", "section")),
    ("media", (r"(.+)+报", "-", "free")),
    ("deictics", (r"(.+)+", "province")),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_rules(tmp_path)


def _add(folder: Path, file: str, *cells: str) -> int:
    """Add a row with an example, and give the number of its line."""
    path = folder / f"{file}.tsv"
    text = path.read_text("utf-8").rstrip("\n")
    row = "\t".join((*cells, "【例】", "", ""))
    path.write_text(f"{text}\n{row}\n", encoding="utf-8")
    return text.count("\n") + 2


@pytest.mark.parametrize(("file", "cells", "says"), REFUSED)
def test_a_bad_row_is_refused(folder: Path, file: str, cells: tuple[str, ...], says: str) -> None:
    line = _add(folder, file, *cells)
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    assert all(p.startswith(f"rules/{file}.tsv:{line}: ") for p in caught.value.problems)
    assert any(says in p for p in caught.value.problems), caught.value.problems


def test_all_bad_rows_are_named_at_once(folder: Path) -> None:
    lines = [_add(folder, "furniture", "{x}" * n + "版", "edge") for n in (3, 4, 5)]
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    assert [p.split(": ")[0] for p in caught.value.problems] == [
        f"rules/furniture.tsv:{n}" for n in lines
    ]


@pytest.mark.parametrize(("file", "cells"), PATTERNS)
def test_surfaces_are_plain_text(folder: Path, file: str, cells: tuple[str, ...]) -> None:
    _add(folder, file, *cells)
    with time_limit(30.0):
        toolkit = compile_toolkit(load_rules(folder))
    text = f"{real_pages()[0]}\n近3{cells[0]}，{'a' * 50}\n第4版{'a' * 50}\n{cells[0]}3家。"
    read_through(Page("0" * 16, "page.txt", "0" * 64, "utf-8", text), toolkit)


def test_the_most_open_row_that_is_allowed_takes_no_time(folder: Path) -> None:
    for surface in ("{x}{x}甲", "{s}{s}{s}乙", "{n}{n}{n}{n}丙", "{s}{date}{date}丁"):
        _add(folder, "furniture", surface, "anywhere")
    grammar = compile_furniture(load_rules(folder))
    lines = [c * 59 + "版" for c in "中一1"] + ["1月2日" * 12, "一月二日" * 15]
    with time_limit(5.0):
        for line in lines * 20:
            assert grammar.anywhere.rule_of(line) is None
            assert grammar.edge.rule_of(line) is None


def test_an_area_that_does_not_exist_is_refused(folder: Path) -> None:
    line = _add(folder, "place_short_names", "某地", "999999")
    with pytest.raises(RulesError, match=f"place_short_names.tsv:{line}: adcode is '999999'"):
        compile_toolkit(load_rules(folder))


def test_a_huge_file_is_refused(folder: Path) -> None:
    with (folder / "units.tsv").open("a", encoding="utf-8") as f:
        f.write("#" * (MAX_BYTES + 1))
    with pytest.raises(RulesError, match=re.escape("rules/units.tsv: over 8 MiB")):
        load_rules(folder)


def test_many_rows_are_read_in_time(folder: Path) -> None:
    with (folder / "units.tsv").open("a", encoding="utf-8") as f:
        f.writelines(f"单{n}位\tclassifier\tbare\t\t有【3单{n}位】\t\t\n" for n in range(30_000))
    with time_limit(30.0):
        toolkit = compile_toolkit(load_rules(folder))
    page = Page("0" * 16, "page.txt", "0" * 64, "utf-8", "全村有3单29999位。")
    (story,) = read_through(page, toolkit).stories
    assert [c.unit for c in story.mentions.counts] == ["单29999位"]


@pytest.mark.parametrize("file", [form.name for form in RULE_FILES])
def test_a_file_without_rows_does_no_harm(folder: Path, file: str) -> None:
    path = folder / f"{file}.tsv"
    header = next(x for x in path.read_text("utf-8").splitlines() if not x.startswith("#"))
    path.write_text(header + "\n", encoding="utf-8")
    toolkit = compile_toolkit(load_rules(folder))
    read_through(Page("0" * 16, "page.txt", "0" * 64, "utf-8", real_pages()[0]), toolkit)


def test_the_built_in_rules_are_all_within_bounds() -> None:
    assert max(p.stat().st_size for p in builtin_rules().glob("*.tsv")) * 10 < MAX_BYTES
