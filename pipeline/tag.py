"""Where sentences and clauses end, in offsets of a story's title or text.

Marks alone decide: a sentence ends at 。！？ and at the end of a line, a clause also at ，；：.
Closing quotes and brackets stay with what they close. Blanks at either end are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.records import Field, Story

_CLOSERS = "”’」』）)》〉】］\"'"
_SENTENCE = re.compile(rf"[^。！？!?\n]*(?:[。！？!?…]+[{_CLOSERS}]*|\n|$)")
# A full stop between digits is a decimal point, a colon between digits a clock or a score.
_CLAUSE = re.compile(rf"(?:[^，；：,;:]|(?<=\d)[,:](?=\d))*(?:[，；：,;:]+[{_CLOSERS}]*|$)")


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open offsets in the text named by `field`."""

    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tags:
    """The sentences of a story, and the clauses that make them up, title first."""

    sentences: tuple[Span, ...]
    clauses: tuple[Span, ...]


def tag(story: Story) -> Tags:
    """Sentences and clauses of `story`."""
    sentences: list[Span] = []
    clauses: list[Span] = []
    fields: tuple[Field, Field] = ("title", "text")
    for field in fields:
        text = story.field(field).text
        found = [Span(field, *s) for s in _pieces(_SENTENCE, text, 0, len(text))]
        sentences += found
        for s in found:
            clauses += [Span(field, *c) for c in _pieces(_CLAUSE, text, s.start, s.end)]
    return Tags(tuple(sentences), tuple(clauses))


def _pieces(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Non-blank matches of `pattern` in ``text[start:end]``, blanks at both ends left out."""
    found = []
    for m in pattern.finditer(text, start, end):
        piece = m.group()
        a = m.start() + len(piece) - len(piece.lstrip())
        b = m.end() - len(piece) + len(piece.rstrip())
        if a < b:
            found.append((a, b))
    return found
