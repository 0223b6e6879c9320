"""Repair the characters of a raw page; its lines stay as they are.

Glyph damage (see `founder`) is decided by evidence, full-width digits and letters become
half-width, and blanks that the extractor set between characters go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.clean.founder import HALF, founder_table
from pipeline.clean.spacing import blank_edits
from pipeline.offsets import TracedText
from pipeline.records import Repair
from pipeline.rulebook import Rulebook

_MARKS = re.compile("[袁遥尧曰冤渊冶曳]")
_CLEAN = re.compile("[，。、；：“”（）《》]")


@dataclass(frozen=True, slots=True)
class GlyphGrammar:
    """The compiled vocabulary of character repair."""

    table: dict[str, str]


def compile_glyphs(rules: Rulebook) -> GlyphGrammar:
    """Compile the rule files that character repair uses."""
    return GlyphGrammar(founder_table())


def repair_characters(text: TracedText, grammar: GlyphGrammar) -> TracedText:
    """`text` with its characters repaired; no newline or form feed is added or removed."""
    return repair_page(text, grammar)[0]


def repair_page(text: TracedText, grammar: GlyphGrammar) -> tuple[TracedText, tuple[Repair, ...]]:
    """`text` repaired, and each glyph and OCR repair with its offsets in the raw page."""
    chars = list(text.text)
    found: list[tuple[int, str]] = []
    for line in re.finditer(r"[^\n\f\r]+", text.text):
        s = line.group()
        if len(_MARKS.findall(s)) <= len(_CLEAN.findall(s)):
            continue
        for m in re.finditer(
            r"袁|遥(?!感)|尧|曰|冤|渊|冶|曳|野|叶|(?<![医法学])院|(?<=[\d园员圆猿源缘远苑愿怨])[援豫]"
            r"|[园员圆猿源缘远苑愿怨](?=[\d园员圆猿源缘远苑愿怨援豫])|(?<=[\d园员圆猿源缘远苑愿怨援])[园员圆猿源缘远苑愿怨]|^摇摇",
            s,
        ):
            for k in range(m.start(), m.end()):
                at = line.start() + k
                chars[at] = grammar.table[text.text[at]]
                found.append((at, "glyph:" + text.text[at]))
    clean = "".join(chars).translate(HALF)
    repairs = []
    for at, rule in found:
        a, b = text.raw_span(at, at + 1)
        repairs.append(Repair(a, b, text.text[at], clean[at], rule))
    same = TracedText(clean, text.segments)
    return same.edit(blank_edits(clean)), tuple(repairs)
