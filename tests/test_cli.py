"""The command as a user, cron and a packager meet it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
import zipfile
from pathlib import Path
from subprocess import PIPE

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from pipeline import __version__
from pipeline.cli import main
from pipeline.runs.layout import write_lock
from tests.support.rules import add_unit, copy_rules
from tests.support.runs import QuickRecipe, page_text

ROOT = Path(__file__).parents[1]
TEXT = (
    "天津规范社会组织\n记者从天津市民政局了解到，天津市现有应急救援类社会组织41家。\n"
    "（据《天津日报》）\n"
)


def _shilu(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "2025-06-25_A01.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_all_pages_done(raw: Path, out: Path) -> None:
    done = _shilu("extract", raw, "--out", out)
    assert done.exit_code == 0, done.output
    assert "1 page, " in done.output
    assert str(out) in done.output
    assert list(pd.read_parquet(out / "documents").path) == ["2025-06-25_A01.txt"]
    facts = pd.read_parquet(out / "facts")
    assert list(zip(facts.value, facts.unit, strict=True)) == [(41, "家")]


def test_bad_pages_never_stop_the_others(raw: Path, out: Path) -> None:
    (raw / "bad.txt").write_bytes(b"%PDF-1.4")
    (raw / "blank.txt").write_text(" \n")
    (raw / "metadata.csv").write_text("path,published\nbad.txt,yesterday\n")
    done = _shilu("extract", raw, "--out", out)
    assert done.exit_code == 1
    rejects = pd.read_parquet(out / "rejects")
    assert list(zip(rejects.path, rejects.reason, strict=True)) == [
        ("metadata.csv:2", "bad-metadata"),
        ("bad.txt", "binary"),
        ("blank.txt", "empty"),
    ]
    assert len(pd.read_parquet(out / "stories")) == 1
    assert "extract the text first" in done.stderr


def test_a_fault_on_one_page_is_a_reject(
    raw: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.recipe.Recipe", QuickRecipe)
    (raw / "other.txt").write_text(page_text(7, "FAIL"), encoding="utf-8")
    done = _shilu("extract", raw, "--out", out)
    assert done.exit_code == 1
    rejects = pd.read_parquet(out / "rejects")
    assert list(rejects.reason) == ["failed"]
    assert "ZeroDivisionError" in rejects.detail[0]
    assert len(pd.read_parquet(out / "documents")) == 1


def test_quiet_says_nothing_but_rejects(raw: Path, out: Path) -> None:
    done = _shilu("extract", raw, "--out", out, "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    (raw / "blank.txt").write_text(" \n")
    done = _shilu("extract", raw, "--out", out, "--quiet")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "blank.txt" in done.stderr


@pytest.mark.parametrize("content", ["", "file,date\n"])
def test_bad_input_writes_nothing(raw: Path, out: Path, content: str) -> None:
    (raw / "metadata.csv").write_text(content)
    done = _shilu("extract", raw, "--out", out)
    assert done.exit_code == 2
    assert "metadata.csv:1" in done.stderr
    assert not out.exists()


def test_no_folder_no_pages(tmp_path: Path, out: Path) -> None:
    assert _shilu("extract", tmp_path / "nowhere", "--out", out).exit_code == 2
    (tmp_path / "empty").mkdir()
    assert _shilu("extract", tmp_path / "empty", "--out", out).exit_code == 2
    assert _shilu("extract", tmp_path).exit_code == 2
    assert not out.exists()


def test_bad_rules_write_nothing(raw: Path, out: Path, tmp_path: Path) -> None:
    rules = copy_rules(tmp_path)
    add_unit(rules, "粒", "种下【3粒】", "3 = 粒", kind="nonsense")
    done = _shilu("extract", raw, "--out", out, "--rules", rules)
    assert done.exit_code == 2
    assert "rules/units.tsv:" in done.stderr
    assert not out.exists()


def test_the_rules_alone_are_said_to_be_alone(raw: Path, out: Path) -> None:
    done = _shilu("extract", raw, "--out", out)
    assert "rules alone" not in done.output
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["model"].startswith("shilu_zh-")
    done = _shilu("extract", raw, "--out", out, "--no-model")
    assert done.exit_code == 0
    assert "1 fact by the rules alone in" in done.output
    assert json.loads((out / "manifest.json").read_text("utf-8"))["model"] is None
    assert list(pd.read_parquet(out / "facts").value) == [41]


def test_a_wrong_model_writes_nothing(raw: Path, out: Path, tmp_path: Path) -> None:
    done = _shilu("extract", raw, "--out", out, "--model", tmp_path / "none")
    assert done.exit_code == 2
    assert "no language model there" in done.output
    assert "--no-model" in done.output
    assert not out.exists()
    both = _shilu("extract", raw, "--out", out, "--model", tmp_path, "--no-model")
    assert both.exit_code == 2
    assert "leave one out" in both.output


def test_output_that_cannot_be_written(raw: Path, out: Path) -> None:
    out.write_text("a file")
    done = _shilu("extract", raw, "--out", out)
    assert done.exit_code == 74
    assert "--out" in done.stderr


def test_another_run(raw: Path, out: Path) -> None:
    with write_lock(out, wait=False):
        assert _shilu("extract", raw, "--out", out).exit_code == 75


def test_a_fault_of_the_program_is_not_taken_for_rejects(
    raw: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pipeline.run.make_plan", fails)
    assert _shilu("extract", raw, "--out", out).exit_code == 70


def test_status_says_what_would_be_done(raw: Path, out: Path) -> None:
    done = _shilu("status", raw, "--out", out)
    assert (done.exit_code, "no tables yet" in done.output) == (0, True)
    assert "would read 1 page:\n  1 new: 2025-06-25_A01.txt" in done.output
    assert not out.exists()
    assert _shilu("extract", raw, "--out", out, "--no-model").exit_code == 0
    done = _shilu("status", raw, "--out", out, "--no-model")
    assert "Nothing to do" in done.output
    done = _shilu("status", raw, "--out", out)
    assert "1 because the model changed: 2025-06-25_A01.txt" in done.output
    (raw / "2025-06-25_A01.txt").rename(raw / "b.txt")
    done = _shilu("status", raw, "--out", out, "--no-model", "--json")
    state = json.loads(done.output)
    assert (state["run"], state["busy"], state["done"]) == ("000001", False, False)
    assert state["pages"] == {"new": 1, "gone": 1}
    assert state["examples"] == {"new": ["b.txt"], "gone": ["2025-06-25_A01.txt"]}


def test_runs_and_diff(raw: Path, out: Path, tmp_path: Path) -> None:
    assert _shilu("runs", out).exit_code == 2
    assert _shilu("extract", raw, "--out", out, "--no-model").exit_code == 0
    path = raw / "2025-06-25_A01.txt"
    path.write_text(TEXT.replace("41", "43"), encoding="utf-8")
    assert _shilu("extract", raw, "--out", out, "--no-model").exit_code == 0
    first, second = _shilu("runs", out).output.splitlines()
    assert first.startswith("  run 000001 of 20")
    assert second.startswith("* run 000002 of 20")
    changes = tmp_path / "changes.parquet"
    done = _shilu("diff", out / ".runs" / "000001", out, "--out", changes)
    assert done.exit_code == 0
    assert "(value: 41 → 43)" in done.output
    assert list(pd.read_parquet(changes).value) == [43]
    assert _shilu("diff", out, tmp_path / "nowhere").exit_code == 2
    done = _shilu("diff", out, out, "--out", tmp_path / "no" / "folder.parquet")
    assert (done.exit_code, "cannot be written" in done.stderr) == (74, True)


def test_the_log_as_json_lines(raw: Path, out: Path) -> None:
    (raw / "blank.txt").write_text(" \n")
    done = _shilu("extract", raw, "--out", out, "--no-model", "--log-format", "json")
    assert (done.exit_code, done.stdout) == (1, "")
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [e["event"] for e in events] == ["planned", "reject", "chunk", "published", "done"]
    assert events[0]["pages"] == {"new": 2}
    assert (events[1]["path"], events[1]["reason"]) == ("blank.txt", "empty")
    assert events[4]["rows"]["facts"] == 1
    assert {"time", "level"} <= set(events[0])


def test_the_summary_tells_what_is_new(raw: Path, out: Path) -> None:
    assert _shilu("extract", raw, "--out", out, "--no-model").exit_code == 0
    done = _shilu("extract", raw, "--out", out, "--no-model")
    assert "1 page, " in done.output
    assert "\n  1 unchanged\n" in done.output


def test_a_terminal_shows_how_far_the_run_is(raw: Path, out: Path) -> None:
    for n in range(150):
        (raw / f"{n:03d}.txt").write_text(page_text(n), encoding="utf-8")
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    args = ("-m", "tests.support.quick", "extract", str(raw), "--out", str(out))
    with subprocess.Popen([sys.executable, *args], cwd=ROOT, stdout=PIPE, stderr=child) as process:
        process.communicate(timeout=60)
    os.close(child)
    shown = os.read(parent, 100_000).decode()
    os.close(parent)
    assert re.search(r"\d+%\|.*\| \d+/151 \[.*page/s\]", shown), shown


def test_check_rules(tmp_path: Path) -> None:
    rules = copy_rules(tmp_path)
    add_unit(rules, "旮旯", "院里有【3旮旯】", "4 = 旮旯")
    done = _shilu("check-rules", "--rules", rules)
    assert done.exit_code == 2
    assert "3 = 旮旯" in done.stderr
    assert "4 = 旮旯" in done.stderr


def test_eval(gold: Path, out: Path) -> None:
    assert _shilu("extract", gold / "seeds", "--out", out, "--quiet").exit_code == 0
    done = _shilu("eval", out, gold / "seeds", "--errors", "1")
    assert done.exit_code == 0
    assert "facts_core" in done.output
    assert _shilu("eval", out / "nowhere", gold / "seeds").exit_code == 2
    assert _shilu("eval", out, out).exit_code == 2


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ('{"doc": "b.txt", "stories": []}', "made from other pages"),
        ('{"doc": "2025-06-25_A01.txt", "stories": [{"title": "a"}]}', "story 1 has no text"),
        (
            '{"doc": "a", "stories": [{"title": "", "text": "", "facts": [{"value": 1}]}]}',
            "story 1, facts 1 has no subject; add a list",
        ),
        (
            '{"doc": "a", "stories": [{"title": "", "text": "", "counts": [{"value": "1"}]}]}',
            "story 1, counts 1 has value '1'; write a number",
        ),
        ('{"stories": [{"title": "", "text": 5}]}', "story 1 has text 5; write a text"),
        ('{"stories": {}}', "stories is no list"),
        ('{"stories": [1]}', "story 1 is no object"),
        ('{\n"stories": [\n}', "gold.json:3: not JSON: expecting value"),
    ],
)
def test_eval_of_a_gold_page_that_cannot_be_used(
    raw: Path, out: Path, tmp_path: Path, truth: str, message: str
) -> None:
    assert _shilu("extract", raw, "--out", out, "--quiet").exit_code == 0
    (tmp_path / "gold.json").write_text(truth, encoding="utf-8")
    done = _shilu("eval", out, tmp_path)
    assert done.exit_code == 2
    assert message in done.stderr


def test_eval_of_pages_of_ones_own(raw: Path, tmp_path: Path) -> None:
    assert "--draft write NAME.json" in _shilu("eval", raw).stderr
    assert _shilu("eval", tmp_path / "nowhere").exit_code == 2
    done = _shilu("eval", raw, "--draft", "--no-model")
    assert (done.exit_code, "1 draft written" in done.output) == (0, True)
    (truth,) = raw.glob("*.json")
    gold = json.loads(truth.read_text("utf-8"))
    assert gold["stories"][0]["counts"] == [
        {"text": "41家", "value": 41, "value_max": None, "comparator": "=", "unit": "家"}
    ]
    assert gold["stories"][0]["facts"][0]["adcode"] == ["120000"]
    done = _shilu("eval", raw, "--no-model", "--errors", "3")
    assert done.exit_code == 0
    assert "facts                f1 1.000" in done.output
    assert "errors" not in done.output
    # A person corrects it: one fact is missing, and its subject is not in a list.
    gold["stories"][0]["facts"].append(
        {"value": 3, "unit": "家", "subject": "商店", "adcode": None, "date": None}
    )
    truth.write_text(json.dumps(gold), encoding="utf-8")
    done = _shilu("eval", raw, "--no-model", "--errors", "3")
    assert "facts: 1 errors\n  2025-06-25_A01.txt - 3 - 家 商店" in done.output
    again = _shilu("eval", raw, "--draft", "--no-model")
    assert "0 drafts written" in again.output
    assert json.loads(truth.read_text("utf-8")) == gold
    (raw / "b.json").write_text('{"stories": []}')
    done = _shilu("eval", raw, "--no-model")
    assert (done.exit_code, "truth about pages that were not read: b.txt" in done.stderr) == (
        2,
        True,
    )


def test_a_word_twice_is_said(tmp_path: Path) -> None:
    rules = copy_rules(tmp_path)
    add_unit(rules, "家", "有企业【3家】", "3 = 家")
    done = _shilu("check-rules", "--rules", rules)
    assert done.exit_code == 2
    assert "家 stands already in line 2" in done.stderr


def test_version_and_help() -> None:
    assert _shilu("--version").output == f"shilu, version {__version__}\n"
    for command in ((), *((name,) for name in main.commands)):
        done = _shilu(*command, "--help")
        assert done.exit_code == 0
    assert "75  another run" in _shilu("extract", "-h").output


def test_help_is_quick() -> None:
    heavy = ["pandas", "pyarrow", "ahocorasick_rs", "tqdm", "rapidfuzz"]
    code = f"import sys, pipeline.cli; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "pipeline", "--help"], check=True, cwd=ROOT)
    assert time.perf_counter() - started < 2  # a loaded machine; 0.1 s on an idle one


def test_a_closed_pipe_is_no_fault(gold: Path, out: Path) -> None:
    _shilu("extract", gold / "seeds", "--out", out, "--quiet")
    command = f"{sys.executable} -m pipeline eval {out} {gold}/seeds --errors 99 | head -1"
    run = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert "fault" not in run.stderr


def test_a_wheel_carries_the_rules(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT)
    (wheel,) = tmp_path.glob("shilu-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    here = {p.relative_to(ROOT).as_posix() for p in (ROOT / "rules").rglob("*") if p.is_file()}
    assert {f"pipeline/{name}" for name in here} <= set(names)
    assert "pipeline/models/shilu_zh/config.cfg" in names
    assert not [n for n in names if n.startswith("tests")]


def test_a_folder_without_a_name_is_not_this_one(raw: Path) -> None:
    for args in (("extract", raw, "--out", ""), ("extract", "", "--out", raw), ("report", "")):
        done = _shilu(*args)
        assert (done.exit_code, "the name of the folder is empty" in done.stderr) == (2, True)


@pytest.mark.parametrize("option", ["--page-seconds", "--page-limit"])
@pytest.mark.parametrize("value", ["inf", "nan", "0", "-1", "x"])
def test_limits_are_finite_numbers(raw: Path, out: Path, option: str, value: str) -> None:
    done = _shilu("extract", raw, "--out", out, option, value)
    assert (done.exit_code, option in done.stderr) == (2, True)
