"""Every encoding of the contract, every way for a page to be bad, and where dates come from."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.decode import decode
from pipeline.errors import UsageError
from pipeline.read import date_in_name, open_source
from pipeline.records import Page, Reject
from pipeline.stages import Toolkit, process
from tests.support.runs import read_page

TEXT = (
    "天津市现有应急救援类社会组织41家，\r\n服务涵盖山地、水上等救援领域。\r\n"
    "\f第二版：记者获悉，今年以来……\n"
)
TRADITIONAL = "台北市現有社會組織41家，服務涵蓋山地、水上等領域。記者獲悉，今年以來發展很快。\n"
BODY = "海宁市老街开张\n6月18日，海宁市有12家商店在老街开张，来了许多顾客。\n（据《南江日报》）\n"
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")


def _read(folder: Path, data: bytes, name: str = "page.txt") -> Page | Reject:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return read_page(folder, name)


def _reject(folder: Path, data: bytes, name: str = "page.txt") -> Reject:
    found = _read(folder, data, name)
    assert isinstance(found, Reject), found
    assert found.path == name
    return found


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    page = _read(tmp_path, TEXT.encode(encoding))
    assert isinstance(page, Page)
    assert page.text == TEXT
    assert page.encoding == encoding


def test_utf_16_big_endian_with_mark(tmp_path: Path) -> None:
    page = _read(tmp_path, b"\xfe\xff" + TEXT.encode("utf-16-be"))
    assert isinstance(page, Page)
    assert page.text == TEXT


def test_big5(tmp_path: Path) -> None:
    page = _read(tmp_path, TRADITIONAL.encode("big5"))
    assert isinstance(page, Page)
    assert (page.text, page.encoding) == (TRADITIONAL, "big5")


def test_codec_that_is_named_gives_the_text_again(tmp_path: Path) -> None:
    for encoding in ENCODINGS:
        data = TEXT.encode(encoding)
        page = _read(tmp_path, data)
        assert isinstance(page, Page)
        assert data.decode(page.encoding) == page.text


@pytest.mark.parametrize("encoding", [*ENCODINGS, "big5"])
@pytest.mark.parametrize("name", ["d01", "d04", "e01", "e05"])
def test_real_pages_and_short_pieces_of_them(gold: Path, name: str, encoding: str) -> None:
    text = (gold / "pages" / f"{name}.txt").read_text("utf-8").lstrip("\ufeff")
    text = text.encode(encoding, "ignore").decode(encoding).lstrip("\ufeff")
    for start, end in ((0, None), (500, 540), (700, 800), (1000, 1020)):
        piece = text[start:end].strip()
        if sum("\u4e00" <= c <= "\u9fff" for c in piece) < 10:
            continue
        found = decode(piece.encode(encoding))
        assert found is not None
        assert found.text == piece


def test_gzip(tmp_path: Path) -> None:
    page = _read(tmp_path, gzip.compress(TEXT.encode("gb18030"), mtime=0), "page.txt.gz")
    assert isinstance(page, Page)
    assert (page.text, page.encoding) == (TEXT, "gb18030")


def test_a_few_bad_bytes_in_a_long_page_are_borne(tmp_path: Path) -> None:
    data = (TEXT * 50).encode("gb18030")
    page = _read(tmp_path, data[:-1] + b"\xff\n")
    assert isinstance(page, Page)
    assert page.encoding == "gb18030"
    assert page.text.count("\ufffd") == 1


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("at", [10, 21, 50])
def test_a_bad_byte_in_a_short_page_is_borne(tmp_path: Path, codec: str, at: int) -> None:
    data = TEXT.encode(codec)
    page = _read(tmp_path, data[:at] + b"\xff" + data[at:])
    assert isinstance(page, Page)
    assert page.encoding == codec
    assert 1 <= page.text.count("\ufffd") <= 4
    assert len(page.text.replace("\ufffd", "")) >= len(TEXT) - 2


def test_ids(tmp_path: Path) -> None:
    data = TEXT.encode()
    page = _read(tmp_path, data, "2025/页.txt")
    assert isinstance(page, Page)
    assert page.path == "2025/页.txt"
    assert page.sha256 == hashlib.sha256(data).hexdigest()
    assert page.doc_id == hashlib.sha256(data + "2025/页.txt".encode()).hexdigest()[:16]


@pytest.mark.parametrize("data", [b"", b" \r\n\n\f", "\ufeff\u3000\n".encode()])
def test_empty(tmp_path: Path, data: bytes) -> None:
    found = _reject(tmp_path, data)
    assert found.reason == "empty"
    assert "OCR" in found.detail


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n1 0 obj << >> endobj",
        b"PK\x03\x04\x14\x00\x06\x00",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        bytes(range(32)) * 40,
        gzip.compress(TEXT.encode(), mtime=0),
    ],
)
def test_binary(tmp_path: Path, data: bytes) -> None:
    assert _reject(tmp_path, data).reason == "binary"


@pytest.mark.parametrize(
    "data",
    [
        bytes((17 * n * n + 91 * n) % 224 + 32 for n in range(4000)),
        "日本語のページです。ひらがなとカタカナがたくさんあります。".encode("shift_jis") * 5,
        TEXT[:30].encode() + b"\xff\xfe\xfa\xff\xfe\xff",
    ],
)
def test_undecodable(tmp_path: Path, data: bytes) -> None:
    found = _reject(tmp_path, data)
    assert found.reason == "undecodable"
    assert "iconv" in found.detail


def test_broken_gzip(tmp_path: Path) -> None:
    whole = gzip.compress(TEXT.encode() * 20, mtime=0)
    for data in (b"not gzip", whole[:-12], whole[:20] + b"\0" * 20 + whole[40:]):
        assert _reject(tmp_path, data, "page.txt.gz").reason == "unreadable"


def test_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.txt").symlink_to(tmp_path / "nowhere")
    found = read_page(tmp_path, "page.txt")
    assert isinstance(found, Reject)
    assert found.reason == "unreadable"


def test_too_large(tmp_path: Path) -> None:
    data = TEXT.encode() * 3
    (tmp_path / "page.txt").write_bytes(data)
    (tmp_path / "bomb.txt.gz").write_bytes(gzip.compress(data, mtime=0))
    for name in ("page.txt", "bomb.txt.gz"):
        found = read_page(tmp_path, name, limit=len(data) - 1)
        assert isinstance(found, Reject)
        assert (found.reason, "--page-limit" in found.detail) == ("too-large", True)
        assert isinstance(read_page(tmp_path, name, limit=len(data)), Page)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2025-06-25_A01.txt", (2025, 6, 25)),
        ("20250625.txt", (2025, 6, 25)),
        ("2025062502.txt", (2025, 6, 25)),
        ("rmrb2025062502.txt.gz", (2025, 6, 25)),
        ("人民日报2025年6月5日01版.txt", (2025, 6, 5)),
        ("A01_2025_06_25.txt", (2025, 6, 25)),
        ("20250231_20250301.txt", (2025, 3, 1)),
        ("000_e2eed57d5d3cad4d.txt", None),
        ("004_bfa4698a7358d196.txt", None),
        ("page-12345678.txt", None),
        ("2025.txt", None),
    ],
)
def test_date_in_name(name: str, day: tuple[int, int, int] | None) -> None:
    assert date_in_name(name) == (dt.date(*day) if day else None)


def test_metadata_goes_before_the_file_name(tmp_path: Path) -> None:
    rows = "path,published,publication\n2025-01-02_a.txt,2024-12-31,山城日报\n./sub/b.txt,,\n"
    (tmp_path / "metadata.csv").write_text(rows, encoding="utf-8-sig")
    page = _read(tmp_path, TEXT.encode(), "2025-01-02_a.txt")
    assert isinstance(page, Page)
    assert (page.published, page.published_from) == (dt.date(2024, 12, 31), "metadata")
    assert page.publication == "山城日报"
    other = _read(tmp_path, TEXT.encode(), "sub/b.txt")
    assert isinstance(other, Page)
    assert (other.published, other.published_from, other.publication) == (None, None, None)


def test_bad_metadata_rows_are_rejects_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text(
        "path,published\na.txt,2025-13-01\n,2025-01-01\nb.txt\nb.txt,2025-01-02\n"
        "b.txt,2025-01-03\nc.txt,2025-01-02,x\ngone.txt,2025-01-02\nd.txt,0225-01-02\n",
        encoding="utf-8",
    )
    (tmp_path / "b.txt").write_text(TEXT, encoding="utf-8")
    source = open_source(tmp_path)
    assert [(r.path, r.reason) for r in source.rejects] == [
        (f"metadata.csv:{n}", "bad-metadata") for n in (2, 3, 4, 6, 7, 9)
    ]
    assert "2025-06-25" in source.rejects[0].detail
    page = read_page(tmp_path, "b.txt")
    assert isinstance(page, Page)
    assert page.published == dt.date(2025, 1, 2)
    assert source.missing == ("gone.txt",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"file,date\na.txt,2025-01-01\n", "the header is"),
        (b"", "the header is nothing"),
        ("path,published,publication\na.txt,,山城日报\n".encode("gb18030"), "not UTF-8"),
    ],
)
def test_metadata_that_cannot_be_used(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "metadata.csv").write_bytes(content)
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        open_source(tmp_path)


def test_pages_are_sorted_and_hidden_files_left_alone(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.TXT", "a.txt", ".hidden.txt", ".git/x.txt", "c.md", "d.txt.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    assert open_source(tmp_path).paths == ("a.txt", "a/z.TXT", "b.txt", "d.txt.gz")


def test_no_folder_and_no_pages(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        open_source(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no pages"):
        open_source(tmp_path)


def test_a_pipe_is_a_reject_and_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    reject = read_page(tmp_path, "pipe.txt")
    assert isinstance(reject, Reject)
    assert (reject.reason, "regular file" in reject.detail) == ("unreadable", True)


def test_linked_folders_are_read_but_not_in_circles(tmp_path: Path) -> None:
    raw, elsewhere = tmp_path / "raw", tmp_path / "disk" / "2024"
    for folder in (raw / "a", elsewhere):
        folder.mkdir(parents=True)
        (folder / "p.txt").write_text(TEXT, encoding="utf-8")
    (raw / "b").symlink_to(elsewhere)
    (raw / "a" / "up").symlink_to(raw)
    (raw / "a" / "top").symlink_to(tmp_path)
    (elsewhere / "itself").symlink_to(elsewhere)
    source = open_source(raw, follow_links=True)
    assert (source.paths, source.rejects) == (("a/p.txt", "b/p.txt"), ())
    source = open_source(raw)
    assert source.paths == ("a/p.txt",)
    assert [(r.path, r.reason) for r in source.rejects] == [("b", "link")]


@pytest.mark.parametrize(
    ("name", "content", "cure"),
    [
        ("a.txt.gz", TEXT.encode(), "take .gz off"),
        ("a.txt.gz", gzip.compress(TEXT.encode())[:-20], "copy the file anew"),
        ("a.txt", "".join(map(chr, range(0xE000, 0xE800))).encode(), "OCR"),
    ],
)
def test_rejects_name_the_cure_that_fits(
    tmp_path: Path, name: str, content: bytes, cure: str
) -> None:
    reject = _read(tmp_path, content, name)
    assert isinstance(reject, Reject)
    assert cure in reject.detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_closed_folder_is_a_reject(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "closed").mkdir(mode=0)
    source = open_source(tmp_path)
    assert source.paths == ("a.txt",)
    assert [(r.path, r.reason) for r in source.rejects] == [("closed", "unreadable")]


@pytest.mark.parametrize(
    ("lines", "issued", "told"),
    [
        (["2024年6月20日 星期四 第3版"], dt.date(2024, 6, 20), "2024-06-18"),
        (["２０２４年６月２０日　星期四"], dt.date(2024, 6, 20), "2024-06-18"),
        (["一九九八年七月三日 星期五 第2版"], dt.date(1998, 7, 3), "1998-06-18"),
        (["2024年6月31日 星期四 第3版"], None, "XXXX-06-18"),
        (["6月20日 星期四 第3版"], None, "XXXX-06-18"),
        (["2024年6月20日 星期四", "2023年6月20日 星期二"], None, "XXXX-06-18"),
    ],
)
def test_a_folio_tells_the_day_of_issue(
    lines: list[str], issued: dt.date | None, told: str, rules_alone: Toolkit
) -> None:
    page = Page("d" * 16, "a.txt", "", "utf-8", "\n".join((*lines, BODY)))
    result = process(page, rules_alone)
    assert result.page.page.published == issued
    assert result.page.page.published_from == ("page" if issued else None)
    (day,) = [d.edtf for s in result.stories for d in s.mentions.dates if d.text == "6月18日"]
    assert day == told
    dated = process(replace(page, published=dt.date(2000, 1, 1)), rules_alone)
    assert dated.page.page.published == dt.date(2000, 1, 1)
