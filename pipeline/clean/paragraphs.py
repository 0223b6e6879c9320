"""Recover paragraphs from printed lines.

Every line is the first line of a paragraph, its continuation, a heading line or a credit
line. Each reading of each line, and each pair of readings of neighbours, has a score made
of weighted signs; the best sequence is found by dynamic programming (Viterbi). No single
sign decides: indents get lost, blank lines appear and vanish, columns change their width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from pipeline.clean.lines import Line
from pipeline.clean.signs import PageSigns, Signs
from pipeline.clean.weights import WEIGHTS
from pipeline.clean.wording import LayoutGrammar
from pipeline.records import BlockKind

FIRST, NEXT, HEAD, CREDIT, CREDIT_NEXT = range(5)
STATES = range(5)
NEVER = -1e6
KINDS: dict[int, BlockKind] = {FIRST: "body", NEXT: "body", HEAD: "heading"}


class Paragraph(Struct, frozen=True):
    """Lines ``[first, last)`` read as one paragraph, heading line or credit.

    `leads` says that a page of print may begin with it.
    """

    first: int
    last: int
    kind: BlockKind
    measure: float
    leads: bool


def find_paragraphs(lines: Sequence[Line], grammar: LayoutGrammar) -> list[Paragraph]:
    """Read `lines` as paragraphs, headings and credits, in order."""
    if not lines:
        return []
    signs = PageSigns(lines, grammar)
    firsts: list[int] = []
    kinds: list[BlockKind] = []
    for n, state in enumerate(best_states(signs, WEIGHTS)):
        if state not in (NEXT, CREDIT_NEXT) or not firsts:
            firsts.append(n)
            kinds.append(KINDS.get(state, "credit"))
    ends = [*firsts[1:], len(lines)]
    return [
        Paragraph(first, last, kind, max(signs.measures[first:last]), signs.lead(first))
        for first, last, kind in zip(firsts, ends, kinds, strict=True)
    ]


def steps(signs: PageSigns, n: int) -> list[tuple[int, int, tuple[Signs, ...]]]:
    """All ways to read line n after line n-1: ``(reading above, reading, signs)``."""
    head = None if signs.never_heading(n) else signs.heading(n)
    after_body = [(FIRST, signs.ended(n - 1, True)), (NEXT, signs.ended(n - 1, False))]
    joins = signs.joins(n)
    free = CREDIT_NEXT if n >= 2 and signs.two_line[n - 2] else CREDIT
    may_be_free = (n >= 2 and signs.two_line[n - 2]) or signs.credits[n - 1]
    open_credit = signs.two_line[n - 1]
    found: list[tuple[int, int, tuple[Signs, ...]]] = [
        (HEAD, FIRST, (signs.first(n, "head"),)),
        (FIRST, NEXT, (joins,)),
        (NEXT, NEXT, (joins, signs.leaves_room(n - 1))),
    ]
    first = signs.first(n, "body")
    found += [(state, FIRST, (end, first)) for state, end in after_body]
    if open_credit:
        found.append((CREDIT, CREDIT_NEXT, ()))
    elif may_be_free:
        found.append((free, FIRST, (signs.first(n, "credit"),)))
    if head is not None:
        under = signs.after_body(n)
        found += [(state, HEAD, (end, under, head)) for state, end in after_body]
        found.append((HEAD, HEAD, (head, signs.twins(n))))
        if may_be_free and not open_credit:
            found.append((free, HEAD, (head, [("after-credit.heading", 1.0)])))
    if signs.credits[n]:
        under_body = signs.credit(n, "body")
        found += [(state, CREDIT, (end, under_body)) for state, end in after_body]
        found.append((HEAD, CREDIT, (signs.credit(n, "heading"),)))
        if may_be_free and not open_credit:
            found.append((free, CREDIT, (signs.credit(n, "credit"),)))
    return found


def start(signs: PageSigns) -> list[tuple[int, Signs]]:
    """All ways to read the first line."""
    found: list[tuple[int, Signs]] = [(FIRST, signs.first(0, "head"))]
    if not signs.never_heading(0):
        found.append((HEAD, [*signs.heading(0), ("start.heading", 1.0)]))
    if signs.credits[0]:
        found.append((CREDIT, [("credit.line", 1.0), ("credit.start", 1.0)]))
    return found


def finish(signs: PageSigns) -> dict[int, Signs]:
    """What ending the page after each reading of its last line says."""
    whole = signs.whole(len(signs.lines) - 1) or signs.ended(len(signs.lines) - 1, False) == [
        ("end.credit", 1.0)
    ]
    cost: Signs = [] if whole else [("page-end.open", 1.0)]
    return {FIRST: cost, NEXT: cost}


def best_states(signs: PageSigns, weights: Mapping[str, float]) -> list[int]:
    """The best reading of each line."""
    scores = [NEVER] * 5
    for state, found in start(signs):
        scores[state] = sum(weights[name] * value for name, value in found)
    back: list[list[int]] = []
    for n in range(1, len(signs.lines)):
        moved, came = [NEVER] * 5, [-1] * 5
        worth: dict[int, float] = {}
        options = steps(signs, n)  # keeps the lists alive, so that their ids are their own
        for above, state, parts in options:
            if scores[above] <= NEVER:
                continue
            score = scores[above]
            for found in parts:
                key = id(found)
                if key not in worth:
                    worth[key] = sum([weights[name] * value for name, value in found])
                score += worth[key]
            if came[state] < 0 or score > moved[state]:
                moved[state], came[state] = score, above
        scores = moved
        back.append(came)
    for state, found in finish(signs).items():
        scores[state] += sum(weights[name] * value for name, value in found)
    state = max(STATES, key=lambda s: scores[s])
    states = [state]
    for came in reversed(back):
        state = came[state]
        states.append(state)
    return states[::-1]
