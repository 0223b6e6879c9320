"""The figures as tables, for the terminal and between the markers of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.chart import draw
from benchmarks.ours import LIMITS, STAGES, WHOLE
from benchmarks.plan import plan_table
from benchmarks.results import SEEDS, Entry, Results
from benchmarks.targets import bundle, targets_table
from tests.support.markers import between

_CHART = "Characters a CPU second: Shilu, its stages, other tools, and the least that any must do"


def write_page(results: Results, page: Path) -> None:
    """Put all tables between their markers, and the chart beside the page."""
    text = page.read_text("utf-8")
    for name, table in tables(results).items():
        text = between(text, name, table, by="make bench")
    text = between(text, "chart", f"![{_CHART}]({page.stem}.svg)", by="make bench")
    page.write_text(text, encoding="utf-8")
    page.with_suffix(".svg").write_text(draw(results), encoding="utf-8")


def overview(results: Results) -> str:
    """All tables, one below the other."""
    return "\n\n".join(f"{name}\n\n{table}" for name, table in tables(results).items())


def tables(results: Results) -> dict[str, str]:
    """All tables as Markdown, by the name of their markers."""
    return {
        "machine": _machine(results),
        "targets": table(("target", "wanted", "measured", "met"), targets_table(results)),
        "stages": _stages(results),
        "peers": _peers(results),
        "runs": _runs(results),
        "plan": table(("", "with the model", "rules alone"), plan_table(results)),
    }


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rate(chars: float) -> str:
    """Characters a second, to three digits."""
    if not chars:
        return "–"
    digits = max(0, len(str(int(chars))) - 3)
    return f"{round(chars, -digits):,.0f}"


def _machine(results: Results) -> str:
    m = results.machine
    libraries = ", ".join(
        f"{name} {v}"
        for name, v in m.items()
        if name not in ("processor", "cores", "memory", "system", "python", "load")
    )
    peers = {n: v for e in results.peers() for n, v in e.versions.items()}
    missing = [f"{e.name} ({e.problem})" for e in results.peers() if e.problem]
    rows = [
        ("processor", f"{m['processor']}, {m['cores']} cores, {m['memory']}"),
        ("system", f"{m['system']}, Python {m['python']}"),
        ("libraries", libraries),
        ("peers", ", ".join(f"{n} {v}" for n, v in peers.items()) or "none"),
        ("missing", "; ".join(missing) or "none"),
        ("text", f"{results.pages} pages, {results.chars:,} characters"),
        ("rounds", f"{results.rounds}, median; load before the bench: {m['load']}"),
    ]
    return "\n".join(f"- {name}: {value}" for name, value in rows)


def _stages(results: Results) -> str:
    model, rules = results.entry("model"), results.entry("rules")

    def row(stage: str) -> tuple[str, ...]:
        cells = [stage]
        for entry in (model, rules):
            whole, own = entry.rate(WHOLE), entry.rate(stage)
            cells += [rate(own), f"{whole / own:.1%}" if own else "–"]
        return tuple(cells)

    head = ("stage", "with the model", "share", "rules alone", "share")
    limits = results.entry("limits")
    rows = [row(stage) for stage in STAGES]
    rows.append((f"**{WHOLE}**", f"**{rate(model.rate(WHOLE))}**", "", *_bold(rules)))
    seeds = [rate(results.entry(name).rate(WHOLE)) for name in SEEDS]
    rows.append(("whole, pages of data/raw alone", seeds[0], "", seeds[1], ""))
    rows += [
        (f"limit: {name}", "", "", rate(limits.rate(name)), _times(limits, name, rules))
        for name in LIMITS
    ]
    return table(head, rows)


def _bold(entry: Entry) -> tuple[str, str]:
    return f"**{rate(entry.rate(WHOLE))}**", ""


def _times(limits: Entry, name: str, rules: Entry) -> str:
    whole = rules.rate(WHOLE)
    return f"{limits.rate(name) / whole:,.0f}×" if whole else "–"


def _peers(results: Results) -> str:
    model, rules = results.entry("model").rate(WHOLE), results.entry("rules").rate(WHOLE)
    rows = []
    for entry in results.peers():
        for part in entry.parts() or ("",):
            own = entry.rate(part)
            low, high = entry.spread(part)
            ours = [f"{one / own:.2g}×" if own and one else "–" for one in (model, rules)]
            span = f"{rate(low)} to {rate(high)}" if own else entry.problem
            rows.append((entry.name.partition(" ")[0], part, rate(own), span, *ours))
    names, speed = bundle(results)
    if speed:
        ours = [f"{one / speed:.2g}×" for one in (model, rules)]
        rows.append((f"**{' + '.join(names)}**", "counts, dates, places", rate(speed), "", *ours))
    head = ("peer", "finds", "characters a second", "all rounds", "Shilu, model", "Shilu, rules")
    return table(head, rows)


def _runs(results: Results) -> str:
    rows = []
    for run in results.runs:
        t = run.took
        memory = f"{t.parent:.0f} / {t.worker:.0f}"
        cells = (run.name, f"{run.pages:,}", f"{t.wall:.2f}", f"{t.cpu:.2f}", f"{t.own:.2f}")
        rows.append((*cells, memory))
    head = ("run", "pages", "wall s", "CPU s", "of it the parent", "MiB, parent / worker")
    return table(head, rows)
