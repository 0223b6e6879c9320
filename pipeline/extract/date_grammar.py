"""How dates, lengths of time and sets are printed: patterns compiled from the rules."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from pipeline.lexicon import Lexicon, any_of
from pipeline.numerals import DIGIT, ZERO
from pipeline.records import DateBase
from pipeline.rulebook import Rulebook

CONNECT = r"(?:[至到]|—{1,2}|[-―－–~～∼])"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = (
    r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|廿[一二三四五六七八九]?"
    r"|[一二三四五六七八九])"
)
_HAN_YEAR = rf"(?:一[五六七八九][{ZERO}{DIGIT}]{{2}}|二[{ZERO}][{ZERO}{DIGIT}]{{2}})"
_YEAR = rf"(?:1[0-9]\d\d|20\d\d|{_HAN_YEAR})"
_SHORT_YEAR = rf"(?:\d\d(?=年{_MONTH}月)|[{ZERO}{DIGIT}]{{2}}(?=年{_MONTH}月))"
_NOT_DIGIT = rf"(?<![\d.{ZERO}{DIGIT}十百千万亿几数第])"
_BEGIN = r"初(?![步期中级衷心高赛审评选试一二三夏秋冬春小具见次创现学等愿])"
_END = r"[底末](?![层部线蕴气色子端期位稍梢代班座盘片薪价])"

_COUNT = rf"(?:\d+(?:\.\d+)?(?:[多余几]?[千万])?|[{DIGIT}十百千万零〇]+)"
_SPAN_UNIT = (
    r"年(?!级|代|龄|生|制|期|度|均|产|薪|检|会|底|初|末|报|鉴|货|纪|轻|画|味|糕|夜|关|息|租|费|收入|销|利率)"
    r"|个多?月|(?<=个半)月|(?:个多?)?(?:星期(?![一二三四五六日天])|周(?![岁年边围末日报期长刊转知密折游恩总一二三四五六]))"
    r"|天(?![津然气空安山水河府宫下地使才性主桥鹅文线际涯赋色花台门幕池坛])"
    r"|(?:个多?)?小时|分钟|分(?=\d+秒)|秒钟?|个?季度(?!末|初)|个工作日|日(?=[内之]内?)"
)


class DateWord(Struct, frozen=True):
    """A word such as 去年 or 次日: `shift` units counted from `base`."""

    surface: str
    unit: str
    shift: int
    base: DateBase
    alone: bool


class DateGrammar(Struct, frozen=True):
    """Everything `find_dates` needs, compiled once."""

    words: Mapping[str, DateWord]
    point: re.Pattern[str]
    duration: re.Pattern[str]
    repeated: re.Pattern[str]
    names: Lexicon


def compile_dates(rules: Rulebook) -> DateGrammar:
    """The grammar of dates from date_words.tsv and not_dates.tsv."""
    bases: Mapping[str, DateBase] = {"before": "before", "told": "told"}
    words = {
        r.surface: DateWord(
            r.surface,
            r["unit"],
            int(r["shift"]),
            bases.get(r["base"], "today"),
            r["alone"] == "yes",
        )
        for r in rules["date_words"]
    }
    return DateGrammar(
        words=words,
        point=re.compile(_point(words)),
        duration=re.compile(_duration()),
        repeated=re.compile(_repeated()),
        names=Lexicon.of(rules.surfaces("not_dates")),
    )


def _of(words: Mapping[str, DateWord], *units: str) -> str:
    return any_of(w for w, r in words.items() if r.unit in units)


def _rest(words: Mapping[str, DateWord], tag: str, begin: str) -> str:
    """What may follow a year, or stand without one; `tag` keeps group names apart."""
    month_part = rf"(?P<mp{tag}>{_END}|{_BEGIN}|[上中下]旬|中下旬|上中旬)"
    # 头一个月 alone is the first since something began, 头八个月 the first of the year.
    few = "(?![一二两三1-3]个月)"
    front = "[前头]" if tag == "y" else f"(?<![年日月之以提天目])(?:前|头{few})"
    bare_day = (
        ""
        if tag == "y"
        else rf"|{begin}(?P<d0{tag}>{_DAY})日(?!内|之内|[本元均照餐产志龄游]|报(?![道告称复]))"
    )
    return (
        rf"(?:(?:(?P<half{tag}>[上下]半年)|(?P<q{tag}>{begin}第?[一二三四1-4]季度)"
        rf"|(?P<fq{tag}>{front}[二三两23]个?季度))(?P<qe{tag}>{_END})?"
        rf"|{front}(?P<fm{tag}>两|{_MONTH})个?月(?!份)"
        rf"|{begin}(?P<r1{tag}>{_MONTH}){CONNECT}(?P<r2{tag}>{_MONTH})月份?(?!龄)"
        rf"|{begin}(?:(?P<rm{tag}>{_MONTH})月)?(?P<r3{tag}>{_DAY}){CONNECT}(?P<r4{tag}>{_DAY})日(?!内)"
        rf"|(?:{begin}(?P<m{tag}>{_MONTH})月份?(?!龄)|(?P<mw{tag}>{_of(words, 'month')}))"
        rf"(?:(?P<d{tag}>{_DAY})[日号]|{month_part})?{bare_day})"
    )


def _point(words: Mapping[str, DateWord]) -> str:
    """One date: a year with what follows it, a part of a year, a day, or a word."""
    year = (
        rf"(?:公元)?{_NOT_DIGIT}(?P<y>{_YEAR}|{_SHORT_YEAR})年(?:度(?!假))?(?!代|第\d+周)"
        rf"|(?P<yw>{_of(words, 'year')})(?!第\d+周)"
    )
    decade = (
        r"(?:(?P<century>\d\d|二?十[一二三四五六七八九]?|[上本])个?世纪)?(?P<tens>[1-9]0|[二三四五六七八九]十)年代"
        r"(?:初期?|末期?|中后?期|后期|中叶)?"
    )
    # A cheap look at one character first: most characters of a page begin no date.
    first = "".join(map(re.escape, sorted({w[0] for w in words}))) + DIGIT + "十廿公上下本年前头第"
    return (
        rf"(?=[\d{first}])(?:{_NOT_DIGIT}(?P<iso>(?:19|20)\d\d[-./](?:1[0-2]|0?[1-9])[-./](?:3[01]|[12]\d|0?[1-9]))(?!\d)"
        rf"|{_NOT_DIGIT}(?P<y1>{_YEAR}){CONNECT}(?P<y2>{_YEAR})年(?:度(?!假))?"
        rf"|{decade}"
        rf"|(?:{year})(?:{_rest(words, 'y', '')}|(?P<yp>年?(?:{_END}|{_BEGIN})))?"
        rf"|{_rest(words, 'n', _NOT_DIGIT)}"
        rf"|(?<![\d青少老成中新学历近当多百千万十几童两半个末每暮丰贺陈积隔跨熟])年(?P<np>{_END}|{_BEGIN})"
        rf"|(?P<wk>{_of(words, 'week')})(?P<wd>[一二三四五六日](?![次场个名节]))?"
        rf"|{_NOT_DIGIT}(?P<dh>{_DAY})号(?=宣布|表示|称|上午|下午|凌晨|晚上|晚间|早上|发表)"
        rf"|(?P<w>{_of(words, 'day')}))"
    )


def _duration() -> str:
    """A length: 4天, 四年零三个月, 2小时21分08秒, 两年半, 半年."""
    first = rf"(?P<n>{_COUNT})(?P<more>[多余几来])?(?P<half>个?半)?(?P<u>{_SPAN_UNIT})"
    second = (
        rf"(?:(?P<tail>半(?![径天]))|[零又]?(?P<n2>{_COUNT})(?P<u2>个月|天|个?小时|分钟?|秒钟?)"
        r"(?:(?P<n3>\d+)(?P<u3>秒))?|(?P<many>多(?![个名元年次家]))|(?P<hundredth>\d\d)(?![\d%年月]))?"
    )
    half = r"半(?P<hu>年(?!级|代|报|度)|个多?月|天|个?小时|个世纪)"
    return rf"{_NOT_DIGIT}(?:{first}{second}|{half})"


def _repeated() -> str:
    """A set: 每年, 每两周, 每季度, 每周一."""
    return (
        rf"(?<![米里吨克升伏位])每(?:(?:隔)?(?P<n>{_COUNT}|半)个?|个)?"
        r"(?P<u>年(?!级|代|轻|龄|均)|月(?!亮|饼|球|均)|周(?!围|边|岁|刊|长|转)|星期|天|日(?!报|新报|均|本|电讯|经济)"
        r"|季度?|小时|分钟|秒)"
        r"(?P<wd>(?<=[周期])[一二三四五六日天末](?![次场个名节趟回篇期至天小人]))?"
    )
