"""Blanks inside a line: which were set by the extractor, and which part a printed phrase.

Newlines, form feeds and the blanks at the head of a line are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.offsets import Edit

BLANKS = " \t\u00a0\u3000\u2002\u2003\u2009\u200b\ufeff"
_B = f"[{BLANKS}]"
# Characters set loosely: four or more that stand alone between single blanks.
_LOOSE = re.compile(rf"(?<![^\n\f{BLANKS}])(?:[^\s] ){{3,}}[^\s](?![^\s])")
_GAP = re.compile(rf"(?<=[^\n\f{BLANKS}]){_B}+")
_CJK = r"\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2014\u2018-\u201d\u2026\u00b7"
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff〇]")
_WIDE = re.compile(f"[{_CJK}]")
_BYLINE = re.compile(r"(?:记者|通讯员|作者|编辑|摄影)$")
_SENTENCE = re.compile(r"[，。；：、！？]")


def blank_edits(text: str) -> Iterator[Edit]:
    """Deletions of blanks, in offsets of `text`, in order; all with the rule ``blank``."""
    for line in re.finditer(r"[^\n\f\r]+", text):
        s = line.group()
        if _GAP.search(s):
            yield from _line(s, line.start())


def _line(s: str, at: int) -> Iterator[Edit]:
    loose = [m.span() for m in _LOOSE.finditer(s)]
    running = bool(_SENTENCE.search(s))
    body = len(s) - len(s.lstrip(BLANKS))
    n = 0
    for gap in _GAP.finditer(s, body):
        a, b = gap.span()
        while n < len(loose) and loose[n][1] <= a:
            n += 1
        if (n < len(loose) and loose[n][0] <= a) or _drop(s, a, b, running):
            yield Edit(at + a, at + b, "", "blank")
        elif gap.group() == "\u3000":
            yield Edit(at + a, at + b, " ", "blank")


def _drop(s: str, a: int, b: int, running: bool) -> bool:
    """Whether the blanks ``s[a:b]`` separate nothing."""
    if b == len(s):
        return True
    left, right = s[a - 1], s[b]
    if b - a > 1:
        return False
    if not (_WIDE.match(left) or _WIDE.match(right)):
        return False
    if _BYLINE.search(s, max(0, a - 4), a) and len(s) - b < 13:
        return False
    if not (_HAN.match(left) and _HAN.match(right)):
        return True
    return running
