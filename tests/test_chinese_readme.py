"""README.zh-CN.md says what README.md says: same commands, sections, links and figures."""

from __future__ import annotations

import re

import pytest

from tests.support.chinese import commands, in_chinese
from tests.support.docs import CHINESE, README

_LINK = re.compile(r"\]\(([^)]+)\)")
_CODES = re.compile(r"^\| (\d+) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text("utf-8")


@pytest.fixture(scope="module")
def chinese() -> str:
    return CHINESE.read_text("utf-8")


def test_blocks_columns_and_figures_are_the_same(readme: str, chinese: str) -> None:
    assert in_chinese(chinese, readme) == chinese, "run `make docs`"


def _sections(text: str) -> list[str]:
    """What stands under each heading."""
    return re.split(r"^## .+$", text, flags=re.MULTILINE)


def test_sections_have_the_same_commands_links_and_codes(readme: str, chinese: str) -> None:
    ours, theirs = _sections(chinese), _sections(readme)
    assert len(ours) == len(theirs), "a section of README.md is missing in README.zh-CN.md"
    for here, there in zip(ours[1:], theirs[1:], strict=True):
        heading = chinese[: chinese.index(here)].splitlines()[-1]
        assert commands(here) == commands(there), heading
        assert set(_LINK.findall(here)) == set(_LINK.findall(there)), heading
        assert _CODES.findall(here) == _CODES.findall(there), heading


def test_each_leads_to_the_other(readme: str, chinese: str) -> None:
    assert "(README.zh-CN.md)" in readme.splitlines()[2]
    assert "(README.md)" in chinese.splitlines()[2]


@pytest.mark.parametrize(
    ("text", "cure"),
    [("```sh\nls\n```\n", "give README.zh-CN.md a block"), ("", "add it to tests/support/chinese")],
)
def test_what_is_missing_is_told(readme: str, chinese: str, text: str, cure: str) -> None:
    changed = (readme + text).replace("`org`", "`orb`")
    with pytest.raises(ValueError, match=cure):
        in_chinese(chinese, changed)
