"""What the shape of a place says of a candidate, apart from single neighbours: log odds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.clean.pairs import LETTERS

_D = "0-9０-９园员圆猿源缘远苑愿怨"
_L = f"{LETTERS}A-Za-z"
_SELDOM = "粤悦阅耘郧匀陨允蕴酝晕韵孕匝砸栽哉灾宰"  # letters that are rare as hanzi
_RULES: tuple[tuple[str, float], ...] = (
    ("要(?=要)|(?<=要)要", 1.0),  # a dash stands in twos
    ("(?<!要)要(?!要)", -2.0),
    (f"(?<=[{_D}])[译益](?!者)", 7.0),  # ‰ and ℃
    (f"(?<=[{_D}])[颐耀伊](?=[{_D}])", 5.0),  # ratio, range, ×
    (f"爷(?=[怨9９][{_D}])", 12.0),  # ’98
    ("(?:(?<=[遥冤。）])|^)[荫吟]", 10.0),  # bullets
    ("元(?=元元)|(?<=元)元(?=元)|(?<=元元)元", 12.0),  # three asterisks
    (f"(?<=渊)[{LETTERS}](?=尧[{LETTERS}]冤)|(?<=渊[{LETTERS}]尧)[{LETTERS}](?=冤)", 8.0),
    (f"[{_SELDOM}](?=[{_SELDOM}])|(?<=[{_SELDOM}])[{_SELDOM}]", 3.0),  # letters in a row
    (f"(?<![{_D}{_L}./-])[{LETTERS}](?![{_D}{_L}股级组型座栋冤尧])", -4.0),
    (f"(?<![{_D}援渊])[远缘源圆园愿怨](?=[袁遥曰冶钥浴])", -4.0),  # a number has a unit
    (f"员(?=援[{_D}])", 12.0),
    ("(?<=[袁，。遥尧])[员圆猿源](?=小时|[个名人次家支张万亿天年月日米吨台])", 5.0),
    (f"(?<![{_D}])[援豫]", -8.0),  # a decimal point or % needs a digit before it
    ("在", -5.0),  # letters that are rare, and usual as hanzi
    ("[再则造增责早曾]", -3.0),
    (f"(?<=[{_D}][人名个家次])员(?=[{_D}])", 8.0),
    # Where a number begins: 收入员愿圆苑远元 is 18276元, 会员员猿园园人 are 1300 members.
    (f"(?<=入)员(?=[{_D}援豫项个家次名万亿元])|(?<=入)园(?=援)", 9.0),
    (f"(?<=[工老病军客商盲]人)员(?=[{_D}])|(?<=[落建]成)员(?=[座项家所个条栋幢处])", 9.0),
    (f"(?<=[会学党职演官议雇店船球])员(?=[{_D}]{{2,6}}[余多]?(?:[名位]|人(?!次)))", -9.0),
    (f"(?<=[心意自志])愿(?=[{_D}])", -9.0),
    (f"(?<=[花学文艺])苑(?=[{_D}])|(?<=[长永偏边深])远(?=[{_D}])", -9.0),
    (f"(?<=福利)院(?=[{_D}达共])|(?<=护理)院(?=[{_D}达共])", -9.0),
    ("尧(?=都区|山镇)", -20.0),  # a district of 临汾
    (f"(?<=月)[{_D}SOIl]{{1,2}}(曰)|至[{_D}]{{1,2}}(曰)(?=[{_D}]{{1,2}}时)", -60.0),  # 日
    ("(?<=[县市区旗])野(?=[\u4e00-\u9fff]{1,2}[乡镇村街])", -5.0),
    ("(?<![领区流地全海水])[玉域芋郁](?=[级类期号型])", 6.0),  # roman numerals
)
_COMPILED = tuple((re.compile(p), x) for p, x in _RULES)


def shapes(text: str) -> Iterator[tuple[int, float]]:
    """Offsets of candidates in `text` and what their surroundings say, as log odds."""
    for pattern, odds in _COMPILED:
        for m in pattern.finditer(text):
            yield m.start(m.lastindex or 0), odds


_PROVINCES = (
    "北京|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|"
    "广东|广西|海南|重庆|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|香港|澳门|台湾|全国|我国"
)
_PLACE_HEAD = re.compile(
    f"(?:(?P<sure>{_PROVINCES})|[\u4e00-\u9fff]{{2,3}}(?<![学法医科究剧影书计国]))"
    "(?P<colon>院)(?![士校长内里方区线落子团系所])(?=[\u4e00-\u9fff]{4})"
)


def place_colon(line: str) -> tuple[int, bool] | None:
    """Where a headline 西宁院… has its colon, and whether the place is a province."""
    m = _PLACE_HEAD.match(line)
    return (m.start("colon"), m.group("sure") is not None) if m else None
