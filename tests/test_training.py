"""How the language model is made: corpora, settings and the way it learns, on made-up text."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import spacy_pkuseg
import srsly
from msgspec.structs import replace
from spacy.util import load_config

from pipeline.tag import crf
from pipeline.tag.characters import compile_reader, read_batch
from pipeline.tag.components import build_entities, build_linear, read_labels
from pipeline.tag.network import Shape, build_network
from pipeline.tag.pkuseg import compile_segmenter, word_starts
from training.corpora import MSRA, PFR, Sample, chop, read_bio, read_news, read_pfr, samples_of
from training.fit import Heads, Settings, fit
from training.measure import Truth, entity_scores
from training.names import collect_names
from training.optimizer import LazyAdam
from training.segmenter import prune, train_segmenter

CONFIG = Path(__file__).parents[1] / "training" / "config.cfg"
TAGGED = (
    "19990102-01-001-001/m  李/nr  国强/nr  在/p  [天津市/ns  民政局/n]nt  说/v  "
    "［/w  １２/m  家/q  ］/w\n"
    "19990102-01-001-002/m  ——/w  诸葛/nr  王/nr  来/v\n"
)
ARTICLE = {
    "id": "19990102-01-001",
    "paras": [
        {"n": 1, "text": "", "ents": [[0, 3, "PER", 1], [4, 10, "ORG", 1], [4, 7, "LOC", 0]]},
        {"n": 2, "text": "", "ents": [[2, 4, "PER", 1], [4, 5, "TIME", 1]]},
    ],
}


def test_paragraphs_of_pfr(tmp_path: Path) -> None:
    (tmp_path / "tagged.txt").write_text(TAGGED, encoding="utf-8")
    (tmp_path / "articles.jsonl").write_text(json.dumps(ARTICLE) + "\n", encoding="utf-8")
    first, second = read_pfr(tmp_path)
    assert first.text == "李国强在天津市民政局说［12家］"
    assert first.words[:4] == (("李国强", "nr"), ("在", "p"), ("天津市", "ns"), ("民政局", "n"))
    assert first.spans == ((0, 3, "PERSON"), (4, 10, "ORG"))
    assert second.words == (("——", "w"), ("诸葛王", "nr"), ("来", "v"))
    sample, _ = samples_of([first, second])
    assert sample.convention == PFR
    assert sample.tags is not None
    assert sample.tags[:4] == ("nr", "nr", "nr", "p")


def test_sentences_with_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    rows = [
        "李\tB-PER",
        "某\tI-PER",
        "在\tO",
        "津\tB-LOC",
        "京\tB-LOC",
        "",
        "Ａ\tB-ORG",
        "股\tI-TIME",
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    first, second = read_bio(path, MSRA)
    assert (first.text, first.spans) == (
        "李某在津京",
        ((0, 2, "PERSON"), (3, 4, "LOC"), (4, 5, "LOC")),
    )
    assert (second.text, second.spans) == ("A股", ((0, 1, "ORG"),))


def test_news_in_sentences(tmp_path: Path) -> None:
    long = "很长的一句话" * 50
    path = tmp_path / "news.txt.gz"
    path.write_bytes(gzip.compress(f"短。也短。\n{long}。\n".encode()))
    sentences = read_news(path)
    assert sentences[0] == "短。也短。"
    assert "".join(sentences[1:]) == long + "。"
    assert all(len(s) <= 200 for s in sentences)


def test_pieces_of_a_sample_cut_no_entity() -> None:
    text = "天津市民政局" * 30
    spans = tuple((i, i + 6, "ORG") for i in range(0, 180, 6))
    parts = list(chop(Sample(text, spans, MSRA, tuple("n" * 180)), 50))
    assert "".join(p.text for p in parts) == text
    assert sum(len(p.spans) for p in parts) == 30
    for p in parts:
        assert len(p.text) <= 50
        assert p.tags is not None
        assert len(p.tags) == len(p.text)
        assert {p.text[a:b] for a, b, _ in p.spans} == {"天津市民政局"}


def test_names_are_counted() -> None:
    texts = ["李某在津门"] * 3 + ["津门队"]
    spans = [((0, 2, "PERSON"), (3, 5, "LOC"))] * 3 + [((0, 2, "ORG"),)]
    assert collect_names(texts, spans) == [["李某"], ["津门"], []]


def test_rows_that_no_batch_touched_stay() -> None:
    optimizer = LazyAdam()
    optimizer.rate = 0.1
    table = np.ones((5000, 2), np.float32)
    gradient = np.zeros_like(table)
    gradient[7] = 1, -2
    for _ in range(3):
        given = gradient.copy()
        _, left = optimizer("table", table, given)
        assert not left.any()
    assert table[7] == pytest.approx([0.7, 1.3], abs=0.01)
    assert (np.delete(table, 7, axis=0) == 1).all()


def test_what_is_learned_is_found_again() -> None:
    """A small network fits made-up sentences and finds names of the same form in new ones."""
    rng = np.random.default_rng(3)
    family, given = "赵钱孙李周吴郑王", "甲乙丙丁戊己庚辛"

    def sample() -> Sample:
        name = rng.choice(list(family)) + rng.choice(list(given))
        text = f"记者{name}在会上说"
        tags = ("n", "n", "nr", "nr", "p", "n", "n", "v")
        return Sample(text, ((2, 4, "PERSON"),), MSRA, tags, np.zeros(8, np.uint8))

    samples = [sample() for _ in range(300)]
    words = [np.array([0, 2, 4, 5, 7], np.int32)] * len(samples)
    shape = Shape(40, 256, 16, 8, 4, 1, 8)
    heads = Heads(
        build_network(shape, 1),
        build_entities(shape.vectors),
        build_linear("tags", shape.vectors, 4),
        build_linear("teacher", shape.vectors, 2),
    )
    reader = compile_reader("0记者在会上说" + family + given, [["李甲"], [], []], 256)
    given_settings = dict(load_config(CONFIG)["fit"])
    settings = Settings(**given_settings | {"epochs": 40, "batch": 400, "rate": 0.01, "warmup": 5})
    lines: list[str] = []
    fit(samples, words, ["n", "nr", "p", "v"], reader, heads, settings, lines.append)
    new = "记者周庚在会上说"
    batch = read_batch([new, "记者在会上说"], [[0, 2, 4, 5, 7], [0, 2, 3, 5]], reader)
    vectors = heads.network.predict(batch)
    found = read_labels(heads.entities, vectors, batch.starts, batch.lengths)
    assert [crf.spans_of(row) for row in found] == [[(2, 4, "PERSON")], []]
    tags = heads.tags.predict(vectors)[1:9].argmax(axis=1)
    assert tags.tolist() == [0, 0, 1, 1, 2, 0, 0, 3]
    assert lines


def test_a_pruned_segmenter_cuts_alike(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "tagged.txt").write_text(TAGGED * 30, encoding="utf-8")
    (tmp_path / "p" / "articles.jsonl").write_text(json.dumps(ARTICLE) + "\n", encoding="utf-8")
    paragraphs = read_pfr(tmp_path / "p")
    lines = ["民政局 在 天津市 说"] * 20
    train_segmenter(paragraphs, paragraphs[:4], lines, tmp_path / "a", 3, 0.0, 0)
    prune(tmp_path / "a", tmp_path / "b", 0.3)
    features = [
        srsly.read_msgpack(tmp_path / name / "features.msgpack")["feature_to_idx"] for name in "ab"
    ]
    assert len(features[1]) < len(features[0])
    found = []
    for name in "ab":
        seg = spacy_pkuseg.pkuseg(str(tmp_path / name))
        extractor = seg.feature_extractor
        arrays = compile_segmenter(
            extractor.feature_to_idx, extractor.tag_to_idx, seg.model.w, type(extractor)
        )
        found.append(word_starts(["李国强在天津市民政局说", "天津市来"], arrays))
    assert found[0] == found[1]
    assert found[0][0] == [0, 3, 4, 7, 10]


def test_scores_count_exact_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    gold = Sample("李某在津门", ((0, 2, "PERSON"), (3, 5, "LOC")), MSRA)
    truth = Truth("x", [gold, replace(gold, spans=())])
    ours = [[(0, 2, "PERSON"), (3, 4, "LOC")], []]
    monkeypatch.setattr("training.measure.predict", lambda nlp, texts: ours)
    assert entity_scores(None, truth) == {"PERSON": 100.0, "LOC": 0.0, "ORG": 0.0, "all": 50.0}
