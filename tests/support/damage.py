"""Make raw pages out of clean text: wrap it to columns, set blanks, shift marks to glyph hanzi.

Everything is drawn from a `random.Random`, so a seed makes the same page again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from pipeline.clean.founder import founder_table

_SHIFTED = {mark: hanzi for hanzi, mark in founder_table().items()}
_FULL = {chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)}
QUOTES = "“”‘’"
BRACKETS = "（）《》〈〉【】〔〕" + QUOTES
DIGITS = "0123456789０１２３４５６７８９"
LETTERS = "".join(chr(c) for b in (0x41, 0x61, 0xFF21, 0xFF41) for c in range(b, b + 26))
_POINTS = re.compile(r"(?<=[0-9０-９])[.．/／%％-](?=[0-9０-９]|)")


def shift(text: str, *, only: str = "", digits: bool = True) -> str:
    """`text` as Founder fonts leave it: every mark a hanzi, or just the marks in `only`.

    Half-width digits, letters, ``% / -`` and decimal points are shifted too unless `digits`
    is false, as the font has them full-width.
    """

    def one(c: str) -> str:
        if only:
            return _SHIFTED.get(_FULL.get(c, c), c) if c in only else c
        if c in DIGITS or c in LETTERS or c in "％．／－":
            return _SHIFTED.get(_FULL.get(c, c), c) if digits else c
        return _SHIFTED.get(c, c)

    shifted = text
    if digits and not only:
        shifted = _POINTS.sub(lambda m: _SHIFTED[_FULL.get(m.group(), m.group())], text)
    return "".join(map(one, shifted))


def wrap(text: str, width: int, *, indent: str = "　　", blank: bool = False) -> str:
    """`text` (a paragraph a line) in lines of `width` full-width characters."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, room = indent, float(width - len(indent))
        for c in paragraph:
            size = 0.5 if c.isascii() else 1.0
            if room < size:
                lines.append(line)
                line, room = "", float(width)
            line += c
            room -= size
        lines.append(line)
    return ("\n\n" if blank else "\n").join(lines)


def air(text: str, chance: random.Random) -> str:
    """`text` with blanks around most digits, and some lines set loosely."""
    text = re.sub(r"(?<=[\u4e00-\u9fff，。、])(?=[0-9])", lambda _: chance.choice(["", " "]), text)
    text = re.sub(r"(?<=[0-9%])(?=[\u4e00-\u9fff])", lambda _: chance.choice(["", " "]), text)
    lines = text.split("\n")
    return "\n".join(" ".join(s) if chance.random() < 0.03 else s for s in lines)


def damage_lines(text: str, chosen: Callable[[int, str], bool], *, digits: bool = True) -> str:
    """Shift the marks of the lines that `chosen` picks by number and content."""
    return "\n".join(
        shift(s, digits=digits) if chosen(n, s) else s for n, s in enumerate(text.split("\n"))
    )
