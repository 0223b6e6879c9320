"""How far a fact can be trusted: the chance that its subject, area and date are all right.

A logistic regression over few signs that a fact bears on its face. Its weights come from pages
on which nothing was tuned; `tools/fit_confidence.py` fits them, `make eval` and docs/method.md
show how often facts of some confidence are right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from pipeline.resolve.facts.confidence_weights import WEIGHTS

_NUMBER = re.compile(r"[0-9][0-9.,]*")
_LEAST, _MOST = 0.05, 0.97  # nothing is certain


def signs(
    *,
    rule: str,
    field: str,
    subject: str,
    unit: str | None,
    comparator: str,
    adcode: str | None,
    home: str | None,
    date: str | None,
    quote: str,
    sure: float | None,
) -> Iterator[str]:
    """The signs of a fact.

    `home` is the code of the area that its story is about, `sure` how likely the subject is where
    it was chosen among others.
    """
    yield "any"
    if sure is not None:
        yield f"sure {_size(round(100 * sure), (20, 30, 40, 50, 60, 70, 80, 90, 95, 98))}"
    yield rule
    if field == "title":
        yield "in a title"
    yield f"subject {_size(len(subject), (0, 2, 4, 8, 12, 18))}"
    if "的" in subject:
        yield "的 in the subject"
    if unit is None:
        yield "no unit"
    elif unit == "%":
        yield "a share"
    if comparator != "=":
        yield "about"
    yield "no area" if adcode is None else "story's area" if adcode == home else "other area"
    yield "no date" if date is None else "a range" if "/" in date else "a date"
    yield f"numbers {_size(len(_NUMBER.findall(quote)), (1, 2, 3, 5))}"
    yield f"quote {_size(len(quote), (12, 25, 40, 60))}"


def bearing(of: Iterator[str]) -> Iterator[tuple[str, float]]:
    """The weight of each of these signs, in logits; signs that were too rare weigh nothing."""
    return ((sign, WEIGHTS.get(sign, 0.0)) for sign in of)


def confidence(of: Iterator[str]) -> float:
    """The chance that a fact with these signs is right."""
    total = sum(weight for _, weight in bearing(of))
    return round(min(_MOST, max(_LEAST, 1 / (1 + math.exp(-total)))), 3)


def _size(n: int, bounds: tuple[int, ...]) -> str:
    """``up to 4``: the least of the bounds that `n` does not exceed."""
    return next((f"up to {b}" for b in bounds if n <= b), f"over {bounds[-1]}")
