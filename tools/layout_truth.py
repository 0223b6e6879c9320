"""Printed pages with truth as known readings of their lines (see `fit_layout.py`).

Truth says what the titles and paragraphs of a page are; here each printed line is found in
them again, so that it is known to begin a paragraph, to go on with it, to be a heading or a
credit. Only hanzi, letters and digits are compared: what a damaged font did to marks is no matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from pipeline.clean import paragraphs
from pipeline.clean.signs import PageSigns
from tests.support.pages import Story

SUBHEAD = 26  # characters that a sub-heading may have
WHOLE = re.compile(r"[。！？!?…：:；;][”』」’）)〉》]*$")


class Item(Struct, frozen=True):
    """A title, or a paragraph, of a page's truth: its bare text, and how its lines are read."""

    story: int
    text: str
    heading: bool


def bare(text: str) -> str:
    """`text` without what cleaning may change."""
    return re.sub(r"[^\u4e00-\u9fffA-Za-z0-9]", "", text)


def line_readings(signs: PageSigns, stories: Sequence[Story]) -> list[int] | None:
    """How each line of a page is to be read, None where some line is not found in `stories`."""
    left: dict[int, Item] = {}
    for s, story in enumerate(stories):
        left[len(left)] = Item(s, bare(story.title), True)
        parts = story.text.split("\n")
        for n, part in enumerate(parts):
            last = n + 1 == len(parts)
            short = len(part) <= SUBHEAD and not WHOLE.search(part) and not last
            left[len(left)] = Item(s, bare(part), short)
    found: list[int] = []
    item: Item | None = None
    at = 0  # characters of `item` that the lines above hold
    for n, line in enumerate(signs.lines):
        shown = bare(line.text)
        rest = item.text[at:] if item else ""
        if item and rest and (rest.startswith(shown) or shown.startswith(rest)):
            at += len(shown)
            found.append(_reading(signs, n, item, first=False))
            continue
        fits = [k for k, x in left.items() if x.text and shown and _opens(shown, x.text)]
        if signs.credits[n] and not any(left[k].text.startswith(shown) for k in fits):
            found.append(paragraphs.CREDIT)
            item = None
        elif n and signs.two_line[n - 1] and found[-1] == paragraphs.CREDIT:
            found.append(paragraphs.CREDIT_NEXT)
            item = None
        elif fits:
            above = item.story if item else -1
            best = max(fits, key=lambda k: (_shared(shown, left[k].text), left[k].story == above))
            item, at = left.pop(best), len(shown)
            found.append(_reading(signs, n, item, first=True))
        else:
            return None
    return found


def _reading(signs: PageSigns, n: int, item: Item, first: bool) -> int:
    if item.heading and not signs.never_heading(n):
        return paragraphs.HEAD
    return paragraphs.FIRST if first else paragraphs.NEXT


def _opens(shown: str, text: str) -> bool:
    """Whether a line may be the first of `text`: all of it, or with a credit behind it."""
    return text.startswith(shown) or (len(text) > 3 and shown.startswith(text))


def _shared(shown: str, text: str) -> int:
    return min(len(shown), len(text))
