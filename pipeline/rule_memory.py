"""What the last check of the rules found right, so that the next tries what may have changed.

A row can change what is read of a sentence only by its words: all that is compiled from it are
pieces of them, and a piece that is found in a sentence shares its characters. So an example that
shares no character with any row that came, went or changed is read as before. Rows about pages
(damage, furniture, credits, surnames, layout) are read from marks and patterns and all tried anew
when one of them changed; they know none of the other files, and these know none of theirs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from pipeline.rule_files import RULE_FILES
from pipeline.rulebook import Rule, Rulebook

# Files from which cleaning and credits are made; what reads sentences is made from the others.
PAGE_FILES = frozenset(
    {"credits", "furniture", "glyph_words", "layout", "ocr_confusions", "surnames"}
)
_END = "\0"  # of the text of a row


class Memory(Struct, frozen=True):
    """The rows of the last check by file, as they decide what is read, and the trials passed.

    `program` stands for all else: code, libraries, area codes.
    """

    program: str
    rows: Mapping[str, Sequence[str]]
    right: frozenset[str]


def memory_files(book: Rulebook) -> tuple[Path, ...]:
    """Where the memory for these folders of rules is kept, in the user's cache.

    For rules of one's own that of the built-in rules alone comes second: their first check then
    tries what they can have changed.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    layers = [book.own.resolve(), ""] if book.own else [""]
    names = (f"{book.folder.resolve()}\n{own}" for own in layers)
    digests = (hashlib.sha256(name.encode()).hexdigest()[:16] for name in names)
    return tuple(cache / "shilu" / f"rules-{digest}.json" for digest in digests)


def recall(paths: Iterable[Path], program: str) -> Memory | None:
    """The memory in the first of `paths` that holds one of this program, None without any."""
    return next(filter(None, (_recalled(path, program) for path in paths)), None)


def _recalled(path: Path, program: str) -> Memory | None:
    try:
        found = json.loads(path.read_text("utf-8"))
        memory = Memory(found["program"], found["rows"], frozenset(found["right"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return memory if memory.program == program else None


def keep(path: Path, memory: Memory) -> None:
    """Write the memory; where that cannot be done, the next check just tries all rows."""
    found = {"program": memory.program, "rows": memory.rows, "right": sorted(memory.right)}
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)


def remember(book: Rulebook, program: str, right: Iterable[Rule]) -> Memory:
    """What to keep of a check of `book` that found these rows right."""
    return Memory(program, _rows(book), frozenset(map(_trial, right)))


def untouched(book: Rulebook, memory: Memory) -> Iterator[Rule]:
    """Rows of `book` that were right at the last check and that no change since can touch."""
    now = _rows(book)
    changed = {name: _changed(memory.rows.get(name, ()), rows) for name, rows in now.items()}
    pages = any(changed[name] != set() for name in PAGE_FILES)
    rest = [changed[name] for name in changed if name not in PAGE_FILES]
    characters = {c for some in rest if some for c in some}
    for name, rows in book.rules.items():
        for rule in rows:
            if _trial(rule) not in memory.right:
                continue
            if name in PAGE_FILES:
                if not pages:
                    yield rule
            elif None not in rest and characters.isdisjoint(rule.example + rule.expect):
                yield rule


def _changed(before: Sequence[str], now: Sequence[str]) -> set[str] | None:
    """The characters of the rows of a file that came or went; None if others changed places."""
    old, new = set(before), set(now)
    if [r for r in before if r in new] != [r for r in now if r in old]:
        return None
    return {c for row in old ^ new for c in row.partition(_END)[0]}


def _rows(book: Rulebook) -> dict[str, list[str]]:
    """What the rows of each file say: first their text, then a digest of all columns.

    A column of labels (classifier, verb) is no text; a new label shows in the digest.
    """
    texts = {f.name: [c.name for c in f.columns if not c.allowed] for f in RULE_FILES}
    return {
        name: [
            "\t".join((r.surface, *(r.fields[c] for c in texts[name]))) + _END + _labels(r)
            for r in rows
        ]
        for name, rows in book.rules.items()
    }


def _labels(rule: Rule) -> str:
    return hashlib.sha256("\t".join(rule.fields.values()).encode()).hexdigest()[:8]


def _trial(rule: Rule) -> str:
    cells = (rule.file, rule.surface, *rule.fields.values(), rule.example, rule.expect)
    return hashlib.sha256("\t".join(cells).encode()).hexdigest()[:16]
