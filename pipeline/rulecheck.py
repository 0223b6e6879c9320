"""Try the example of every rule row with the same code that reads pages.

`readings` shows what is found in one sentence, in the words that `expect` uses; the
sentences in tests/cases are checked with it too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.clean import clean
from pipeline.credits import read_credit
from pipeline.offsets import TracedText
from pipeline.records import Count, Fact, Mentions, Page, Story, StoryResult
from pipeline.resolve.facts.tokens import Kind, tokenize
from pipeline.rulebook import Rule, Rulebook, example_span
from pipeline.stages import Toolkit, understand
from pipeline.tag import words

PUBLISHED = dt.date(2025, 6, 25)  # the day on which every example is taken to be printed
# Files where a word may have a row for each of its roles.
_SEVERAL = frozenset({"plausible", "glyph_words", "credits", "layout", "fact_words", "words"})
NOTHING = "-"  # expect: nothing of the kind may overlap the span
NONE = "null"  # expect: found, but without a code


@dataclass(frozen=True, slots=True)
class Reading:
    """A span of a sentence and what was read from it, written as in `expect`."""

    start: int
    end: int
    value: str


def check(rules: Rulebook, toolkit: Toolkit) -> list[str]:
    """One line for each row whose example does not do what it says."""
    found = ((rule, problem(rule, toolkit)) for rows in rules.rules.values() for rule in rows)
    return [*_repeated(rules), *(f"{rule.where}: {what}" for rule, what in found if what)]


def _repeated(rules: Rulebook) -> Iterator[str]:
    """Rows whose word stands in an earlier row of the same file: one would hide the other."""
    for file, rows in rules.rules.items():
        first: dict[object, str] = {}
        for rule in rows:
            key = (rule.surface, tuple(rule.fields.items()) if file in _SEVERAL else ())
            where = first.setdefault(key, rule.where)
            if where != rule.where:
                yield f"{rule.where}: {rule.surface} stands already in {where}; keep one row"


def problem(rule: Rule, toolkit: Toolkit) -> str | None:
    """What the example of `rule` does wrong, with the rule's subject deciding who reads it."""
    subject = toolkit.rules.subject(rule.file)
    special = _SPECIAL.get(subject)
    if special:
        return special(rule, toolkit)
    text, start, end = example_span(rule)
    found = readings(subject, text, PUBLISHED, toolkit)
    touching = [r for r in found if r.start < end and start < r.end]
    if rule.expect == NOTHING:
        return f"{_shown(text, touching)} where nothing belongs" if touching else None
    for r in touching:
        if (r.start, r.end) == (start, end) and rule.expect in ("", r.value):
            return None
    wanted = f"【{text[start:end]}|{rule.expect}】"
    return f"{_shown(text, touching)} where {wanted} belongs"


def readings(subject: str, text: str, published: dt.date | None, toolkit: Toolkit) -> list[Reading]:
    """What is found of `subject` (count, date, place, …) in a story of this one sentence."""
    sentence = TracedText.identity(text)
    story = Story("example-01", "example", 1, TracedText("", ()), sentence, None, 0, len(text))
    page = _page(text, published)
    (result,) = understand(page, (story,), toolkit)
    return list(_READERS[subject](result))


def number(count: Count) -> str:
    """``41 = 家``, ``3-5 ~ 人``, ``7 = -`` for a count without unit."""
    value = f"{count.value:.15g}"
    if count.value_max is not None:
        value += f"-{count.value_max:.15g}"
    return f"{value} {count.comparator} {count.unit or '-'}"


def _page(text: str, published: dt.date | None = None) -> Page:
    return Page("example", "example.txt", "", "utf-8", text, published)


def _counts(result: StoryResult) -> Iterator[Reading]:
    for c in result.mentions.counts:
        yield Reading(c.start, c.end, number(c))


def _dates(result: StoryResult) -> Iterator[Reading]:
    for d in result.mentions.dates:
        yield Reading(d.start, d.end, d.edtf)


def _places(result: StoryResult) -> Iterator[Reading]:
    for p in result.mentions.places:
        yield Reading(p.start, p.end, p.adcode or NONE)


def _organizations(result: StoryResult) -> Iterator[Reading]:
    for o in result.mentions.organizations:
        yield Reading(o.start, o.end, o.name)


