"""``python -m tests.support.docs`` (``make docs``) rewrites the data dictionary in README.md."""

from __future__ import annotations

from pathlib import Path

from pipeline.schemas import dictionary

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- dictionary: made by `make docs` -->\n", "<!-- end of dictionary -->"


def with_dictionary(text: str) -> str:
    """`text` with what stands between the markers made anew."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError("README.md has lost the markers of the data dictionary")
    return f"{before}{BEGIN}\n{dictionary()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_dictionary(README.read_text("utf-8")), encoding="utf-8")
