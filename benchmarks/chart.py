"""The chart of docs/performance.md: one point for each thing measured, drawn by Vega-Lite."""

from __future__ import annotations

from collections.abc import Iterator

import vl_convert

from benchmarks.ours import LIMITS, STAGES, WHOLE
from benchmarks.results import Results

_VEGA_LITE = "6.4"
_GROUPS = ("Shilu", "its stages", "peers", "limits")
_TICKS = [10**n for n in range(3, 9)]
_COLOURS = ("#b03a2e", "#e0a39b", "#2e6da4", "#8a8a8a")


def draw(results: Results) -> str:
    """The chart as SVG: characters a CPU second, on a logarithmic scale."""
    rows = list(_rows(results))
    field = {"field": "speed", "type": "quantitative", "scale": {"type": "log", "nice": True}}
    name = {"field": "name", "type": "nominal", "sort": None, "title": None}
    spec = {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{_VEGA_LITE[0]}.json",
        "data": {"values": rows},
        "background": "white",
        "padding": 12,
        "facet": {
            "row": {
                "field": "group",
                "type": "nominal",
                "sort": list(_GROUPS),
                "title": None,
                "header": {"labelAngle": 0, "labelAlign": "left", "labelFontWeight": "bold"},
            }
        },
        "spec": {
            "width": 520,
            "height": {"step": 19},
            "encoding": {"y": {**name, "axis": {"labelLimit": 220, "ticks": False}}},
            "layer": [
                {
                    "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                    "encoding": {
                        "x": {
                            **field,
                            "title": "characters of raw text a CPU second",
                            "axis": {"format": "~s", "gridColor": "#dddddd", "values": _TICKS},
                        },
                        "color": {
                            "field": "group",
                            "type": "nominal",
                            "legend": None,
                            "scale": {"domain": list(_GROUPS), "range": list(_COLOURS)},
                        },
                    },
                },
                {
                    "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11},
                    "encoding": {"x": field, "text": {"field": "told", "type": "nominal"}},
                },
            ],
        },
        "resolve": {"scale": {"y": "independent"}},
        "config": {"view": {"stroke": None}, "axis": {"labelFontSize": 12, "domain": False}},
    }
    return vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE)


def _rows(results: Results) -> Iterator[dict[str, object]]:
    model, rules, limits = (results.entry(n) for n in ("model", "rules", "limits"))
    yield from _row("Shilu", "with the model", model.rate(WHOLE))
    yield from _row("Shilu", "rules alone", rules.rate(WHOLE))
    for stage in STAGES:
        yield from _row("its stages", stage, model.rate(stage))
    some = [
        (f"{e.name.partition(' ')[0]}: {p}", e.rate(p)) for e in results.peers() for p in e.parts()
    ]
    for name, speed in sorted(some, key=lambda pair: pair[1]):
        yield from _row("peers", name, speed)
    for name in LIMITS:
        yield from _row("limits", name, limits.rate(name))


def _row(group: str, name: str, speed: float) -> Iterator[dict[str, object]]:
    if speed:
        told = f"{speed / 1e6:.1f} M" if speed >= 1e6 else f"{speed / 1e3:,.3g} k"
        yield {"group": group, "name": name, "speed": speed, "told": told}
