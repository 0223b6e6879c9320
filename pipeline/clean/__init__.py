"""From a raw page to a clean one: characters repaired, furniture gone, paragraphs whole.

`clean` is the one verb. Its result holds one paragraph a line; every character remembers
its place in the raw page, and every repair and dropped line is recorded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from pipeline.clean.folio import day_of_issue
from pipeline.clean.glyphs import GlyphGrammar, compile_glyphs, repair_page
from pipeline.clean.lines import (
    FurnitureGrammar,
    Line,
    compile_furniture,
    drop_furniture,
    read_lines,
)
from pipeline.clean.paragraphs import find_paragraphs
from pipeline.clean.wording import LayoutGrammar, compile_layout
from pipeline.credits import compile_credits
from pipeline.offsets import Segment, TracedText
from pipeline.records import Block, CleanPage, Page
from pipeline.rulebook import Rulebook

WORD_END = re.compile(r"[A-Za-z]$")
WORD_START = re.compile(r"[A-Za-z]")

LONE_RETURN = re.compile(r"\r(?!\n)")


class CleanGrammar(Struct, frozen=True):
    """Everything `clean` needs from `rules/`."""

    glyphs: GlyphGrammar
    furniture: FurnitureGrammar
    layout: LayoutGrammar


def compile_clean(rules: Rulebook) -> CleanGrammar:
    """Compile the rule files that cleaning uses."""
    credits = compile_credits(rules)
    return CleanGrammar(
        compile_glyphs(rules), compile_furniture(rules), compile_layout(rules, credits)
    )


def clean(page: Page, grammar: CleanGrammar) -> CleanPage:
    """Repair `page`: its text with one paragraph a line, and what was done to it.

    Where nothing from outside says when the page was issued, its folio does.
    """
    # A lone carriage return ends a line too; one character for one, so offsets stay.
    shown = TracedText.identity(LONE_RETURN.sub("\n", page.text))
    text, repairs = repair_page(shown, grammar.glyphs)
    lines, dropped = drop_furniture(read_lines(text, page.text), text, page.text, grammar.furniture)
    pieces: list[TracedText] = []
    blocks: list[Block] = []
    at = 0
    for p in find_paragraphs(lines, grammar.layout):
        own = lines[p.first : p.last]
        if pieces:
            pieces.append(_mark("\n", pieces[-1]))
        part = _joined(text, own)
        pieces += part
        end = at + sum(len(x.text) for x in part)
        top = own[0]
        blocks.append(
            Block(
                start=at,
                end=end,
                widths=tuple(x.width for x in own),
                measure=p.measure,
                indent=top.indent,
                gap=top.excess,
                page=top.page,
                kind=p.kind,
                leads=p.leads,
            )
        )
        at = end + 1
    if page.published is None and (issued := day_of_issue(dropped)):
        page = replace(page, published=issued, published_from="page")
    kept = sorted((*repairs, *dropped), key=lambda r: (r.raw_start, r.raw_end))
    return CleanPage(page, TracedText.join(pieces), tuple(blocks), tuple(kept))


def _joined(text: TracedText, lines: Sequence[Line]) -> list[TracedText]:
    """The pieces of `lines` put together: a blank only where two words would run together."""
    pieces: list[TracedText] = []
    for n, line in enumerate(lines):
        if n and WORD_START.match(line.text) and WORD_END.search(lines[n - 1].text):
            pieces.append(_mark(" ", pieces[-1]))
        pieces.append(text.slice(line.start, line.end))
    return pieces


def _mark(mark: str, above: TracedText) -> TracedText:
    """A character that stands for nothing of the raw page, after `above`."""
    return TracedText(mark, (Segment(0, 1, above.source_end, above.source_end),))
