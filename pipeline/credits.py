"""Credits and datelines: who brought a story, as printed beside it.

Credits are `（据《南方日报》）`, `（新华社）`, `来源：红网`, `本报记者 石野`; a dateline is
`新华社北京1月3日电（记者…）`. Layout uses them to tell lines apart, splitting to end
stories and to name sources.
"""

from __future__ import annotations

import re

from msgspec import Struct

from pipeline.lexicon import any_of
from pipeline.rulebook import Rulebook

LONGEST = 45  # characters that a credit may have
FINAL = "。！？”』…）)!?"
BRACKETS = re.compile(r"^[（(【\[〔](?P<inner>[^。；！？]{1,40})[）)】\]〕]$")
MARKS = re.compile(r"[《》〈〉“”\"'‘’「」『』（）()【】\[\]〔〕<>]")
EDGES = " \t\u3000:：、,，-—·/／■□●○◎▲△◆◇★☆※"
BULLET = re.compile(r"^[■□●○◎▲△◆◇★☆※]\s*")
HANZI = r"[\u3400-\u9fff\uf900-\ufaff]"
# Each name takes all that it can, for good: there is one way to divide a line into names.
NAMES = re.compile(rf"{HANZI}{{1,4}}+(?:[\s、，·/／]*+{HANZI}{{1,4}}+){{0,7}}+")
# 马 骏, a name of two characters set as wide as one of three; 王磊/图, what each of them did.
SPACED_NAME = re.compile(rf"(?<!{HANZI})({HANZI})\s+({HANZI})(?!{HANZI})")
DONE = re.compile(r"[/／](?:图文|文图|摄影|文|图|摄)(?=[\s、]|$)")
RANKS = "{0,4}"  # 首席, 驻北京 and the like before 记者: more would make 驻驻驻… hard to read
# A paper's name alone on its line; 天气预报 and 统计公报 are none.
PAPER = re.compile(rf"{HANZI}{{2,7}}(?<![预捷通公喜简汇警情海墙年季中电申])报")
# 《四川日报》读者来信: a medium and where in it.
COLUMN = re.compile(rf"《(?P<medium>[^《》]+)》{HANZI}{{2,6}}")
NAMED_WRITER = re.compile(rf"(?:本[报刊台社网]|{HANZI}{{2,8}}报)(?:{HANZI}{{0,4}})记者")
WRITER_NAME = re.compile(rf"(?!(?:获悉|获知|了解|从|在|看到|发现|采访|走进|昨|今)){HANZI}{{2,3}}")
DAY = r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
# 今年6月20日: what a report may open with.
DATED = re.compile(rf"(?:今年|去年|[0-9]{{4}}年|[一二三四五六七八九〇○零]{{4}}年)?{DAY}月{DAY}日")
WHEN = re.compile(rf"(?:[0-9]{{4}}年|今年|{HANZI}{{4}}年)?{DAY}月{DAY}?日?.*$")


class Credit(Struct, frozen=True):
    """What a credit says: `source` is None where it names no medium or office."""

    source: str | None
    rule: str


class CreditGrammar(Struct, frozen=True):
    """The vocabulary of ``rules/credits.tsv`` as patterns, and the surnames that credits hold."""

    lead: re.Pattern[str]
    medium: re.Pattern[str]
    office: re.Pattern[str]
    channel: re.Pattern[str]
    own: re.Pattern[str]
    agency: re.Pattern[str]
    foreign: re.Pattern[str]
    writer: re.Pattern[str]
    byline: re.Pattern[str]
    label: re.Pattern[str]
    person: re.Pattern[str]
    ending: re.Pattern[str]
    closing: re.Pattern[str]
    dateline: re.Pattern[str]
    surnames: frozenset[str]


