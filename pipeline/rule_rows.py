"""Read the rows of one rule file, and say what is wrong with them and how to mend it.

Every file has the columns ``surface``, then its own, then ``example expect note``, with tabs
between the cells. Lines that begin with ``#`` are comments.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from pipeline.rule_cells import cell_problems
from pipeline.rule_files import TAIL, RuleFile

OPEN, CLOSE = "【", "】"


class Rule(Struct, frozen=True):
    """One row. `fields` holds the file's own columns; `name` is what tables show as `rule`.

    `path` is the file as messages name it, such as ``rules/units.tsv``; rows of a user's own
    folder are `own`.
    """

    file: str
    line: int
    surface: str
    fields: Mapping[str, str]
    example: str
    expect: str
    note: str
    path: str
    own: bool = False

    @property
    def name(self) -> str:
        """For example ``units:家``."""
        return f"{self.file}:{self.surface}"

    @property
    def where(self) -> str:
        """For example ``rules/units.tsv:42``."""
        return f"{self.path}:{self.line}"

    def __getitem__(self, column: str) -> str:
        return self.fields[column]


def example_span(rule: Rule) -> tuple[str, int, int]:
    """The example without its brackets, and the span that stood in them."""
    start = rule.example.index(OPEN)
    end = rule.example.index(CLOSE) - 1
    return rule.example.replace(OPEN, "").replace(CLOSE, ""), start, end


def read_rows(
    form: RuleFile, text: str, path: str, own: bool, problems: list[str]
) -> Iterator[Rule]:
    """The good rows of a file with `text`; what is wrong with the others goes to `problems`."""
    width = len(form.header)
    columns = tuple(c.name for c in form.columns)
    seen: dict[tuple[str, ...], int] = {}
    good = _good_row(form) if _tidy(text) else None
    lines = numbered_lines(text)
    number, header = next(lines, (1, ""))
    problem = header_problem(header, form.header)
    if problem:
        problems.append(f"{path}:{number}: {problem}")
        return
    for number, line in lines:
        whole = good.fullmatch(line) if good else None
        cells = whole.groups("") if whole else cells_of(line, width)
        found = [] if whole else list(_problems(form, line, cells))
        if len(cells) == width and "\t" in line:
            found += cell_problems(form.name, cells)
        fields = dict(zip(columns, cells[1:], strict=False))
        first = seen.setdefault(form.key_of(cells[0], fields), number)
        if first != number and not found:
            found.append(_twice(form, cells[0], fields, first))
        if found:
            problems += [f"{path}:{number}: {p}" for p in found]
            continue
        example, expect, note = cells[-3:]
        yield Rule(form.name, number, cells[0], fields, example, expect, note, path, own)


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are no comments and not blank, with their numbers."""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def cells_of(line: str, width: int) -> list[str]:
    """The cells of a row, at least `width`; blank ones that a spreadsheet adds are dropped."""
    cells = line.split("\t")
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    return cells + [""] * (width - len(cells))


def header_problem(line: str, columns: Sequence[str]) -> str | None:
    """What is wrong with the first row of a file that must have these columns."""
    cells = cells_of(line, len(columns)) if line else []
    if cells == list(columns):
        return None
    must = f"the first row must be: {' '.join(columns)} (a tab between each two)"
    if not line:
        return f"the file is empty; {must}"
    if "\t" not in line:
        return f"there is no tab in the first row; blanks will not do; {must}"
    if not set(cells) & set(columns):
        return f"the names of the columns are missing; {must}"
    lost = [c for c in columns if c not in cells]
    strange = [c for c in cells if c and c not in columns]
    if lost:
        more = f" where {strange[0]!r} stands" if strange else ""
        return f"the column {', '.join(lost)} is missing{more}; {must}"
    what = f"the column {strange[0]!r} does not belong" if strange else "the columns are mixed up"
    return f"{what}; {must}"


def _tidy(text: str) -> bool:
    """Whether no cell of a file can have blanks around it or invisible characters in it.

    One look at the whole file spares one at each of its cells.
    """
    shown = text.replace("\t", "").replace("\n", "")
    edges = (" \t", "\t ", " \n", "\n ")
    return (
        shown.isprintable()
        and shown.strip() == shown
        and '"' not in shown
        and not any(e in text for e in edges)
    )


def _good_row(form: RuleFile) -> re.Pattern[str]:
    """A pattern for tidy rows without a problem: a single step checks one and gives its cells."""
    cells = [r"([^\t]+)"]
    for own in form.columns:
        cell = "|".join(map(re.escape, sorted(own.allowed))) or r"[^\t]+"
        cells.append(f"({cell}|)" if own.optional else f"({cell})")
    cells.append(rf"([^\t{OPEN}{CLOSE}]*{OPEN}[^\t{OPEN}{CLOSE}]+{CLOSE}[^\t{OPEN}{CLOSE}]*)")
    return re.compile(r"\t".join(cells) + r"(?:\t([^\t]*))?(?:\t([^\t]*))?")


def _problems(form: RuleFile, line: str, cells: Sequence[str]) -> Iterator[str]:
    """What is wrong with one row, each with its cure."""
    width = len(form.header)
    names = " ".join(form.header)
    if "\t" not in line:
        yield f"there is no tab in this row; put one between each two cells: {names}"
        return
    quoted = next((c for c in cells if c.startswith('"')), None)
    if quoted is not None:
        why = "as a spreadsheet puts it around some cells"
        yield f"a quotation mark before {quoted[1:11]!r}, {why}; remove it and its partner"
        return
    if len(cells) > width:
        yield f"{len(cells)} cells where {width} belong; remove the extra tabs: {names}"
        return
    at = width - len(TAIL)
    marked = next((n for n, c in enumerate(cells) if OPEN in c and CLOSE in c), at)
    if marked != at:
        what = "a tab before it is missing" if marked < at else "there is a tab too many before it"
        yield f"the example stands in the column {form.header[marked]}; {what}: {names}"
        return
    if not cells[0]:
        yield "the surface is empty; write the words that the rule is about"
    for name, c in zip(form.header, cells, strict=True):
        if c != c.strip():
            yield f"blanks around {c.strip()!r}; remove them"
        if any(unicodedata.category(x) in ("Cc", "Cf", "Zl", "Zp") for x in c):
            yield f"an invisible character in the {name} {c!r}; type the cell anew"
    for own, cell in zip(form.columns, cells[1:], strict=False):
        if not cell and not own.optional:
            one = f" with one of {', '.join(sorted(own.allowed))}" if own.allowed else ""
            yield f"{own.name} is empty; fill it{one}"
        elif cell and own.allowed and cell.strip() not in own.allowed:
            yield f"{own.name} is {cell!r}; use one of {', '.join(sorted(own.allowed))}"
    yield from _example_problems(cells[at])


def _example_problems(example: str) -> Iterator[str]:
    if not example:
        yield f"no example; write a sentence with the span in {OPEN}{CLOSE}"
    elif OPEN not in example and CLOSE not in example:
        yield f"no span in the example; put what the rule finds in {OPEN}{CLOSE}"
    elif example.count(OPEN) != 1 or example.count(CLOSE) != 1:
        yield f"the example must hold exactly one {OPEN}span{CLOSE}; correct the marks"
    elif example.index(OPEN) + 1 >= example.index(CLOSE):
        yield f"the {OPEN}{CLOSE} of the example is empty or turned round; put the span between"


def _twice(form: RuleFile, surface: str, fields: Mapping[str, str], first: int) -> str:
    shown = " ".join((surface, *(fields[c] for c in form.key)))
    return f"{shown} stands already in line {first}; keep one of the two rows"
