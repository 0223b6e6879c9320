"""Find raw pages, decode them, and say when they were published.

`Page.text` is the decoded file as it stands: line ends (``\\n``, ``\\r\\n``) and form feeds are
kept, a byte order mark is not part of it. Every raw offset points into this text.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import os
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.decode import decode, is_utf8, kind_of_binary
from pipeline.errors import UsageError
from pipeline.records import Page, PublishedFrom, Reject

METADATA = "metadata.csv"
MAX_BYTES = 64 * 2**20
_SUFFIXES = (".txt", ".txt.gz")
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"|年(1[0-2]|0?[1-9])月(3[01]|[12]\d|0?[1-9])日)"
)


@dataclass(frozen=True, slots=True)
class About:
    """What metadata.csv says of one page."""

    published: dt.date | None
    publication: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A raw folder: its pages in order, what metadata.csv says of them, and its bad rows."""

    folder: Path
    paths: tuple[str, ...]
    about: Mapping[str, About] = field(default_factory=dict)
    rejects: tuple[Reject, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Paths that metadata.csv names and the folder does not hold."""
        there = {_same(p) for p in self.paths}
        return tuple(p for p in self.about if p not in there)


def open_source(folder: Path) -> Source:
    """List the pages of `folder` (``**/*.txt``, ``**/*.txt.gz``) and load its metadata.csv.

    Raises UsageError where there is no such folder, no page in it, or metadata.csv cannot
    be used at all; its single bad rows become rejects.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; give the folder that holds the raw pages")
    rejects: list[Reject] = []
    paths = tuple(sorted(_pages(folder, rejects)))
    if not paths:
        raise UsageError(f"{folder}: no pages in it; put *.txt or *.txt.gz files there")
    about: dict[str, About] = {}
    if (folder / METADATA).is_file():
        for where, row in _metadata(folder / METADATA):
            problem = _add_row(about, row)
            if problem:
                rejects.append(Reject(where, "bad-metadata", problem))
    return Source(folder, paths, about, tuple(rejects))


def read(source: Source, path: str) -> Page | Reject:
    """The page `path` of `source`, decoded, or why it could not be read."""
    shown, file = _shown(path), source.folder / path
    try:
        if file.exists() and not file.is_file():
            # Opening a pipe would wait for ever.
            return Reject(shown, "unreadable", "not a regular file; put a text file there")
        data = file.read_bytes()
    except OSError as e:
        problem = e.strerror or e
        return Reject(shown, "unreadable", f"{problem}; check the file and its permissions")
    try:
        content = _unpacked(data) if path.lower().endswith(".gz") else data
    except gzip.BadGzipFile:
        return Reject(shown, "unreadable", "not gzip; take .gz off its name, or pack it anew")
    except (EOFError, zlib.error) as e:
        return Reject(shown, "unreadable", f"broken gzip: {e}; copy the file anew")
    if len(content) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        return Reject(shown, "too-large", f"over {limit} MiB; cut it into files of single pages")
    binary = kind_of_binary(content)
    decoded = decode(content)
    if decoded is None or (binary and decoded.encoding in ("utf-8", "gb18030")):
        return _undecodable(shown, content, binary)
    if not decoded.text.strip("\ufeff\0 \t\r\n\f\v\u3000\xa0"):
        detail = "nothing but blanks; if it came from a scanned PDF, run OCR first"
        return Reject(shown, "empty", detail)
    published, published_from = _published(source, path)
    row = source.about.get(_same(path))
    return Page(
        doc_id=hashlib.sha256(data + shown.encode()).hexdigest()[:16],
        path=shown,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=decoded.encoding,
        text=decoded.text,
        published=published,
        published_from=published_from,
        publication=row.publication if row else None,
    )


def date_in_name(name: str) -> dt.date | None:
    """The first calendar day that a file name shows: ``2025-06-25_…``, ``20250625…``."""
    for m in _DATE.finditer(name):
        year, _, month, day, month_han, day_han = m.groups()
        try:
            return dt.date(int(year), int(month or month_han), int(day or day_han))
        except ValueError:
            continue
    return None


def _pages(folder: Path, rejects: list[Reject]) -> Iterator[str]:
    """Relative POSIX paths of all pages; hidden files and folders are left alone.

    Folders in `folder` that cannot be entered are added to `rejects`. Linked folders are
    entered too, but for those that would lead round in a circle.
    """

    def no_entry(error: OSError) -> None:
        if error.filename == str(folder):
            raise UsageError(f"{folder}: {error.strerror}; give yourself the right to read it")
        where = _shown(Path(error.filename).relative_to(folder).as_posix())
        problem = f"{error.strerror}; give yourself the right to read the folder"
        rejects.append(Reject(where, "unreadable", problem))

    above = {p.resolve() for p in (folder, *folder.resolve().parents)}
    seen: set[Path] = set()
    for root, folders, names in os.walk(folder, onerror=no_entry, followlinks=True):
        here = Path(root).resolve()
        if here in seen or (root != str(folder) and here in above):
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in names:
            if name.lower().endswith(_SUFFIXES) and not name.startswith("."):
                yield (Path(root) / name).relative_to(folder).as_posix()


def _metadata(path: Path) -> Iterator[tuple[str, Mapping[str, str | None]]]:
    """Rows as ``(where, cells)``; cells beyond the header are under the empty name."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise UsageError(f"{path}: not UTF-8; save it as CSV UTF-8") from e
    except OSError as e:
        raise UsageError(f"{path}: {e.strerror}; check its permissions") from e
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="")
    header = [h.strip() for h in reader.fieldnames or ()]
    if "path" not in header or "published" not in header:
        shown = ",".join(header) or "nothing"
        cure = "the first line must be path,published or path,published,publication"
        raise UsageError(f"{path}:1: the header is {shown}; {cure}")
    reader.fieldnames = header
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as e:
            raise UsageError(f"{path}:{reader.line_num}: {e}; correct the quotes") from e
        yield f"{METADATA}:{reader.line_num}", row


def _add_row(about: dict[str, About], row: Mapping[str, str | None]) -> str | None:
    """Take one row of metadata.csv into `about`; the problem, with its cure, if it is bad."""
    if row.get("") or None in row.values():
        return "not as many cells as the header; put a text with commas in double quotes"
    cells = {k: (v or "").strip() for k, v in row.items()}
    path = _same(cells["path"].replace("\\", "/"))
    if not path:
        return "the path is empty; write the file's path relative to the raw folder"
    if path in about:
        return f"{path} stands here a second time; delete one of the rows"
    try:
        published = dt.date.fromisoformat(cells["published"]) if cells["published"] else None
        if published and not 1800 <= published.year < 2200:
            raise ValueError
    except ValueError:
        return f"published is {cells['published']!r}; write it like 2025-06-25 or leave it empty"
    about[path] = About(published, cells.get("publication") or None)
    return None


def _published(source: Source, path: str) -> tuple[dt.date | None, PublishedFrom | None]:
    row = source.about.get(_same(path))
    if row and row.published:
        return row.published, "metadata"
    found = date_in_name(path.rpartition("/")[2])
    return (found, "filename") if found else (None, None)


def _unpacked(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as f:
        return f.read(MAX_BYTES + 1)


def _undecodable(path: str, content: bytes, binary: str | None) -> Reject:
    if binary:
        return Reject(path, "binary", f"it is {binary}, not text; extract the text first")
    if is_utf8(content):
        cure = "its fonts may lack a Unicode map; extract the text with OCR"
        return Reject(path, "undecodable", f"UTF-8, but hardly any Chinese text in it; {cure}")
    from charset_normalizer import from_bytes  # slow to import, and seldom needed

    guess = from_bytes(content[:100_000]).best()
    cure = f"it may be {guess.encoding}: iconv -f {guess.encoding}" if guess else "iconv -f …"
    return Reject(path, "undecodable", f"no Chinese text in a known encoding; {cure} -t UTF-8")


def _same(path: str) -> str:
    """A path as metadata and file system agree on it: composed characters, no ``./``."""
    return unicodedata.normalize("NFC", path.removeprefix("./"))


def _shown(path: str) -> str:
    """`path` as valid Unicode, whatever bytes the file system holds."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