def _facts_by(show: Callable[[Fact], str]) -> Callable[[StoryResult], Iterator[Reading]]:
    def read(result: StoryResult) -> Iterator[Reading]:
        for f in result.facts:
            yield Reading(f.count.start, f.count.end, show(f))

    return read


def _doubts(result: StoryResult) -> Iterator[Reading]:
    for f in result.facts:
        if f.doubt:
            yield Reading(f.count.start, f.count.end, f.doubt)


def _fact(f: Fact) -> str:
    return " | ".join((f.subject, f.adcode or NONE, f.date or NONE))


_READERS: Mapping[str, Callable[[StoryResult], Iterator[Reading]]] = {
    "count": _counts,
    "date": _dates,
    "place": _places,
    "organization": _organizations,
    "subject": _facts_by(lambda f: f.subject),
    "doubt": _doubts,
    "fact": _facts_by(_fact),
}
SUBJECTS = frozenset(_READERS)


def _clean(rule: Rule, toolkit: Toolkit) -> str | None:
    """The example is raw text; `expect` is what its span becomes."""
    raw, start, end = example_span(rule)
    body = clean(_page(raw), toolkit.clean).body
    spans = [(n, *body.raw_span(n, n + 1)) for n in range(len(body.text))]
    found = "".join(body.text[n] for n, a, b in spans if a < end and start < b)
    wanted = raw[start:end] if rule.expect == NOTHING else rule.expect
    return None if found == wanted else f"{raw[start:end]} becomes {found} where {wanted} belongs"


def _credit(rule: Rule, toolkit: Toolkit) -> str | None:
    """The span is a credit line; `expect` is the source that it names, ``-`` for none."""
    text, start, end = example_span(rule)
    credit = read_credit(text[start:end], toolkit.split.credits)
    if credit is None:
        return f"{text[start:end]} is not taken for a credit"
    if rule.expect and (credit.source or NOTHING) != rule.expect:
        return f"the source is {credit.source} where {rule.expect} belongs"
    return None


def _furniture(rule: Rule, toolkit: Toolkit) -> str | None:
    """The span is a line at the head of a page; cleaning drops it, or keeps it under ``-``."""
    text, start, end = example_span(rule)
    line = text[start:end]
    head = "第1版\n" if rule.fields.get("place") == "section" else ""
    filler = "会议讨论了今后的工作，与会人员提出了许多意见和建议，大家一致表示赞成。\n" * 8
    page = clean(_page(f"{head}{line}\n{filler}"), toolkit.clean)
    dropped = any(r.raw_start >= len(head) and not r.clean for r in page.repairs)
    if dropped == (rule.expect == NOTHING):
        return f"{line} is {'dropped' if dropped else 'kept'}"
    return None


def _deictic(rule: Rule, toolkit: Toolkit) -> str | None:
    """The span is read as one word that points to an area of the level in `expect`."""
    text, start, end = example_span(rule)
    grammar = toolkit.resolver.facts.words
    tokens = tokenize(text, "text", words(text, toolkit.tagger), Mentions(), grammar)
    if (start, end, Kind.DEICTIC) not in [(t.start, t.end, t.kind) for t in tokens]:
        return f"{text[start:end]} is not read as a word of its own"
    level = toolkit.resolver.deictics.levels[rule.surface]
    return None if level == rule.expect else f"the level is {level} where {rule.expect} belongs"


def _layout(rule: Rule, toolkit: Toolkit) -> str | None:
    """The span is what the pattern of the row's kind finds in the example, a line of a page."""
    text, start, end = example_span(rule)
    layout = toolkit.clean.layout
    at_start = {"opening": layout.opening, "list": layout.items}
    if rule["kind"] in at_start:
        found = at_start[rule["kind"]].match(text, start)
    else:
        patterns = {"report": layout.report, "notice": layout.notice}
        found = patterns.get(rule["kind"], layout.salutation).search(text)
    if found is None or not found.start() <= start < found.end():
        return f"{text[start:end]} is not taken for {rule['kind']}"
    return None


_SPECIAL: Mapping[str, Callable[[Rule, Toolkit], str | None]] = {
    "clean": _clean,
    "credit": _credit,
    "furniture": _furniture,
    "deictic": _deictic,
    "layout": _layout,
}


def _shown(text: str, found: list[Reading]) -> str:
    return " ".join(f"【{text[r.start : r.end]}|{r.value}】" for r in found) or "nothing is found"
