"""The raw text of a page, as the run read it; or why it is not to be had."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from pipeline.errors import UsageError
from pipeline.read import PageFile, is_as_read, open_source, read, shown
from pipeline.records import Reject
from pipeline.report.reading import Document

Missing = Literal["gone", "changed"]


class RawFolder(Struct, frozen=True):
    """A raw folder: its pages by the paths that `documents` has; none if it cannot be listed."""

    folder: Path
    files: Mapping[str, PageFile]
    limit: int


class RawPage(Struct, frozen=True):
    """The decoded text of a page, in which raw offsets count; or `missing` says why not."""

    text: str
    missing: Missing | None = None


def open_raw(folder: Path, limit: int) -> RawFolder:
    """The pages of `folder`, of at most `limit` bytes each."""
    try:
        # Links are followed: nothing is shown but pages with the very bytes that were read.
        files = open_source(folder, follow_links=True).files
    except UsageError:  # it moved, or is empty now: each page will say so
        files = ()
    return RawFolder(folder, {shown(f.path): f for f in files}, limit)


def raw_page(raw: RawFolder, document: Document) -> RawPage:
    """The text of `document`, read as the run read it; only if its bytes are still the same."""
    file = raw.files.get(document.path)
    if file is None:
        return RawPage("", "gone")
    page = read(raw.folder, file, raw.limit)
    if isinstance(page, Reject):
        return RawPage("", "changed")
    same = is_as_read(page, document.sha256, document.encoding, document.chars)
    return RawPage(page.text) if same else RawPage("", "changed")
