"""Places: what a name means in its story, the story's own area, and what points to it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extract.place_parts import made_of_parts, part_of_name
from pipeline.extract.places import compile_places, find_places
from pipeline.gazetteer import load_gazetteer
from pipeline.records import Mention, Mentions, Organization, Place, Word
from pipeline.resolve.areas import resolve_places
from pipeline.resolve.facts.tokens import Kind, compile_words, tokenize
from pipeline.resolve.home import compile_deictics, deictic_area, home_area, printed_area
from pipeline.rulebook import Rule, example_span, load_rules
from pipeline.tag import compile_tagger, words

RULES = load_rules()
GRAMMAR = compile_places(RULES, load_gazetteer(RULES.folder / "gb2260"))
DEICTICS = compile_deictics(RULES, GRAMMAR.gazetteer)
TAGGER = compile_tagger(RULES, None)
WORDS = compile_words(RULES)

PIECES = st.sampled_from(
    "清远市|连南瑶族自治县|三排镇|和县|合作|公安|花垣|石栏、双龙三个镇|贝拉市|莫桑比克|长江|大别山|区|市|镇|村"
    "|的|在|和|、|，|。|等|两|个|街道|抵达|中国|北京|朝阳区|·|日|本|\n".split("|")
)


def _resolve(*stories: str, years: tuple[int | None, ...] = ()) -> list[tuple[Place, ...]]:
    names = [find_places(s, "text", GRAMMAR) for s in stories]
    return resolve_places(names, GRAMMAR.gazetteer, years=years)


@settings(deadline=None)  # the first example loads the list of towns
@given(st.lists(PIECES, max_size=12).map("".join))
def test_places_are_slices_in_order_without_overlap(text: str) -> None:
    names = find_places(text, "text", GRAMMAR)
    for found in (names, resolve_places([names], GRAMMAR.gazetteer)[0]):
        assert [text[m.start : m.end] for m in found] == [m.text for m in found]
        ends = [0, *(m.end for m in found)]
        assert all(end <= m.start < m.end for end, m in zip(ends, found, strict=False))


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_codes_are_known_and_levels_fit(text: str) -> None:
    for p in _resolve(text)[0]:
        assert p.name
        assert p.adcode is None or p.adcode in GRAMMAR.gazetteer


def test_a_name_is_read_by_its_story() -> None:
    (kaifeng, nanjing) = _resolve(
        "开封市鼓楼区热闹。鼓楼区扩建。", "南京市鼓楼区热闹。鼓楼区扩建。"
    )
    assert [p.adcode for p in kaifeng] == ["410204", "410204"]
    assert [p.adcode for p in nanjing] == ["320106", "320106"]


def test_a_weak_name_needs_its_story() -> None:
    alone, helped = _resolve("他把这件事告诉静安同志。", "上海市的静安、黄浦两区开会。")
    assert alone == ()
    assert [p.text for p in helped] == ["上海市", "静安", "黄浦"]


def test_towns_and_villages_take_their_county_and_keep_their_name() -> None:
    (places,) = _resolve("花垣县石栏镇子腊村开会。子腊村的老人来了。")
    assert [(p.text, p.adcode) for p in places] == [
        ("花垣县石栏镇子腊村", "433124"),
        ("子腊村", "433124"),
    ]
    assert places[0].name == "湖南省湘西土家族苗族自治州花垣县石栏镇子腊村"


def test_places_inside_organizations_help_but_are_not_shown() -> None:
    text = "当涂县医院派人去当涂与含山。"
    names = find_places(text, "text", GRAMMAR)
    hospital = Mention("text", 0, 5, "当涂县医院", "organizations", 1.0)
    (places,) = resolve_places([names], GRAMMAR.gazetteer, [[hospital]])
    assert [(p.start, p.adcode) for p in places] == [(8, "340521"), (11, "340522")]


def test_what_the_title_says_helps_the_text() -> None:
    title = find_places("云南保山潞江坝咖啡调查", "title", GRAMMAR)
    text = find_places("潞江坝有17个专业村。", "text", GRAMMAR, title)
    assert [n.text for n in text] == ["潞江坝"]


def test_a_prefecture_gone_long_ago_leaves_the_generic_word() -> None:
    ((then,), (now,)) = _resolve("南阳地区丰收。", "南阳地区丰收。", years=(1987, 2024))
    assert (then.text, then.adcode) == ("南阳地区", "411300")
    assert (now.text, now.adcode) == ("南阳", "411300")


def _home(title: str, text: str, *organizations: Organization) -> str | None:
    named = find_places(title, "title", GRAMMAR)
    named += find_places(text, "text", GRAMMAR, named)
    (places,) = resolve_places([named], GRAMMAR.gazetteer, [organizations])
    away = frozenset({"来自", "销往"})
    return home_area(places, organizations, title, text, GRAMMAR.gazetteer, away)


def _organization(text: str, adcode: str, kind: str = "government") -> Organization:
    return Organization("text", 0, len(text), text, "organizations", 1.0, text, kind, adcode)


@pytest.mark.parametrize(
    ("title", "text", "home"),
    [
        ("广州：社会组织助力连南", "清远市连南瑶族自治县三排镇迎来客人。", "440100"),
        ("西部小城丰收", "本报临沂9月12日电 山东省蒙阴县、费县喜获丰收。", "371300"),
        ("学者叶某某逝世", "他生于浙江省绍兴市，在北京逝世。", None),
        ("多地强降雨", "甘肃、陕西、云南、贵州、湖南普降大雨。", None),
        ("热带气旋重创非洲", "莫桑比克通报，中国北京的救援队抵达。", None),
        ("春耕忙", "甘肃省定西市安定区、临洮县、渭源县开始播种。", "621100"),
        ("无处可寻", "他吃了一碗面。", None),
        ("石榴红了", "蒙自市开园。全州产量占云南省六成，销往北京、上海、广州。", "532503"),
        ("工厂遍地", "公司在宁德、宜宾设厂。", "350900"),
        ("过冬", "来自黑龙江的老人在三亚过冬。", "460200"),
    ],
)
def test_home_area(title: str, text: str, home: str | None) -> None:
    assert _home(title, text) == home


def test_an_institution_tells_the_home_of_a_story() -> None:
    bureau = _organization("内蒙古自治区民政厅", "150000")
    assert _home("总量上升", "内蒙古自治区民政厅召开会议。", bureau) == "150000"
    team = _organization("福建队", "350000", "team")
    assert _home("夺金", "福建队夺金。", team) is None


def test_a_national_institution_makes_a_story_that_of_the_nation() -> None:
    union = _organization("全国总工会", "100000", "association")
    text = "全国总工会表彰先进。北京、上海、广东、四川都有人获奖。"
    assert _home("先进受表彰", text, union) is None


def test_a_paper_knows_which_province_it_means_by_the_whole_province() -> None:
    names = ("辽宁日报", "人民日报")
    assert printed_area(names, DEICTICS.said("全省有养老机构1900家。"), DEICTICS) == "210000"
    assert printed_area(names, DEICTICS.said("全国有养老机构4万家。"), DEICTICS) is None
    assert printed_area((None, "人民日报"), {"全省"}, DEICTICS) is None


@pytest.mark.parametrize(
    ("surface", "home", "area"),
    [
        ("全国", None, "100000"),
        ("我国", "441826", "100000"),
        ("全省", "441826", "440000"),
        ("全市", "441826", "441800"),
        ("全市", "330782", "330782"),
        ("全市", "310115", "310000"),
        ("全市", "440000", None),
        ("全县", "441826", "441826"),
        ("全区", "150000", "150000"),
        ("全区", "150422", "150000"),
        ("全区", "340503", "340503"),
        ("全区", "371300", "371300"),
        ("全州", "433124", "433100"),
        ("当地", "433124", "433124"),
        ("全省", None, None),
        ("没有的词", "441826", None),
    ],
)
def test_deictics(surface: str, home: str | None, area: str | None) -> None:
    assert deictic_area(surface, home, DEICTICS) == area


HOMES = ("441826", "330782", "433124", "150422", "150221", "340503", "650100")


def test_no_place_is_the_end_of_a_word_and_the_beginning_of_the_next() -> None:
    words = (Word(0, 2, "a"), Word(2, 4, "v"), Word(4, 6, "ns"))
    assert made_of_parts(1, 3, words)  # 隆重 庆祝 重庆
    assert not made_of_parts(4, 6, words)
    assert not made_of_parts(0, 3, words)
    assert not made_of_parts(1, 2, words)
    untagged = tuple(Word(w.start, w.end, "") for w in words)
    assert not made_of_parts(1, 3, untagged)


@pytest.mark.parametrize(
    ("text", "tagged", "part"),
    [
        ("保山人霍保山说", [(0, 2, "ns"), (2, 3, "n"), (3, 6, "nr"), (6, 7, "v")], [False, True]),
        ("昆明湖边", [(0, 3, "ns"), (3, 4, "f")], [True]),
        ("大蜀山的树", [(0, 3, "ns"), (3, 4, "u"), (4, 5, "n")], [True]),
        ("三亚湾的船", [(0, 3, "ns"), (3, 4, "u"), (4, 5, "n")], [False]),
        ("大连港的船", [(0, 3, ""), (3, 4, ""), (4, 5, "")], [False]),
        ("光三亚市就有", [(0, 4, "ns"), (4, 5, "d"), (5, 6, "v")], [False]),
    ],
)
def test_no_place_is_a_part_of_another_name(
    text: str, tagged: list[tuple[int, int, str]], part: list[bool]
) -> None:
    words = [Word(*w) for w in tagged]
    found = find_places(text, "text", GRAMMAR)
    assert [part_of_name(p, text, words) for p in found] == part


@pytest.mark.parametrize("rule", RULES["deictics"], ids=lambda r: r.surface)
def test_every_deictic_is_a_word_and_means_some_area(rule: Rule) -> None:
    text, start, end = example_span(rule)
    tokens = tokenize(text, "text", words(text, TAGGER), Mentions(), WORDS)
    assert (start, end, Kind.DEICTIC) in [(t.start, t.end, t.kind) for t in tokens]
    assert any(deictic_area(rule.surface, home, DEICTICS) for home in HOMES)
