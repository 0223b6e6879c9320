"""Try the example of every rule row with the same code that reads pages.

`readings` shows what is found in one sentence, in the words that `expect` uses; the
sentences in tests/cases are checked with it too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from pipeline.clean import clean
from pipeline.credits import read_credit
from pipeline.offsets import TracedText
from pipeline.records import Count, Fact, Mentions, Page, Story, StoryResult
from pipeline.resolve.facts.tokens import Kind, tokenize
from pipeline.rulebook import Rule, example_span
from pipeline.stages import Toolkit, understand
from pipeline.tag import words

PUBLISHED = dt.date(2025, 6, 25)  # the day on which every example is taken to be printed
NOTHING = "-"  # expect: nothing of the kind may overlap the span
NONE = "null"  # expect: found, but without a code


class Reading(Struct, frozen=True):
    """A span of a sentence and what was read from it, written as in `expect`."""

    start: int
    end: int
    value: str


class Outcome(Struct, frozen=True):
    """What was `found` in the example of a row, and what its row says (`wanted`)."""

    found: str
    wanted: str
    right: bool


def problem(rule: Rule, toolkit: Toolkit) -> str | None:
    """What the example of `rule` does otherwise than the row says, with a cure; None if nothing.

    An example without the word that the row is about says nothing of it.
    """
    seen = outcome(rule, toolkit)
    text, _, _ = example_span(rule)
    if "{" not in rule.surface and rule.surface not in text:
        found = "" if seen.right else f"{seen.found} where {seen.wanted} belongs; "
        return f"{found}the example lacks {rule.surface!r}: write one that has it"
    if seen.right:
        return None
    return f"{seen.found} where {seen.wanted} belongs; correct the example, expect or the rule"


def outcome(rule: Rule, toolkit: Toolkit) -> Outcome:
    """Read the example of `rule`; the subject of its file decides who reads it."""
    subject = toolkit.rules.subject(rule.file)
    special = _SPECIAL.get(subject)
    if special:
        return special(rule, toolkit)
    text, start, end = example_span(rule)
    found = readings(subject, text, PUBLISHED, toolkit)
    touching = [r for r in found if r.start < end and start < r.end]
    spans = " ".join(f"【{text[r.start : r.end]}|{r.value}】" for r in touching)
    shown = f"{spans} is found" if spans else "nothing is found"
    if rule.expect == NOTHING:
        return Outcome(shown, "nothing", not touching)
    right = any((r.start, r.end) == (start, end) and rule.expect in ("", r.value) for r in touching)
    wanted = f"【{text[start:end]}{'|' if rule.expect else ''}{rule.expect}】"
    return Outcome(shown, wanted, right)


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


def _clean(rule: Rule, toolkit: Toolkit) -> Outcome:
    """The example is raw text; `expect` is what its span becomes."""
    raw, start, end = example_span(rule)
    body = clean(_page(raw), toolkit.clean).body
    spans = [(n, *body.raw_span(n, n + 1)) for n in range(len(body.text))]
    found = "".join(body.text[n] for n, a, b in spans if a < end and start < b)
    wanted = raw[start:end] if rule.expect == NOTHING else rule.expect
    became = f"{raw[start:end]} becomes {found}"
    return Outcome(became if found != raw[start:end] else f"{found} stays", wanted, found == wanted)


def _credit(rule: Rule, toolkit: Toolkit) -> Outcome:
    """The span is a credit line; `expect` is the source that it names, ``-`` for none."""
    text, start, end = example_span(rule)
    credit = read_credit(text[start:end], toolkit.split.credits)
    wanted = rule.expect or "a credit"
    if credit is None:
        return Outcome(f"{text[start:end]} is no credit", wanted, False)
    source = credit.source or NOTHING
    return Outcome(f"a credit of source {source}", wanted, rule.expect in ("", source))


def _furniture(rule: Rule, toolkit: Toolkit) -> Outcome:
    """The span is a line at the head of a page; cleaning drops it, or keeps it under ``-``."""
    text, start, end = example_span(rule)
    line = text[start:end]
    head = "第1版\n" if rule.fields.get("place") == "section" else ""
    filler = "会议讨论了今后的工作，与会人员提出了许多意见和建议，大家一致表示赞成。\n" * 8
    page = clean(_page(f"{head}{line}\n{filler}"), toolkit.clean)
    dropped = any(r.raw_start >= len(head) and not r.clean for r in page.repairs)
    names = ("is kept in the text", "is dropped from the page")
    wanted = rule.expect != NOTHING
    return Outcome(f"{line} {names[dropped]}", names[wanted], dropped == wanted)


def _deictic(rule: Rule, toolkit: Toolkit) -> Outcome:
    """The span is read as one word that points to an area of the level in `expect`."""
    text, start, end = example_span(rule)
    grammar = toolkit.resolver.facts.words
    tokens = tokenize(text, "text", words(text, toolkit.tagger), Mentions(), grammar)
    if (start, end, Kind.DEICTIC) not in [(t.start, t.end, t.kind) for t in tokens]:
        return Outcome(f"{text[start:end]} points to no area", rule.expect, False)
    level = toolkit.resolver.deictics.levels.get(text[start:end], NOTHING)
    return Outcome(f"{text[start:end]} points to a {level}", rule.expect, level == rule.expect)


def _layout(rule: Rule, toolkit: Toolkit) -> Outcome:
    """The span is what the pattern of the row's kind finds in the example, a line of a page."""
    text, start, end = example_span(rule)
    layout = toolkit.clean.layout
    kind = rule["kind"]
    at_start = {"opening": layout.opening, "list": layout.items}
    if kind in at_start:
        found = at_start[kind].match(text, start)
    else:
        patterns = {"report": layout.report, "notice": layout.notice}
        found = patterns.get(kind, layout.salutation).search(text)
    right = found is not None and found.start() <= start < found.end()
    return Outcome(f"{text[start:end]} is {'' if right else 'no '}{kind}", kind, right)


_SPECIAL: Mapping[str, Callable[[Rule, Toolkit], Outcome]] = {
    "clean": _clean,
    "credit": _credit,
    "furniture": _furniture,
    "deictic": _deictic,
    "layout": _layout,
}
