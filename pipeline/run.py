"""The order of the stages: read → clean → split → tag → extract → resolve → tables → write.

No other module knows it, and no stage knows another.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import __version__
from pipeline.clean import CleanGrammar, clean, compile_clean
from pipeline.extract import Extractors, compile_extractors, extract
from pipeline.gazetteer import load_gazetteer
from pipeline.read import Source, open_source, read
from pipeline.records import Fact, Page, PageResult, Reject, Story, StoryResult
from pipeline.resolve import Resolver, compile_resolver, resolve
from pipeline.rulebook import Rulebook, load_rules
from pipeline.split import SplitGrammar, compile_split, split
from pipeline.tables import Rows, page_rows, reject_rows, to_tables
from pipeline.tag import Tagger, compile_tagger, tag
from pipeline.write import Writer, open_output

_CHUNK = 2**20  # raw characters whose rows are held in memory before they are written
_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Toolkit:
    """Everything compiled from the rules, made once for a run and never changed."""

    rules: Rulebook
    clean: CleanGrammar
    split: SplitGrammar
    tagger: Tagger
    extractors: Extractors
    resolver: Resolver


@dataclass(slots=True)
class Summary:
    """What a run did; `samples` are some of its facts, `model` is None for the rules alone."""

    model: str | None = None
    pages: int = 0
    chars: int = 0
    stories: int = 0
    facts: int = 0
    seconds: float = 0.0
    rejects: tuple[Reject, ...] = ()
    missing: tuple[str, ...] = ()
    samples: tuple[Fact, ...] = ()

    def add(self, result: PageResult) -> None:
        """Count one page."""
        self.pages += 1
        self.chars += len(result.page.page.text)
        self.stories += len(result.stories)
        self.facts += sum(len(s.facts) for s in result.stories)
        for s in result.stories:
            # One fact of each story shows more than five of the first.
            if len(self.samples) < _SAMPLES and s.facts:
                self.samples += (max(s.facts, key=lambda f: f.confidence),)


def compile_toolkit(rules: Rulebook, model: Path | None = None) -> Toolkit:
    """Compile the grammars of all stages, and load the language model, if one is named."""
    gazetteer = load_gazetteer(rules.folder / "gb2260")
    return Toolkit(
        rules,
        compile_clean(rules),
        compile_split(rules),
        compile_tagger(rules, model),
        compile_extractors(rules, gazetteer),
        compile_resolver(rules, gazetteer),
    )


def process(page: Page, toolkit: Toolkit) -> PageResult:
    """Everything that is found on one page."""
    cleaned = clean(page, toolkit.clean)
    stories = split(cleaned, toolkit.split)
    return PageResult(cleaned, understand(page, stories, toolkit))


def understand(page: Page, stories: Sequence[Story], toolkit: Toolkit) -> tuple[StoryResult, ...]:
    """The mentions and facts of the stories of `page`, story by story."""
    readings = tag(stories, toolkit.tagger)
    found = [
        extract(story, reading, toolkit.extractors)
        for story, reading in zip(stories, readings, strict=True)
    ]
    return resolve(page, stories, readings, found, toolkit.resolver)


def run(
    raw: Path,
    out: Path,
    rules: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    model: Path | None = None,
) -> Summary:
    """Read the pages of `raw`, write the tables to `out`; `progress` hears pages done of all.

    `model` is the folder of the language model; without one the rules work alone.

    A page that cannot be used becomes a reject and never stops the others. Raises a
    ShiluError, having written nothing, where the run as a whole cannot be done.
    """
    started = time.monotonic()
    source = open_source(raw)
    toolkit = compile_toolkit(load_rules(rules), model)
    with open_output(out) as writer:
        summary = _run(source, toolkit, writer, progress)
        writer.describe(_manifest(toolkit, summary))
    summary.seconds = time.monotonic() - started
    return summary


def _manifest(toolkit: Toolkit, summary: Summary) -> dict[str, object]:
    """What made the tables, and how much there is; nothing that differs from run to run."""
    return {
        "shilu": __version__,
        "rules": toolkit.rules.digest,
        "model": summary.model,
        "pages": summary.pages,
        "characters": summary.chars,
        "stories": summary.stories,
        "facts": summary.facts,
        "rejects": len(summary.rejects),
    }


def _run(
    source: Source, toolkit: Toolkit, writer: Writer, progress: Callable[[int, int], None]
) -> Summary:
    summary = Summary(toolkit.tagger.model_id, missing=source.missing)
    rejects = list(source.rejects)
    chunk: list[Rows] = []
    chars = 0
    for done, result in enumerate(_results(source, toolkit), start=1):
        progress(done, len(source.paths))
        if isinstance(result, Reject):
            rejects.append(result)
            continue
        page, rows = result
        summary.add(page)
        chunk.append(rows)
        chars += len(page.page.page.text)
        if chars >= _CHUNK:
            writer.add(to_tables(chunk))
            chunk, chars = [], 0
    writer.add(to_tables([*chunk, reject_rows(rejects)]))
    summary.rejects = tuple(rejects)
    return summary


def _results(source: Source, toolkit: Toolkit) -> Iterator[tuple[PageResult, Rows] | Reject]:
    for path in source.paths:
        page = read(source, path)
        if isinstance(page, Reject):
            yield page
            continue
        try:
            result = process(page, toolkit)
            done = result, page_rows(result)
        except Exception as e:
            yield Reject(page.path, "failed", _fault(e))
        else:
            yield done


def _fault(error: Exception) -> str:
    """What failed and where, for a report; a fault of the program, not of the page."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
    return f"{type(error).__name__}: {error} ({where}); please report it with the page"
