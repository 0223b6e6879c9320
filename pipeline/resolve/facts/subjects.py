"""Which noun phrase a count counts.

One pass over the tokens of a field, count by count, with a short memory of the subjects
before it for elided heads (``其中63家``), shares, growth and lists that share one noun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.records import Count
from pipeline.resolve.facts.phrases import (
    NOMINAL,
    Phrase,
    clause_end,
    clause_start,
    head_of,
    left_phrase,
    right_phrase,
    span_text,
    strip_links,
)
from pipeline.resolve.facts.tokens import Kind, Token

PEOPLE = frozenset({"人", "名", "位", "个", "口"})
SHARES = frozenset({"%", "‰", "个百分点", "倍"})


@dataclass(frozen=True, slots=True)
class Subject:
    """The counted thing, how it was found (`rule`), and how far that can be trusted."""

    text: str
    rule: str
    confidence: float


NONE = Subject("", "subject:none", 0.2)


@dataclass(slots=True)
class _Memory:
    """Subjects already found in this field, newest last."""

    found: list[tuple[Subject, str | None]] = field(default_factory=list)

    def last(self, unit: str | None = None) -> Subject | None:
        """The newest subject; with `unit`, the newest of that unit (people count as one)."""
        for subject, u in reversed(self.found[-6:]):
            if not subject.text:
                continue
            if unit is None or u == unit or (u in PEOPLE and unit in PEOPLE):
                return subject
        return None


@dataclass(frozen=True, slots=True)
class _View:
    """One count and its surroundings: tokens ``[start, at)`` before it belong to it."""

    tokens: Sequence[Token]
    at: int
    start: int
    count: Count
    classifier: bool

    @property
    def end(self) -> int:
        """The end of what stands before the count, links stripped."""
        return strip_links(self.tokens, self.start, self.at)


def find_subjects(tokens: Sequence[Token], unit_kinds: Mapping[str, str]) -> dict[int, Subject]:
    """Subjects of all counts, by the index of their token."""
    memory = _Memory()
    found: dict[int, Subject] = {}
    used = 0  # tokens before this belong to an earlier count
    for at, token in enumerate(tokens):
        if token.kind is not Kind.COUNT or not isinstance(token.mention, Count):
            continue
        count = token.mention
        start = max(clause_start(tokens, at), used)
        while start < at and tokens[start].kind is Kind.PAUSE:
            start += 1
        classifier = unit_kinds.get(count.unit or "", "classifier") == "classifier"
        view = _View(tokens, at, start, count, classifier)
        subject, used_to = _subject(view, memory, found)
        used = max(used_to, at + 1)
        subject = replace(subject, text=clean_subject(subject.text))
        found[at] = subject
        memory.found.append((subject, count.unit))
    return found


def _subject(v: _View, memory: _Memory, found: Mapping[int, Subject]) -> tuple[Subject, int]:
    """The subject of one count, and the token behind the last one it used."""
    right = right_phrase(v.tokens, v.at + 1)
    special = _from_to(v, found) or _share(v, memory) or _growth(v, memory, right)
    if special:
        return special, v.at + 1
    left = left_phrase(v.tokens, v.start, v.end)
    if _right_wins(v, left, right):
        return Subject(right.text, "subject:right", 0.8), right.last
    paired = _distributed(v, found)
    if paired:
        return paired, v.at + 1
    if left.text and left.headless:
        head = memory.last(v.count.unit)
        text = left.text + ("的" + head_of(head.text) if head else "")
        return Subject(text, "subject:headless", 0.7), v.at + 1
    if left.text:
        return _rate(v, left, memory), v.at + 1
    if right.text:
        return Subject(right.text, "subject:right", 0.7), right.last
    return _elided(v, memory, found), v.at + 1


def _right_wins(v: _View, left: Phrase, right: Phrase) -> bool:
    """A classifier binds the noun behind it; a measure does so only as a verb's object."""
    if not right.text:
        return False
    has_de = v.tokens[v.at + 1].kind is Kind.DE
    if v.count.unit in SHARES:
        return has_de
    adjacent = bool(left.text) and left.last == v.at
    if v.classifier:
        return not (has_de and left.text) and not (adjacent and len(right.text) == 1)
    return not left.text or (not has_de and not adjacent and v.end == v.at)


