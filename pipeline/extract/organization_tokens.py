"""Cut the stretches of a text that may hold organization names into known words.

A stretch (clause) ends at punctuation, but a short “quoted name” or （集团） inside a name does
not end it. Inside, fixed names, places and numbers come first; the rest is read with the word
lists; what no list knows is an unknown word. All offsets are offsets in the whole text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from pipeline.extract.organization_words import OrganizationWords, compile_organization_words
from pipeline.lexicon import Lexicon
from pipeline.records import Word
from pipeline.rulebook import Rule, Rulebook

FIXED, PLACE, LEVEL, HEAD, NOUN, LEAD = "fixed", "place", "level", "head", "noun", "lead"
STOP, ORDINAL, QUOTE, BRACKET, UNKNOWN = "stop", "ordinal", "quote", "bracket", "unknown"

LEVELS = ("自治区", "自治州", "自治县", "自治旗", *"省市区县州旗盟乡镇村")
_DIGITS = "一二三四五六七八九十"
_NUMERALS = (
    *_DIGITS,
    *(f"十{d}" for d in _DIGITS[:9]),
    *(f"{t}十{d}" for t in "二三四五六七八九" for d in ("", *_DIGITS[:9])),
)
_AFTER_ORDINAL = (
    *"届次个批大名位轮条款章期年天步代线手组所家座支",
    *("阶段", "季度", "时间", "书记", "产业"),
)
_CLASSIFIERS = "家个所名位支批项座间级起件省市县区州"
_CLAUSE = re.compile(
    r"(?:[^\s，。、；：！？…—“”‘’《》〈〉（）()\[\]【】·,;:!?]+"
    r"|“[^\s“”，。；：！？、（）《》]{1,10}”(?=[^\s，。、；：！？…—”’《》（）()])"
    r"|（[^\s（），。；：“”《》、\d]{1,6}）(?=[^\s，。、；：！？…—“”‘’《》（）()])"
    r"|·(?=[^\s]))+"
)
_NUMBER = re.compile(
    r"第[0-9]+(?=[^\s0-9届次个批名位轮条款章期年天代])"
    r"|[0-9][0-9.,%％]*(?!\d*(?:医院|急救))[多余]?[万亿千百]?[多余]?["
    + _CLASSIFIERS
    + "次年月日时分户人元岁吨]?"
    r"|[一二三四五六七八九十〇○零]+[年月日时]"
    r"|(?<=日)[电讯]"
)
_NAMED = re.compile("[0-9]{2,5}(?=中学|钻井队|地质队|勘探队|物探队|工厂|部队)")
# 减灾委 + 员会 is one suffix, as 减灾委 is.
_LONG_FORMS = (("委", "员会"), ("联", "合会"), ("基金", "会"))
_QUOTE = re.compile(r"“[^”]*”|（[^）]*）")


class NameToken(NamedTuple):
    """A word of a clause: `rule` is the row that knows it, where one does."""

    start: int
    end: int
    role: str
    text: str
    rule: Rule | None = None


class Vocabulary(Struct, frozen=True):
    """The compiled word lists: `fixed` for whole names, `words` for everything else.

    `listed` are words that have a say in what is a name, whatever they are in it.
    """

    fixed: Lexicon
    words: Lexicon
    heads: Lexicon
    roles: Mapping[str, tuple[str, Rule | None]]
    fixed_rules: Mapping[str, Rule]
    listed: OrganizationWords
    longest_suffix: int


def compile_vocabulary(rules: Rulebook, two_characters: Iterable[str]) -> Vocabulary:
    """Build the word lists from the organization rule files.

    `two_characters` are areas like 南县, places also where nothing else says so.
    """
    roles: dict[str, tuple[str, Rule | None]] = {}
    for stop in rules["organization_left_stops"]:
        roles[stop.surface] = (STOP, stop)
    suffixes = {s.surface: s for s in rules["organization_suffixes"]}
    for word in rules["organization_modifiers"]:
        roles[word.surface] = (LEAD if word["role"] == "lead" else NOUN, word)
        # 财经大学 is a noun of longer names and, like 大学, ends one
        ending = next((word.surface[n:] for n in range(1, len(word.surface) - 1)
                       if word.surface[n:] in suffixes), None)  # fmt: skip
        if ending and word["role"] == "noun":
            roles[word.surface] = (HEAD, suffixes[ending])
    for surface, suffix in suffixes.items():
        roles[surface] = (HEAD, suffix)
    _join_suffixes(roles, suffixes)
    heads = [(surface, rule) for surface, (role, rule) in roles.items() if role == HEAD]
    for short, rest in _LONG_FORMS:
        for surface, head in heads:
            if surface.endswith(short):
                roles.setdefault(surface + rest, (HEAD, suffixes.get(short + rest, head)))
    nouns = [w for w, (role, _) in roles.items() if role in (NOUN, HEAD)]
    hidden = {w[:2] for w in roles}
    for level in LEVELS:
        roles.setdefault(level, (LEVEL, None))
        for noun in nouns:
            # 市 + 民政 must not be read as 市民 + 政
            if level + noun[0] in hidden and roles.get(level + noun, (STOP,))[0] != HEAD:
                roles.setdefault(level + noun, (LEVEL, None))
    # 第三 + 支队 must not be read as 第三支 + 队
    counted = {s: r for s, r in suffixes.items() if s[0] in _AFTER_ORDINAL and len(s) > 1}
    for numeral in _NUMERALS:
        roles["第" + numeral] = (ORDINAL, None)
        for after in _AFTER_ORDINAL:
            roles[f"第{numeral}{after}"] = (STOP, None)
        for surface, suffix in counted.items():
            roles[f"第{numeral}{surface}"] = (ORDINAL, suffix)
    for count in (*"二三四五六七八九十", "两", "数", "多", "几", "上百", "百余", "数十", "十多"):
        for classifier in _CLASSIFIERS:
            roles.setdefault(count + classifier, (STOP, None))
    fixed = {r.surface: r for r in (*rules["media"], *rules["organization_names"])}
    for paper in rules["media"]:
        if paper.surface.endswith("报") and paper["full"] == "-":
            fixed.setdefault(paper.surface + "社", paper)
    for name in two_characters:
        roles.setdefault(name, (PLACE, None))
    return Vocabulary(
        Lexicon.of(fixed),
        Lexicon.of(roles),
        Lexicon.of(s.surface for s in rules["organization_suffixes"]),
        roles,
        fixed,
        compile_organization_words(rules),
        max(map(len, suffixes), default=0),
    )


def suffix_rule(
    text: str, start: int, end: int, vocabulary: Vocabulary, least: int = 1
) -> Rule | None:
    """The row of the longest suffix, of `least` characters or more, in ``[start, end)``."""
    for length in range(min(vocabulary.longest_suffix, end - start), least - 1, -1):
        role, rule = vocabulary.roles.get(text[end - length : end], ("", None))
        if role == HEAD:
            return rule
    return None


def _join_suffixes(roles: dict[str, tuple[str, Rule | None]], suffixes: Mapping[str, Rule]) -> None:
    """Add nouns that run into a suffix, so that 环境监测 + 站 is read as 环境 + 监测站."""
    beginnings: dict[str, list[Rule]] = {}
    for surface, rule in suffixes.items():
        for length in range(2, len(surface)):
            beginnings.setdefault(surface[:length], []).append(rule)
    beginnings["学"] = [suffixes["学会"]] if "学会" in suffixes else []
    for noun in [w for w, (role, _) in roles.items() if role == NOUN]:
        for length in range(1, len(noun)):
            for rule in beginnings.get(noun[-length:], ()):
                roles.setdefault(noun + rule.surface[length:], (HEAD, rule))


def clauses(
    text: str, vocabulary: Vocabulary, fixed: Sequence[NameToken]
) -> Iterator[tuple[int, int]]:
    """Clauses of `text` that hold a suffix or a fixed name."""
    hits = sorted([s for s, _, _ in vocabulary.heads.find(text)] + [t.start for t in fixed])
    for m in _CLAUSE.finditer(text):
        at = bisect_left(hits, m.start())
        if at < len(hits) and hits[at] < m.end():
            yield m.start(), m.end()


def fixed_names(text: str, vocabulary: Vocabulary, dictionary: Dictionary) -> list[NameToken]:
    """Fixed names and media in `text`; a word that goes on (财政部门) is none."""
    found = []
    for start, end, word in vocabulary.fixed.find(text):
        rule = vocabulary.fixed_rules[word]
        after = text[end : end + 1]
        if dictionary.goes_on(text, end):
            continue
        business = rule.file != "media" and rule["kind"] in ("company", "bank")
        if (end - start < 4 or business) and dictionary.breaks(start, end):
            continue  # 化工 + 行业 holds no 工行
        quoted = text[start - 1 : start] == "《" and after == "》"
        if rule.file == "media" and rule["use"] == "quoted" and not quoted:
            continue
        found.append(NameToken(start, end, FIXED, word, rule))
    return found


class Dictionary(Struct, frozen=True):
    """The words of a text as a general dictionary divides it, by where they start."""

    starts: tuple[int, ...]
    words: tuple[Word, ...]

    @classmethod
    def of(cls, words: Sequence[Word]) -> Dictionary:
        """`words` in text order; may be empty."""
        return cls(tuple(w.start for w in words), tuple(words))

    def inside(self, start: int, end: int) -> Iterator[Word]:
        """Words that lie wholly in ``[start, end)``."""
        for n in range(bisect_left(self.starts, start), len(self.starts)):
            if self.words[n].end > end:
                return
            yield self.words[n]

    def cut(self, at: int, longest: int = 9) -> bool:
        """Whether `at` lies inside a common word of at most `longest` characters."""
        n = bisect_left(self.starts, at) - 1
        if n < 0 or not self.words[n].start < at < self.words[n].end:
            return False
        w = self.words[n]
        return w.end - w.start <= longest and w.pos[:2] not in ("nt", "nz", "nr")

    def goes_on(self, text: str, end: int) -> bool:
        """Whether a name that ends with 部 is only the beginning of a word (财政部门)."""
        return (
            text[end - 1] == "部"
            and text[end : end + 1] in tuple("门队分署件位")
            and (self.cut(end) or not self.words or text[end] == "门")
        )

    def breaks(self, start: int, end: int) -> bool:
        """Whether ``[start, end)`` begins inside a common word, or another begins inside it."""
        if self.cut(start):
            return True
        n = bisect_left(self.starts, end) - 1
        return self.cut(end) and self.words[n].start > start


def tokens_of(
    text: str,
    start: int,
    end: int,
    vocabulary: Vocabulary,
    spans: Sequence[NameToken],
    dictionary: Dictionary,
) -> list[NameToken]:
    """The words of ``text[start:end]``, without gaps; `spans` are its fixed names and places."""
    found = _tokens(text, start, end, vocabulary, spans)
    if not dictionary.words:
        return found
    known: list[NameToken] = []
    for t in found:
        if t.role == UNKNOWN and len(t.text) > 1:
            known += _looked_up(text, t, dictionary)
        else:
            known.append(t)
    return known


def _looked_up(text: str, token: NameToken, dictionary: Dictionary) -> Iterator[NameToken]:
    """An unknown word, divided where the dictionary knows verbs or nouns in it."""
    at = token.start
    for w in dictionary.inside(token.start, token.end):
        role = _role(w)
        if role is None:
            continue
        if w.start > at:
            yield NameToken(at, w.start, UNKNOWN, text[at : w.start])
        yield NameToken(w.start, w.end, role, text[w.start : w.end])
        at = w.end
    if at < token.end:
        yield NameToken(at, token.end, UNKNOWN, text[at : token.end])


def _role(word: Word) -> str | None:
    """What a dictionary word is for a name; None for a proper noun or a single character."""
    if word.pos[:1] in tuple("pcuryeo"):
        return STOP
    if word.end - word.start < 2:
        return None
    if word.pos in ("vn", "n", "a", "an", "b", "l", "i", "s", "f", "ng"):
        return NOUN
    return STOP if word.pos[:1] in tuple("vdtz") else None


def _tokens(
    text: str, start: int, end: int, vocabulary: Vocabulary, spans: Sequence[NameToken]
) -> list[NameToken]:
    found: list[NameToken] = []
    at = start
    quoted = text.find("“", start, end) >= 0 or text.find("（", start, end) >= 0
    marked = [m.span() for m in _QUOTE.finditer(text, start, end)] if quoted else []
    n = 0
    for span in spans:
        if span.start < at or span.end > end:
            continue
        while n < len(marked) and marked[n][1] <= span.start:
            n += 1
        if n < len(marked) and marked[n][0] < span.start and span.end < marked[n][1]:
            continue
        _loose(text, at, span.start, vocabulary, found)
        found.append(span)
        at = span.end
    _loose(text, at, end, vocabulary, found)
    return found


def _loose(text: str, start: int, end: int, vocabulary: Vocabulary, into: list[NameToken]) -> None:
    """Words between fixed names and places: numbers, quotes and brackets, then the lists."""
    if start >= end:
        return
    marks = [(m.start(), m.end(), STOP) for m in _NUMBER.finditer(text, start, end)]
    if text.find("“", start, end) >= 0 or text.find("（", start, end) >= 0:
        quotes = [
            (m.start(), m.end(), QUOTE if text[m.start()] == "“" else BRACKET)
            for m in _QUOTE.finditer(text, start, end)
        ]
        opened = [q[0] for q in quotes]
        marks = [m for m in marks if not _inside(m[0], opened, quotes)]
        marks = sorted([*marks, *quotes])
    at = start
    for a, b, role in marks:
        if role == STOP and (text[a] == "第" or _NAMED.match(text, a)):
            role = ORDINAL
        _words(text, at, a, vocabulary, into)
        into.append(NameToken(a, b, role, text[a:b]))
        at = b
    _words(text, at, end, vocabulary, into)


def _inside(at: int, starts: Sequence[int], spans: Sequence[tuple[int, int, str]]) -> bool:
    """Whether `at` lies in one of `spans`, in order and without overlap."""
    n = bisect_right(starts, at) - 1
    return n >= 0 and at < spans[n][1]


def _words(text: str, start: int, end: int, vocabulary: Vocabulary, into: list[NameToken]) -> None:
    if start >= end:
        return
    at = start
    roles = vocabulary.roles
    for s, e, word in vocabulary.words.find(text[start:end]):
        s, e = s + start, e + start
        if s > at:
            into.append(NameToken(at, s, UNKNOWN, text[at:s]))
        role, rule = roles[word]
        if role == LEVEL and word not in LEVELS:
            level = next(v for v in LEVELS if word.startswith(v) and word[len(v) :] in roles)
            into.append(NameToken(s, s + len(level), LEVEL, level))
            rest = word[len(level) :]
            role, rule = roles[rest]
            s, word = s + len(level), rest
        elif role == ORDINAL and rule is not None:
            ordinal = word[: -len(rule.surface)]
            into.append(NameToken(s, s + len(ordinal), ORDINAL, ordinal))
            s, role, word = s + len(ordinal), HEAD, rule.surface
        into.append(NameToken(s, e, role, word, rule))
        at = e
    if at < end:
        into.append(NameToken(at, end, UNKNOWN, text[at:end]))
