"""From a clean page to its stories: headline, body, source.

`split` is the one verb. Titles and texts are slices of the clean page, so that every
character keeps its place in the raw page.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from pipeline.credits import Credit
from pipeline.offsets import TracedText
from pipeline.records import CleanPage, Story
from pipeline.split.features import Piece, SplitGrammar, compile_split, read_pieces
from pipeline.split.signs import NUMBERED
from pipeline.split.stories import Division, divide

__all__ = ["SplitGrammar", "compile_split", "split"]

OPEN_END = re.compile(r"[：:、，“《（(——…的和与及在为向让将把被对于从以]$")


def split(page: CleanPage, grammar: SplitGrammar) -> tuple[Story, ...]:
    """The stories of `page` in the order of the page, numbered from 1."""
    pieces = read_pieces(page, grammar)
    pairs = frozenset(map("".join, itertools.pairwise(page.body.text)))
    return tuple(
        _story(page, pieces, pairs, division, ordinal)
        for ordinal, division in enumerate(divide(pieces), start=1)
    )


def _story(
    page: CleanPage, pieces: Sequence[Piece], pairs: frozenset[str], d: Division, ordinal: int
) -> Story:
    body = page.body
    title = _heading(page, pieces[d.title_first : d.title_last], pairs)
    paragraphs: list[TracedText] = []
    n = d.first
    while n < d.last:
        piece = pieces[n]
        if d.title_first <= n < d.title_last or piece.alone:
            n += 1
            continue
        if piece.heading:
            m = n + 1
            while m < d.last and _goes_on(pieces, n, m) and not d.title_first <= m < d.title_last:
                m += 1
            paragraphs.append(_heading(page, pieces[n:m], pairs))
            n = m
            continue
        paragraphs.append(body.slice(piece.block.start, piece.block.start + piece.end))
        n += 1
    spans = [body.raw_span(p.block.start, p.block.end) for p in pieces[d.first : d.last]]
    return Story(
        story_id=f"{page.page.doc_id}-{ordinal:02d}",
        doc_id=page.page.doc_id,
        ordinal=ordinal,
        title=title,
        text=TracedText.join(paragraphs, "\n"),
        source=_source(pieces[d.first : d.last]),
        raw_start=min(a for a, _ in spans),
        raw_end=max(b for _, b in spans),
    )


def _goes_on(pieces: Sequence[Piece], first: int, n: int) -> bool:
    """Whether heading line n belongs to the sub-heading that begins with line `first`.

    Blank lines part nothing: in pages as they are extracted they stand in one heading, too.
    """
    return pieces[n].heading and n - first < 3 and not NUMBERED.match(pieces[n].text)


def _heading(page: CleanPage, pieces: Sequence[Piece], pairs: frozenset[str]) -> TracedText:
    """Heading lines as one: a blank between its parts, none inside a phrase.

    `pairs` are the pairs of characters that stand together on the page.
    """
    joined = TracedText("", ())
    for p in pieces:
        part = page.body.slice(p.block.start, p.block.end)
        if not joined.text:
            joined = part
            continue
        whole = OPEN_END.search(joined.text) or joined.text[-1] + part.text[0] in pairs
        joined = TracedText.join([joined, part], "" if whole else " ")
    return joined


def _source(pieces: Sequence[Piece]) -> str | None:
    """The medium or office of the story's credit, else of its dateline."""
    credits: list[Credit] = [p.credit for p in pieces if p.credit is not None]
    for byline in (False, True):
        for credit in reversed(credits):
            if credit.source and (credit.rule == "credits:byline") == byline:
                return credit.source
    return next((p.dateline for p in pieces if p.dateline), None)
