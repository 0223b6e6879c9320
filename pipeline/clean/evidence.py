"""How likely each glyph hanzi is a damaged mark, judged by its neighbours.

A page is read without its white space (`Squeezed`), as lines wrap anywhere. Candidates that
touch form a chain and are judged together: 队员员园名 is 队员 and 10名.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from pipeline.clean.pairs import FOLDED, Pairs, normal
from pipeline.clean.people import People
from pipeline.lexicon import Lexicon

DIGITS = frozenset("园员圆猿源缘远苑愿怨援豫辕原")
OPENERS = {"野": "冶", "渊": "冤", "叶": "曳", "耶": "爷"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}
WORD = {"sure": -10.0, "likely": -2.5}  # log odds: the candidate stands in a genuine word
BEFORE_MARK = 5.0  # the words before it call for a mark
PAIRED, ALONE = 3.0, -5.0  # a bracket whose partner is in reach, or is not
REACH = 90  # characters between two brackets of a pair
NEVER = -60.0
QUOTES = {"液": "一", "腋": "夜"}
QUOTED = 40  # characters between two of these
# Surnames among the hanzi: log of their share, measured by the surnames counted as ``N``.
SHARES = {"袁": -3.0, "叶": -3.3, "尧": -4.0, "冶": -6.5, "苑": -6.0}


class Squeezed(Struct, frozen=True):
    """A text without white space, and where its characters and lines stand."""

    text: str
    starts: tuple[int, ...]  # of each run of non-blanks, in `text`
    sources: tuple[int, ...]  # the same in the raw page
    lines: tuple[int, ...]  # the start of each line, in `text`

    def source(self, at: int) -> int:
        """The raw offset of character `at`."""
        k = bisect_right(self.starts, at) - 1
        return self.sources[k] + at - self.starts[k]

    def stands_alone(self, at: int) -> bool:
        """Whether there are blanks on both sides of character `at`."""
        k = bisect_left(self.starts, at)
        return self.starts[k : k + 2] == (at, at + 1)

    def span(self, line: int) -> tuple[int, int]:
        """Where line number `line` starts and ends in `text`."""
        end = self.lines[line + 1] if line + 1 < len(self.lines) else len(self.text)
        return self.lines[line], end

    def line(self, at: int) -> int:
        """The number of the (not blank) line that character `at` stands in."""
        return bisect_right(self.lines, at) - 1


def squeeze(raw: str) -> Squeezed:
    """Take the white space out of `raw`."""
    starts: list[int] = []
    sources: list[int] = []
    lines: list[int] = []
    parts: list[str] = []
    at = last = 0
    for run in re.finditer(r"\S+", raw):
        source = run.start()
        if not lines or raw.find("\n", last, source) >= 0 or raw.find("\f", last, source) >= 0:
            lines.append(at)
        starts.append(at)
        sources.append(source)
        parts.append(run.group())
        last = run.end()
        at += last - source
    return Squeezed("".join(parts), tuple(starts), tuple(sources), tuple(lines))


class Candidate(Struct, frozen=True):
    """A glyph hanzi at offset `at` of the squeezed text; `odds` are log odds of a mark."""

    at: int
    hanzi: str
    odds: float


class Judge(Struct, frozen=True):
    """Judges candidates: `marks` by hanzi as pairs name them, and genuine `words` by strength."""

    marks: Mapping[str, str]
    pairs: Pairs
    words: Mapping[str, Lexicon]
    people: People
    telling: re.Pattern[str]  # chains of candidates that tell damage
    all: re.Pattern[str]  # chains of all hanzi that may be marks

    def evidence(self, text: str) -> list[Candidate]:
        """Every candidate of `text` that tells damage, judged alone."""
        priors = self.priors(text)
        return self._judge(text, self.telling.finditer(text), lambda k: priors.get(k, 0.0), {})

    def decide(
        self,
        text: str,
        spans: Iterable[tuple[int, int]],
        prior: Callable[[int], float],
        names: Mapping[int, float],
    ) -> list[Candidate]:
        """Every candidate in the `spans` of `text`.

        `prior` gives the prior log odds of a mark, `names` those of a surname by offset.
        """
        chains = (m for a, b in spans for m in self.all.finditer(text, a, b))
        return self._judge(text, chains, prior, names)

    def _judge(
        self,
        text: str,
        chains: Iterable[re.Match[str]],
        prior_at: Callable[[int], float],
        names: Mapping[int, float],
    ) -> list[Candidate]:
        seen: dict[tuple[str, tuple[float, ...], tuple[float, ...] | None], list[float]] = {}
        found: list[Candidate] = []
        for chain in chains:
            a, b = chain.span()
            prior = tuple(map(prior_at, range(a, b)))
            called = tuple(names.get(k, 0.0) for k in range(a, b)) if names else None
            key = text[max(0, a - 1) : b + 1], prior, called
            odds = seen.get(key)
            if odds is None:
                before, after = text[max(0, a - 1) : a], text[b : b + 1]
                before, after = FOLDED.get(before, before), FOLDED.get(after, after)
                odds = seen[key] = self.odds(before, chain.group(), after, prior, called)
            found += [Candidate(a + k, text[a + k], x) for k, x in enumerate(odds)]
        return found

    def priors(self, text: str) -> dict[int, float]:
        """What words and brackets say of candidates, as log odds by offset."""
        priors: dict[int, float] = {}
        for strength, words in self.words.items():
            for start, end, _ in words.find(text):
                if strength == "mark":
                    priors[end - 1] = BEFORE_MARK
                    continue
                for k in range(start, end):
                    priors[k] = min(priors.get(k, 0.0), WORD[strength])
        sure = {k for k, x in priors.items() if x == WORD["sure"]}
        for at, paired in brackets(text, sure):
            priors[at] = priors.get(at, 0.0) + (PAIRED if paired else ALONE)
        return priors

    def odds(
        self,
        before: str,
        chain: str,
        after: str,
        prior: Sequence[float],
        names: Sequence[float] | None = None,
    ) -> list[float]:
        """For each character of `chain` the log odds that it is a mark.

        `before` and `after` are the neighbours of the chain, `prior` log odds known from
        elsewhere and `names` those of a surname. Sums over all
        ways to read the chain (forward and backward).
        """
        step = self.pairs.after
        if len(chain) == 1:
            mark = self.marks[chain]
            one = prior[0] + step(before, mark) + step(mark, after)
            two = step(before, chain) + step(chain, after)
            if chain in SHARES:
                share = SHARES[chain] + (names[0] if names else 0.0)
                two = _add((two, share + step(before, "N") + step("N", after)))
            return [one - two]
        called = names or [0.0] * len(chain)
        options = [self._readings(*x) for x in zip(chain, prior, called, strict=True)]
        ahead = [[x + step(before, c) for c, x in options[0]]]
        for k in range(1, len(chain)):
            past = list(zip(options[k - 1], ahead[-1], strict=True))
            ahead.append([x + _add([f + step(b, c) for (b, _), f in past]) for c, x in options[k]])
        back = [step(c, after) for c, _ in options[-1]]
        found = []
        for k in range(len(chain) - 1, -1, -1):
            total = [f + b for f, b in zip(ahead[k], back, strict=True)]
            found.append(total[0] - _add(total[1:]))
            if k:
                back = [
                    _add([step(b, c) + x + r for (c, x), r in zip(options[k], back, strict=True)])
                    for b, _ in options[k - 1]
                ]
        return found[::-1]

    def quotes(self, text: str) -> frozenset[int]:
        """Offsets of 液…一 and 腋…夜 that are likely 『…』 and 「…」."""
        found: set[int] = set()
        for m in _QUOTE.finditer(text):
            closer = QUOTES[m.group()]
            opening = self._alone(text, m.start())
            best, at = -opening, -1
            for k in range(m.start() + 2, min(m.start() + QUOTED, len(text))):
                if text[k] == m.group():
                    break
                if text[k] == closer and (x := self._alone(text, k)) > best:
                    best, at = x, k
            if at >= 0:
                found |= {m.start(), at}
        return frozenset(found)

    def _alone(self, text: str, at: int) -> float:
        return self.odds(
            normal(text[max(0, at - 1) : at]), text[at], normal(text[at + 1 : at + 2]), (0.0,)
        )[0]

    def _readings(self, hanzi: str, prior: float, name: float) -> list[tuple[str, float]]:
        """How `hanzi` may be read, with prior log odds: the mark, itself, a surname."""
        readings = [(self.marks[hanzi], prior), (hanzi, 0.0)]
        if hanzi in SHARES:
            readings.append(("N", SHARES[hanzi] + name))
        return readings


_QUOTE = re.compile("[液腋]")
_BRACKET = re.compile(f"[{''.join(OPENERS)}{''.join(CLOSERS)}]")


def brackets(text: str, words: Container[int]) -> Iterator[tuple[int, bool]]:
    """Each bracket hanzi of `text` and whether the next one of its kind closes (opens) it.

    Those at offsets in `words` are hanzi; those that touch one of their own kind
    (野野冶) are left to their neighbours.
    """
    waiting: dict[str, int] = {}
    for m in _BRACKET.finditer(text):
        at, c = m.start(), m.group()
        if at in words:
            continue
        opener = CLOSERS.get(c, c)
        previous = waiting.pop(opener, None)
        if c in OPENERS:
            if previous is not None and previous != at - 1:
                yield previous, False
            waiting[opener] = at
        elif previous is not None and at - previous <= REACH:
            yield previous, True
            yield at, True
        else:
            yield at, False
    for at in waiting.values():
        yield at, False


def _add(logs: Sequence[float]) -> float:
    """The log of the sum of numbers whose logs are given."""
    if len(logs) == 1:
        return logs[0]
    most = max(logs)
    return most + math.log(sum([math.exp(x - most) for x in logs]))
