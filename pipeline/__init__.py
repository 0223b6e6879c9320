"""Shilu 实录: facts with their sources from the text of Chinese newspapers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__version__ = "0.1.0"


def load(out: str | Path, *tables: str) -> dict[str, pd.DataFrame]:
    """The tables of one run as pandas DataFrames, by name; all of them where none is named.

    `out` is an output folder, whose current run is read, or the folder of one run in its
    ``.runs``. All tables are of the same run, also while a new one takes its place. Raises
    `pipeline.errors.UsageError` where there is no run, or no table of such a name.
    """
    from pipeline.runs import load as reader  # pandas takes a while to import

    return reader.load(Path(out), *tables)
