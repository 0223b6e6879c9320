"""Make raw pages out of articles, in the styles of the usual extractors.

The styles are those seen in practice: PDFBox and Tika (a blank line after each line without
ASCII digits, blanks around digits, indents lost), pdfminer and poppler (loosely set lines
with blanks between all characters, a blank line between paragraphs), pdftotext (indents
kept), pypdfium2 (no blank lines at all).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

PIECE = re.compile(
    r"[“‘《（【「『(]*(?:[0-9A-Za-z.%‰/+:-]+|[^\n])[，。、；：？！”’》）】」』…)]*", re.ASCII
)


@dataclass(frozen=True)
class Article:
    """What is printed: a headline in lines, paragraphs (a sub-heading starts with ``# ``)."""

    title: tuple[str, ...]
    paragraphs: tuple[str, ...]
    credit: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Style:
    """How an extractor renders printed lines."""

    name: str
    spacing: str = "none"  # none, each (blank line after every line), digits, paragraphs
    indent: str = ""  # what stands before a paragraph's first line
    digit_blanks: bool = False
    loose: float = 0.0  # share of lines set with blanks between all characters
    leading_blank: bool = False


STYLES = (
    Style("pdfbox", "digits", digit_blanks=True, leading_blank=True),
    Style("tika", "each", leading_blank=True),
    Style("pdfminer", "paragraphs", digit_blanks=True, loose=0.08),
    Style("poppler", "none", loose=0.1, leading_blank=True),
    Style("pdftotext", "none", indent="    "),
    Style("pypdfium2", "none", digit_blanks=True),
    Style("fullwidth", "each", indent="\u3000\u3000"),
    Style("fullwidth-tight", "none", indent="\u3000\u3000"),
)


def width(text: str) -> float:
    """Printed width in full-width characters."""
    return sum(0.5 if "!" <= c <= "~" else 1.0 for c in text)


def break_lines(text: str, measure: float, indent: float = 0.0) -> list[str]:
    """Break a paragraph as a justifying typesetter does."""
    lines: list[str] = []
    line, room = "", measure - indent
    for match in PIECE.finditer(text):
        piece = match.group()
        if line and width(line) + width(piece) > room + 0.25:
            lines.append(line)
            line, room = "", measure
        line += piece
    return [*lines, line] if line else lines


@dataclass(frozen=True)
class Story:
    """What should come out again; sub-headings are paragraphs of the text."""

    title: str
    text: str
    source: str | None


def make_page(
    articles: Sequence[Article], style: Style, rng: random.Random
) -> tuple[str, list[Story]]:
    """A raw page of `articles` and the stories that should be read from it."""
    out: list[str] = []
    for n, article in enumerate(articles):
        measure = rng.choice((12, 13, 14, 15, 16, 18, 20, 24))
        head = [(line, "head") for line in article.title]
        body: list[tuple[str, str]] = []
        for text in article.paragraphs:
            if text.startswith("# "):
                body.append((text[2:], "head"))
                continue
            body += [(x, "body") for x in _wrapped(text, measure, rng)]
            body[-1] = (body[-1][0], "end")
            k = len(body) - 1
            while k and body[k - 1][1] == "body":
                k -= 1
            body[k] = (style.indent + body[k][0], body[k][1])
        if article.credit:
            if rng.random() < 0.3 and width(body[-1][0] + article.credit) < measure:
                body[-1] = (body[-1][0] + "  " + article.credit, "end")
            else:
                body.append((article.credit, "end"))
        lines = [*body, *head] if rng.random() < 0.5 else [*head, *body]
        fresh = style.leading_blank and (n == 0 or rng.random() < 0.3)
        out += _rendered(lines, style, rng, leading=" " if fresh else "")
    stories = [
        Story(
            "".join(a.title),
            "\n".join(p.removeprefix("# ") for p in a.paragraphs),
            a.source,
        )
        for a in articles
    ]
    return "\n".join(out) + "\n", stories


def _wrapped(text: str, measure: float, rng: random.Random) -> list[str]:
    """Lines of a paragraph; now and then the column narrows for some lines around a box."""
    lines = break_lines(text, measure, indent=2.0)
    if len(lines) > 6 and rng.random() < 0.15:
        k = rng.randrange(2, len(lines) - 3)
        rest = "".join(lines[k:])
        narrow = break_lines(rest, max(5, measure - rng.randrange(2, 7)))[: rng.randrange(2, 6)]
        lines = lines[:k] + narrow + break_lines(rest[len("".join(narrow)) :], measure)
    return lines


def _rendered(
    lines: Sequence[tuple[str, str]], style: Style, rng: random.Random, leading: str
) -> list[str]:
    out: list[str] = []
    for n, (line, kind) in enumerate(lines):
        below = lines[n + 1][1] if n + 1 < len(lines) else "end"
        shown = line
        if style.digit_blanks:
            shown = re.sub(
                r"(?<=[\u4e00-\u9fff])(?=[0-9])|(?<=[0-9%])(?=[\u4e00-\u9fff])",
                lambda _: " " if rng.random() < 0.7 else "",
                shown,
            )
        if kind == "body" and rng.random() < style.loose:
            shown = " ".join(line.replace(" ", ""))
        out.append((leading if n == 0 else "") + shown)
        digits = re.search("[0-9]", line) is not None
        if style.spacing == "each":
            blank = kind != "head" or below != "head"
        elif style.spacing == "digits":
            blank = not digits and kind != "head"
        elif style.spacing == "paragraphs":
            blank = kind == "end" or (kind == "head" and below != "head")
            blank = blank != (rng.random() < 0.04)
        else:
            blank = False
        if blank:
            out.append("")
    return out
