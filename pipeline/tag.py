"""Words and parts of speech of a story, in offsets of its title and text.

Words come from jieba's dictionary through its Rust port (rjieba, MIT), to which the words of
rules/words.tsv and rules/deictics.tsv are added so that they stay whole. Only this module knows
the segmenter: a trained model takes its place here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rjieba import Jieba

from pipeline.records import Field, Story, Word
from pipeline.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Tagger:
    """A segmenter with the vocabulary of the rules."""

    jieba: Jieba


def compile_tagger(rules: Rulebook) -> Tagger:
    """A tagger that keeps the words of rules/words.tsv and rules/deictics.tsv whole."""
    jieba = Jieba()
    for rule in (*rules["words"], *rules["deictics"]):
        if len(rule.surface) > 1:
            jieba.add_word(rule.surface, jieba.suggest_freq(rule.surface), None)
    return Tagger(jieba)


def tag(story: Story, tagger: Tagger) -> Mapping[Field, tuple[Word, ...]]:
    """The words of title and text, in order and without gaps.

    `Word.pos` is a tag of the ICTCLAS set (n noun, v verb, vn verbal noun, d adverb …).
    """
    return {"title": words(story.title.text, tagger), "text": words(story.text.text, tagger)}


def words(text: str, tagger: Tagger) -> tuple[Word, ...]:
    """The words of any text; offsets are code points."""
    found: list[Word] = []
    at = 0
    # Without the model for unknown words: it glues function words together (占应, 中有).
    for token in tagger.jieba.tag(text, False):
        surface, pos = token
        found.append(Word(at, at + len(surface), pos))
        at += len(surface)
    return tuple(found)
