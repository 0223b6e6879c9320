"""Load `rules/*.tsv`: one rule a line, each with an example that is its test.

The example holds the span that the rule finds in 【】; `expect` says what is read from it (see
`rules/README.md` for the form of each file). All bad rows of all files are reported at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from pipeline.errors import RulesError
from pipeline.rule_files import RULE_FILES, builtin_rules, rule_file
from pipeline.rule_layers import MAX_BYTES, Off, digest_made, file_text, layered, own_rules
from pipeline.rule_rows import Rule, example_span, read_rows

__all__ = [
    "MAX_BYTES",
    "RULE_FILES",
    "Off",
    "Rule",
    "Rulebook",
    "builtin_rules",
    "example_span",
    "load_rules",
]


class Rulebook(Struct, frozen=True):
    """All rules, file by file in the order of the lines.

    `own` is the user's folder that was laid over the built-in rules of `folder`, `off` is what it
    switched off.
    """

    folder: Path
    rules: Mapping[str, tuple[Rule, ...]]
    own: Path | None = None
    off: tuple[Off, ...] = ()

    def __getitem__(self, file: str) -> tuple[Rule, ...]:
        return self.rules[file]

    def __len__(self) -> int:
        return sum(map(len, self.rules.values()))

    @property
    def digest(self) -> str:
        """A value for all that decides what is read, made anew each time.

        It changes with words, their columns and the order of the rows, not with examples and notes.
        """
        digest = hashlib.sha256()
        for name, rows in self.rules.items():
            lines = ("\t".join((r.surface, *r.fields.values())) for r in rows)
            digest.update("\n".join((name, *lines, "")).encode())
        digest_made(self.folder, digest)
        return digest.hexdigest()

    def subject(self, file: str) -> str:
        """What the examples of `file` test, as RULE_FILES says."""
        return rule_file(file).subject

    def allowed(self, file: str, column: str) -> frozenset[str]:
        """What may stand in a column of `file`, as RULE_FILES says."""
        return next(c.allowed for c in rule_file(file).columns if c.name == column)

    def surfaces(self, file: str, **where: str) -> tuple[str, ...]:
        """Surfaces of `file` whose columns equal `where`."""
        return tuple(
            r.surface for r in self[file] if all(r.fields[k] == v for k, v in where.items())
        )

    def named(self, name: str) -> tuple[Rule, ...]:
        """The rows that a table names as `rule`, such as ``units:家``; none for other rules."""
        file, _, surface = name.partition(":")
        return tuple(r for r in self.rules.get(file, ()) if r.surface == surface)


def load_rules(folder: Path | None = None, own: Path | None = None) -> Rulebook:
    """Read and check every rule file of `folder` (default: the built-in rules), and those of `own`.

    `own` is a user's folder that is laid over the others, see `rule_layers`. Raises RulesError
    naming every bad row as ``rules/units.tsv:42: problem; cure``.
    """
    folder = folder or builtin_rules()
    problems: list[str] = []
    rules: dict[str, tuple[Rule, ...]] = {}
    for form in RULE_FILES:
        name = f"rules/{form.name}.tsv"
        text = file_text(folder / f"{form.name}.tsv", name, problems)
        if text is not None:
            rules[form.name] = tuple(read_rows(form, text, name, False, problems))
    off: tuple[Off, ...] = ()
    if own is not None:
        mine, off = own_rules(own, rules, problems)
        rules = layered(rules, mine, off)
    if problems:
        raise RulesError(problems)
    return Rulebook(folder, rules, own, off)
