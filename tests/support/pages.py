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

from msgspec import Struct

PIECE = re.compile(
    r"[“‘《（【「『(]*(?:[0-9A-Za-z.%‰/+:-]+|[^\n])[，。、；：？！”’》）】」』…)]*", re.ASCII
)

DIGIT_EDGE = re.compile(r"(?<=[\u4e00-\u9fff])(?=[0-9])|(?<=[0-9%])(?=[\u4e00-\u9fff])")


class Article(Struct, frozen=True):
    """What is printed: a headline in lines, paragraphs (a sub-heading starts with ``# ``)."""

    title: tuple[str, ...]
    paragraphs: tuple[str, ...]
    credit: str | None = None
    source: str | None = None


class Style(Struct, frozen=True):
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


class Story(Struct, frozen=True):
    """What should come out again; sub-headings are paragraphs of the text."""

    title: str
    text: str
    source: str | None


class Made(Struct, frozen=True):
    """A raw page, its stories, and the kind of each line that is not blank.

    Kinds: ``H`` heading, ``B`` first line of a paragraph, ``n`` its next lines, ``K`` credit.
    """

    raw: str
    stories: list[Story]
    kinds: str


def make_page(articles: Sequence[Article], style: Style, rng: random.Random) -> Made:
    """A raw page of `articles` and the stories that should be read from it."""
    out: list[str] = []
    kinds = ""
    for n, article in enumerate(articles):
        measure = rng.choice((11, 12, 13, 14, 15, 16, 18, 20, 24))
        lines = _lines(article, measure, style, rng)
        fresh = style.leading_blank and (n == 0 or rng.random() < 0.3)
        # a headline, and a sub-heading right under it, are printed apart
        apart = frozenset({len(article.title), len(lines) - len(article.title)})
        out += render(lines, style, rng, " " if fresh else "", apart)
        kinds += "".join(kind for _, kind in lines)
    stories = [
        Story(
            "".join(a.title),
            "\n".join(p.removeprefix("# ") for p in a.paragraphs),
            a.source,
        )
        for a in articles
    ]
    return Made("\n".join(out) + "\n", stories, kinds)


def _lines(
    article: Article, measure: float, style: Style, rng: random.Random
) -> list[tuple[str, str]]:
    """The printed lines of one article, each with its kind."""
    centred = bool(style.indent) and rng.random() < 0.5
    head = [(" " * 3 * centred + line, "H") for line in article.title]
    body: list[tuple[str, str]] = []
    for text in article.paragraphs:
        if text.startswith("# "):
            body.append((" " * 7 * centred + text[2:], "H"))
            continue
        first, *rest = wrapped(text, measure, rng)
        body += [(style.indent + first, "B"), *((x, "n") for x in rest)]
    if article.credit:
        last, kind = body[-1]
        if rng.random() < 0.3 and width(last + article.credit) < measure - 1:
            body[-1] = (last + " " * rng.choice((1, 2, 8)) + article.credit, kind)
        else:
            body.append((article.credit, "K"))
    return [*body, *head] if rng.random() < 0.5 else [*head, *body]


def wrapped(text: str, measure: float, rng: random.Random) -> list[str]:
    """Lines of a paragraph; now and then the column narrows for some lines around a box."""
    lines = break_lines(text, measure, indent=2.0)
    if len(lines) > 6 and rng.random() < 0.15:
        k = rng.randrange(2, len(lines) - 3)
        rest = "".join(lines[k:])
        narrow = break_lines(rest, max(5, measure - rng.randrange(2, 7)))[: rng.randrange(2, 6)]
        lines = lines[:k] + narrow + break_lines(rest[len("".join(narrow)) :], measure)
    return lines


def render(
    lines: Sequence[tuple[str, str]],
    style: Style,
    rng: random.Random,
    leading: str,
    apart: frozenset[int],
) -> list[str]:
    """The lines as the extractor writes them, blank lines and all."""
    out: list[str] = []
    tight = rng.random() < 0.7  # no blank line inside headlines, whatever the style
    for n, (line, kind) in enumerate(lines):
        below = lines[n + 1][1] if n + 1 < len(lines) else "-"
        shown = line
        if style.digit_blanks:
            shown = DIGIT_EDGE.sub(lambda _: " " if rng.random() < 0.7 else "", shown)
        if kind in "Bn" and below == "n" and rng.random() < style.loose:
            shown = " ".join(line.replace(" ", ""))
        out.append((leading if n == 0 else "") + shown)
        digits = re.search("[0-9]", line) is not None
        inside = kind == "H" and below == "H" and (n + 1) not in apart
        if style.spacing == "each":
            blank = not (inside and tight)
        elif style.spacing == "digits":
            blank = not digits and not (kind == "H" and tight)
        elif style.spacing == "paragraphs":
            blank = below != "n" and not inside
            blank = blank != (rng.random() < 0.04)
        else:
            blank = below in "BKH-" and not inside and rng.random() < 0.03
        if blank:
            out.append("")
    if style.spacing == "none" and rng.random() < 0.3:
        out += [""] * rng.randrange(1, 5)
    return out
