"""Write the site: a page for each story, the tables for the browser, and the overview."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from msgspec import Struct

from pipeline.errors import UsageError
from pipeline.gazetteer import load_gazetteer
from pipeline.read import MAX_BYTES
from pipeline.report.charts import bar_chart, column_chart
from pipeline.report.data import BrowserData, script
from pipeline.report.folder import MARK, site_errors, site_folder
from pipeline.report.marks import visible, visible_plain
from pipeline.report.raw import RawPage, open_raw, raw_page
from pipeline.report.reading import PageView, read_pages, read_rejects
from pipeline.report.story import story_html
from pipeline.report.totals import Totals, bars, by_month, by_province, by_unit, month_bar
from pipeline.report.words import Language, Words, load_words
from pipeline.rulebook import builtin_rules
from pipeline.runs.layout import Run, current_run, find_run
from pipeline.runs.load import reading

Progress = Callable[[int, int], None]
_REJECTS = 200  # that the overview lists
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
# Nothing but files of the site itself; no script and no style within a page; no text becomes code.
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class Result(Struct, frozen=True):
    """What a site holds: its folder, and how many; `missing` pages have no raw text any more."""

    folder: Path
    pages: int
    stories: int
    facts: int
    missing: int
    raw: Path


class _Site(Struct, frozen=True):
    """A site in the making."""

    folder: Path
    templates: jinja2.Environment
    words: Words

    def page(self, path: str, template: str, **content: Any) -> None:
        """Write the page `path`."""
        root = "../" * path.count("/")
        self.write(path, self.templates.get_template(template).render(root=root, **content))

    def write(self, path: str, text: str) -> None:
        """Write the file `path`."""
        with site_errors(self.folder / path):
            (self.folder / path).write_text(text, encoding="utf-8", newline="\n")


def write_report(
    out: Path,
    to: Path | None = None,
    raw: Path | None = None,
    language: Language = "zh",
    progress: Progress = lambda done, total: None,
) -> Result:
    """Write a site about the current run of `out` (or the run `out`) to the folder `to`.

    `to` is ``OUT/report`` if not given; `raw` the raw folder, where it is not that of the run.
    `progress` hears of pages done, of all. The same run gives the same files, byte for byte.
    Raises UsageError where there is no run, OutputError where the site cannot be written.
    """
    words = load_words(language)
    target = to or _beside_tables(out)
    with reading(out) as run, site_folder(target) as folder:
        site = _Site(folder, _environment(words), words)
        manifest = run.manifest
        source = raw or Path(manifest.get("input", {}).get("folder", "."))
        pages = open_raw(source, manifest.get("limit", MAX_BYTES))
        with site_errors(folder):
            for name in ("assets", "data", "stories"):
                (folder / name).mkdir()
        totals, data, missing = Totals(), BrowserData(), 0
        total = manifest.get("rows", {}).get("documents", 0)
        for page in read_pages(run):
            text = raw_page(pages, page.document)
            missing += text.missing is not None
            _write_stories(site, page, text)
            totals.add(page)
            for story in page.stories:
                data.add(page.document, story)
            progress(totals.pages, total)
        site.write("data/facts.js", script("facts", data.facts.columns()))
        site.write("data/stories.js", script("stories", data.stories.columns()))
        _write_overview(site, run, totals)
        for name in ("facts", "stories"):
            site.page(f"{name}.html", "table.html", here=name)
        _write_assets(site)
        site.write(MARK, json.dumps({"run": run.name, "shilu": manifest.get("shilu")}) + "\n")
    return Result(target, totals.pages, totals.stories, totals.facts, missing, source)


def _beside_tables(out: Path) -> Path:
    """Where the site of an output folder goes. The folder of a single run is never changed."""
    if current_run(out) is None:
        find_run(out)  # says so if there is none at all
        raise UsageError(f"{out} is a single run; give --to, the folder for its site")
    return out / "report"


def _environment(words: Words) -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def doubt(word: str) -> Markup:
        key = f"doubt-{word}"
        return words.t(key) if key in words.messages else visible(word)

    templates.globals |= {
        "csp": _CSP,
        "lang": words.language,
        "say": words.say,
        "t": words.t,
        "doubt": doubt,
        "visible": visible,
        "visible_plain": visible_plain,
        "here": "",
    }
    return templates


def _write_stories(site: _Site, page: PageView, raw: RawPage) -> None:
    for n, story in enumerate(page.stories):
        html = story_html(page, story, raw)
        site.page(
            f"stories/{_file_name(story.row.story_id)}.html",
            "story.html",
            document=page.document,
            row=story.row,
            facts=story.facts,
            title=html.title,
            lines=html.lines,
            raw=html.raw,
            before=html.before,
            after=html.after,
            repaired=html.repaired,
            raw_there=raw.missing is None,
            missing=raw.missing,
            previous=page.stories[n - 1].row if n else None,
            next=page.stories[n + 1].row if n + 1 < len(page.stories) else None,
        )


def _write_overview(site: _Site, run: Run, totals: Totals) -> None:
    gazetteer = load_gazetteer(builtin_rules() / "gb2260")
    rejected = sum(run.manifest.get("rejects", {}).values())
    province = bars(by_province(totals.areas, gazetteer), "place")
    unit = bars(by_unit(totals.units), "unit")
    month = [month_bar(*row) for row in by_month(totals.months)]
    rows = {"province": province, "unit": unit, "month": month}
    site.page(
        "index.html",
        "index.html",
        here="index",
        about=_about(run),
        totals=totals,
        rejected=rejected,
        rejects=read_rejects(run, _REJECTS) if rejected else [],
        drawn={
            name: (column_chart if name == "month" else bar_chart)(found) if found else ""
            for name, found in rows.items()
        },
        left={name: totals.facts - sum(b.number for b in found) for name, found in rows.items()},
        **rows,
    )


def _about(run: Run) -> list[tuple[str, str]]:
    """Which run it was, and how it was made: messages with what stands behind them."""
    made = run.manifest
    rows = {
        "run": run.name,
        "made": made.get("started"),
        "program": f"Shilu {made['shilu']}" if "shilu" in made else None,
        "rules": made.get("rules", "")[:8],
    }
    return [*((key, value) for key, value in rows.items() if value), ("model", made.get("model"))]


def _write_assets(site: _Site) -> None:
    for file in sorted(files("pipeline.report").joinpath("assets").iterdir(), key=lambda f: f.name):
        site.write(f"assets/{file.name}", file.read_text("utf-8"))
    site.write("assets/messages.js", script("words", site.words.content()))


def _file_name(story_id: str) -> str:
    """The id, which names a file. Those of our tables always can."""
    if not _FILE_NAME.fullmatch(story_id):
        raise ValueError(f"story_id {story_id!r} cannot name a file")
    return story_id
