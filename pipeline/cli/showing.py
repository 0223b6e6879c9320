"""`shilu show` and `shilu explain`: what is on a page, and why a fact is what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import FOLDER, RULES
from pipeline.printable import printable

if TYPE_CHECKING:
    from pipeline.explain import Explanation, PageView, Row
    from pipeline.rulebook import Rulebook

_OUT = click.option(
    "--out",
    type=FOLDER,
    default=Path("data/out"),
    show_default=True,
    help="Folder of the tables, or of one of the runs in its .runs.",
)
# How subjects are found (pipeline.resolve.facts); what is counted is …
_SUBJECTS = {
    "subject:right": "the noun behind the number",
    "subject:left": "the noun before the number",
    "subject:predicate": "what the clause says something of",
    "subject:verb": "what is done, no thing being named",
    "subject:opening": "what the clause opens with",
    "subject:topic": "what the sentence opens with (…中，)",
    "subject:elided": "left out here, and taken from an earlier number",
    "subject:headless": "a thing left out behind 的, and taken from an earlier number",
    "subject:list": "the noun that a list of numbers shares",
    "subject:each": "the noun that a list of numbers shares",
    "subject:paired": "the noun at the same place of a list before the numbers",
    "subject:gapped": "the verb or noun of the clause before, left out here",
    "subject:share": "what the share is of",
    "subject:growth": "what grows or falls",
    "subject:from-to": "what goes from one number to another",
    "subject:times": "what is so many times as much",
    "subject:total": "what is summed up",
    "subject:average": "what each one has or costs",
    "subject:state": "what befell the thing",
    "subject:ranked": "the likeliest of all candidates, not the one that the grammar names",
}
_AREAS = {
    "place": "{} is named",
    "places": "{} are named; what they have in common",
    "deictic": "{}, in a story of {home}",
    "organization": "{} is there",
    "story": "nothing else is named, and the story is about {home}",
}
_WIDE = 60  # characters of the title of a story, and signs of confidence, shown in a line


@click.command(short_help="Show the stories and facts of a page.")
@click.argument("page")
@_OUT
def show(page: str, out: Path) -> None:
    """Show the stories of PAGE, and the facts of each with their ids.

    PAGE is its path in the raw folder, or the end of it, or its doc_id.
    """
    from pipeline.explain import show_page

    _show_page(show_page(out, page))


@click.command(
    short_help="Show what a fact rests on.",
    epilog="""\b
