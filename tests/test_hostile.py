"""No text stops the program, takes it for ever, or loses a character on the way."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, seed, settings

from pipeline.decode import decode
from pipeline.records import Page
from pipeline.stages import Toolkit
from tests.support.hostile import LARGE, mutated, page_of, read_through, real_pages, shuffled, texts

ENCODINGS = ("utf-8", "gb18030", "utf-16", "utf-16-le", "big5")
# Each once raised an exception, or gave a number without bounds.
FOUND = (
    "20٣٤年5月6日，来客3家。",  # digits of another script in a year
    "产量占百分之99999999999999999999999999999999。",  # a share with too many digits to round
    "产值" + "亿" * 40 + "元。",  # more than a float can hold
    "“" + "民政局" * 400 + "”",  # walks within walks to the left of a suffix
    "本报" + "驻" * 40 + "\n好。",
    "0" + "O" * 3000 + "-",
)


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "replace")


@pytest.mark.parametrize("text", FOUND)
def test_what_was_found_stays_mended(text: str, rules_alone: Toolkit, toolkit: Toolkit) -> None:
    for tools in (rules_alone, toolkit):
        read_through(page_of(text.encode()), tools)


@pytest.mark.parametrize("number", range(24))
def test_any_text(number: int, rules_alone: Toolkit) -> None:
    _read_made_texts(number, 250, rules_alone)


@pytest.mark.parametrize("number", range(6))
def test_any_text_with_the_model(number: int, toolkit: Toolkit) -> None:
    _read_made_texts(1000 + number, 60, toolkit)


def _read_made_texts(first: int, examples: int, toolkit: Toolkit) -> None:
    """Read so many texts, those that the seed `first` makes."""

    @seed(first)
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(texts())
    def run(text: str) -> None:
        read_through(page_of(text.encode("utf-8")), toolkit)

    run()


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_damaged_bytes_of_real_pages(encoding: str, number: int, rules_alone: Toolkit) -> None:
    rng = random.Random(f"{encoding} {number}")
    for _ in range(90):
        data = _encoded(rng.choice(real_pages()), encoding)
        read_through(page_of(mutated(data, rng)), rules_alone)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_damaged_bytes_with_the_model(encoding: str, toolkit: Toolkit) -> None:
    rng = random.Random(f"model {encoding}")
    for _ in range(20):
        data = _encoded(rng.choice(real_pages()), encoding)
        read_through(page_of(mutated(data, rng)), toolkit)


@pytest.mark.parametrize("number", range(6))
def test_pieces_of_real_pages_in_any_order(number: int, rules_alone: Toolkit) -> None:
    rng = random.Random(number)
    for _ in range(10):
        read_through(page_of(shuffled(rng, 1500).encode()), rules_alone)


def test_no_decoded_text_holds_half_a_character() -> None:
    """A lone surrogate could be written to no table; no bytes are decoded to one."""
    rng = random.Random(7)
    half = "中文\ud800国\udfff。"
    found = [half.encode(e, "surrogatepass") for e in ("utf-8", "utf-16-le", "utf-16-be")]
    found += [mutated(_encoded(p, "utf-16"), rng) for p in real_pages() for _ in range(20)]
    decoded = [d for d in map(decode, found) if d is not None]
    assert len(decoded) >= 20
    assert not any("\ud800" <= c <= "\udfff" for d in decoded for c in d.text)


@pytest.mark.parametrize("kind", LARGE)
def test_no_kind_of_page_takes_more_time_than_in_proportion(
    kind: str, rules_alone: Toolkit
) -> None:
    """Twenty thousand characters: a quadratic step would take minutes where it took a second."""
    text = LARGE[kind](20_000)
    read_through(Page("0" * 16, "page.txt", "0" * 64, "utf-8", text), rules_alone, 60.0)


@pytest.mark.parametrize("kind", ["suffixes", "line ends", "digits", "open brackets"])
def test_a_large_page_is_read_to_its_end(kind: str, rules_alone: Toolkit) -> None:
    text = LARGE[kind](300_000 if kind != "suffixes" else 60_000) + "\n共有41家企业。"
    result = read_through(Page("0" * 16, "page.txt", "0" * 64, "utf-8", text), rules_alone, 120.0)
    assert [c.value for s in result.stories for c in s.mentions.counts][-1] == 41
