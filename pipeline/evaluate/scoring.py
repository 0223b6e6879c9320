"""Compare the rows of a page with its truth.

Stories of table and gold are paired by overlap. Mentions are compared as multisets in each
story; rows marked optional in the gold are neither rewarded nor punished. White space
never counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import accumulate

from rapidfuzz.distance import Levenshtein

from pipeline.evaluate.gold import Row
from pipeline.evaluate.report import Report

Key = tuple[Hashable, ...]

_SAME_STORY = 0.2  # share of common character pairs that makes a gold and a found story a pair
_GOOD_TEXT = 0.05  # share of wrong characters that a well cut story may have
_GOOD_SUBJECT = 0.8  # share of common characters that makes two subjects the same
_IGNORED = str.maketrans("", "", '的，,、“”"（）() \t\n\u3000')
_FACTS = ("facts", "facts_subject", "facts_core")


def _number(row: Row) -> Key:
    top = row.get("value_max")
    return (round(row["value"], 6), None if top is None else round(top, 6), row.get("unit"))


def _comparator(row: Row) -> str:
    """How a number is meant; truth may leave ``=`` out."""
    return row.get("comparator") or "="


# Measure -> table and what must be equal for a row to be right.
_MENTIONS: dict[str, tuple[str, Callable[[Row], Key]]] = {
    "organizations": ("organizations", lambda r: (bare(r["text"]),)),
    "organization_names": ("organizations", lambda r: (bare(r.get("name") or r["text"]),)),
    "places": ("places", lambda r: (bare(r["text"]),)),
    "places_adcode": ("places", lambda r: (bare(r["text"]), r.get("adcode"))),
    "dates": ("dates", lambda r: (bare(r["text"]),)),
    "dates_edtf": ("dates", lambda r: (bare(r["text"]), r["edtf"])),
    "counts": ("counts", _number),
    "counts_comparator": ("counts", lambda r: (*_number(r), _comparator(r))),
}


def bare(text: str | None) -> str:
    """`text` without white space."""
    return "".join((text or "").split())


def score_page(
    report: Report, truth: Row, found: Sequence[Row], rows: Sequence[Mapping[str, list[Row]]]
) -> None:
    """Add to `report` how the stories `found` on a page, with their `rows` by table, compare."""
    doc, scores = truth["doc"], report.scores
    pairs = _pairs(truth["stories"], found)
    for j, unpaired in enumerate(found):
        if j not in pairs.values():
            scores["stories"].add(0, 1, 0)
            report.errors["stories"].append(f"{doc} extra: {unpaired['title'][:30]}")
            for measure, (table, _) in _MENTIONS.items():
                if any(table in gold for gold in truth["stories"]):
                    scores[measure].add(0, len(rows[j].get(table, [])), 0)
            for measure in _FACTS:
                scores[measure].add(0, len(rows[j]["facts"]), 0)
    for i, gold in enumerate(truth["stories"]):
        story: Row | None = found[pairs[i]] if i in pairs else None
        mentions: Mapping[str, list[Row]] = rows[pairs[i]] if i in pairs else {}
        _score_text(report, doc, gold, story)
        for measure, (table, key) in _MENTIONS.items():
            if table in gold:
                _score_mentions(report, doc, measure, gold[table], mentions.get(table, []), key)
        if "facts" in gold:
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
            report.trust.append((row["confidence"], False))
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
                same = _comparator(fact) == _comparator(row)
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
    subject = subject_right(row["subject"] or "", fact["subject"])
    place = row["adcode"] in fact["adcode"]
    date = row["date"] in fact["date"]
    comparator = _comparator(fact) == _comparator(row)
    parts = {"subject": subject, "place": place, "date": date, "comparator": comparator}
    for name, right in parts.items():
        report.shares[f"fact_{name}"].add(right)
        if not right:
            column = {"place": "adcode"}.get(name, name)
            line = f"{doc} {_shown(_number(fact))} {fact['subject'][0]}: {name} "
            line += f"{row[column]!r} where {fact.get(column)!r} belongs"
            report.errors[f"fact_{name}"].append(line)
    whole = (all(parts.values()), subject, subject and place)
    report.trust.append((row["confidence"], whole[0]))
    for measure, right in zip(_FACTS, whole, strict=True):
        report.scores[measure].add(right, not right, not right)


def subject_right(given: str, wanted: Sequence[str | None]) -> bool:
    """Whether a subject is one of those `wanted`, up to a few characters of it; None: none."""
    a = given.translate(_IGNORED)
    for choice in wanted:
        b = (choice or "").translate(_IGNORED)
        if a == b or (choice is not None and _alike(a, b) >= _GOOD_SUBJECT):
            return True
    return False
