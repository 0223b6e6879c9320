"""Places that the words around them rule out: the name is but a part of one, or of two."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from pipeline.records import PlaceName, Word

_FULL = (*"省市区县盟旗", "自治州")  # ends of names that are not shortened
# A street named after a place, but not 上海路网, 广州街头.
_STREET = re.compile(
    "[东西南北中]?路(?![过经费途网况桥政灯面线权人])|[东西南北]?街(?![道头坊上边区巷])|大道"
)
_FEATURES = "湖山江河峰岭寺塔"  # 昆明湖 is in Beijing


def made_of_parts(start: int, end: int, words: Sequence[Word]) -> bool:
    """Whether ``[start, end)`` is the end of one word and the beginning of the next.

    隆重 + 庆祝 holds no 重庆. `words` are those of the same text; one without a part of speech is
    no word that is known.
    """
    n = _last_begun(words, start)
    if n < 0 or not words[n].pos or not words[n].start < start < words[n].end < end:
        return False
    last = bisect_left(words, end, key=lambda w: w.start) - 1
    return bool(words[last].pos) and words[last].start < end < words[last].end


def part_of_name(n: PlaceName, text: str, words: Sequence[Word]) -> bool:
    """Whether a short name is but a part of another: 保山 of the man 霍保山, 昆明 of 昆明湖, 平江
    of 平江路.

    `words` are those of the same text.
    """
    if n.kind == "area" and not n.text.endswith(_FULL) and _STREET.match(text, n.end):
        return True
    at = _last_begun(words, n.start)
    if at < 0 or n.end > words[at].end or words[at].end - words[at].start == n.end - n.start:
        return False
    word = words[at]
    if word.pos.startswith("nr"):
        return True
    if n.kind != "area" or not word.pos.startswith("ns") or n.text.endswith(_FULL):
        return False
    return n.start > word.start or (word.end == n.end + 1 and text[n.end] in _FEATURES)


def _last_begun(words: Sequence[Word], at: int) -> int:
    """The index of the last word that begins at `at` or before; -1 where none does."""
    return bisect_right(words, at, key=lambda w: w.start) - 1
