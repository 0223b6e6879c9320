"""Recover paragraphs from printed lines.

Every line is the first line of a paragraph, its continuation, a heading line or a credit
line. Each reading of each line, and each pair of readings of neighbours, has a score in
log odds; the best sequence is found by dynamic programming (Viterbi). No single sign
decides: indents get lost, blank lines appear and vanish, columns change their width.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.clean.lines import Line
from pipeline.credits import CreditGrammar, read_credit, trailing_credit
from pipeline.records import BlockKind
from pipeline.rulebook import Rulebook

FIRST, NEXT, HEAD, CREDIT, CREDIT_NEXT = range(5)
NEVER = -1e6
REACH = 8  # lines above and below by which a column is measured
STOP = re.compile(r"[。！？!?…][”』」’）)〉》]*$|[。！？!?…]”?\s*[（(][^（(）)。]{1,30}[）)]$")
QUOTED_STOP = re.compile(r"[。！？!?…][”』」’]$")
INNER_STOP = re.compile(r"[。；]|[！？][^”』」）)]")
TOKEN = re.compile(r"(?:[0-9A-Za-z.%‰/+:-]+|[“《（‘「『(]?.)[，。、；：？！”’）》」』)%‰]*")
DATED = re.compile(
    r"(?:今年|去年|[0-9]{4}年|[一二三四五六七八九〇○零]{4}年)?"
    r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})月(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})日"
)
DATELINE = re.compile(r"[（(]?(?:据)?(?:本报|本刊|本台|本网|本社|新华社|中新社|中新网|人民网|.{2,6}讯[\s（(])")
MARKS = re.compile(r"[，、；（）]")
PARTICLES = re.compile("[了也这此些于但该其由而们所还并]")
NARROW = re.compile(r"[!-~]")


@dataclass(frozen=True, slots=True)
class LayoutGrammar:
    """Words that open paragraphs, list items, and that mark running text."""

    opening: re.Pattern[str]
    items: re.Pattern[str]
    report: re.Pattern[str]
    credits: CreditGrammar


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines ``[first, last)`` read as one paragraph, heading line or credit."""

    first: int
    last: int
    kind: BlockKind
    measure: float
    leads: bool


def compile_layout(rules: Rulebook, credit_grammar: CreditGrammar) -> LayoutGrammar:
    """The grammar of ``rules/layout.tsv``."""

    def words(kind: str) -> re.Pattern[str]:
        found = sorted(rules.surfaces("layout", kind=kind), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, found)))

    return LayoutGrammar(words("opening"), words("list"), words("report"), credit_grammar)


def find_paragraphs(lines: Sequence[Line], grammar: LayoutGrammar) -> list[Paragraph]:
    """Read `lines` as paragraphs, headings and credits, in order."""
    if not lines:
        return []
    measures = column_measures(lines)
    signs = _Signs(lines, measures, grammar)
    states = _best_states(signs)
    found: list[Paragraph] = []
    for n, state in enumerate(states):
        if state in (NEXT, CREDIT_NEXT) and found:
            p = found[-1]
            found[-1] = Paragraph(p.first, n + 1, p.kind, max(p.measure, measures[n]), p.leads)
            continue
        kind: BlockKind = (
            "heading" if state == HEAD else "credit" if state == CREDIT else "body"
        )
        found.append(Paragraph(n, n + 1, kind, measures[n], signs.lead(n)))
    return found


def column_measures(lines: Sequence[Line]) -> list[float]:
    """The width of the column of each line: that of the lines above it, or of those below.

    Each is the commonest width of a few lines; the one nearer to the line itself is taken.
    """
    widths = [0 if line.loose else round(line.width + line.indent) for line in lines]
    measures = []
    for n, line in enumerate(lines):
        above = _commonest(widths[max(0, n - REACH) : n + 1])
        below = _commonest(widths[n : n + REACH + 1])
        own = line.width + line.indent
        sure = [w for w, support in (above, below) if support >= 3.0]
        sure = sure or [max(above, below, key=lambda x: x[1])[0]]
        if line.loose:
            measures.append(float(sure[0] or round(own)))
            continue
        measures.append(float(min(sure, key=lambda w: (abs(w - own), -w)) or round(own)))
    return measures


