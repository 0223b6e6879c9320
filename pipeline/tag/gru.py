"""A layer that reads each text in both directions, with gradients, for many texts at once.

Method: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP 2014, in
the form with one product for all gates (the reset gate acts behind it). Both directions of all
texts take their steps together; texts are sorted by length, so that those still going on are a
slice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.tag.batches import reach

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_HALF = np.float32(0.5)


def read_both_ways(
    inputs: Floats, starts: Ints, lengths: Ints, weights: tuple[Floats, Floats, Floats]
) -> Floats:
    """States after each place, forward then backward, ``[place, 2 × width]``.

    Text `i` is ``inputs[starts[i] : starts[i] + lengths[i]]``. `weights` are the inputs' for
    the gates (update, reset, candidate) of both directions ``[input, 6 × width]``, the states'
    ``[2, width, 3 × width]``, and the bias ``[6 × width]``.
    """
    out, _ = _read(inputs, starts, lengths, weights, None)
    return out


def learn_both_ways(
    inputs: Floats, starts: Ints, lengths: Ints, weights: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Callable[[Floats], tuple[Floats, tuple[Floats, Floats, Floats]]]]:
    """As `read_both_ways`, and what turns the gradient of the states into those of the inputs
    and of the weights."""
    steps: list[Any] = []
    out, active = _read(inputs, starts, lengths, weights, steps)
    w_in, w_state, _ = weights
    width = w_state.shape[1]

    def backprop(d_out: Floats) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
        d_gates = np.zeros((len(inputs), 6 * width), np.float32)
        d_w_state = np.zeros_like(w_state)
        d_state = np.zeros((2, active[0], width), np.float32)
        back = w_state.transpose(0, 2, 1).copy()
        for (ahead, behind, state, update, reset, kept, candidate), n in zip(
            reversed(steps), reversed(active), strict=True
        ):
            d = d_state[:, :n]
            d[0] += d_out[ahead, :width]
            d[1] += d_out[behind, width:]
            d_update = d * (state - candidate) * update * (1 - update)
            d_candidate = d * (1 - update) * (1 - candidate * candidate)
            d_reset = d_candidate * kept * reset * (1 - reset)
            d_step = np.concatenate([d_update, d_reset, d_candidate * reset], axis=2)
            d_w_state += state.transpose(0, 2, 1) @ d_step
            d_state[:, :n] = d * update + d_step @ back
            d_gates[ahead, : 3 * width] = np.concatenate(
                [d_update[0], d_reset[0], d_candidate[0]], axis=1
            )
            d_gates[behind, 3 * width :] = np.concatenate(
                [d_update[1], d_reset[1], d_candidate[1]], axis=1
            )
        gradients = inputs.T @ d_gates, d_w_state, d_gates.sum(axis=0)
        return d_gates @ w_in.T, gradients

    return out, backprop


def _read(
    inputs: Floats,
    starts: Ints,
    lengths: Ints,
    weights: tuple[Floats, Floats, Floats],
    steps: list[Any] | None,
) -> tuple[Floats, list[int]]:
    """All states, and how many texts take each step; `steps` collects what gradients need."""
    w_in, w_state, bias = weights
    width = w_state.shape[1]
    order = np.argsort(-lengths, kind="stable")
    active = reach(lengths[order], int(lengths.max()))
    ahead, behind = _places(starts[order], lengths[order], active)
    # Gates lie in the order of the steps, so that a step is a slice. Those that open and close
    # are halved here, once: a sigmoid is the tanh of half its argument.
    gates = inputs @ w_in
    gates += bias
    opening = np.stack([gates[ahead, : 2 * width], gates[behind, 3 * width : 5 * width]])
    opening *= _HALF
    candidates = np.stack([gates[ahead, 2 * width : 3 * width], gates[behind, 5 * width :]])
    carry = w_state.copy()
    carry[:, :, : 2 * width] *= _HALF
    read = np.empty((2, len(ahead), width), np.float32)
    state = np.zeros((2, active[0], width), np.float32)
    at = 0
    for n in active:
        here = slice(at, at + n)
        state = state[:, :n]
        carried = state @ carry
        both, candidate = opening[:, here], candidates[:, here]
        both += carried[:, :, : 2 * width]
        np.tanh(both, out=both)
        both += 1
        both *= _HALF
        update, reset = both[:, :, :width], both[:, :, width:]
        kept = carried[:, :, 2 * width :]
        candidate += reset * kept
        np.tanh(candidate, out=candidate)
        if steps is not None:
            steps.append((ahead[here], behind[here], state, update, reset, kept, candidate))
        after = read[:, here]
        np.subtract(state, candidate, out=after)
        after *= update
        after += candidate
        state = after
        at += n
    out = np.zeros((len(inputs), 2 * width), np.float32)
    out[ahead, :width], out[behind, width:] = read
    return out, active


def _places(first: Ints, lengths: Ints, active: Sequence[int]) -> tuple[Ints, Ints]:
    """The places read forward and backward, step by step, for texts that begin at `first`."""
    step = np.repeat(np.arange(len(active)), active)
    text = np.arange(len(step)) - np.repeat(np.cumsum(active) - active, active)
    return first[text] + step, (first + lengths - 1)[text] - step
