"""Surnames and given names among the glyph hanzi (袁红玉, 叶缘, 尧志刚), known by what is near.

A title before them (局长, 记者) and a verb of speech or a bracket after them speak for a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from pipeline.lexicon import Lexicon
from pipeline.rulebook import Rulebook

SURNAMES = "袁叶尧冶苑"  # hanzi that stand for damaged marks, as those of given names
GIVEN = "远源缘圆园苑员愿野"
TITLED, DID, SAID = 2.0, 7.5, 9.0  # log odds for a name
_SAYS = (
    "说|称|讲|告诉|表示|介绍|认为|指出|透露|强调|坦言|回忆|提醒|解释|感慨|直言|笑着|女士|先生|某"
)
_DOES = (
    "[冤尧遥]|袁(?!袁)|原来|如今|给|对|在|从|以|把|因|获|正|一|等|的|和|率|捐|种|买|抓|放|立|招|"
    "当|今年|带|出席|主持|会见|致辞|宣布|陪同|参加|到|前往|担任|任|逝世"
)
_NAME = re.compile(f"[{SURNAMES}](?:某某|某|[\u4e00-\u9fff]{{1,2}}?)(?=({_SAYS})|{_DOES})")
_BYLINE = re.compile(
    "(?:记者|通讯员|实习生)([\u4e00-\u9fff]{2,3})(?=冤|尧(?:通讯员|记者|实习)|摄影?冤)"
)
# What opens a clause after a comma but no given name.
_CLAUSE = re.compile(
    "[他她它我你您这那其此并也就还都已又再将要在对从为是不没有可能会让使把被由以因但而且或和与"
    "如若虽即则当每各本该全一二三两几多大到去来上下里老副州省市县区同员猿怨园署]"
    "|某(?![某说称在被因到等男女])|正在|家家|自己|父母"
)


class People(Struct, frozen=True):
    """The titles that stand before names; `given` finds surname and given name behind one."""

    titles: Lexicon
    given: re.Pattern[str]

    def names(self, text: str) -> Mapping[int, float]:
        """Offsets of likely surnames in `text`, with the log odds for a name."""
        found: dict[int, float] = {}
        known: set[str] = set()
        titles = [(start, end) for start, end, _ in self.titles.find(text)]
        starts = {start for start, _ in titles}  # 校长尧教师: a list of titles
        for _, end in titles:
            if end >= len(text) or text[end] not in SURNAMES or end + 1 in starts:
                continue
            if _CLAUSE.match(text, end + 1):
                continue
            found[end] = TITLED
            if m := _NAME.match(text, end):
                found[end] = SAID if m.group(1) else DID
                known.add(m.group())
        # Somebody who was introduced is named again without a title.
        for start, _, _ in Lexicon.of(n for n in known if len(n) > 2).find(text):
            found.setdefault(start, DID)
        return found

    def hanzi(self, text: str) -> Iterator[int]:
        """Offsets of hanzi of given names, and of whole names in bylines."""
        for _, end, _ in self.titles.find(text):
            if m := self.given.match(text, end):
                yield m.end() - 1
            elif (m := _NAME.match(text, end)) and m.group(1) and not _CLAUSE.match(text, end + 1):
                yield from range(end + 1, m.end())
        for m in _BYLINE.finditer(text):
            yield from range(*m.span(1))


def compile_people(rules: Rulebook) -> People:
    """The titles of ``rules/glyph_words.tsv`` and the common surnames of ``rules/surnames.tsv``."""
    titles = Lexicon.of(rules.surfaces("glyph_words", strength="title"))
    common = [re.escape(r.surface) for r in rules["surnames"] if r["common"] == "yes"]
    family = f"[{''.join(common)}]" if common else "(?!)"
    hanzi = "[\u4e00-\u9fff]"
    given = f"{family}(?:([{GIVEN}])(?=({_SAYS})|{hanzi})|{hanzi}([{GIVEN}])(?={_SAYS}|{_DOES}))"
    return People(titles, re.compile(given))
