"""Score tables against pages with known truth.

A gold file ``NAME.json`` says what the stories of ``NAME.txt`` are and what stands in them.
Stories of table and gold are paired by overlap. Mentions are compared as multisets in each
story; rows marked optional in the gold are neither rewarded nor punished. White space
never counts.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rapidfuzz.distance import Levenshtein

from pipeline.errors import UsageError

Row = Mapping[str, Any]
Key = tuple[Hashable, ...]

_SAME_STORY = 0.2  # share of common character pairs that makes a gold and a found story a pair
_GOOD_TEXT = 0.05  # share of wrong characters that a well cut story may have
_GOOD_SUBJECT = 0.8  # share of common characters that makes two subjects the same
_IGNORED = str.maketrans("", "", '的，,、“”"（）() \t\n\u3000')
_NEEDED = {  # cells of gold rows without which nothing can be compared
    "organizations": ("text",),
    "places": ("text",),
    "dates": ("text", "edtf"),
    "counts": ("value",),
    "facts": ("value", "subject", "adcode", "date"),
}
_FACTS = ("facts", "facts_subject", "facts_core")


def _number(row: Row) -> Key:
    top = row.get("value_max")
    return (round(row["value"], 6), None if top is None else round(top, 6), row.get("unit"))


# Measure -> table and what must be equal for a row to be right.
_MENTIONS: dict[str, tuple[str, Callable[[Row], Key]]] = {
    "organizations": ("organizations", lambda r: (bare(r["text"]),)),
    "organization_names": ("organizations", lambda r: (bare(r.get("name") or r["text"]),)),
    "places": ("places", lambda r: (bare(r["text"]),)),
    "places_adcode": ("places", lambda r: (bare(r["text"]), r.get("adcode"))),
    "dates": ("dates", lambda r: (bare(r["text"]),)),
    "dates_edtf": ("dates", lambda r: (bare(r["text"]), r["edtf"])),
    "counts": ("counts", _number),
    "counts_comparator": ("counts", lambda r: (*_number(r), r.get("comparator") or "=")),
}


@dataclass(slots=True)
class Score:
    """Rows that are right, rows too many, rows missing."""

    hit: int = 0
    extra: int = 0
    missed: int = 0

    def add(self, hit: int, extra: int, missed: int) -> None:
        """Count some more."""
        self.hit += hit
        self.extra += extra
        self.missed += missed

    @property
    def precision(self) -> float:
        """Share of the found rows that are right."""
        return self.hit / (self.hit + self.extra) if self.hit + self.extra else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold rows that were found."""
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0


@dataclass(slots=True)
class Share:
    """So many right of so many."""

    right: int = 0
    total: int = 0

    def add(self, right: bool) -> None:
        """Count one more."""
        self.right += right
        self.total += 1

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.right / self.total if self.total else 0.0


@dataclass(slots=True)
class Report:
    """All figures, and the errors behind them as readable lines, by measure."""

    scores: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    shares: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    distance: int = 0
    chars: int = 0
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def character_error_rate(self) -> float:
        """Wrong characters of story texts by characters that there are."""
        return self.distance / max(1, self.chars)

    def lines(self) -> Iterable[str]:
        """The figures, one measure a line."""
        for name, s in self.scores.items():
            figures = f"f1 {s.f1:.3f}  precision {s.precision:.3f}  recall {s.recall:.3f}"
            yield f"{name:20} {figures}  right {s.hit}  extra {s.extra}  missed {s.missed}"
        for name, a in self.shares.items():
            yield f"{name:20} {a.value:.3f}  right {a.right} of {a.total}"
        yield f"{'text_cer':20} {self.character_error_rate:.4f}  of {self.chars} characters"


def evaluate(out: Path, gold: Path) -> Report:
    """Score the tables in `out` against every ``*.json`` with stories in `gold`.

    Raises UsageError where either holds nothing to compare, or a gold file has not its form.
    """
    truths = [t for p in sorted(gold.glob("*.json")) if "stories" in (t := _json(p))]
    if not truths:
        raise UsageError(f"{gold}: no pages with truth in it; give a folder of NAME.txt, NAME.json")
    docs = {r["path"].rpartition("/")[2]: r["doc_id"] for r in _table(out, "documents")}
    if not any(t["doc"] in docs for t in truths):
        raise UsageError(f"{out}: made from other pages; give the --out of a run over {gold}")
    stories = _grouped(_table(out, "stories"), "doc_id")
    tables = {
        name: _grouped(_table(out, name), "story_id")
        for name in ("organizations", "places", "dates", "counts", "facts")
    }
    report = Report()
    for truth in truths:
        found = sorted(stories.get(docs.get(truth["doc"], ""), []), key=lambda s: int(s["ordinal"]))
        rows = [{n: t.get(s["story_id"], []) for n, t in tables.items()} for s in found]
        _score_page(report, truth, found, rows)
    return report


