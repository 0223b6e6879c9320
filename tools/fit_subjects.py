"""Learn how subjects are chosen: ``python -m tools.fit_subjects``.

Reads pages of tests/gold, their stories as the truth has them, and the sentences of
tests/cases/fact, and writes the weights of `pipeline/resolve/facts/ranking.py` beside the language
model (``subjects.tsv``). Prints how often the subject is right on pages left out, by the grammar
alone and ranked.

On pages that the grammar was developed on it is right more often than elsewhere; from these
nothing is learned of it. A count looks back at the subjects of those before it: at those that
weights learned from other pages choose, as it will be on new pages.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from pipeline.evaluate.gold import load_gold
from pipeline.evaluate.scoring import subject_right
from pipeline.offsets import TracedText
from pipeline.records import Count, Page, Story
from pipeline.resolve.facts import FactGrammar, Ranker, rank, subjects_of
from pipeline.resolve.facts.candidates import Subject
from pipeline.resolve.facts.possible_subjects import GRAMMAR, Units, all_signs, candidates
from pipeline.resolve.facts.ranking import FILE
from pipeline.resolve.facts.spans import Signs, plain
from pipeline.resolve.facts.tokens import Token
from pipeline.rulebook import load_rules
from pipeline.stages import Toolkit, compile_toolkit, understand
from pipeline.tag import builtin_model, tag
from tests.support.cases import CASES, Case, load_cases
from tests.support.scores import GOLD, is_unseen

TRAINING = GOLD / "training"
DEVELOPED_ON = ("seeds", "pages", "more")  # but for the pages that nobody looks at
_PENALTY = 1.0
_RARE = 3  # a sign that fewer counts bear is left out
_SMALL = 0.02  # so is a weight that changes nothing
_STEPS, _RATE = 250, 0.08  # of Adam over all examples at once
_FOLDS = 2
# How right a phrase is that differs from the best answer by a few characters, and one that the
# truth accepts beside the best one.
_NEAR, _OTHER = 0.4, 0.25

Array = npt.NDArray[np.float64]
Row = Mapping[str, Any]


class Field(Struct, frozen=True):
    """Title or text of a story with its counts.

    `found` are the subjects that the grammar names, `before` those that a count looks back at,
    `facts` the true facts, all by the index of the count's token.
    """

    page: str
    tokens: Sequence[Token]
    found: Mapping[int, Subject]
    before: dict[int, Subject]
    title: Sequence[str]
    facts: Mapping[int, Row]
    known: bool = False  # whether the grammar was developed on its page


class Example(Struct, frozen=True):
    """A count: the signs of each candidate, and how right it is (0 to 1)."""

    signs: tuple[tuple[str, ...], ...]
    right: tuple[float, ...]


def main() -> None:
    """Learn, show how it does on pages left out, write the weights."""
    toolkit = compile_toolkit(load_rules(), builtin_model())
    grammar = toolkit.resolver.facts
    units = Units(grammar.words.roles["people-unit"], grammar.unit_kinds)
    fields = [
        replace(field, known=folder is not TRAINING)
        for folder, truths in _truths()
        for truth in truths
        for field in _fields(truth, toolkit, grammar)
    ]
    pages = sorted({f.page for f in fields})
    crossed, right = [], Counter[str]()
    for fold in range(_FOLDS):
        left_out = set(pages[fold::_FOLDS])
        learned = fit(_examples([f for f in fields if f.page not in left_out], units))
        ranker = Ranker(learned, units)
        for field in (f for f in fields if f.page in left_out):
            ranked = rank(field.tokens, field.found, field.title, ranker)
            crossed.append(replace(field, before=ranked))
            if not field.known:
                right += _verdicts(field, ranked)
    shares = ", ".join(f"{k} {n / right['facts']:.3f}" for k, n in right.items() if k != "facts")
    print(f"{right['facts']} facts of {TRAINING.name}, their pages left out: {shares} right")
    weights = fit(_examples(crossed, units))
    rows = [f"{sign}\t{weight:.2f}" for sign, weight in sorted(weights.items())]
    (builtin_model() / FILE).write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows)} weights in {builtin_model() / FILE}")


def _truths() -> Iterator[tuple[Path, list[Row]]]:
    """The pages to learn from, by folder; those that nobody looks at are left alone."""
    yield TRAINING, load_gold(TRAINING)
    for group in DEVELOPED_ON:
        yield GOLD / group, [t for t in load_gold(GOLD / group) if not is_unseen(t["doc"])]
    learned = ("wild", "synthetic")
    yield CASES, [_truth(c) for c in load_cases() if c.subject == "fact" and c.group in learned]


def _truth(case: Case) -> Row:
    """A case as a page of one story; its facts say where their counts begin."""
    facts = [{"start": r.start, "subject": [r.value.split(" | ")[0]]} for r in case.expected]
    story = {"title": "", "text": case.text, "facts": facts}
    issued = case.published.isoformat() if case.published else None
    return {"doc": case.where, "published": issued, "stories": [story]}


def fit(examples: Sequence[Example]) -> dict[str, float]:
    """Weights that make right candidates likely: Adam on the penalized marginal likelihood."""
    seen = Counter(s for e in examples for s in {s for some in e.signs for s in some})
    names = sorted(sign for sign, n in seen.items() if n >= _RARE)
    index = {sign: n for n, sign in enumerate(names)}
    usable = [e for e in examples if any(e.right)]
    rows = [[index[s] for s in set(some) if s in index] for e in usable for some in e.signs]
    columns = np.array([c for row in rows for c in row], np.int32)
    owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    sizes = [len(e.signs) for e in usable]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    group = np.repeat(np.arange(len(usable)), sizes)
    right = np.array([r for e in usable for r in e.right])
    w: Array = np.zeros(len(names))
    mean, square = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, _STEPS + 1):
        scores = np.bincount(owners, w[columns], minlength=len(rows))
        likely = np.exp(scores - np.maximum.reduceat(scores, starts)[group])
        of_right = likely * right
        all_ = likely / np.add.reduceat(likely, starts)[group]
        good = of_right / np.add.reduceat(of_right, starts)[group]
        gradient = np.bincount(columns, (all_ - good)[owners], minlength=len(names)) + _PENALTY * w
        mean += 0.1 * (gradient - mean)
        square += 0.001 * (gradient**2 - square)
        rate = _RATE * min(1.0, 2 * (1 - step / (_STEPS + 1)))
        w -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return {n: round(float(v), 2) for n, v in zip(names, w, strict=True) if abs(v) >= _SMALL}


def _fields(truth: Row, toolkit: Toolkit, grammar: FactGrammar) -> Iterator[Field]:
    """Titles and texts of a page as its truth has them, counts beside their true facts."""
    day = truth.get("published")
    issued = dt.date.fromisoformat(day) if day else None
    page = Page("0" * 16, truth["doc"], "", "utf-8", "", issued, "metadata" if issued else None)
    stories = [
        Story(
            f"{page.doc_id}-{n:02d}",
            page.doc_id,
            n,
            TracedText.identity(s["title"]),
            TracedText.identity(s["text"]),
            *(s.get("source"), 0, 1),
        )
        for n, s in enumerate(truth["stories"], start=1)
    ]
    readings = tag(stories, toolkit.tagger)
    results = understand(page, stories, toolkit)
    for story, reading, result, told in zip(
        stories, readings, results, truth["stories"], strict=True
    ):
        title: list[str] = []
        read = list(subjects_of(story, reading, result.mentions, grammar))
        facts = _facts_of_counts([(t, s) for _, t, s in read], told["facts"])
        for n, (_, tokens, found) in enumerate(read):
            here = {at: fact for (field, at), fact in facts.items() if field == n}
            yield Field(truth["doc"], tokens, found, found, tuple(title), here)
            title += [s.text for s in found.values() if s.text]


def _facts_of_counts(
    read: Sequence[tuple[Sequence[Token], Mapping[int, Subject]]], facts: Sequence[Row]
) -> dict[tuple[int, int], Row]:
    """The required true fact of each count, by its field and token, aligned in reading order.

    Facts that say where they stand need no aligning.
    """
    starts = {fact["start"]: fact for fact in facts if "start" in fact}
    if starts:
        tokens, found = read[-1]
        return {
            (len(read) - 1, at): starts[tokens[at].start]
            for at in found
            if tokens[at].start in starts
        }
    counts = [
        (n, at, mention)
        for n, (tokens, found) in enumerate(read)
        for at in sorted(found)
        if isinstance(mention := tokens[at].mention, Count)
    ]
    ours = [(round(c.value, 6), c.unit) for _, _, c in counts]
    theirs = [(round(float(f["value"]), 6), f.get("unit")) for f in facts]
    matching = SequenceMatcher(None, theirs, ours, autojunk=False).get_matching_blocks()
    pairs = [(a + k, b + k) for a, b, size in matching for k in range(size)]
    return {counts[b][:2]: facts[a] for a, b in pairs if not facts[a].get("optional")}


def _examples(fields: Sequence[Field], units: Units) -> list[Example]:
    return [
        _example(field, at, Signs(field.tokens), units) for field in fields for at in field.facts
    ]


def _example(field: Field, at: int, signs: Signs, units: Units) -> Example:
    some = list(candidates(signs, at, field.found[at], field.before, field.title, units))
    right = tuple(_right(c.text, field.facts[at]["subject"]) for c in some)
    borne = (all_signs(c, signs, at, units) for c in some)
    if field.known:
        borne = ([s for s in some if not s.startswith(GRAMMAR)] for some in borne)
    return Example(tuple(map(tuple, borne)), right)


def _right(text: str, wanted: Sequence[str | None]) -> float:
    """How right a subject is: most of all the best answer, with the modifiers of its set."""
    best, *others = wanted
    if plain(text) == plain(best or ""):
        return 1.0
    if subject_right(text, [best]):
        return _NEAR
    if plain(text) in {plain(other or "") for other in others}:
        return _OTHER
    return _NEAR * _OTHER * subject_right(text, others)


def _verdicts(field: Field, ranked: Mapping[int, Subject]) -> Counter[str]:
    """How many subjects of a field are right, by the grammar and ranked."""
    verdicts: Counter[str] = Counter(facts=len(field.facts))
    for at, fact in field.facts.items():
        verdicts["grammar"] += subject_right(field.found[at].text, fact["subject"])
        verdicts["ranked"] += subject_right(ranked[at].text, fact["subject"])
        just = {plain(phrase or "") for phrase in fact["subject"]}
        verdicts["to the character"] += plain(ranked[at].text) in just
    return verdicts


if __name__ == "__main__":
    main()
