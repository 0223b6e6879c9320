"""Adam that leaves alone the rows of a large table that a batch did not touch.

Method: Kingma and Ba, "Adam", ICLR 2015. Of a table of embeddings a batch touches a few rows in
a hundred. Adam as thinc has it moves all others too, by the momentum of batches long past, and
spends most of its time on that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TABLE = 4096  # rows from which on a matrix is a table


class LazyAdam:
    """An optimizer for `thinc.model.Model.finish_update`; set `rate` before each step."""

    def __init__(self, beta1: float = 0.9, beta2: float = 0.99, clip: float = 5.0) -> None:
        self.beta1, self.beta2, self.clip = beta1, beta2, clip
        self.rate = 0.0
        self.steps: dict[Any, int] = {}
        self.means: dict[Any, Floats] = {}
        self.squares: dict[Any, Floats] = {}

    def __call__(self, key: Any, weights: Floats, gradient: Floats) -> tuple[Floats, Floats]:
        """Change `weights` in place; the gradient comes back as nil."""
        if key not in self.means:
            self.steps[key] = 0
            self.means[key] = np.zeros_like(weights)
            self.squares[key] = np.zeros_like(weights)
        self.steps[key] += 1
        if weights.ndim == 2 and len(weights) >= _TABLE:
            rows: Any = np.flatnonzero(gradient.any(axis=1))
        else:
            rows = slice(None)
        g = gradient[rows]
        norm = float(np.sqrt(np.square(g).sum()))
        if norm > self.clip:
            g = g * np.float32(self.clip / norm)
        b1, b2, t = np.float32(self.beta1), np.float32(self.beta2), self.steps[key]
        mean = b1 * self.means[key][rows] + (1 - b1) * g
        square = b2 * self.squares[key][rows] + (1 - b2) * g * g
        self.means[key][rows], self.squares[key][rows] = mean, square
        rate = np.float32(self.rate * (1 - self.beta2**t) ** 0.5 / (1 - self.beta1**t))
        weights[rows] -= rate * mean / (np.sqrt(square) + np.float32(1e-8))
        gradient[rows] = 0
        return weights, gradient
