"""The words of the interface, in Chinese and in English; and those of them that a page shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal

from markupsafe import Markup, escape
from msgspec import Struct

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Words(Struct, frozen=True):
    """All messages by key, in the order of LANGUAGES, and the language that pages begin with."""

    messages: Mapping[str, tuple[str, str]]
    language: Language

    def say(self, key: str) -> str:
        """The message, as plain text. Raises KeyError for a key that there is not."""
        return self.messages[key][LANGUAGES.index(self.language)]

    def t(self, key: str, n: int | None = None) -> Markup:
        """The message as an element that the browser can say in the other language, too."""
        number = "" if n is None else f"{n:,}"
        shown = escape(self.say(key).replace("{n}", number))
        more = f' data-n="{number}"' if number else ""
        return Markup(f'<span data-t="{key}"{more}>{shown}</span>')

    def content(self) -> dict[str, object]:
        """All of it, for the browser."""
        by_language: dict[str, object] = {
            language: {key: texts[n] for key, texts in self.messages.items()}
            for n, language in enumerate(LANGUAGES)
        }
        return {"default": self.language, **by_language}


def load_words(language: Language) -> Words:
    """The messages that come with the program."""
    text = files("pipeline.report").joinpath("messages.json").read_text("utf-8")
    return Words({key: (zh, en) for key, (zh, en) in json.loads(text).items()}, language)
