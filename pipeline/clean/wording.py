"""The words and marks by which layout tells printed lines apart."""

from __future__ import annotations

import re

from msgspec import Struct

from pipeline.clean.followers import Followers, load_followers
from pipeline.credits import CreditGrammar
from pipeline.lexicon import any_of
from pipeline.rulebook import Rulebook

STOP = re.compile(r"[。！？!?…][”』」’）)〉》]*$|[。！？!?…]”?\s*[（(][^（(）)。]{1,30}[）)]$")
INNER_STOP = re.compile(r"[。；]|[！？][^”』」）)]")
DATELINE = re.compile(
    r"[（(]?据?(?:(?:本报|本刊|本台|本网|本社|新华社|中新社|中新网|人民网)[^，。]{0,24}(?:电|讯)"
    r"|[^，。]{2,6}讯[\s（(])"
)
TWO_PARTS = re.compile(r"\S[\s\u3000]+[^\s0-9A-Za-z]")
MARKS = re.compile(r"[，、；（）]")
PARTICLES = re.compile("[了也这此些于但该其由而们所还并]")
# A quotation that ends on the line but did not begin there, and one that does not end there.
ORPHAN = re.compile(r"[^“《『「]*[”》』」]")
UNCLOSED = re.compile(r"[“《『「][^”》』」]*$")
# What no headline ends with: a comma, or a word that calls for a noun.
OPEN_END = re.compile("(?:[，,的和与及将把被于各该]|若干|有关|部分)$")
REST = re.compile(r"[\u4e00-\u9fff][，、]")  # 里，看的人: the rest of a word above
QUOTED_WORD = re.compile(r"“[^”。，！？]{1,8}”(?!$)")  # “吊庄”户 in a headline, no speech
# 元马镇 李开富: where a letter comes from, and who wrote it.
SIGNED = re.compile(r"[\u4e00-\u9fff][\s\u3000]+[\u4e00-\u9fff]{2,4}$")
ASKED = re.compile("[问答][：:]")
SAME = 4  # characters that a headline and the first line of its text begin with
CREDIT_START = re.compile(r"[（(【]|据|来源")


class LayoutGrammar(Struct, frozen=True):
    """Words that open paragraphs, list items and letters, and that mark running text."""

    opening: re.Pattern[str]
    items: re.Pattern[str]
    report: re.Pattern[str]
    salutation: re.Pattern[str]
    notice: re.Pattern[str]
    credits: CreditGrammar
    followers: Followers


def compile_layout(rules: Rulebook, credit_grammar: CreditGrammar) -> LayoutGrammar:
    """The grammar of ``rules/layout.tsv``."""

    def words(kind: str, end: str = "") -> re.Pattern[str]:
        return re.compile(f"(?:{any_of(rules.surfaces('layout', kind=kind))}){end}")

    return LayoutGrammar(
        words("opening"),
        words("list"),
        words("report"),
        words("salutation", "[：:]$"),
        words("notice", "(?:（[^（）]{1,6}）)?$"),
        credit_grammar,
        load_followers(rules.folder / "layout" / "followers.tsv"),
    )
