"""Modules that run where Shilu's libraries are not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def import_bare(module: str) -> None:
    """Import a module of the repository with the standard library alone.

    Raises subprocess.CalledProcessError where it needs more.
    """
    code = f"import sys; sys.path.insert(0, sys.argv[1]); import {module}"
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT)], check=True)
