"""Count character pairs around marks and around the hanzi that glyph damage makes of them.

    python tools/glyph_pairs.py OUT.tsv CORPUS…

CORPUS is a file of plain text (one paragraph a line, ``.gz`` allowed) or of JSON lines with
``paras``. Only pairs are written that hold a mark or such a hanzi; digits count as ``0``
and letters as ``A`` or ``a``. The result is ``rules/glyphs/pairs.tsv``: statistics, no text.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from pipeline.clean.founder import founder_table
from pipeline.clean.pairs import HANZI, named, normal

KEEP = 3  # pairs seen less often say nothing


def paragraphs(path: Path) -> Iterator[str]:
    """The paragraphs of one corpus file."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if path.suffix == ".jsonl":
                yield from (p["text"] for p in json.loads(line)["paras"])
            else:
                yield line


def main(out: str, *corpora: str) -> None:
    """Write the pair counts of `corpora` to `out`."""
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    table = founder_table()
    wanted = set(HANZI) | {normal(table[c]) for c in HANZI}
    around = re.compile(f"(?=(.[{re.escape(''.join(wanted))}]|[{re.escape(''.join(wanted))}].))")
    surnames = re.compile("(?=(.N|N.))")
    for name in corpora:
        for paragraph in paragraphs(Path(name)):
            text = normal(re.sub(r"\s+", "", paragraph))
            singles.update(text)
            pairs.update(m.group(1) for m in around.finditer(text))
            names = named(text)
            singles["N"] += names.count("N")
            pairs.update(m.group(1) for m in surnames.finditer(names))
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for pair, n in sorted(pairs.items()):
        if n >= KEEP:
            rows[pair[0]].append(f"{pair[1]}{n}")
    with Path(out).open("w", encoding="utf-8") as f:
        f.write(f"# {__doc__.splitlines()[0]}\n# Made by tools/glyph_pairs.py from news text.\n")
        f.write("first\tcount\tfollowers\n")
        for first, n in sorted(singles.items()):
            if n >= KEEP:
                f.write(f"{first}\t{n}\t{' '.join(rows.get(first, ()))}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
