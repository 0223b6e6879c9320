"""What earlier runs left that a new one may take over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from pipeline.runs.journal import ChunkRecord, PageState, read_journal
from pipeline.runs.layout import Run, current_run, run_folders


class History(Struct, frozen=True):
    """The current run (`last`), its pages by path, and the keys of its chunks in order.

    `chunks` are those that may be taken over, by key, with the folder of the run that has them:
    those of the current run and of later ones that were stopped or killed. A chunk counts only
    if all its parts are there in full; the others of the current run are `damaged`.
    """

    last: Run | None = None
    pages: Mapping[str, PageState] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    chunks: Mapping[str, tuple[Path, ChunkRecord]] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()


def read_history(out: Path) -> History:
    """The history of the output folder `out`; empty before the first run."""
    last = current_run(out)
    pages: dict[str, PageState] = {}
    keys: dict[int, str] = {}
    chunks: dict[str, tuple[Path, ChunkRecord]] = {}
    for folder in run_folders(out):
        if last and folder.name < last.name:
            continue
        for record in read_journal(folder):
            if last and folder == last.folder:
                pages |= {page.path: page for page in record.pages}
                keys[record.ordinal] = record.key
            if record.key not in chunks and _is_whole(folder, record):
                chunks[record.key] = (folder, record)
    order = tuple(keys[n] for n in sorted(keys))
    return History(last, pages, order, chunks, frozenset(order) - chunks.keys())


def _is_whole(folder: Path, record: ChunkRecord) -> bool:
    try:
        return all(
            (folder / table / record.file(folder.name)).stat().st_size == size
            for table, (_, size) in record.parts.items()
        )
    except OSError:
        return False
