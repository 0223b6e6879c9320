"""Repair the characters of a raw page; its lines stay as they are.

Glyph damage (see `founder`) is decided by evidence, full-width digits and letters become
half-width, and blanks that the extractor set between characters go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from pipeline.clean.evidence import DIGITS, NEVER, QUOTES, Candidate, Judge, Squeezed, squeeze
from pipeline.clean.founder import HALF, founder_table
from pipeline.clean.ocr import Confusions, compile_confusions
from pipeline.clean.pairs import CANDIDATES, HANZI, LETTERS, RARE, load_pairs, normal
from pipeline.clean.people import compile_people
from pipeline.clean.shapes import place_colon, shapes
from pipeline.clean.spacing import blank_edits
from pipeline.clean.states import Group, damaged_lines
from pipeline.lexicon import Lexicon
from pipeline.offsets import TracedText
from pipeline.records import Repair
from pipeline.rulebook import Rulebook

MARKS = Group(
    frozenset(CANDIDATES + RARE) - DIGITS, re.compile(r"[，。、；：？！“”（）《》…]|——"), False
)
TELLING = frozenset(CANDIDATES)
PAIRS = Group(frozenset("野冶渊冤叶曳"), re.compile("[“”（）《》]"), False)
FIGURES = Group(DIGITS | frozenset(LETTERS), re.compile(r"[0-9０-９]+"), True)
BLANK = "\u3000"
_INDENT = re.compile("(?m)^[ \t]*(摇摇)(?![欲晃摆头手])")
SURE = 2.0  # log odds above which a candidate is worth a closer look
KNOWN = 1.5  # log odds of damage that a damaged line lends to each of its candidates
CORNERS = frozenset("".join((*QUOTES, *QUOTES.values())))
SELDOM = -2.0  # and to those of its hanzi that are marks but seldom


# Corner brackets are too rare in news to be counted: they stand where quotes do.
_LIKE = str.maketrans("『』「」", "“”“”")


class GlyphGrammar(Struct, frozen=True):
    """The compiled vocabulary of character repair."""

    table: Mapping[str, str]
    judge: Judge
    confusions: Confusions


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
        people=compile_people(rules),
        telling=re.compile(f"[{CANDIDATES}]+"),
        all=re.compile(f"[{HANZI}]+"),
    )
    return GlyphGrammar(table, judge, compile_confusions(rules))


def repair_page(text: TracedText, grammar: GlyphGrammar) -> tuple[TracedText, tuple[Repair, ...]]:
    """`text` repaired, and each glyph and OCR repair with its offsets in the raw page."""
    raw = text.text
    found = {at: (mark, f"glyph:{raw[at]}") for at, mark in damaged_marks(raw, grammar).items()}
    clean = _replace(raw, {at: mark for at, (mark, _) in found.items()}).translate(HALF)
    page = squeeze(clean)
    confused = {page.source(at): (c, rule) for at, c, rule in grammar.confusions.find(page)}
    clean = _replace(clean, {at: c for at, (c, _) in confused.items()})
    found |= confused
    whole = text == TracedText.identity(raw)
    spans = {at: (at, at + 1) if whole else text.raw_span(at, at + 1) for at in sorted(found)}
    repairs = tuple(Repair(*span, raw[at], clean[at], found[at][1]) for at, span in spans.items())
    same = TracedText(clean, text.segments)
    return same.edit(blank_edits(clean)), repairs


def _replace(text: str, characters: Mapping[int, str]) -> str:
    """`text` with single characters replaced."""
    if not characters:
        return text
    chars = list(text)
    for at, c in characters.items():
        chars[at] = c
    return "".join(chars)


def damaged_marks(raw: str, grammar: GlyphGrammar) -> dict[int, str]:
    """The offsets in `raw` of damaged marks, and the (full-width) mark that belongs there."""
    indents = [k for m in _INDENT.finditer(raw) for k in range(*m.span(1))]
    page = squeeze(_replace(raw, dict.fromkeys(indents, BLANK)))
    words = {at: c for at, c, _ in grammar.confusions.words(page.text)}
    page = replace(page, text=_replace(page.text, words))
    judge = grammar.judge
    candidates = judge.evidence(page.text)
    if all(c.odds < SURE for c in candidates):
        return {}
    marks = damaged_lines(page, candidates, MARKS)
    figures = damaged_lines(page, candidates, FIGURES, marks)
    if figures - marks:
        marks |= damaged_lines(page, candidates, MARKS, figures)
    paired = damaged_lines(page, candidates, PAIRS) - marks
    if not marks and not figures and not paired:
        return {}
    decided = _decide(page, grammar, candidates, (marks, figures, paired))
    found = {page.source(at): mark for at, mark in decided.items()}
    return found | dict.fromkeys(indents, BLANK)


def _colons(
    page: Squeezed, marks: frozenset[int], odds: Mapping[int, float]
) -> Iterator[tuple[int, str]]:
    """The colon of headlines such as 西宁院… on a page with damaged marks elsewhere."""
    for n in range(len(page.lines)) if marks else ():
        a, b = page.span(n)
        head = place_colon(page.text[a : min(b, a + 12)])
        if head and not MARKS.whole.search(page.text, a, b):
            at, sure = a + head[0], head[1]
            if sure or odds.get(at, 0.0) > 0:
                yield at, "："


def _decide(
    page: Squeezed,
    grammar: GlyphGrammar,
    candidates: Sequence[Candidate],
    lines: tuple[frozenset[int], frozenset[int], frozenset[int]],
) -> dict[int, str]:
    """The marks of `page` (offsets in its text).

    `lines` are those where all marks, where figures, and where only brackets are damaged.
    """
    judge, text = grammar.judge, page.text
    marks, figures, paired = lines
    priors = judge.priors(text)
    given = ((at, NEVER) for at in judge.people.hanzi(text))
    for at, odds in chain(shapes(text), given):
        priors[at] = priors.get(at, 0.0) + odds
    quotes = judge.quotes(text)
    letters = figures | marks if figures else figures

    def prior(at: int) -> float:
        hanzi = text[at]
        figure = figures if hanzi in DIGITS else letters
        line = page.line(at)
        if line not in (figure if hanzi in FIGURES.hanzi else marks) and not (
            line in paired and hanzi in PAIRS.hanzi
        ):
            return NEVER
        if hanzi in CORNERS:
            return KNOWN if at in quotes else NEVER
        return priors.get(at, 0.0) + (KNOWN if hanzi in TELLING else SELDOM)

    spans = [page.span(n) for n in sorted(marks | figures | paired)]
    colons = dict(_colons(page, marks, {c.at: c.odds for c in candidates}))
    decided = judge.decide(text, spans, prior, judge.people.names(text))
    found = {c.at: grammar.table[c.hanzi] for c in decided if c.odds > 0}
    found |= colons
    for m in re.finditer("摇", text):  # a blank between two parts of a headline
        if m.start() not in priors:
            line = page.span(page.line(m.start()))
            if not MARKS.whole.search(text, *line):
                found[m.start()] = BLANK
    return found
