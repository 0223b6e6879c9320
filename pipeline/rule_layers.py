"""A user's own folder of rules, laid over the built-in ones.

It holds only the files that it changes, in their usual form. A row of it takes the place of the
built-in row for the same word; a row for another word is added. Rows of ``off.tsv`` name built-in
rows that are switched off.
"""

from __future__ import annotations

import difflib
import hashlib
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from pipeline.rule_files import RULE_FILES, builtin_rules, rule_file
from pipeline.rule_rows import Rule, cells_of, header_problem, numbered_lines, read_rows

MAX_BYTES = 8 * 2**20  # of one file: a hundred times the largest
MADE = ("gb2260", "glyphs", "layout")  # folders of built-in files that are made by tools
OFF = ("file", "surface", "note")
_NAMES = tuple(form.name for form in RULE_FILES)


class Off(Struct, frozen=True):
    """A row of off.tsv: the built-in rows of `file` for the word `surface` do not count."""

    file: str
    surface: str
    where: str


def file_text(path: Path, name: str, problems: list[str]) -> str | None:
    """The text of a rule file, None where `problems` has been told of one; `name` is for these."""
    try:
        file = path.stat()
        if not stat.S_ISREG(file.st_mode):
            problems.append(f"{name}: no plain file; put one there")
            return None
        if file.st_size > MAX_BYTES:
            problems.append(f"{name}: over {MAX_BYTES // 2**20} MiB; remove what is no rule")
            return None
        data = path.read_bytes()
    except FileNotFoundError:
        problems.append(f"{name}: no such file in {path.parent}; restore it")
        return None
    except OSError as e:
        problems.append(f"{name}: {e.strerror}; check its permissions")
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text", as Excel saves it
        encoding, cure = "utf-16", "save it again as Unicode text, or as UTF-8"
    else:
        encoding, cure = "utf-8-sig", "save it as UTF-8 (in Excel as Unicode text)"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        real = "GBK, it seems" if _is_gbk(data) else "another encoding"
        form = "UTF-16" if encoding == "utf-16" else "UTF-8"
        what = f"in {real}, not in {form}"
        problems.append(f"{name}:{line}: the file is {what}; {cure}")
        return None


def _is_gbk(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def digest_made(folder: Path, digest: hashlib._Hash) -> None:
    """Add the files of `folder` that are made by tools to a digest."""
    for path in sorted(p for sub in MADE for p in (folder / sub).glob("*.tsv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())


def own_rules(
    folder: Path, builtin: Mapping[str, Sequence[Rule]], problems: list[str]
) -> tuple[Mapping[str, tuple[Rule, ...]], tuple[Off, ...]]:
    """The rows of a user's `folder`, file by file, and what it switches off."""
    paths = _files(folder, problems)
    rules: dict[str, tuple[Rule, ...]] = {}
    for name in (n for n in _NAMES if n in paths):
        shown = str(paths[name])
        text = file_text(paths[name], shown, problems)
        if text is not None:
            rules[name] = tuple(read_rows(rule_file(name), text, shown, True, problems))
    off: tuple[Off, ...] = ()
    if "off" in paths:
        shown = str(paths["off"])
        text = file_text(paths["off"], shown, problems)
        off = () if text is None else tuple(_off(text, shown, builtin, problems))
    return rules, off


def layered(
    builtin: Mapping[str, tuple[Rule, ...]],
    own: Mapping[str, tuple[Rule, ...]],
    off: Sequence[Off],
) -> dict[str, tuple[Rule, ...]]:
    """The rules of both: own rows stand where the built-in rows stood that they replace."""
    switched = {(o.file, o.surface) for o in off}
    book: dict[str, tuple[Rule, ...]] = {}
    for name, rows in builtin.items():
        form = rule_file(name)
        mine = {form.key_of(r.surface, r.fields): r for r in own.get(name, ())}
        kept = [
            mine.pop(form.key_of(r.surface, r.fields), r)
            for r in rows
            if (name, r.surface) not in switched
        ]
        book[name] = (*kept, *mine.values())
    return book


def _files(folder: Path, problems: list[str]) -> dict[str, Path]:
    """The rule files of `folder` by name; what else lies there must not look like one."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as e:
        cure = "name a folder with rule files of your own, such as units.tsv"
        problems.append(f"{folder}: {e.strerror}; {cure}")
        return {}
    found: dict[str, Path] = {}
    some = len(problems)
    for path in entries:
        if path.name.startswith((".", "~")) or path.name.endswith("~"):
            continue  # of editors and spreadsheets
        if path.is_dir():
            problems += _made_problems(path) if path.name in MADE else ()
            continue
        name = path.name.removesuffix(".tsv")
        if path.name.endswith(".tsv") and name in (*_NAMES, "off"):
            found[name] = path
        else:
            problems += _stranger(path)
    if not found and len(problems) == some:
        cure = "put one there, such as units.tsv with the rows that you add"
        problems.append(f"{folder}: no rule file in it; {cure}")
    return found


def _made_problems(folder: Path) -> Iterator[str]:
    """A copy of the built-in files is left alone; others would be ignored without a word."""
    for path in sorted(folder.glob("*.tsv")):
        original = builtin_rules() / folder.name / path.name
        if not original.is_file() or original.read_bytes() != path.read_bytes():
            yield f"{path}: differs from the built-in file, which has no layers; delete the folder"


def _stranger(path: Path) -> Iterator[str]:
    """Files that were surely meant for rule files; others, such as README.md, are left alone."""
    stem = path.name.split(".")[0]
    names = (*_NAMES, "off")
    if stem in names and not path.name.endswith(".tsv"):
        yield f"{path}: not read; save it as {stem}.tsv, text in UTF-8 with tabs between the cells"
    elif path.suffix.lower() == ".tsv":
        near = difflib.get_close_matches(stem.lower(), names, n=1)
        cure = f"rename it to {near[0]}.tsv" if near else f"use one of {', '.join(names)}"
        yield f"{path}: no rule file has this name; {cure}"


def _off(
    text: str, path: str, builtin: Mapping[str, Sequence[Rule]], problems: list[str]
) -> Iterator[Off]:
    """The good rows of off.tsv."""
    lines = numbered_lines(text)
    number, header = next(lines, (1, ""))
    problem = header_problem(header, OFF)
    if problem:
        problems.append(f"{path}:{number}: {problem}")
        return
    for number, line in lines:
        file, surface, _, *more = (c.strip() for c in cells_of(line, len(OFF)))
        file = file.removesuffix(".tsv")
        if more:
            what = f"{len(more) + 3} cells where 3 belong; remove the extra tabs"
        elif file not in builtin:
            near = difflib.get_close_matches(file, _NAMES, n=1)
            what = f"file is {file!r}; use {near[0] if near else 'a name such as units'}"
        elif not any(r.surface == surface for r in builtin[file]):
            what = f"{file}.tsv has no built-in row for {surface!r}; delete this line"
        else:
            yield Off(file, surface, f"{path}:{number}")
            continue
        problems.append(f"{path}:{number}: {what}")
