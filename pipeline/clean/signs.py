"""The evidence for reading a printed line as the start of a paragraph, its rest, or a heading.

Each sign is a name and a value; `weights.py` says how much each counts, in log odds.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from pipeline.clean.columns import Columns
from pipeline.clean.lines import Line
from pipeline.clean.wording import (
    ASKED,
    CREDIT_START,
    DATELINE,
    INNER_STOP,
    MARKS,
    OPEN_END,
    ORPHAN,
    PARTICLES,
    QUOTED_WORD,
    REST,
    SAME,
    SIGNED,
    STOP,
    TWO_PARTS,
    UNCLOSED,
    LayoutGrammar,
)
from pipeline.credits import DATED, read_credit, trailing_credit

Signs = list[tuple[str, float]]


class PageSigns:
    """The signs of all lines of one page."""

    def __init__(self, lines: Sequence[Line], grammar: LayoutGrammar) -> None:
        self.lines, self.grammar = list(lines), grammar
        self.columns = Columns(self.lines)
        self.measures = self.columns.measures
        self.datelines = [self._dateline(n) for n in range(len(lines))]
        self.credited: dict[int, bool] = {}
        self.openings: dict[int, tuple[Signs, Signs]] = {}
        self.slack = [self.columns.slack(n, 2) for n in range(len(lines))]
        self.fills = [self.columns.fill(n) for n in range(len(lines))]
        self.indents, self.usual_indents = self._indents()
        whole = "".join(x.text for x in lines)
        self.pairs = Counter(map("".join, itertools.pairwise(whole)))
        alone = [read_credit(x.text, grammar.credits) for x in lines]
        self.two_line = [alone[n] is None and self._two_line(n) for n in range(len(lines))]
        self.credits = [bool(a) or b for a, b in zip(alone, self.two_line, strict=True)]
        self.bylines = [a is not None and a.rule == "credits:byline" for a in alone]
        self.bonds = [self._bond(n) for n in range(len(lines))]

    def _indents(self) -> tuple[list[float], list[float]]:
        """For each line, how sure it is that first lines near it print their indent (0 to 1),
        and the indent that most of those near it have.
        """
        marked = [n for n, x in enumerate(self.lines) if 1.4 <= x.indent <= 4.5]
        sure = [0.0] * len(self.lines)
        usual = [2.0] * len(self.lines)
        for k, (a, b) in enumerate(itertools.pairwise(marked)):
            if 1 < b - a <= 40:
                sure[a : b + 1] = [1.0] * (b - a + 1)
            near = Counter(self.lines[n].indent for n in marked[max(0, k - 4) : k + 6])
            usual[a : b + 1] = [near.most_common(1)[0][0]] * (b - a + 1)
        for m in marked:
            for n in range(max(0, m - 3), min(len(sure), m + 4)):
                sure[n] = max(sure[n], 0.5)
        return sure, usual

    def indented(self, n: int) -> bool:
        """Whether line n has the indent of a paragraph's first line."""
        line = self.lines[n]
        return line.indent >= 1.4 and (
            self.indents[n] < 1 or abs(line.indent - self.usual_indents[n]) < 0.4
        )

    def repeats(self, n: int) -> bool:
        """Whether line n and the next begin with the same words: a headline and its text."""
        if n + 1 >= len(self.lines):
            return False
        start = self.lines[n].text[:SAME]
        return len(start) == SAME and start in self.lines[n + 1].text[: 2 * SAME]

    def _two_line(self, n: int) -> bool:
        """Whether lines n and n+1 together are a credit."""
        if n + 1 >= len(self.lines) or not CREDIT_START.match(self.lines[n].text):
            return False
        both = self.lines[n].text + self.lines[n + 1].text
        return len(both) <= 40 and read_credit(both, self.grammar.credits) is not None

    def _dateline(self, n: int) -> bool:
        """Whether a dateline begins with line n, though it may end on the next."""
        text = self.lines[n].text
        if len(text) < 26 and n + 1 < len(self.lines):
            text += self.lines[n + 1].text
        return DATELINE.match(text) is not None

    def goes_on(self, n: int) -> bool:
        """Whether line n can only continue something: it begins with closing punctuation."""
        return self.lines[n].text[0] in "，。、；：？！”’）》」』"

    def lead(self, n: int) -> bool:
        """Whether line n begins a page of print: a single blank stands before it alone."""
        if not 0 < self.lines[n].indent <= 0.75:
            return False
        near = self.lines[max(0, n - 2) : n] + self.lines[n + 1 : n + 3]
        return not any(x.indent for x in near)

    def _bond(self, n: int) -> str:
        """How close the characters at the break before line n stand in running text."""
        if not n:
            return ""
        return self.grammar.followers.bond(self.lines[n - 1].text[-1], self.lines[n].text[0])

    def crosses(self, n: int) -> bool:
        """Whether the two characters at the break before line n stand together elsewhere."""
        return self.pairs[self.lines[n - 1].text[-1] + self.lines[n].text[0]] > 1

    def first(self, n: int, after: str) -> Signs:
        """Line n as the first of a paragraph, `after` a body, a heading, a credit."""
        shape, words = self._opening(n)
        found: Signs = [(f"{after}.{name}", value) for name, value in shape]
        found += words
        if after == "head" and n:
            if self.columns.shifts(n, n):
                found.append(("head.shift", 1.0))
            if self.lines[n - 1].excess < 0 <= self.lines[n].excess:
                found.append(("head.loosens", 1.0))
            if self.crosses(n):
                found.append(("head.crosses", 1.0))
            if OPEN_END.search(self.lines[n - 1].text):
                found.append(("head.open", 1.0))
        return found

    def _opening(self, n: int) -> tuple[Signs, Signs]:
        """Line n as a first line: signs that depend on what stands above, and that do not."""
        known = self.openings.get(n)
        if known is not None:
            return known
        line = self.lines[n]
        shape: Signs = [("bias", 1.0)]
        if self.indented(n):
            shape.append(("indent", 1.0))
        else:
            if self.indents[n]:
                shape.append(("no-indent", self.indents[n]))
            if line.loose:
                shape.append(("loose", 1.0))
            elif fill := self.fills[n]:
                shape.append((fill, 1.0))
        if MARKS.search(line.text):
            shape.append(("marks", 1.0))
        if n and line.excess:
            shape.append(("gap" if line.excess > 0 else "tight", 1.0))
        if n and line.page != self.lines[n - 1].page:
            shape.append(("page", 1.0))
        words: Signs = []
        for name, holds in (
            ("first.opening", self.grammar.opening.match(line.text)),
            ("first.dated", DATED.match(line.text)),
            ("first.item", self.grammar.items.match(line.text)),
            ("first.dateline", self.datelines[n]),
            ("first.goes-on", self.goes_on(n)),
            ("first.lead", self.lead(n)),
            ("first.credit", self.credits[n]),
            ("first.quote", line.text[0] in "“‘『「"),
            ("first.rest", REST.match(line.text)),
            ("first.quoted-word", QUOTED_WORD.match(line.text)),
            ("first.orphan", ORPHAN.match(line.text)),
            ("first.over", self.columns.sticks_out(n) and not self.whole(n + 1)),
            ("first.unclosed", n and UNCLOSED.search(self.lines[n - 1].text)),
        ):
            if holds:
                words.append((name, 1.0))
        if opens := self.grammar.followers.opening(line.text):
            words.append((f"first.{opens}", 1.0))
        self.openings[n] = shape, words
        return shape, words

    def ended(self, n: int, starts: bool) -> Signs:
        """A paragraph that ends with line n, which is also its first line if `starts`."""
        line = self.lines[n]
        text = line.text
        slack = self.slack[n]
        if starts and line.indent < 1.4 and self.indents[n] < 0.6 and slack <= 2.9:
            slack -= 2.0  # its lost indent
        if self._credited(n):
            return [("end.credit", 1.0)]
        whole = self.whole(n)
        if STOP.search(text):
            kind = "end.stop" if not text.endswith("）") else "end.stop-bracket"
        elif text[-1] in "：:":
            kind = "end.stop" if self.grammar.salutation.search(text) else "end.colon"
        elif text[-1] in "；;":
            kind = "end.semicolon"
        elif starts and self.credits_follow(n) and SIGNED.search(text):
            kind = "end.signed"
        else:
            kind = "end.closing" if text[-1] in "”）)》」" else "end.none"
        if line.loose:
            return [(kind, 1.0), ("end.loose", 1.0)]
        room = (
            "wide" if slack >= 2.6 else "some" if slack >= 1.0 else "bit" if slack >= 0.5 else "no"
        )
        return [(kind, 1.0), (f"end.{room}-room" if whole else f"end.open-{room}-room", 1.0)]

    def credits_follow(self, n: int) -> bool:
        """Whether a credit stands below line n."""
        return n + 1 < len(self.lines) and self.credits[n + 1]

    def _credited(self, n: int) -> bool:
        """Whether a credit closes line n after its last sentence."""
        known = self.credited.get(n)
        if known is None:
            text = self.lines[n].text
            known = False
            if text[-1] in "）)" or "记者" in text or "据" in text or "来源" in text:
                known = trailing_credit(text, self.grammar.credits) is not None
            self.credited[n] = known
        return known

    def whole(self, n: int) -> bool:
        """Whether line n ends with a mark that may end a paragraph."""
        text = self.lines[n].text
        return STOP.search(text) is not None or text[-1] in "：:；;"

    def joins(self, n: int) -> Signs:
        """Line n as going on with the paragraph of the line above it."""
        line, above = self.lines[n], self.lines[n - 1]
        found: Signs = []
        if self.goes_on(n):
            found.append(("join.goes-on", 1.0))
        if line.excess:
            found.append(("join.gap" if line.excess > 0 else "join.tight", 1.0))
        if line.page != above.page:
            found.append(("join.page", 1.0))
        if bond := self.bonds[n]:
            found.append((f"join.{bond}-pair", 1.0))
        if self.datelines[n]:
            found.append(("join.dateline", 1.0))
        if line.indent >= 1.4:
            found.append(("join.indent", 1.0))
        if ASKED.match(line.text):
            found.append(("join.asked", 1.0))
        if self.repeats(n - 1):
            found.append(("join.repeats", 1.0))
        if above.excess < 0 <= line.excess:
            found.append(("join.loosens", 1.0))
        if self.lead(n):
            found.append(("join.lead", 1.0))
        if above.loose:
            return found
        if above.width + above.indent > self.measures[n - 1] + 1.5 and not self.alike(n - 1):
            found.append(("join.overfull", 1.0))
        open_end = above.text[-1] in "，、；：" and not self.grammar.salutation.search(above.text)
        if self.slack[n - 1] >= 2.6 and not open_end:
            if above.width <= 3.0 and not self.whole(n - 1):
                kind = "join.tiny"
            else:
                kind = "join.narrow" if self._column(n) else "join.room"
            found.append((kind, 1.0))
        return found

    def _column(self, n: int) -> bool:
        """Whether line n, the one above and one more beside them are a column by themselves."""
        widths = [x.width for x in self.lines[max(0, n - 2) : n + 2]]
        own, above = self.lines[n].width, self.lines[n - 1].width
        return abs(own - above) <= 1.5 and sum(abs(w - own) <= 1.5 for w in widths) >= 3

    def leaves_room(self, n: int) -> Signs:
        """Line n as a line within a paragraph, though the next line's first piece would fit."""
        if self.slack[n] < 2.6 and self.columns.falls_short(n):
            return [("join.short", 1.0)]
        return []

    def alike(self, n: int) -> bool:
        """Whether a neighbour of line n is about as wide: then a column, not a heading."""
        near = self.lines[max(0, n - 1) : n] + self.lines[n + 1 : n + 2]
        return any(abs(x.width - self.lines[n].width) <= 2.5 for x in near)

    def echo(self, text: str) -> float:
        """The share of the character pairs of `text` that stand elsewhere on the page too."""
        pairs = {text[i : i + 2] for i in range(len(text) - 1)}
        return sum(self.pairs[p] > 1 for p in pairs) / len(pairs) if pairs else 0.0

    def never_heading(self, n: int) -> bool:
        """Whether line n cannot be a heading line."""
        text = self.lines[n].text
        return (
            text[-1] in "。；、;"
            or len(text) > 40
            or self.goes_on(n)
            or self.credits[n]
            or INNER_STOP.search(text[:-1]) is not None
            or self.grammar.salutation.search(text) is not None
            or ASKED.match(text) is not None
        )

    def heading(self, n: int) -> Signs:
        """Line n as a line of a headline or sub-heading."""
        line = self.lines[n]
        text = line.text
        found: Signs = [("heading.bias", 1.0), ("heading.echo", self.echo(text) - 0.5)]
        number = self.grammar.items.match(text)
        own = number.end() if number else 0
        marks = MARKS.search(text, own) is not None
        found.append(("heading.marks" if marks else "heading.no-marks", 1.0))
        for name, value in (
            ("heading.bracket", float(text.startswith(("（", "(")))),
            ("heading.comma", float("，" in text[:-1])),
            ("heading.commas", float(text.count("，", 0, -1) > 1)),
            ("heading.notice", float(self.grammar.notice.search(text) is not None)),
            ("heading.repeats", float(self.repeats(n))),
            ("heading.ends-comma", float(text[-1] in "，,")),
            ("heading.ends-colon", float(text[-1] in "：:")),
            ("heading.list", float(min(2, text.count("、", own)))),
            ("heading.particles", float(min(3, len(PARTICLES.findall(text))))),
            ("heading.long", float(len(text) > 26)),
            ("heading.report", float(self.grammar.report.search(text) is not None)),
            ("heading.dated", float(DATED.match(text) is not None)),
            ("heading.dateline", float(self.datelines[n])),
            ("heading.parts", float(text.startswith("—") or TWO_PARTS.search(text) is not None)),
            ("heading.orphan", float(ORPHAN.match(text) is not None)),
            ("heading.lead", float(self.lead(n))),
            ("heading.far-indent", float(line.indent >= 4)),
            ("heading.colon", float("：" in text[:-1])),
            ("heading.signed", float(SIGNED.search(text) is not None)),
            ("heading.quoted-word", float(QUOTED_WORD.match(text) is not None)),
        ):
            if value:
                found.append((name, value))
        room = self.measures[n] - line.width - line.indent
        if line.loose:
            found.append(("heading.loose", 1.0))
        elif room < -1.5:
            found.append(("heading.over-alike" if self.alike(n) else "heading.over", 1.0))
        elif room > 2.7:
            found.append(("heading.room", 1.0))
            if number:
                found.append(("heading.numbered", 1.0))
        elif abs(room) <= 1.0:
            found.append(("heading.fits", 1.0))
        if self.columns.shifts(n, n + 1):
            found.append(("heading.shift", 1.0))
        if n + 1 < len(self.lines) and self.lines[n + 1].page == line.page:
            below = self.lines[n + 1].excess
            if below:
                found.append(("heading.tight" if below < 0 else "heading.gap-below", 1.0))
        if line.indent > 0.9 and self.indents[n] and not self.indented(n):
            found.append(("heading.indent", 1.0))
        return found

    def credit(self, n: int, above: str) -> Signs:
        """Line n as a credit under a body, a heading or another credit, as `above` says."""
        found: Signs = [("credit.line", 1.0)]
        if above == "heading" and self.bylines[n]:
            found.append(("credit.byline-under-heading", 1.0))
        elif above != "body":
            found.append((f"credit.under-{above}", 1.0))
        return found

    def after_body(self, n: int) -> Signs:
        """A heading line n under a body."""
        found: Signs = [("under.bias", 1.0)]
        if not self.whole(n - 1):
            found.append(("under.open", 1.0))
        if self.lines[n].excess > 0:
            found.append(("under.gap", 1.0))
        if self.lines[n].page != self.lines[n - 1].page:
            found.append(("under.page", 1.0))
        return found

    def twins(self, n: int) -> Signs:
        """Heading line n under a heading line."""
        line, above = self.lines[n], self.lines[n - 1]
        found: Signs = [("twin.bias", 1.0)]
        if self.crosses(n):
            found.append(("twin.crosses", 1.0))
        if line.excess:
            found.append(("twin.gap" if line.excess > 0 else "twin.tight", 1.0))
        room = self.measures[n] - max(line.width, above.width)
        if abs(line.width - above.width) <= 2.5 and abs(room) > 1.5:
            found.append(("twin.alike", 1.0))
        return found
