"""The readings of a page's lines as a chain, with its likeliest path.

The scores are those of `pipeline/clean/paragraphs.py`; here they make a linear-chain
conditional random field, so that `layout_crf.py` can fit their weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from pipeline.clean import paragraphs
from pipeline.clean.signs import PageSigns, Signs

Steps = list[tuple[int, int, Signs]]  # reading above, reading, signs
NONE = -1  # the reading above the first line


class Chain(Struct, frozen=True):
    """The steps to each line, what ending after each reading says, and the right readings."""

    steps: list[Steps]
    finish: dict[int, Signs]
    gold: list[int]


def chain_of(signs: PageSigns, gold: list[int]) -> Chain | None:
    """The chain of a page, None where `gold` is no path through it."""
    steps: list[Steps] = [[(NONE, state, found) for state, found in paragraphs.start(signs)]]
    steps += [
        [
            (above, state, [sign for part in parts for sign in part])
            for above, state, parts in paragraphs.steps(signs, n)
        ]
        for n in range(1, len(signs.lines))
    ]
    for options, path in zip(steps, zip([NONE, *gold], gold, strict=False), strict=True):
        if path not in {(above, state) for above, state, _ in options}:
            return None
    return Chain(steps, paragraphs.finish(signs), gold)


def worth(found: Iterable[tuple[str, float]], weights: Mapping[str, float]) -> float:
    """What signs are worth together."""
    return sum([weights[name] * value for name, value in found])


def readings(chain: Chain, weights: Mapping[str, float]) -> list[int]:
    """The best path."""
    scores = {NONE: 0.0}
    back: list[dict[int, int]] = []
    for options in chain.steps:
        best: dict[int, float] = {}
        came: dict[int, int] = {}
        for above, state, found in options:
            if above in scores:
                score = scores[above] + worth(found, weights)
                if state not in best or score > best[state]:
                    best[state], came[state] = score, above
        scores = best
        back.append(came)
    for state in scores:
        scores[state] += worth(chain.finish.get(state, []), weights)
    path = [max(scores, key=lambda s: scores[s])]
    for came in reversed(back):
        path.append(came[path[-1]])
    return path[-2::-1]
