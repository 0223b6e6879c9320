"""Measure glyph repair on a corpus: false repairs in good text, marks repaired in damaged text.

    python -m tests.support.measure_damage CORPUS

CORPUS is plain text, a paragraph a line (``.gz`` allowed), or JSON lines with ``paras``.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.clean.glyphs import GlyphGrammar, compile_glyphs, damaged_marks
from pipeline.rulebook import load_rules
from tests.support.damage import shift, wrap

PAGE = 8  # articles on a page
PARAGRAPHS = 6  # paragraphs in an article, where the corpus has no articles


def gold_texts(folder: Path) -> list[str]:
    """The stories of the gold pages under `folder` that are open: title, then text."""
    return [
        f"{story['title']}\n{story['text']}"
        for path in sorted(folder.glob("pages/?0[1-6].json"))
        for story in json.loads(path.read_text("utf-8"))["stories"]
    ]


def articles(path: Path) -> Iterator[str]:
    """The articles of a corpus file."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        if path.suffix == ".jsonl":
            yield from ("\n".join(p["text"] for p in json.loads(x)["paras"]) for x in lines)
            return
        some: list[str] = []
        for line in lines:
            some.append(line.strip())
            if len(some) == PARAGRAPHS:
                yield "\n".join(some)
                some = []


def score(
    texts: Sequence[str], grammar: GlyphGrammar, *, width: int = 0, digits: bool = True
) -> tuple[int, int, int, int]:
    """Marks shifted and those missed; hanzi that look like marks, and those lost."""
    chance = random.Random(3)
    marks = missed = hanzi = lost = 0
    for n in range(0, len(texts), PAGE):
        page = "\n".join(wrap(t, width or chance.randint(13, 34)) for t in texts[n : n + PAGE])
        page = page.replace("\u3000", "  ")
        damaged = shift(page, digits=digits)
        found = damaged_marks(damaged, grammar)
        for at, (c, d) in enumerate(zip(page, damaged, strict=True)):
            marks += c != d
            missed += c != d and at not in found
            hanzi += c == d and c in grammar.judge.marks
            lost += c == d and at in found
    return marks, missed, hanzi, lost


def main(corpus: str) -> None:
    """Print the figures for one corpus."""
    grammar = compile_glyphs(load_rules())
    texts = list(articles(Path(corpus)))
    for name, page in (
        ("end to end", "\n".join(texts)),
        ("wrapped", "\n".join(wrap(t, 18) for t in texts)),
    ):
        start = time.process_time()
        found = damaged_marks(page, grammar)
        speed = len(page) / (time.process_time() - start) / 1e6
        print(f"good, {name}: {len(found)} false repairs in {len(page)}, {speed:.1f} M chars/s")
        for at, mark in sorted(found.items()):
            print("   ", page[max(0, at - 12) : at + 12].replace("\n", "/"), mark)
    for digits in (True, False):
        start = time.process_time()
        marks, missed, hanzi, lost = score(texts, grammar, digits=digits)
        speed = sum(map(len, texts)) / (time.process_time() - start) / 1e3
        print(
            f"damaged, {'digits too' if digits else 'digits good'}: {1 - missed / marks:.3%} of "
            f"{marks} marks repaired, {1 - lost / hanzi:.2%} of {hanzi} hanzi kept, "
            f"{speed:.0f} k chars/s"
        )


if __name__ == "__main__":
    main(sys.argv[1])
