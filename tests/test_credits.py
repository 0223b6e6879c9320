"""Which lines are credits and datelines, and the source that each names."""

from __future__ import annotations

import pytest

from pipeline.credits import compile_credits, dateline_source, read_credit, trailing_credit
from pipeline.rulebook import load_rules

GRAMMAR = compile_credits(load_rules())

CREDITS = [
    ("（据《辽宁日报》）", "辽宁日报"),
    ("(据《辽宁日报》)", "辽宁日报"),
    ("（新华社）", "新华社"),
    ("（据新华社）", "新华社"),
    ("（据新华社电）", "新华社"),
    ("（新华社北京9月10日电）", "新华社"),
    ("（新华社记者 林远）", "新华社"),
    ("（据新华社北京9月10日电）", "新华社"),
    ("（据红网）", "红网"),
    ("（据每日甘肃网）", "每日甘肃网"),
    ("（据人民日报海外版）", "人民日报海外版"),
    ("（据中新社报道）", "中新社"),
    ("（来源：山城新闻网）", "山城新闻网"),
    ("来源：《山城日报》", "山城日报"),
    ("稿源：山城新闻网", "山城新闻网"),
    ("（摘自《山城文摘》）", "山城文摘"),
    ("（原载《山城日报》）", "山城日报"),
    ("据《山城日报》报道", "山城日报"),
    ("据（微信公众号 “山城社会组织”）", "山城社会组织"),
    ("（据“清河民政”微信公众号）", "清河民政"),
    ("（据清河县人民政府网站）", "清河县人民政府"),
    ("（据央视新闻客户端）", "央视新闻"),
    ("（据应急管理部）", "应急管理部"),
    ("（清河县融媒体中心）", "清河县融媒体中心"),
    ("（据山城市民政局）", "山城市民政局"),
    ("本报记者 石野", "本报"),
    ("本报记者 石野 王小明 通讯员 李梅", "本报"),
    ("（本报记者石野）", "本报"),
    ("（本刊记者 石野）", "本刊"),
    ("山城日报记者 石野", "山城日报"),
    ("（《山城日报》记者 石野）", "山城日报"),
    ("（记者 石野 王小明）", None),
    ("（记者 马 骏）", None),
    ("本报记者 林 晓 通讯员 陆 敏", "本报"),
    ("□本报记者 孙　伟", "本报"),
    ("（程 远）", None),
    ("（陈 静/文 王 磊/图）", None),
    ("（通讯员 李梅）", None),
    ("（李梅 王小明）", None),
    ("（读者 王小明）", None),
    ("文/石小野", None),
    ("（完）", None),
    ("（据《参考消息》）", "参考消息"),
    ("（21世纪经济报道）", "21世纪经济报道"),
    ("（《山城日报》读者来信）", "山城日报"),
    ("（山城日报农村版）", "山城日报农村版"),
    ("山城晚报", "山城晚报"),
    ("本报记者 刀永红", "本报"),  # whatever the surname
    ("山城日报记者 蒯一鸣", "山城日报"),
]

NOT_CREDITS = [
    "据统计，全市共有社会组织四百家。",
    "据介绍",
    "据山城市民政局统计，全市有社区食堂百家",
    "（一）加强领导",
    "（摘要）",
    "（一九九七年十二月三十一日）",
    "（见下图）",
    "记者从山城市民政局了解到",
    "记者获悉",
    "记者手记",
    "山城天气预报",
    "本报记者 走进",
    "新华社马普托3月18日电（记者",
    "山城志愿者进村义诊",
    "综合施策治理小流域",
    "来源多样的资金",
]

DATELINES = [
    ("据路透社曼谷十二月二日电 在泰国东部", ""),
    ("塔斯社柏林三日讯：汉堡港", "塔斯社"),
    ("本报太原通讯四月十日，太原钢铁厂", "本报"),
    ("本报太原通讯社四月起", None),
    ("新华社北京1月3日电（记者林远）国家统计局今天公布", "新华社"),
    ("新华社内罗毕3月6日电 联合国世界粮食计划署", "新华社"),
    ("据新华社墨西哥城1月9日电（记者林远）", "新华社"),
    ("新华社北京九月十日电（记者远帆）国家教育委员会", "新华社"),
    ("本报合肥十月三十日电（记者方晴）安徽省", "本报"),
    ("本报呼和浩特1月10日讯（记者袁远）1月8日", "本报"),
    ("本报讯（记者石野）昨日", "本报"),
    ("本报讯 昨日，全市", "本报"),
    ("本报讯山城市工商局昨日", "本报"),
    ("中新社香港7月1日电（记者方晴）香港", "中新社"),
    ("中新网7月1日电 据", "中新网"),
    ("南都讯 8月19日，", "南都"),
    ("山城晚报讯（记者石野）昨天", "山城晚报"),
    ("新华社的电讯稿说", None),
    ("应急管理部8月20日消息：8月15日", None),
    ("据中国侨联消息，意大利", None),
    ("本报记者近日走进", None),
    ("电动车市场", None),
    ("全省家电消费增长", None),
    ("清河县供电公司抢修", None),
]


@pytest.mark.parametrize(("text", "source"), CREDITS)
def test_credit(text: str, source: str | None) -> None:
    found = read_credit(text, GRAMMAR)
    assert found is not None
    assert found.source == source


@pytest.mark.parametrize("text", NOT_CREDITS)
def test_not_a_credit(text: str) -> None:
    assert read_credit(text, GRAMMAR) is None


@pytest.mark.parametrize(("text", "source"), DATELINES)
def test_dateline(text: str, source: str | None) -> None:
    assert dateline_source(text, GRAMMAR) == source


@pytest.mark.parametrize(
    ("text", "rest", "source"),
    [
        ("老人都说好。（据《山城日报》）", "老人都说好。", "山城日报"),
        ("变成菜园。          本报记者 石野", "变成菜园。", "本报"),
        ("提高1.8个百分点。 （据贵州省民政厅）", "提高1.8个百分点。", "贵州省民政厅"),
        ("他说：“好。”（新华社）", "他说：“好。”", "新华社"),
    ],
)
def test_credit_at_the_end_of_a_paragraph(text: str, rest: str, source: str) -> None:
    found = trailing_credit(text, GRAMMAR)
    assert found is not None
    assert (text[: found[0]].rstrip(), found[1].source) == (rest, source)


@pytest.mark.parametrize(
    "text",
    [
        "公司发布公告（以下简称《公告》）。",
        "会议强调，要抓好落实。",
        "他是山城日报记者",
        "共有代表团四百个（含港澳台）。",
    ],
)
def test_no_credit_at_the_end_of_a_paragraph(text: str) -> None:
    assert trailing_credit(text, GRAMMAR) is None
