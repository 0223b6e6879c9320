"""Tables of runs that tests write by hand."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
from msgspec import Struct

from pipeline.schemas import schema

Run = dict[str, pd.DataFrame]


class Sheet(Struct, frozen=True):
    """A page as the tests write it: a fact a line, ``place subject value unit date quote``.

    ``-`` is nothing, the last two may be left out. A blank line moves what follows along.
    """

    facts: str = ""
    version: str = "1"
    published: dt.date | None = None


def made(pages: Mapping[str, Sheet], rejected: tuple[str, ...] = ()) -> Run:
    """The tables of a run over `pages`, by path, as `pd.read_parquet` would give them."""
    tables: dict[str, list[dict[str, Any]]] = {"documents": [], "stories": [], "facts": []}
    for path, page in sorted(pages.items()):
        doc = hashlib.sha256((page.version + path).encode()).hexdigest()[:16]
        tables["documents"].append(
            {"doc_id": doc, "path": path, "sha256": page.version, "published": page.published}
        )
        for i, line in enumerate(page.facts.splitlines()):
            if line.strip():
                tables["facts"].append({"doc_id": doc, "fact_id": f"{doc}-{i}", **_fact(line, i)})
    tables["rejects"] = [{"path": path, "reason": "empty"} for path in rejected]
    return {
        name: pa.Table.from_pylist(rows, schema=_open(schema(name))).to_pandas()
        for name, rows in tables.items()
    }


def _fact(line: str, i: int) -> dict[str, Any]:
    cells = [None if c == "-" else c for c in line.split()]
    place, subject, value, unit, date, quote = [*cells, None, None][:6]
    words = (place, subject, f"{value}{unit or ''}")
    return {
        **{"place": place, "adcode": place, "subject": subject or "", "unit": unit, "date": date},
        **{"value": float(value or 0), "comparator": "=", "quote": quote or line.strip()},
        **{"statement": " ".join(w for w in words if w)},
        **{"raw_start": i * 10, "raw_end": i * 10 + 3},
    }


def _open(form: pa.Schema) -> pa.Schema:
    """`form` with every column nullable: the tests fill in what matters."""
    return pa.schema([f.with_nullable(True) for f in form], metadata=form.metadata)
