"""Look-alikes that OCR confuses, where the context makes the right character certain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from pipeline.clean.evidence import DIGITS, Squeezed
from pipeline.lexicon import Lexicon
from pipeline.rulebook import Rulebook

_LIKE_DIGITS = str.maketrans("OoSIl|", "005111")
_UNITS = (
    "年月日曰时分秒点家个件台名人元万亿亩吨公米千%余多岁户所支项次张辆例起套种条艘只倍"
    "本份块座间处兆颗批毫平"
)
# A whole run of digits and of letters like them, with such a letter in it.
_RUN = re.compile(r"(?<![0-9OoSIl|.])[0-9.]*+[OoSIl|][0-9OoSIl|.]*+")
_LIKE = re.compile(r"[OoSIl|]*+")
_WORD_BEFORE = re.compile(r"[A-Za-z0-9.]")
_WORD_AFTER = re.compile(r"[A-Za-z0-9-]")
_NAMES = re.compile(r"O2O|[1-9]S|[1-9]l|.*\.\.")  # 4S店, iPhone 6S
_DAY = re.compile(r"(?<=[0-9SOIl])曰(?=[0-9，。、；：（）\u4e00-\u9fff])")
_HEADS = re.compile(r"(?<=[0-9万余多名])入(?=[，、。；）])")


class Confusions(Struct, frozen=True):
    """Wrong strings and what they were."""

    wrong: Lexicon
    right: Mapping[str, str]

    def find(self, page: Squeezed) -> Iterator[tuple[int, str, str]]:
        """Offsets in the squeezed text, the right character, and the rule."""
        text = page.text
        yield from self.words(text)
        for m in _DAY.finditer(text):
            yield m.start(), "日", "ocr:曰"
        for m in _HEADS.finditer(text):
            yield m.start(), "人", "ocr:入"
        for run in _RUN.finditer(text):
            span = _number(text, *run.span())
            if span is not None:
                digits = _digits(text, *span)
                yield from (d for d in digits if text[d[0]] != "|" or not page.stands_alone(d[0]))

    def words(self, text: str) -> Iterator[tuple[int, str, str]]:
        """The same for wrong words alone."""
        for start, end, wrong in self.wrong.find(text):
            if wrong[-1] in DIGITS and text[end : end + 1] in DIGITS:
                continue  # 收入员愿圆苑远元 is an income of 18276元
            for k, (a, b) in enumerate(zip(wrong, self.right[wrong], strict=True)):
                if a != b:
                    yield start + k, b, f"ocr:{wrong}"


def _number(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The number with letters in it in the run ``[start, end)``; None if it holds none.

    At its edges stand no other letters or digits, and before its first digit only letters
    that are like digits. Within the run only | and . part it from what is no part of it.
    """
    if _WORD_AFTER.match(text, end):
        end = max(text.rfind("|", start, end), text.rfind(".", start, end))
        if end < 0:
            return None
    last = max(text.rfind(c, start, end) for c in "OoSIl|")
    at = start
    if _WORD_BEFORE.match(text[start - 1 : start]):
        at = text.find("|", start, end) + 1 or end
    while at <= last:
        like = _LIKE.match(text, at)
        digit = like.end() if like else at
        if "0" <= text[digit : digit + 1] <= "9":
            return at, end
        at = text.find("|", digit, end) + 1 or end
    return None


def _digits(text: str, start: int, end: int) -> Iterator[tuple[int, str, str]]:
    """The letters of a number that stand for digits."""
    token, after = text[start:end], text[end : end + 1]
    true = sum(c.isdigit() for c in token)
    counted = bool(after) and after in _UNITS
    if not counted and (true < 3 or _NAMES.fullmatch(token)):
        return
    if true * 2 < len(token.replace(".", "")) and not (counted and token[0].isdigit()):
        return
    for k, c in enumerate(token):
        if c in "OoSIl|":
            yield start + k, c.translate(_LIKE_DIGITS), "ocr:digit"


def compile_confusions(rules: Rulebook) -> Confusions:
    """Compile ``rules/ocr_confusions.tsv``."""
    right = {r.surface: r["right"] for r in rules["ocr_confusions"]}
    return Confusions(Lexicon.of(right), right)
