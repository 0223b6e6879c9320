"""The arithmetic of Founder glyph damage.

Founder's typesetting fonts keep punctuation, full-width digits and letters (GB2312 rows A1
to A3) at codes whose first byte is 0x31 larger. A PDF without a character map then yields
the hanzi that GB2312 has at the larger code: 《 (A1B6) becomes 叶 (D2B6).
"""

from __future__ import annotations

ROWS = (0xA1, 0xA2, 0xA3)
SHIFT = 0x31
# Python's gb2312 codec names two marks otherwise than every Chinese page does.
USUAL = {"\u30fb": "·", "\u2015": "—"}


def founder_table() -> dict[str, str]:
    """Every hanzi that may stand for a damaged mark, and that mark (full-width)."""
    table: dict[str, str] = {}
    for row in ROWS:
        for cell in range(0xA1, 0xFF):
            try:
                mark = bytes((row, cell)).decode("gb2312")
                hanzi = bytes((row + SHIFT, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            table[hanzi] = USUAL.get(mark, mark)
    return table


_DIGITS = "０１２３４５６７８９"
_LETTERS = "".join(chr(c) for c in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
HALF = {ord(c): ord(c) - 0xFEE0 for c in _DIGITS + _LETTERS + "％．／－＋＝＆＠＃＊＿"}
