"""Which area and which date a number has, where the sentence alone does not say."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.offsets import TracedText
from pipeline.records import Fact, Page, Story
from pipeline.stages import Toolkit, understand

PAGE = Page("x", "x.txt", "", "utf-8", "", dt.date(2024, 5, 20), "metadata")
Printed = tuple[str, str]  # title and text of a story
LOCAL: list[Printed] = [
    ("丰县建成养老机构12家", "丰县去年新建养老机构12家。"),
    ("徐州新增公园5座", "徐州市去年新增公园5座。"),
]


def facts(stories: list[Printed], toolkit: Toolkit) -> list[list[Fact]]:
    """All facts in the texts, story by story."""
    printed = [
        Story(
            f"x-{n:02d}",
            "x",
            n,
            TracedText.identity(title),
            TracedText.identity(text),
            None,
            0,
            len(text),
        )
        for n, (title, text) in enumerate(stories, start=1)
    ]
    found = understand(PAGE, printed, toolkit)
    return [[f for f in s.facts if f.count.field == "text"] for s in found]


def areas(stories: list[Printed], toolkit: Toolkit) -> list[list[str | None]]:
    """The adcodes of all facts in the texts, story by story."""
    return [[f.adcode for f in found] for found in facts(stories, toolkit)]


@pytest.mark.parametrize(
    ("story", "area"),
    [
        (("全市新增就业4万人", "去年全市新增就业4万人。"), "320300"),
        (("停水公告", "因管道检修，停水线路长8公里。"), "320300"),
        (("全国新增就业40万人", "去年全国新增就业40万人。"), "100000"),
    ],
)
def test_a_story_without_places_is_of_the_area_of_its_page(
    story: Printed, area: str, toolkit: Toolkit
) -> None:
    assert areas([*LOCAL, story], toolkit)[-1] == [area]


def test_one_local_story_tells_what_the_whole_city_is(toolkit: Toolkit) -> None:
    page = [LOCAL[0], ("昆明新增公园5座", "昆明市新增公园5座。"), ("就业", "全县新增就业4万人。")]
    assert areas(page, toolkit)[-1] == ["320321"]


def test_a_page_of_the_nation_has_no_area_to_share(toolkit: Toolkit) -> None:
    far = [
        ("丰县建成养老机构12家", "丰县去年新建养老机构12家。"),
        ("昆明新增公园5座", "昆明市新增公园5座。"),
    ]
    assert areas([*far, ("新增就业4万人", "去年新增就业4万人。")], toolkit)[-1] == ["100000"]


@pytest.mark.parametrize(
    ("title", "text", "wanted"),
    [
        # National offices speak in Beijing.
        ("养老床位增加", "新华社北京5月7日电 民政部介绍，养老床位达753万张。", ["100000"]),
        # 全市 that opens a paragraph governs it.
        (
            "丰县梨园丰收",
            "丰县的梨熟了。据徐州市统计局统计，截至去年底，全市有梨园67万亩。种植户达到7.6万户。",
            ["320300", "320300"],
        ),
        # A share of a larger area is about that area, what follows it is not.
        (
            "徐州梨园",
            "徐州市有梨园6万亩，占全省的一成，种植户达2万户。",
            ["320300", "320000", "320300"],
        ),
        # Who comes from elsewhere is counted where he is.
        ("徐州马拉松", "徐州市的冠军是肯尼亚选手，奖金2万元。", ["320300"]),
        ("徐州旅游", "徐州市接待游客30万人，其中省内游客占38%，人均花费800元。", ["320300"] * 3),
        # What happens elsewhere ends with its part of the sentence.
        ("丰县梨园", "丰县在北京设窗口16个；梨园面积6万亩。", ["110000", "320321"]),
        # Places of other provinces together are told of for the county; neighbours are not.
        ("丰县梨园", "丰县在北京、上海等地设窗口16个；梨园面积6万亩。", ["320321", "320321"]),
        ("丰县梨园", "丰县的梨熟了。沛县、睢宁县各有梨园6万亩。", ["320300"]),
        # Who gives from elsewhere, with whom one deals, a wider area within a clause.
        (
            "丰县小学",
            "丰县新建小学。香港乐施会给灾区200万元，上海市寄来图书300册。",
            ["320321"] * 2,
        ),
        ("丰县小学", "丰县新建小学。香港乐施会的3名队员在校。", ["810000"]),
        ("丰县罐头", "丰县罐头涨价。对美国出口下滑5%，与河南客商签约8份。", ["320321"] * 2),
        ("丰县罐头", "丰县罐头涨价。产量排在江苏省第三，共9万吨。", ["320321"]),
        ("丰县罐头", "丰县罐头涨价。江苏省共产罐头9万吨。", ["320000"]),
        # 全区 of a county is a part of it, if no autonomous region.
        ("丰县赵庄区丰收", "丰县赵庄区社员丰收，全区产梨9万吨。", ["320321"]),
        # In a story of another country neither 我国 nor 中国 governs.
        (
            "汤加火山爆发",
            "新华社努库阿洛法1月9日电 汤加火山爆发。我国救援队到达当地，发放帐篷50顶。",
            [None],
        ),
        # A river is wider than the town on it.
        ("太原马拉松", "太原市的赛道沿汾河铺开，经过6座桥。", ["140100"]),
        # The museum of the city in a story of one of its districts.
        (
            "鼓楼区游客多",
            "徐州市鼓楼区接待游客3万人。\n徐州市博物馆限流6000人。馆藏17万件。",
            ["320302", "320300", "320300"],
        ),
        # A list of places speaks for the whole, the first of several alone for itself.
        ("侨心书屋", "徐州市沛县、丰县援建书屋。共配书9万册。", ["320300"]),
        # 市财政, 县里: the city's, the county's.
        ("丰县梨园", "丰县扩大梨园。市财政拿出80万元。", ["320300"]),
        # What goes elsewhere is told of where it comes from; where it happens holds.
        (
            "丰县苹果卖得远",
            "今年丰县有苹果9万吨，六成卖给辽宁、山东，运费每吨85元。",
            ["320321"] * 3,
        ),
        ("丰县剧团", "丰县剧团最近在缅甸演出，观众11万人次。", [None]),
        ("丰县援建", "丰县商会向清远市捐赠书包900个，价值20万元。", ["441800", "441800"]),
        # 中国 in a name is not the nation, nor is 全国 behind 来自.
        ("徐州市福彩", "徐州市去年销售中国福利彩票31亿元。", ["320300"]),
        ("徐州市考古", "来自全国的56支考古队在徐州市工作。", ["320300"]),
        ("湛江港", "湛江市港务局说，全港吞吐量552万吨。", ["440800"]),
        # An institution in the title speaks for its city, a venue does not.
        ("徐州市慈善总会助学", "徐州市慈善总会在鼓楼区开会。\n共助学900人。", ["320300"]),
        # Offices and words of the city: the district of the first person is but an example.
        (
            "一副助听器",
            "徐州市鼓楼区的小雅戴上了助听器。\n市残联公布账本，支出800万元。市残联和市财政局都说好。",
            ["320300"],
        ),
        # The title says where the county lies of whose town the text tells.
        ("徐州一山村建幸福院", "丰县华山镇的老人有了家。院里住着29位老人。", ["320321"]),
        (
            "徐州县区比进度",
            "丰县建厂房29座。沛县建厂房30座。市里补助50万元。",
            ["320321", "320322", "320300"],
        ),
        # Tourists from a place make no story one of it; nor does a country behind a local works.
        ("台湾旅游者喜欢徐州", "徐州市接待海外旅游者21万名。", ["320300"]),
        ("造船厂下水新船", "徐州造船厂的新船下水，德国船东到场。全厂有订单32艘。", ["320300"]),
        ("委内瑞拉石油工人罢工", "新华社加拉加斯11月24日电 40艘油轮抛锚。", [None]),
        # A town right behind its county is of it.
        ("马占海搬家", "同心县喊叫水乡的马占海搬家。同车有5户人家。", ["640324"]),
        # Each brief is of the area that opens it.
        (
            "简讯两则",
            "丰县种树9万棵。存活8万棵。\n清远市种树7万棵。存活6万棵。",
            ["320321"] * 2 + ["441800"] * 2,
        ),
        # Today's codes: 昆山县 is 昆山市 now, 无锡县 has no heir.
        ("昆山县灭螺", "昆山县治好病人3万名。", ["320583"]),
        ("无锡县办敬老院", "无锡县有五保老人4170名。", ["320222"]),
        # Where a body of the nation or the province speaks or meets is not what it speaks of.
        ("家庭户有多少", "国务院新闻办公室在北京举行发布会。家庭户达4.9亿户。", ["100000"]),
        ("快递业务突破", "国家邮政局今天在上海举行发布会宣布，快递业务量超1200亿件。", ["100000"]),
        ("慈善报告发布", "中国慈善联合会在北京发布报告，个人捐赠527亿元。", ["100000"]),
        ("三亚运动会开幕", "运动会昨天在三亚举行，运动员1200名。", ["460200"]),
        ("台州市养老服务发展", "丽水市企业到访。建成养老机构12家。", ["331000"]),
        ("利率又升", "美联储日前宣布加息，基准利率升到5.5%。", [None]),
        ("利率又降", "中国人民银行日前宣布降息，基准利率降到3.5%。", ["100000"]),
    ],
)
def test_areas_of_a_story(title: str, text: str, wanted: list[str], toolkit: Toolkit) -> None:
    assert areas([(title, text)], toolkit) == [wanted]


@pytest.mark.parametrize(
    ("title", "date"),
    [
        ("2022年徐州市统计公报", "2022"),
        ("2024年3月徐州市主要指标", "2024-03"),
        ("徐州市统计公报", None),
        ("徐州市2022年种下梨树", None),
    ],
)
def test_a_report_is_about_the_period_in_its_title(
    title: str, date: str | None, toolkit: Toolkit
) -> None:
    (found,) = facts([(title, "徐州市有梨园6万亩。")], toolkit)
    assert [f.date for f in found] == [date]


def test_a_dateline_dates_no_number(toolkit: Toolkit) -> None:
    text = "本报徐州5月6日电 海拔300米的山上有梨园6万亩。"
    (found,) = facts([("徐州梨园", text)], toolkit)
    assert [f.date for f in found] == [None, None]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("3月中旬，猪肉每公斤7元。", ["2024-03"]),
        ("今年以来，海盗劫船39艘。", ["2024"]),
        ("去年以来，海盗劫船39艘。", ["2023/.."]),
        ("年初封掉出入口5个。", ["2024"]),
        (
            "1至4月吞吐量552万吨，而去年同期是480万吨，赔款9万元。",
            ["2024-01/2024-04", "2023-01/2023-04", "2024-01/2024-04"],
        ),
        ("1至4月吞吐量552万吨，比去年同期增加9万吨。", ["2024-01/2024-04"] * 2),
        ("2023年度审计显示，上年收到救灾款9万元。", ["2023"]),
        ("2021年产粮9万吨，比上年多3万吨。", ["2021", "2021"]),
    ],
)
def test_dates_of_numbers(text: str, dates: list[str], toolkit: Toolkit) -> None:
    (found,) = facts([("徐州梨园", text)], toolkit)
    assert [f.date for f in found] == dates


@pytest.mark.parametrize(
    ("text", "organizations"),
    [
        (
            "云南省红十字会、云南省慈善总会分别接收捐款320万元、460万元。",
            ["云南省红十字会", "云南省慈善总会"],
        ),
        ("清华大学、北京大学分别录取新生3400名、2800名。", ["清华大学", "北京大学"]),
        ("北京大学录取新生2800名，毕业生3000名。", ["北京大学", "北京大学"]),
    ],
)
def test_institutions_of_lists(text: str, organizations: list[str], toolkit: Toolkit) -> None:
    (found,) = facts([("", text)], toolkit)
    assert [f.org for f in found] == organizations
