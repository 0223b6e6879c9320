"""Properties of the tokens that facts are read from, over sentences put together at random."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.offsets import TracedText
from pipeline.records import Page, Story
from pipeline.resolve.facts.tokens import tokenize
from pipeline.rulebook import load_rules
from pipeline.stages import compile_toolkit, understand
from pipeline.tag import words

TOOLKIT = compile_toolkit(load_rules())
PIECES = (
    "美国 全国广播公司 广州市 市民政局 天津 新华社 全省 本市 去年 6月20日 每人每月 "
    "12家 近5万份 75% 3.2倍 "
    "三成 万元 "
    "的 占 分别 由 增加到 比 同比增长 其中 共有 达 在 和 、 ， 。 ； （ ） “ ” 《 》 — 养老机构 "
    "床位 救助 组织 学生 死亡 发放 全国 一次 每 F 16 \n"
).split(" ")


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=25))
@settings(max_examples=300, deadline=None)
def test_tokens_are_whole_and_in_order(pieces: list[str]) -> None:
    text = "".join(pieces)
    story = Story("x-01", "x", 1, TracedText("", ()), TracedText.identity(text), None, 0, len(text))
    (result,) = understand(Page("x", "x.txt", "", "utf-8", text), (story,), TOOLKIT)
    grammar = TOOLKIT.resolver.facts.words
    tokens = tokenize(text, "text", words(text, TOOLKIT.tagger), result.mentions, grammar)
    assert all(t.start < t.end and t.text for t in tokens)
    assert "".join(t.text for t in tokens) == text
    assert len(result.facts) == len(result.mentions.counts)
