"""Runs for tests: quick to make, and with pages that do harm on demand.

`QuickRecipe` reads a page as one story, in which each ``<number>家`` is a count and a fact. Some
words in a page make it harmful: see `_HARM`. Workers import it as they do the real one.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

from pipeline.errors import RulesError
from pipeline.offsets import TracedText
from pipeline.read import MAX_BYTES, open_source, read
from pipeline.recipe import Fingerprint, Recipe
from pipeline.records import (
    CleanPage,
    Count,
    Fact,
    Mentions,
    Page,
    PageResult,
    Reject,
    Story,
    StoryResult,
)
from pipeline.runs.layout import write_lock
from pipeline.runs.staging import stage
from pipeline.runs.writer import NewRun, new_run

MANIFEST = {"run": "", "rejects": {}, "rows": {}, "source_rejects": ""}
_COUNT = re.compile(r"(\d+)家")


class QuickRecipe(Recipe, frozen=True):
    """`version` stands for rules and model; with `broken`, workers cannot begin.

    ``QUICK_CODE`` in the environment stands for the program.
    """

    version: str = "1"
    broken: bool = False
    pause: float = 0.0

    def fingerprint(self) -> Fingerprint:
        code = os.environ.get("QUICK_CODE", "code")
        return Fingerprint("0", code, self.version, None, {}, self.limit)

    def reader(self) -> Callable[[Page], PageResult]:
        if self.broken:
            raise RulesError(["rules/units.tsv:3: one; mend it", "rules/units.tsv:4: two; mend it"])
        return self._read

    def _read(self, page: Page) -> PageResult:
        for word, harm in _HARM.items():
            if word in page.text:
                harm()
        time.sleep(self.pause)
        return quick_result(page)


def quick_result(page: Page) -> PageResult:
    """The whole page as one story with its counts as facts."""
    text = TracedText.identity(page.text)
    name = f"{page.doc_id}-01"
    story = Story(name, page.doc_id, 1, text.slice(0, 0), text, None, 0, len(page.text))
    counts = tuple(
        Count("text", m.start(), m.end(), m[0], "units:家", 1.0, float(m[1]), None, "=", "家")
        for m in _COUNT.finditer(page.text)
    )
    facts = tuple(
        Fact(
            *(f"{name}-f{n:03d}", c, "社会组织", None, None, None, None, None, None),
            *(c.text, f"社会组织 {c.text}", "quick", "story", None, None, 1.0),
        )
        for n, c in enumerate(counts)
    )
    result = StoryResult(story, Mentions(counts), facts)
    return PageResult(CleanPage(page, text, (), ()), (result,))


def _hang() -> None:
    # Like a pattern that explodes: the interpreter never comes back to look at a signal.
    re.match(r"(a+)+$", "a" * 64 + "b")


def _devour() -> None:
    raise MemoryError


_HARM: Mapping[str, Callable[[], object]] = {
    "HANG": _hang,
    "CRASH": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "LEAVE": lambda: os._exit(3),
    "OUST": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "DEVOUR": _devour,
    "FAIL": lambda: 1 // 0,
}


def write_pages(folder: Path, pages: Mapping[str, str]) -> Path:
    """Put pages into a raw folder, by path and text."""
    for path, text in pages.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def page_text(number: int, word: str = "") -> str:
    """A page with one fact."""
    return f"天津市现有应急救援类社会组织{number}家，服务涵盖山地、水上等救援领域。{word}\n"


def write_tables(out: Path, *chunks: Mapping[str, pa.Table]) -> None:
    """Publish a run that holds `chunks`, one after the other."""
    with write_lock(out, wait=False), new_run(out) as new:
        for ordinal, tables in enumerate(chunks, start=1):
            write_chunk(new, f"{ordinal:064d}", ordinal, tables)
        new.publish(MANIFEST)


def write_chunk(new: NewRun, key: str, ordinal: int, tables: Mapping[str, pa.Table]) -> None:
    """Put a chunk without pages into a run."""
    new.take(stage(new.area, key, ordinal, 0, (), tables))


def read_page(folder: Path, path: str, limit: int = MAX_BYTES) -> Page | Reject:
    """The page at `path` of a raw folder."""
    (file,) = (f for f in open_source(folder).files if f.path == path)
    return read(folder, file, limit)


def snapshot(out: Path) -> dict[str, bytes]:
    """All parts of the tables that readers of `out` see, by table and name without the run."""
    parts = sorted(out.glob("*/*.parquet"))
    return {str(p.relative_to(out)).rpartition("-")[0]: p.read_bytes() for p in parts}
