"""What looks like a count and is none: ordinals, articles, names, clock times, bare sets.

Everything here answers one question about a finished `Count`: is it no count, or one that
nobody asks for (两地 after both were named, 一名 as an article)?
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from pipeline.extract.count_grammar import Quantity
from pipeline.numerals import NUMERAL
from pipeline.records import Count

Check = Callable[[str, Count, Quantity], bool]

_ORDINAL: Final = re.compile(rf"第(?:{NUMERAL}(?:[、和至到]|—{{1,2}}|-))*$")
_RANK: Final = re.compile(rf"(?:[列居]|排名|位次)第?(?:{NUMERAL}、)*$")
_LEADING: Final = re.compile(r"(?<![目此日之当以先年月提午生眼面跟])前$")
_GLUED: Final = re.compile(
    r"(?:[A-Za-z\d._/〔\[#№－×*·]|(?<![：:，。；、（(“\s])[-–]|[A-Za-z]-|\d[:：∶])$"
)
_CLOCK: Final = re.compile(r"(?:\d|[一二三四五六七八九十])[时点:：]$")
_TODAY: Final = re.compile(
    r"(?:上午|下午|中午|凌晨|清晨|早上|早晨|晚上|晚间|傍晚|夜里|深夜|当晚|今晚|日晚|日)$"
)
_EVERY: Final = re.compile(r"每[一隔]?$")
_ANAPHORA: Final = re.compile(r"[这那此该]$|上述$|前述$|其他$|其余$|另外$")
_REGION: Final = re.compile(
    r"(?:地级|县级|设区的?)?(?:[县区市省乡镇村州旗盟]|自治|街道|国家|地区|乡镇|园区|部门|单位|试点)"
)
_ABSTRACT: Final = re.compile(
    r"(?:方面|阶段|问题|原则|层次|层面|环节|步骤|重点|特点|意见|要求|目标|关系|维度|自信|意识"
    r"|维护|文明|坚持|确保|必须|服从|统一|关键|优势|因素|条件|任务|领域|转变|变化|效益|市场"
    r"|大局|代表|全面|务必|不变|时期|世纪|版本|文件|会议|角度|方向|主题|篇章|字|数字|月|小时|星期)"
)
_DEATH: Final = re.compile(r"人(?:死亡|遇难|受伤|失踪|重伤|轻伤|溺亡|身亡)")
_DEATH_BEFORE: Final = re.compile(r"(?:死亡|遇难|受伤|失踪|重伤|轻伤|死|伤)$")
_CLAUSE: Final = re.compile(r"[，。；：！？（）\n]")
_QUOTE_OPEN: Final = "“‘「『"
_QUOTE_CLOSE: Final = re.compile(r"[^“”‘’「」\n]{0,6}[”’」』]")
_PLUS: Final = re.compile(r"[^，。；、\n+＋]{0,6}[+＋]")
_FLAT: Final = re.compile(r"\d+(?:单元|号|室|楼|层)")
_HELD: Final = re.compile(r"(?:班|训|讲座|[办出编]|连续|共|分|刊)$")
_GLOBE: Final = re.compile(r"(?:[南北]纬|[东西]经|烈度)[为达约]?$")
_NAME_UNITS: Final = tuple("口里台门道盘单兆间元角股")
_NAME_END: Final = re.compile(r"[镇乡屯区县店桥街]")
_SHELF: Final = re.compile(r"[到在至从住家上下]$")
_ADDRESS: Final = re.compile(r"\d(?:栋|幢|单元|楼|号|室)\d*$")


def is_no_count(text: str, count: Count, quantity: Quantity) -> bool:
    """Whether `count`, found in `text` from `quantity`, must not be reported."""
    return any(check(text, count, quantity) for check in _CHECKS)


def _ordinal(text: str, count: Count, quantity: Quantity) -> bool:
    """第13个, 分列二、三位, 前三名."""
    before = text[max(0, count.start - 14) : count.start]
    if before.endswith(("第", "初", "星期", "礼拜", "周")):
        return before[-1] != "周" or quantity.han
    if "第" in before and _ORDINAL.search(before):
        return True
    leading = bool(_LEADING.search(before))
    if quantity.unit in ("名", "位") and (leading or _RANK.search(before)):
        return True
    return leading and quantity.unit in ("家", "个") and quantity.han


def _glued(text: str, count: Count, quantity: Quantity) -> bool:
    """K337次, 直-8, 2022/9, 3:1, 023-12345: a piece of a longer name or number."""
    if text[count.start] not in "0123456789":
        return False
    return bool(_GLUED.search(text, max(0, count.start - 2), count.start))


def _vague(text: str, count: Count, quantity: Quantity) -> bool:
    """数十, 几百, 几十分之一: nobody knows how many."""
    before = text[quantity.start - 1] if quantity.start else ""
    return before in ("数", "几") and text[quantity.start] in "十百千万亿"


def _clock(text: str, count: Count, quantity: Quantity) -> bool:
    """7时30分, 下午3点: times of the day."""
    if quantity.unit not in ("分", "点"):
        return False
    before = text[max(0, count.start - 3) : count.start]
    if _CLOCK.search(before) or _TODAY.search(before):
        return True
    return quantity.unit == "点" and count.value <= 24 and count.value == int(count.value)


def _small_chinese(text: str, count: Count, quantity: Quantity) -> bool:
    """Chinese numerals below what the unit takes: 一个, 四项, 万里."""
    rule = quantity.rule
    if quantity.han and quantity.value == 0:
        return True  # 零部件
    if not quantity.han or rule is None or rule.han == "one":
        return False
    if quantity.bare:
        return _bare(text, count, quantity)
    if rule.han == "none":
        return True
    if quantity.value_max is not None and quantity.value == 1:
        return quantity.value_max == 2
    if quantity.value == 1:
        return not _meant_as_number(text, count, rule.kind)
    return rule.han == "ten" and quantity.value < 10


def _bare(text: str, count: Count, quantity: Quantity) -> bool:
    """百名 and 千人 count; 万里 and 百米 do not, unless 近 or 上 stand before them."""
    if text[count.start - 1 : count.start] in ("每", "一", "数", "几", "成", "（", "("):
        return True
    if count.comparator == "=" or (
        count.text.endswith(("以上", "以下"))
        and (text[count.start] in "百千万亿" and count.start == quantity.start)
    ):
        return quantity.rule is None or quantity.rule.han != "bare" or count.comparator != "="
    return False


def _meant_as_number(text: str, count: Count, kind: str) -> bool:
    """Whether 一 counts: 近一吨, 一人死亡."""
    if count.comparator != "=":
        return kind in ("measure", "currency", "share")
    if count.unit == "人":
        return bool(
            _DEATH.match(text, count.end - 1)
            or _DEATH_BEFORE.search(text, max(0, count.start - 2), count.start)
        )
    return False


def _every(text: str, count: Count, quantity: Quantity) -> bool:
    """每百名, 每3所, 每一个 only say what a rate refers to."""
    return bool(_EVERY.search(text, max(0, count.start - 2), count.start))


def _listed_set(text: str, count: Count, quantity: Quantity) -> bool:
    """石栏、双龙、边城三个镇: the number only repeats how many were named."""
    if not 2 <= quantity.value <= 9 or quantity.value_max is not None or count.unit is None:
        return False
    following = _REGION.match(text, count.end)
    if quantity.han:
        if _ANAPHORA.search(text, max(0, count.start - 2), count.start):
            return True
        if count.unit in ("个", "种", "类", "项") and _ABSTRACT.match(text, count.end):
            return True
    elif not following or count.unit != "个":
        return False
    clause = text[max(0, count.start - 60) : count.start]
    cut = max((m.end() for m in _CLAUSE.finditer(clause)), default=0)
    clause = clause[cut:]
    if clause.endswith(("等", "及")) or not clause:
        return False
    items = clause.count("、") + clause.count("和") + 1
    items = max(items, clause.count("”“") + 1)
    return items == int(quantity.value) and items > 1


def _name(text: str, count: Count, quantity: Quantity) -> bool:
    """“三改”, “7大平台”: a slogan in quotation marks."""
    if text[count.start - 1 : count.start] not in _QUOTE_OPEN or count.start == 0:
        return False
    return bool(_QUOTE_CLOSE.match(text, count.end))


def _formula(text: str, count: Count, quantity: Quantity) -> bool:
    """1个社工+1个志愿者."""
    if text[count.start - 1 : count.start] in ("+", "＋"):
        return True
    return bool(_PLUS.match(text, count.end))


def _floor(text: str, count: Count, quantity: Quantity) -> bool:
    """到六层, 3栋2层: where, not how many."""
    if count.unit not in ("层", "栋", "幢", "排") or count.comparator != "=":
        return False
    if _FLAT.match(text, count.end):
        return True
    before = text[max(0, count.start - 4) : count.start]
    return bool(_ADDRESS.search(before)) or (quantity.han and bool(_SHELF.search(before)))


def _phase(text: str, count: Count, quantity: Quantity) -> bool:
    """三期工程 is an ordinal, 培训班八期 is not."""
    if count.unit != "期" or not quantity.han or quantity.value >= 10:
        return False
    return not _HELD.search(text, max(0, count.start - 3), count.start)


def _place(text: str, count: Count, quantity: Quantity) -> bool:
    """五里源乡, 三口镇, 北纬75度: part of a name or a position on the globe."""
    if count.unit == "度" and _GLOBE.search(text, max(0, count.start - 3), count.start):
        return True
    named = quantity.han and count.unit in _NAME_UNITS and quantity.value < 20
    return bool(named and _NAME_END.match(text, count.end))


def _second(text: str, count: Count, quantity: Quantity) -> bool:
    """二次创业, 二期工程: 二 before a classifier is an ordinal; 二人, 二斤 count."""
    if not quantity.han or quantity.value != 2 or quantity.value_max is not None:
        return False
    surface = text[quantity.start : quantity.number_end]
    kind = quantity.rule.kind if quantity.rule else ""
    return surface == "二" and kind == "classifier" and count.unit not in ("人", "名", "位", "家")


_CHECKS: Final[tuple[Check, ...]] = (
    _vague,
    _small_chinese,
    _ordinal,
    _glued,
    _every,
    _listed_set,
    _clock,
    _name,
    _formula,
    _floor,
    _phase,
    _place,
    _second,
)
