"""Organizations: what holds for any text, and names that need a whole story."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.organizations import find_organizations
from pipeline.extract.places import find_places
from pipeline.offsets import TracedText
from pipeline.records import Entity, Organization, Page, Reading, Story, Word
from pipeline.rulebook import load_rules
from pipeline.stages import Toolkit, compile_toolkit, understand

TOOLKIT = compile_toolkit(load_rules())
PIECES = (
    *("市民政局", "天津市", "内蒙古自治区", "第二", "“草原”", "（集团）", "（以下简称“促进会”）"),
    *(
        "有限公司",
        "协会",
        "中国",
        "新华社",
        "《",
        "》",
        "、",
        "和",
        "的",
        "恒远",
        "大学",
        "委",
        "处",
    ),
    *(
        "驻",
        "分行",
        "海曙区",
        "镇",
        "省",
        "队",
        "3家",
        "在",
        "财政部门",
        "附属",
        "医院",
        "\n",
        "。",
    ),
)


def organizations(title: str, text: str, toolkit: Toolkit) -> tuple[Organization, ...]:
    """The organizations of one story."""
    page = Page("p", "p.txt", "", "utf-8", text)
    parts = TracedText.identity(title), TracedText.identity(text)
    story = Story("p-01", "p", 1, *parts, None, 0, len(text))
    (result,) = understand(page, (story,), toolkit)
    return result.mentions.organizations


@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_mentions_are_slices_in_order_without_overlap(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = find_organizations(text, "text", TOOLKIT.extractors.organizations, [])
    assert all(text[n.start : n.end] == n.text for n in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(0 <= n.prefix <= len(n.text) and n.text.strip() == n.text for n in found)


@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_resolved_names_are_never_empty(pieces: list[str]) -> None:
    title, text = "".join(pieces[:4]), "".join(pieces[4:])
    for o in organizations(title, text, TOOLKIT):
        assert o.name
        assert o.adcode is None or re.fullmatch(r"\d{6}", o.adcode)


def test_short_form_holds_in_the_whole_story(toolkit: Toolkit) -> None:
    found = organizations(
        "促进会将轮训负责人",
        "内蒙古社会组织促进会（以下简称“促进会”）秘书长说，自今年4月起，促进会将开班。",
        toolkit,
    )
    assert [o.text for o in found] == ["促进会", "内蒙古社会组织促进会", "促进会", "促进会"]
    assert {o.name for o in found} == {"内蒙古社会组织促进会"}


def test_level_means_the_area_of_the_story(toolkit: Toolkit) -> None:
    found = organizations(
        "尤溪县建起医共体", "尤溪县总医院成立于2017年。\n县医保局按人头打包付费。", toolkit
    )
    assert [(o.text, o.name, o.adcode) for o in found] == [
        ("尤溪县总医院", "尤溪县总医院", "350426"),
        ("县医保局", "尤溪县医保局", "350426"),
    ]


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("中国农业银行顺德市支行放贷3笔。", "440681"),
        ("中国人民银行重庆市黔江区支行放贷3笔。", "500114"),
        ("共青团南昌市委发出问卷。", "360100"),
        ("中国农业银行放贷3笔。", "100000"),
    ],
)
def test_a_branch_of_a_national_body_is_where_its_name_says(
    text: str, area: str, toolkit: Toolkit
) -> None:
    assert [o.adcode for o in organizations("支行", text, toolkit)] == [area]


def test_town_takes_its_county(toolkit: Toolkit) -> None:
    found = organizations("尤溪县看病不难", "尤溪县有15家医院。汤川乡卫生院也做手术。", toolkit)
    assert [(o.text, o.name) for o in found] == [("汤川乡卫生院", "尤溪县汤川乡卫生院")]


def test_title_form_takes_the_full_name(toolkit: Toolkit) -> None:
    found = organizations(
        "深圳：绿色金融协会发布倡议", "9月16日，深圳市绿色金融协会成立。", toolkit
    )
    assert [o.name for o in found] == ["深圳市绿色金融协会"] * 2


def test_longer_form_in_the_story_wins(toolkit: Toolkit) -> None:
    found = organizations(
        "",
        "在四川省凉山彝族自治州喜德县人民医院，手术顺利。\n喜德县人民医院医生说，效果很好。",
        toolkit,
    )
    assert {o.name for o in found} == {"四川省凉山彝族自治州喜德县人民医院"}


def found_by(text: str, entities: tuple[Entity, ...], tags: str) -> list[tuple[str, str, str]]:
    """What is found where the model reads `entities`; `tags` are ``word/tag`` with blanks."""
    words, at = [], 0
    for field in tags.split():
        word, pos = field.split("/")
        words.append(Word(at, at + len(word), pos))
        at += len(word)
    assert at == len(text)
    places = find_places(text, "text", TOOLKIT.extractors.places)
    grammar = TOOLKIT.extractors.organizations
    names = find_organizations(text, "text", grammar, places, Reading(tuple(words), entities))
    return [(n.text, n.rule, n.kind) for n in names]


def test_the_model_knows_names_that_no_rule_lists() -> None:
    tags = "日前/t 甲骨文/nz 与/p 天津市/ns 民政局/n 合作/v"
    entities = (Entity(2, 5, "ORG"), Entity(6, 12, "ORG"))
    assert found_by("日前甲骨文与天津市民政局合作", entities, tags) == [
        ("甲骨文", "ner", "company"),
        ("天津市民政局", "organization_suffixes:局", "government"),
    ]


def test_where_a_rule_found_a_name_the_model_is_not_asked() -> None:
    tags = "天津市/ns 民政局/n 社会/n 组织/n 管理处/n 发布/v"
    found = found_by("天津市民政局社会组织管理处发布", (Entity(0, 6, "ORG"),), tags)
    assert [text for text, _, _ in found] == ["天津市民政局社会组织管理处"]


@pytest.mark.parametrize(
    ("text", "tags", "entity"),
    [
        ("建成港口服务集群", "建成/v 港口/n 服务/vn 集群/n", Entity(2, 8, "ORG")),  # a kind
        ("到伊宁供热", "到/v 伊宁/ns 供热/v", Entity(1, 3, "ORG")),  # a place
        ("甲骨文说", "甲骨文/nz 说/v", Entity(0, 3, "PERSON")),
        ("社会组织说", "社会/n 组织/n 说/v", Entity(0, 4, "ORG")),
    ],
)
def test_what_the_model_takes_for_a_name_and_is_none(text: str, tags: str, entity: Entity) -> None:
    assert found_by(text, (entity,), tags) == []
