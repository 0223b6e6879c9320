"""A network that reads text with the teacher's help and labels news by our conventions.

The teacher knows modern text, but its entities follow conventions of its own. So a network of
the product's kind is fitted to the corpora with what the teacher thinks of each character as a
further input, and then labels the news: silver labels in the conventions of the gold ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.tag.batches import by_size
from pipeline.tag.characters import Reader, compile_reader, read_batch
from pipeline.tag.components import build_entities, read_labels
from pipeline.tag.network import Shape, build_network
from training.fit import Heads, with_hints
from training.teacher import Teacher

_TOGETHER = 20_000  # texts whose hints are held in memory
_BATCH = 8000  # characters read together


def label_news(
    texts: Sequence[str],
    words: Sequence[NDArray[np.int32]],
    heads: Heads,
    reader: Reader,
) -> list[NDArray[np.int8]]:
    """The labels of the entities that the tutor finds in each text, as in `pipeline.tag.crf`.

    `words` are the starts of the words of each text. All cores work, on a part of the texts each.
    """
    order = sorted(range(len(texts)), key=lambda n: -len(texts[n]))
    count = os.cpu_count() or 1
    parts = [order[k::count] for k in range(count)]
    known = {name: _weights(getattr(heads, name)) for name in ("network", "entities")}
    with ProcessPoolExecutor(count) as pool:
        jobs = [
            pool.submit(
                _label,
                [texts[n] for n in part],
                [words[n] for n in part],
                known,
                heads.network.attrs["shape"],
                (reader.alphabet, reader.names, reader.rows),
            )
            for part in parts
        ]
        found = [np.zeros(0, np.int8)] * len(texts)
        for part, job in zip(parts, jobs, strict=True):
            for n, labels in zip(part, job.result(), strict=True):
                found[n] = labels
    return found


def _weights(model: Any) -> dict[str, Any]:
    return {name: model.get_param(name) for name in model.param_names}


def _label(
    texts: Sequence[str],
    words: Sequence[NDArray[np.int32]],
    known: dict[str, dict[str, Any]],
    shape: Shape,
    listed: tuple[str, tuple[tuple[str, ...], ...], int],
) -> list[NDArray[np.int8]]:
    """The labels of texts of falling length, in a process of its own."""
    teacher, reader = Teacher(), compile_reader(*listed)
    network, entities = build_network(shape, None), build_entities(shape.vectors)
    for model, weights in ((network, known["network"]), (entities, known["entities"])):
        for name, value in weights.items():
            model.set_param(name, value)
    found: list[NDArray[np.int8]] = []
    for first in range(0, len(texts), _TOGETHER):
        some = slice(first, first + _TOGETHER)
        hints = teacher.odds(texts[some])
        together = zip(texts[some], words[some], hints, strict=True)
        for chosen in by_size(together, lambda each: len(each[0]), _BATCH):
            batch = read_batch([t for t, _, _ in chosen], [w for _, w, _ in chosen], reader)
            batch = with_hints(batch, [h for _, _, h in chosen])
            labels = read_labels(entities, network.predict(batch), batch.starts, batch.lengths)
            found += [row[: len(t)] for row, (t, _, _) in zip(labels, chosen, strict=True)]
    return found
