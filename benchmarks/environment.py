"""The environment of the peers, .venv-bench: made by the bench, never part of the product."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.serving import ROOT

LOCK = Path(__file__).with_name("requirements.lock")
WANTED = Path(__file__).with_name("requirements.in")
FOLDER = ROOT / ".venv-bench"


def peer_python(tell: Callable[[str], None]) -> Path | None:
    """The interpreter of the peers' environment, which is made if need be; None if it cannot be.

    A peer that cannot be installed is left out: the bench finds that it does not begin.
    """
    python = FOLDER / "bin" / "python"
    stamp = FOLDER / "ready"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return python
    tell(f"setting up {FOLDER.name} with the peers, once")
    if not _succeeds([sys.executable, "-m", "venv", "--clear", str(FOLDER)], tell):
        return None
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq", "install"]
    if not _succeeds([*pip, "--require-hashes", "--requirement", str(LOCK)], tell):
        lines = (line.partition("#")[0].strip() for line in WANTED.read_text().splitlines())
        for peer in filter(None, lines):
            if not _succeeds([*pip, "--constraint", str(LOCK), peer], tell):
                tell(f"{peer} cannot be installed and is left out")
    stamp.write_text(digest)
    return python


def _succeeds(command: list[str], tell: Callable[[str], None]) -> bool:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        tell((done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1])
    return not done.returncode
