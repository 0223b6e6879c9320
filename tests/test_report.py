"""The site about a run: what is written, where, and that nothing in it can do harm."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from pipeline.cli import main
from pipeline.errors import OutputError, UsageError
from pipeline.records import Page, PageResult
from pipeline.report import write_report
from pipeline.report.charts import bar_chart, column_chart
from pipeline.report.data import script
from pipeline.report.folder import MARK, site_folder
from pipeline.report.raw import RawPage
from pipeline.report.reading import read_pages
from pipeline.report.story import AROUND, story_html
from pipeline.report.totals import Bar, by_month
from pipeline.report.words import load_words
from pipeline.resolve.plausibility import DOUBTS
from pipeline.run import run
from pipeline.runs.layout import find_run
from tests.support.report import HtmlReader, make_run, many_facts, read_all
from tests.support.runs import QuickRecipe, page_text

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipeline" / "report"
NASTY = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;<!--]]>\n"
    "javascript:alert(3)\u2028\u2029\u202e\u2066\0\x1b]0;x\x07\ufeff{{ 7*7 }}{% raw %}${x}`\r\n"
    "广东省民政厅2025年6月19日称，有41家<b onclick=alert(4)>组织，有7万名\u202e员工\"'"
    " autofocus，\n"
)


def _shilu(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


def _files(site: Path) -> dict[str, bytes]:
    return {str(p.relative_to(site)): p.read_bytes() for p in site.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nasty")
    raw, out = make_run(folder, {"<img src=x onerror=alert(5)>.txt": NASTY, "b.txt": NASTY * 3})
    return write_report(out, raw=raw).folder


# What is written.


def test_two_reports_of_a_run_are_the_same_bytes(tmp_path: Path) -> None:
    raw, out = make_run(tmp_path, many_facts(5, 12))
    first = _files(write_report(out, raw=raw).folder)
    assert _files(write_report(out, raw=raw).folder) == first
    elsewhere = write_report(out, tmp_path / "else" / "where", raw).folder
    assert _files(elsewhere) == first
    assert sorted(p.name for p in out.iterdir() if "report" in p.name) == ["report"]


def test_a_story_shows_facts_words_and_raw_page(tmp_path: Path) -> None:
    raw, out = make_run(tmp_path, many_facts(1, 3))
    site = write_report(out, raw=raw).folder
    (path,) = (site / "stories").iterdir()
    page = HtmlReader(path.read_text("utf-8"))
    ids = {a["id"] for _, a in page.tags if "id" in a}
    for key in ("f001", "f002", "f003"):
        assert {key, f"t-{key}", f"r-{key}"} <= ids
    links = {a["href"] for tag, a in page.tags if tag == "a" and str(a.get("href")).startswith("#")}
    assert links <= {f"#{i}" for i in ids}
    classes = {c for _, a in page.tags for c in str(a.get("class", "")).split()}
    assert {"o", "p", "d", "c", "q"} <= classes


@pytest.mark.parametrize("change", ["gone", "changed", "no folder"])
def test_a_raw_page_that_is_not_what_it_was_is_not_shown(tmp_path: Path, change: str) -> None:
    raw, out = make_run(tmp_path, {"a.txt": page_text(41), "b.txt": page_text(7)})
    if change == "gone":
        (raw / "a.txt").unlink()
    elif change == "no folder":
        raw.rename(tmp_path / "moved")
    else:
        (raw / "a.txt").write_text("前面多了字" + page_text(41), encoding="utf-8")
    made = write_report(out, raw=raw)
    assert made.missing == (2 if change == "no folder" else 1)
    said = "changed" if change == "changed" else "gone"
    texts = [p.read_text("utf-8") for p in (made.folder / "stories").iterdir()]
    marked_pages = [t for t in texts if f'data-t="raw-{said}"' in t]
    assert len(marked_pages) == made.missing
    for text in marked_pages:
        assert 'id="r-f001"' not in text
        assert "前面多了字" not in text


def test_of_a_long_raw_page_the_part_of_the_story_is_shown(tmp_path: Path) -> None:
    pages = {"a.txt": page_text(41) + "长" * 20_000}
    _, out = make_run(tmp_path, pages)
    (page,) = read_pages(find_run(out))
    story = replace(page.stories[0], row=replace(page.stories[0].row, raw_start=3, raw_end=50))
    html = story_html(page, story, RawPage(pages["a.txt"]))
    assert (html.before, html.after) == (0, len(pages["a.txt"]) - 50 - AROUND)
    assert 'id="r-f001"' in html.raw


def test_a_run_of_the_program_can_be_shown(tmp_path: Path) -> None:
    done = _shilu("extract", ROOT / "data" / "raw", "--out", tmp_path, "--no-model", "--quiet")
    assert done.exit_code == 0
    done = _shilu("report", tmp_path)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("2 pages, 8 stories, ")
    assert done.output.rstrip().endswith("report/index.html")
    for path in (tmp_path / "report").rglob("*.html"):
        HtmlReader(path.read_text("utf-8"))
    overview = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert overview.count("<svg") == 3


def test_a_run_without_pages_or_facts_can_be_shown(tmp_path: Path) -> None:
    raw, out = make_run(tmp_path, {})
    assert write_report(out, raw=raw).pages == 0
    raw, out = make_run(tmp_path / "b", {"a.txt": "没有数字的一页，说的都是别的事情。\n"})
    made = write_report(out, raw=raw)
    assert (made.stories, made.facts) == (1, 0)


def test_rejects_are_listed(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_text(page_text(3), encoding="utf-8")
    (tmp_path / "raw" / "<b>.txt").write_text(" \n")
    run(tmp_path / "raw", tmp_path / "out", QuickRecipe())
    site = write_report(tmp_path / "out").folder
    text = (site / "index.html").read_text("utf-8")
    assert "&lt;b&gt;.txt" in text
    assert "<b>.txt" not in text


# Nothing in it can do harm.


def test_hostile_texts_become_no_code(nasty: Path) -> None:
    pages = sorted(nasty.rglob("*.html"))
    assert len(pages) == 5
    for path in pages:
        text = path.read_text("utf-8")
        page = HtmlReader(text)
        scripts = [a for tag, a in page.tags if tag == "script"]
        assert all(set(a) == {"src", "defer"} for a in scripts)
        assert not [a for _, a in page.tags if any(n.startswith("on") or n == "style" for n in a)]
        assert not [tag for tag, _ in page.tags if tag in {"img", "iframe", "object", "style"}]
        hrefs = [str(a["href"]) for _, a in page.tags if "href" in a]
        assert not [h for h in hrefs if re.match(r"[a-z]+:|//", h)]
        assert not set(text) & set("\0\x1b\u202e\u2066\u2028\u2029\ufeff")
        (policy,) = (str(a["content"]) for _, a in page.tags if "http-equiv" in a)
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy


def test_data_cannot_end_its_script(nasty: Path) -> None:
    for path in nasty.glob("data/*.js"):
        text = path.read_text("utf-8")
        assert not set(text) & set("<>&\u2028\u2029\u202e\0")
        found = re.fullmatch(r"window\.shilu=[^;]+;window\.shilu\.\w+=(.*);\n", text)
        assert found
        assert json.loads(found[1])
    assert script("x", ["</script>\u2028"]).count("</") == 0
    with pytest.raises(ValueError, match="JSON"):
        script("x", [float("nan")])


def test_a_story_cannot_write_elsewhere(tmp_path: Path) -> None:
    def renamed(page: Page) -> PageResult:
        result = read_all(page)
        story = replace(result.stories[0].story, story_id="../../evil")
        return replace(result, stories=(replace(result.stories[0], story=story),))

    _, out = make_run(tmp_path, {"a.txt": page_text(1)}, renamed)
    with pytest.raises(ValueError, match="cannot name a file"):
        write_report(out)
    assert not (out / "report").exists()


# Charts and words.


def test_charts_fit_the_policy() -> None:
    hostile = '</text><script>"&\u202e xlink:href="https://report.invalid/'
    bars = [Bar(hostile, 3, "facts.html#place=a"), Bar("天津市", 1234567, "facts.html#place=b")]
    for drawn in (bar_chart(bars), column_chart(bars), column_chart(bars * 20)):
        page = HtmlReader(drawn)
        assert not [a for _, a in page.tags if "style" in a]
        assert {tag for tag, _ in page.tags} <= {"svg", "g", "path", "text", "a", "line", "title"}
        links = [a["xlink:href"] for tag, a in page.tags if tag == "a"]
        assert set(links) == {"facts.html#place=a", "facts.html#place=b"}
    assert "1,234,567" in bar_chart(bars)


@pytest.mark.parametrize(
    ("months", "shown"),
    [
        ({}, []),
        ({"": 4}, []),
        ({"2025-01": 2, "": 9}, [("2025-01", 2)]),
        ({"2024-12": 1, "2025-02": 2}, [("2024-12", 1), ("2025-01", 0), ("2025-02", 2)]),
        ({"1978-12": 1, "2025-02": 2, "9999-12": 1}, [("2025-02", 2)]),
    ],
)
def test_months_in_a_row(months: Mapping[str, int], shown: list[tuple[str, int]]) -> None:
    assert by_month(months) == shown


def test_words_are_all_there() -> None:
    words = load_words("zh")
    assert {f"doubt-{d}" for d in DOUBTS} <= set(words.messages)
    used = set()
    for path in (*PACKAGE.glob("templates/*.html"), *PACKAGE.glob("assets/*.js")):
        used |= set(re.findall(r"""\b(?:t|say)\(['"]([a-z-]+)['"][,)]""", path.read_text("utf-8")))
    assert used <= set(words.messages)
    assert len(used) > 40


