"""Words that end most names but stand inside some: 与, callings, verbs that are names.

A walk to the left (see organization_boundaries) asks here before it stops at a stop word.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.extract.organization_tokens import (
    FIXED,
    HEAD,
    LEAD,
    LEVEL,
    NOUN,
    PLACE,
    UNKNOWN,
    NameToken,
)

# What departments are for, words that end the names of other institutions.
_FIELDS = frozenset(("城市", "社会", "社区", "地区", "乡镇", "大学生", "公共", "党委政府"))
_IN_COMPANIES = frozenset("再为同使令受兼更最才")


def crossed(tokens: Sequence[NameToken], at: int, head: int) -> bool:
    """Whether the stop word ``tokens[at]`` is a part of the name that ends at `head`."""
    return (
        _joins(tokens, at)
        or _in_company(tokens, at, head)
        or _of_a_calling(tokens, at, head)
        or _between_nouns(tokens, at, head)
        or _in_department(tokens, at, head)
    )


def _joins(tokens: Sequence[NameToken], at: int) -> bool:
    """Whether 与 or 和 stands inside a name: 中国 + 物流 + 与 + 采购 + 联合会."""
    if tokens[at].text not in ("和", "与", "及") or not 2 <= at < len(tokens) - 2:
        return False
    if tokens[at - 1].role != NOUN or tokens[at + 1].role != NOUN:
        return False
    i = at - 1
    while i > 0 and tokens[i].role == NOUN and tokens[at].start - tokens[i].start < 8:
        i -= 1
    return tokens[i].role in (PLACE, LEVEL, LEAD, FIXED) or (
        tokens[i].role == HEAD
        and i > 0
        and tokens[i].rule is not None
        and tokens[i].rule["kind"] in ("government", "research", "school")  # type: ignore[index]
    )


def _in_company(tokens: Sequence[NameToken], at: int, head: int) -> bool:
    """Whether a common word is a company's own name (北京 + 腾飞 + 科技有限公司, 兴发 + 集团)."""
    t = tokens[at]
    if tokens[head].text.endswith("有限公司") and at:
        alone = t.rule is None and len(t.text) == 2
        near = tokens[at - 1].role == PLACE or (
            at > 1 and tokens[at - 2].role == PLACE and len(tokens[at - 1].text) == 1
        )
        return near and (alone or t.text in _IN_COMPANIES)
    return tokens[head].text == "集团" and at == head - 1 and t.rule is None and len(t.text) == 2


def _between_nouns(tokens: Sequence[NameToken], at: int, head: int) -> bool:
    """Whether an unlisted verb says what an institution does (国际贸易 + 促进 + 协会)."""
    rule = tokens[head].rule
    return (
        at == head - 1
        and at > 0
        and tokens[at].rule is None
        and len(tokens[at].text) == 2
        and tokens[at - 1].role in (NOUN, LEAD)
        and rule is not None
        and rule["kind"] in ("association", "government", "research")
    )


def _of_a_calling(tokens: Sequence[NameToken], at: int, head: int) -> bool:
    """Whether a title says whose association it is: 中国 + 书法家 + 协会."""
    title, rule = tokens[at].rule, tokens[head].rule
    return (
        at == head - 1
        and title is not None
        and title["class"] == "title"
        and rule is not None
        and rule["kind"] == "association"
    )


def _in_department(tokens: Sequence[NameToken], at: int, head: int) -> bool:
    """Whether a word tells what a department is for (民政厅 + 城市 + 社会福利处)."""
    if tokens[at].text not in _FIELDS:
        return False
    for i in range(at - 1, max(at - 4, -1), -1):
        t = tokens[i]
        if t.role in (HEAD, FIXED):
            rule = t.rule
            return rule is not None and rule.fields.get("kind") in ("government", "congress")
        if t.role != NOUN and t.text not in _FIELDS:
            return False
    return False


def part_of_word(tokens: Sequence[NameToken], fixed: int) -> bool:
    """Whether a short fixed name stands inside a longer unknown one (中达 + 瑞银 + 投资)."""
    if not fixed or len(tokens[fixed].text) > 2:
        return False
    before = tokens[fixed - 1]
    return before.role == UNKNOWN and len(before.text) <= 3
