"""Shilu, its peers and the physical limits on the same pages, each in a process, in turn."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.peers import PEERS
from benchmarks.results import OURS, SEEDS, Entry
from benchmarks.serving import ROOT, Contestant, Text, write_texts
from pipeline.read import PageFile, read
from pipeline.records import Page
from pipeline.rulebook import load_rules
from pipeline.stages import Toolkit, compile_toolkit, process

# Newspaper pages of the repository; tests/gold/seeds are those of data/raw.
_FOLDERS = ("data/raw", *(f"tests/gold/{g}" for g in ("pages", "hard", "more", "training")))
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")


def texts_of_repository(most: int | None = None, folders: Sequence[str] = _FOLDERS) -> list[Text]:
    """All pages, shuffled, or `most` of them; each with the sentences of its stories."""
    kit = compile_toolkit(load_rules())
    texts = []
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.txt")):
            page = read(ROOT / folder, PageFile(path.name))
            if isinstance(page, Page):
                texts.append(page)
    random.Random(1).shuffle(texts)
    return [Text(page.text, _sentences(page, kit)) for page in texts[:most]]


def _sentences(page: Page, kit: Toolkit) -> tuple[str, ...]:
    stories = (found.story for found in process(page, kit).stories)
    fields = (text for story in stories for text in (story.title.text, story.text.text))
    return tuple(s for text in fields for s in _SENTENCE.findall(text) if s.strip())


def contest(
    texts: list[Text],
    rounds: int,
    seconds: float,
    python: Path | None,
    work: Path,
    tell: Callable[[str], None],
) -> list[Entry]:
    """Every contestant, warmed up, `rounds` times in turn; peers have `seconds` for each part.

    `python` is the interpreter of the peers; without it they are left out.
    """
    path = work / "texts.json"
    write_texts(path, texts)
    few = work / "few.json"
    write_texts(few, texts_of_repository(folders=_FOLDERS[:1]))
    commands = {name: _ours(name, few if name in SEEDS else path) for name in OURS}
    for name in PEERS if python else ():
        commands[name] = [str(python), "-m", "benchmarks.peers", name, str(path), str(seconds)]
    contestants: list[Contestant] = []
    try:
        # One after the other: they would slow each other down, and libraries write their caches.
        for name, command in commands.items():
            contestants.append(Contestant(name, command, work / f"{name}.log"))
            _warm_up(contestants[-1], tell)
        for n in range(rounds):
            tell(f"round {n + 1} of {rounds}")
            for c in contestants:
                c.round()
    finally:
        for c in contestants:
            c.close()
    return [Entry(c.name, tuple(c.laps), c.versions, c.peak, c.problem) for c in contestants]


def _ours(name: str, texts: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.ours", name.partition(",")[0], str(texts), "inf"]


def _warm_up(c: Contestant, tell: Callable[[str], None]) -> None:
    tell(f"warming up: {c.name}")
    c.warm_up()
    if c.problem:
        tell(f"{c.name} is missing: {c.problem}")


def total(texts: Iterable[Text]) -> int:
    """Characters of the raw pages."""
    return sum(len(t.raw) for t in texts)
