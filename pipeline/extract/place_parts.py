"""Places that the words around them rule out: the name is but a part of one, or of two."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from pipeline.records import PlaceName, Word

_FULL = tuple("省市区县州盟旗")  # ends of names that are not shortened
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
    """Whether a short name is but a part of another: 保山 of the man 霍保山, 昆明 of 昆明湖.

    `words` are those of the same text.
    """
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
