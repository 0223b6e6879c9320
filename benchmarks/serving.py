"""A process that does one piece of work whenever it is asked, and says what that took.

Each contestant is a process of its own, with its own environment: the asking side starts them
all, lets each warm up, and then asks them in turn, round by round, so that whatever else the
machine does meanwhile strikes them alike. Nothing but the standard library is needed here: the
environment of the peers has no Shilu.

The process reads the text from a file: a JSON array of pages, ``{"raw": …, "sentences": […]}``.
It then answers each line on stdin with one line of JSON on stdout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# One thread, whatever the library: work is compared, not the number of cores.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Text:
    """A page: `raw` as the product reads it, `sentences` of its clean text, for the peers."""

    raw: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What to do to the pages, for each part of it by name, and versions to tell."""

    parts: Mapping[str, Callable[[Sequence[Text]], object]]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a part returns that tells its steps apart: seconds of CPU of each."""

    steps: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Lap:
    """What one round of one part took: characters of the raw pages, seconds."""

    part: str
    chars: int
    cpu: float
    wall: float


def read_texts(path: Path) -> list[Text]:
    """The pages in the file that the asking side wrote."""
    return [Text(p["raw"], tuple(p["sentences"])) for p in json.loads(path.read_text("utf-8"))]


def write_texts(path: Path, texts: Sequence[Text]) -> None:
    """Write pages for `read_texts`."""
    pages = [{"raw": t.raw, "sentences": list(t.sentences)} for t in texts]
    path.write_text(json.dumps(pages, ensure_ascii=False), encoding="utf-8")


def serve(prepare: Callable[[], Work], texts: Sequence[Text], seconds: float) -> None:
    """Prepare, warm up, then work whenever a line comes in.

    A part that takes longer than `seconds` for all pages gets the first of them alone: pages
    come shuffled, so these are a sample.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not come between
    work = prepare()
    shares = {part: _share(do, texts, seconds) for part, do in work.parts.items()}
    print(json.dumps({"versions": dict(work.versions)}), file=out, flush=True)
    for _ in sys.stdin:
        laps = [x for part, do in work.parts.items() for x in _laps(part, do, shares[part])]
        answer = {"laps": laps, "peak": _peak()}
        print(json.dumps(answer), file=out, flush=True)


def _share(
    do: Callable[[Sequence[Text]], object], texts: Sequence[Text], seconds: float
) -> list[Text]:
    """As many pages as `do` gets done in time; it is warm then."""
    do(texts[:1])
    done, used = 0, 0.0
    while done < len(texts) and used < seconds:
        some = texts[done : done + max(1, done)]
        before = time.process_time()
        do(some)
        used += time.process_time() - before
        done += len(some)
    fits = len(texts) if used < seconds else max(1, int(done * seconds / used))
    return list(texts[:fits])


def _laps(
    part: str, do: Callable[[Sequence[Text]], object], texts: Sequence[Text]
) -> Iterator[list[object]]:
    """The lap of a part, and those of its steps if it tells them apart."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = do(texts)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    chars = sum(len(t.raw) for t in texts)
    yield [part, chars, cpu, wall]
    for step, seconds in done.steps.items() if isinstance(done, Spent) else ():
        yield [step, chars, seconds, seconds]


def _peak() -> float:
    """Peak resident memory of this process, MiB."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(x.split()[1]) / 1024 for x in lines if x.startswith("VmHWM:")), 0.0)


class Contestant:
    """A process that serves, seen from the asking side."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self.versions: dict[str, str] = {}
        self.laps: list[Lap] = []
        self.peak = 0.0
        self.problem = ""
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **ONE_THREAD},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
            )

    def warm_up(self) -> None:
        """Wait until it is ready; a contestant that cannot begin has a `problem`."""
        answer = self._answer()
        self.versions = answer.get("versions", {})

    def round(self) -> None:
        """Let it work once."""
        if self.problem:
            return
        assert self._process.stdin is not None
        with suppress(OSError):  # where it has ended no answer comes
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        answer = self._answer()
        self.laps += [Lap(*lap) for lap in answer.get("laps", [])]
        self.peak = answer.get("peak", self.peak)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _answer(self) -> dict:  # type: ignore[type-arg]
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)  # type: ignore[no-any-return]
        told = self._log.read_text("utf-8", errors="replace").strip().splitlines()
        self.problem = told[-1] if told else "it ended without a word"
        return {}
