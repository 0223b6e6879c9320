"""What README.md and docs/ tell of commands, codes, reasons and keys holds."""

from __future__ import annotations

import ast
import json
import logging
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from pipeline.cli import main
from pipeline.errors import ExitCode
from pipeline.read import MAX_BYTES
from pipeline.run import Options, run
from pipeline.runs.journal import PASSING
from pipeline.schemas import TABLES
from tests.support.rule_docs import RULES_README
from tests.support.runs import QuickRecipe, page_text, write_pages

ROOT = Path(__file__).parents[1]
README, OPERATIONS = ROOT / "README.md", ROOT / "docs" / "operations.md"
TEXTS = (
    *sorted(ROOT.glob("README*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / "CONTRIBUTING.md", RULES_README),
)
CLUSTER = ROOT / "docs" / "cluster.md"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(
    r"(?:^|[\s/])shilu "
    r"((?:extract|status|show|explain|runs|diff|report|eval|check-rules|rules)\b.*)"
)
_END = re.compile(r"\s(?:\|\|?|&&|;|2?>>?)(?:\s|$)")  # of a command in a shell
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https:)([^)#\s]*)(?:#([^)]*))?\)")  # within the repository
_MAPS = {"libraries", "pages", "rows", "rejects"}  # keys of the manifest that stand for many


def _blocks(path: Path) -> list[tuple[str, str]]:
    return _BLOCK.findall(path.read_text("utf-8"))


def _commands() -> list[str]:
    """What follows `shilu` in code blocks."""
    shells = [
        body
        for path in TEXTS
        for kind, body in _blocks(path)
        if kind in ("sh", "cron", "ini", "console")
    ]
    return [_END.split(m[1])[0].strip() for body in shells for m in _COMMAND.finditer(body)]


def _mentions() -> list[str]:
    """What follows `shilu` in code within the text; it need not be a whole command."""
    texts = (path.read_text("utf-8") for path in TEXTS)
    return [c for text in texts for c in re.findall(r"`shilu ([^`\n]+)`", _BLOCK.sub("", text))]


def _table(path: Path, heading: str) -> list[list[str]]:
    """Cells of the rows below a heading, without the head of the table."""
    section = path.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[c.strip() for c in row.split(" | ")] for row in _ROW.findall(section)]
    return [row for row in rows if not row[0].startswith("---")][1:]


def _anchors(path: Path) -> set[str]:
    """What a link to a heading of `path` may name."""
    heads = re.findall(r"^#+ (.+)$", _BLOCK.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in heads}


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _reasons() -> set[str]:
    """The reasons of all rejects that the program makes, but for one that nobody gets to see."""
    reasons = set()
    for path in (ROOT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reject":
                reason = node.args[1]
                if isinstance(reason, ast.Constant):
                    reasons.add(str(reason.value))
    return reasons - {"left-out"}


def _keys(manifest: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in manifest.items():
        if isinstance(value, dict) and key not in _MAPS:
            yield from _keys(value, f"{key}.")
        else:
            yield prefix + key


def _leaf(words: Sequence[str]) -> tuple[click.Command, list[str]]:
    """The command that `words` begin with, within its group, and the words behind it."""
    command: click.Command = main
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        command = command.commands[rest.pop(0)]
    return command, rest


@pytest.mark.parametrize("command", _commands())
def test_commands_are_understood(command: str) -> None:
    leaf, args = _leaf(shlex.split(command))
    parent = click.Context(main, **main.context_settings)
    leaf.make_context(leaf.name, args, parent)  # raises click.UsageError


def test_commands_of_dask_are_understood() -> None:
    from distributed.cli.dask_scheduler import main as scheduler
    from distributed.cli.dask_worker import main as worker

    found = re.findall(r"^dask (scheduler|worker) ?([^&\n]*)", CLUSTER.read_text("utf-8"), re.M)
    assert {name for name, _ in found} == {"scheduler", "worker"}
    for name, args in found:
        command = {"scheduler": scheduler, "worker": worker}[name]
        command.make_context(name, shlex.split(args))  # raises click.UsageError


def test_limits_of_the_cluster_are_told() -> None:
    from pipeline.engines import cluster, seats

    text = CLUSTER.read_text("utf-8")
    assert f"for {cluster._PATIENCE:g} s" in text
    assert f"after {seats._IDLE:g} s" in text


def test_mentions_of_commands_and_options_hold() -> None:
    for mention in _mentions():
        if mention == "--help":
            continue
        leaf, args = _leaf(mention.split())
        options = {o for p in leaf.params for o in p.opts}
        assert {a for a in args if a.startswith("--")} <= options, mention
    assert {"extract", "status", "runs", "diff"} <= {m.split()[0] for m in _mentions()}


@pytest.mark.parametrize("path", [OPERATIONS, README], ids=lambda p: p.name)
def test_exit_codes_are_told(path: Path) -> None:
    told = [int(row[0]) for row in _table(path, "Exit codes")]
    assert told == sorted(ExitCode)


def test_reasons_of_rejects_are_told() -> None:
    rows = {_names(row[0])[0]: row for row in _table(OPERATIONS, "Rejects")}
    reason = next(c for c in TABLES["rejects"][1] if c.name == "reason")
    assert set(rows) == _reasons() == set(reason.values)
    assert {reason for reason, row in rows.items() if row[-1] == "yes"} == PASSING


def test_links_and_python_hold() -> None:
    for path in TEXTS:
        for target, anchor in _LINK.findall(path.read_text("utf-8")):
            to = path.parent / target if target else path
            assert to.exists(), target
            assert not anchor or anchor in _anchors(to), f"{target}#{anchor}"
    for kind, body in _blocks(OPERATIONS):
        if kind == "python":
            compile(body, str(OPERATIONS), "exec")


def test_limits_are_told() -> None:
    options: dict[str | None, Any] = {o.name: o.default for o in main.commands["extract"].params}
    limits = {row[0]: row[1] for row in _table(OPERATIONS, "Limits")}
    assert limits["size of a page, unpacked"] == f"{options['page_limit']:g} MiB"
    assert options["page_limit"] * 2**20 == MAX_BYTES
    assert limits["time of a page"].startswith(f"{options['page_seconds']:g} s ")
    assert options["keep_runs"] == Options().keep == 3  # "the last three runs stay"


def test_manifest_and_log_of_a_run_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("shilu")
    log.addHandler(caplog.handler)
    caplog.set_level(logging.INFO, "shilu")
    raw = write_pages(tmp_path / "raw", {"a.txt": page_text(1), "b.txt": page_text(2, "CRASH")})
    try:
        run(raw, tmp_path / "out", QuickRecipe(), Options(workers=1))
    finally:
        log.removeHandler(caplog.handler)
    told = {name for row in _table(OPERATIONS, "The manifest") for name in _names(row[0])}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert told == set(_keys(manifest))
    # What every record has of its own.
    usual = {*vars(logging.makeLogRecord({})), "event", "message", "asctime"}
    events: dict[str, set[str]] = {}
    for record in caplog.records:
        events.setdefault(vars(record)["event"], set()).update(set(vars(record)) - usual)
    rows = {_names(row[0])[0]: row for row in _table(OPERATIONS, "The log as JSON lines")}
    assert set(rows) == events.keys() | {"pruned", "failed", "stopped"}
    for event, fields in events.items():
        assert fields <= set(_names(rows[event][1])), event
