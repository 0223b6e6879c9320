"""What splitting knows about each block of a clean page before it weighs stories."""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from pipeline.credits import (
    DATED,
    Credit,
    CreditGrammar,
    compile_credits,
    dateline_source,
    read_credit,
    trailing_credit,
)
from pipeline.lexicon import any_of
from pipeline.records import Block, CleanPage
from pipeline.rulebook import Rulebook

STOP = re.compile(r"[。！？!?…][”』」’）)〉》]*$")
CONTENT = re.compile(r"[\u3400-\u9fff0-9A-Za-z]+")
START = re.compile(
    r"日前|近日|昨日|记者从|记者昨|记者近|.{2,12}最近|编辑(?:同志|部|[您你]好)|尊敬的.{1,10}[：:]$|据.{2,12}(?:消息|报道)"
)


class Piece(Struct, frozen=True):
    """One block as splitting sees it.

    `end` is where its text ends once a credit after its last sentence (`credit`) is taken
    off; `briefs` tells whether it is what stands above a row of briefs, and tells of none of
    them; `pairs` are its character pairs; `dateline` is the medium of a dateline it opens with,
    empty for one abroad.
    """

    block: Block
    text: str
    end: int
    heading: bool
    briefs: bool
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


class SplitGrammar(Struct, frozen=True):
    """Everything `split` needs from `rules/`."""

    credits: CreditGrammar
    briefs: re.Pattern[str]


def compile_split(rules: Rulebook) -> SplitGrammar:
    """Compile the rule files that splitting uses."""
    briefs = any_of(rules.surfaces("fact_words", role="briefs"))
    return SplitGrammar(compile_credits(rules), re.compile(f".{{0,6}}(?:{briefs})"))


def read_pieces(page: CleanPage, grammar: SplitGrammar) -> list[Piece]:
    """One piece for each block, in order."""
    return [_piece(page.body.text[b.start : b.end], b, grammar) for b in page.blocks]


def _piece(text: str, block: Block, rules: SplitGrammar) -> Piece:
    heading, grammar = block.kind == "heading", rules.credits
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
        briefs=heading and rules.briefs.fullmatch(shown) is not None,
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
        self.places: defaultdict[str, list[int]] = defaultdict(list)
        bodies = 0
        for n, p in enumerate(pieces):
            if not p.heading and not p.alone:
                bodies += 1
                for pair in p.pairs:
                    self.places[pair].append(n)
        top = math.log(bodies + 1.5)
        # Rounded so that sums are exact: sets, and so their sums, have no order of their own.
        by_number = [0.0, *(_exact(top - math.log(n)) for n in range(1, bodies + 1))]
        self.weights = {pair: by_number[len(at)] for pair, at in self.places.items()}

    def total(self, pairs: Iterable[str]) -> float:
        """The log inverse shares of `pairs` of the paragraphs, added up; none for one in none."""
        return sum(map(self.weights.get, pairs, itertools.repeat(0.0)))

    def affinities(self, head: Iterable[str], first: int, last: int) -> dict[int, float]:
        """The weight of the pairs that a headline shares with each paragraph in ``[first, last)``.

        Paragraphs that share none are left out.
        """
        shares: defaultdict[int, float] = defaultdict(float)
        for pair in head:
            if pair in self.weights:
                places, weight = self.places[pair], self.weights[pair]
                start = bisect_left(places, first)
                for n in places[start : bisect_left(places, last, start)]:
                    shares[n] += weight
        return shares

    def cohesion(self, above: frozenset[str], below: frozenset[str]) -> float:
        """How much two stretches of text share, 0 (nothing) to about 1."""
        shared = self.total(above & below)
        return shared / min(self.total(above) or 1.0, self.total(below) or 1.0)


def _exact(weight: float) -> float:
    """`weight` as a multiple of a millionth or so that a float holds exactly."""
    return round(weight * 2**20) / 2**20
