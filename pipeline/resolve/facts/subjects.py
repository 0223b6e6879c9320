"""Which noun phrase a count counts.

One pass over the tokens of a field, count by count, with a short memory of the subjects
before it for elided heads, shares, growth and lists that share one noun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pipeline.records import Count
from pipeline.resolve.facts.candidates import (
    Memory,
    Subject,
    View,
    unit_kind,
)
from pipeline.resolve.facts.clauses import (
    EMPTY,
    NAMED,
    NOMINAL,
    REACH,
    Phrase,
    clause_start,
    is_gloss,
    span_text,
)
from pipeline.resolve.facts.comparisons import from_to, growth, share, times
from pipeline.resolve.facts.elisions import (
    befallen,
    elided,
    is_lone_verb,
    left_subject,
    named_behind,
    only_verb,
)
from pipeline.resolve.facts.lists import before_each, list_after, list_before, paired, respective
from pipeline.resolve.facts.parallels import gapped
from pipeline.resolve.facts.phrases import left_phrase, predicate_subject
from pipeline.resolve.facts.right_phrases import right_phrase
from pipeline.resolve.facts.tokens import Kind, Token, WordGrammar


def find_subjects(
    tokens: Sequence[Token], words: WordGrammar, unit_kinds: Mapping[str, str]
) -> dict[int, Subject]:
    """Subjects of all counts, by the index of their token.

    `tokens` are those of one field, cut with `words`; `unit_kinds` gives the kind of each unit
    (rules/units.tsv).
    """
    memory = Memory(words.roles["people-unit"])
    found: dict[int, Subject] = {}
    planned: dict[int, Subject] = {}
    used = 0  # tokens before this belong to an earlier count
    sentence = Sentence(0)
    for at, token in enumerate(tokens):
        if not isinstance(token.mention, Count):
            sentence = _read_on(tokens, at, sentence, words)
            continue
        count = token.mention
        start = max(clause_start(tokens, at), used)
        while start < at and tokens[start].kind is Kind.PAUSE:
            start += 1
        if start < at and start == clause_start(tokens, at) and tokens[start].kind is Kind.DE:
            start = clause_start(tokens, start - 1)  # 捐款1万元以上的有37人
        kind = unit_kind(count.unit, unit_kinds)
        view = View(tokens, at, start, count, kind, words, sentence.topic or "")
        sentence.counted = True
        planned |= paired(view) or ({} if at in planned else respective(view, found))
        if at in planned:
            subject, used = planned[at], at + 1
        else:
            subject, used = _subject(view, memory, found)
        subject = replace(
            subject, text=clean_subject(subject.text), noun=clean_subject(subject.noun)
        )
        found[at] = subject
        memory.found.append((subject, count))
    return found


class Sentence(Struct):
    """The sentence that is being read: its first token, and what it has had so far."""

    first: int
    counted: bool = False
    topic: str | None = None  # None: not come to yet; empty: it has none


def _read_on(tokens: Sequence[Token], at: int, sentence: Sentence, words: WordGrammar) -> Sentence:
    """The sentence behind token `at`, its topic read: ``死亡人员中，四川省41人``."""
    token, first = tokens[at], sentence.first
    if token.kind is Kind.STOP:
        return Sentence(at + 1)
    ends = sentence.topic is None and at > first and token.text in ("中", "里")
    if ends and at + 1 < len(tokens) and tokens[at + 1].kind is Kind.COMMA:
        sentence.topic = ""
        if tokens[first].text != "在" and not sentence.counted:
            topic = left_phrase(tokens, max(first, at - REACH), at).text
            sentence.topic = "" if topic.endswith(tuple(words.roles["event"])) else topic
    return sentence


def _subject(v: View, memory: Memory, found: Mapping[int, Subject]) -> tuple[Subject, int]:
    """The subject of one count, and the token behind the last one it used."""
    right = right_phrase(v.tokens, v.at + 1)
    if v.percent and right.text and not _is_part(v):
        right = EMPTY  # a share binds what follows it by 的, or as the object of a verb
    special = (
        from_to(v, found)
        or times(v, memory)
        or share(v, memory, right)
        or growth(v, memory, right)
        or befallen(v)
        or named_behind(v)
    )
    if special:
        return special, v.at + 1
    left = (
        predicate_subject(v.tokens, v.start, v.end)
        if v.linked
        else left_phrase(v.tokens, v.start, v.end)
    )
    if not right.text and _wants_noun(v, memory) and not (left.text and left.last == v.at):
        right = right_phrase(v.tokens, v.at + 1, "people" if v.unit_is("people-unit") else "things")
    if _right_wins(v, left, right) and not _is_parallel(v, left, memory):
        right = _own_part(v, _led_part(v, right))
        whole = memory.whole() if v.percent and right.text == "人" else None
        if whole:
            return Subject(whole.bare, "subject:elided"), right.last  # 仅7%的人赞成
        return Subject(_measured(v, right), "subject:right"), right.last
    if v.start == v.at or not left.text or left.headless or is_lone_verb(v, left):
        listed = list_before(v, found, memory) or list_after(v)
        if listed:
            return listed, v.at + 1
    shared = before_each(v)
    if shared and not left.text:
        return shared, v.at + 1
    shared = gapped(v, left, found)
    if shared:
        return shared, v.at + 1
    if len(left.text) > 1 and not only_verb(v, left, memory):
        return left_subject(v, left, memory), v.at + 1
    if right.text and len(left.text) < 2:
        return Subject(_measured(v, right), "subject:right"), right.last
    return elided(v, left, memory), v.at + 1


def _is_part(v: View) -> bool:
    """``增持2%股份``, ``六成的企业``: the noun behind a share is what it is a part of."""
    following = v.tokens[v.at + 1]
    if following.kind is Kind.DE:
        return True
    before = v.tokens[v.at - 1] if v.at > v.start else None
    led = before is None or before.kind in (Kind.VERB, Kind.DE, *NAMED) or before.pos == "p"
    return led and following.pos == "n"


def _wants_noun(v: View, memory: Memory) -> bool:
    """Whether the unit calls for a noun behind it: 名 does, 人 does not, 户 if none is known."""
    if not v.unit_is("bare-unit"):
        return v.classifier
    return not v.unit_is("people-unit") and memory.alike(v.count.unit) is None


def _right_wins(v: View, left: Phrase, right: Phrase) -> bool:
    """A classifier binds the noun behind it; a measure does so only as a verb's object."""
    if not right.text:
        return False
    has_de = v.tokens[v.at + 1].kind is Kind.DE
    if v.percent or _is_led(v):
        return True
    adjacent = len(left.text) > 1 and left.last == v.at
    if left.headless and has_de:
        return True  # 被拖欠的10万元的工资
    if v.classifier:
        if has_de and left.text:
            return False
        return not (adjacent and len(right.text) == 1 and not left.text.endswith("等"))
    return len(left.text) < 2 or (not has_de and not adjacent)


