"""Bytes to text, when nobody says in which encoding they are.

GB18030 decodes nearly any bytes, so what decodes is not enough: the text must also look
like Chinese. That is judged by the share of the commonest hanzi and of Chinese marks,
which make up well over half of real text and a tenth of misread text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from msgspec import Struct

# The commonest hanzi of Chinese text, simplified and traditional.
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后"
    "多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合"
    "还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只"
    "没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边"
    "流路级少图山统接知较将组见计别手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百"
    "规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真"
    "务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界林律究观越织"
    "装影算低持音众书布复容儿须际商非验连断深难近千周委素技备半办青省列习响约支般史感劳便团往历市克何除消构府称太"
    "准精值号率族维划选标写存候亲快效院查江型王按格养易置派层片始却专状育厂京识适属包火住调满县局照参红细引听该价"
    "严首底液官德随病苏失尔死讲配女黄推显谈罪神艺呢席含企望密批营项防举球英氧势告李台落木帮轮破亚师围注远字材排供"
    "亿镇乡村街居会者讯版责编辑版据悉称截共其计逾余岁届奖赛胜院校银贷税购销售店网络城房楼桥铁港船机票"
    "國這時來們個為會發動過說產種後學經進著電裡現實當點從業應開還體製機關線數義間樣與質氣變條沒結問無係軍題黨總長"
    "頭資邊圖統較將組見計別運農幾區強決據處隊給門規熱領東導壓爭濟階術極聯認權證採轉單風帶場車務萬達積議報類離華確"
    "張馬節話傳許廣記員員設級論戰則陸歲億鎮鄉縣號專屬標題選舉臺灣灣構稱歷備辦勞團書連斷難約劃準維養層狀廠識適觀"
)
# GB18030 first: of two equally likely readings the commoner encoding wins.
_CODECS = ("gb18030", "big5", "big5hkscs", "cp950", "utf-16-le", "utf-16-be")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PLAIN = re.compile(r"[、。〈-】〔-〕！-～“”‘’—…·％\s]")
_HANZI = re.compile(r"[㐀-䶿一-鿿]")
_ODD = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufff0-\uffff가-힣]")
_ASCII = re.compile(r"[!-~]")
_SAMPLE = 20_000
_PLAUSIBLE = 0.35
_DAMAGED = 1 / 500  # undecodable characters that a page worth reading may hold; or a few
_FEW = 4  # what a bad byte makes of itself and of the three of the character it is in

_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"\x1f\x8b", "gzip without the name ending .gz"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
)


class Decoded(Struct, frozen=True):
    """A text and the Python codec that gives it; a byte order mark is not part of it.

    Where `text` holds U+FFFD, the codec was used with ``errors="replace"``.
    """

    text: str
    encoding: str


def decode(data: bytes) -> Decoded | None:
    """`data` as text, or None where no encoding makes plausible text of it."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return _tolerant(data, codec)
    if b"\0" not in data:
        text = _strict(data, "utf-8")
        if text is not None and _controls(text) < 0.02:
            return Decoded(text, "utf-8")
    readings = [(plausibility(text), Decoded(text, codec)) for codec, text in _readings(data)]
    if readings:
        # max() keeps the first of equals.
        score, best = max(readings, key=lambda r: r[0])
        if score >= _PLAUSIBLE:
            return best
    damaged = (_tolerant(data, codec) for codec in ("utf-8", "gb18030", "big5"))
    return next((d for d in damaged if d and plausibility(d.text) >= _PLAUSIBLE), None)


def plausibility(text: str) -> float:
    """How much `text` looks like a Chinese page: 0.8 for a real one, 0.2 for a misread one."""
    sample = text[:_SAMPLE]
    if not sample:
        return 0.0
    common = sum(map(_COMMON.__contains__, sample))
    plain = len(_PLAIN.findall(sample))
    rare = len(_HANZI.findall(sample)) - common
    odd = len(_ODD.findall(sample))
    # Half of a UTF-16 text looks like ASCII letters when it is misread, so these prove little.
    letters = len(_ASCII.findall(sample))
    return (common + plain + 0.3 * rare + 0.5 * letters - 2 * odd) / len(sample)


def kind_of_binary(data: bytes) -> str | None:
    """What sort of binary file `data` is, in words; None where it may be text."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    head = data[:_SAMPLE]
    # Control bytes other than tab, line ends and form feed; escape begins ISO-2022 text.
    controls = sum(b < 32 and b not in b"\t\n\r\f\x1b" for b in head)
    return "a binary file" if controls > 0.05 * len(head) else None


def is_utf8(data: bytes) -> bool:
    """Whether `data` is well-formed UTF-8, be it Chinese or not."""
    return _strict(data, "utf-8") is not None


def _readings(data: bytes) -> Iterator[tuple[str, str]]:
    for codec in ("utf-8", *_CODECS):
        text = _strict(data, codec)
        if text is not None:
            yield codec, text


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _tolerant(data: bytes, codec: str) -> Decoded | None:
    text = data.decode(codec, "replace")
    return Decoded(text, codec) if text.count("\ufffd") <= max(_FEW, _DAMAGED * len(text)) else None


def _controls(text: str) -> float:
    sample = text[:_SAMPLE]
    return len(_ODD.findall(sample)) / max(1, len(sample))
