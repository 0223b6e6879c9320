"""Read one raw page: its bytes, their encoding, its text, and when it was published.

`Page.text` is the decoded file as it stands: line ends (``\\n``, ``\\r\\n``) and form feeds are
kept, a byte order mark is not part of it. Every raw offset points into this text.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import os
import re
import stat
import time
import zlib
from io import BufferedReader
from pathlib import Path

from msgspec import Struct

from pipeline.decode import decode, is_utf8, kind_of_binary
from pipeline.read.metadata import NOT_LISTED, About
from pipeline.records import Page, PublishedFrom, Reject

MAX_BYTES = 16 * 2**20  # of a page, unpacked; about 5 million characters
SUFFIXES = (".txt", ".txt.gz")
_TRIES = 3  # to read a file that is being written
_PAUSE = 0.1  # seconds between them
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"|年(1[0-2]|0?[1-9])月(3[01]|[12]\d|0?[1-9])日)"
)


class PageFile(Struct, frozen=True):
    """A raw page as it lies in the folder: `path` relative to it, `size` in bytes."""

    path: str
    size: int = 0
    about: About = NOT_LISTED


class _Content(Struct, frozen=True):
    """A file's content, unpacked, and its digests; `data` is None where it is over the limit."""

    sha256: str
    doc_id: str
    data: bytes | None


class _NotRegularError(OSError):
    """A pipe, a device, a folder."""


class _ChangingError(OSError):
    """A file that is being written."""


def digest(folder: Path, path: str) -> str:
    """SHA-256 of the bytes of a file; blank where it cannot be read."""
    try:
        with _open(folder / path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def is_as_read(page: Page, sha256: str, encoding: str, chars: int) -> bool:
    """Whether a page that is read again is what the table `documents` says of it.

    A later version may decode the same bytes otherwise: raw offsets would then be wrong.
    """
    return (page.sha256, page.encoding, len(page.text)) == (sha256, encoding, chars)


def read(folder: Path, file: PageFile, limit: int = MAX_BYTES) -> Page | Reject:
    """The page `file` of `folder`, decoded, or why it could not be read.

    A page of more than `limit` bytes, unpacked, is a reject, and is never held in memory.
    """
    name = shown(file.path)
    try:
        content = _content(folder / file.path, file.path, limit)
    except _NotRegularError:
        # Opening a pipe would wait for ever.
        return Reject(name, "unreadable", "not a regular file; put a text file there")
    except _ChangingError:
        return Reject(name, "changing", "it was written to while read; the next run takes it")
    except gzip.BadGzipFile:
        cure = "take .gz off its name, or pack it anew"
        return Reject(name, "unreadable", f"not gzip; {cure}", digest(folder, file.path))
    except (EOFError, zlib.error) as e:
        problem = f"broken gzip: {e}; copy the file anew"
        return Reject(name, "unreadable", problem, digest(folder, file.path))
    except OSError as e:
        problem = e.strerror or str(e)
        return Reject(name, "unreadable", f"{problem}; check the file and its permissions")
    if content.data is None:
        problem = f"over {limit / 2**20:.3g} MiB; cut it into single pages, or raise --page-limit"
        return Reject(name, "too-large", problem, content.sha256)
    return _page(file, content, content.data)


def date_in_name(name: str) -> dt.date | None:
    """The first calendar day that a file name shows: ``2025-06-25_…``, ``20250625…``."""
    for m in _DATE.finditer(name):
        year, _, month, day, month_han, day_han = m.groups()
        try:
            return dt.date(int(year), int(month or month_han), int(day or day_han))
        except ValueError:
            continue
    return None


def shown(path: str) -> str:
    """`path` as valid Unicode, whatever bytes the file system holds."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _content(path: Path, relative: str, limit: int) -> _Content:
    """What the file holds, all of one moment. Raises OSError, EOFError or zlib.error."""
    for _ in range(_TRIES):
        with _open(path) as file:
            before = os.fstat(file.fileno())
            hashed = hashlib.file_digest(file, "sha256")
            file.seek(0)
            data = (
                _unpacked(file, limit)
                if relative.lower().endswith(".gz")
                else (file.read(limit + 1))
            )
            after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            sha256 = hashed.hexdigest()
            hashed.update(os.fsencode(relative))
            return _Content(sha256, hashed.hexdigest()[:16], data if len(data) <= limit else None)
        time.sleep(_PAUSE)
    raise _ChangingError


def _open(path: Path) -> BufferedReader:
    """A regular file, open for reading; never waits, as the opening of a pipe would."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _NotRegularError
    return os.fdopen(handle, "rb")


def _unpacked(file: BufferedReader, limit: int) -> bytes:
    with gzip.GzipFile(fileobj=file) as unpacked:
        return unpacked.read(limit + 1)


def _page(file: PageFile, content: _Content, data: bytes) -> Page | Reject:
    name, sha256 = shown(file.path), content.sha256
    binary = kind_of_binary(data)
    decoded = decode(data)
    if decoded is None or (binary and decoded.encoding in ("utf-8", "gb18030")):
        return _undecodable(name, sha256, data, binary)
    if not decoded.text.strip("\ufeff\0 \t\r\n\f\v\u3000\xa0"):
        detail = "nothing but blanks; if it came from a scanned PDF, run OCR first"
        return Reject(name, "empty", detail, sha256)
    published, published_from = _published(file)
    return Page(
        doc_id=content.doc_id,
        path=name,
        sha256=sha256,
        encoding=decoded.encoding,
        text=decoded.text,
        published=published,
        published_from=published_from,
        publication=file.about.publication,
    )


def _published(file: PageFile) -> tuple[dt.date | None, PublishedFrom | None]:
    if file.about.published:
        return file.about.published, "metadata"
    found = date_in_name(file.path.rpartition("/")[2])
    return (found, "filename") if found else (None, None)


def _undecodable(name: str, sha256: str, data: bytes, binary: str | None) -> Reject:
    if binary:
        detail = f"it is {binary}, not text; extract the text first"
        return Reject(name, "binary", detail, sha256)
    if is_utf8(data):
        cure = "its fonts may lack a Unicode map; extract the text with OCR"
        detail = f"UTF-8, but hardly any Chinese text in it; {cure}"
        return Reject(name, "undecodable", detail, sha256)
    from charset_normalizer import from_bytes  # slow to import, and seldom needed

    guess = from_bytes(data[:100_000]).best()
    cure = f"it may be {guess.encoding}: iconv -f {guess.encoding}" if guess else "iconv -f …"
    detail = f"no Chinese text in a known encoding; {cure} -t UTF-8"
    return Reject(name, "undecodable", detail, sha256)
