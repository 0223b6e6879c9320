"""The order of the stages of one page: clean → split → tag → extract → resolve.

No other module knows it, and no stage knows another.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from pipeline.clean import CleanGrammar, clean, compile_clean
from pipeline.extract import Extractors, compile_extractors, extract
from pipeline.gazetteer import load_gazetteer
from pipeline.records import Page, PageResult, Story, StoryResult
from pipeline.resolve import Resolver, compile_resolver, resolve
from pipeline.rulebook import Rulebook
from pipeline.split import SplitGrammar, compile_split, split
from pipeline.tag import Tagger, compile_tagger, tag


class Toolkit(Struct, frozen=True):
    """Everything compiled from the rules, made once for a process and never changed."""

    rules: Rulebook
    clean: CleanGrammar
    split: SplitGrammar
    tagger: Tagger
    extractors: Extractors
    resolver: Resolver


def compile_toolkit(rules: Rulebook, model: Path | None = None) -> Toolkit:
    """Compile the grammars of all stages, and load the language model, if one is named."""
    gazetteer = load_gazetteer(rules.folder / "gb2260")
    return Toolkit(
        rules,
        compile_clean(rules),
        compile_split(rules),
        compile_tagger(rules, model),
        compile_extractors(rules, gazetteer),
        compile_resolver(rules, gazetteer, model),
    )


def process(page: Page, toolkit: Toolkit) -> PageResult:
    """Everything that is found on one page."""
    cleaned = clean(page, toolkit.clean)
    stories = split(cleaned, toolkit.split)
    return PageResult(cleaned, understand(cleaned.page, stories, toolkit))


def understand(page: Page, stories: Sequence[Story], toolkit: Toolkit) -> tuple[StoryResult, ...]:
    """The mentions and facts of the stories of `page`, story by story."""
    readings = tag(stories, toolkit.tagger)
    found = [
        extract(story, reading, toolkit.extractors)
        for story, reading in zip(stories, readings, strict=True)
    ]
    return resolve(page, stories, readings, found, toolkit.resolver)
