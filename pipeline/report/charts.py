"""Charts as static SVG, drawn by Vega-Lite without a browser and without any network.

They are put into the page itself: no script and no style attribute is in them, so the content
security policy allows them, and the style sheet gives them fonts and colours, light or dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import vl_convert
from markupsafe import Markup

from pipeline.report.marks import visible_plain
from pipeline.report.totals import Bar

_VEGA_LITE = "6.4"
# Vega makes links absolute; this address, which nobody can have, is taken off again.
_BASE = "https://report.invalid/"
# Pixels. All sizes are fixed, so that the fonts of the machine have no say in them.
_WIDTH, _LABEL, _NUMBER, _ROW = 360, 112, 48, 24
_HEIGHT, _ABOVE, _EDGE, _BELOW, _BESIDE = 190, 18, 8, 28, 64
_STEP = 66  # wide enough for the name of a month
_NUMBERED = 8  # columns that are wide enough to have their numbers above them


def bar_chart(bars: Sequence[Bar]) -> Markup:
    """Bars from left to right, one below the other, as HTML. Each is a link."""
    wide = min(_LABEL, 22 + max(_pixels(b.label) for b in bars))
    label = {"field": "label", "type": "nominal", "sort": None, "axis": _axis(wide, 0)}
    length = {"field": "number", "type": "quantitative", "axis": None}
    spec = {
        "encoding": {"y": label, "x": length},
        "width": _WIDTH - wide - _NUMBER,
        "height": {"step": _ROW},
        "padding": {"left": wide, "right": _NUMBER, "top": 2, "bottom": 2},
        "layer": [
            _marks({"height": {"band": 0.66}, "minBandSize": 1}),
            _numbers({"align": "left", "baseline": "middle", "dx": 5}),
        ],
    }
    return _svg(spec, bars)


def column_chart(bars: Sequence[Bar]) -> Markup:
    """Columns side by side, such as months, as HTML. Each is a link."""
    room = _WIDTH - 2 * _EDGE
    step = min(_STEP, room / max(1, len(bars)))
    below, angle = (_BELOW, 0) if step == _STEP else (_BESIDE, -90)
    label = {"field": "label", "type": "nominal", "sort": None, "axis": _axis(below, angle)}
    height = {"field": "number", "type": "quantitative", "axis": None}
    layer = [
        _marks({"width": {"band": 0.7}}),
        _numbers({"align": "center", "baseline": "bottom", "dy": -3}),
    ]
    free = room - step * len(bars)
    spec = {
        "encoding": {"x": label, "y": height},
        "width": {"step": step},
        "height": _HEIGHT,
        "padding": {"left": _EDGE, "right": _EDGE + free, "top": _ABOVE, "bottom": below},
        "layer": layer if len(bars) <= _NUMBERED else layer[:1],
    }
    return _svg(spec, bars)


def _pixels(label: str) -> int:
    """About how wide a label is; no font is asked, as machines have different ones."""
    return sum(7 if c.isascii() else 13 for c in label)


def _axis(extent: int, angle: int) -> dict[str, object]:
    return {
        "title": None,
        "ticks": False,
        "domain": False,
        "aria": False,
        "labelAngle": angle,
        "labelLimit": max(extent - 9, _STEP),
        "labelPadding": 7,
        "labelOverlap": False,
    }


def _marks(form: Mapping[str, object]) -> dict[str, object]:
    link = {"href": {"field": "link"}, "description": {"field": "told"}}
    return {"mark": {"type": "bar", **form}, "encoding": link}


def _numbers(form: Mapping[str, object]) -> dict[str, object]:
    number = {"text": {"field": "number", "format": ","}}
    return {"mark": {"type": "text", "aria": False, **form}, "encoding": number}


def _svg(spec: Mapping[str, object], bars: Sequence[Bar]) -> Markup:
    values = [_values(b, visible_plain(b.label)) for b in bars]
    whole = {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{_VEGA_LITE[0]}.json",
        "data": {"values": values},
        "autosize": {"type": "none"},
        "config": {
            "view": {"stroke": None},
            "background": None,
            "axis": {"labelFontSize": 12, "grid": False},
            "text": {"fontSize": 12},
        },
        **spec,
    }
    drawn = vl_convert.vegalite_to_svg(whole, vl_version=_VEGA_LITE)
    return Markup(drawn.replace(f'xlink:href="{_BASE}', 'xlink:href="'))


def _values(bar: Bar, label: str) -> dict[str, object]:
    told = f"{label}: {bar.number:,}"
    return {"label": label, "number": bar.number, "link": _BASE + bar.link, "told": told}
