"""Mark spans in a text, as HTML: they may hold each other, cross each other, or be the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup, escape
from msgspec import Struct
from msgspec.structs import replace

# Line ends and blanks that are shown as they are, although Python calls them not printable.
_PLAIN = "\n\t\u3000\xa0\u2002\u2003\u2009\u202f"


class Span(Struct, frozen=True):
    """Characters ``[start, end)`` of a text.

    `kind` is a class of the style sheet; `title` is shown when one points at it. `facts` are the
    facts that it belongs to (``f003``); with `anchor` these are linked, and can be jumped to here.
    """

    start: int
    end: int
    kind: str
    title: str = ""
    facts: tuple[str, ...] = ()
    anchor: bool = False


def visible(text: str) -> Markup:
    """`text` escaped for HTML; characters that cannot be seen are shown by their number.

    Among them are those that turn the direction of writing round, and would deceive the eye.
    """
    return Markup(_escaped(text))


def visible_plain(text: str) -> str:
    """`text` for where there can be no elements: invisible characters as ``[U+202E]``."""
    if _is_visible(text):
        return text
    return "".join(c if c.isprintable() or c in _PLAIN else f"[U+{ord(c):04X}]" for c in text)


def marked(text: str, spans: Iterable[Span], prefix: str, offset: int = 0) -> Markup:
    """`text` as HTML with its spans marked; `text` begins at `offset`, from which spans count.

    Where a fact is anchored an element has the id ``<prefix>-f003``, once for each fact. Spans
    outside of the text are left out, those that lead out of it are cut.
    """
    return Markup("".join(_pieces(text, _clipped(spans, offset, offset + len(text)), prefix)))


def paragraphs(text: str, spans: Iterable[Span], prefix: str) -> Iterator[Markup]:
    """`text` line by line, marked; a span over several lines is cut, and anchored in the first."""
    upcoming = sorted(spans, key=lambda s: s.start, reverse=True)
    at, here = 0, list[Span]()
    for line in text.split("\n"):
        end = at + len(line)
        while upcoming and upcoming[-1].start < end:
            here.append(upcoming.pop())
        yield marked(line, here, prefix, at)
        here = [replace(s, anchor=False) for s in here if s.end > end]
        at = end + 1


def _escaped(text: str) -> str:
    """See `visible`. A plain `str`: putting pieces of Markup together takes ten times as long."""
    if _is_visible(text):
        return str(escape(text))
    lines = text.replace("\r\n", "\n").removesuffix("\r").replace("\r", "\n")
    return "".join(
        str(escape(c)) if c.isprintable() or c in _PLAIN else f'<i class="x">U+{ord(c):04X}</i>'
        for c in lines
    )


def _is_visible(text: str) -> bool:
    if text.isprintable():
        return True
    for c in _PLAIN:
        text = text.replace(c, "")
    return text.isprintable()


def _clipped(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """Spans within ``[start, end)``, counted from `start`; equal ones are made one.

    The longer one of two that begin at the same place comes first, so as to hold the other.
    """
    merged: dict[tuple[int, int, str], Span] = {}
    for s in spans:
        a, b = max(s.start, start) - start, min(s.end, end) - start
        if a < b:
            same = merged.get((a, b, s.kind), s)
            facts = tuple(dict.fromkeys((*same.facts, *s.facts)))
            anchor = same.anchor or s.anchor
            merged[a, b, s.kind] = Span(a, b, s.kind, same.title or s.title, facts, anchor)
    return sorted(merged.values(), key=lambda s: (s.start, -s.end, s.kind))


def _pieces(text: str, spans: Sequence[Span], prefix: str) -> Iterator[str]:
    """Text and tags in turn: where a span begins or ends, elements are closed and opened.

    Elements nest, spans need not: one that ends within another closes that, too, which is opened
    anew behind it.
    """
    places = sorted({0, len(text), *(s.start for s in spans), *(s.end for s in spans)})
    opened: list[Span] = []
    anchored: set[str] = set()
    upcoming = list(reversed(spans))
    for start, end in pairwise(places):
        keep = next((n for n, s in enumerate(opened) if s.end <= start), len(opened))
        opening = [s for s in opened[keep:] if s.end > start]
        while len(opened) > keep:
            yield _closing(opened.pop(), opened)
        while upcoming and upcoming[-1].start == start:
            opening.append(upcoming.pop())
        for span in sorted(opening, key=lambda s: (-s.end, s.start, s.kind)):
            yield _opening(span, opened, anchored, prefix)
            opened.append(span)
        yield _escaped(text[start:end])
    while opened:
        yield _closing(opened.pop(), opened)


def _is_link(span: Span, outer: Sequence[Span]) -> bool:
    """Whether a span becomes a link; a link within a link is not allowed."""
    return span.anchor and not any(s.anchor for s in outer)


def _opening(span: Span, outer: Sequence[Span], anchored: set[str], prefix: str) -> str:
    facts = [str(escape(f)) for f in span.facts]
    tag = f'<a href="#{facts[0]}"' if _is_link(span, outer) else "<span"
    tag += f' class="{span.kind}"'
    new = [f for f in facts if f not in anchored] if span.anchor else []
    anchored.update(new)
    tag += "".join(f' id="{prefix}-{f}"' for f in new[:1])
    if facts:
        tag += f' data-f="{" ".join(facts)}"'
    if span.title:
        tag += f' title="{escape(visible_plain(span.title))}"'
    return f"{tag}>" + "".join(f'<b id="{prefix}-{f}"></b>' for f in new[1:])


def _closing(span: Span, outer: Sequence[Span]) -> str:
    return "</a>" if _is_link(span, outer) else "</span>"
