"""The network that all annotations are read from: a vector for each character of a batch.

A character is embedded together with the pairs it forms with its neighbours, its place in a
word and in listed names. Residual convolutions over three characters widen the view, and a
layer that reads in both directions brings in the rest of the text. Everything is products of
small matrices in single precision, for all texts of a batch together. The layers learn through
`begin_update`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from thinc.api import Model

from pipeline.tag.characters import PLACES, Batch
from pipeline.tag.gru import learn_both_ways, read_both_ways

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Backprop = Callable[[Floats], None]

CONVENTIONS = 5  # any, and up to four corpora
_KINDS = 3  # lists of names
_READING = ("W_read", "W_state", "b_read")


class Shape(Struct, frozen=True):
    """Sizes: of the alphabet, of the table of pairs, of vectors; how many convolutions.

    `reading` is the width of each direction of the last layer, `hints` that of what a teacher
    says of each character beforehand (0 in the product).
    """

    alphabet: int
    rows: int
    width: int
    embedding: int
    places: int
    depth: int
    reading: int
    hints: int = 0

    @property
    def embedded(self) -> int:
        """The width of what stands for a character before the first layer."""
        return 3 * self.embedding + self.places

    @property
    def vectors(self) -> int:
        """The width of the vectors that come out."""
        return self.width + 2 * self.reading


def build_network(shape: Shape, seed: int | None = 0) -> Model[Batch, Floats]:
    """A network that gives a row of `shape.vectors` for every place.

    Its weights are random, or nil where `seed` is None: they will be loaded.
    """
    rng = np.random.default_rng(seed)

    def normal(*size: int, scale: float) -> Floats:
        if seed is None:
            return np.zeros(size, np.float32)
        return (rng.standard_normal(size) * scale).astype(np.float32)

    width, size, reading = shape.width, shape.embedding, shape.reading
    params = {
        "characters": normal(shape.alphabet, size, scale=0.3),
        "pairs": normal(shape.rows, 2 * size, scale=0.15),
        "names": normal(_KINDS * PLACES, shape.places, scale=0.2),
        "words": normal(PLACES, shape.places, scale=0.2),
        "conventions": normal(CONVENTIONS, shape.places, scale=0.0),
        "W_in": normal(shape.embedded, width, scale=(2 / shape.embedded) ** 0.5),
        "b_in": normal(width, scale=0.0),
        "W_read": normal(width, 6 * reading, scale=width**-0.5),
        "W_state": normal(2, reading, 3 * reading, scale=reading**-0.5),
        "b_read": normal(6 * reading, scale=0.0),
    }
    if shape.hints:
        params["W_hints"] = normal(shape.hints, width, scale=0.2)
    for layer in range(shape.depth):
        scale = 0.7 * (2 / (3 * width)) ** 0.5
        params[f"W_{layer}"] = normal(3 * width, width, scale=scale)
        params[f"b_{layer}"] = normal(width, scale=0.0)
    return Model(
        "characters",
        _forward,
        params=dict(params),
        dims={"nO": shape.vectors},
        attrs={"shape": shape, "dropout_rate": 0.0, "rng": rng},
    )


def _forward(
    model: Model[Batch, Floats], batch: Batch, is_train: bool
) -> tuple[Floats, Callable[[Floats], Batch]]:
    shape: Shape = model.attrs["shape"]
    rate = model.attrs["dropout_rate"] if is_train else 0.0
    rng = model.attrs["rng"]
    empty = batch.empty
    embedded, embed_back = _embed(model, batch, shape)
    embedded, undrop = _dropout(embedded, rate, rng)
    state = embedded @ model.get_param("W_in") + model.get_param("b_in")
    if batch.hints is not None:
        state += batch.hints @ model.get_param("W_hints")
    np.maximum(state, 0, out=state)
    state[empty] = 0
    active = state > 0
    backs: list[Callable[[Floats], Floats]] = []
    for layer in range(shape.depth):
        change, back = _convolution(model, layer, state, empty, 0.6 * rate, rng, is_train)
        state = state + change
        backs.append(back)
    weights = tuple(model.get_param(name) for name in _READING)
    if not is_train:
        read = read_both_ways(state, batch.starts, batch.lengths, weights)
        return np.concatenate([state, read], axis=1), lambda _: batch
    read, read_back = learn_both_ways(state, batch.starts, batch.lengths, weights)
    vectors, undrop_vectors = _dropout(np.concatenate([state, read], axis=1), rate, rng)

    def backprop(d_vectors: Floats) -> Batch:
        d_vectors = undrop_vectors(d_vectors)
        d_state, d_weights = read_back(d_vectors[:, shape.width :])
        for name, d_weight in zip(_READING, d_weights, strict=True):
            model.inc_grad(name, d_weight)
        d_state += d_vectors[:, : shape.width]
        d_state[empty] = 0
        for back in reversed(backs):
            d_state += back(d_state)
        d_state[empty] = 0
        d_state *= active
        if batch.hints is not None:
            model.inc_grad("W_hints", batch.hints.T @ d_state)
        model.inc_grad("W_in", embedded.T @ d_state)
        model.inc_grad("b_in", d_state.sum(axis=0))
        d_embedded = undrop(d_state @ model.get_param("W_in").T)
        d_embedded[empty] = 0
        embed_back(d_embedded)
        return batch

    return vectors, backprop


def _embed(model: Any, batch: Batch, shape: Shape) -> tuple[Floats, Backprop]:
    """Rows of the tables side by side: character, pair before, pair behind, places."""
    size = shape.embedding
    names = batch.names + PLACES * np.arange(_KINDS)
    table = model.get_param("pairs")
    pairs = table[batch.pairs[0]] + table[batch.pairs[1]]
    out = np.zeros((batch.size, shape.embedded), np.float32)
    out[:, :size] = model.get_param("characters")[batch.characters]
    out[1:, size : 2 * size] = pairs[:, :size]
    out[:-1, 2 * size : 3 * size] = pairs[:, size:]
    places = out[:, 3 * size :]
    for kind in range(_KINDS):
        places += model.get_param("names")[names[:, kind]]
    places += model.get_param("words")[batch.words]
    places += model.get_param("conventions")[batch.convention]
    out[batch.empty] = 0

    def backprop(d_out: Floats) -> None:
        d_pairs = np.concatenate([d_out[1:, size : 2 * size], d_out[:-1, 2 * size : 3 * size]], 1)
        both = np.concatenate(batch.pairs)
        _scatter(model, "pairs", both, np.concatenate([d_pairs, d_pairs]))
        _scatter(model, "characters", batch.characters, d_out[:, :size])
        d_places = d_out[:, 3 * size :]
        _scatter(model, "names", names.T.reshape(-1), np.concatenate([d_places] * _KINDS))
        _scatter(model, "words", batch.words, d_places)
        _scatter(model, "conventions", batch.convention, d_places)

    return out, backprop


def _scatter(model: Any, name: str, rows: Ints, d_rows: Floats) -> None:
    """Add gradients of rows of a table to the gradient of the table."""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    if not model.has_grad(name):
        model.set_grad(name, np.zeros_like(model.get_param(name)))
    model.get_grad(name)[ordered[first]] += np.add.reduceat(d_rows[order], first, axis=0)


def _convolution(
    model: Any, layer: int, state: Floats, empty: Ints, rate: float, rng: Any, is_train: bool
) -> tuple[Floats, Callable[[Floats], Floats]]:
    """What a layer adds to each place, from it and its two neighbours."""
    width = state.shape[1]
    window = np.zeros((len(state), 3 * width), np.float32)
    window[1:, :width] = state[:-1]
    window[:, width : 2 * width] = state
    window[:-1, 2 * width :] = state[1:]
    weights = model.get_param(f"W_{layer}")
    change = window @ weights
    change += model.get_param(f"b_{layer}")
    np.maximum(change, 0, out=change)
    change[empty] = 0
    active = change > 0
    change, undrop = _dropout(change, rate, rng)

    def backprop(d_change: Floats) -> Floats:
        d_change = undrop(d_change) * active
        model.inc_grad(f"W_{layer}", window.T @ d_change)
        model.inc_grad(f"b_{layer}", d_change.sum(axis=0))
        d_window = d_change @ weights.T
        d_state: Floats = d_window[:, width : 2 * width].copy()
        d_state[:-1] += d_window[1:, :width]
        d_state[1:] += d_window[:-1, 2 * width :]
        return d_state

    return change, backprop


def _dropout(x: Floats, rate: float, rng: Any) -> tuple[Floats, Callable[[Floats], Floats]]:
    if not rate:
        return x, lambda d: d
    kept = (rng.random(x.shape, dtype=np.float32) >= rate) * np.float32(1 / (1 - rate))
    dropped: Floats = x * kept
    return dropped, lambda d: d * kept
