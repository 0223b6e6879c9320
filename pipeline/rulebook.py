"""Load `rules/*.tsv`: one rule a line, each with an example that is its test.

Every file has the columns ``surface``, then its own, then ``example expect note``. The
example holds the span that the rule finds in 【】; `expect` says what is read from it (see
`rules/README.md` for the form of each file). Lines that begin with ``#`` are comments.
All bad rows of all files are reported at once.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pipeline.errors import RulesError
from pipeline.rule_rows import row_problems

OPEN, CLOSE = "【", "】"
TAIL = ("example", "expect", "note")
MAX_BYTES = 8 * 2**20  # of one file: a hundred times the largest


@dataclass(frozen=True, slots=True)
class Column:
    """A column of one rule file; `allowed` empty means any text, `optional` allows a blank."""

    name: str
    allowed: frozenset[str] = frozenset()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The form of ``rules/<name>.tsv``: `subject` says which extractor its examples test."""

    name: str
    subject: str
    columns: tuple[Column, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return ("surface", *(c.name for c in self.columns), *TAIL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `fields` holds the file's own columns; `name` is what tables show as `rule`."""

    file: str
    line: int
    surface: str
    fields: Mapping[str, str]
    example: str
    expect: str
    note: str

    @property
    def name(self) -> str:
        """For example ``units:家``."""
        return f"{self.file}:{self.surface}"

    @property
    def where(self) -> str:
        """For example ``rules/units.tsv:42``."""
        return f"rules/{self.file}.tsv:{self.line}"

    def __getitem__(self, column: str) -> str:
        return self.fields[column]


def column(name: str, *allowed: str, optional: bool = False) -> Column:
    """Shorthand for the table below."""
    return Column(name, frozenset(allowed), optional)


# The one list of rule files. A new file is a line here, a TSV, and a paragraph in rules/README.md.
RULE_FILES: tuple[RuleFile, ...] = (
    RuleFile("ocr_confusions", "clean", (column("right"),)),
    RuleFile("glyph_words", "clean", (column("strength", "sure", "likely", "mark", "title"),)),
    RuleFile("countries", "place"),
    RuleFile("foreign_places", "place"),
    RuleFile("regions", "place", (column("adcode", optional=True),)),
    RuleFile("natural_features", "place", (column("adcode", optional=True),)),
    RuleFile("place_short_names", "place", (column("adcode"),)),
    RuleFile("place_words", "place"),
    RuleFile("place_blocks", "place"),
    RuleFile(
        "deictics",
        "deictic",
        (
            column(
                "level",
                *("country", "province", "city", "prefecture", "county", "region", "township"),
                *("home", "hongkong", "macao"),
            ),
        ),
    ),
    RuleFile("furniture", "furniture", (column("place", "anywhere", "edge", "section"),)),
    RuleFile(
        "credits",
        "credit",
        (
            column(
                "kind",
                *("lead", "medium", "office", "own", "agency", "channel", "rank", "writer"),
                *("label", "person", "ending", "closing"),
            ),
        ),
    ),
    RuleFile(
        "layout",
        "layout",
        (column("kind", "opening", "report", "list", "salutation", "notice"),),
    ),
    RuleFile(
        "fact_words",
        "fact",
        (
            column(
                "role",
                *("average", "total", "light-verb", "event", "person-ending", "degree"),
                *("summing", "sector", "figure-ending"),
                *("class-ending", "people-unit", "bare-unit", "occasion-unit"),
                *("level-noun", "away", "behind-origin", "compared", "behind-compared"),
                *("now", "report", "figure-verb", "body-unit", "exceeding"),
            ),
        ),
    ),
    RuleFile(
        "words",
        "subject",
        (
            column(
                "class",
                *("verb", "nounverb", "state", "change", "copula", "adverb", "particle", "noun"),
                *("each", "pause"),
            ),
        ),
    ),
    RuleFile(
        "units",
        "count",
        (
            column("kind", "classifier", "measure", "currency", "foreign", "share"),
            column("han", "bare", "one", "two", "ten", "none"),
            column("next", optional=True),
        ),
    ),
    RuleFile(
        "comparators",
        "count",
        (
            column("side", "before", "apart", "after"),
            column("comparator", "~", ">", "<"),
            column("not_beside", optional=True),
        ),
    ),
    RuleFile("not_counts", "count"),
    RuleFile("plausible", "doubt", (column("unit"), column("most"))),
    RuleFile(
        "date_words",
        "date",
        (
            column("unit", "year", "month", "week", "day"),
            column("shift", "-3", "-2", "-1", "0", "1", "2", "3"),
            column("base", "today", "before", "told"),
            column("alone", "yes", "no"),
        ),
    ),
    RuleFile("not_dates", "date"),
    RuleFile(
        "organization_suffixes",
        "organization",
        (
            column(
                "kind",
                *("government", "police", "party", "congress", "court", "association"),
                *("company", "bank", "school", "hospital", "research", "culture", "media"),
                *("international", "team", "military", "department"),
            ),
            column("proof", "any", "name", "own", "office", "part", "branch"),
        ),
    ),
    RuleFile(
        "organization_names",
        "organization",
        (
            column("full"),
            column(
                "kind",
                *("government", "party", "congress", "court", "military", "bank", "company"),
                *("international", "association", "school", "prefix"),
            ),
            column("area"),
        ),
    ),
    RuleFile("media", "organization", (column("full"), column("use", "free", "quoted"))),
    RuleFile("organization_modifiers", "organization", (column("role", "lead", "noun", "name"),)),
    RuleFile(
        "organization_left_stops",
        "organization",
        (column("class", "function", "verb", "title", "word"),),
    ),
    RuleFile("organization_blocks", "organization"),
)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, file by file in the order of the lines; `digest` changes with any byte."""

    folder: Path
    rules: Mapping[str, tuple[Rule, ...]]
    digest: str

    def __getitem__(self, file: str) -> tuple[Rule, ...]:
        return self.rules[file]

    def subject(self, file: str) -> str:
        """What the examples of `file` test, as RULE_FILES says."""
        return next(form.subject for form in RULE_FILES if form.name == file)

    def allowed(self, file: str, column: str) -> frozenset[str]:
        """What may stand in a column of `file`, as RULE_FILES says."""
        form = next(form for form in RULE_FILES if form.name == file)
        return next(c.allowed for c in form.columns if c.name == column)

    def surfaces(self, file: str, **where: str) -> tuple[str, ...]:
        """Surfaces of `file` whose columns equal `where`."""
        return tuple(
            r.surface for r in self[file] if all(r.fields[k] == v for k, v in where.items())
        )


def builtin_rules() -> Path:
    """The `rules/` that came with the program: beside it in a wheel, above it in a checkout."""
    packaged = Path(str(files("pipeline"))) / "rules"
    return packaged if packaged.is_dir() else packaged.parent.parent / "rules"


def load_rules(folder: Path | None = None) -> Rulebook:
    """Read and check every rule file of `folder` (default: the built-in rules).

    Raises RulesError naming every bad row as ``rules/units.tsv:42: problem; cure``.
    """
    folder = folder or builtin_rules()
    problems: list[str] = []
    rules: dict[str, tuple[Rule, ...]] = {}
    digest = hashlib.sha256()
    for form in RULE_FILES:
        path = folder / f"{form.name}.tsv"
        try:
            if path.stat().st_size > MAX_BYTES:
                limit = f"over {MAX_BYTES // 2**20} MiB; remove what is no rule"
                problems.append(f"rules/{form.name}.tsv: {limit}")
                continue
            data = path.read_bytes()
            text = data.decode("utf-8-sig")
        except FileNotFoundError:
            problems.append(f"rules/{form.name}.tsv: no such file in {folder}; restore it")
            continue
        except UnicodeDecodeError as e:
            problems.append(f"rules/{form.name}.tsv: not UTF-8 ({e.reason}); save it as UTF-8")
            continue
        except OSError as e:
            problems.append(f"rules/{form.name}.tsv: {e.strerror}; check its permissions")
            continue
        digest.update(form.name.encode() + b"\0" + data)
        rules[form.name] = tuple(_rows(form, text, problems))
    for path in sorted(p for sub in ("gb2260", "glyphs") for p in (folder / sub).glob("*.tsv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    if problems:
        raise RulesError(problems)
    return Rulebook(folder, rules, digest.hexdigest())


def _rows(form: RuleFile, text: str, problems: list[str]) -> Iterable[Rule]:
    expected = list(form.header)
    width = len(expected)
    own = tuple(c.name for c in form.columns)
    seen: dict[tuple[str, ...], int] = {}
    header_seen = False
    good = _good_row(form) if _tidy(text) else None
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.rstrip("\r")
        if line.startswith("#") or not line.strip():
            continue
        cells = line.split("\t")
        if not header_seen:
            header_seen = True
            if cells != expected:
                names = " ".join(expected)
                problems.append(f"rules/{form.name}.tsv:{number}: the first row must be {names}")
                return
            continue
        if len(cells) < width:
            cells += [""] * (width - len(cells))
        found = [] if good and good.fullmatch(line) else list(_problems(form, cells))
        if len(cells) == width:
            found += row_problems(form.name, cells)
        first = seen.setdefault(tuple(cells[: 1 + len(own)]), number)
        if first != number:
            found.append(f"the same rule stands in line {first}; delete one")
        if found:
            problems += [f"rules/{form.name}.tsv:{number}: {p}" for p in found]
            continue
        example, expect, note = cells[-3:]
        fields = dict(zip(own, cells[1:], strict=False))
        yield Rule(form.name, number, cells[0], fields, example, expect, note)
    if not header_seen:
        problems.append(f"rules/{form.name}.tsv:1: empty; the first row must name the columns")


def _tidy(text: str) -> bool:
    """Whether no cell of a file can have blanks around it or invisible characters in it.

    One look at the whole file spares one at each of its cells.
    """
    shown = text.replace("\t", "").replace("\n", "")
    edges = (" \t", "\t ", " \n", "\n ")
    return shown.isprintable() and shown.strip() == shown and not any(e in text for e in edges)


def _good_row(form: RuleFile) -> re.Pattern[str]:
    """A pattern for tidy rows without a problem, so that each takes a single step to check."""
    cells = [r"[^\t]+"]
    for own in form.columns:
        cell = "|".join(map(re.escape, sorted(own.allowed))) or r"[^\t]+"
        cells.append(f"(?:{cell})?" if own.optional else f"(?:{cell})")
    cells.append(rf"[^\t{OPEN}{CLOSE}]*{OPEN}[^\t{OPEN}{CLOSE}]+{CLOSE}[^\t{OPEN}{CLOSE}]*")
    return re.compile(r"\t".join(cells) + r"(?:\t[^\t]*){0,2}")


def _problems(form: RuleFile, cells: list[str]) -> Iterable[str]:
    """What is wrong with one row, each with its cure."""
    if len(cells) > len(form.header):
        yield f"{len(cells)} cells where {len(form.header)} belong; remove the extra tabs"
        return
    if not cells[0]:
        yield "the surface is empty; write the words that the rule is about"
    for c in cells:
        if c != c.strip():
            yield f"blanks around {c.strip()!r}; remove them"
        if any(unicodedata.category(x) in ("Cc", "Cf", "Zl", "Zp") for x in c):
            yield f"an invisible character in {c!r}; type the cell anew"
    for own, cell in zip(form.columns, cells[1:], strict=False):
        if not cell and not own.optional:
            yield f"{own.name} is empty; fill it"
        elif cell and own.allowed and cell not in own.allowed:
            yield f"{own.name} is {cell!r}; use one of {', '.join(sorted(own.allowed))}"
    example = cells[-3]
    if not example:
        yield "no example; write a sentence with the span in 【】"
    elif example.count(OPEN) != 1 or example.count(CLOSE) != 1:
        yield "the example must hold exactly one 【span】"
    elif example.index(OPEN) + 1 >= example.index(CLOSE):
        yield "the 【】 of the example is empty or turned round"


def example_span(rule: Rule) -> tuple[str, int, int]:
    """The example without its brackets, and the span that stood in them."""
    start = rule.example.index(OPEN)
    end = rule.example.index(CLOSE) - 1
    return rule.example.replace(OPEN, "").replace(CLOSE, ""), start, end
