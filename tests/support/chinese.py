"""Keep README.zh-CN.md the same as README.md: what can be compared comes from there.

Commands, sessions and what they print are copied. Of the two made tables the figures are copied and
the words put into Chinese after the lists here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.support.markers import between, made

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)

# Columns of the table `facts`.
COLUMNS = {
    "fact_id": "事实的编号：story_id，加 f 和它在报道中的序号",
    "story_id": "所属报道：doc_id，加连字符和它在版面上的序号",
    "doc_id": "所属版面：文件内容与路径的 SHA-256 的前 16 位",
    "field": "`title` 或 `text`：start 和 end 指向标题还是正文",
    "start": "在该字段中的第一个字符，按码位从 0 数起",
    "end": "在该字段中最后一个字符的下一位",
    "text": "从 start 到 end 的字符",
    "raw_start": "在解码后的原始版面中的第一个字符",
    "raw_end": "在解码后的原始版面中最后一个字符的下一位",
    "rule": "找到这一行的规则，如 `units:家`",
    "confidence": "0 到 1：这一行有多可信",
    "value": "数值本身：7.5万张 即 75000；若是区间，为下限",
    "value_max": "区间的上限",
    "comparator": "`=` 恰好，`~` 约，`>` 多于，`<` 少于",
    "unit": "量词、计量单位、货币或 %，不含 万 和 亿",
    "subject": "所数或所量的事物；不明时为空串",
    "place": "数字所说的地区",
    "adcode": "该地区的 GB/T 2260 代码，六位",
    "org": "数字所说的机构",
    "date": "数字所指的日期或时段，用 EDTF 表示",
    "date_start": "其第一天（若已知）",
    "date_end": "其最后一天（若已知）",
    "quote": "说出这一事实的分句",
    "statement": "一行可读的事实",
    "place_rule": "地区从何而来：`place:三亚市`、`deictic:全省`、`story`",
    "date_rule": "日期从何而来：`date:5月底`，或标题中的 `report:2023年`",
    "subject_confidence": "主体在所有候选中的可能性；用 `--no-model` 时为空",
    "doubt": "何以不大可能属实：`no-such-date`、`outside-its-area`、`too-large` 等",
}
# Rows of the table of scores.
MEASURES = {
    "stories cut right": "报道切分",
    "titles": "标题",
    "sources": "来源",
    "paragraphs": "段落",
    "organizations": "机构",
    "organizations with full name": "机构及其全称",
    "places with code": "地名及其代码",
    "dates with value": "日期及其值",
    "counts": "数量",
    "counts with comparator": "数量及其约数标记",
    "facts: subject right": "事实：主体正确",
    "facts: subject and place right": "事实：主体与地区正确",
    "facts: all right": "事实：全部正确",
    "wrong characters": "错字率",
}
_ALONE = ("with `--no-model`: ", "不用模型（`--no-model`）：")


def in_chinese(text: str, readme: str) -> str:
    """`text`, the Chinese README, with all that it shares with `readme` as it stands there.

    Raises ValueError, which tells the cure, where the two differ in their blocks, or where a word
    of a table has no Chinese here.
    """
    theirs, ours = _FENCED.findall(readme), _FENCED.findall(text)
    if len(theirs) != len(ours):
        cure = "give README.zh-CN.md a block (its content is copied) for each of README.md"
        raise ValueError(f"{len(theirs)} blocks in README.md, {len(ours)} here: {cure}")
    blocks = iter(theirs)
    text = _FENCED.sub(lambda _: next(blocks), text)
    text = _copied(text, readme, "dictionary", _column)
    return _copied(text, readme, "scores", _score)


def commands(text: str) -> set[str]:
    """The commands that `text` names outside of blocks, such as ``make eval``."""
    named = re.findall(r"`((?:make|shilu|python)\s[^`]+)`", _FENCED.sub("", text))
    return {" ".join(command.split()) for command in named}


def _copied(text: str, readme: str, name: str, row: Callable[[list[str]], list[str]]) -> str:
    """`text` with the table `name` of `readme`, each row of it changed by `row`."""
    lines = [
        "| " + " | ".join(row(line[2:-2].split(" | "))) + " |" if line.startswith("| ") else line
        for line in made(readme, name).splitlines()
    ]
    return between(text, name, "\n".join(lines))


def _column(cells: list[str]) -> list[str]:
    if cells[0] == "column":
        return ["列", "类型", "可空？", "内容"]
    name = cells[0].strip("`")
    return [cells[0], cells[1], cells[2].replace("may be", "可空"), _word(COLUMNS, name)]


def _score(cells: list[str]) -> list[str]:
    label = cells[0].strip()
    alone = _ALONE[1] if label.startswith(_ALONE[0]) else ""
    label = label.removeprefix(_ALONE[0])
    return [alone + (_word(MEASURES, label) if label else ""), *cells[1:]]


def _word(words: Mapping[str, str], name: str) -> str:
    try:
        return words[name]
    except KeyError:
        raise ValueError(f"no Chinese for {name!r}: add it to tests/support/chinese.py") from None
