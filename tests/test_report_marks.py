"""Spans in a text as HTML, however they lie."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.marks import Span, marked, paragraphs, visible
from tests.support.report import HtmlReader

_TEXT = "一二三<&\"'>\n\t \u202e家"
_SPANS = st.lists(
    st.builds(
        lambda start, length, kind, facts: Span(start, start + length, kind, "<\"'>", facts, True),
        st.integers(0, 40),
        st.integers(0, 20),
        st.sampled_from("opdcq"),
        st.lists(st.sampled_from(["f001", "f002", "f003"]), max_size=2, unique=True).map(tuple),
    ).map(lambda s: s if s.facts else Span(s.start, s.end, s.kind, s.title)),
    max_size=8,
)


@given(st.text(_TEXT, max_size=40), _SPANS)
def test_any_spans_can_be_marked(text: str, spans: list[Span]) -> None:
    page = HtmlReader(marked(text, spans, "t"))
    assert page.text == HtmlReader(visible(text)).text
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    there = [s for s in spans if min(s.end, len(text)) > s.start]
    assert set(ids) == {f"t-{f}" for s in there for f in s.facts}


@given(st.text(_TEXT, max_size=40), _SPANS, st.integers(0, 10))
def test_each_character_lies_in_its_spans(text: str, spans: list[Span], offset: int) -> None:
    html = marked(text, spans, "t", offset)
    expected = [{s.kind for s in spans if s.start <= n + offset < s.end} for n in range(len(text))]
    assert _kinds(html, text) == expected


def _kinds(html: str, text: str) -> list[set[str]]:
    """The kinds of elements around each character of `text`."""
    kinds: list[set[str]] = []
    around: list[str] = []
    for tag, content in re.findall(r"<(/?[a-z][^>]*)>|(&[^;]+;|U\+[0-9A-F]{4}|[^<])", html):
        if tag.startswith("/"):
            around.pop()
        elif tag:
            name = re.search(r'class="([^"]*)"', tag)
            around.append(name[1] if name else "")
        elif content:
            kinds.append(set(around) - {"x", ""})
    assert len(kinds) == len(text)
    return kinds


def test_a_span_over_lines_is_anchored_once() -> None:
    spans = [Span(1, 6, "c", facts=("f001",), anchor=True), Span(0, 9, "o")]
    first, second, third = paragraphs("一二三\n四五\n六七", spans, "t")
    assert first == (
        '<span class="o">一<a href="#f001" class="c" id="t-f001" data-f="f001">二三</a></span>'
    )
    assert second == '<span class="c" data-f="f001"><span class="o">四五</span></span>'
    assert third == '<span class="o">六七</span>'


def test_characters_beyond_the_basic_plane_count_once() -> None:
    html = marked("𠀀𠀁41家😀", [Span(2, 5, "c")], "t")
    assert html == '𠀀𠀁<span class="c">41家</span>😀'


def test_invisible_characters_are_shown() -> None:
    assert visible("a\u202eb\0\r\nc\u3000d") == (
        'a<i class="x">U+202E</i>b<i class="x">U+0000</i>\nc\u3000d'
    )
