"""``python -m training CORPORA OUT``: train the language model and write its card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import spacy
import spacy_pkuseg
from msgspec.structs import replace
from numpy.typing import NDArray
from spacy.language import Language
from spacy.util import load_config, load_model_from_config

from pipeline.tag import crf
from pipeline.tag.characters import Reader, compile_reader
from pipeline.tag.components import build_entities, build_linear
from pipeline.tag.network import Shape, build_network
from pipeline.tag.pkuseg import word_starts
from training.card import write_card
from training.corpora import (
    ANY,
    LAST_TRAINING_DAY,
    MSRA,
    PFR,
    UNER,
    Paragraph,
    Sample,
    chop,
    read_bio,
    read_news,
    read_pfr,
    samples_of,
)
from training.fit import Heads, Settings, fit
from training.measure import Truth, entity_scores, measure
from training.names import collect_names
from training.segmenter import news_lines, train_segmenter
from training.teacher import Teacher
from training.tutor import label_news

Starts = NDArray[np.int32]
HERE = Path(__file__).parent
# Characters seen less often than this are all one.
RARE = 2
ALPHABET = 8000


@click.command()
@click.argument("corpora", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--card", is_flag=True, help="Only measure the model in OUT and write its card anew.")
def main(corpora: Path, out: Path, card: bool) -> None:
    """Train on the corpora in CORPORA; write the spaCy pipeline to the folder OUT.

    What takes long is kept in the folder OUT-work; a training that was stopped goes on there.
    """
    if not card:
        train(corpora, out)
    dev = [p for p in read_pfr(corpora / "pfr199801") if p.id[:8] > LAST_TRAINING_DAY]
    texts = read_news(corpora / "raw_news" / "news.txt.gz")
    write_card(out, measure(spacy.load(out), Teacher(), read_truths(corpora), dev, texts))


def train(corpora: Path, out: Path) -> None:
    """All of the training: labels of the teacher, words, names, tutor, network."""
    config = load_config(HERE / "config.cfg")
    work = out.with_name(f"{out.name}-work")
    work.mkdir(parents=True, exist_ok=True)
    teacher = Teacher()
    pfr = read_pfr(corpora / "pfr199801")
    days = [p for p in pfr if p.id[:8] <= LAST_TRAINING_DAY]
    dev = [p for p in pfr if p.id[:8] > LAST_TRAINING_DAY]
    truths = read_truths(corpora)
    texts = read_news(corpora / "raw_news" / "news.txt.gz")
    labels = _kept(work / "labels.npz", lambda: teacher.label(texts, "Labelling news"))
    gold = gold_samples(corpora, days)
    some = [s.text for s in gold]
    taught = _kept(work / "gold.npz", lambda: teacher.label(some, "Labelling corpora"))
    gold = [replace(s, teacher=y) for s, y in zip(gold, taught, strict=True)]

    nlp = load_model_from_config(config, auto_fill=True, validate=False)
    if not (work / "pkuseg").is_dir():
        options = dict(config["segmenter"])
        lines = news_lines(texts, labels, teacher, options.pop("news"), options["seed"])
        train_segmenter(days, dev, lines, work / "pkuseg", **options)
    nlp.tokenizer.pkuseg_seg = _plain_pkuseg(work / "pkuseg")

    def words(some: Sequence[str]) -> list[Starts]:
        return [np.array(s, np.int32) for s in word_starts(some, nlp.tokenizer.arrays)]

    spans = [tuple(teacher.entities(t, y)) for t, y in zip(texts, labels, strict=True)]
    names = collect_names(texts, spans, **config["names"])
    alphabet = alphabet_of([*(s.text for s in gold), *texts])
    opens = words([s.text for s in gold]), words(texts)

    def tutored() -> list[NDArray[np.int8]]:
        reader, heads, tags = build(None, config, alphabet, names, gold, teacher)
        hints = teacher.odds([s.text for s in gold])
        settings = Settings(**config["fit"] | config["tutor"])
        fit(gold, opens[0], tags, reader, heads, settings, click.echo, hints=hints)
        return label_news(texts, opens[1], heads, reader)

    silver = _kept(work / "silver.npz", tutored)
    news = [
        Sample(t, tuple(crf.spans_of(s)), ANY, teacher=y)
        for t, s, y in zip(texts, silver, labels, strict=True)
    ]
    reader, heads, tags = build(nlp, config, alphabet, names, gold, teacher)

    def check() -> None:
        nlp.to_disk(work / "so-far")
        for truth in truths:
            click.echo(f"  {truth.name}: {entity_scores(nlp, truth)}")

    fit(
        [*gold, *news],
        [*opens[0], *opens[1]],
        tags,
        reader,
        heads,
        Settings(**config["fit"]),
        click.echo,
        check,
        gold=len(gold),
    )
    nlp.meta.update(json.loads((HERE / "meta.json").read_text("utf-8")))
    nlp.to_disk(out)


def gold_samples(corpora: Path, days: Sequence[Paragraph]) -> list[Sample]:
    """The training parts of all corpora, in pieces."""
    return [
        piece
        for sample in (
            *read_bio(corpora / "msra" / "train.tsv", MSRA),
            *samples_of(days),
            *read_bio(corpora / "uner_gsdsimp" / "train.tsv", UNER),
        )
        for piece in chop(sample)
    ]


def _kept(path: Path, make: Callable[[], list[NDArray[Any]]]) -> list[NDArray[Any]]:
    """What `make` gives, one array a text, from the file `path` if it is there."""
    if not path.exists():
        made = make()
        np.savez_compressed(
            path, flat=np.concatenate(made), ends=np.cumsum([len(row) for row in made])
        )
    with np.load(path) as stored:
        return np.split(stored["flat"], stored["ends"][:-1])


def _plain_pkuseg(folder: Path) -> Any:
    """The pkuseg model without the dictionary that spacy_pkuseg joins words by."""
    seg = spacy_pkuseg.pkuseg(str(folder))
    seg.postprocesser.do_process = False
    seg.postprocesser.common_words, seg.postprocesser.other_words = set(), set()
    return seg


def build(
    nlp: Language | None,
    config: Any,
    alphabet: str,
    names: Sequence[Sequence[str]],
    gold: Sequence[Sample],
    teacher: Teacher,
) -> tuple[Reader, Heads, list[str]]:
    """A network and its heads with random weights, and the tags of PFR, most frequent first.

    With `nlp` they are those of its components; without, the network takes the teacher's hints.
    """
    sizes = {k: v for k, v in config["components"]["characters"].items() if k != "factory"}
    rows, seed = sizes.pop("rows"), config["fit"]["seed"]
    counts = Counter(tag for s in gold for tag in s.tags or ())
    tags = sorted((t for t, n in counts.items() if n >= 30), key=lambda t: (-counts[t], t))
    if nlp is None:
        reader = compile_reader(alphabet, names, rows)
        shape = Shape(len(alphabet) + 2, rows, hints=teacher.width, **sizes)
        network = build_network(shape, seed)
        entities = build_entities(shape.vectors)
        tagger = build_linear("tags", shape.vectors, len(tags))
    else:
        characters = nlp.get_pipe("characters")
        characters.build(alphabet, names, seed)
        reader, network, shape = characters.reader, characters.model, characters.shape
        entities = nlp.get_pipe("ner").model
        nlp.get_pipe("tagger").build(shape.vectors, tags)
        tagger = nlp.get_pipe("tagger").model
    first = 0.05 * np.random.default_rng(seed).standard_normal((shape.vectors, len(crf.LABELS)))
    entities.set_param("W", first.astype(np.float32))
    taught = build_linear("teacher", shape.vectors, teacher.labels)
    return reader, Heads(network, entities, tagger, taught), tags


def alphabet_of(texts: Sequence[str]) -> str:
    """The most frequent characters; 0 stands for all digits."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    kept = [c for c, n in counts.items() if n >= RARE and not c.isdigit() and not c.isspace()]
    return "0" + "".join(sorted(kept, key=lambda c: (-counts[c], c))[:ALPHABET])


def read_truths(corpora: Path) -> list[Truth]:
    """The development sets, as their makers give them."""
    return [
        Truth("MSRA dev", read_bio(corpora / "msra" / "dev.tsv", MSRA)),
        Truth("PFR dev", read_bio(corpora / "pfr199801" / "bio5.dev.tsv", PFR)),
        Truth("UNER dev", read_bio(corpora / "uner_gsdsimp" / "dev.tsv", UNER)),
    ]


if __name__ == "__main__":
    main()