# Where it is written.


def test_only_an_earlier_report_is_replaced(tmp_path: Path) -> None:
    _, out = make_run(tmp_path, {"a.txt": page_text(1)})
    (out / "report").mkdir()
    write_report(out)  # an empty folder is nobody's
    (out / "report" / "stories" / "old.html").write_text("")
    write_report(out)
    assert not (out / "report" / "stories" / "old.html").exists()
    (out / "report" / MARK).unlink()
    done = _shilu("report", out)
    assert (done.exit_code, "is in the way" in done.stderr) == (74, True)
    (tmp_path / "file").write_text("mine")
    assert _shilu("report", out, "--to", tmp_path / "file").exit_code == 74
    assert (tmp_path / "file").read_text() == "mine"
    assert _shilu("report", out, "--to", out).exit_code == 74


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    _, out = make_run(tmp_path, {"a.txt": page_text(1)})
    (tmp_path / "www").mkdir()
    (out / "report").symlink_to(tmp_path / "www")
    for _ in range(2):
        write_report(out)
        assert (out / "report").is_symlink()
        assert (tmp_path / "www" / MARK).is_file()


def test_a_report_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    _, out = make_run(tmp_path, {"a.txt": page_text(1)})
    site = write_report(out).folder
    before = _files(site)
    with pytest.raises(RuntimeError), site_folder(site) as folder:
        (folder / "index.html").write_text("half")
        raise RuntimeError
    assert _files(site) == before
    assert [p.name for p in out.iterdir() if p.name.startswith(".report")] == []