def compile_credits(rules: Rulebook) -> CreditGrammar:
    """The grammar of ``rules/credits.tsv`` and ``rules/surnames.tsv``."""

    def words(kind: str) -> str:
        return f"(?:{any_of(rules.surfaces('credits', kind=kind))})"

    own, foreign, writer = words("own"), words("foreign"), words("writer")
    agency = f"(?:{words('agency')}|{foreign})"
    medium = words("medium")
    media = rf"(?:{own}|{agency}|[^，。、\s（）]{{1,10}}?{medium})"
    return CreditGrammar(
        lead=re.compile(rf"^{words('lead')}[：:\s]*"),
        medium=re.compile(rf"(?:{own}|{agency}|{medium}$)"),
        office=re.compile(rf"{words('office')}$"),
        channel=re.compile(rf"^{words('channel')}|{words('channel')}$"),
        own=re.compile(own),
        agency=re.compile(agency),
        foreign=re.compile(foreign),
        writer=re.compile(rf"(?:{words('rank')}|驻{HANZI}{{1,6}}){RANKS}{writer}"),
        byline=re.compile(
            rf"(?:{media}(?:{HANZI}{{2,4}})?|《[^》]+》)?(?:{words('rank')}|驻{HANZI}{{1,6}}){RANKS}{writer}"
            rf"[：:/／\s]*(?P<names>{NAMES.pattern})"
        ),
        label=re.compile(rf"{words('label')}[\s]*[/／：:|｜][\s]*{NAMES.pattern}"),
        person=re.compile(rf"{words('person')}[：:\s]+(?P<names>{NAMES.pattern})"),
        ending=re.compile(rf"{words('ending')}$"),
        closing=re.compile(rf"{words('closing')}$"),
        dateline=re.compile(
            rf"^[（(【\s]*据?(?P<medium>{own}|{agency}|{HANZI}{{2,8}}?{medium})(?P<where>[^。：:，（）()]{{0,30}}?)"
            rf"(?:电|讯|专电|消息)(?=[\s（(：:】）)▲●]|$|{DAY}月|{HANZI}{{2}}|[“《0-9])"
        ),
        surnames=frozenset(rules.surfaces("surnames")),
    )


def read_credit(text: str, grammar: CreditGrammar) -> Credit | None:
    """What a whole line says as a credit, or None where it is none."""
    text = BULLET.sub("", text.strip())
    if not text or len(text) > LONGEST:
        return None
    bracketed = BRACKETS.match(text)
    if bracketed:
        return _inner(bracketed["inner"].strip(), grammar)
    if any(mark in text for mark in "。；！？"):
        return None
    if PAPER.fullmatch(text) or (len(text) > 2 and grammar.agency.fullmatch(text)):
        return Credit(text, "credits:medium")
    lead = grammar.lead.match(text)
    if lead and _led(text, lead.group(), grammar):
        return Credit(source_name(text, grammar), "credits:lead")
    if grammar.label.fullmatch(text) and len(text) <= 20:
        return Credit(None, "credits:names")
    if _is_byline(text, grammar):
        return Credit(source_name(text, grammar), "credits:byline")
    return None


def _led(text: str, lead: str, grammar: CreditGrammar) -> bool:
    """Whether a line that begins like a credit is one: 据《…》, 来源：…, not 据统计，…."""
    rest = text[len(lead) :].strip(EDGES)
    if not rest or "，" in rest:
        return False
    if "：" in lead or ":" in lead:
        return len(rest) <= 30
    named = rest[0] in "《（(“" and rest[-1] in "》）)”报道电讯息"
    return named or (
        len(rest) <= 14 and grammar.medium.search(grammar.ending.sub("", rest)) is not None
    )


def _inner(inner: str, grammar: CreditGrammar) -> Credit | None:
    """A credit in brackets."""
    if grammar.closing.fullmatch(inner):
        return Credit(None, "credits:closing")
    lead = grammar.lead.match(inner)
    if lead and inner[lead.end() :].strip(EDGES):
        if "，" in inner and len(inner) > 25:
            return None
        return Credit(source_name(inner, grammar), "credits:lead")
    person = grammar.person.fullmatch(inner)
    if person and _are_names(person["names"], grammar.surnames):
        return Credit(None, "credits:names")
    if _is_byline(inner, grammar):
        return Credit(source_name(inner, grammar), "credits:byline")
    if inner.startswith("《") and inner.endswith("》"):
        return Credit(source_name(inner, grammar), "credits:medium")
    if "，" in inner or "：" in inner or len(inner) > 25:
        return None
    column = COLUMN.fullmatch(inner)
    if column and grammar.medium.search(column["medium"]):
        return Credit(column["medium"], "credits:medium")
    if grammar.dateline.match(inner):
        return Credit(dateline_source(inner, grammar) or None, "credits:dateline")
    plain = MARKS.sub("", inner)
    bare = grammar.ending.sub("", grammar.channel.sub("", plain))
    known = grammar.own.match(bare) or grammar.medium.search(bare)
    if known or grammar.agency.fullmatch(plain):
        return Credit(source_name(inner, grammar), "credits:medium")
    if len(inner) >= 3 and grammar.office.search(inner):
        return Credit(source_name(inner, grammar), "credits:office")
    if _are_names(inner, grammar.surnames):
        return Credit(None, "credits:names")
    return None


