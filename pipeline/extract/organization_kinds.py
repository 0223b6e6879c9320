"""Words that decide, beside the rules, whether a suffix with what stands before it is a name."""

from __future__ import annotations

# Words for which a place without a level is no proof: 上海学校, 浙江医院 are kinds.
GENERIC = frozenset(
    (
        *(
            "公司",
            "有限公司",
            "股份有限公司",
            "集团",
            "银行",
            "合作社",
            "专业合作社",
            "农民专业合作社",
        ),
        *("律师事务所", "会计师事务所", "事务所", "保险公司", "证券公司", "投资公司", "基金公司"),
        *("医院", "诊所", "门诊部", "养老院", "敬老院", "学校", "幼儿园", "分校", "校区"),
        *("研究所", "研究中心", "实验室", "救援队", "服务队", "志愿服务队", "志愿队"),
        *("俱乐部", "足球俱乐部", "篮球俱乐部", "智库", "基金会", "厂", "总厂"),
        *("批发市场", "农贸市场", "集贸市场", "商品交易市场", "百货商店", "百货商场"),
        *("中专", "师范", "职校", "体校", "电大", "夜校", "业余学校", "理事会", "董事会"),
    )
)
# Words that make no name right behind a place or a level: 市协会.
NEVER_BARE = frozenset(
    ("办", "处", "局", "厅", "厂", "中心", "办公室", "学会", "总队", "银行", "协会", "委员会")
)
BARE_COMPANIES = frozenset(("公司", "子公司", "分公司", "总公司", "企业", "集团", "股份"))
# Words that tell of what sort a kind is, and so name nothing: 北京民营医院.
SORTS = frozenset(
    (
        *("大型", "小型", "中小型", "大中型", "特大型", "民营", "私营", "国有", "民办", "公办"),
        *("公立", "私立", "合资", "外资", "优秀", "知名", "骨干", "重点", "龙头", "本地"),
    )
)
# Kinds that 国际 or 全国 is enough to name.
NATIONAL = frozenset(("association", "research", "government", "congress", "party", "media"))
# Kinds of fixed names before which a country belongs to the name (俄罗斯国防部).
OF_COUNTRIES = ("government", "court", "bank", "congress", "prefix")
SHORT_COUNTRIES = frozenset("美俄英法德日韩印巴菲黎加澳土伊叙乌埃墨泰缅越朝蒙波")
STATE = frozenset(
    ("政府", "议会", "国会", "参议院", "众议院", "央行", "中央银行", "警方", "总统府")
)
OWNERS = ("国营", "地方国营")  # open a name even before its place
TALK = frozenset("靠读办个里上去来让给把被说看")  # no characters of a name
VERBS = frozenset("去回进赴找问请给帮送盼")  # before a level they are a word of their own
# Levels of towns, and the offices of which a town has but one: 镇党委, not 镇小学.
WIDE_LEVELS = ("地区", "行署", "街道")  # levels that are also common words
TOWNS = ("镇", "乡")
OF_A_TOWN = frozenset(
    (
        *("党委", "纪委", "党工委", "政府", "人民政府", "派出所", "卫生院", "财政所", "民政所"),
        *("司法所", "文化站", "敬老院", "中心小学", "中心校", "中学", "人大", "武装部", "妇联"),
        *("税务所", "工商所", "供销社", "信用社", "农技站", "兽医站", "团委", "政法委"),
    )
)
OF_A_VILLAGE = ("村委会", "村民委员会", "居委会", "居民委员会", "村党支部")
# Characters after which a level means many areas or another one: 各市, 邻县.
NOT_BEFORE_LEVEL = frozenset("各某两几该每个全本我外邻这那多余等名")