def bare(text: str | None) -> str:
    """`text` without white space."""
    return "".join((text or "").split())


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as e:
        raise UsageError(f"{path}: not JSON in UTF-8 ({e}); correct it") from e
    if not isinstance(found, dict) or "stories" not in found:
        return {}
    problem = next(_lacking(found), None)
    if problem:
        raise UsageError(f"{path}: {problem}; docs/guidelines.md has the form")
    return found


def _lacking(truth: Row) -> Iterator[str]:
    """What a gold file lacks that scoring needs."""
    if "doc" not in truth:
        yield "no doc, the name of its page"
    for n, story in enumerate(truth["stories"], start=1):
        yield from (f"story {n} has no {key}" for key in ("title", "text") if key not in story)
        for table, keys in _NEEDED.items():
            for m, row in enumerate(story.get(table, ()), start=1):
                yield from (f"story {n}, {table} {m}: no {k}" for k in keys if k not in row)


def _table(out: Path, name: str) -> list[Row]:
    try:
        rows: list[Row] = pq.read_table(out / name).to_pylist()
    except FileNotFoundError as e:
        raise UsageError(f"{out}: no table {name}; give the --out of a finished run") from e
    return rows


def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _score_page(
    report: Report, truth: Row, found: Sequence[Row], rows: Sequence[Mapping[str, list[Row]]]
) -> None:
    doc, scores = truth["doc"], report.scores
    pairs = _pairs(truth["stories"], found)
    for j, unpaired in enumerate(found):
        if j not in pairs.values():
            scores["stories"].add(0, 1, 0)
            report.errors["stories"].append(f"{doc} extra: {unpaired['title'][:30]}")
            for measure, (table, _) in _MENTIONS.items():
                scores[measure].add(0, len(rows[j][table]), 0)
            for measure in _FACTS:
                scores[measure].add(0, len(rows[j]["facts"]), 0)
    for i, gold in enumerate(truth["stories"]):
        story: Row | None = found[pairs[i]] if i in pairs else None
        mentions: Mapping[str, list[Row]] = rows[pairs[i]] if i in pairs else {}
        _score_text(report, doc, gold, story)
        for measure, (table, key) in _MENTIONS.items():
            _score_mentions(report, doc, measure, gold.get(table, []), mentions.get(table, []), key)
        _score_facts(report, doc, gold, mentions.get("facts", []))


def _pairs(gold: Sequence[Row], found: Sequence[Row]) -> dict[int, int]:
    """Gold story → found story, the most alike first."""
    wanted, given = [_bigrams(s) for s in gold], [_bigrams(s) for s in found]
    likeness = [
        (2 * (a & b).total() / (a.total() + b.total()), i, j)
        for i, a in enumerate(wanted)
        for j, b in enumerate(given)
        if a & b
    ]
    pairs: dict[int, int] = {}
    for alike, i, j in sorted(likeness, reverse=True):
        if alike > _SAME_STORY and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def _bigrams(story: Row) -> Counter[str]:
    text = bare(story["title"] + story["text"])
    return Counter(text[i : i + 2] for i in range(len(text) - 1))


def _score_text(report: Report, doc: str, gold: Row, story: Row | None) -> None:
    wanted, given = bare(gold["text"]), bare(story["text"] if story else "")
    distance = Levenshtein.distance(wanted, given)
    report.distance += min(distance, len(wanted))
    report.chars += len(wanted)
    good = story is not None and distance <= _GOOD_TEXT * max(1, len(wanted))
    report.scores["stories"].add(good, story is not None and not good, not good)
    if not good:
        line = f"{doc} {gold['title'][:24]}: {distance} of {len(wanted)} characters wrong"
        report.errors["stories"].append(line)
    for name in ("title", "source"):
        a, b = gold.get(name), story[name] if story else None
        right = story is not None and bare(a) == bare(b)
        report.shares[name].add(right)
        if not right:
            report.errors[name].append(f"{doc} {a!r} found as {b!r}")
    ends = _paragraph_ends(gold["text"])
    cuts = _paragraph_ends(story["text"]) if good and story else set()
    report.scores["paragraphs"].add(len(ends & cuts), len(cuts - ends), len(ends - cuts))


