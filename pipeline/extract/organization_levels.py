"""Whether a level without its area (市, 镇, 地区) stands for one area and so opens a name.

A walk to the left (see organization_boundaries) asks here where it comes to a level.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.extract.organization_tokens import NOUN, STOP, UNKNOWN, NameToken
from pipeline.extract.organization_words import OrganizationWords

WIDE_LEVELS = ("地区", "行署", "街道")  # levels that are also common words
_TOWNS = ("镇", "乡")
# Characters after which a level means many areas or another one: 各市, 邻县.
_NOT_BEFORE_LEVEL = frozenset("各某两几该每个全本我外邻这那多余等名")
_VERBS = frozenset("去回进赴找问请给帮送盼")  # before a level they are a word of their own


def opens(tokens: Sequence[NameToken], level: int, head: int, words: OrganizationWords) -> bool:
    """Whether 地区 or 街道 stands for one area: 地区公安处, but not 贫困地区卫生院."""
    if level and tokens[level - 1].role != STOP:
        return False
    if level and tokens[level - 1].text[-1] in _NOT_BEFORE_LEVEL:
        return False
    office = level == head - 1 and tokens[head].text in words.town_offices
    if tokens[level].text == "街道" and not office:
        return False
    return level < head and all(t.role == NOUN for t in tokens[level + 1 : head])


def means_one(tokens: Sequence[NameToken], level: int, head: int, words: OrganizationWords) -> bool:
    """Whether the bare level ``tokens[level]`` opens the name that ends at `head`.

    A town has few offices of which there is but one (镇党委, 镇派出所); a village is too small.
    """
    text = tokens[level].text
    if text in _TOWNS:
        own = (
            level > 0
            and tokens[level - 1].role in (UNKNOWN, NOUN)
            and tokens[level - 1].text not in _VERBS
        )
        if own or level < head - 1 or tokens[head].text not in words.town_offices:
            return False
    return text != "村" and _specific(tokens, level)


def _specific(tokens: Sequence[NameToken], level: int) -> bool:
    """Whether a bare level means one area: 市民政局, not 各市民政局 or 5个县公安局."""
    if not level:
        return True
    before = tokens[level - 1]
    if before.role == UNKNOWN and len(before.text) == 1:
        return before.text in _VERBS  # 特 + 区, 灾 + 区
    return before.text[-1] not in _NOT_BEFORE_LEVEL and not before.text[-1].isdigit()
