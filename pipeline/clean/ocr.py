"""Look-alikes that OCR confuses, where the context makes the right character certain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.clean.evidence import Squeezed
from pipeline.lexicon import Lexicon
from pipeline.rulebook import Rulebook

# Characters that hardly occur in print but for the look-alike.
_ALWAYS = {"巿": "市", "冇": "有"}
_LIKE_DIGITS = str.maketrans("OoSIl|", "005111")
_UNITS = (
    "年月日曰时分秒点家个件台名人元万亿亩吨公米千%余多岁户所支项次张辆例起套种条艘只倍"
    "本份块座间处兆颗批毫平"
)
# A number with letters in it: at least one true digit, no other letter beside it.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9.])(?=[OoSIl|]*[0-9])[0-9OoSIl|.]*[OoSIl|][0-9OoSIl|.]*(?![A-Za-z0-9-])"
)
_NAMES = re.compile(r"O2O|[1-9]S|[1-9]l|.*\.\.")  # 4S店, iPhone 6S
_DAY = re.compile(r"(?<=[0-9SOIl])曰(?=[0-9，。、；：（）\u4e00-\u9fff])")
_HEADS = re.compile(r"(?<=[0-9万余多名])入(?=[，、。；）])")


@dataclass(frozen=True, slots=True)
class Confusions:
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
        for m in _NUMBER.finditer(text):
            yield from _digits(text, m)

    def words(self, text: str) -> Iterator[tuple[int, str, str]]:
        """The same for wrong words alone."""
        for start, _, wrong in self.wrong.find(text):
            for k, (a, b) in enumerate(zip(wrong, self.right[wrong], strict=True)):
                if a != b:
                    yield start + k, b, f"ocr:{wrong}"


def _digits(text: str, m: re.Match[str]) -> Iterator[tuple[int, str, str]]:
    """The letters of a number that stand for digits."""
    token, after = m.group(), text[m.end() : m.end() + 1]
    true = sum(c.isdigit() for c in token)
    counted = bool(after) and after in _UNITS
    if not counted and (true < 3 or _NAMES.fullmatch(token)):
        return
    if true * 2 < len(token.replace(".", "")) and not (counted and token[0].isdigit()):
        return
    for k, c in enumerate(token):
        if c in "OoSIl|":
            yield m.start() + k, c.translate(_LIKE_DIGITS), "ocr:digit"


def compile_confusions(rules: Rulebook) -> Confusions:
    """Compile ``rules/ocr_confusions.tsv``."""
    right = {r.surface: r["right"] for r in rules["ocr_confusions"]} | _ALWAYS
    return Confusions(Lexicon.of(right), right)
