"""Sentences with every expected mention inline: ``现有社会组织【41家|41 = 家】``.

`tests/cases/<subject>/<group>.tsv` has the columns ``sentence published note``; an empty
`published` means that the day of issue is not known.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from pipeline.rulecheck import Reading

CASES = Path(__file__).parents[1] / "cases"
GROUPS = ("wild", "synthetic", "negative", "known_failures")
_MARK = re.compile(r"【([^【】|]+)(?:\|([^【】]*))?】")


class Case(Struct, frozen=True):
    """One line: the bare sentence, and the readings expected of it, in order."""

    subject: str
    group: str
    where: str
    text: str
    expected: tuple[Reading, ...]
    published: dt.date | None


def load_cases() -> Iterator[Case]:
    """All lines of all case files, in order."""
    for path in sorted(CASES.glob("*/*.tsv")):
        if path.stem not in GROUPS:
            raise ValueError(f"{path}: name it one of {', '.join(GROUPS)}")
        lines = path.read_text("utf-8").splitlines()
        header_seen = False
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            if not header_seen:
                header_seen = True
                if line.split("\t") != ["sentence", "published", "note"]:
                    raise ValueError(f"{path}:{number}: the header is sentence published note")
                continue
            sentence, published, *_ = [*line.split("\t"), "", ""]
            text, expected = parse(sentence)
            yield Case(
                path.parent.name,
                path.stem,
                f"{path.parent.name}/{path.name}:{number}",
                text,
                expected,
                dt.date.fromisoformat(published) if published else None,
            )


def parse(sentence: str) -> tuple[str, tuple[Reading, ...]]:
    """A marked sentence as bare text and readings; a mark without ``|`` leaves the value open."""
    text, found, at = "", [], 0
    for m in _MARK.finditer(sentence):
        text += sentence[at : m.start()]
        found.append(Reading(len(text), len(text) + len(m[1]), m[2] or ""))
        text += m[1]
        at = m.end()
    return text + sentence[at:], tuple(found)


def mark(text: str, found: list[Reading]) -> str:
    """The reverse of `parse`, for messages."""
    pieces, at = [], 0
    for r in sorted(found, key=lambda r: (r.start, r.end)):
        pieces += [text[at : r.start], f"【{text[r.start : r.end]}|{r.value}】"]
        at = max(at, r.end)
    return "".join(pieces) + text[at:]
