"""Compare the facts of two runs: which appeared, which vanished, which changed, and why.

A ``fact_id`` holds for one version of a page only, so facts are matched by what they say. Within
a page, facts that say the same are the same, each once; what is left is paired by the steps of
`_pair`, from the surest to the least sure; what is then left over appeared or vanished.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct
from rapidfuzz.distance import Indel, Postfix, Prefix

from pipeline.printable import printable
from pipeline.runs.layout import output_errors
from pipeline.schemas import MEANING, changes_schema

_Rows = npt.NDArray[np.int64]
_Documents = dict[str, tuple[str, list[str]]]

_ALIKE = 0.5  # least similarity of two subjects or quotes of the same number, 0 to 1
# What bounds the work: how many places further on they are looked for, how much is compared.
_NEAR, _COMPARED = 10, 100
_LONGEST = 60  # characters of a cell that are shown on one line
_LONG = 30  # of two longer texts only what differs is shown,
_AROUND = 8  # with so many characters on either side
_GONE = ("page-gone", "page-rejected")
_SAME_PLACE = ["page", "raw_start", "raw_end"]
_WHY = {
    "page-new": "new page",
    "page-gone": "page gone",
    "page-rejected": "page rejected",
    "page-changed": "page changed",
    "issue-changed": "day of issue or paper changed",
    "reading-changed": "read differently",
}


class _Page(Struct, frozen=True):
    """A page of either run: its path, the last one where it is gone, and the one before."""

    path: str
    path_before: str | None
    why: str

    @property
    def renamed(self) -> bool:
        return self.path_before not in (None, self.path)


def diff(before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]) -> pa.Table:
    """The changes from the run `before` to the run `after`, by path, then in reading order.

    Each run maps names of tables to what `pd.read_parquet` gives: `documents`, `facts`, and
    `rejects`, if at hand, to tell a page that was rejected from one that is gone. The columns
    are `schemas.CHANGES`; the entry `totals` of the schema's metadata counts, as JSON, the facts
    that are `unchanged` and the `pages` by why their facts may differ.
    """
    pages = _pages(before, after)
    old = _facts(before, {p.path_before: p for p in pages if p.path_before})
    new = _facts(after, {p.path: p for p in pages if p.why not in _GONE})
    both = pd.concat([old, new], ignore_index=True)
    codes = _codes(both)
    pairs = _pair(both, codes, len(old))
    spot = _spots(both, pairs, len(old))
    vanished = np.setdiff1d(np.arange(len(old)), pairs[:, 0])
    appeared = np.setdiff1d(np.arange(len(old), len(both)), pairs[:, 1])
    meant = codes["meaning"].to_numpy()
    changed = pairs[meant[pairs[:, 0]] != meant[pairs[:, 1]]]
    rows = np.concatenate([_against(vanished, 0), _against(appeared, 1), changed])
    now = np.where(rows[:, 1] >= 0, rows[:, 1], rows[:, 0])
    # Where a fact vanished, it comes behind the one that it followed.
    order = np.lexsort((now, rows[:, 1] < 0, spot[now], codes["page"].to_numpy()[now]))
    totals = {
        "unchanged": len(pairs) - len(changed),
        "pages": Counter("renamed" if p.renamed else p.why for p in pages),
    }
    return _table(both, codes, rows[order], now[order], totals)


def lines(changes: pa.Table, limit: int) -> Iterator[str]:
    """`changes` for a terminal: totals, then at most `limit` changes (0: none), page by page.

    What is not printable is escaped: pages are written by others.
    """
    totals = json.loads((changes.schema.metadata or {}).get(b"totals", b"{}"))
    yield from _total_lines(changes["change"].to_pylist(), totals)
    rows = changes.slice(0, limit).to_pylist()
    for _, group in groupby(rows, key=lambda r: (r["path"], r["path_before"])):
        page = list(group)
        yield _page_line(page[0])
        for row in page:
            yield f"  {_fact_line(row)}"
    if changes.num_rows > limit > 0:
        yield f"and {changes.num_rows - limit:,} more"


def write(changes: pa.Table, path: Path) -> None:
    """Write `changes` to the Parquet file `path`, which readers never see half done."""
    new = path.with_name(f"{path.name}.new")
    with output_errors(path):
        with new.open("wb") as file:
            pq.write_table(changes, file, compression="zstd")
        new.replace(path)


def _pages(before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]) -> list[_Page]:
    """The pages of both runs, and why their facts may differ."""
    old, new = _documents(before), _documents(after)
    rejected = set(after["rejects"]["path"]) if "rejects" in after else set()
    # A page with the bytes of another that is gone was renamed, unless there are several.
    gone, come = _alone(old, new), _alone(new, old)
    names = {path: come[sha256] for sha256, path in gone.items() if sha256 in come}
    pages = []
    for last, (sha256, issue) in old.items():
        path = names.get(last, last)
        if path not in new:
            why = "page-rejected" if path in rejected else "page-gone"
        elif new[path][0] != sha256:
            why = "page-changed"
        else:
            why = "same" if new[path][1] == issue else "issue-changed"
        pages.append(_Page(path, last, why))
    known = {p.path for p in pages}
    return pages + [_Page(path, None, "page-new") for path in new if path not in known]


def _documents(run: Mapping[str, pd.DataFrame]) -> _Documents:
    """Path → SHA-256, and the day of issue and paper."""
    # As text, nulls of all kinds compare alike.
    cells = run["documents"][["path", "sha256", "published", "publication"]].astype("string")
    return {path: (sha256, issue) for path, sha256, *issue in cells.fillna("").to_numpy()}


def _alone(documents: _Documents, others: _Documents) -> dict[str, str]:
    """SHA-256 → path of the `documents` whose path is not in `others`, each the only such one."""
    paths = defaultdict(list)
    for path, (sha256, _) in documents.items():
        if path not in others:
            paths[sha256].append(path)
    return {sha256: found[0] for sha256, found in paths.items() if len(found) == 1}


def _facts(run: Mapping[str, pd.DataFrame], pages: Mapping[str, _Page]) -> pd.DataFrame:
    """The facts of one run in reading order, each with its page; `pages` by path in that run."""
    documents, facts = run["documents"], run["facts"]
    by_id = {d: pages[p] for d, p in zip(documents["doc_id"], documents["path"], strict=True)}
    found = [by_id[d] for d in facts["doc_id"]]
    return facts[["fact_id", "raw_start", "raw_end", *MEANING]].assign(
        comparator=facts["comparator"].astype("string"),
        page=pd.array([p.path for p in found], "string"),
        path_before=pd.array([p.path_before for p in found], "string"),
        why=pd.array([p.why for p in found], "string"),
    )


def _codes(both: pd.DataFrame) -> pd.DataFrame:
    """Small numbers in the place of cells: equal for equal cells, -1 for none."""
    codes = pd.DataFrame({c: pd.factorize(both[c])[0] for c in MEANING})
    codes["page"] = pd.factorize(both["page"], sort=True)[0]
    codes["meaning"] = codes.groupby(["page", *MEANING], sort=False).ngroup()
    codes[["raw_start", "raw_end"]] = both[["raw_start", "raw_end"]]
    return codes


def _pair(both: pd.DataFrame, codes: pd.DataFrame, cut: int) -> _Rows:
    """Rows of facts before and after (those from `cut` on) that are the same fact, side by side."""
    same_bytes = both["why"].isin(["same", "issue-changed"]).to_numpy()
    subject, quote = (both[c].fillna("").ne("").to_numpy() for c in ("subject", "quote"))
    everywhere = np.ones(len(both), bool)
    steps = (
        # The place first: of two facts that say the same, one may be gone.
        (["meaning", *_SAME_PLACE], same_bytes),
        (["meaning"], everywhere),
        (_SAME_PLACE, same_bytes),
        (["page", "subject", "place", "unit", "date"], subject),
        (["page", "quote", "unit"], quote),
    )
    free = everywhere.copy()
    pairs = [np.empty((0, 2), np.int64)]
    for columns, where in steps:
        left = codes.loc[free & where, columns]
        pairs.append(_equal(left[left.index < cut], left[left.index >= cut]))
        free[pairs[-1]] = False
    pairs.append(_alike(both[free], codes.loc[free, ["page", "value", "unit"]], cut))
    return np.concatenate(pairs)


def _equal(old: pd.DataFrame, new: pd.DataFrame) -> _Rows:
    """Index pairs of rows with equal cells: the nth such row of `old` with the nth of `new`."""
    columns = list(old.columns)
    left, right = (
        frame.assign(turn=frame.groupby(columns, sort=False).cumcount(), row=frame.index)
        for frame in (old, new)
    )
    found = left.merge(right, on=[*columns, "turn"])
    return found[["row_x", "row_y"]].to_numpy(dtype=np.int64)


def _alike(facts: pd.DataFrame, keys: pd.DataFrame, cut: int) -> _Rows:
    """Pairs of equal `keys`, the most alike subjects or quotes first, then the nearest.

    What is before and what is after may change places: the pairs stay the same.
    """
    texts = facts[["subject", "quote"]].fillna("").to_numpy()
    words = {
        row: [t[:_COMPARED] for t in cells] for row, cells in zip(facts.index, texts, strict=True)
    }
    groups: dict[tuple[int, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for row, *key in keys.itertuples(name=None):
        groups[tuple(key)][row >= cut].append(row)
    pairs: list[tuple[int, int]] = []
    for old, new in groups.values():
        choices = []
        for i, a in enumerate(old):
            for j in range(max(0, i - _NEAR), min(len(new), i + _NEAR + 1)):
                alike = max(map(Indel.normalized_similarity, words[a], words[new[j]]))
                if alike >= _ALIKE:
                    choices.append((-alike, abs(i - j), i + j, a, new[j]))
        taken: set[int] = set()
        for *_, a, b in sorted(choices):
            if a not in taken and b not in taken:
                taken |= {a, b}
                pairs.append((a, b))
    return np.array(pairs, np.int64).reshape(-1, 2)


def _spots(both: pd.DataFrame, pairs: _Rows, cut: int) -> _Rows:
    """Where each fact stands in the reading order of the run after.

    One that vanished stands where the last one before it that did not vanish stands.
    """
    spot = np.arange(len(both), dtype=np.float64)
    spot[:cut] = np.nan
    spot[pairs[:, 0]] = pairs[:, 1]
    last = pd.Series(spot[:cut]).groupby(both["page"].to_numpy()[:cut]).ffill().fillna(-1)
    return np.concatenate([last.to_numpy(), spot[cut:]]).astype(np.int64)


def _against(rows: _Rows, side: int) -> _Rows:
    """`rows` in one column of pairs, before (0) or after (1), with nothing on the other side."""
    pairs = np.full((len(rows), 2), -1, np.int64)
    pairs[:, side] = rows
    return pairs


def _table(
    both: pd.DataFrame, codes: pd.DataFrame, rows: _Rows, now: _Rows, totals: Mapping[str, object]
) -> pa.Table:
    """The changes as Arrow: `rows` are the facts before and after, `now` what to show of them."""
    old, new, shown = (both.reindex(r) for r in (rows[:, 0], rows[:, 1], now))
    cells: dict[str, Any] = {
        "change": np.where(
            rows[:, 0] < 0, "appeared", np.where(rows[:, 1] < 0, "vanished", "changed")
        ),
        "why": shown["why"].replace("same", "reading-changed"),
        "path": shown["page"],
        "path_before": shown["path_before"],
        "fact_id_before": old["fact_id"],
        "fact_id_after": new["fact_id"],
        "differs": _differing(codes, rows),
        **{c: shown[c] for c in MEANING},
        **{f"{c}_before": old[c] for c in MEANING},
    }
    form = changes_schema()
    columns = [_array(cells[f.name], f.type) for f in form]
    # The pandas entry stays: totals come beside it.
    metadata = {**form.metadata, b"totals": json.dumps(totals).encode()}
    return pa.Table.from_arrays(columns, schema=form.with_metadata(metadata))


def _array(cells: Any, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(cells, kind.value_type, from_pandas=True).dictionary_encode()
    return pa.array(cells, kind, from_pandas=True)


def _differing(codes: pd.DataFrame, rows: _Rows) -> list[str | None]:
    """For facts on both sides the columns that differ, with a blank between; else None."""
    table = codes[list(MEANING)].to_numpy()
    differ = table[rows[:, 0]] != table[rows[:, 1]]
    names = np.array(MEANING)
    return [
        " ".join(names[which]) if min(row) >= 0 else None
        for which, row in zip(differ, rows, strict=True)
    ]


def _total_lines(changes: Sequence[str], totals: Mapping[str, Any]) -> Iterator[str]:
    n = {kind: changes.count(kind) for kind in ("appeared", "vanished", "changed")}
    unchanged = f", {totals['unchanged']:,} unchanged" if "unchanged" in totals else ""
    facts = "fact" if n["appeared"] == 1 else "facts"
    yield (
        f"{n['appeared']:,} {facts} appeared, {n['vanished']:,} vanished, "
        f"{n['changed']:,} changed{unchanged}"
    )
    pages: Mapping[str, int] = totals.get("pages", {})
    words = {
        "page-new": "new",
        "page-gone": "gone",
        "page-rejected": "rejected",
        "renamed": "renamed",
        "page-changed": "changed",
        "issue-changed": "with another day of issue or paper",
        "same": "the same",
    }
    told = [f"{pages[why]:,} {word}" for why, word in words.items() if why in pages]
    if told:
        yield f"pages: {', '.join(told)}"


def _page_line(row: Mapping[str, Any]) -> str:
    path, last = row["path"], row["path_before"]
    name = path if last in (None, path) else f"{path} (renamed from {last})"
    return f"{printable(name)}: {_WHY[row['why']]}"


def _fact_line(row: Mapping[str, Any]) -> str:
    if row["change"] == "appeared":
        return f"+ {_cell(row['statement'])}"
    if row["change"] == "vanished":
        return f"- {_cell(row['statement'])}"
    told = [
        f"{c}: {_contrast(row[f'{c}_before'], row[c])}"
        for c in _told((row["differs"] or "").split())
    ]
    return f"~ {_cell(row['statement'])} ({'; '.join(told)})"


def _told(columns: Iterable[str]) -> list[str]:
    """What of the differing columns tells the change; the others follow from them."""
    columns = list(columns)
    implied = {"statement", "quote", *(["adcode"] if "place" in columns else [])}
    return [c for c in columns if c not in implied] or columns


def _contrast(old: object, new: object) -> str:
    """`old` → `new`, with what both share at either end cut short where they are long."""
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > _LONG:
        head = Prefix.similarity(old, new)
        tail = Postfix.similarity(old[head:], new[head:])
        start, end = max(0, head - _AROUND), max(0, tail - _AROUND)
        old, new = (
            f"{'…' if start else ''}{text[start : len(text) - end]}{'…' if end else ''}"
            for text in (old, new)
        )
    return f"{_cell(old)} → {_cell(new)}"


def _cell(value: object) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, float):
        return f"{value:,.15g}"
    text = str(value)
    return printable(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
