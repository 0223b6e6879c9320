"""Try a sentence: all that is found in it, by which rows of the rules, and what rows keep back.

The sentence is read as pages are: cleaned, then understood as the one paragraph of a story.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pipeline.clean import clean
from pipeline.offsets import TracedText
from pipeline.records import CleanPage, Count, Fact, Mention, Page, Story, StoryResult
from pipeline.rulebook import Rule, Rulebook
from pipeline.rulecheck import NONE, number
from pipeline.stages import Toolkit, compile_toolkit, understand

# Files with what is found under the name of another rule, a chain of places for instance.
_PLACES = ("countries", "foreign_places", "regions", "natural_features", "place_short_names")
# Files whose rows keep something from being found, and those that keep a hanzi as it is.
_BLOCKS = ("not_counts", "not_dates", "place_blocks", "place_words", "organization_blocks")
_KEEPS = "glyph_words"


class Found(Struct, frozen=True):
    """Something in a sentence: ``[start, end)`` of its text, or of the sentence for a repair.

    `value` is what it means, in the words of `expect`; `more` has what else is known of it. `rows`
    are the rows that found it, as ``rules/units.tsv:2``; there are none where grammar did.
    """

    kind: str
    start: int
    end: int
    surface: str
    value: str
    more: Mapping[str, Any]
    rule: str
    rows: tuple[str, ...] = ()


class Tried(Struct, frozen=True):
    """A sentence, the clean `text` of it, and what is found in it, kind by kind."""

    sentence: str
    text: str
    found: tuple[Found, ...]


def try_sentence(sentence: str, published: dt.date | None, toolkit: Toolkit) -> Tried:
    """Read one sentence, taken to be printed on the day `published`."""
    cleaned, result = _read(sentence, published, toolkit)
    book = toolkit.rules
    found = [*_repairs(sentence, cleaned), *_mentions(result, book), *_facts(result, book)]
    blocked = _blocked(sentence, published, result, toolkit)
    return Tried(sentence, cleaned.body.text, (*found, *blocked, *_kept(sentence, toolkit)))


def _read(
    sentence: str, published: dt.date | None, toolkit: Toolkit
) -> tuple[CleanPage, StoryResult]:
    page = Page("sentence", "sentence.txt", "", "utf-8", sentence, published)
    cleaned = clean(page, toolkit.clean)
    title, body = TracedText("", ()), cleaned.body
    story = Story("sentence-01", page.doc_id, 1, title, body, None, 0, len(sentence))
    (result,) = understand(page, (story,), toolkit)
    return cleaned, result


def _repairs(sentence: str, cleaned: CleanPage) -> Iterator[Found]:
    for r in cleaned.repairs:
        surface = sentence[r.raw_start : r.raw_end]
        value = r.clean or "nothing"
        yield Found("repair", r.raw_start, r.raw_end, surface, value, {}, r.rule)


_VALUES: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "organizations": ("organization", lambda o: o.name),
    "places": ("place", lambda p: p.adcode or NONE),
    "dates": ("date", lambda d: d.edtf),
    "counts": ("count", number),
}
_LEFT_OUT = {*Mention.__struct_fields__} - {"confidence"}


def _mentions(result: StoryResult, book: Rulebook) -> Iterator[Found]:
    for table, (kind, value) in _VALUES.items():
        for m in getattr(result.mentions, table):
            more = {f: getattr(m, f) for f in m.__struct_fields__ if f not in _LEFT_OUT}
            rows = _rows(m, book)
            yield Found(kind, m.start, m.end, m.text, value(m), more, m.rule, rows)


def _facts(result: StoryResult, book: Rulebook) -> Iterator[Found]:
    for f in result.facts:
        value = " | ".join((f.subject, f.adcode or NONE, f.date or NONE))
        at, rows = f.count, _rows(f.count, book)
        yield Found("fact", at.start, at.end, at.text, value, _of_fact(f), f.rule, rows)


def _of_fact(f: Fact) -> dict[str, Any]:
    names = ("subject", "place", "adcode", "org", "date", "quote", "place_rule", "date_rule")
    found = {name: getattr(f, name) for name in (*names, "doubt", "confidence")}
    return found | {"value": f.count.value, "unit": f.count.unit}


def _rows(m: Mention, book: Rulebook) -> tuple[str, ...]:
    named = book.named(m.rule)
    if isinstance(m, Count) and m.comparator != "=":
        # The longest word is the one that counts: 不到 stands in 还不到.
        some = [
            r
            for r in book["comparators"]
            if r.surface in m.text and r["comparator"] == m.comparator
        ]
        named += tuple(sorted(some, key=lambda r: len(r.surface))[-1:])
    if not named and m.rule.startswith("places:"):
        named = tuple(r for file in _PLACES for r in book[file] if r.surface == m.text)
    return tuple(r.where for r in named)


def _blocked(
    sentence: str, published: dt.date | None, result: StoryResult, toolkit: Toolkit
) -> Iterator[Found]:
    """What would be found without the rows that are there to block it."""
    rows = [r for file in _BLOCKS for r in toolkit.rules[file] if r.surface in sentence]
    if not rows:
        return
    _, free = _read(sentence, published, _without(rows, toolkit))
    for table, (kind, value) in _VALUES.items():
        there = {(m.start, m.end) for m in getattr(result.mentions, table)}
        for m in getattr(free.mentions, table):
            by = [r for r in rows if _overlap(r.surface, m, result.story.text.text)]
            if by and (m.start, m.end) not in there:
                where = tuple(r.where for r in by)
                more = {"kind": kind}
                yield Found("blocked", m.start, m.end, m.text, value(m), more, by[0].name, where)


def _overlap(surface: str, m: Mention, text: str) -> bool:
    at = text.find(surface)
    while at >= 0:
        if at < m.end and m.start < at + len(surface):
            return True
        at = text.find(surface, at + 1)
    return False


def _kept(sentence: str, toolkit: Toolkit) -> Iterator[Found]:
    """Hanzi that would be taken for damaged marks without the words that they stand in."""
    rows = [r for r in toolkit.rules[_KEEPS] if r.surface in sentence]
    if not rows:
        return
    page = Page("sentence", "sentence.txt", "", "utf-8", sentence, None)
    there = {(r.raw_start, r.raw_end) for r in clean(page, toolkit.clean).repairs}
    for repair in clean(page, _without(rows, toolkit).clean).repairs:
        start, end = repair.raw_start, repair.raw_end
        if (start, end) in there:
            continue
        for row in rows:
            at = sentence.find(row.surface, max(0, end - len(row.surface)))
            if 0 <= at <= start:
                value = repair.clean or "nothing"
                more = {"kind": "repair"}
                yield Found(
                    *("blocked", start, end, sentence[start:end], value),
                    *(more, row.name, (row.where,)),
                )
                break


def _without(rows: Sequence[Rule], toolkit: Toolkit) -> Toolkit:
    """The same toolkit without these rows; they are of no file that the tagger knows."""
    gone = {id(r) for r in rows}
    rules = {
        file: tuple(r for r in some if id(r) not in gone)
        for file, some in toolkit.rules.rules.items()
    }
    return replace(compile_toolkit(replace(toolkit.rules, rules=rules)), tagger=toolkit.tagger)


def lines(tried: Tried) -> Iterator[str]:
    """What was found, for a terminal: of each kind the sentence with the spans marked, then each.

    A span is written as in the examples of the rules, 【41家|41 = 家】, so that it can be copied.
    """
    yield tried.text or tried.sentence
    kinds = list(dict.fromkeys(f.kind for f in tried.found))
    if not set(kinds) - {"repair", "blocked"}:
        yield "  nothing is found"
    for kind in kinds:
        some = [f for f in tried.found if f.kind == kind]
        whole = tried.sentence if kind == "repair" else tried.text
        shown = "" if kind in ("fact", "blocked") else _marked(whole, some)
        yield f"  {kind:13} {shown}".rstrip()
        for f in some:
            yield f"    {_line(f)}"


def _marked(text: str, found: Sequence[Found]) -> str:
    """`text` with the spans in 【】; a span inside another is left out."""
    shown, at = [], 0
    for f in sorted(found, key=lambda f: (f.start, -f.end)):
        if f.start >= at:
            shown += [text[at : f.start], f"【{text[f.start : f.end]}|{f.value}】"]
            at = f.end
    return "".join((*shown, text[at:]))


_TOLD = {
    "organization": ("kind", "adcode"),
    "place": ("name", "level", "doubt"),
    "date": ("kind", "doubt"),
}


def _line(f: Found) -> str:
    m, by = f.more, f"  ← {', '.join(f.rows) or f.rule}"
    if f.kind == "fact":
        date = m["date"] or "no date"
        trust = f"confidence {m['confidence']:.2f}"
        doubt = f", doubt: {m['doubt']}" if m["doubt"] else ""
        place = f"{m['place']} {m['adcode']}" if m["place"] else m["adcode"] or "no area"
        named = ", ".join(filter(None, (m["place_rule"], m["date_rule"])))
        what = f"{m['subject'] or 'no subject'} | {place} | {date}"
        return f"{f.surface}: {what} ({trust}{doubt})  ← {f.rule}, {named}"
    if f.kind == "blocked":
        verb = "become" if m["kind"] == "repair" else f"be {_a(m['kind'])},"
        return f"{f.surface} would {verb} {f.value}{by}"
    if f.kind == "repair":
        return f"{f.surface} becomes {f.value}{by}"
    names = _TOLD.get(f.kind, ())
    told = [str(m[name]) for name in names if m[name] not in (None, "", "date")]
    known = ", ".join(told)
    return f"{f.surface}: {f.value}{f' ({known})' if known else ''}{by}"


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
