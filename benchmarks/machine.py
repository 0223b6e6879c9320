"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("numpy", "spacy", "spacy-pkuseg", "pyarrow", "ahocorasick-rs")


def machine() -> dict[str, str]:
    """Processor, cores, memory, system, Python and libraries; and how busy the machine is."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else (0.0, 0.0, 0.0)
    return {
        "processor": _first("/proc/cpuinfo", r"model name\s*: (.+)") or platform.processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "load": f"{load[0]:.1f}",
    }


def _memory() -> str:
    kilobytes = _first("/proc/meminfo", r"MemTotal:\s+(\d+)")
    return f"{int(kilobytes) / 2**20:.0f} GiB" if kilobytes else "unknown"


def _first(path: str, pattern: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text("utf-8"))
    except OSError:
        return ""
    return found[1].strip() if found else ""
