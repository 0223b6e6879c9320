"""Names of which the rules found only parts, put together.

A branch behind its parent is one name with it (考古研究所 + 安阳工作站), and so are a parent and
what the language model adds to it, where that ends as names do (清华大学 + 社会治理与发展研究院).
What the rules cut within a word, or behind a word that they do not know, begins where the
model says.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from pipeline.extract.meeting import meeting, meeting_range
from pipeline.extract.organization_tokens import HEAD, Dictionary, Vocabulary, suffix_rule
from pipeline.extract.organization_words import OrganizationWords
from pipeline.records import Entity, OrganizationName, PlaceName, Reading

_FARTHEST = 14  # characters that the model may add at either end
_OWN = ("place", "own")  # leads of names that may be the branch of the one before
_PARENTS = frozenset(
    (
        *("government", "police", "party", "research", "school", "hospital", "company", "bank"),
        *("military", "association"),
    )
)
_HOUSES = _PARENTS - {"hospital", "party"}  # whose departments are named
_NOUNS = frozenset("nbj")
_LEVELS = tuple("省市区县州旗盟镇乡")
_CLAUSE = ("v", "p", "c", "u", "d", "r", "y", "e", "t", "m", "q", "f", "w")  # parts of speech


def joined(
    text: str,
    found: Sequence[OrganizationName],
    places: Sequence[PlaceName],
    reading: Reading,
    vocabulary: Vocabulary,
) -> list[OrganizationName]:
    """`found`, in order, with parts of one name put together; `places` of the same text.

    All are in reading order and do not overlap, and so is what comes back.
    """
    names: list[OrganizationName] = []
    for n in found:
        if names and names[-1].end == n.start and _branch_of(names[-1], n, vocabulary.listed):
            names[-1] = _extended(text, names[-1], n.end, n)
        else:
            names.append(n)
    dictionary = Dictionary.of(reading.words)
    names = _with_departments(text, names, dictionary, vocabulary)
    done: list[OrganizationName] = []
    at = 0
    for e in reading.entities:
        first, last = meeting_range(names, e)
        if e.label != "ORG" or not at <= first < last or names[last - 1].end > e.end:
            continue
        parts = names[first:last]
        longer: OrganizationName | None = None
        if parts[0].start <= e.start and parts[0].end < e.end:
            if _goes_on(text, parts, e, dictionary, vocabulary):
                longer = _farther(text, parts[0], e.end, vocabulary)
        elif e.start < parts[0].start and parts[0].end == e.end:
            longer = _from_left(text, parts[0], e, places, dictionary, vocabulary.listed)
        elif parts[0].start < e.start and parts[0].end == e.end:
            longer = _without_kind(text, parts[0], e, places, dictionary, vocabulary.listed)
        if longer is not None:
            done += names[at:first]
            done.append(longer)
            at = last
    return [*done, *names[at:]]


def _branch_of(parent: OrganizationName, n: OrganizationName, words: OrganizationWords) -> bool:
    """Whether `n`, right behind `parent`, is a part of it."""
    if n.lead not in _OWN or parent.kind not in _PARENTS or parent.text.endswith("中国"):
        return False
    office = n.lead == "place" and n.text[: n.prefix].endswith(_LEVELS)
    if office and n.kind in ("government", "party", "court", "congress"):
        return False
    return n.text.endswith(words.branches) and not n.text.startswith(words.not_joined)


def _with_departments(
    text: str, names: Sequence[OrganizationName], dictionary: Dictionary, vocabulary: Vocabulary
) -> list[OrganizationName]:
    """`names` with the department that follows each: 民政厅 + 社会救助处, 工学院 + 函授部."""
    longer = []
    for at, n in enumerate(names, start=1):
        after = names[at].start if at < len(names) else len(text)
        tail = n.kind in _HOUSES and n.lead != "alias" and n.end < len(text)
        end = _department_end(text, n.end, after, dictionary, vocabulary) if tail else None
        longer.append(n if end is None else _farther(text, n, end, vocabulary))
    return longer


def _department_end(
    text: str, start: int, after: int, dictionary: Dictionary, vocabulary: Vocabulary
) -> int | None:
    """Where the department ends that begins at `start`, in words of a name; None for none."""
    if text.startswith(vocabulary.listed.not_joined, start):
        return None
    found, at = None, start
    for w in dictionary.inside(start, min(after, start + _FARTHEST)):
        named = w.pos[:1] in _NOUNS or w.pos in ("vn", "an", "t")
        if w.start != at or not named:
            break
        at = w.end
        word = text[w.start : w.end]
        role = vocabulary.roles.get(word)
        known = role is None or role[0] == HEAD
        if known and at - start > 2 and _is_department(word, vocabulary.listed):
            found = at
    return found


def _is_department(word: str, words: OrganizationWords) -> bool:
    return word.endswith(words.departments) and not word.endswith(words.no_departments)


def _goes_on(
    text: str,
    parts: Sequence[OrganizationName],
    e: Entity,
    dictionary: Dictionary,
    vocabulary: Vocabulary,
) -> bool:
    """Whether the rest of `e` behind the first of its `parts` belongs to the name."""
    start = parts[0].end
    tail, words = text[start : e.end], vocabulary.listed
    if len(tail) > _FARTHEST or parts[0].kind == "media" or tail.startswith(words.not_joined):
        return False
    if (
        len(parts) > 2
        or any(p.lead not in _OWN for p in parts[1:])
        or any(d in tail for d in words.dealings)
    ):
        return False
    suffix = suffix_rule(text, start, e.end, vocabulary)
    if suffix is None or suffix.surface == tail or suffix["proof"] == "own":
        return False
    return len(suffix.surface) > 1 and _of_a_name(start, e.end, dictionary)


def _of_a_name(start: int, end: int, dictionary: Dictionary) -> bool:
    """Whether the words of ``[start, end)`` are those of a name: no verbs, no particles."""
    words = list(dictionary.inside(start, end))
    whole = bool(words) and words[0].start == start and words[-1].end == end
    return whole and not any(w.pos[:1] in _CLAUSE and w.pos not in ("vn", "m") for w in words)


def _from_left(
    text: str,
    name: OrganizationName,
    e: Entity,
    places: Sequence[PlaceName],
    dictionary: Dictionary,
    listed: OrganizationWords,
) -> OrganizationName | None:
    """`name` from where `e` begins, where the rules began too late."""
    added = text[e.start : name.start]
    if (
        len(added) > _FARTHEST
        or added[0].isdecimal()
        or name.lead not in ("own", "level")
        or "公司" in added
    ):
        return None
    if any(d in added for d in listed.dealings):
        return None
    inner = meeting(places, e)
    head = next((p for p in inner if p.start == e.start), None)
    cut = dictionary.cut(name.start)
    if head is not None and head.end == name.start and not cut:
        return None  # 美国 + 微软公司
    words = [w for w in dictionary.inside(e.start, e.end) if w.start < name.start]
    if not words or words[0].start != e.start:
        return None
    if any(w.pos[:1] in _CLAUSE and w.pos != "vn" for w in words):
        return None
    if head is None and not any(w.pos in ("ns", "nr", "nz", "nt", "nx", "j") for w in words):
        return None
    prefix = head.end - e.start if head is not None else 0
    return replace(
        name,
        start=e.start,
        text=text[e.start : name.end],
        lead="place" if prefix else "own",
        prefix=prefix,
        full="",
    )


def _without_kind(
    text: str,
    name: OrganizationName,
    e: Entity,
    places: Sequence[PlaceName],
    dictionary: Dictionary,
    listed: OrganizationWords,
) -> OrganizationName | None:
    """`name` from where `e` begins, behind a verb or a kind (子公司 + 江苏阳光集团)."""
    before = text[name.start : e.start]
    if name.lead != "own" or before in ("国营", "中", "新", "大"):
        return None
    kind = before.endswith(listed.before_firms) and not before.endswith(("有限公司", "集团公司"))
    words = list(dictionary.inside(name.start, e.start))
    verb = bool(words) and words[-1].end == e.start and words[-1].pos[:1] in ("v", "p", "d", "f")
    if not kind and not (verb and words[-1].pos != "vn"):
        return None
    head = next((p for p in meeting(places, e) if p.start == e.start), None)
    level = text[e.start] in _LEVELS and head is None
    prefix = 1 if level else head.end - e.start if head is not None else 0
    return replace(
        name,
        start=e.start,
        text=text[e.start : name.end],
        lead="level" if level else "place" if prefix else "own",
        prefix=prefix,
    )


def _farther(
    text: str, name: OrganizationName, end: int, vocabulary: Vocabulary
) -> OrganizationName:
    suffix = suffix_rule(text, name.end, end, vocabulary)
    longer = _extended(text, name, end, name)
    return longer if suffix is None else replace(longer, kind=suffix["kind"])


def _extended(
    text: str, name: OrganizationName, end: int, last: OrganizationName
) -> OrganizationName:
    """`name` up to `end`, of the kind and by the rule of its `last` part."""
    whole = text[name.start : end]
    full = name.full + text[name.end : end] if name.full else ""
    return replace(name, end=end, text=whole, rule=last.rule, kind=last.kind, full=full)
