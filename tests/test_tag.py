"""The language stage: its arithmetic against slow and sure ways, and what it promises."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
import spacy_pkuseg
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from pipeline.errors import ModelError
from pipeline.offsets import TracedText
from pipeline.records import Story
from pipeline.rulebook import load_rules
from pipeline.stages import Toolkit
from pipeline.tag import builtin_model, compile_tagger, crf, tag, words
from pipeline.tag.characters import Batch, compile_reader, read_batch
from pipeline.tag.components import set_entities
from pipeline.tag.gru import learn_both_ways, read_both_ways
from pipeline.tag.network import Shape, build_network
from pipeline.tag.pkuseg import compile_segmenter, pieces, word_starts

RULES = load_rules()
TEXTS = sorted((Path(__file__).parent / "gold").glob("*/*.txt"))
CHARACTERS = (
    "天津市民政局现有应急救援类社会组织41家，养老床位7.5万张。（一）A股*-|B “。”！ 的了在\u3000𠮷"
)


@pytest.fixture(scope="module")
def nlp() -> Language:
    return spacy.load(builtin_model())


@pytest.fixture(scope="module")
def seg() -> Any:
    seg = spacy_pkuseg.pkuseg(str(builtin_model() / "tokenizer" / "pkuseg_model"))
    seg.postprocesser.do_process = False
    return seg


def slowly(text: str, seg: Any) -> list[int]:
    """Where spacy_pkuseg itself lets the words of `text` begin, sentence by sentence."""
    starts = []
    for at, end in pieces(text):
        for word in seg.cut(text[at:end]):
            starts.append(at)
            at += len(word)
    return starts


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_words_are_those_of_spacy_pkuseg(path: Path, nlp: Language, seg: Any) -> None:
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    assert word_starts(lines, nlp.tokenizer.arrays) == [slowly(line, seg) for line in lines]


@given(st.lists(st.text(st.sampled_from(CHARACTERS), max_size=40), max_size=6))
@settings(max_examples=200, deadline=None)
def test_words_of_any_text_are_those_of_spacy_pkuseg(texts: list[str]) -> None:
    # A model of few features with random weights: ties and odd paths come up often.
    features = ["$$", "c.天", "c-1.津", "c1.市", "c.**Num", "c.&", "c-1c.民.政", "cc1.政.局"]
    features += ["c-2c-1.社.会", "w1.社会", "w-1.社会", "w1.民政局", "w-1.组织", "w1.组织"]
    features += ["ww.l.社会*组织", "ww.r.社会*组织"]
    tiny = spacy_pkuseg.pkuseg.__new__(spacy_pkuseg.pkuseg)
    extractor = spacy_pkuseg.FeatureExtractor()
    extractor.unigram = {"社会", "组织", "民政局"}
    extractor.feature_to_idx = {f: n for n, f in enumerate(features)}
    extractor.tag_to_idx = {t: n for n, t in enumerate(("B", "B_single", "I", "I_end", "I_first"))}
    model = spacy_pkuseg.Model(len(features), 5)
    model.w = np.random.default_rng(len(str(texts))).integers(-2, 3, model.w.shape).astype(float)
    tiny.feature_extractor, tiny.model, tiny.postag = extractor, model, False
    tiny.idx_to_tag = {n: t for t, n in extractor.tag_to_idx.items()}
    tiny.preprocesser = spacy_pkuseg.Preprocesser([])
    tiny.postprocesser = spacy_pkuseg.Postprocesser(None, None)
    arrays = compile_segmenter(
        extractor.feature_to_idx, extractor.tag_to_idx, model.w, type(extractor)
    )
    assert word_starts(texts, arrays) == [slowly(text, tiny) for text in texts]


def sequences(size: int) -> list[tuple[int, ...]]:
    """All sequences of labels that some entities have."""
    found = []
    for labels in product(range(len(crf.LABELS)), repeat=size):
        follow = all(crf.FOLLOWS[a, b] for a, b in pairwise(labels))
        if crf.BEGINS[labels[0]] and crf.ENDS[labels[-1]] and follow:
            found.append(labels)
    return found


def test_the_random_field_against_all_sequences() -> None:
    rng = np.random.default_rng(7)
    n = len(crf.LABELS)
    follows, begins, ends = (rng.standard_normal(s).astype(np.float32) for s in ((n, n), n, n))
    lengths = np.array([3, 2, 1])
    scores = rng.standard_normal((3, 3, n)).astype(np.float32)
    gold = np.zeros((3, 3), np.int64)
    gold[0], gold[1, :2], gold[2, 0] = (1, 2, 3), (0, 8), 12

    def weight(text: int, labels: tuple[int, ...]) -> float:
        steps = sum(follows[a, b] for a, b in pairwise(labels))
        own = sum(scores[text, t, k] for t, k in enumerate(labels))
        return float(own + steps + begins[labels[0]] + ends[labels[-1]])

    best, loss = [], 0.0
    for text, size in enumerate(lengths.tolist()):
        weights = {labels: weight(text, labels) for labels in sequences(size)}
        best.append(max(weights, key=lambda labels: weights[labels]))
        total = np.log(sum(np.exp(w) for w in weights.values()))
        loss += total - weights[tuple(gold[text, :size].tolist())]
    decoded = crf.decode(scores, lengths, follows, begins, ends)
    assert [tuple(row[:size]) for row, size in zip(decoded.tolist(), lengths, strict=True)] == best
    found = crf.gradient(scores, lengths, gold, follows, begins, ends)
    assert found.loss == pytest.approx(loss, rel=1e-4)
    for values, gradient in (
        (scores, found.scores),
        (follows, found.follows),
        (begins, found.begins),
        (ends, found.ends),
    ):
        for _ in range(12):
            at = tuple(int(rng.integers(s)) for s in values.shape)
            slope = 0.0
            for sign in (1, -1):
                values[at] += sign * 0.01
                slope += sign * crf.gradient(scores, lengths, gold, follows, begins, ends).loss
                values[at] -= sign * 0.01
            assert gradient[at] == pytest.approx(slope / 0.02, abs=5e-3)


@given(st.lists(st.sampled_from([(1, "PERSON"), (2, "LOC"), (4, "ORG"), (3, "")]), max_size=8))
def test_spans_and_labels(parts: list[tuple[int, str]]) -> None:
    spans, at = [], 0
    for size, kind in parts:
        if kind:
            spans.append((at, at + size, kind))
        at += size
    assert crf.spans_of(crf.labels_of(spans, at)) == spans


def batch_of(texts: list[str]) -> Batch:
    reader = compile_reader("0天津市民政局长王", [["王某"], ["天津"], ["民政局"]], 64)
    return read_batch(texts, [list(range(0, len(t), 2)) for t in texts], reader)


def test_reading_both_ways_has_its_gradient() -> None:
    rng = np.random.default_rng(7)
    lengths = np.array([3, 5, 1])
    starts = np.array([1, 5, 11])
    sizes = ((13, 4), (4, 18), (2, 3, 9), (18,), (13, 6))
    inputs, w_in, w_state, bias, d_out = (
        (0.5 * rng.standard_normal(s)).astype(np.float32) for s in sizes
    )
    weights = (w_in, w_state, bias)
    out, back = learn_both_ways(inputs, starts, lengths, weights)
    assert np.array_equal(out, read_both_ways(inputs, starts, lengths, weights))
    d_inputs, d_weights = back(d_out)
    for values, gradient in zip((inputs, *weights), (d_inputs, *d_weights), strict=True):
        for _ in range(8):
            at = tuple(int(rng.integers(s)) for s in values.shape)
            slope = 0.0
            for sign in (1, -1):
                values[at] += sign * 0.01
                slope += sign * float(
                    (read_both_ways(inputs, starts, lengths, weights) * d_out).sum()
                )
                values[at] -= sign * 0.01
            assert gradient[at] == pytest.approx(slope / 0.02, abs=5e-3)


def test_the_network_has_its_gradient() -> None:
    rng = np.random.default_rng(11)
    model = build_network(Shape(11, 64, 6, 4, 3, 2, 3), seed=1)
    for name in model.param_names:
        size = model.get_param(name).shape
        model.set_param(name, (0.4 * rng.standard_normal(size)).astype(np.float32))
    batch = batch_of(["天津市民政局", "王某", "局长王某在天津"])
    vectors, back = model.begin_update(batch)
    d_out = rng.standard_normal(vectors.shape).astype(np.float32)
    d_out[batch.empty] = 0
    back(d_out)

    def value() -> float:
        return float((model.predict(batch).astype(np.float64) * d_out).sum())

    middle, step, smooth, checked = value(), 0.001, 0, 0
    for name in model.param_names:
        values, gradient = model.get_param(name), model.get_grad(name)
        for at in map(tuple, rng.permutation(np.argwhere(gradient != 0))[:10].tolist()):
            kept = values[at]
            values[at] = kept + step
            above = (value() - middle) / step
            values[at] = kept - step
            below = (middle - value()) / step
            values[at] = kept
            checked += 1
            if above == pytest.approx(below, rel=0.02, abs=0.02):  # else a unit opens right here
                smooth += 1
                assert gradient[at] == pytest.approx((above + below) / 2, rel=0.03, abs=0.03), name
    assert smooth > 0.8 * checked


def test_a_text_reads_the_same_in_any_company(nlp: Language) -> None:
    texts = [
        "天津市民政局局长王某说，全市有养老机构300家。",
        "",
        "近日，",
        "新华社北京1月3日电" * 9,
    ]
    alone = [nlp(text) for text in texts]
    together = list(nlp.pipe(nlp.tokenizer.pipe(texts)))
    for a, b in zip(alone, together, strict=True):
        assert [(t.text, t.tag_, t.ent_type_) for t in a] == [
            (t.text, t.tag_, t.ent_type_) for t in b
        ]


@given(st.text(st.sampled_from(CHARACTERS), max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_doc_holds_its_text(nlp: Language, text: str) -> None:
    doc = nlp.tokenizer(text)
    assert doc.text == text
    assert all(t.text for t in doc)


def test_an_entity_may_cut_a_word(nlp: Language) -> None:
    doc = nlp.tokenizer("天津市民政局")
    set_entities(doc, [(1, 3, "LOC"), (4, 6, "ORG")])
    assert doc.text == "天津市民政局"
    assert [(e.text, e.label_) for e in doc.ents] == [("津市", "LOC"), ("政局", "ORG")]


def test_words_have_no_gaps(toolkit: Toolkit, rules_alone: Toolkit) -> None:
    text = "第一段，有12家。\n\n　第二段 有空格。" + "很长的一段，" * 200
    for tools in (toolkit, rules_alone):
        found = words(text, tools.tagger)
        assert "".join(text[w.start : w.end] for w in found) == text
        assert all(a.end == b.start for a, b in pairwise(found))


def test_entities_are_offsets_of_the_field(toolkit: Toolkit) -> None:
    text = "记者从市里了解到，\n天津市民政局局长李国强到了上海。"
    story = Story(
        "x-01", "x", 1, TracedText.identity("上海来人"), TracedText.identity(text), None, 0, 30
    )
    (readings,) = tag([story], toolkit.tagger)
    found = {text[e.start : e.end]: e.label for e in readings["text"].entities}
    assert found == {"天津市民政局": "ORG", "李国强": "PERSON", "上海": "LOC"}
    assert [(e.start, e.end) for e in readings["title"].entities] == [(0, 2)]


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no language model there; install Shilu again"):
        compile_tagger(RULES, tmp_path)


def test_a_model_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / "config.cfg").write_text("[nlp]\nlang = 7\n", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        compile_tagger(RULES, tmp_path)
