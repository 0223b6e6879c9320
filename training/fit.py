"""Fit the network and its heads to all samples at once.

Each batch mixes corpora. The loss is that of the random field over entities, plus that of the
tags of PFR and of the teacher's labels, which are known for every text. Half the time the
network is told whose conventions a text follows; at run time it is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray
from thinc.api import Model, warmup_linear

from pipeline.tag import crf
from pipeline.tag.batches import pad
from pipeline.tag.characters import OUTSIDE, Batch, Reader, read_batch
from pipeline.tag.components import FIELD
from training.corpora import Sample
from training.optimizer import LazyAdam

Floats = NDArray[np.float32]

_POOL = 4000  # samples from which batches of like lengths are made


class Settings(Struct, frozen=True):
    """How to learn; see training/config.cfg."""

    epochs: float
    news: float
    batch: int
    rate: float
    warmup: int
    least_rate: float
    dropout: float
    auxiliary: float
    told: float
    unlisted: float
    unlisted_news: float
    uncut: float
    seed: int


class Heads(Struct, frozen=True):
    """What learns: the network, and what is read from its vectors."""

    network: Model[Batch, Floats]
    entities: Model[Floats, Floats]
    tags: Model[Floats, Floats]
    teacher: Model[Floats, Floats]

    def finish(self, optimizer: LazyAdam) -> None:
        """Change all weights by their gradients."""
        for model in (self.network, self.entities, self.tags, self.teacher):
            model.finish_update(optimizer)


class _Losses(Struct):
    """Sums since the last report."""

    entities: float = 0.0
    tags: float = 0.0
    teacher: float = 0.0
    characters: int = 0
    tagged: int = 0
    since: float = 0.0

    def line(self, step: int, steps: int) -> str:
        speed = self.characters / (time.monotonic() - self.since) / 1000
        return (
            f"{step:6}/{steps} entities {self.entities / self.characters:.4f} tags "
            f"{self.tags / max(self.tagged, 1):.4f} teacher {self.teacher / self.characters:.4f} "
            f"({speed:.1f} k chars/s)"
        )


def fit(
    samples: Sequence[Sample],
    words: Sequence[NDArray[np.int32]],
    tags: Sequence[str],
    reader: Reader,
    heads: Heads,
    settings: Settings,
    report: Callable[[str], None],
    check: Callable[[], None] = lambda: None,
    hints: Sequence[NDArray[np.float16]] | None = None,
    gold: int | None = None,
) -> None:
    """Change `heads` in place.

    The first `gold` of `samples` (default: all) are all read in each epoch, of the rest the
    share `settings.news`. `words` are the starts of words of each, `tags` those of the tags
    head in order, `hints` what a tutor is told of each. `report` hears of progress, `check` is
    called now and then.
    """
    gold = len(samples) if gold is None else gold
    rng = np.random.default_rng(settings.seed)
    heads.network.attrs["dropout_rate"] = settings.dropout
    numbers = {tag: n for n, tag in enumerate(tags)}
    sizes = [len(s.text) for s in samples]
    size = sum(sizes[:gold]) + settings.news * sum(sizes[gold:])
    steps = int(settings.epochs * size / settings.batch)
    rates = warmup_linear(settings.rate, settings.warmup, steps)
    optimizer = LazyAdam()
    losses = _Losses(since=time.monotonic())
    batches = _batches(samples, gold, settings, rng)
    for step in range(steps):
        chosen = next(batches)
        optimizer.rate = max(next(rates), settings.least_rate * settings.rate)
        some = [samples[n] for n in chosen]
        told = rng.random(len(some)) < settings.told
        batch = read_batch(
            [s.text for s in some],
            [words[n] for n in chosen],
            reader,
            [s.convention if t else 0 for s, t in zip(some, told, strict=True)],
        )
        unlisted = [settings.unlisted if n < gold else settings.unlisted_news for n in chosen]
        batch = _forget(batch, np.array(unlisted), settings.uncut, rng)
        if hints is not None:
            batch = with_hints(batch, [hints[n] for n in chosen])
        _update(batch, some, numbers, heads, settings, losses)
        heads.finish(optimizer)
        if step % 500 == 499 or step == steps - 1:
            report(losses.line(step + 1, steps))
            losses = _Losses(since=time.monotonic())
        if step % 5000 == 4999:
            check()
            losses.since = time.monotonic()
    heads.network.attrs["dropout_rate"] = 0.0


def with_hints(batch: Batch, hints: Sequence[NDArray[np.float16]]) -> Batch:
    """`batch` with what the teacher says of the characters of each text."""
    rows = np.zeros((batch.size, hints[0].shape[1]), np.float32)
    for start, text in zip(batch.starts, hints, strict=True):
        rows[start : start + len(text)] = text
    return replace(batch, hints=rows)


def _batches(
    samples: Sequence[Sample], gold: int, settings: Settings, rng: np.random.Generator
) -> Iterator[list[int]]:
    """Numbers of samples of about `settings.batch` characters together, longest first."""
    news = gold + rng.permutation(len(samples) - gold)
    share = int(settings.news * len(news))
    at = 0
    while True:
        epoch = np.concatenate([np.arange(gold), np.take(news, range(at, at + share), mode="wrap")])
        at += share
        epoch = rng.permutation(epoch)
        for start in range(0, len(epoch), _POOL):
            pool = sorted(
                epoch[start : start + _POOL].tolist(), key=lambda n: -len(samples[n].text)
            )
            groups: list[list[int]] = [[]]
            size = 0
            for n in pool:
                if size >= settings.batch:
                    groups.append([])
                    size = 0
                groups[-1].append(n)
                size += len(samples[n].text)
            for k in rng.permutation(len(groups)):
                yield groups[k]


def _forget(
    batch: Batch, unlisted: NDArray[np.float64], uncut: float, rng: np.random.Generator
) -> Batch:
    """Hide the listed names, or the words, of some texts, so that neither is all that counts."""
    names, words = batch.names.copy(), batch.words.copy()
    no_names, no_words = rng.random(len(unlisted)) < unlisted, rng.random(len(unlisted)) < uncut
    for n, (start, length) in enumerate(zip(batch.starts, batch.lengths, strict=True)):
        if no_names[n]:
            names[start : start + length] = OUTSIDE
        if no_words[n]:
            words[start : start + length] = OUTSIDE
    return replace(batch, names=names, words=words)


def _update(
    batch: Batch,
    samples: Sequence[Sample],
    numbers: dict[str, int],
    heads: Heads,
    settings: Settings,
    losses: _Losses,
) -> None:
    """Add the gradients of one batch."""
    characters = int(batch.lengths.sum())
    scale = np.float32(30 / characters)  # keeps most gradients below the clip
    tags = np.full(batch.size, -1)
    taught = np.full(batch.size, -1)
    gold = np.zeros((len(samples), int(batch.lengths.max())), np.int64)
    for n, (s, start) in enumerate(zip(samples, batch.starts, strict=True)):
        span = slice(start, start + len(s.text))
        gold[n, : len(s.text)] = crf.labels_of(list(s.spans), len(s.text))
        if s.tags is not None:
            tags[span] = [numbers.get(tag, -1) for tag in s.tags]
        if s.teacher is not None:
            taught[span] = s.teacher
    vectors, back = heads.network.begin_update(batch)
    d_vectors, losses_entities = _entities(vectors, batch, gold, heads.entities, scale)
    losses.entities += losses_entities
    for known, head, name in ((tags, heads.tags, "tags"), (taught, heads.teacher, "teacher")):
        if (known >= 0).any():
            d, loss = _cross_entropy(vectors, known, head, scale * np.float32(settings.auxiliary))
            d_vectors += d
            setattr(losses, name, getattr(losses, name) + loss)
    losses.characters += characters
    losses.tagged += int((tags >= 0).sum())
    back(d_vectors)


def _entities(
    vectors: Floats, batch: Batch, gold: Any, head: Model[Floats, Floats], scale: np.float32
) -> tuple[Floats, float]:
    scores, back = head.begin_update(vectors)
    found = crf.gradient(
        pad(scores, batch.starts, batch.lengths),
        batch.lengths,
        gold,
        *(head.get_param(name) for name in FIELD),
    )
    for name in FIELD:
        head.inc_grad(name, getattr(found, name) * scale)
    d_scores = np.zeros_like(scores)
    for n, (start, length) in enumerate(zip(batch.starts, batch.lengths, strict=True)):
        d_scores[start : start + length] = found.scores[n, :length]
    return back(d_scores * scale), found.loss


def _cross_entropy(
    vectors: Floats, known: NDArray[np.int64], head: Model[Floats, Floats], scale: np.float32
) -> tuple[Floats, float]:
    """The gradient for `vectors` where a label is known, and the loss."""
    rows = np.flatnonzero(known >= 0)
    scores, back = head.begin_update(vectors[rows])
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    right = (np.arange(len(rows)), known[rows])
    loss = -float(np.log(odds[right] + 1e-9).sum())
    odds[right] -= 1
    d_vectors = np.zeros_like(vectors)
    d_vectors[rows] = back(odds * scale)
    return d_vectors, loss
