"""Fit the weights of a linear-chain conditional random field to many chains at once.

The chains are those of `layout_chain.py`. All pages go through the forward and the backward
pass together, line by line, which makes a fit to some hundreds of pages a matter of seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.layout_chain import NONE, Chain

Array = NDArray[np.float64]
STATES = 5
NEVER = -1e9
REMEMBERED = 10  # steps by which L-BFGS knows the curvature


class Batch:
    """Chains as arrays: which sign each step has, and how many of each the right paths have."""

    def __init__(self, chains: Sequence[Chain], names: Sequence[str]) -> None:
        number = {name: n for n, name in enumerate(names)}
        self.count, self.signs = len(chains), len(names)
        self.lengths = np.array([len(c.steps) for c in chains])
        self.longest = int(self.lengths.max())
        self.gold = np.zeros(self.signs)
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        places: list[tuple[int, int, int, int]] = []

        def add(place: tuple[int, int, int, int], found: object, right: bool) -> None:
            assert isinstance(found, list)
            for name, value in found:
                rows.append(len(places))
                columns.append(number[name])
                values.append(value)
                self.gold[number[name]] += value * right
            places.append(place)

        for page, chain in enumerate(chains):
            path = [NONE, *chain.gold]
            for n, options in enumerate(chain.steps):
                for above, state, found in options:
                    right = (above, state) == (path[n], path[n + 1])
                    add((page, n, above % (STATES + 1), state), found, right)
            for state in range(STATES):
                place = page, len(chain.steps), state, 0
                add(place, chain.finish.get(state, []), state == path[-1])
        self.rows, self.columns = np.array(rows), np.array(columns)
        self.values = np.array(values, dtype=np.float64)
        where = np.array(places)
        self.last = where[:, 1] == self.lengths[where[:, 0]]
        self.inner, self.ends = where[~self.last], where[self.last]

    def _scores(self, weights: Array) -> tuple[Array, Array]:
        worth = np.bincount(
            self.rows, self.values * weights[self.columns], minlength=len(self.last)
        )
        steps = np.full((self.count, self.longest, STATES + 1, STATES), NEVER)
        finish = np.zeros((self.count, STATES))
        steps[tuple(self.inner.T)] = worth[~self.last]
        finish[self.ends[:, 0], self.ends[:, 2]] = worth[self.last]
        return steps, finish

    def loss(self, weights: Array) -> tuple[float, Array]:
        """How unlikely the right paths are (negative log-likelihood), and its gradient."""
        steps, finish = self._scores(weights)
        forward = np.empty((self.count, self.longest, STATES))
        forward[:, 0] = steps[:, 0, STATES]
        for n in range(1, self.longest):
            moved = _log_sum(forward[:, n - 1, :, None] + steps[:, n, :STATES], 1)
            forward[:, n] = np.where((n < self.lengths)[:, None], moved, forward[:, n - 1])
        whole = _log_sum(forward[:, -1] + finish, 1)
        shares = np.zeros_like(steps)
        after = finish
        for n in range(self.longest - 1, 0, -1):
            here = (n < self.lengths)[:, None]
            onward = steps[:, n, :STATES] + after[:, None, :]
            share = np.exp(
                np.minimum(forward[:, n - 1, :, None] + onward, whole[:, None, None])
                - whole[:, None, None]
            )
            shares[:, n, :STATES] = np.where(here[:, :, None], share, 0.0)
            after = np.where(here, _log_sum(onward, 2), after)
        shares[:, 0, STATES] = np.exp(steps[:, 0, STATES] + after - whole[:, None])
        ending = np.exp(forward[:, -1] + finish - whole[:, None])
        each = np.empty(len(self.last))
        each[~self.last] = shares[tuple(self.inner.T)]
        each[self.last] = ending[self.ends[:, 0], self.ends[:, 2]]
        expected = np.bincount(self.columns, self.values * each[self.rows], minlength=self.signs)
        return float(whole.sum() - self.gold @ weights), expected - self.gold


def fit(
    printed: Sequence[Chain],
    made: Sequence[Chain],
    start: Mapping[str, float],
    loose: float,
    share: float,
    rounds: int,
) -> dict[str, float]:
    """Weights that make the right paths likely and stay near `start`, `loose` being how near.

    A made page counts for `share` of a printed one. Signs that `start` lacks begin at nothing.
    """
    names = sorted(set(start) | {name for c in (*printed, *made) for name in _names(c)})
    first = np.array([start.get(name, 0.0) for name in names])
    parts = [
        (Batch(chains, names), weight)
        for chains, weight in ((printed, 1.0), (made, share))
        if chains and weight
    ]

    def loss(weights: Array) -> tuple[float, Array]:
        away = weights - first
        total, slope = float(away @ away) / (2 * loose**2), away / loose**2
        for batch, weight in parts:
            own, own_slope = batch.loss(weights)
            total, slope = total + weight * own, slope + weight * own_slope
        return total, slope

    return dict(zip(names, minimum(loss, first, rounds).tolist(), strict=True))


def minimum(loss: Callable[[Array], tuple[float, Array]], start: Array, rounds: int) -> Array:
    """Where a smooth `loss` (its value and its gradient) is least, by L-BFGS from `start` on."""
    moves: list[tuple[Array, Array]] = []
    at = start.copy()
    value, slope = loss(at)
    for _ in range(rounds):
        step = slope.copy()
        shares: list[float] = []
        for move, change in reversed(moves):
            shares.append(float(move @ step) / float(change @ move))
            step -= shares[-1] * change
        if moves:
            move, change = moves[-1]
            step *= float(move @ change) / float(change @ change)
        else:
            step *= 0.1 / float(np.linalg.norm(slope))
        for (move, change), own in zip(moves, reversed(shares), strict=True):
            step += move * (own - float(change @ step) / float(change @ move))
        length = 1.0
        while True:
            there = at - length * step
            lower, tilt = loss(there)
            if lower <= value - 1e-4 * length * float(slope @ step) or length < 1e-6:
                break
            length /= 2
        if float((there - at) @ (tilt - slope)) > 1e-10:
            moves = [*moves[1 - REMEMBERED :], (there - at, tilt - slope)]
        done = abs(value - lower) < 1e-4 * max(1.0, abs(value))
        at, value, slope = there, lower, tilt
        if done:
            break
    return at


def _names(chain: Chain) -> set[str]:
    found = {name for options in chain.steps for _, _, signs in options for name, _ in signs}
    return found | {name for signs in chain.finish.values() for name, _ in signs}


def _log_sum(scores: Array, axis: int) -> Array:
    most = scores.max(axis, keepdims=True)
    total: Array = np.squeeze(most, axis) + np.log(np.exp(scores - most).sum(axis))
    return total