Examples:
  shilu explain 19f4f1b1cc3cd4ee-01-f001
  shilu explain 19f4f1b1cc3cd4ee-01-f001 --out data/out/.runs/000006 --raw data/raw""",
)
@click.argument("fact_id")
@_OUT
@click.option("--raw", type=FOLDER, help="Folder of the raw pages, if they are elsewhere now.")
@RULES
def explain(fact_id: str, out: Path, raw: Path | None, rules: Path | None) -> None:
    """Show the fact FACT_ID, its clause, its raw lines, and each decision that led to it.

    The number stands in 【】. Ids of facts are in the table `facts`, and `shilu show` lists them.
    """
    from pipeline.explain import explain

    _show_explanation(explain(out, fact_id, raw), rules)


def _show_page(view: PageView) -> None:
    page = view.row
    issued = f", published {page['published']:%Y-%m-%d}" if page["published"] else ""
    _say(page["path"], bold=True, nl=False)
    _say(f"  {page['doc_id']}, {page['encoding']}, {page['chars']:,} characters{issued}")
    for story in view.stories:
        row = story.row
        about = ", ".join(word for word in (row["place"], row["source"]) if word)
        click.echo()
        _say(f"{row['ordinal']}. {row['title'] or '(no title)'}", bold=True, nl=False)
        _say(f"  {about}")
        start = row["text"][:_WIDE]
        _say(f"   {start.splitlines()[0] if start else ''}{'…' if start else ''}")
        for fact in story.facts:
            _say(f"   {fact['fact_id']}  {_statement(fact)}")


def _statement(fact: Row) -> str:
    day = f" ({fact['date']})" if fact["date"] else ""
    doubt = f", doubtful: {fact['doubt']}" if fact["doubt"] else ""
    return f"{fact['statement']}{day}  {fact['confidence']:.2f}{doubt}"


def _show_explanation(e: Explanation, rules: Path | None) -> None:
    fact = e.fact
    _say(_statement(fact), bold=True)
    _say(f"  {e.document['path']}, story {e.story['ordinal']}: {e.story['title']}")
    _head("Clause")
    _say(f"  {e.clause}")
    _head("Raw page")
    if e.missing:
        _say(f"  {e.missing}", fg="yellow")
    for line in e.raw:
        a, b = line.start, line.end
        marked = f"{line.text[:a]}【{line.text[a:b]}】{line.text[b:]}" if a < b else line.text
        _say(f"  {line.number:>5}  {marked}")
    for repair in e.repairs:
        shown = f"{_visible(repair['raw'])} → {_visible(repair['clean'])}"
        _say(f"  repaired: {shown}  [{repair['rule']}]")
    _head("Decisions")
    for name, value, why in _decisions(e, rules or e.rules):
        _say(f"  {name:<10} {value}  [{why}]")
    _head(f"Confidence {fact['confidence']:.2f}")
    _say("  log-odds, each sign with what it adds:")
    _say("  " + ", ".join(f"{sign} {weight:+.2f}" for sign, weight in e.signs if weight))
    if fact["doubt"]:
        _head("Doubt")
        _say(f"  {fact['doubt']}; see rules/plausible.tsv")


def _head(text: str) -> None:
    click.echo()
    _say(text, bold=True)


def _say(text: str, nl: bool = True, fg: str | None = None, bold: bool | None = None) -> None:
    """Print a line, or the start of one; pages are written by others, so all of it is escaped."""
    click.secho(printable(text), nl=nl, fg=fg, bold=bold)


def _visible(text: str) -> str:
    """White space that can be seen."""
    return text.replace("\n", "⏎").replace("\r", "").replace(" ", "␣") or "nothing"


def _decisions(e: Explanation, rules: Path | None) -> list[tuple[str, str, str]]:
    """What was decided, and by which rule, in the order in which a fact is made."""
    from pipeline.rulebook import load_rules

    fact = e.fact
    book = load_rules(own=rules)
    found = [("words", _words(e, book), e.model or "rules/words.tsv")]
    found += [
        (
            table.removesuffix("s"),
            f"{row['text']} → {_meaning(table, row)}",
            _rule(row, book),
        )
        for table, row in e.mentions
    ]
    why = _SUBJECTS.get(fact["rule"], fact["rule"])
    sure = fact["subject_confidence"]
    likely = "" if sure is None else f", {sure:.2f} likely among all candidates"
    found.append(("subject", fact["subject"] or "unclear", f"{why}; {fact['rule']}{likely}"))
    kind, _, words = fact["place_rule"].partition(":")
    area = _AREAS[kind].format(words, home=e.story["place"] or "no one area")
    found.append(("area", f"{fact['place'] or 'none'} {fact['adcode'] or ''}".strip(), area))
    if e.day:
        told = "from the title" if e.day["field"] != fact["field"] else "governs this number"
        inferred = ", its year from around it or the day of issue" if e.day["inferred"] else ""
        found.append(("day", fact["date"], f"{e.day['text']} {told}{inferred}"))
    else:
        found.append(("day", "none", "no date governs this number"))
    if fact["org"]:
        found.append(("org", fact["org"], "named last before the number in its sentence"))
    return found


def _words(e: Explanation, rules: Rulebook) -> str:
    """The clause with the part of speech of each word, as they are read in the whole field."""
    from pipeline.tag import builtin_model, compile_tagger, words

    text, (start, end) = e.story[e.fact["field"]], e.span
    tagger = compile_tagger(rules, builtin_model() if e.model else None)
    inside = (w for w in words(text, tagger) if w.start < end and start < w.end)
    return " ".join(f"{text[w.start : w.end]}/{w.pos or '?'}" for w in inside)


def _meaning(table: str, row: Row) -> str:
    if table == "counts":
        most = f" to {row['value_max']:,.15g}" if row["value_max"] is not None else ""
        return f"{row['comparator']} {row['value']:,.15g}{most} {row['unit'] or 'without unit'}"
    if table == "dates":
        return str(row["edtf"])
    code = f" {row['adcode']}" if row["adcode"] else ""
    return f"{row['name']}{code}"


def _rule(row: Row, book: Rulebook) -> str:
    """The rule that found a mention, and where it stands, if it is a row of rules/."""
    name: str = row["rule"]
    if name == "ner":
        return f"{name}, the model"
    rows = book.named(name)
    return f"{name}, {rows[-1].where}" if rows else name