def _paragraph_ends(text: str) -> set[int]:
    return set(accumulate(len(p) for line in text.split("\n") if (p := bare(line))))


def _score_mentions(
    report: Report,
    doc: str,
    measure: str,
    gold: Sequence[Row],
    found: Sequence[Row],
    key: Callable[[Row], Key],
) -> None:
    wanted = Counter(key(r) for r in gold if not r.get("optional"))
    optional = Counter(key(r) for r in gold if r.get("optional"))
    given = Counter(map(key, found))
    hit = wanted & given
    extra, missed = given - hit - optional, wanted - hit
    report.scores[measure].add(hit.total(), extra.total(), missed.total())
    for sign, rows in (("+", extra), ("-", missed)):
        report.errors[measure] += [f"{doc} {sign} {_shown(k)}" for k in rows.elements()]


def _shown(key: Key) -> str:
    return " ".join("-" if k is None else f"{k:g}" if isinstance(k, float) else str(k) for k in key)


def _score_facts(report: Report, doc: str, gold: Row, found: Sequence[Row]) -> None:
    facts: Sequence[Row] = gold.get("facts", [])
    pairs = _fact_pairs(facts, found)
    optional = Counter(_number(r) for r in gold.get("counts", []) if r.get("optional"))
    for b, row in enumerate(found):
        if b not in pairs.values():
            if optional[_number(row)] > 0:
                optional[_number(row)] -= 1
                continue
            for measure in _FACTS:
                report.scores[measure].add(0, 1, 0)
            report.errors["facts"].append(f"{doc} + {_shown(_number(row))} {row['subject']}")
    for a, fact in enumerate(facts):
        if fact.get("optional"):
            continue
        if a in pairs:
            _score_fact(report, doc, fact, found[pairs[a]])
            continue
        for measure in _FACTS:
            report.scores[measure].add(0, 0, 1)
        report.errors["facts"].append(f"{doc} - {_shown(_number(fact))} {fact['subject'][0]}")


def _fact_pairs(gold: Sequence[Row], found: Sequence[Row]) -> dict[int, int]:
    """Gold fact → found fact of the same number and unit, the most alike subjects first."""
    likeness = []
    for a, fact in enumerate(gold):
        for b, row in enumerate(found):
            if _number(fact) == _number(row):
                same = fact.get("comparator") == row["comparator"]
                alike = max(_alike(row["subject"], s) for s in [*fact["subject"], None])
                likeness.append((alike + same * 0.1, a, b))
    pairs: dict[int, int] = {}
    for _, a, b in sorted(likeness, reverse=True):
        if a not in pairs and b not in pairs.values():
            pairs[a] = b
    return pairs


def _alike(a: str | None, b: str | None) -> float:
    """Share of common characters, 0 for nothing at all."""
    return 2 * (Counter(a) & Counter(b)).total() / (len(a) + len(b)) if a and b else 0.0


def _score_fact(report: Report, doc: str, fact: Row, row: Row) -> None:
    subject = _subject_right(row["subject"] or "", fact["subject"])
    place = row["adcode"] in fact["adcode"]
    date = row["date"] in fact["date"]
    comparator = (fact.get("comparator") or "=") == row["comparator"]
    parts = {"subject": subject, "place": place, "date": date, "comparator": comparator}
    for name, right in parts.items():
        report.shares[f"fact_{name}"].add(right)
        if not right:
            column = {"place": "adcode"}.get(name, name)
            line = f"{doc} {_shown(_number(fact))} {fact['subject'][0]}: {name} "
            line += f"{row[column]!r} where {fact.get(column)!r} belongs"
            report.errors[f"fact_{name}"].append(line)
    whole = (all(parts.values()), subject, subject and place)
    for measure, right in zip(_FACTS, whole, strict=True):
        report.scores[measure].add(right, not right, not right)


def _subject_right(given: str, wanted: Sequence[str | None]) -> bool:
    a = given.translate(_IGNORED)
    for choice in wanted:
        b = (choice or "").translate(_IGNORED)
        if a == b or (choice is not None and _alike(a, b) >= _GOOD_SUBJECT):
            return True
    return False
