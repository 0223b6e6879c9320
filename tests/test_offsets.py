"""Texts that know where their characters stood: edits in chains, slices, joins.

The sources hold every character once, and edits write only characters that no source holds:
so a character that was not edited shows by itself where it came from.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.offsets import Edit, TracedText

SOURCES = st.integers(0, 24).map(lambda n: "".join(chr(0x4E00 + i) for i in range(n)))
WRITTEN = st.text("xyz \n", max_size=4)


@st.composite
def edits(draw: st.DrawFn, length: int) -> list[Edit]:
    """Edits of a text of this length, in order and without overlap."""
    cuts = sorted(draw(st.lists(st.integers(0, length), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return [Edit(a, b, draw(WRITTEN), "test") for a, b in pairs]


@st.composite
def chains(draw: st.DrawFn) -> tuple[str, list[tuple[list[Edit], TracedText]]]:
    """A source, and the texts that up to four rounds of edits make of it, one from another."""
    source = draw(SOURCES)
    text = TracedText.identity(source)
    steps: list[tuple[list[Edit], TracedText]] = [([], text)]
    for _ in range(draw(st.integers(0, 4))):
        round_ = draw(edits(len(text.text)))
        text = text.edit(round_)
        steps.append((round_, text))
    return source, steps


@st.composite
def traced(draw: st.DrawFn) -> tuple[str, TracedText]:
    source, steps = draw(chains())
    return source, steps[-1][1]


def replaced(text: str, round_: Sequence[Edit]) -> str:
    """What the edits make of a plain text, from the last to the first."""
    for e in reversed(round_):
        text = text[: e.start] + e.text + text[e.end :]
    return text


def spans(text: TracedText) -> list[tuple[int, int]]:
    return [text.raw_span(n, n + 1) for n in range(len(text.text))]


@given(chains())
def test_edits_change_the_text_as_they_say(
    made: tuple[str, list[tuple[list[Edit], TracedText]]],
) -> None:
    _, steps = made
    for (_, before), (round_, after) in itertools.pairwise(steps):
        assert after.text == replaced(before.text, round_)


@given(traced())
def test_segments_cover_the_text_and_stand_in_order(made: tuple[str, TracedText]) -> None:
    source, text = made
    at = 0
    for s in text.segments:
        assert s.start == at
        assert s.length > 0
        at += s.length
    assert at == len(text.text)
    # What was put in stands for nothing; it may stand between parts of what replaced one.
    real = [s for s in text.segments if s.source_start < s.source_end]
    starts = [0, *(s.source_start for s in real)]
    ends = [*(s.source_end for s in real), len(source)]
    assert starts == sorted(starts)
    assert ends == sorted(ends)


@given(traced())
def test_unedited_characters_keep_their_own_place(made: tuple[str, TracedText]) -> None:
    source, text = made
    for char, (start, end) in zip(text.text, spans(text), strict=True):
        if char in source:
            assert (start, end) == (source.index(char), source.index(char) + 1)


@given(traced())
def test_what_was_written_stands_for_what_it_replaced(made: tuple[str, TracedText]) -> None:
    source, text = made
    kept = [source.index(c) if c in source else None for c in text.text]
    for n, (start, end) in enumerate(spans(text)):
        if kept[n] is None:
            left = max((k + 1 for k in kept[:n] if k is not None), default=0)
            right = min((k for k in kept[n:] if k is not None), default=len(source))
            assert left <= start <= end <= right


@given(traced(), st.data())
def test_a_span_is_the_hull_of_its_characters(
    made: tuple[str, TracedText], data: st.DataObject
) -> None:
    _, text = made
    if not text.text:
        return
    start = data.draw(st.integers(0, len(text.text) - 1))
    end = data.draw(st.integers(start + 1, len(text.text)))
    inside = [(a, b) for a, b in spans(text)[start:end] if a < b]
    found = text.raw_span(start, end)
    if inside:
        assert found == (min(a for a, _ in inside), max(b for _, b in inside))
    else:
        assert found[0] == found[1]


@given(traced(), st.data())
def test_a_slice_points_where_the_whole_did(
    made: tuple[str, TracedText], data: st.DataObject
) -> None:
    _, text = made
    start = data.draw(st.integers(0, len(text.text)))
    end = data.draw(st.integers(start, len(text.text)))
    part = text.slice(start, end)
    assert part.text == text.text[start:end]
    assert spans(part) == spans(text)[start:end]


@given(traced(), st.data())
def test_slices_joined_again_are_the_text(
    made: tuple[str, TracedText], data: st.DataObject
) -> None:
    _, text = made
    inner = data.draw(st.lists(st.integers(0, len(text.text)), max_size=4))
    cuts = [0, *sorted(inner), len(text.text)]
    again = TracedText.join([text.slice(a, b) for a, b in itertools.pairwise(cuts)])
    assert (again.text, spans(again)) == (text.text, spans(text))


@given(st.lists(traced(), max_size=4), st.sampled_from(["", " ", "\n\n"]))
def test_a_separator_stands_for_no_raw_character(
    made: list[tuple[str, TracedText]], separator: str
) -> None:
    parts = [text for _, text in made]
    joined = TracedText.join(parts, separator)
    assert joined.text == separator.join(p.text for p in parts)
    at = 0
    for n, part in enumerate(parts):
        if n:
            for start, end in spans(joined)[at : at + len(separator)]:
                assert start == end == parts[n - 1].source_end
            at += len(separator)
        assert spans(joined)[at : at + len(part.text)] == spans(part)
        at += len(part.text)


def test_a_blank_taken_out_of_a_number_is_part_of_its_raw_span() -> None:
    text = TracedText.identity("有 41 家").edit([Edit(1, 2, "", "blank"), Edit(4, 5, "", "blank")])
    assert text.text == "有41家"
    assert text.raw_span(1, 4) == (2, 6)
    assert [text.raw_span(n, n + 1) for n in range(4)] == [(0, 1), (2, 3), (3, 4), (5, 6)]


@pytest.mark.parametrize(
    "bad",
    [
        [Edit(2, 3, "x", ""), Edit(0, 1, "y", "")],
        [Edit(0, 2, "x", ""), Edit(1, 3, "y", "")],
        [Edit(0, 9, "", "")],
        [Edit(-1, 1, "", "")],
        [Edit(2, 1, "", "")],
    ],
    ids=["order", "overlap", "end", "start", "turned"],
)
def test_edits_out_of_order_are_refused(bad: list[Edit]) -> None:
    with pytest.raises(ValueError, match="out of order or out of range"):
        TracedText.identity("abc").edit(bad)


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (-1, 1), (0, 4)])
def test_a_span_without_characters_has_no_place(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="empty or outside"):
        TracedText.identity("abc").raw_span(start, end)
