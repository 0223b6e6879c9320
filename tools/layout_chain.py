"""The readings of a page's lines as a chain, with its likeliest path and its gradient.

The scores are those of `pipeline/clean/paragraphs.py`; here they make a linear-chain
conditional random field, so that `fit_layout.py` can fit their weights.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.clean import paragraphs
from pipeline.clean.signs import PageSigns, Signs

Steps = list[tuple[int, int, Signs]]  # reading above, reading, signs
NONE = -1  # the reading above the first line


@dataclass(frozen=True)
class Chain:
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


def gradient(chain: Chain, weights: Mapping[str, float]) -> dict[str, float]:
    """The gradient of the log-likelihood of the right path."""
    slope: defaultdict[str, float] = defaultdict(float)

    def add(found: Signs, share: float) -> None:
        for name, value in found:
            slope[name] += share * value

    forward: list[dict[int, float]] = [{NONE: 0.0}]
    scored: list[list[float]] = []
    for options in chain.steps:
        row = [worth(found, weights) for _, _, found in options]
        reached: defaultdict[int, list[float]] = defaultdict(list)
        for (above, state, _), score in zip(options, row, strict=True):
            if above in forward[-1]:
                reached[state].append(forward[-1][above] + score)
        forward.append({state: _log_sum(scores) for state, scores in reached.items()})
        scored.append(row)
    after = {s: worth(chain.finish.get(s, []), weights) for s in forward[-1]}
    whole = _log_sum([forward[-1][s] + after[s] for s in after])
    for state in after:
        add(chain.finish.get(state, []), -math.exp(forward[-1][state] + after[state] - whole))
    for n in range(len(chain.steps) - 1, -1, -1):
        before: defaultdict[int, list[float]] = defaultdict(list)
        for (above, state, found), score in zip(chain.steps[n], scored[n], strict=True):
            if above in forward[n] and state in after:
                before[above].append(score + after[state])
                share = math.exp(forward[n][above] + score + after[state] - whole)
                if share > 1e-4:
                    add(found, -share)
        after = {above: _log_sum(scores) for above, scores in before.items()}
    for options, path in zip(
        chain.steps, zip([NONE, *chain.gold], chain.gold, strict=False), strict=True
    ):
        add(next(found for above, state, found in options if (above, state) == path), 1.0)
    add(chain.finish.get(chain.gold[-1], []), 1.0)
    return slope


def _log_sum(scores: Sequence[float]) -> float:
    most = max(scores)
    return most + math.log(sum([math.exp(x - most) for x in scores]))
