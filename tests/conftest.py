"""What all tests share: the built-in rules, compiled once for each process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.rulebook import load_rules
from pipeline.stages import Toolkit, compile_toolkit
from pipeline.tag import builtin_model

GOLD = Path(__file__).parent / "gold"


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a check of rules remembers is kept apart from what the user's own checks do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def toolkit() -> Toolkit:
    """What pages are read with: the rules and the language model."""
    return compile_toolkit(load_rules(), builtin_model())


@pytest.fixture(scope="session")
def rules_alone() -> Toolkit:
    """What the examples of rules are tried with."""
    return compile_toolkit(load_rules())


@pytest.fixture(scope="session")
def gold() -> Path:
    return GOLD
