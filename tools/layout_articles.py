"""Articles out of corpora, to make pages with known stories of (see `fit_layout.py`).

A corpus is JSON lines with ``paras`` (the first paragraph an article's headline), or plain
text with a paragraph a line (``.gz`` allowed), whose articles then get made headlines, or a
folder of pages with truth such as ``tests/gold/pages``.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.pages import Article
from tests.support.scores import is_unseen

WIDE = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF05, 0xFF0E)
HALF = str.maketrans({chr(c): chr(c - 0xFEE0) for c in WIDE})
ENDING = re.compile("[。！？：”…）]$")
CREDITED = re.compile(r"记者|通讯员|摄|[（(].{2,12}[)）]$")
DATELINE = re.compile(r"(?:据)?(本报|新华社|中新社)[^，。]{0,30}?(?:电|讯)")
OPENING = re.compile(
    r"^(?:.{0,14}?(?:消息|报道|电|讯)(?:（[^）]*）|\([^)]*\))?[：:，]?\s*)?"
    r"(?:(?:今天|今年|昨天|日前|近日|目前|同时|此外|[0-9年月日]{2,11})[，,]?|据[^，]{2,12}，|记者[^，]{2,16}，)*"
)
SMALL = re.compile("[的了将已也在]|正在|目前|已经|一个|进行")
LONGEST = 1500  # characters of an article


def read_articles(path: Path) -> list[Article]:
    """The articles of a corpus file, or of a folder of truth, that can be printed again."""
    if path.is_dir():
        return [a for file in sorted(path.glob("*.json")) for a in _from_truth(file)]
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return list(_with_headlines(lines) if ".jsonl" in path.name else _without(lines))


def _fit(paragraphs: Sequence[str]) -> bool:
    length = sum(map(len, paragraphs))
    return (
        60 <= length <= LONGEST
        and len(paragraphs) <= 14
        and all(ENDING.search(p) for p in paragraphs)
        and not CREDITED.search(paragraphs[-1][-20:])
    )


def _source(paragraphs: Sequence[str]) -> str | None:
    dateline = DATELINE.match(paragraphs[0])
    return dateline.group(1) if dateline else None


def _from_truth(path: Path) -> Iterator[Article]:
    if is_unseen(path.name):
        return
    for story in json.loads(path.read_text("utf-8"))["stories"]:
        paragraphs = [p for p in story["text"].split("\n") if ENDING.search(p)]
        if story["title"] and _fit(paragraphs or [""]):
            yield Article((story["title"],), tuple(paragraphs), None, _source(paragraphs))


def _with_headlines(lines: Iterator[str]) -> Iterator[Article]:
    for line in lines:
        texts = [p["text"].translate(HALF).strip() for p in json.loads(line)["paras"]]
        title, *paragraphs = texts or [""]
        paragraphs = [p.replace(" ", "") for p in paragraphs if not re.fullmatch("（.*）", p)]
        if 6 <= len(title) <= 36 and not re.search("[。；（]", title) and _fit(paragraphs or [""]):
            yield Article((title,), tuple(paragraphs), None, _source(paragraphs))


def _without(lines: Iterator[str]) -> Iterator[Article]:
    """Runs of paragraphs that share words, with a headline made of what they say."""
    rng = random.Random(1)
    found: list[str] = []
    for line in lines:
        text = re.sub(r"\s", "", line.translate(HALF)).replace(",", "，")
        if found and len(found) < 5 and len(_triples(text) & _triples("".join(found))) >= 5:
            found.append(text)
            continue
        title = headline(found, rng) if found else None
        if title and _fit(found):
            yield Article((title,), tuple(found), None, _source(found))
        found = [text]


def _triples(text: str) -> set[str]:
    return {"".join(t) for t in zip(text, text[1:], text[2:], strict=False)}


def headline(paragraphs: Sequence[str], rng: random.Random) -> str | None:
    """A headline for an article: a clause of its beginning, shortened, perhaps with a second."""
    opening = OPENING.sub("", paragraphs[0])
    first = _clause(opening.split("。")[0], rng, first=rng.random() < 0.7)
    if first is None:
        return None
    second = _clause(rng.choice(paragraphs), rng) if rng.random() < 0.35 else None
    return f"{first}{rng.choice('  ，：')}{second}" if second and second != first else first


def _clause(text: str, rng: random.Random, *, first: bool = False) -> str | None:
    clauses = [
        short
        for clause in re.split("[，。；：！？（）]", text)
        if 7 <= len(short := SMALL.sub("", clause)) <= 22
        and short.count("“") == short.count("”")
        and short.count("《") == short.count("》")
        and not re.search("[称说示道：上中时后来]$", short)
    ]
    if not clauses:
        return None
    return clauses[0] if first else rng.choice(clauses)
