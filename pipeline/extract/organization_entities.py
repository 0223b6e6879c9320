"""Organizations that the language model finds where no rule does.

Rules go first: they follow the guidelines in where a name begins and ends (offices of a list,
departments within a name), while the model knows names that no list holds. So an entity counts
only where no rule found a name, and only if it is a name and not a kind: some word of it must
be a proper noun, an abbreviation or Latin letters. 港口集团 and 社区服务中心 are kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.extract.organization_tokens import HEAD, Vocabulary
from pipeline.records import Field, Mention, OrganizationName, Reading

CONFIDENCE = 0.7
OTHER = "company"  # names without a suffix that says what they are: mostly firms
_PROPER = ("nr", "ns", "nt", "nz", "nx", "j")  # parts of speech of words that name
_LATIN = re.compile("[A-Za-z]")
_LONGEST_SUFFIX = 7


def named_entities(
    text: str,
    field: Field,
    reading: Reading,
    found: Sequence[Mention],
    places: Sequence[Mention],
    blocks: frozenset[str],
    vocabulary: Vocabulary,
) -> Iterator[OrganizationName]:
    """Organizations among the entities of `reading` that meet no name `found`, in order.

    `places` are those of the same text: a name may hold some, but is none itself. `blocks` are
    surfaces that are never names.
    """
    words = reading.words
    at = 0
    for e in reading.entities:
        name = text[e.start : e.end]
        if e.label != "ORG" or name in blocks or len(name) < 2:
            continue
        if any(m.start < e.end and e.start < m.end for m in found):
            continue
        if any(p.start <= e.start and e.end <= p.end for p in places):
            continue
        while at < len(words) and words[at].end <= e.start:
            at += 1
        inside = []
        for word in words[at:]:
            if word.start >= e.end:
                break
            inside.append(word)
        if not (_LATIN.search(name) or any(w.pos in _PROPER for w in inside)):
            continue
        kind = _kind(name, vocabulary)
        yield OrganizationName(
            field, e.start, e.end, name, "ner", CONFIDENCE, kind, "own", 0, "", ""
        )


def _kind(name: str, vocabulary: Vocabulary) -> str:
    """The kind that the longest suffix of `name` has in rules/organization_suffixes.tsv."""
    for length in range(min(_LONGEST_SUFFIX, len(name) - 1), 0, -1):
        role, rule = vocabulary.roles.get(name[-length:], ("", None))
        if role == HEAD and rule is not None:
            return rule["kind"]
    return OTHER