def _commonest(widths: Sequence[int]) -> tuple[int, float]:
    """The commonest width, near ones helping, and how much supports it."""
    counts = Counter(w for w in widths if w)
    support = {w: counts[w] + 0.6 * counts[w - 1] + 0.3 * counts[w + 1] for w in list(counts)}
    best = max(support, key=lambda w: (support[w], w), default=0)
    return best, support.get(best, 0.0)


def token_width(line: Line) -> float:
    """How wide the first unbreakable piece of a line is: a number, a word, or one hanzi."""
    match = TOKEN.match(line.text)
    if match is None:
        return 1.0
    piece = match.group()
    return len(piece) - 0.5 * len(NARROW.findall(piece))


def _best_states(signs: _Signs) -> list[int]:
    lines = signs.lines
    scores = [NEVER] * 5
    scores[FIRST] = signs.first(0)
    scores[HEAD] = signs.head(0) + 2.0
    scores[CREDIT] = signs.credit(0) - 3.0
    if signs.goes_on(0):
        scores[NEXT] = -1.0
    back: list[list[int]] = [[-1] * 5]
    for n in range(1, len(lines)):
        moved, came = signs.step(n, scores)
        scores = moved
        back.append(came)
    if signs.ended(len(lines) - 1, NEXT) < -3.0:
        scores[FIRST] -= 4.0
        scores[NEXT] -= 4.0
    state = max(range(5), key=lambda s: scores[s])
    states = [state]
    for n in range(len(lines) - 1, 0, -1):
        state = back[n][state]
        states.append(state)
    return states[::-1]


