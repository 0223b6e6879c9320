"""Clauses built alike, of which a later one leaves out what they share."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.records import Count
from pipeline.resolve.facts.candidates import Subject, View
from pipeline.resolve.facts.clauses import NOMINAL, REACH, Phrase
from pipeline.resolve.facts.tokens import Kind


def gapped(v: View, left: Phrase, found: Mapping[int, Subject]) -> Subject | None:
    """``第一产业增加值120亿元，第二产业230亿元``: 增加值 is said once and holds for both.

    The noun of the later clause is of the kind that the earlier one put before what it measures,
    and both numbers have one unit.
    """
    if not left.text or left.headless:
        return None
    head = v.tokens[left.last - 1]
    if head.kind not in NOMINAL or head.figure or len(left.text) < 2:
        return None
    for i in range(v.start - 1, max(-1, v.start - REACH), -1):
        t = v.tokens[i]
        if t.kind is Kind.STOP and t.text[0] != "；":
            break
        if i not in found or not isinstance(t.mention, Count) or t.mention.unit != v.count.unit:
            continue
        kind, shared, measure = found[i].bare.rpartition(left.text[-2:])
        if shared and len(measure) > 1 and kind + shared != left.text:
            return Subject(left.text + measure, "subject:gapped")
        break
    return None
