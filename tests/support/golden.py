"""Pages with all that was found in them, as text that a person can read and compare.

``python -m tests.support.golden`` (``make golden``) rewrites tests/golden; look at ``git diff``
before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.records import Field, Mention, PageResult, Reject, StoryResult
from pipeline.rulebook import load_rules
from pipeline.rulecheck import number
from pipeline.stages import Toolkit, compile_toolkit, process
from pipeline.tag import builtin_model
from tests.support.runs import read_page

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden"
PAGES = (
    "seeds/000_e2eed57d5d3cad4d",
    "seeds/004_bfa4698a7358d196",
    "pages/d01",
    "pages/d04",
    "pages/e02",
    "hard/d02",
    "hard/e05",
)


def golden_path(name: str) -> Path:
    """Where the rendering of a page of tests/gold lies."""
    return GOLDEN / f"{name.replace('/', '-')}.txt"


def render(name: str, toolkit: Toolkit) -> str:
    """The page ``tests/gold/<name>.txt`` with its stories, mentions and facts."""
    folder, _, stem = name.partition("/")
    page = read_page(TESTS / "gold" / folder, f"{stem}.txt")
    assert not isinstance(page, Reject)
    return "\n".join(_page(process(page, toolkit))) + "\n"


def _page(result: PageResult) -> Iterator[str]:
    page = result.page.page
    yield f"{page.path}, published {page.published or 'unknown'}, {len(result.stories)} stories"
    for story in result.stories:
        yield ""
        yield from _story(story)


def _story(found: StoryResult) -> Iterator[str]:
    s, m = found.story, found.mentions
    yield f"# {s.ordinal} {s.title.text}"
    yield f"source {s.source or '-'}, area {found.place or '-'} {found.adcode or '-'}"
    yield from s.text.text.split("\n")
    yield from (f"  organization {_at(o)} → {o.name}" for o in m.organizations)
    yield from (f"  place {_at(p)} → {p.adcode or '-'} {p.name}" for p in m.places)
    yield from (f"  date {_at(d)} → {d.edtf} {d.kind}" for d in m.dates)
    yield from (f"  count {_at(c)} → {number(c)}" for c in m.counts)
    for f in found.facts:
        yield f"  fact {_at(f.count)} → {f.statement}"
        yield f"    {f.subject} | {f.adcode or '-'} | {f.date or '-'} | {f.org or '-'} | {f.quote}"


def _at(m: Mention) -> str:
    where: dict[Field, str] = {"title": "title:", "text": ""}
    return f"{where[m.field]}{m.start} {m.text}"


def main() -> None:
    """Rewrite all golden files."""
    toolkit = compile_toolkit(load_rules(), builtin_model())
    GOLDEN.mkdir(exist_ok=True)
    for name in PAGES:
        golden_path(name).write_text(render(name, toolkit), encoding="utf-8")


if __name__ == "__main__":
    main()
