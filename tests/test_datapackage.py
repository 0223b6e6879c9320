"""datapackage.json: valid, true to the schemas and to the files, and readable by others."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from frictionless import Package, validate

from pipeline.recipe import Recipe
from pipeline.run import Options, run
from pipeline.runs.layout import current_run
from pipeline.schemas import KEYS, TABLES, Column, schema
from tests.support.runs import QuickRecipe, page_text, write_pages, write_tables

DATA = Path(__file__).parents[1] / "data" / "raw"


def _package(out: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((out / "datapackage.json").read_text("utf-8"))
    return described


def _notes(path: Path) -> list[list[str]]:
    """What frictionless has against the package at `path`, its tables read cell by cell."""
    notes: list[list[str]] = validate(str(path)).flatten(["type", "fieldName", "note"])
    return notes


def _columns() -> Iterator[Column]:
    for _, columns in TABLES.values():
        yield from columns


@pytest.fixture(autouse=True)
def _limit_of_csv() -> Iterator[None]:
    """frictionless raises the limit of Python's csv for the whole process: put it back."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of the pages that come with the program, read by the rules alone."""
    folder = tmp_path_factory.mktemp("package")
    raw = folder / "raw"
    raw.mkdir()
    for page in DATA.iterdir():
        (raw / page.name).write_bytes(page.read_bytes())
    (raw / "empty.txt").touch()
    (raw / "metadata.csv").write_text(
        "path,published,publication\n004_bfa4698a7358d196.txt,2025-06-25,某报\n", encoding="utf-8"
    )
    run(raw, folder / "out", Recipe(), Options(workers=1))
    return folder / "out"


def test_a_run_is_a_valid_data_package(out: Path) -> None:
    assert _notes(out / "datapackage.json") == []
    current = current_run(out)
    assert current is not None
    assert _notes(current.folder / "datapackage.json") == []


def test_every_check_would_be_seen(out: Path, tmp_path: Path) -> None:
    """The test before says nothing unless types, keys, values and rows are checked."""
    described = _package(out)
    facts = next(r for r in described["resources"] if r["name"] == "facts")
    fields = {f["name"]: f for f in facts["schema"]["fields"]}
    fields["subject"]["type"] = "integer"
    fields["comparator"]["constraints"]["enum"] = ["~"]
    fields["org"]["constraints"] = {"required": True}
    facts["schema"]["primaryKey"] = ["story_id"]
    facts["schema"]["foreignKeys"][0]["reference"]["fields"] = ["path"]
    facts["rows"] = 7
    broken = tmp_path / "datapackage.json"
    for table in TABLES:
        (tmp_path / table).symlink_to(out / table)
    broken.write_text(json.dumps(described), encoding="utf-8")
    assert {kind for kind, _, _ in _notes(broken)} == {
        *("type-error", "constraint-error", "primary-key", "foreign-key", "row-count")
    }


def test_it_tells_what_the_schemas_tell(out: Path) -> None:
    package = _package(out)
    assert package["version"] == "0.1.0+000001"
    assert [r["name"] for r in package["resources"]] == list(TABLES)
    for resource in package["resources"]:
        stored = pq.read_schema(out / resource["path"])
        assert stored.equals(schema(resource["name"]))
        told = [
            (f["name"], f["description"], not f.get("constraints", {}).get("required", False))
            for f in resource["schema"]["fields"]
        ]
        assert told == [(f.name, f.metadata[b"description"].decode(), f.nullable) for f in stored]
        assert resource["rows"] == pq.read_metadata(out / resource["path"]).num_rows


def test_tables_are_joined_as_told(out: Path) -> None:
    joins = {
        r["name"]: [
            (k["fields"][0], k["reference"]["resource"]) for k in r["schema"].get("foreignKeys", [])
        ]
        for r in _package(out)["resources"]
    }
    assert joins["facts"] == [("doc_id", "documents"), ("story_id", "stories")]
    assert joins["stories"] == joins["repairs"] == [("doc_id", "documents")]
    assert joins["documents"] == joins["rejects"] == []
    assert all(key in schema(table).names for table, key in KEYS.items())


def test_others_read_the_rows(out: Path) -> None:
    facts = Package(str(out / "datapackage.json")).get_table_resource("facts")
    values = {row["subject"]: row["value"] for row in facts.read_rows()}
    assert values["养老机构"] == 251


def test_all_parts_of_all_chunks_are_named(tmp_path: Path) -> None:
    pages = {f"{n:03d}.txt": page_text(n) for n in range(300)}
    raw, folder = write_pages(tmp_path / "raw", {**pages, "x.txt": " "}), tmp_path / "out"
    run(raw, folder, QuickRecipe(), Options(workers=1))
    write_pages(raw, {"new.txt": page_text(9)})
    summary = run(raw, folder, QuickRecipe(), Options(workers=1))
    described = _package(folder)
    for resource in described["resources"]:
        name, paths = resource["name"], resource["path"]
        named = [paths] if isinstance(paths, str) else paths
        assert named == sorted(f"{name}/{p.name}" for p in (folder / name).iterdir())
        assert resource["rows"] == summary.rows[name], name
    assert isinstance(described["resources"][0]["path"], list)
    assert described["created"] == json.loads((folder / "manifest.json").read_text())["started"]


def test_empty_tables_are_valid_too(tmp_path: Path) -> None:
    write_tables(tmp_path)
    assert _notes(tmp_path / "datapackage.json") == []
    assert {r["rows"] for r in _package(tmp_path)["resources"]} == {0}


@pytest.mark.parametrize("column", [c for c in _columns() if c.values], ids=lambda c: c.name)
def test_every_value_is_told(column: Column) -> None:
    assert [v for v in column.values if f"`{v}`" not in column.about] == []
