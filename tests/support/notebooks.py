"""Run the notebook of docs/ as Jupyter does, and keep of it what does not change by itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_SECONDS = 120  # for the kernel to start, and for a cell: the first waits for pandas


def executed(notebook: Path, home: Path) -> str:
    """The text of `notebook` with what its cells print now, run in the folder it lies in.

    `home` is a folder for what Jupyter keeps.
    """
    nb = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    place = {"metadata": {"path": str(notebook.parent)}}
    with _jupyter_in(home):
        client = NotebookClient(
            nb,
            timeout=_SECONDS,
            startup_timeout=_SECONDS,
            kernel_name="python3",
            resources=place,
            record_timing=False,
        )
        # Its warning is of others on this machine who may listen; there is nothing to hear.
        client.extra_arguments = ["--log-level=ERROR"]
        client.execute()
    # The version of Python, and who opened it last, say nothing of what it shows.
    nb.metadata = {"language_info": {"name": "python"}}
    for cell in nb.cells:
        cell.metadata = {}
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "text/plain" in data:
                data["text/plain"] = _ADDRESS.sub("", data["text/plain"])
    text: str = nbformat.writes(nb)  # type: ignore[no-untyped-call]
    return text + "\n"


@contextmanager
def _jupyter_in(home: Path) -> Iterator[None]:
    """Let Jupyter and IPython write to `home`, and to nowhere else."""
    names = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    before = {name: os.environ.get(name) for name in names}
    for name in names:
        (home / name.lower()).mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(home / name.lower())
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
