"""Rules for tests: a copy of the built-in ones, and folders of a user's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.rulebook import builtin_rules

UNITS = "surface\tkind\than\tnext\texample\texpect\tnote\n"
NOOK = "旮旯\tclassifier\tbare\t\t院里有【3旮旯】\t3 = 旮旯\t\n"


def copy_rules(folder: Path) -> Path:
    """The built-in rules, copied to ``folder/rules``."""
    return Path(shutil.copytree(builtin_rules(), folder / "rules"))


def own_folder(folder: Path, **files: str | bytes) -> Path:
    """A user's folder ``folder/my`` with some rule files, such as ``units=UNITS + NOOK``."""
    own = folder / "my"
    own.mkdir(exist_ok=True)
    for name, text in files.items():
        (own / f"{name}.tsv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return own


def add_unit(rules: Path, surface: str, example: str, expect: str, **own: str) -> int:
    """Add a unit with the columns of the first one, but for `own`; the number of its line."""
    path = rules / "units.tsv"
    lines = path.read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    cells = dict(zip(rows[0], [*rows[1], "", ""], strict=False))
    new = cells | {"next": "", "note": ""} | own
    new |= {"surface": surface, "example": example, "expect": expect}
    lines.append("\t".join(new[c] for c in rows[0]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)
