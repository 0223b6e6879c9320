"""Count which characters stand together in running text, and which open paragraphs.

    python -m tools.layout_followers OUT.tsv CORPUS…

CORPUS is a file of plain text (one paragraph a line, ``.gz`` allowed), or of JSON lines with
``paras``, the first of which, the headline, is left out. The result is
``rules/layout/followers.tsv``, which `pipeline/clean/followers.py` reads: statistics, no text.
"""

from __future__ import annotations

import gzip
import itertools
import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from pipeline.clean.followers import APART, folded

KEEP = 10  # pairs seen less often are not written
LEVELS = (3.0, 1.5, 0.0)  # how much more often than by chance, as logarithms
OPENS = (2.5, 1.0)  # how much more often a pair opens a paragraph than any pair does
ENOUGH = 3  # times that a pair would open a paragraph by chance, to be missed
FIRST = re.compile(r"[\u4e00-\u9fff0A”》），：]")
SECOND = re.compile(r"[\u4e00-\u9fff0A“《（]")


def paragraphs(path: Path) -> Iterator[str]:
    """The paragraphs of one corpus file."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if ".jsonl" in path.name:
                yield from (folded(p["text"]) for p in json.loads(line)["paras"][1:])
            else:
                yield folded(line)


def main(out: str, *corpora: str) -> None:
    """Write the table of `corpora` to `out`."""
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    opening: Counter[str] = Counter()
    for name in corpora:
        for text in paragraphs(Path(name)):
            singles.update(text)
            pairs.update(map("".join, itertools.pairwise(text)))
            if len(text) > 20:
                opening[text[:2]] += 1
    total, opened = singles.total(), opening.total() / pairs.total()
    columns: defaultdict[str, list[str]] = defaultdict(lambda: [""] * 6)
    for pair, n in sorted(pairs.items()):
        a, b = pair[0], pair[1]
        if n < KEEP or not FIRST.fullmatch(a) or not SECOND.fullmatch(b):
            continue
        surplus = math.log(n * total / (singles[a] * singles[b]))
        for level, least in enumerate(LEVELS):
            if surplus >= least:
                columns[a][level] += b
                break
        odds = math.log((opening[pair] + 0.5) / (n * opened + 0.5))
        if odds >= OPENS[0] and opening[pair] >= 5:
            columns[a][3] += b
        elif odds >= OPENS[1] and opening[pair] >= 5:
            columns[a][4] += b
        elif n * opened >= ENOUGH and odds <= -OPENS[1]:
            columns[a][5] += b
    with Path(out).open("w", encoding="utf-8") as f:
        f.write(f"# {(__doc__ or '').splitlines()[0]}\n")
        f.write("# Made by tools/layout_followers.py from news text; a count is of ten million.\n")
        f.write("first\tcount\ttight\tnear\tloose\topen\tmay-open\tnever-open\n")
        for first, n in sorted(singles.items()):
            count = round(n * 1e7 / total)
            if count < APART or not FIRST.fullmatch(first):
                continue
            f.write(f"{first}\t{count}\t" + "\t".join(columns[first]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
