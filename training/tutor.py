"""A network that reads text with the teacher's help and labels news by our conventions.

The teacher knows modern text, but its entities follow conventions of its own. So a network of
the product's kind is fitted to the corpora with what the teacher thinks of each character as a
further input, and then labels the news: silver labels in the conventions of the gold ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.tag import crf
from pipeline.tag.characters import Reader, read_batch
from pipeline.tag.components import pad
from training.fit import Heads, with_hints
from training.teacher import Teacher

_TOGETHER = 20_000  # texts whose hints are held in memory
_BATCH = 8000  # characters read together


def label_news(
    texts: Sequence[str],
    words: Sequence[NDArray[np.int32]],
    teacher: Teacher,
    heads: Heads,
    reader: Reader,
) -> list[NDArray[np.int8]]:
    """The labels of the entities that the tutor finds in each text, as in `pipeline.tag.crf`.

    `words` are the starts of the words of each text.
    """
    found = [np.zeros(0, np.int8)] * len(texts)
    order = sorted((n for n in range(len(texts)) if texts[n]), key=lambda n: -len(texts[n]))
    for first in range(0, len(order), _TOGETHER):
        part = order[first : first + _TOGETHER]
        hints = dict(zip(part, teacher.odds([texts[n] for n in part]), strict=True))
        for group in _groups(part, texts):
            batch = read_batch([texts[n] for n in group], [words[n] for n in group], reader)
            batch = with_hints(batch, [hints[n] for n in group])
            scores = heads.entities.predict(heads.network.predict(batch))
            padded = pad(scores, batch.starts, batch.lengths)
            weights = (heads.entities.get_param(n) for n in ("follows", "begins", "ends"))
            labels = crf.decode(padded, batch.lengths, *weights)
            for n, row in zip(group, labels, strict=True):
                found[n] = row[: len(texts[n])]
    return found


def _groups(numbers: Sequence[int], texts: Sequence[str]) -> Iterator[list[int]]:
    group: list[int] = []
    size = 0
    for n in numbers:
        group.append(n)
        size += len(texts[n])
        if size >= _BATCH:
            yield group
            group, size = [], 0
    if group:
        yield group
