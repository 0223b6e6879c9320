"""The tables that the browser searches, as scripts: a page opened from a disk may not fetch files.

Each column is an array; columns of text hold each text once and, for every row, its number.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping

from msgspec import Struct, field

from pipeline.report.marks import visible_plain
from pipeline.report.reading import Document, FactRow, StoryView


class TextColumn(Struct):
    """Texts of a column, each once, and their numbers row by row; the number 0 is no text."""

    numbers: list[int] = field(default_factory=list)
    _texts: dict[str, int] = field(default_factory=lambda: {"": 0})

    def add(self, text: str | dt.date | None) -> None:
        """The text of the next row."""
        seen = visible_plain(str(text)) if text else ""
        self.numbers.append(self._texts.setdefault(seen, len(self._texts)))

    def columns(self) -> dict[str, object]:
        """As the browser gets it."""
        return {"d": list(self._texts), "i": self.numbers}


class BrowserTable(Struct):
    """A table in the making: columns of text and of numbers by name."""

    texts: dict[str, TextColumn] = field(default_factory=dict)
    numbers: dict[str, list[float | None]] = field(default_factory=dict)

    def add(
        self,
        texts: Mapping[str, str | dt.date | None],
        numbers: Mapping[str, float | None],
    ) -> None:
        """Add a row."""
        for name, text in texts.items():
            self.texts.setdefault(name, TextColumn()).add(text)
        for name, number in numbers.items():
            # JSON knows no infinity.
            finite = number is not None and math.isfinite(number)
            self.numbers.setdefault(name, []).append(_short(number) if finite else None)

    def columns(self) -> dict[str, object]:
        """As the browser gets it."""
        return {**{name: c.columns() for name, c in self.texts.items()}, **self.numbers}


class BrowserData(Struct):
    """The tables of facts and of stories for the browser."""

    facts: BrowserTable = field(default_factory=BrowserTable)
    stories: BrowserTable = field(default_factory=BrowserTable)
    _stories: int = 0

    def add(self, document: Document, story: StoryView) -> None:
        """Add a story with its facts."""
        row = story.row
        self.stories.add(
            {
                "id": row.story_id,
                "title": row.title,
                "source": row.source,
                "place": row.place,
                "published": row.published,
                "path": document.path,
            },
            {"facts": len(story.facts)},
        )
        for fact in story.facts:
            self._add_fact(fact)
        self._stories += 1

    def _add_fact(self, fact: FactRow) -> None:
        self.facts.add(
            {
                "key": fact.key,
                "subject": fact.subject,
                "text": fact.text,
                "unit": fact.unit,
                "place": fact.place,
                "org": fact.org,
                "date": fact.date,
                "from": fact.date_start,
                "to": fact.date_end,
                "doubt": fact.doubt,
                "quote": fact.quote,
            },
            {
                "story": self._stories,
                "value": fact.value,
                "max": fact.value_max,
                "confidence": fact.confidence,
            },
        )


def script(name: str, content: object) -> str:
    """A script that makes `content` known as ``shilu.<name>``; nothing in it can end the script."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for c in "<>&\u2028\u2029":
        text = text.replace(c, f"\\u{ord(c):04x}")
    return f"window.shilu=window.shilu||{{}};window.shilu.{name}={text};\n"


def _short(number: float | None) -> float | None:
    """41.0 as 41: a third of the bytes."""
    return int(number) if number is not None and number == int(number) else number
