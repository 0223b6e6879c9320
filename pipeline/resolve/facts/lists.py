"""Counts in lists: ``甲、乙分别占48%、50%``, ``11个、9个``, ``10名、6名队员``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from pipeline.records import Count
from pipeline.resolve.facts.candidates import SHARES, SUMMED, Memory, Subject, View
from pipeline.resolve.facts.clauses import NOMINAL, PREDICATES, REACH, clause_end, strip_links
from pipeline.resolve.facts.phrases import PREFIXES, phrase_before
from pipeline.resolve.facts.right_phrases import right_phrase
from pipeline.resolve.facts.tokens import Kind, Token


def paired(v: View) -> dict[int, Subject]:
    """``甲、乙分别占48%、50%``: subjects of all counts of a list, each its own noun."""
    tokens = v.tokens
    signs = [i for i in range(v.start, v.at) if tokens[i].kind in (Kind.EACH, Kind.SHARE)]
    if not signs:
        return {}
    listed = series(tokens, v.at)
    parts = coordinated(tokens, v.start, strip_links(tokens, v.start, signs[0]))
    if len(parts) != len(listed) or len(parts) < 2 or min(map(len, parts)) < 2:
        return {}
    head = parts[-1].partition("的")[2]
    if head and not any(head in part or "的" in part for part in parts[:-1]):
        parts = [*(f"{part}的{head}" for part in parts[:-1]), parts[-1]]  # 大豆和玉米的产量
    shares = any(tokens[i].kind is Kind.SHARE for i in signs) and v.percent
    suffix = "占比" if shares else ""
    return {
        i: Subject(part + suffix, "subject:paired", part)
        for i, part in zip(listed, parts, strict=True)
    }


def respective(v: View, found: Mapping[int, Subject]) -> dict[int, Subject]:
    """``孤儿40名，老人12名，分别减少3名和增加5名``: the n-th change is that of the n-th number."""
    tokens = v.tokens
    each = next((i for i in range(v.start, v.at) if tokens[i].kind is Kind.EACH), None)
    if each is None or not any(t.kind is Kind.CHANGE for t in tokens[each : v.at]):
        return {}
    changed = [i for i in range(v.at, clause_end(tokens, v.at)) if tokens[i].kind is Kind.COUNT]
    earlier = [i for i in _numbers_before(tokens, v.start) if i in found]
    shares = {i for i in earlier if _unit(tokens[i]) in SHARES}
    planned: dict[int, Subject] = {}
    for unit in dict.fromkeys(_unit(tokens[i]) for i in changed):
        mine = [i for i in changed if _unit(tokens[i]) == unit]
        theirs = [i for i in earlier if _unit(tokens[i]) == unit]
        if unit in SHARES:
            theirs = [i for i in earlier if i not in shares] or theirs
        if len(changed) < 2 or len(theirs) < len(mine):
            return {}
        for i, source in zip(mine, theirs[-len(mine) :], strict=True):
            signs = [t.text for t in tokens[each:i] if t.kind is Kind.CHANGE]
            noun = found[source].bare
            planned[i] = Subject(noun + signs[-1], "subject:growth", noun)
    return planned


def _unit(t: Token) -> str | None:
    return t.mention.unit if isinstance(t.mention, Count) else None


def _numbers_before(tokens: Sequence[Token], at: int) -> list[int]:
    """The counts before `at` in its sentence, in order."""
    found: list[int] = []
    for i in range(at - 1, max(-1, at - REACH), -1):
        if tokens[i].kind is Kind.STOP and tokens[i].text[0] != "；":
            break
        if tokens[i].kind is Kind.COUNT:
            found.append(i)
    return found[::-1]


def before_each(v: View) -> Subject | None:
    """``省、州、县三级公益金分别补助1万元``: what each of the numbers is of."""
    for i in range(v.start, v.at):
        if v.tokens[i].kind is Kind.EACH:
            phrase = phrase_before(v.tokens, v.start, i)
            if len(phrase.text) > 2 and not SUMMED.match(phrase.text):
                return Subject(phrase.text, "subject:each")
    return None


def list_before(v: View, found: Mapping[int, Subject], memory: Memory) -> Subject | None:
    """A later number of a list (``11个、9个``) counts what the one before it counts.

    A sum of money behind people (``3284人、443万元``) takes up the last such sum.
    """
    if v.start < v.at:
        return None
    before = v.at - 1
    while before > 0 and v.tokens[before].kind in (Kind.PAUSE, *NOMINAL):
        before -= 1
    between = v.tokens[before + 1 : v.at]
    if between and all(t.kind in NOMINAL for t in between):
        return None  # 6栋楼236户
    alike = memory.alike(v.count.unit)
    of_people = (_unit(v.tokens[before]) or "") in v.words.roles["people-unit"]
    if alike and of_people and v.unit_kind == "currency":
        return Subject(alike.bare, "subject:elided")
    return replace(found[before], rule="subject:list") if before in found else None


def list_after(v: View) -> Subject | None:
    """An earlier number shares the noun behind the last: ``10名、6名队员``, ``5大类24项服务``."""
    listed = series(v.tokens, v.at)
    if v.at + 1 < len(v.tokens) and v.tokens[v.at + 1].kind is Kind.COUNT:
        listed = [v.at, v.at + 1]
    if len(listed) < 2:
        return None
    if any(t.kind in NOMINAL for t in v.tokens[v.at + 1 : listed[-1]]):
        return None
    right = right_phrase(v.tokens, listed[-1] + 1)
    return Subject(right.text, "subject:list") if right.text else None


def series(tokens: Sequence[Token], at: int) -> list[int]:
    """The counts of a list joined by 、 and 和 that begins at `at`, as far as a clause goes."""
    found = [at]
    while found[-1] - at < REACH:
        following = _next_in_series(tokens, found[-1])
        if following is None:
            break
        found.append(following)
    return found


def _next_in_series(tokens: Sequence[Token], at: int) -> int | None:
    joined = False
    for i in range(at + 1, min(at + 7, len(tokens))):
        kind = tokens[i].kind
        if kind is Kind.COUNT:
            return i if joined else None
        joined = joined or kind is Kind.PAUSE
        if kind is not Kind.PAUSE and kind not in NOMINAL and kind is not Kind.DATE:
            return None
    return None


def coordinated(tokens: Sequence[Token], first: int, last: int) -> list[str]:
    """Nouns joined by 、 and 和 in ``[first, last)``, each as text; [] where it is no list."""
    parts: list[list[Token]] = [[]]
    modifiers = 0  # verbs that are coordinated themselves: 集中、分散供养标准
    for i, t in enumerate(tokens[first:last], start=first):
        before = tokens[i - 1] if i > first else None
        if t.kind is Kind.PAUSE:
            parts.append([])
        elif t.text in PREFIXES and tokens[i + 1].kind in PREDICATES:
            parts[-1].append(t)
        elif before and before.text in PREFIXES and t.kind in PREDICATES:
            parts[-1].append(t)  # 未参保人员
        elif t.kind is Kind.VERB and (
            tokens[i + 1].kind is Kind.PAUSE
            or (modifiers == len(parts) - 1 > 0 and not parts[-1] and i + 1 < last)
        ):
            parts[-1].append(t)
            modifiers += 1
        elif t.kind in NOMINAL or t.kind is Kind.STATE or (t.kind is Kind.DE and parts[-1]):
            parts[-1].append(t)
        elif t.kind not in (Kind.ADVERB, Kind.DEICTIC, Kind.DATE):
            parts = [[]]
    if not all(parts):
        return []
    texts = ["".join(t.text for t in part) for part in parts]
    tail = parts[-1]
    if len(tail) > 1 and tail[-1].figure and not any(p[-1].figure for p in parts[:-1]):
        shared = "".join(t.text for t in tail[1:])  # 养老、失业保险参保人数
        texts = [*(text + shared for text in texts[:-1]), texts[-1]]
    return texts
