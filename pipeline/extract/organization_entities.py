"""Organizations that the language model finds where no rule does.

Rules go first: they follow the guidelines in where a name begins and ends (offices of a list,
departments within a name), while the model knows names that no list holds. So an entity counts
only where no rule found a name, and only if it is a name and not a kind: some word of it must
be a proper noun, an abbreviation or Latin letters. 港口集团 is a kind. A place at its head is
proof with a suffix of names at its end; 内蒙古社会组织 and 江苏公司 are kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from pipeline.extract.meeting import meeting
from pipeline.extract.organization_tokens import HEAD, Vocabulary, suffix_rule
from pipeline.records import Field, Mention, OrganizationName, PlaceName, Reading
from pipeline.rulebook import Rule

CONFIDENCE = 0.7
OTHER = "company"  # names without a suffix that says what they are: mostly firms
_PROPER = ("nr", "ns", "nt", "nz", "nx", "j")  # parts of speech of words that name
_LATIN = re.compile("[A-Za-z]")
# What the model takes for institutions and is none: meetings, works, trains, communes, bare heads.
_NONE = re.compile(
    "(?:共同体|高铁|班列|电站|水库|机场|公社|人代会|党代会|全会|峰会|博览会|运动会|[奥亚]运会|冬奥会"
    "|十[一二三四五六七八九]?大|二十大|[省市县区州旗](?:村委会|居委会))$|^(?:政协|常委会|纪委|人大|内阁|党委|支部)$"
)
_UNHEARD = ("school", "hospital", "police")  # kinds that bear names of places nobody lists
_SIDES = (
    "共产党",
    "反对党",
    "执政党",
    "在野党",
    "政党",
    "多数党",
    "少数党",
    "全党",
    "入党",
    "建党",
)
_WHOLE = 4  # characters behind a place that no chance puts before a suffix


def named_entities(
    text: str,
    field: Field,
    reading: Reading,
    found: Sequence[Mention],
    places: Sequence[PlaceName],
    blocks: frozenset[str],
    vocabulary: Vocabulary,
) -> Iterator[OrganizationName]:
    """Organizations among the entities of `reading` that meet no name `found`, in order.

    `found` and `places`, those of the same text, are in order and do not overlap. A name may
    hold places, but is none itself. `blocks` are surfaces that are never names.
    """
    for e in reading.entities:
        name = text[e.start : e.end]
        if e.label != "ORG" or name in blocks or len(name) < 2 or meeting(found, e):
            continue
        inner = meeting(places, e)
        if any(p.start <= e.start and e.end <= p.end for p in inner):
            continue
        head = next((p for p in inner if p.start == e.start), None)
        prefix = head.end - head.start if head else 0
        own = [w for w in meeting(reading.words, e) if w.start >= e.start + prefix]
        proper = _LATIN.search(name) or any(w.pos in _PROPER for w in own)
        sure = head is not None and head.strength == "sure"
        suffix = suffix_rule(name, 1, len(name), vocabulary)
        named = proper or (sure and _names(name[prefix:], blocks, vocabulary))
        known = named and not _is_suffix(name, vocabulary)  # 信托公司 is a kind
        if _torn(name) or _NONE.search(name) or not (known or _surely(name, suffix, vocabulary)):
            continue
        if suffix is not None and name[prefix : -len(suffix.surface)] in vocabulary.listed.sorts:
            continue  # 上海 + 民营 + 医院
        lead: Literal["place", "own"] = "place" if prefix else "own"
        kind = suffix["kind"] if suffix else OTHER
        yield OrganizationName(
            field, e.start, e.end, name, "ner", CONFIDENCE, kind, lead, prefix, "", ""
        )


def _surely(name: str, suffix: Rule | None, vocabulary: Vocabulary) -> bool:
    """Whether a name without a proper noun is one by its suffix.

    Schools and hospitals bear names of places that are no words (横泾中学), parties those of
    ideas (新民主党); chambers and ministries abroad are named by their kind alone (能源部).
    """
    if name.endswith("党"):
        return len(name) > 2 and not name.endswith(_SIDES)
    if name.endswith(("联盟", "阵线")):
        return len(name) > 4
    role, rule = vocabulary.roles.get(name, ("", None))
    if role == HEAD and rule is not None and rule["kind"] == "government":
        return name.endswith(("部", "众议院", "参议院"))
    if suffix is None or suffix["kind"] not in _UNHEARD:
        return False
    own = name[: -len(suffix.surface)]
    if suffix["kind"] == "police" and suffix.surface != "派出所":
        return False
    return 1 < len(own) < 4 and not any(vocabulary.words.find(own))


def _torn(name: str) -> bool:
    """Whether a quotation mark lacks its other one (青岛“时间银行), or two parts are joined by a
    colon (重庆：社区基金会)."""
    return (
        "：" in name or name.count("“") != name.count("”") or name.count("《") != name.count("》")
    )


def _is_suffix(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a text is the end of a name and nothing more."""
    return vocabulary.roles.get(text, ("", None))[0] == HEAD


def _names(rest: str, blocks: frozenset[str], vocabulary: Vocabulary) -> bool:
    """Whether `rest` behind a place makes a name with it: 产品质量监督检验院, not 公司, 人民会."""
    return (
        len(rest) >= _WHOLE
        and rest not in blocks
        and not _is_suffix(rest, vocabulary)
        and suffix_rule(rest, 1, len(rest), vocabulary) is not None
    )
