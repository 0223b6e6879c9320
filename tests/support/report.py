"""Runs for the tests of reports: of many facts, of hostile texts; and a browser to look at them.

Mentions are not found but given, so that a test can put them where it likes.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.offsets import TracedText
from pipeline.records import (
    CleanPage,
    Count,
    Date,
    Fact,
    Mentions,
    Organization,
    Page,
    PageResult,
    Place,
    Story,
    StoryResult,
)
from pipeline.tables import page_rows, to_tables
from tests.support.runs import read_page, write_pages, write_tables

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext
    from playwright.sync_api import Page as Tab

CHUNK = 500  # pages
_COUNT = re.compile(r"([\d.]+)(万?)([家名份个%])")
_PROVINCES = {"广东省": "440000", "湖南省": "430000", "天津市": "120000", "四川省": "510000"}
_PLACE = re.compile("|".join(_PROVINCES))
_ORG = re.compile("(?:广东省|湖南省|天津市|四川省)民政厅")
_DATE = re.compile(r"(20\d\d)年(\d+)月(\d+)日")
Reader = Callable[[Page], PageResult]


def read_all(page: Page, title: str = "") -> PageResult:
    """The page as one story, whose mentions are those of the patterns above; all counts are facts.

    A fact is about what stands between the count and the next stop, and about the last place,
    date and organization before it. Titles and subjects are as hostile as the page.
    """
    text = TracedText.identity(page.text)
    lead = title or page.text.partition("\n")[0]
    story_id = f"{page.doc_id}-01"
    story = Story(
        *(story_id, page.doc_id, 1, TracedText(lead, text.slice(0, len(lead)).segments), text),
        *(lead[:20], 0, len(page.text)),
    )
    found = Mentions(
        tuple(_counts(page.text)),
        tuple(_dates(page.text)),
        tuple(
            Place("text", *m.span(), m[0], "t", 0.9, m[0], _PROVINCES[m[0]], "province")
            for m in _PLACE.finditer(page.text)
        ),
        tuple(
            Organization("text", *m.span(), m[0], "t", 0.9, m[0], "government", None)
            for m in _ORG.finditer(page.text)
        ),
    )
    facts = tuple(_fact(story_id, page.text, n, c, found) for n, c in enumerate(found.counts, 1))
    return PageResult(CleanPage(page, text, (), ()), (StoryResult(story, found, facts),))


def _counts(text: str) -> Iterator[Count]:
    for m in _COUNT.finditer(text):
        value = float(m[1].strip(".") or 0) * (10_000 if m[2] else 1)
        yield Count("text", *m.span(), m[0], "units:t", 1.0, value, None, "=", m[3])


def _dates(text: str) -> Iterator[Date]:
    for m in _DATE.finditer(text):
        day = dt.date(int(m[1]), int(m[2]), int(m[3]))
        yield Date("text", *m.span(), m[0], "t", 1.0, day.isoformat(), "date", day, day, False)


def _fact(story_id: str, text: str, n: int, count: Count, found: Mentions) -> Fact:
    subject, stop, _ = text[count.end :].partition("，")
    start = text.rfind("，", 0, count.start) + 1
    quote = text[start : count.end + len(subject) if stop else len(text)]
    place = next((p for p in reversed(found.places) if p.end <= count.start), None)
    org = next((o for o in reversed(found.organizations) if o.end <= count.start), None)
    day = next((d for d in reversed(found.dates) if d.end <= count.start), None)
    return Fact(
        fact_id=f"{story_id}-f{n:03d}",
        count=count,
        subject=subject.strip(),
        place=place.name if place else None,
        adcode=place.adcode if place else None,
        org=org.name if org else None,
        date=day.edtf if day else None,
        date_start=day.date_start if day else None,
        date_end=day.date_end if day else None,
        quote=quote,
        statement=f"{subject} {count.text}",
        rule="subject:right",
        confidence=(n % 20 + 1) / 20,
        place_rule=f"place:{place.text}" if place else "story",
        date_rule=f"date:{day.text}" if day else None,
        subject_confidence=0.5,
        doubt="too-large" if n % 10 == 0 else "",
    )


def make_run(
    folder: Path, pages: Mapping[str, str], reader: Reader = read_all
) -> tuple[Path, Path]:
    """Raw pages in ``folder/raw`` and a run of them in ``folder/out``: both folders."""
    raw = write_pages(folder / "raw", pages)
    results = []
    for path in sorted(pages):
        page = read_page(raw, path)
        assert isinstance(page, Page), page
        results.append(page_rows(reader(page)))
    chunks = [to_tables(results[n : n + CHUNK]) for n in range(0, len(results), CHUNK)]
    write_tables(folder / "out", *chunks)
    return raw, folder / "out"


def many_facts(pages: int, facts: int) -> dict[str, str]:
    """Pages with so many facts each."""
    places, units = tuple(_PROVINCES), "家名份个%"
    made = {}
    for p in range(pages):
        place = places[p % 4]
        day = f"{2000 + p % 25}年{p % 12 + 1}月{p % 28 + 1}日"
        head = f"{place}第{p}次通报\n{place}民政厅{day}消息，"
        body = "".join(
            f"有{(p * facts + n) * 37 % 99_991}{units[n % 5]}第{n}类社会组织{(p + n) % 97}号，"
            for n in range(facts)
        )
        made[f"{p:05d}.txt"] = f"{head}{body}\n"
    return made


class HtmlReader(HTMLParser):
    """The text of a page, its elements and attributes; and whether they nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(str(html))  # of Markup even slices are Markup
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not (tag == "a" and "a" in self.open), "a link within a link"
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def chromium() -> str | None:
    """The browser's program, where there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def browser(program: str) -> Iterator[BrowserContext]:
    """A browser with empty settings, which asks nothing of the network."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)

    quiet = (
        *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--disable-dev-shm-usage", "--disable-extensions"),
    )
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=list(quiet), timeout=120_000)
        context = started.new_context(locale="zh-CN")
        context.set_default_timeout(60_000)
        yield context
        context.close()
        started.close()


class Watch:
    """What a page does that it should not: errors, and requests that leave its site."""

    def __init__(self, tab: Tab, site: Path) -> None:
        self.problems: list[str] = []
        home = site.resolve().as_uri()
        tab.on("console", lambda m: self.problems.append(f"console: {m.text}"))
        tab.on("pageerror", lambda e: self.problems.append(f"error: {e}"))
        tab.on("dialog", lambda d: self.problems.append(f"dialog: {d.message}"))
        tab.on(
            "request",
            lambda r: None if r.url.startswith(home) else self.problems.append(f"to {r.url}"),
        )
