"""What a run has to do: which chunks of pages are new or changed, and why.

A chunk is a row of neighbouring pages, the unit that is read, written and taken over. Where one
ends depends on the names of its pages alone (and on bounds that few chunks reach), so a page
that comes or goes changes its own chunk and leaves all others as they are.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from pipeline.read import PageFile, Source, digest
from pipeline.recipe import Fingerprint
from pipeline.records import Reject
from pipeline.runs.history import History
from pipeline.runs.journal import PASSING, PageState

_MEAN = 32  # pages of a chunk: some seconds of work, and parts of a handy size
_MOST = 128
_BYTES = 2**20
_SHOWN = 3


class Chunk(Struct, frozen=True):
    """Neighbouring pages; `key` stands for all that decides their rows."""

    ordinal: int
    files: tuple[PageFile, ...]
    key: str

    @property
    def size(self) -> int:
        """Bytes of its pages, as they lie there."""
        return sum(f.size for f in self.files)


class Plan(Struct, frozen=True):
    """The chunks of a run in order, and those of them that have to be read (`stale`).

    `pages` counts the pages by what becomes of them: ``unchanged``, ``resumed`` (read by a run
    that was stopped), ``gone``, or the reason why they are read: ``new``, ``bytes``,
    ``metadata``, ``rules``, ``model``, ``program``, ``limit``, ``again`` (rejected for a reason
    that may have passed), ``chunk`` (beside a page that is read), ``damaged`` (a part of the
    tables is missing), ``forced``. `examples` has some paths of each. `rejects` stands for the
    rejects that belong to no page, `input` for the pages with their rows of metadata.csv.
    """

    chunks: tuple[Chunk, ...]
    stale: tuple[Chunk, ...]
    rejects: str
    input: str
    history: History
    pages: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]]

    @property
    def is_done(self) -> bool:
        """Whether the current run is what a new one would be."""
        last = self.history.last
        return (
            last is not None
            and not self.stale
            and self.history.keys == tuple(c.key for c in self.chunks)
            and last.manifest.get("source_rejects") == self.rejects
        )


def make_plan(
    source: Source, fingerprint: Fingerprint, history: History, force: bool = False
) -> Plan:
    """Compare the pages of `source` with those of earlier runs; `force` makes all of them stale.

    All bytes of all pages are hashed: times and sizes of files may deceive.
    """
    salt = fingerprint.digest
    changes = fingerprint.changes(history.last.manifest) if history.last else ()
    chunks: list[Chunk] = []
    stale: list[Chunk] = []
    inputs: list[str] = []
    paths: dict[str, list[str]] = {}
    pages: Counter[str] = Counter()
    for ordinal, files in enumerate(cut(source.files), start=1):
        states = [page_state(f, digest(source.folder, f.path)) for f in files]
        chunk = Chunk(ordinal, files, chunk_key(salt, states))
        inputs.append(chunk_key("", states))
        chunks.append(chunk)
        there = history.chunks.get(chunk.key)
        if force or there is None or there[1].again:
            stale.append(chunk)
            reasons = [
                "forced" if force else _reason(s, chunk.key, history, changes) for s in states
            ]
        else:
            is_last = history.last is not None and there[0] == history.last.folder
            reasons = ["unchanged" if is_last else "resumed"] * len(files)
        for reason, file in zip(reasons, files, strict=True):
            _count(reason, file.path, pages, paths)
    here = set(source.paths)
    for path in history.pages:
        if path not in here:
            _count("gone", path, pages, paths)
    return Plan(
        chunks=tuple(chunks),
        stale=tuple(stale),
        rejects=rejects_key(source.rejects),
        input=_hash(*inputs),
        history=history,
        pages=pages,
        examples={reason: tuple(some) for reason, some in paths.items()},
    )


def cut(files: Sequence[PageFile]) -> Iterator[tuple[PageFile, ...]]:
    """Divide sorted pages into chunks."""
    chunk: list[PageFile] = []
    size = 0
    for file in files:
        chunk.append(file)
        size += file.size
        if _ends(file.path) or len(chunk) >= _MOST or size >= _BYTES:
            yield tuple(chunk)
            chunk, size = [], 0
    if chunk:
        yield tuple(chunk)


def page_state(file: PageFile, sha256: str, reject: str = "") -> PageState:
    """The page `file` as a run meets it; `sha256` of its bytes, blank where they are unreadable."""
    day = file.about.published
    published = day.isoformat() if day else ""
    return PageState(file.path, sha256, published, file.about.publication or "", reject)


def chunk_key(salt: str, states: Iterable[PageState]) -> str:
    """What stands for the rows of a chunk: its pages' input, and `salt` for all else."""
    return _hash(salt, *(cell for state in states for cell in state.input))


def rejects_key(rejects: Iterable[Reject]) -> str:
    """What stands for rejects that belong to no page."""
    return _hash(*(cell for r in rejects for cell in (r.path, r.reason, r.detail)))


def _reason(state: PageState, key: str, history: History, changes: Sequence[str]) -> str:
    """Why a page of a chunk that has to be read is read."""
    before = history.pages.get(state.path)
    if before is None:
        return "new"
    if before.sha256 != state.sha256:
        return "bytes"
    if before.input != state.input:
        return "metadata"
    if changes:
        return next((c for c in ("rules", "model", "limit") if c in changes), "program")
    if before.reject in PASSING:
        return "again"
    return "damaged" if key in history.damaged else "chunk"


def _count(reason: str, path: str, pages: Counter[str], paths: dict[str, list[str]]) -> None:
    pages[reason] += 1
    some = paths.setdefault(reason, [])
    if len(some) < _SHOWN:
        some.append(path)


def _ends(path: str) -> bool:
    """Whether a chunk ends behind this page; so for every 32nd path, whatever stands around it."""
    hashed = hashlib.blake2b(os.fsencode(path), digest_size=4).digest()
    return int.from_bytes(hashed, "big") % _MEAN == 0


def _hash(*cells: str) -> str:
    hashed = hashlib.sha256()
    for cell in cells:
        data = cell.encode("utf-8", "surrogateescape")
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.hexdigest()