class _Signs:
    """The evidence for each reading of each line of one page."""

    def __init__(
        self, lines: Sequence[Line], measures: Sequence[float], grammar: LayoutGrammar
    ) -> None:
        self.lines, self.measures, self.grammar = list(lines), measures, grammar
        self.slack = [self._slack(n, 2) for n in range(len(lines))]
        self.near_slack = [self._slack(n, 1) for n in range(len(lines))]
        self.indents = self._indents()
        whole = "".join(x.text for x in lines)
        self.pairs = Counter(map("".join, zip(whole, whole[1:], strict=False)))
        self.two_line = [self._two_line_credit(n) for n in range(len(lines))]

    def _slack(self, n: int, reach: int) -> float:
        """How much room line n leaves although the next line's first piece would fit.

        The room is that of the widest line within `reach` lines: columns narrow and widen.
        """
        line = self.lines[n]
        if line.loose:
            return 0.0
        near = self.lines[max(0, n - reach) : n + reach + 1]
        full = max(
            (x.width + x.indent for x in near if x.width + x.indent <= self.measures[n] + 1.2),
            default=self.measures[n],
        )
        room = full - line.width - line.indent
        if n + 1 == len(self.lines):
            return max(room, 3.0)
        return room - token_width(self.lines[n + 1])

    def _indents(self) -> list[float]:
        """For each line, how sure it is that first lines near it print their indent (0 to 1)."""
        marked = [n for n, x in enumerate(self.lines) if 1.4 <= x.indent <= 4.5]
        sure = [0.0] * len(self.lines)
        for a, b in zip(marked, marked[1:], strict=False):
            if b - a <= 40 and b - a > 1:
                for n in range(a, b + 1):
                    sure[n] = 1.0
        for m in marked:
            for n in range(max(0, m - 3), min(len(sure), m + 4)):
                sure[n] = max(sure[n], 0.5)
        return sure

    def _two_line_credit(self, n: int) -> bool:
        if n + 1 >= len(self.lines) or not re.match(r"[（(【]|据|来源", self.lines[n].text):
            return False
        both = self.lines[n].text + self.lines[n + 1].text
        return len(both) <= 40 and read_credit(both, self.grammar.credits) is not None

    def goes_on(self, n: int) -> bool:
        """Whether line n can only continue something: it begins with closing punctuation."""
        return self.lines[n].text[0] in "，。、；：？！”’）》」』"

    def lead(self, n: int) -> bool:
        """Whether line n begins a page of print: a single blank stands before it."""
        if not 0 < self.lines[n].indent <= 0.75:
            return False
        near = self.lines[max(0, n - 2) : n] + self.lines[n + 1 : n + 3]
        return not any(x.indent for x in near)

    def first(self, n: int) -> float:
        """Log odds that line n looks like the first line of a paragraph, after a full one."""
        line = self.lines[n]
        score = 0.0
        if line.indent >= 1.4:
            score += 4.0
        else:
            score -= 4.0 * self.indents[n]
            if not line.loose and n + 1 < len(self.lines):
                slack, room = self.near_slack[n], self.measures[n] - line.width
                if 0.7 <= slack <= 2.9:
                    score += 2.0
                elif slack < 0.7 and 1.5 <= room <= 2.6:
                    score += 0.7
                elif slack < 0.4 and room < 1.2:
                    score -= 1.0
        if self.grammar.opening.match(line.text) or DATED.match(line.text):
            score += 0.8
        if self.grammar.items.match(line.text):
            score += 1.5
        if DATELINE.match(line.text):
            score += 3.0
        if self.goes_on(n):
            score -= 8.0
        if self.lead(n):
            score += 1.5
        return score

    def ended(self, n: int, state: int) -> float:
        """Log odds that a paragraph ends with line n, from its punctuation and its width."""
        line = self.lines[n]
        text = line.text
        slack = self.slack[n]
        if state == FIRST and line.indent < 1.4 and self.indents[n] < 0.6 and slack <= 2.9:
            slack -= 2.0  # its lost indent
        if STOP.search(text):
            score = 1.0 if not text.endswith("）") else 0.0
        elif text[-1] in "：:":
            score = -0.5
        elif text[-1] in "；;":
            score = -2.0
        else:
            score = -4.5 if text[-1] in "”）)》」" else -7.0
        if text[-1] in "）)" or "记者" in text or "据" in text or "来源" in text:
            credit = trailing_credit(text, self.grammar.credits)
            if credit is not None and credit[0]:
                return 5.0
        if score < -3.0:
            return score + (2.0 if slack >= 2.6 else 0.0)
        if line.loose:
            return score - 4.0
        if slack >= 2.6:
            return score + 4.0
        if slack >= 1.0:
            return score + 2.0
        return score + (0.5 if slack >= 0.5 else -1.0)

    def head(self, n: int) -> float:
        """Log odds that line n is a line of a headline or sub-heading."""
        line = self.lines[n]
        text = line.text
        # Lines of headlines repeat words of the page and hold few marks and particles.
        score = -2.3 + 3.2 * (self.echo(text) - 0.5) - 2.0 * text.startswith(("（", "("))
        score += -1.2 * min(2, text.count("、")) if MARKS.search(text) else 0.7
        score -= 0.8 * min(3, len(PARTICLES.findall(text)))
        if text[-1] in "。；，、;," or len(text) > 34 or self.goes_on(n):
            return -9.0
        if INNER_STOP.search(text[:-1]):
            score -= 6.0
        score -= 1.3 * text.count("，") + 1.5 * (len(text) > 26)
        if self.grammar.report.search(text):
            score -= 1.5
        if DATED.match(text) or DATELINE.match(text):
            score -= 3.0
        if text.startswith(("——", "—")) or re.search(r"\S[\s\u3000]{1,}[^\s0-9A-Za-z]", text):
            score += 1.0
        room = self.measures[n] - line.width - line.indent
        if line.loose:
            score -= 1.0
        elif room < -1.5:
            score += 0.8 if self._alike(n) else 3.0
        elif room > 2.7:
            score += 0.7
        if n + 1 < len(self.lines) and self.lines[n + 1].page == line.page:
            below = self.lines[n + 1].excess
            score += 2.2 if below < 0 else 0.7 if below > 0 else 0.0
        if 0.9 < line.indent and self.indents[n] and abs(line.indent - 2) > 0.9:
            score += 1.0
        if line.indent >= 4:
            score += 1.5
        if self.lead(n):
            score += 0.8
        return score

    def _alike(self, n: int) -> bool:
        """Whether a neighbour of line n is about as wide: then a column, not a heading."""
        near = self.lines[max(0, n - 1) : n] + self.lines[n + 1 : n + 2]
        return any(abs(x.width - self.lines[n].width) <= 2.5 for x in near)

    def echo(self, text: str) -> float:
        """The share of the character pairs of `text` that stand elsewhere on the page too."""
        pairs = {text[i : i + 2] for i in range(len(text) - 1)}
        return sum(self.pairs[p] > 1 for p in pairs) / len(pairs) if pairs else 0.0

    def credit(self, n: int) -> float:
        """Log odds that line n is a credit by itself."""
        if read_credit(self.lines[n].text, self.grammar.credits) is not None:
            return 5.0
        return 4.0 if self.two_line[n] else NEVER

    def _joins(self, n: int) -> float:
        """Log odds that line n goes on with the paragraph of the line above it."""
        line, above = self.lines[n], self.lines[n - 1]
        score = 0.5 * self.goes_on(n)
        if line.excess > 0:
            score -= 0.8
        if DATELINE.match(line.text):
            score -= 4.0
        if above.loose:
            return score
        if above.width + above.indent > self.measures[n - 1] + 1.5 and not self._alike(n - 1):
            score -= 3.0
        if self.slack[n - 1] >= 2.6 and above.text[-1] not in "，、；：":
            score -= 1.0 if abs(line.width - above.width) <= 1.5 else 2.5
        return score

    def crosses(self, n: int) -> bool:
        """Whether the two characters at the break before line n stand together elsewhere."""
        return self.pairs[self.lines[n - 1].text[-1] + self.lines[n].text[0]] > 1

    def _twins(self, n: int) -> float:
        """Log odds that line n goes on with the heading of the line above it."""
        line, above = self.lines[n], self.lines[n - 1]
        score = 1.7 + 0.8 * self.crosses(n)
        if line.excess < 0:
            score += 1.0
        room = self.measures[n] - max(line.width, above.width)
        if abs(line.width - above.width) <= 2.5 and abs(room) > 1.5:
            score += 1.0
        return score

    def step(self, n: int, before: Sequence[float]) -> tuple[list[float], list[int]]:
        """Scores of the readings of line n, and the readings of line n-1 they come from."""
        line, above = self.lines[n], self.lines[n - 1]
        gap = 2.2 if line.excess > 0 else 0.0
        turn = 1.0 if line.page != above.page else 0.0
        first, head, credit = self.first(n), self.head(n), self.credit(n)
        joins = self._joins(n)
        ends = max(
            (before[FIRST] + self.ended(n - 1, FIRST), FIRST),
            (before[NEXT] + self.ended(n - 1, NEXT), NEXT),
        )
        whole = 0.0 if self.ended(n - 1, NEXT) > -3.0 else -2.0
        free = max(before[CREDIT_NEXT], before[CREDIT] if not self.two_line[n - 1] else NEVER)
        free_from = CREDIT_NEXT if before[CREDIT_NEXT] >= free else CREDIT
        after_head = (first if first < 0 else 0.6 * first) + (-3.5 if self.crosses(n) else 0.3)
        choices: list[list[tuple[float, int]]] = [
            [
                (ends[0] + gap + turn + first, ends[1]),
                (before[HEAD] + after_head + gap * 0.5, HEAD),
                (free + 0.8 * first, free_from),
            ],
            [(before[FIRST] + joins, FIRST), (before[NEXT] + joins, NEXT)],
            [
                (ends[0] + whole + gap + turn + head, ends[1]),
                (before[HEAD] + head + self._twins(n) - gap * 0.3, HEAD),
                (free + head + 2.0, free_from),
            ],
            [
                (min(ends[0], max(before[FIRST], before[NEXT]) + 2.0) + credit, ends[1]),
                (before[HEAD] + credit - 3.0, HEAD),
                (free + credit - 3.0, free_from),
            ],
            [(before[CREDIT] if self.two_line[n - 1] else NEVER, CREDIT)],
        ]
        scores, came = [], []
        for options in choices:
            score, source = max(options)
            scores.append(max(score, NEVER))
            came.append(source)
        return scores, came