def _is_parallel(v: View, left: Phrase, memory: Memory) -> bool:
    """``卡车75辆、飞机2架运粮``: a list that has begun noun by number goes on so."""
    before = v.start - 1
    if before < 1 or v.tokens[before].kind is not Kind.PAUSE or left.last != v.at:
        return False
    listed = v.tokens[before - 1].kind is Kind.COUNT and bool(memory.found)
    return listed and len(left.text) > 1 and memory.found[-1][0].rule == "subject:left"


def _is_led(v: View) -> bool:
    """``以80亿美元的价格``: a preposition right before leads to the noun behind."""
    return v.at > v.start and v.tokens[v.at - 1].text in ("以", "按", "按照", "用", "凭")


def _led_part(v: View, right: Phrase) -> Phrase:
    """The noun that a preposition leads to, without the verb of the clause behind it."""
    if not _is_led(v):
        return right
    inside = range(right.first + 1, right.last)
    last = next((i for i in inside if v.tokens[i].kind is Kind.NOUNVERB), right.last)
    return Phrase(span_text(v.tokens, right.first, last), right.first, last)


def _own_part(v: View, right: Phrase) -> Phrase:
    """``46家企业日均发货3万单``: what stands right before the next number belongs to it."""
    tokens, averages = v.tokens, v.words.roles["average"]
    behind = right.last
    while behind < len(tokens) and tokens[behind].kind is Kind.ADVERB:
        behind += 1
    des = [i for i in range(right.first + 1, right.last - 1) if tokens[i].kind is Kind.DE]
    if des and behind < len(tokens) and tokens[behind].kind in (Kind.COUNT, Kind.COPULA):
        return Phrase(span_text(tokens, right.first, des[-1]), right.first, des[-1])
    following = tokens[right.last] if right.last < len(tokens) else None
    if following is None or right.last - right.first < 2 or right.text.endswith("的"):
        return right
    leads = following.text in ("由", "从") and _is_number(tokens, right.last + 1)
    if following.kind not in (Kind.COUNT, Kind.COPULA) and not leads:
        return right
    owned = following.kind is Kind.COUNT and right_phrase(tokens, right.last + 1).text
    if owned or is_gloss(tokens[right.last - 1]):
        return right  # 5个市（州）18个县
    inside = range(right.first + 1, right.last)
    cut = next((i for i in inside if tokens[i].text in averages), right.last - 1)
    if following.text.endswith("有") and not tokens[cut].figure:
        return right  # 130家企业有九成已经复工
    if cut - 1 > right.first and tokens[cut - 1].kind is Kind.NOUNVERB:
        cut -= tokens[cut].figure  # 14个成员国进出口总值
    return Phrase(span_text(tokens, right.first, cut), right.first, cut)


def _is_number(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].kind in (Kind.COUNT, Kind.DATE)


def _measured(v: View, right: Phrase) -> str:
    """A measure binds the nearest noun: ``90公斤玉米的价格`` weighs 玉米; so do people."""
    first = right.text.split("的")[0]
    if v.tokens[v.at + 1].kind is Kind.DE:
        return right.text
    if v.at > v.start and v.tokens[v.at - 1].kind in NOMINAL:
        return first  # 养老服务5项国家试点的城市
    if v.classifier and not (
        v.unit_is("people-unit") and first[-1:] in v.words.roles["person-ending"]
    ):
        return right.text
    return first


def clean_subject(text: str) -> str:
    """Without white space and marks at the edges, and without a last 的 or 等."""
    return "".join(text.split()).strip("，、：；—…").removesuffix("的").removesuffix("等")
