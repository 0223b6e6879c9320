r"""How much each sign of `signs.py` counts, in log odds.

Set by hand from what typesetting does, then fitted to made pages of many kinds, not straying
far from the first values without need. Only the relations between them matter. The last fit:

    python -m tools.fit_layout stories CORPUS… tests/gold/pages \
        --pages 20 --rounds 5 --loose 1 --seed 2 --part 0.25

where CORPUS was a newspaper's articles with headlines and news text without; see there.
Going the whole way serves made pages better and printed ones worse. Those of briefs, dashes,
stubs, lone sub-headings, weak words and of what opens below a headline were set by hand: fitted
to printed pages they did no better on those left out.
"""

WEIGHTS: dict[str, float] = {
    "body.box": -1.77,
    "body.box-more": 0.57,
    "body.byline": -0.5,
    "body.dateline-inside": -1.69,
    "body.empty": -50.0,
    "body.ends-open": -1.59,
    "body.ends-with-credit": -0.22,
    "body.ends-with-heading": -5.99,
    "body.first-heading": -1.14,
    "body.heading": 0.07,
    "body.heading-after-credit": -1.45,
    "body.heading-line": -0.79,
    "body.heading-on-top": -0.77,
    "body.leads-inside": -2.01,
    "body.lone-heading": -2.5,
    "body.measure": -1.18,
    "body.second-credit": -3.86,
    "start.after-credit": 2.12,
    "start.after-heading": 0.07,
    "start.body": -1.38,
    "start.briefs": 5.0,
    "start.byline": 2.5,
    "start.cohesion": -8.16,
    "start.dated": 0.37,
    "start.dateline": 1.24,
    "start.gap": 0.91,
    "start.heading": -2.45,
    "start.leads": 3.12,
    "start.measure": 1.7,
    "start.numbered": -2.95,
    "start.open": -2.48,
    "start.opens": 0.72,
    "start.opens-below": 1.5,
    "start.page": 1.5,
    "start.plain": -1.73,
    "title.after": -1.18,
    "title.all": 0.57,
    "title.apart": 0.59,
    "title.before": -1.57,
    "title.best": 0.0,
    "title.best-elsewhere": -1.71,
    "title.dash": 0.5,
    "title.dash-first": -3.0,
    "title.gap-inside": -0.99,
    "title.lead": 3.15,
    "title.line-elsewhere": -1.03,
    "title.line-here": 0.14,
    "title.lines": 0.25,
    "title.many-lines": -1.37,
    "title.none": -6.0,
    "title.numbered": -3.0,
    "title.phrase": 0.6,
    "title.place": -1.0,
    "title.strange": -1.24,
    "title.stub": -0.5,
    "title.sub-heading": -1.5,
    "title.tiny": -1.11,
    "title.too-long": -1.13,
    "title.torn": -0.73,
    "title.torn-phrase": -2.0,
    "title.weak-elsewhere": -0.5,
    "title.weak-here": 0.2,
}
