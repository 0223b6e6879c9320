"""List the pages of a raw folder, safely: no circles, no way out of the folder by a link."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from pipeline.errors import UsageError
from pipeline.read.metadata import METADATA, NOT_LISTED, About, load_metadata, same
from pipeline.read.page import SUFFIXES, PageFile, shown
from pipeline.records import Reject


class Source(Struct, frozen=True):
    """A raw folder: its pages in order, what metadata.csv says of them, and what is no page."""

    folder: Path
    files: tuple[PageFile, ...]
    about: Mapping[str, About] = field(default_factory=dict)
    rejects: tuple[Reject, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all pages, relative to the folder."""
        return tuple(f.path for f in self.files)

    @property
    def missing(self) -> tuple[str, ...]:
        """Paths that metadata.csv names and the folder does not hold."""
        there = {same(f.path) for f in self.files}
        return tuple(p for p in self.about if p not in there)


def open_source(folder: Path, follow_links: bool = False) -> Source:
    """List the pages of `folder` (``**/*.txt``, ``**/*.txt.gz``) and load its metadata.csv.

    Hidden files and folders are left alone. A link within the folder is read as what it leads
    to; one that leads out of it is a reject, unless `follow_links` says to follow it. Raises
    UsageError where there is no such folder, no page in it, or metadata.csv cannot be used at
    all; its single bad rows become rejects.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; give the folder that holds the raw pages")
    if not follow_links and _leads_out(folder / METADATA, Path(os.path.realpath(folder))):
        cure = "copy it there, or give --follow-links"
        raise UsageError(f"{folder / METADATA}: leads out of the folder; {cure}")
    about, rejects = load_metadata(folder)
    found = sorted(_pages(folder, follow_links, rejects))
    if not found and not rejects:
        raise UsageError(f"{folder}: no pages in it; put *.txt or *.txt.gz files there")
    files = tuple(PageFile(path, size, about.get(same(path), NOT_LISTED)) for path, size in found)
    return Source(folder, files, about, tuple(rejects))


def _pages(folder: Path, follow_links: bool, rejects: list[Reject]) -> Iterator[tuple[str, int]]:
    """Relative POSIX paths and sizes of all pages; what cannot be entered joins `rejects`.

    A stack, not recursion: folders may be nested deeper than Python calls functions.
    """
    root = Path(os.path.realpath(folder))
    # Where links have led, to notice a circle; and the folders above, which hold this one.
    seen = {root, *root.parents}
    stack = [""]
    while stack:
        prefix = stack.pop()
        try:
            entries = sorted(os.scandir(root / prefix), key=lambda e: e.name)
        except OSError as e:
            if not prefix:
                raise UsageError(
                    f"{folder}: {e.strerror}; give yourself the right to read it"
                ) from e
            cure = "give yourself the right to read the folder"
            rejects.append(Reject(shown(prefix), "unreadable", f"{e.strerror}; {cure}"))
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = f"{prefix}/{entry.name}" if prefix else entry.name
            is_page = entry.name.lower().endswith(SUFFIXES)
            try:
                is_folder = entry.is_dir()
            except OSError as e:
                rejects.append(Reject(shown(path), "link", f"{e.strerror}; remove the link"))
                continue
            if entry.is_symlink() and (is_page or is_folder):
                target = Path(os.path.realpath(entry.path))
                if is_folder and (target in seen or _is_walked(target, root)):
                    continue
                outside = target.exists() and not target.is_relative_to(root)
                if outside and not follow_links:
                    cure = "copy it there, or give --follow-links"
                    rejects.append(Reject(shown(path), "link", f"leads out of the folder; {cure}"))
                    continue
                seen.add(target)
            if is_folder:
                stack.append(path)
            elif is_page:
                yield path, _size(entry)


def _leads_out(path: Path, root: Path) -> bool:
    """Whether `path` is a link to somewhere outside `root`."""
    return path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root)


def _is_walked(target: Path, root: Path) -> bool:
    """Whether the pages of the folder `target` are found in `root` without a link."""
    if not target.is_relative_to(root):
        return False
    return not any(part.startswith(".") for part in target.relative_to(root).parts)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:  # a link to nothing; reading it will say so
        return 0