def _rate(v: _View, left: Phrase, memory: _Memory) -> Subject:
    """``人均三百元``: the average of what was spoken of before."""
    if left.text in ("人均", "户均", "平均", "日均", "年均", "平均每人", "每人", "每户", "每亩"):
        last = memory.last()
        if last:
            return Subject(left.text + head_of(last.text), "subject:rate", 0.6)
    if left.text in ("总量", "总数", "数量", "总额", "面积", "其他", "总计", "金额"):
        last = memory.last()
        if last and left.text not in ("面积", "金额"):
            return Subject(head_of(last.text) + left.text, "subject:total", 0.6)
    return Subject(left.text, "subject:left", 0.8)


def _from_to(v: _View, found: Mapping[int, Subject]) -> Subject | None:
    """``由12名增加到19名``: both numbers count what stands before 由."""
    tokens, at = v.tokens, v.at
    origin = next(
        (i for i in range(at - 1, v.start - 1, -1) if tokens[i].text in ("由", "从")), None
    )
    if origin is not None and _goes_on_to(tokens, at):
        first = v.start if v.start < origin else clause_start(tokens, origin)
        phrase = left_phrase(tokens, first, strip_links(tokens, first, origin))
        if phrase.text:
            return Subject(phrase.text, "subject:from-to", 0.8)
        after = left_phrase(tokens, origin + 1, v.end)
        if after.text:
            return Subject(after.text, "subject:from-to", 0.6)
    if at - 1 in found or (at >= 2 and v.start > 0 and tokens[v.start - 1].kind is Kind.COUNT):
        previous = v.start - 1
        between = tokens[v.start : at]
        moves = any(_is_arrival(t) for t in between)
        if moves and previous in found and not any(t.kind in NOMINAL for t in between):
            return replace(found[previous], rule="subject:from-to")
    return None


def _goes_on_to(tokens: Sequence[Token], at: int) -> bool:
    """Whether a second number follows: ``…增加到19名``."""
    for t in tokens[at + 1 : at + 8]:
        if t.kind in (Kind.COUNT, Kind.COMMA, Kind.STOP):
            return False
        if _is_arrival(t):
            return True
    return False


def _is_arrival(t: Token) -> bool:
    return t.kind in (Kind.COPULA, Kind.PARTICLE) and (
        t.text.endswith(("到", "至", "为")) and t.text not in ("为",)
    )


def _share(v: _View, memory: _Memory) -> Subject | None:
    """``护理型床位占67.3%``: the part before 占, else what was spoken of before."""
    tokens = v.tokens
    where = next((i for i in range(v.at - 1, v.start - 1, -1) if tokens[i].kind is Kind.SHARE), None)
    if where is None:
        if v.count.unit in SHARES and span_text(tokens, v.start, v.end) in ("占比", "比重", "比例"):
            last = memory.last()
            return Subject(last.text + "占比", "subject:share", 0.7) if last else None
        return None
    suffix = "占比" if v.count.unit in SHARES else ""
    last = memory.last()
    end = strip_links(tokens, v.start, where)
    parts = _coordinated(tokens, v.start, end)
    series, position = _series(tokens, v.at)
    if len(parts) == len(series) > 1:
        return Subject(parts[position] + suffix, "subject:share", 0.8)
    phrase = left_phrase(tokens, v.start, end)
    if phrase.text:
        head = "的" + head_of(last.text) if phrase.headless and last else ""
        return Subject(phrase.text + head + suffix, "subject:share", 0.8)
    return Subject(last.text + suffix, "subject:share", 0.6) if last else None