def test_a_swap_that_fails_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out = make_run(tmp_path, {"a.txt": page_text(1)})
    site = write_report(out).folder
    rename = Path.rename

    def fails(path: Path, to: Path) -> Path:
        if path.name.startswith(".report-new"):
            raise PermissionError(1, "no")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OutputError, match="--to"):
        write_report(out)
    assert (site / MARK).is_file()


def test_errors_name_the_cure(tmp_path: Path) -> None:
    done = _shilu("report", tmp_path)
    assert (done.exit_code, "no tables there" in done.stderr) == (2, True)
    raw, out = make_run(tmp_path, {"a.txt": page_text(1)})
    (tmp_path / "file").write_text("")
    assert _shilu("report", out, "--to", tmp_path / "file" / "site").exit_code == 74
    with pytest.raises(UsageError, match="--to"):
        write_report(out / ".runs" / "000001")
    done = _shilu("report", out / ".runs" / "000001", "--to", tmp_path / "site", "--raw", raw)
    assert done.exit_code == 0
    done = _shilu("report", out, "--raw", tmp_path / "nowhere", "--quiet")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 raw page missing or changed" in done.stderr
    assert "--raw" in done.stderr


def test_without_its_libraries_the_cure_is_said(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['vl_convert'] = None\n"
        f"from pipeline.cli import main; main(['report', {str(tmp_path)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert "pip install 'shilu[report]'" in done.stderr


def test_a_wheel_carries_templates_and_assets(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT)
    (wheel,) = tmp_path.glob("shilu-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    here = [p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert {p.relative_to(ROOT).as_posix() for p in here} <= names