def _is_byline(text: str, grammar: CreditGrammar) -> bool:
    """Whether `text` is writers' names after their trade: 本报记者 石野 通讯员 王五."""
    found = grammar.byline.fullmatch(text)
    if not found:
        return False
    names = grammar.writer.sub(" ", grammar.own.sub(" ", found["names"]))
    if NAMED_WRITER.match(text) and WRITER_NAME.fullmatch(names.strip()):
        return True  # whatever the surname
    return len(names.split()) <= 8 and _are_names(names, grammar.surnames)


def _are_names(text: str, surnames: frozenset[str]) -> bool:
    whole = SPACED_NAME.sub(r"\1\2", DONE.sub(" ", text))
    names = [n for n in re.split(r"[\s、，/／·]+", whole) if n]
    joined = [n for n in names if len(n) > 1] or names
    return (
        bool(names)
        and all(1 <= len(n) <= 4 and re.fullmatch(rf"{HANZI}+", n) for n in names)
        and all(n[0] in surnames for n in joined if len(n) <= 3)
        and len(names) <= 5
    )


def trailing_credit(text: str, grammar: CreditGrammar) -> tuple[int, Credit] | None:
    """A credit at the end of a paragraph: where it starts, and what it says."""
    for at in range(max(1, len(text) - LONGEST), len(text)):
        if text[at - 1] not in FINAL and not text[at - 1].isspace():
            continue
        if text[at].isspace() or (text[at - 1].isspace() and not _after_sentence(text, at)):
            continue
        credit = read_credit(text[at:], grammar)
        if credit is not None:
            return at, credit
    return None


def _after_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip()
    return bool(before) and before[-1] in FINAL


def source_name(text: str, grammar: CreditGrammar) -> str | None:
    """The medium or office that a credit names, without 据, marks and 微信公众号."""
    own = grammar.own.search(text)
    name = grammar.lead.sub("", MARKS.sub(" ", text).strip(EDGES)).strip(EDGES)
    dateline = grammar.dateline.match(name)
    if dateline and dateline["where"]:
        return dateline["medium"]
    writer = grammar.writer.search(name)
    if writer:
        name = name[: writer.start()].strip(EDGES)
        if not name:
            return own.group() if own else None
    if own and name.startswith(own.group()):
        return own.group()
    name = WHEN.sub("", name).strip(EDGES)
    name = re.sub(r"[\s]+", " ", name)
    for pattern in (grammar.ending, grammar.channel, grammar.channel, grammar.ending):
        if grammar.agency.fullmatch(name):
            break  # 参考消息 is no 参考 with a 消息
        shorter = pattern.sub("", name).strip(EDGES)
        name = shorter or name
    return re.sub(r"\s", "", name) or None


def dateline_source(text: str, grammar: CreditGrammar) -> str | None:
    """The agency or paper of the dateline that opens `text`, or None; empty for one only quoted.

    A paper prints 据路透社曼谷电 above what it tells in its own words: that is no source.
    """
    found = grammar.dateline.match(text)
    if not found:
        return None
    where, rest = found["where"], text[found.end() :]
    # 新华社的电… is no dateline: between medium and 电 stand only a place, writers and a day
    if any(w in where for w in ("的", "发表", "发布", "报道", "获悉", "了解")):
        return None
    direct = not where and (grammar.own.fullmatch(found["medium"]) is not None)
    if (
        not where
        and not direct
        and not re.match(
            r"[\s（(：:】）)▲●]|$|[0-9一二三四五六七八九十]{1,3}月|日前|记者|近日", rest
        )
    ):
        return None
    if where and not (
        re.search(r"[0-9一二三四五六七八九十]日", where)
        or rest[:1] in "（( 　】）)：:"
        or not rest
        or re.match(rf"{DAY}月{DAY}日", rest)
    ):
        return None
    quoted = grammar.foreign.fullmatch(found["medium"]) and "据" in found.group()[:2]
    return "" if quoted else found["medium"]
