"""What a place in a sentence is there for: where something happens, or something else."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.gazetteer import CHINA
from pipeline.records import Place
from pipeline.resolve.codes import contains
from pipeline.resolve.facts.tokens import DATELINES, Kind, Token, WordGrammar


def is_modifier(tokens: Sequence[Token], behind: int, led_by: Kind | None) -> bool:
    """``认购定西马铃薯``: inside a verb's object a place only says where a thing is from."""
    if behind >= len(tokens) or tokens[behind].kind not in (Kind.TEXT, Kind.NOUN, Kind.DE):
        return False
    return led_by is Kind.VERB


def is_dateline(tokens: Sequence[Token], at: int) -> bool:
    """``北京10月7日电``: where a report was written."""
    if at + 1 >= len(tokens) or tokens[at].kind is not Kind.DATE:
        return False
    return tokens[at + 1].text in DATELINES


def is_told_at(tokens: Sequence[Token], at: int, behind: int, words: WordGrammar) -> bool:
    """``在北京发布公报，``, ``在上海举行发布会``: where numbers are told, not where they hold."""
    said = "".join([t.text for t in tokens[behind : behind + 4]])
    tells = said.startswith(tuple(words.roles["tells"])) or "发布会" in said
    return tells and at > 0 and tokens[at - 1].text == "在"


def is_elsewhere(area: str | None, home: str | None) -> bool:
    """Whether `area` has nothing in common with the area `home` of a story."""
    return home not in (None, CHINA) and not contains(home, area) and not contains(area, home)


def is_around(place: Place, home: str | None) -> bool:
    """A region of several provinces, or a river or mountain that reaches beyond `home`."""
    if place.level == "region":
        return place.adcode is None
    if place.level == "feature" and place.adcode is None:
        return home not in (None, CHINA)  # of several provinces: told of the area of the story
    return place.level == "feature" and contains(place.adcode, home)


def leads(tokens: Sequence[Token], at: int) -> bool:
    """Whether nothing but adjuncts stands before `at` in its clause: 全国 in a name does not."""
    i = at - 1
    while i >= 0 and tokens[i].kind not in (Kind.COMMA, Kind.STOP):
        if tokens[i].kind not in (Kind.ADVERB, Kind.DATE, Kind.PARTICLE):
            return False
        i -= 1
    return True
