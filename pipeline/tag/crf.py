"""A linear-chain conditional random field over the characters of a batch of texts.

Method: Lafferty, McCallum and Pereira, "Conditional Random Fields", ICML 2001. Labels are O and,
for each kind of entity, B I E S: begin, inside, end, single character. Sequences that no
entities could have (I after O, two kinds in one entity) have no weight.

Texts are padded to one length, the longest first, so that at any place those that go on are a
slice. Scores are ``[text, place, label]``.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from pipeline.tag.batches import reach

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

KINDS = ("PERSON", "LOC", "ORG")
LABELS = ("O", *(f"{place}-{kind}" for kind in KINDS for place in "BIES"))
_NEVER = np.float32(-1e4)


def _allowed() -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which labels may begin a text, follow each other ``[from, to]``, and end it."""
    begins = np.array([label[0] in "OBS" for label in LABELS])
    ends = np.array([label[0] in "OES" for label in LABELS])
    kinds = np.array([label[2:] for label in LABELS])
    goes_on = ~ends[:, None] & ~begins[None] & (kinds[:, None] == kinds[None])
    return begins, goes_on | (ends[:, None] & begins[None]), ends


BEGINS, FOLLOWS, ENDS = _allowed()


class Gradient(Struct, frozen=True):
    """The loss, minus the log-likelihood summed over texts, and its derivatives."""

    loss: float
    scores: Floats
    follows: Floats
    begins: Floats
    ends: Floats


def labels_of(spans: list[tuple[int, int, str]], size: int) -> NDArray[np.int8]:
    """The labels of a text of `size` characters with these entities."""
    labels = np.zeros(size, np.int8)
    for start, end, kind in spans:
        first = 1 + 4 * KINDS.index(kind)
        if end - start == 1:
            labels[start] = first + 3
        else:
            labels[start : end - 1] = first + 1
            labels[start], labels[end - 1] = first, first + 2
    return labels


def spans_of(labels: NDArray[np.int8]) -> list[tuple[int, int, str]]:
    """The entities of a text: start, end, kind."""
    spans: list[tuple[int, int, str]] = []
    start = 0
    for i in np.flatnonzero(labels).tolist():
        place, kind = LABELS[labels[i]].split("-")
        if place in "BS":
            start = i
        if place in "ES":
            spans.append((start, i + 1, kind))
    return spans


def decode(
    scores: Floats, lengths: Ints, follows: Floats, begins: Floats, ends: Floats
) -> NDArray[np.int8]:
    """The best labels of each text (Viterbi); places behind its end are O."""
    steps = np.where(FOLLOWS, follows, _NEVER).T.copy()  # [to, from]
    last = np.where(ENDS, ends, _NEVER)
    best = scores[:, 0] + np.where(BEGINS, begins, _NEVER)
    size = scores.shape[1]
    going = reach(lengths, size)
    came = np.zeros((size, *best.shape), np.int8)
    for t in range(1, size):
        n = going[t]
        paths = best[:n, None, :] + steps
        came[t, :n] = paths.argmax(axis=2)
        best[:n] = paths.max(axis=2) + scores[:n, t]
    final = (best + last).argmax(axis=1)
    labels = np.zeros(scores.shape[:2], np.int8)
    rows = np.arange(len(labels))
    current = final.copy()
    for t in range(size - 1, -1, -1):
        n = going[t]
        labels[:n, t] = current[:n]
        if t:
            current[:n] = came[t, rows[:n], current[:n]]
    return labels


def gradient(
    scores: Floats, lengths: Ints, gold: Ints, follows: Floats, begins: Floats, ends: Floats
) -> Gradient:
    """Forward and backward sums over all sequences of labels, against the `gold` ones."""
    step = np.where(FOLLOWS, np.exp(follows), 0).astype(np.float32)
    begin = np.where(BEGINS, np.exp(begins), 0).astype(np.float32)
    end = np.where(ENDS, np.exp(ends), 0).astype(np.float32)
    count, size, n_labels = scores.shape
    rows = np.arange(count)
    inside = np.arange(size)[None] < lengths[:, None]
    going = reach(lengths, size)
    top = scores.max(axis=2, keepdims=True)
    odds = np.exp(scores - top)

    forward = np.zeros((size, count, n_labels), np.float32)
    scale = np.ones((size, count), np.float32)  # keeps the sums within what a float can hold
    for t in range(size):
        n = going[t]
        sums = (forward[t - 1, :n] @ step if t else begin) * odds[:n, t]
        scale[t, :n] = sums.sum(axis=1)
        forward[t, :n] = sums / scale[t, :n, None]
    total = (forward[lengths - 1, rows] * end).sum(axis=1)
    partition = np.log(total) + np.log(scale).sum(axis=0) + (top[:, :, 0] * inside).sum(axis=1)

    backward = np.zeros_like(forward)
    d_follows = np.zeros_like(step)
    for t in range(size - 1, -1, -1):
        n, more = going[t], going[t + 1] if t + 1 < size else 0
        backward[t, more:n] = end / total[more:n, None]
        if more:
            onward = odds[:more, t + 1] * backward[t + 1, :more] / scale[t + 1, :more, None]
            backward[t, :more] = onward @ step.T
            d_follows += forward[t, :more].T @ onward
    d_follows *= step
    marginals = forward * backward
    d_begins, d_ends = marginals[0].sum(axis=0), marginals[lengths - 1, rows].sum(axis=0)
    d_scores = marginals.transpose(1, 0, 2).copy()

    text, place = np.nonzero(inside)
    labels = gold[text, place]
    likelihood = float(scores[text, place, labels].sum())
    d_scores[text, place, labels] -= 1
    first, final = gold[:, 0], gold[rows, lengths - 1]
    np.add.at(d_begins, first, -1)
    np.add.at(d_ends, final, -1)
    pairs = inside[:, 1:]
    before, after = gold[:, :-1][pairs], gold[:, 1:][pairs]
    np.add.at(d_follows, (before, after), -1)
    likelihood += float(begins[first].sum() + ends[final].sum() + follows[before, after].sum())
    return Gradient(float(partition.sum()) - likelihood, d_scores, d_follows, d_begins, d_ends)
