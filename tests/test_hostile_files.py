"""Files, folders and metadata that are made to do harm: a reject each, and the others are done."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import UsageError
from pipeline.read import open_source
from pipeline.records import Page, Reject
from pipeline.run import run
from tests.support.quick import ROOT, shilu
from tests.support.runs import QuickRecipe, page_text, read_page, write_pages

GOOD = {"good.txt": page_text(1), "sub/good.txt": page_text(2)}


def _link_out(raw: Path) -> None:
    secret = raw.parent / "secret.txt"
    secret.write_text(page_text(99))
    (raw / "a.txt").symlink_to(secret)
    (raw / "folder").symlink_to(raw.parent)
    (raw / "elsewhere").symlink_to("/etc")
    (raw / "loop").symlink_to("loop")
    (raw / "dead.txt").symlink_to("/nowhere/dead.txt")


def _devices(raw: Path) -> None:
    os.mkfifo(raw / "pipe.txt")
    (raw / "zero.txt").symlink_to("/dev/zero")
    (raw / "folder.txt").mkdir()


def _names(raw: Path) -> None:
    for name in (b"a\nb.txt", b"\xff\xfe.txt", "\u202e\x1b[31m.txt".encode()):
        (raw / os.fsdecode(name)).write_text(page_text(3), encoding="utf-8")


def _large(raw: Path) -> None:
    for name in ("zeros.txt", "zeros.txt.gz"):
        with (raw / name).open("wb") as file:
            file.truncate(200 * 2**20)
    with (raw / "line.txt").open("wb") as file:
        file.write("天津".encode() * (40 * 2**20))


def _bombs(raw: Path) -> None:
    whole = io.BytesIO()
    with gzip.GzipFile(fileobj=whole, mode="wb") as packed:
        for _ in range(300):
            packed.write(b"\0" * 2**20)
    (raw / "bomb.txt.gz").write_bytes(whole.getvalue())
    # Ever so many empty members unpack to nothing.
    (raw / "empty.txt.gz").write_bytes(gzip.compress(b"", mtime=0) * 200_000)
    (raw / "nested.txt.gz").write_bytes(gzip.compress(gzip.compress(page_text(1).encode())))


def _encodings(raw: Path) -> None:
    text = page_text(7) * 3
    (raw / "mixed.txt").write_bytes(text.encode("gb18030") + text.encode() + text.encode("utf-16"))
    (raw / "half.txt").write_bytes(text.encode("utf-16-le")[1:])
    (raw / "nul.txt").write_bytes(b"\0" * 5000)
    (raw / "noise.txt").write_bytes(bytes((n * n * 7 + 13 * n) % 256 for n in range(9000)))


def _deep(raw: Path) -> None:
    # Deeper than Python calls functions, shorter than the longest path.
    folder = str(raw)
    for _ in range(1200):
        folder += "/d"
        os.mkdir(folder)  # noqa: PTH102
    Path(folder, "deep.txt").write_text(page_text(5), encoding="utf-8")


# What is put beside good pages -> the reasons of the rejects, by path.
HOSTILE: dict[Callable[[Path], None], dict[str, str]] = {
    _link_out: {"a.txt": "link", "elsewhere": "link", "loop": "link", "dead.txt": "unreadable"},
    _devices: {"pipe.txt": "unreadable", "zero.txt": "link"},
    _names: {},
    _large: {"zeros.txt": "too-large", "zeros.txt.gz": "unreadable", "line.txt": "too-large"},
    _bombs: {"bomb.txt.gz": "too-large", "empty.txt.gz": "empty", "nested.txt.gz": "binary"},
    _encodings: {
        **{"mixed.txt": "undecodable", "half.txt": "binary"},
        **{"nul.txt": "binary", "noise.txt": "binary"},
    },
    _deep: {},
}


@pytest.mark.parametrize("put", HOSTILE, ids=lambda put: put.__name__.strip("_"))
def test_hostile_files_are_rejects_and_the_others_are_done(
    tmp_path: Path, put: Callable[[Path], None]
) -> None:
    raw, out = write_pages(tmp_path / "raw", GOOD), tmp_path / "out"
    put(raw)
    started = time.monotonic()
    run(raw, out, QuickRecipe())
    assert time.monotonic() - started < 60
    rejects = pd.read_parquet(out / "rejects")
    assert dict(zip(rejects.path, rejects.reason, strict=True)) == HOSTILE[put]
    assert {1.0, 2.0} <= set(pd.read_parquet(out / "facts").value)
    assert run(raw, out, QuickRecipe()).pages.keys() == {"unchanged"}
    subprocess.run(["rm", "-r", str(raw)], check=True)  # as deep as no Python function goes


def test_links_are_followed_when_asked_for(tmp_path: Path) -> None:
    raw = write_pages(tmp_path / "raw", GOOD)
    write_pages(tmp_path / "disk", {"2024/p.txt": page_text(3)})
    (raw / "more").symlink_to(tmp_path / "disk")
    (raw / "one.txt").symlink_to(tmp_path / "disk" / "2024" / "p.txt")
    code, output = shilu("extract", raw, "--out", tmp_path / "out")
    assert (code, "--follow-links" in output) == (1, True)
    code, output = shilu("extract", raw, "--out", tmp_path / "out", "--follow-links")
    assert code == 0, output
    paths = list(pd.read_parquet(tmp_path / "out" / "documents").path)
    assert paths == ["good.txt", "more/2024/p.txt", "one.txt", "sub/good.txt"]


def test_links_within_the_folder_are_no_second_copy(tmp_path: Path) -> None:
    raw = write_pages(tmp_path / "raw", {**GOOD, ".store/hidden.txt": page_text(4)})
    (raw / "again").symlink_to(raw / "sub")
    (raw / "annexed.txt").symlink_to(raw / ".store" / "hidden.txt")
    (raw / "annex").symlink_to(raw / ".store")
    source = open_source(raw)
    assert source.paths == ("annex/hidden.txt", "annexed.txt", "good.txt", "sub/good.txt")
    assert source.rejects == ()


def test_odd_names_come_back_and_do_not_play_with_the_terminal(tmp_path: Path) -> None:
    raw, out = write_pages(tmp_path / "raw", {}), tmp_path / "out"
    raw.mkdir(exist_ok=True)
    _names(raw)
    names = [b"\n\x1b[2J.txt", b"\x9b31m.txt"]
    for name in names:
        (raw / os.fsdecode(name)).write_text(" \n")
    code, output = shilu("extract", raw, "--out", out)
    assert code == 1
    assert all(line.isprintable() for line in output.splitlines())
    assert set(pd.read_parquet(out / "documents").path) == {
        "a\nb.txt",
        "\\xff\\xfe.txt",
        "\u202e\x1b[31m.txt",
    }
    code, output = shilu("status", raw, "--out", out)
    assert all(line.isprintable() for line in output.splitlines())
    code, output = shilu("status", raw, "--out", out, "--json")
    assert code == 0, output


def test_memory_is_bounded_by_the_limit_and_not_by_the_file(tmp_path: Path) -> None:
    raw = write_pages(tmp_path / "raw", GOOD)
    _large(raw)
    _bombs(raw)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.support.runs import read_page\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for name in sys.argv[2:]: read_page(Path(sys.argv[1]), name)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    names = ["zeros.txt", "line.txt", "bomb.txt.gz", "empty.txt.gz"]
    command = [sys.executable, "-c", code, str(raw), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 64  # MiB; the limit is 16


def test_a_file_that_grows_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = write_pages(tmp_path / "raw", {"log.txt": page_text(1)})
    monkeypatch.setattr("pipeline.read.page._PAUSE", 0)
    real = os.fstat
    turns = iter(range(100))

    def growing(handle: int) -> os.stat_result:
        if next(turns) % 3 == 2:
            with (raw / "log.txt").open("a") as log:
                log.write("x")
        return real(handle)

    monkeypatch.setattr(os, "fstat", growing)
    found = read_page(raw, "log.txt")
    monkeypatch.undo()
    assert isinstance(found, Reject)
    assert (found.reason, found.sha256) == ("changing", "")
    assert isinstance(read_page(raw, "log.txt"), Page)


# Rows of metadata.csv under a good header, and the lines that are rejects.
ROWS: list[tuple[str, list[int]]] = [
    ("good.txt,2025-01-01\ngood.txt,2025-01-02\n./good.txt,2025-01-03\n", [3, 4]),
    ("../../etc/passwd,2025-01-01\n/etc/passwd,2025-01-01\n", []),
    ("good.txt,0000-00-00\nsub/good.txt,99999-01-01\nx,2025-02-30\n", [2, 3, 4]),
    ('"good.txt,2025-01-01\nsub/good.txt,2025-01-01\n', [3]),
    (f"good.txt,{'9' * 200_000}\nsub/good.txt,2025-01-01\n", [2]),
    ("good.txt,2025-01-01\0\n\0,\0\n", [2, 3]),
    ("=cmd|' /C calc'!A0,2025-01-01\n", []),
    (",,,,,,\n\n\n,\n", [2, 5]),
]


@pytest.mark.parametrize(("rows", "lines"), ROWS)
def test_hostile_rows_of_metadata(tmp_path: Path, rows: str, lines: list[int]) -> None:
    raw = write_pages(tmp_path / "raw", {**GOOD, "metadata.csv": f"path,published\n{rows}"})
    source = open_source(raw)
    assert [r.path for r in source.rejects] == [f"metadata.csv:{n}" for n in lines]
    assert {r.reason for r in source.rejects} <= {"bad-metadata"}
    assert source.paths == ("good.txt", "sub/good.txt")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: os.mkfifo(p), "not a regular file"),
        (lambda p: p.mkdir(), "not a regular file"),
        (lambda p: p.symlink_to("/etc/passwd"), "leads out of the folder"),
        (lambda p: p.write_bytes(b"path,published\n\xff\xfe"), "not UTF-8"),
        (lambda p: p.write_text(f"path,published,{'x' * 200_000}\n"), "metadata.csv:1: field"),
    ],
)
def test_metadata_that_cannot_be_used(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    raw = write_pages(tmp_path / "raw", GOOD)
    make(raw / "metadata.csv")
    with pytest.raises(UsageError, match=message):
        open_source(raw)
