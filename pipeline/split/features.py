"""What splitting knows about each block of a clean page before it weighs stories."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.credits import Credit, CreditGrammar, dateline_source, read_credit, trailing_credit
from pipeline.records import Block, CleanPage

STOP = re.compile(r"[。！？!?…][”』」’）)〉》]*$")
CONTENT = re.compile(r"[\u3400-\u9fff0-9A-Za-z]+")
DATED = re.compile(
    r"(?:今年|去年|[0-9]{4}年|[一二三四五六七八九〇○零]{4}年)?"
    r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})月(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})日"
)
START = re.compile(
    r"日前|近日|昨日|记者从|记者昨|记者近|.{2,12}最近|编辑同志|据.{2,12}(?:消息|报道)"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One block as splitting sees it.

    `end` is where its text ends once a credit after its last sentence (`credit`) is taken
    off; `pairs` are its character pairs; `dateline` is the medium of a dateline it opens with.
    """

    block: Block
    text: str
    end: int
    heading: bool
    credit: Credit | None
    alone: bool
    dateline: str | None
    stop: bool
    dated: bool
    opens: bool
    pairs: frozenset[str]


def pairs_of(text: str) -> frozenset[str]:
    """The character pairs of `text`, not across punctuation."""
    found: set[str] = set()
    for run in CONTENT.findall(text):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return frozenset(found)


def read_pieces(page: CleanPage, grammar: CreditGrammar) -> list[Piece]:
    """One piece for each block, in order."""
    return [_piece(page.body.text[b.start : b.end], b, grammar) for b in page.blocks]


def _piece(text: str, block: Block, grammar: CreditGrammar) -> Piece:
    heading = block.kind == "heading"
    credit: Credit | None = None
    alone = False
    end = len(text)
    if block.kind == "credit":
        credit, alone = read_credit(text, grammar), True
    elif not heading:
        found = trailing_credit(text, grammar)
        if found:
            at, credit = found
            end = len(text[:at].rstrip())
    shown = text[:end]
    return Piece(
        block=block,
        text=shown,
        end=end,
        heading=heading,
        credit=credit,
        alone=alone,
        dateline=None if heading or alone else dateline_source(shown, grammar),
        stop=STOP.search(shown) is not None or shown.endswith(("：", ":")),
        dated=DATED.match(shown) is not None,
        opens=START.match(shown) is not None,
        pairs=pairs_of(shown),
    )


class Vocabulary:
    """How telling each character pair is on one page: rare ones weigh more."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.bodies = [p for p in pieces if not p.heading and not p.alone]
        self.counts: Counter[str] = Counter()
        for p in self.bodies:
            self.counts.update(p.pairs)
        top = math.log(len(self.bodies) + 1.5)
        self.weights = {pair: top - math.log(n) for pair, n in self.counts.items()}

    def weight(self, pair: str) -> float:
        """Log inverse share of the paragraphs that hold `pair`; 0 where none does."""
        return self.weights.get(pair, 0.0)

    def affinity(self, head: frozenset[str], piece: Piece) -> float:
        """The weight of the pairs that a headline shares with a paragraph."""
        return sum(map(self.weights.__getitem__, head & piece.pairs))

    def cohesion(self, above: frozenset[str], below: frozenset[str]) -> float:
        """How much two stretches of text share, 0 (nothing) to about 1."""
        shared = sum(self.weight(p) for p in above & below)
        own = min(
            sum(self.weight(p) for p in above) or 1.0, sum(self.weight(p) for p in below) or 1.0
        )
        return shared / own
