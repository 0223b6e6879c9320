"""Shilu itself, in one process: ``python -m benchmarks.ours model|rules|limits TEXTS SECONDS``.

`model` and `rules` put pages through all stages, one page after the other as a worker does, and
time each stage. `limits` does what any program would have to do at least: read the files and hash
them, look for the patterns of counts and dates with `re`, write the same tables.
"""

from __future__ import annotations

import gc
import hashlib
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.serving import Spent, Text, Work, read_texts, serve
from pipeline import __version__
from pipeline.clean import clean
from pipeline.extract import extract
from pipeline.numerals import NUMERAL
from pipeline.read import PageFile, read
from pipeline.records import Page, PageResult
from pipeline.resolve import resolve
from pipeline.rulebook import load_rules
from pipeline.split import split
from pipeline.stages import Toolkit, compile_toolkit, process
from pipeline.tables import Rows, page_rows, to_tables
from pipeline.tag import builtin_model, tag

CHUNK = 32  # pages of a part, as `shilu extract` writes them
WHOLE = "whole"
STAGES = ("read", "clean", "split", "tag", "extract", "resolve", "tables", "write")
LIMITS = ("read + hash", "re scan", "Parquet write")
_Do = Callable[[Sequence[Text]], object]


class _Watch:
    """Seconds of CPU by stage."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._last = time.process_time()

    def lap(self, stage: str) -> None:
        """What was done since the last lap belongs to `stage`."""
        now = time.process_time()
        self.spent[stage] += now - self._last  # type: ignore[assignment]
        self._last = now


def whole(folder: Path, kit: Toolkit) -> _Do:
    """All stages; the files of the pages lie in `folder`, and so will the parts."""

    def do(texts: Sequence[Text]) -> Spent:
        watch = _Watch()
        rows: list[Rows] = []
        for text in texts:
            page = read(folder, PageFile(_name(text)))
            assert isinstance(page, Page)
            watch.lap("read")
            cleaned = clean(page, kit.clean)
            watch.lap("clean")
            stories = split(cleaned, kit.split)
            watch.lap("split")
            readings = tag(stories, kit.tagger)
            watch.lap("tag")
            pairs = zip(stories, readings, strict=True)
            found = [extract(story, reading, kit.extractors) for story, reading in pairs]
            watch.lap("extract")
            resolved = resolve(page, stories, readings, found, kit.resolver)
            watch.lap("resolve")
            rows.append(page_rows(PageResult(cleaned, resolved)))
            watch.lap("tables")
        chunks = _tables(rows)
        watch.lap("tables")
        write_parts(chunks, folder)
        watch.lap("write")
        return Spent({stage: watch.spent[stage] for stage in STAGES})

    return do


def limits(folder: Path, kit: Toolkit, texts: Sequence[Text]) -> dict[str, _Do]:
    """What no program could do without."""
    dates = kit.extractors.dates
    patterns = (re.compile(NUMERAL), dates.point, dates.duration, dates.repeated)
    pages = [read(folder, PageFile(_name(text))) for text in texts]
    tables = _tables([page_rows(process(page, kit)) for page in pages if isinstance(page, Page)])

    def hashed(some: Sequence[Text]) -> object:
        return [hashlib.sha256((folder / _name(t)).read_bytes()).digest() for t in some]

    def scan(some: Sequence[Text]) -> object:
        together = ("".join(t.sentences) for t in some)
        return [sum(1 for _ in p.finditer(text)) for text in together for p in patterns]

    def write(some: Sequence[Text]) -> None:
        write_parts(tables, folder)

    return dict(zip(LIMITS, (hashed, scan, write), strict=True))


def write_parts(tables: Sequence[dict[str, pa.Table]], folder: Path) -> None:
    """Write the tables of all chunks as `shilu extract` does, but for the wait for the disk."""
    for n, chunk in enumerate(tables):
        for name, table in chunk.items():
            if table.num_rows:
                path = folder / f"{n}-{name}.parquet"
                pq.write_table(table, path, compression="zstd", compression_level=3)


def _work(what: str, texts: Sequence[Text], folder: Path) -> Work:
    kit = compile_toolkit(load_rules(), builtin_model() if what == "model" else None)
    gc.freeze()  # as a worker does
    parts = limits(folder, kit, texts) if what == "limits" else {WHOLE: whole(folder, kit)}
    return Work(parts, {"shilu": __version__})


def _tables(rows: Sequence[Rows]) -> list[dict[str, pa.Table]]:
    return [to_tables(rows[i : i + CHUNK]) for i in range(0, len(rows), CHUNK)]


def _name(text: Text) -> str:
    return f"2025-06-25_{hashlib.sha256(text.raw.encode()).hexdigest()[:16]}.txt"


def main(what: str, texts: Sequence[Text], seconds: float) -> None:
    """Serve as `what`."""
    folder = Path(tempfile.mkdtemp(prefix="shilu-bench-"))
    try:
        for text in texts:
            (folder / _name(text)).write_text(text.raw, encoding="utf-8", newline="")
        serve(lambda: _work(what, texts, folder), texts, seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], read_texts(Path(sys.argv[2])), float(sys.argv[3]))
