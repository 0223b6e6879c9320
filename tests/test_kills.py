"""Sixty runs are killed; readers always find a whole one. `make soak` kills more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.soak import soak


@pytest.mark.parametrize("seed", range(1001, 1005))
def test_killed_runs_harm_nobody(tmp_path: Path, seed: int) -> None:
    assert soak(tmp_path, kills=15, seed=seed)["killed"] == 15
