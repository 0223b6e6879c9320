"""What all tests share: the built-in rules, compiled once for each process."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.rulebook import load_rules
from pipeline.run import Toolkit, compile_toolkit

GOLD = Path(__file__).parent / "gold"


@pytest.fixture(scope="session")
def toolkit() -> Toolkit:
    return compile_toolkit(load_rules())


@pytest.fixture(scope="session")
def gold() -> Path:
    return GOLD
