"""Facts of two runs: which appeared, vanished, changed, and how that is told."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.diff import diff, lines
from pipeline.run import run
from pipeline.schemas import CHANGES, changes_schema
from tests.support.sheets import Run, Sheet, made


def told(before: Run, after: Run) -> list[str]:
    return list(lines(diff(before, after), 100))


# What happened -> the facts before, after, and what is told.
SAME_BYTES = {
    "nothing": ("粤 床位 41 张", "粤 床位 41 张", ""),
    "subject, at the same place": (
        "粤 床位 41 张",
        "粤 养老床位 41 张",
        "~ 粤 养老床位 41张 (subject: 床位 → 养老床位)",
    ),
    "everything, at the same place": (
        "粤 床位 41 张",
        "桂 老人 1 -",
        "~ 桂 老人 1 (subject: 床位 → 老人; value: 41 → 1; unit: 张 → –; place: 粤 → 桂)",
    ),
    "one of two that say the same": (
        "粤 床位 41 张 - 引\n粤 床位 41 张 - 引",
        "粤 老人 41 张 - 引\n粤 床位 41 张 - 引",
        "~ 粤 老人 41张 (subject: 床位 → 老人)",
    ),
    "a quote alone": (
        "粤 床位 41 张 - 甲",
        "粤 床位 41 张 - 乙",
        "~ 粤 床位 41张 (quote: 甲 → 乙)",
    ),
    "a few characters of a long quote": (
        f"粤 床位 41 张 - {'引' * 20}甲{'文' * 20}",
        f"粤 床位 41 张 - {'引' * 20}乙丙{'文' * 20}",
        "~ 粤 床位 41张 (quote: …引引引引引引引引甲文文文文文文文文… → "
        "…引引引引引引引引乙丙文文文文文文文文…)",
    ),
    "a date": ("粤 床位 41 张", "粤 床位 41 张 2024 ", "~ 粤 床位 41张 (date: – → 2024)"),
}
OTHER_BYTES = {
    "moved along": ("粤 床位 41 张", "\n\n粤 床位 41 张", ""),
    "a number": ("粤 床位 41 张", "粤 床位 43 张", "~ 粤 床位 43张 (value: 41 → 43)"),
    "one of two gone": ("粤 床位 41 张\n粤 床位 41 张", "粤 床位 41 张", "- 粤 床位 41张"),
    "one twice": ("粤 床位 41 张", "粤 床位 41 张\n粤 床位 41 张", "+ 粤 床位 41张"),
    "two numbers, in the order of the text": (
        "粤 床位 1 张\n粤 床位 2 张",
        "粤 床位 3 张\n粤 床位 4 张",
        "~ 粤 床位 3张 (value: 1 → 3)\n~ 粤 床位 4张 (value: 2 → 4)",
    ),
    "subject and number in the same clause": (
        "粤 床位 41 张 - 引",
        "桂 老人 43 张 - 引",
        "~ 桂 老人 43张 (subject: 床位 → 老人; value: 41 → 43; place: 粤 → 桂)",
    ),
    "subjects alike go together": (
        "粤 救助管理机构 41 家\n粤 养老床位 41 家",
        "粤 养老机构床位 41 家\n粤 管理机构 41 家",
        "~ 粤 养老机构床位 41家 (subject: 养老床位 → 养老机构床位)\n"
        "~ 粤 管理机构 41家 (subject: 救助管理机构 → 管理机构)",
    ),
    "what is unlike does not": (
        "粤 床位 41 家 - 甲乙丙",
        "粤 老人 41 家 - 丁戊己",
        "- 粤 床位 41家\n+ 粤 老人 41家",
    ),
    "quotes alike go together": (
        "粤 床位 41 家 - 甲乙丙",
        "粤 - 41 家 - 甲乙丁",
        "~ 粤 41家 (subject: 床位 → –)",
    ),
    "no subject is no match": ("粤 - 1 家", "粤 - 2 家", "- 粤 1家\n+ 粤 2家"),
    "what vanished follows what it followed": (
        "粤 甲甲 1 家\n粤 乙乙 2 个\n粤 丙丙 3 张",
        "粤 丁丁 4 头\n粤 甲甲 1 家\n粤 丙丙 5 张",
        "+ 粤 丁丁 4头\n- 粤 乙乙 2个\n~ 粤 丙丙 5张 (value: 3 → 5)",
    ),
}


@pytest.mark.parametrize("case", SAME_BYTES)
def test_a_page_read_anew(case: str) -> None:
    _check(case, *SAME_BYTES[case], "1", "a.txt: read differently")


@pytest.mark.parametrize("case", OTHER_BYTES)
def test_a_page_with_other_bytes(case: str) -> None:
    _check(case, *OTHER_BYTES[case], "2", "a.txt: page changed")


def _check(case: str, before: str, after: str, wanted: str, version: str, head: str) -> None:
    old, new = made({"a.txt": Sheet(before)}), made({"a.txt": Sheet(after, version)})
    found = [line for line in told(old, new)[1:] if not line.startswith("pages:")]
    assert found == ([head, *(f"  {line}" for line in wanted.splitlines())] if wanted else []), case


def test_pages_new_gone_rejected_and_renamed() -> None:
    before = made(
        {
            "gone.txt": Sheet("粤 床位 1 张", "g"),
            "spoilt.txt": Sheet("粤 床位 2 张", "s"),
            "old.txt": Sheet("粤 床位 3 张\n粤 老人 4 名", "r"),
            "stays.txt": Sheet("粤 床位 5 张", "k"),
        }
    )
    after = made(
        {
            "new.txt": Sheet("粤 床位 6 张", "n"),
            "other\u3000.txt": Sheet("粤 床位 3 张\n粤 老人 4 人", "r"),
            "stays.txt": Sheet("粤 床位 5 张", "k"),
        },
        rejected=("spoilt.txt",),
    )
    assert told(before, after) == [
        "1 fact appeared, 2 vanished, 1 changed, 2 unchanged",
        "pages: 1 new, 1 gone, 1 rejected, 1 renamed, 1 the same",
        "gone.txt: page gone",
        "  - 粤 床位 1张",
        "new.txt: new page",
        "  + 粤 床位 6张",
        "other\u3000.txt (renamed from old.txt): read differently",
        "  ~ 粤 老人 4人 (unit: 名 → 人)",
        "spoilt.txt: page rejected",
        "  - 粤 床位 2张",
    ]


def test_copies_are_not_taken_for_a_renamed_page() -> None:
    before = made({"a.txt": Sheet("粤 床位 1 张")})
    after = made({"b.txt": Sheet("粤 床位 1 张"), "c.txt": Sheet("粤 床位 1 张")})
    assert told(before, after)[1] == "pages: 2 new, 1 gone"


def test_another_day_of_issue_is_told() -> None:
    before = made({"a.txt": Sheet("粤 床位 1 张 XXXX-06-20")})
    day = dt.date(2025, 6, 21)
    after = made({"a.txt": Sheet("粤 床位 1 张 2025-06-20", published=day)})
    assert told(before, after)[1:] == [
        "pages: 1 with another day of issue or paper",
        "a.txt: day of issue or paper changed",
        "  ~ 粤 床位 1张 (date: XXXX-06-20 → 2025-06-20)",
    ]


def test_what_is_too_much_is_counted() -> None:
    changes = diff(made({}), made({"a.txt": Sheet("\n".join(["粤 床位 1 张"] * 5))}))
    assert list(lines(changes, 2))[2:] == [
        "a.txt: new page",
        *["  + 粤 床位 1张"] * 2,
        "and 3 more",
    ]
    assert list(lines(changes, 0))[2:] == []


def test_a_hostile_page_cannot_play_with_the_terminal() -> None:
    evil = "\x1b[2J\u202e\u0007" + "长" * 99
    after = made({f"a\n{evil}.txt": Sheet(f"粤 {evil} 1 张")})
    for line in told(made({}), after):
        assert line.isprintable()
        assert len(line) < 300
    assert "\\x1b[2J\\u202e\\x07" in told(made({}), after)[3]


def test_the_table_as_pandas_reads_it(tmp_path: Path) -> None:
    before = made({"a.txt": Sheet("粤 床位 41 张\n桂 老人 7 名")})
    after = made({"a.txt": Sheet("粤 床位 43 张\n湘 学校 9 所", "2")})
    changes = diff(before, after)
    assert changes.schema.equals(changes_schema())
    for table in (changes, changes.slice(0, 0)):
        pq.write_table(table, tmp_path / "changes.parquet")
        frame = pd.read_parquet(tmp_path / "changes.parquet")
        assert [str(t) for t in frame.dtypes] == [c.dtype for c in CHANGES[1]]
    frame = changes.to_pandas().set_index("change")
    shown = ["value", "value_before", "place", "place_before", "differs", "why"]
    assert frame.loc["changed", shown].tolist() == [
        *(43.0, 41.0, "粤", "粤", "value quote statement", "page-changed")
    ]
    assert frame.loc["vanished", shown[:4]].tolist() == [7.0, 7.0, "桂", "桂"]
    assert frame.loc["appeared", shown].isna().tolist() == [False, True, False, True, True, False]


def test_every_field_has_a_description() -> None:
    for field in changes_schema():
        assert field.metadata[b"description"], field.name


def test_frames_are_left_as_they_were() -> None:
    before, after = made({"a.txt": Sheet("粤 床位 1 张")}), made({})
    copies = {name: frame.copy() for name, frame in before.items()}
    diff(before, after)
    for name, frame in copies.items():
        pd.testing.assert_frame_equal(before[name], frame)


TIANJIN, SHENZHEN = "000_e2eed57d5d3cad4d.txt", "004_bfa4698a7358d196.txt"


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _nothing(raw: Path) -> None:
    pass


def _number(raw: Path) -> None:
    _replace(raw / TIANJIN, "类社会组织 41 家", "类社会组织 43 家")


def _neighbour(raw: Path) -> None:
    _replace(raw / TIANJIN, "的 37家", "的 38家")


def _sentence(raw: Path) -> None:
    _replace(raw / SHENZHEN, "机构建有养老床位 7.5万张。", "机构。")


def _rename(raw: Path) -> None:
    (raw / SHENZHEN).rename(raw / "A02.txt")


def _rename_with_a_day(raw: Path) -> None:
    (raw / TIANJIN).rename(raw / "2019-07-01_A01.txt")


def _delete(raw: Path) -> None:
    (raw / TIANJIN).unlink()


def _blank(raw: Path) -> None:
    (raw / TIANJIN).write_text("\n")


def _day(raw: Path) -> None:
    (raw / "metadata.csv").write_text(f"path,published\n{TIANJIN},2019-07-01\n")


# What happens to a folder of pages overnight, and how the report on it begins.
NIGHTS: dict[Callable[[Path], None], tuple[str, ...]] = {
    _nothing: (
        "0 facts appeared, 0 vanished, 0 changed, 45 unchanged",
        "pages: 2 the same",
    ),
    _number: (
        "0 facts appeared, 0 vanished, 1 changed, 44 unchanged",
        "pages: 1 changed, 1 the same",
        f"{TIANJIN}: page changed",
        "  ~ 天津市 应急救援类社会组织 43家 (value: 41 → 43)",
    ),
    _neighbour: (
        "0 facts appeared, 0 vanished, 2 changed, 43 unchanged",
        "pages: 1 changed, 1 the same",
        f"{TIANJIN}: page changed",
        "  ~ 广东省 组织实地开放的救助管理机构 63家 "
        "(quote: 其中组织实地开放的63家、开展街面宣传的37家 → "
        "其中组织实地开放的63家、开展街面宣传的38家)",
        "  ~ 广东省 开展街面宣传的救助管理机构 38家 (value: 37 → 38)",
    ),
    _sentence: (
        "0 facts appeared, 1 vanished, 1 changed, 43 unchanged",
        "pages: 1 changed, 1 the same",
        f"{SHENZHEN}: page changed",
    ),
    _rename: (
        "0 facts appeared, 0 vanished, 0 changed, 45 unchanged",
        "pages: 1 renamed, 1 the same",
    ),
    _rename_with_a_day: (
        "0 facts appeared, 0 vanished, 9 changed, 36 unchanged",
        "pages: 1 renamed, 1 the same",
        f"2019-07-01_A01.txt (renamed from {TIANJIN}): day of issue or paper changed",
        "  ~ 广东省 救助管理机构 100家 (date: 2025-06-19 → 2019-06-19)",
    ),
    _delete: (
        "0 facts appeared, 15 vanished, 0 changed, 30 unchanged",
        "pages: 1 gone, 1 the same",
        f"{TIANJIN}: page gone",
        "  - 天津市 市级部门（单位） 11家",
    ),
    _blank: (
        "0 facts appeared, 15 vanished, 0 changed, 30 unchanged",
        "pages: 1 rejected, 1 the same",
        f"{TIANJIN}: page rejected",
    ),
    _day: (
        "0 facts appeared, 0 vanished, 9 changed, 36 unchanged",
        "pages: 1 with another day of issue or paper, 1 the same",
        f"{TIANJIN}: day of issue or paper changed",
    ),
}


def _pages(folder: Path, gold: Path) -> Path:
    folder.mkdir()
    for path in (gold / "seeds").glob("*.txt"):
        shutil.copy(path, folder)
    return folder


def _load(raw: Path, out: Path) -> Run:
    run(raw, out)
    names = ("documents", "stories", "facts", "rejects")
    return {name: pd.read_parquet(out / name) for name in names}


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory, gold: Path) -> Run:
    folder = tmp_path_factory.mktemp("evening")
    return _load(_pages(folder / "raw", gold), folder / "out")


@pytest.mark.parametrize("edit", NIGHTS, ids=lambda edit: edit.__name__.strip("_"))
def test_a_night(edit: Callable[[Path], None], evening: Run, tmp_path: Path, gold: Path) -> None:
    raw = _pages(tmp_path / "raw", gold)
    edit(raw)
    found = told(evening, _load(raw, tmp_path / "out"))
    assert tuple(found[: len(NIGHTS[edit])]) == NIGHTS[edit]
