"""The choice of a subject among candidates: their spans, their signs, the weighing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.errors import ModelError
from pipeline.offsets import TracedText
from pipeline.records import Page, Story
from pipeline.resolve.facts import Ranker, rank, subjects_of
from pipeline.resolve.facts.candidates import Subject
from pipeline.resolve.facts.possible_subjects import GRAMMAR, all_signs, asked_of, candidates
from pipeline.resolve.facts.ranking import FILE, Scorer, choose, load_ranker
from pipeline.resolve.facts.spans import Signs, plain
from pipeline.resolve.facts.tokens import Kind, Token
from pipeline.stages import Toolkit, process, understand
from pipeline.tag import builtin_model, tag

PAGE = Page("0" * 16, "a.txt", "", "utf-8", "", None, None)
TEXT = (
    "全市现有养老机构251家，其中民办的占六成；护理员3200多名，持证上岗的有2800名。"
    "社区食堂一天卖出8100份饭菜，每份12元，比去年多卖两成。"
)


def _story(text: str) -> Story:
    title = TracedText.identity("广州养老床位7.5万张")
    return Story("s-01", PAGE.doc_id, 1, title, TracedText.identity(text), None, 0, 1)


def _fields(toolkit: Toolkit, text: str = TEXT) -> Iterator[tuple[list[Token], dict[int, Subject]]]:
    """Tokens of title and text, and the subjects that the grammar names."""
    story, grammar = _story(text), toolkit.resolver.facts
    (read,) = tag([story], toolkit.tagger)
    (result,) = understand(PAGE, [story], toolkit)
    for _, tokens, found in subjects_of(story, read, result.mentions, grammar):
        yield tokens, found


@pytest.fixture(scope="module")
def ranker(toolkit: Toolkit) -> Ranker:
    found = toolkit.resolver.facts.ranker
    assert found is not None
    return found


def test_the_model_has_weights(ranker: Ranker) -> None:
    assert len(ranker.weights) > 10_000
    assert any(sign.startswith(GRAMMAR) for sign in ranker.weights)


def test_rules_alone_rank_nothing(rules_alone: Toolkit) -> None:
    assert rules_alone.resolver.facts.ranker is None
    (result,) = understand(PAGE, [_story(TEXT)], rules_alone)
    assert {f.subject_confidence for f in result.facts} == {None}
    assert "subject:ranked" not in {f.rule for f in result.facts}


def test_spans_are_of_one_sentence_and_hold_no_number(toolkit: Toolkit) -> None:
    for tokens, found in _fields(toolkit):
        signs = Signs(tokens)
        for at in found:
            for (first, last), _ in signs.spans(at):
                kinds = {t.kind for t in tokens[first:last]}
                assert 0 <= first < last <= len(tokens)
                assert not first <= at < last
                assert Kind.STOP not in {t.kind for t in tokens[min(first, at) : max(last, at)]}
                assert not kinds & {Kind.STOP}


def test_the_answer_of_the_grammar_is_always_a_candidate(toolkit: Toolkit, ranker: Ranker) -> None:
    for tokens, found in _fields(toolkit):
        for at, named in found.items():
            texts = [c.text for c in candidates(Signs(tokens), at, named, found, [], ranker.units)]
            assert texts[-1] == named.text


def test_what_is_weighed_is_what_is_learned(toolkit: Toolkit, ranker: Ranker) -> None:
    """Weights are added up by parts that are kept; together they are those of all signs."""
    for tokens, found in _fields(toolkit):
        signs = Signs(tokens)
        scorer = Scorer(signs, ranker)
        for at, named in found.items():
            weighed = scorer.weigh(asked_of(signs, at, named, found, ranker.units), ["床位"])
            some = candidates(signs, at, named, found, ["床位"], ranker.units)
            for candidate, (text, weight) in zip(some, weighed, strict=True):
                borne = all_signs(candidate, signs, at, ranker.units)
                total = sum(ranker.weights.get(sign, 0.0) for sign in borne)
                assert text == candidate.text
                assert weight == pytest.approx(total)


def test_signs_fit_into_a_row_of_a_file(toolkit: Toolkit, ranker: Ranker) -> None:
    for tokens, found in _fields(toolkit, TEXT + "\n第二段有3人。\n"):
        signs = Signs(tokens)
        for at, named in found.items():
            for candidate in candidates(signs, at, named, found, [], ranker.units):
                for sign in all_signs(candidate, signs, at, ranker.units):
                    assert not set(sign) & set("\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), sign


def test_phrases_that_say_the_same_stand_together() -> None:
    text, sure = choose([("企业", 1.0), ("登记的社会组织", 0.9), ("登记社会组织", 0.8)])
    assert plain(text) == "登记社会组织"
    shares = [math.exp(s) for s in (1.0, 0.9, 0.8)]
    assert sure == pytest.approx(sum(shares[1:]) / sum(shares))


def test_without_weights_nothing_breaks(toolkit: Toolkit, ranker: Ranker) -> None:
    empty = replace(ranker, weights={})
    for tokens, found in _fields(toolkit):
        assert rank(tokens, found, [], empty).keys() == found.keys()


def test_ranked_subjects_are_as_sure_as_they_are_likely(toolkit: Toolkit) -> None:
    (result,) = understand(PAGE, [_story(TEXT)], toolkit)
    for fact in result.facts:
        assert fact.subject_confidence is not None
        assert 0 < fact.subject_confidence <= 1


# Sentences, a number in them, and what it counts.
CHOSEN = [
    ("全市现有养老机构251家，其中民办的有163家。", 163, "民办养老机构"),
    ("去年全县新建蔬菜大棚1200座，每座补贴3000元。", 1200, "蔬菜大棚"),
    ("这个站一天要送出80多份餐，老人每份只付6元。", 80, "餐"),
    ("大桥全长2300米，桥面宽32米。", 2300, "大桥全长"),
]


@pytest.mark.parametrize(("text", "value", "wanted"), CHOSEN)
def test_chosen(toolkit: Toolkit, text: str, value: float, wanted: str) -> None:
    from pipeline.evaluate.scoring import subject_right

    (result,) = understand(PAGE, [_story(text)], toolkit)
    (fact,) = (f for f in result.facts if f.count.value == value)
    assert subject_right(fact.subject, [wanted]), fact.subject


def test_the_same_page_gives_the_same_choice(toolkit: Toolkit) -> None:
    page = replace(PAGE, text=f"广州养老床位7.5万张\n{TEXT}\n")
    first, second = (process(page, toolkit) for _ in range(2))
    assert first == second


def test_a_model_without_weights_is_no_error(toolkit: Toolkit, tmp_path: Path) -> None:
    words = toolkit.resolver.facts.words
    assert load_ranker(tmp_path, words, {}) is None


def test_damaged_weights_are_said_with_the_cure(toolkit: Toolkit, tmp_path: Path) -> None:
    words = toolkit.resolver.facts.words
    (tmp_path / FILE).write_text("last NOUN:n\tmany\n", encoding="utf-8")
    with pytest.raises(ModelError, match="fit_subjects"):
        load_ranker(tmp_path, words, {})
    assert load_ranker(builtin_model(), words, {}) is not None
