"""Repair the characters of a raw page; its lines stay as they are.

Glyph damage (see `founder`) is decided by evidence, full-width digits and letters become
half-width, and blanks that the extractor set between characters go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.clean.evidence import DIGITS, NEVER, QUOTES, Judge, dashes, squeeze
from pipeline.clean.founder import HALF, founder_table
from pipeline.clean.pairs import CANDIDATES, HANZI, LETTERS, RARE, load_pairs, normal
from pipeline.clean.spacing import blank_edits
from pipeline.clean.states import Group, damaged_lines
from pipeline.lexicon import Lexicon
from pipeline.offsets import TracedText
from pipeline.records import Repair
from pipeline.rulebook import Rulebook

MARKS = Group(frozenset(CANDIDATES + RARE) - DIGITS, re.compile(r"[，。、；：？！“”（）《》…]|——"), False)
TELLING = frozenset(CANDIDATES)
FIGURES = Group(DIGITS | frozenset(LETTERS), re.compile(r"[0-9０-９]+"), True)
SURE = 2.0  # log odds above which a candidate is worth a closer look
KNOWN = 1.5  # log odds of damage that a damaged line lends to each of its candidates
CORNERS = frozenset("".join((*QUOTES, *QUOTES.values())))
SELDOM = -2.0  # and to those of its hanzi that are marks but seldom


# Corner brackets are too rare in news to be counted: they stand where quotes do.
_LIKE = str.maketrans("『』「」", "“”“”")


@dataclass(frozen=True, slots=True)
class GlyphGrammar:
    """The compiled vocabulary of character repair."""

    table: Mapping[str, str]
    judge: Judge


def compile_glyphs(rules: Rulebook) -> GlyphGrammar:
    """Compile the rule files that character repair uses."""
    table = founder_table()
    judge = Judge(
        marks={c: normal(table[c]).translate(_LIKE) for c in HANZI},
        pairs=load_pairs(rules.folder / "glyphs" / "pairs.tsv"),
        words={
            strength: Lexicon.of(rules.surfaces("glyph_words", strength=strength))
            for strength in ("sure", "likely", "mark")
        },
        telling=re.compile(f"[{CANDIDATES}]+"),
        all=re.compile(f"[{HANZI}]+"),
    )
    return GlyphGrammar(table, judge)


def repair_characters(text: TracedText, grammar: GlyphGrammar) -> TracedText:
    """`text` with its characters repaired; no newline or form feed is added or removed."""
    return repair_page(text, grammar)[0]


def repair_page(text: TracedText, grammar: GlyphGrammar) -> tuple[TracedText, tuple[Repair, ...]]:
    """`text` repaired, and each glyph and OCR repair with its offsets in the raw page."""
    found = damaged_marks(text.text, grammar)
    clean = text.text
    if found:
        chars = list(clean)
        for at, mark in found.items():
            chars[at] = mark
        clean = "".join(chars)
    clean = clean.translate(HALF)
    repairs = []
    for at in sorted(found):
        raw = text.text[at]
        repairs.append(Repair(*text.raw_span(at, at + 1), raw, clean[at], f"glyph:{raw}"))
    same = TracedText(clean, text.segments)
    return same.edit(blank_edits(clean)), tuple(repairs)


def damaged_marks(raw: str, grammar: GlyphGrammar) -> dict[int, str]:
    """The offsets in `raw` of damaged marks, and the (full-width) mark that belongs there."""
    page = squeeze(raw)
    judge = grammar.judge
    candidates = judge.evidence(page.text)
    if all(c.odds < SURE for c in candidates):
        return {}
    marks = damaged_lines(page, candidates, MARKS)
    figures = damaged_lines(page, candidates, FIGURES, marks)
    if not marks and not figures:
        return {}
    priors = judge.priors(page.text)
    priors.update(dashes(page.text))
    quotes = judge.quotes(page.text)

    def prior(at: int) -> float:
        hanzi, line = page.text[at], page.line(at)
        if line not in (figures if hanzi in FIGURES.hanzi else marks):
            return NEVER
        if hanzi in CORNERS:
            return KNOWN if at in quotes else NEVER
        return priors.get(at, 0.0) + (KNOWN if hanzi in TELLING else SELDOM)

    spans = [page.span(n) for n in sorted(marks | figures)]
    return {
        page.source(c.at): grammar.table[c.hanzi]
        for c in judge.decide(page.text, spans, prior)
        if c.odds > 0
    }
