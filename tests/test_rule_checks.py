"""`shilu rules check` and `try`: what is tried again after a change, and what a sentence shows."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from pipeline.clean import compile_clean
from pipeline.cli import main
from pipeline.credits import compile_credits
from pipeline.extract import compile_extractors
from pipeline.gazetteer import load_gazetteer
from pipeline.resolve import compile_resolver
from pipeline.rule_memory import PAGE_FILES, Memory, recall, remember, untouched
from pipeline.rule_trials import check
from pipeline.rule_try import try_sentence
from pipeline.rulebook import Rule, Rulebook, load_rules
from pipeline.rulecheck import PUBLISHED, outcome
from pipeline.stages import Toolkit, compile_toolkit
from pipeline.tag import compile_tagger
from tests.support.rules import NOOK, UNITS, own_folder

# A sentence, and of each thing in it its kind, what it means, and the row or rule that found it.
TRIED = (
    ("天津市有社会组织41家", ("place", "120000", "places:area"), ("count", "41 = 家", "units:家")),
    ("记者从天津市民政局获悉", ("organization", "天津市民政局", "organization_suffixes:局")),
    ("去年开工", ("date", "2024", "date_words:去年")),
    ("他们访问了东京", ("place", "null", "foreign_places.tsv")),
    ("参加者不到3000人次", ("count", "3000 < 人次", "comparators.tsv")),
    ("百花齐放、百家争鸣", ("blocked", "100 = 家", "not_counts:百家争鸣")),
    ("壮族三月三歌圩", ("blocked", "2025-03", "not_dates:三月三")),
    ("一份三明治", ("blocked", "350400", "place_blocks:三明治")),
    ("说起袁世凯袁大家都有话讲遥", ("blocked", "，", "glyph_words:袁世凯")),
    ("据介绍，二业一事正在商量。", ("repair", "工", "ocr:二业")),
)  # fmt: skip


class _Seen(dict[str, tuple[Rule, ...]]):
    """Rules that note which files are asked for."""

    def __init__(self, rules: Mapping[str, tuple[Rule, ...]]) -> None:
        super().__init__(rules)
        self.files: set[str] = set()

    def __getitem__(self, file: str) -> tuple[Rule, ...]:
        self.files.add(file)
        return super().__getitem__(file)


def _shilu(*args: object, **how: str) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args], **how)  # type: ignore[arg-type]


def _without(book: Rulebook, *rules: Rule) -> Rulebook:
    gone = {id(r) for r in rules}
    less = {f: tuple(r for r in rows if id(r) not in gone) for f, rows in book.rules.items()}
    return replace(book, rules=less)


def _all(book: Rulebook) -> list[Rule]:
    return [r for rows in book.rules.values() for r in rows]


def test_pages_and_sentences_are_read_by_other_files() -> None:
    book = load_rules()
    areas = load_gazetteer(book.folder / "gb2260")
    pages, sentences = _Seen(book.rules), _Seen(book.rules)
    page_book, sentence_book = replace(book, rules=pages), replace(book, rules=sentences)
    compile_clean(page_book)
    compile_credits(page_book)  # of splitting: no example has several stories
    compile_tagger(sentence_book, None)
    compile_extractors(sentence_book, areas)
    compile_resolver(sentence_book, areas)
    assert pages.files == PAGE_FILES
    assert sentences.files == book.rules.keys() - PAGE_FILES


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_not_tried_again_reads_as_before(seed: int, rules_alone: Toolkit) -> None:
    book = rules_alone.rules
    chosen = random.Random(seed)
    gone = chosen.choice(book[chosen.choice(sorted(book.rules))])
    less = _without(book, gone)
    toolkit = compile_toolkit(less)
    kept = list(untouched(less, remember(book, "", _all(book))))
    assert kept
    some = chosen.sample(kept, min(2000, len(kept)))
    assert [r.where for r in some if outcome(r, toolkit) != outcome(r, rules_alone)] == []


def test_a_change_makes_the_rows_that_it_can_touch_be_tried(tmp_path: Path) -> None:
    book = load_rules()
    everything = {r.where for r in _all(book)}

    def tried(now: Rulebook, before: Rulebook = book) -> set[str]:
        known = {r.where for r in untouched(now, remember(before, "", _all(before)))}
        return everything - known

    assert tried(book) == set()
    nook = load_rules(own=own_folder(tmp_path, units=UNITS + NOOK))
    assert tried(nook) == {r.where for r in _all(book) if {*"旮旯"} & {*r.example, *r.expect}}
    (mark,) = book.named("glyph_words:袁世凯")
    assert {w.split("/")[1].split(".")[0] for w in tried(_without(book, mark))} == PAGE_FILES
    turned = {**book.rules, "units": book["units"][::-1]}
    pages = {r.where for r in _all(book) if r.file in PAGE_FILES}
    assert tried(replace(book, rules=turned)) == everything - pages
    relabelled = tuple(replace(r, fields={**r.fields, "han": "ten"}) for r in book["units"][:1])
    other = replace(book, rules={**book.rules, "units": (*relabelled, *book["units"][1:])})
    assert {r.where for r in _all(book) if "家" in r.example and r.file not in PAGE_FILES} <= tried(
        other
    )


def test_a_check_remembers_what_was_right(tmp_path: Path) -> None:
    memory = tmp_path / "deep" / "memory.json"
    own = own_folder(tmp_path, units=UNITS + NOOK.replace("3 = ", "4 = "))
    book = load_rules(own=own)
    first = check(book, ["units"], [memory])
    assert (first.tried, len(first.problems)) == (first.rows, 1)
    again = check(book, ["units"], [memory])  # what was wrong is tried until it is right
    assert (again.tried, again.problems) == (1, first.problems)
    mended = load_rules(own=own_folder(tmp_path, units=UNITS + NOOK))
    assert check(mended, ["units"], [memory]).problems == ()
    assert check(mended, ["units"], [memory]).tried == 0
    kept = json.loads(memory.read_text("utf-8"))
    memory.write_text(json.dumps({**kept, "program": "older"}))
    assert check(mended, ["units"], [memory]).tried == first.rows
    memory.write_text("{")
    assert check(mended, ["units"], [memory]).tried == first.rows
    assert isinstance(recall([memory], check.__module__), Memory | None)


def test_a_first_check_of_own_rules_begins_with_what_is_known_of_the_others(tmp_path: Path) -> None:
    alone, layered = tmp_path / "alone.json", tmp_path / "layered.json"
    check(load_rules(), ["units"], [alone])
    book = load_rules(own=own_folder(tmp_path, units=UNITS + NOOK))
    assert check(book, ["units"], [layered, alone]).tried == 1  # no other example has its signs
    assert check(book, ["units"], [layered, alone]).tried == 0
    assert check(load_rules(), ["units"], [alone]).tried == 0


def test_a_flood_of_bad_rows_is_cut_short(tmp_path: Path) -> None:
    rows = [
        NOOK.replace("旮旯", f"旮{c}").replace(" 3 = ", " 4 = ") for c in "甲乙丙丁戊己庚辛壬癸"
    ]
    wrong = "".join(r.replace("3 = ", "4 = ") for r in rows)
    more = wrong.replace("旮", "旯") + wrong.replace("旮", "旭")
    own = own_folder(tmp_path, units=UNITS + wrong + more)
    done = CliRunner().invoke(main, ["check-rules", "units", "--rules", str(own)])
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 21
    assert done.stderr.endswith("and 10 more, which may come from the same; mend these first\n")


def test_own_rows_that_change_nothing_are_noted(tmp_path: Path) -> None:
    idle = NOOK.replace("旮旯", "旭").replace("里有【3旭】\t3 = 旭", "里有旭和【3家】\t3 = 家")
    own = own_folder(tmp_path, units=UNITS + NOOK + idle)
    done = CliRunner().invoke(main, ["check-rules", "units", "--rules", str(own)])
    assert done.exit_code == 0
    (note,) = done.stderr.splitlines()
    assert note.startswith(f"note: {own}/units.tsv:3: its example is read the same without")


def test_a_check_of_some_files(tmp_path: Path) -> None:
    own = own_folder(tmp_path, units=UNITS + NOOK)
    done = _shilu("rules", "check", "--rules", own, own / "units.tsv", "plausible")
    rows = len(load_rules(own=own)["units"]) + len(load_rules()["plausible"])
    assert (done.exit_code, done.output) == (
        0,
        f"{rows} of {rows} rules do what their examples say\n",
    )
    again = _shilu("check-rules", "units.tsv", "--rules", own)
    assert re.search(r"^(\S+) of \1 rules .* \(\1 of them untouched since", again.output)
    assert "untouched" not in _shilu("rules", "check", "--all", "units.tsv", "--rules", own).output
    wrong = _shilu("rules", "check", "unit.tsv")
    assert (wrong.exit_code, "no rule file has this name" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(("sentence", "found"), [(s, found) for s, *found in TRIED])
def test_a_sentence_shows_what_is_found_and_by_which_row(
    sentence: str, found: list[tuple[str, str, str]], rules_alone: Toolkit
) -> None:
    tried = try_sentence(sentence, PUBLISHED, rules_alone)
    for kind, value, rule in found:
        (one, *_) = [f for f in tried.found if (f.kind, f.value) == (kind, value)]
        assert rule == one.rule or any(rule in row for row in one.rows), one


def test_try_prints_spans_values_and_rows(tmp_path: Path) -> None:
    own = own_folder(tmp_path, units=UNITS + NOOK)
    done = _shilu("rules", "try", "--no-model", "--rules", own, "县里有3旮旯", "无")
    shown = re.sub(r"confidence 0\.\d\d", "confidence 0.nn", done.output)
    assert shown.splitlines() == [
        "县里有3旮旯",
        "  count         县里有【3旮旯|3 = 旮旯】",
        f"    3旮旯: 3 = 旮旯  ← {own}/units.tsv:2",
        "  fact",
        "    3旮旯: 县里有 | 中国 100000 | no date (confidence 0.nn)  ← subject:predicate, story",
        "",
        "无",
        "  nothing is found",
    ]


def test_try_reads_stdin_and_writes_json() -> None:
    text = "天津市有41家\n\n今年有3间\n"
    done = _shilu("rules", "try", "--no-model", "--json", "--published", "2020-01-02", input=text)
    first, second = map(json.loads, done.output.splitlines())
    assert [f["kind"] for f in first["found"]] == ["place", "count", "fact"]
    dates = [f["value"] for f in second["found"] if f["kind"] == "date"]
    assert dates == ["2020"]
    assert second["found"][1]["rows"][0].startswith("rules/units.tsv:")


@pytest.mark.parametrize(
    ("given", "says"), [("\n", "no sentence"), ("\udcff3家\n", "not in UTF-8")]
)
def test_try_without_a_sentence(given: str, says: str) -> None:
    sentences = [given.strip()] if given.strip() else []
    done = _shilu("rules", "try", "--no-model", *sentences, input="\n")
    assert (done.exit_code, says in done.stderr) == (2, True)


def test_try_reads_with_the_model() -> None:
    done = _shilu("rules", "try", "记者从天津市民政局获悉，全市有社会组织41家。")
    assert "41家: 社会组织 | 天津市 120000 | no date" in done.output
