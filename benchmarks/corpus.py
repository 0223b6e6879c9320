"""Make raw folders of any size out of the pages in tests/gold."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

GOLD = Path(__file__).parents[1] / "tests" / "gold"
_FOLDER = 500  # pages in a folder


def make_corpus(folder: Path, pages: int, chars: int, seed: int = 1) -> int:
    """Write `pages` pages of about `chars` characters each to `folder`; their bytes in all.

    A page is a piece of a gold page with other digits, so that no two are alike.
    """
    rng = random.Random(seed)
    size = 0
    for n, text in enumerate(_texts(pages, chars, rng)):
        path = folder / f"{n // _FOLDER:04d}" / f"{n:06d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        size += path.write_bytes(text.encode())
    return size


def _texts(pages: int, chars: int, rng: random.Random) -> Iterator[str]:
    sources = [
        path.read_text("utf-8")
        for group in ("pages", "hard", "seeds")
        for path in sorted((GOLD / group).glob("*.txt"))
    ]
    for _ in range(pages):
        text = ""
        while len(text) < chars:
            source = rng.choice(sources)
            start = rng.randrange(len(source))
            text += source[start : start + chars - len(text)] + "\n"
        yield re.sub("[1-9]", lambda _: rng.choice("123456789"), text)