def _growth(v: _View, memory: _Memory, right: Phrase) -> Subject | None:
    """``同比增长22.6%``: what grew, and that it grew."""
    tokens, end = v.tokens, v.end
    if end == v.start or tokens[end - 1].kind is not Kind.CHANGE:
        return None
    if right.text and v.classifier and v.count.unit not in SHARES:
        return None
    change = tokens[end - 1].text
    stop = end - 1
    for i in range(stop - 1, v.start - 1, -1):
        if tokens[i].text in ("比", "较", "与", "同"):
            stop = i
            break
    phrase = left_phrase(tokens, v.start, strip_links(tokens, v.start, stop))
    last = memory.last()
    if phrase.text in ("总量", "数量", "总数", "总额") and last:
        return Subject(head_of(last.text) + phrase.text + change, "subject:growth", 0.7)
    if phrase.text:
        return Subject(phrase.text + change, "subject:growth", 0.7)
    return Subject(head_of(last.text), "subject:growth", 0.6) if last else None


def _series(tokens: Sequence[Token], at: int) -> tuple[list[int], int]:
    """Counts that follow each other with only 、 (and nouns of their own) between them."""
    first = at
    while first >= 2 and tokens[first - 1].kind is Kind.PAUSE and _count_before(tokens, first - 1):
        first = _count_before(tokens, first - 1) or first
    series = [first]
    i = first
    while True:
        j = i + 1
        while j < len(tokens) and tokens[j].kind in NOMINAL and j < i + 4:
            j += 1
        if not (j + 1 < len(tokens) and tokens[j].kind is Kind.PAUSE):
            break
        if tokens[j + 1].kind is not Kind.COUNT:
            break
        i = j + 1
        series.append(i)
    return series, series.index(at) if at in series else 0


def _count_before(tokens: Sequence[Token], at: int) -> int | None:
    i = at - 1
    while i >= 0 and tokens[i].kind in NOMINAL and i > at - 4:
        i -= 1
    return i if i >= 0 and tokens[i].kind is Kind.COUNT else None


def _coordinated(tokens: Sequence[Token], first: int, last: int) -> list[str]:
    """Nouns joined by 、 and 和 that end at `last`, each as text."""
    parts: list[str] = []
    current = ""
    for t in tokens[first:last]:
        if t.kind is Kind.PAUSE:
            parts.append(current)
            current = ""
        elif t.kind in NOMINAL or t.kind in (Kind.DE, Kind.STATE):
            current += t.text
        elif t.kind not in (Kind.ADVERB, Kind.DEICTIC, Kind.DATE):
            parts, current = [], ""
    parts.append(current)
    return parts if all(parts) else []


def _distributed(v: _View, found: Mapping[int, Subject]) -> Subject | None:
    """A later number of a list (``11个、9个``) counts what the first one counts."""
    if v.start < v.at:
        return None
    before = v.at - 1
    while before > 0 and v.tokens[before].kind is Kind.PAUSE:
        before -= 1
    if before not in found:
        return None
    return replace(found[before], rule="subject:list")


def _elided(v: _View, memory: _Memory, found: Mapping[int, Subject]) -> Subject:
    """No noun on either side: the verb's object or the last thing counted in this unit."""
    tokens, end = v.tokens, v.end
    last = memory.last(v.count.unit)
    before = tokens[end - 1] if end > v.start else None
    if before is not None and before.kind is Kind.STATE:
        return Subject(before.text, "subject:state", 0.7)
    following = tokens[v.at + 1] if v.at + 1 < len(tokens) else None
    if following is not None and following.kind is Kind.STATE:
        return Subject(following.text, "subject:state", 0.7)
    if before is not None and before.kind in (Kind.VERB, Kind.NOUNVERB):
        head = head_of(last.text) if last and v.classifier else ""
        return Subject(before.text + head, "subject:verb", 0.5)
    if last:
        return Subject(last.text, "subject:elided", 0.6)
    predicate = span_text(tokens, v.at + 1, clause_end(tokens, v.at + 1))
    if predicate and v.count.unit in PEOPLE:
        return Subject(predicate[:14], "subject:predicate", 0.5)
    newest = memory.last()
    if newest:
        return Subject(newest.text, "subject:elided", 0.4)
    return Subject(predicate[:14], "subject:predicate", 0.3)


def clean_subject(text: str) -> str:
    """Without white space and marks at the edges, and without a last 的."""
    return "".join(text.split()).strip("，、：；—…").removesuffix("的")
