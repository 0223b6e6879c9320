"""A run: list the pages, plan, read what is new, publish, prune. What `shilu extract` does.

The order of the stages of one page is in `stages`.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct, field, to_builtins

from pipeline.engines import LOCAL, Crew, Engine, open_engine
from pipeline.engines.store import Store
from pipeline.plan import Plan, cut, make_plan
from pipeline.read import Source, open_source
from pipeline.recipe import Fingerprint, Recipe
from pipeline.records import Reject
from pipeline.runs.history import read_history
from pipeline.runs.journal import ChunkRecord
from pipeline.runs.layout import Run, current_run, write_lock
from pipeline.runs.prune import drop_unfinished, prune
from pipeline.runs.staging import load_encoder
from pipeline.runs.writer import NewRun, check_tables, link_tables, new_run
from pipeline.schemas import TABLES
from pipeline.worker import Task

Progress = Callable[[int, int], None]
_log = logging.getLogger("shilu")
_SAMPLES = 5
_SHOWN = 10  # rejects that a summary holds


class Options(Struct, frozen=True):
    """How a run is made; nothing here changes what is found.

    `workers`: processes, None for one a core. `wait`: for another run to end. `keep`: runs that
    are kept. `seconds`: time limit of a page, for each 100,000 characters. `follow_links`: out of
    the raw folder, too. `force`: read all pages anew.
    """

    workers: int | None = None
    wait: bool = False
    keep: int = 3
    seconds: float = 60.0
    follow_links: bool = False
    force: bool = False
    engine: str = LOCAL
    scheduler: str | None = None
    staging: str | None = None


class Summary(Struct, frozen=True):
    """What the tables hold after a run, and what the run did.

    `name` is that of the run whose tables are current; `pages` counts pages by what became of
    them (see `Plan`); `rejects` counts rejects by reason, `shown` are the first of them;
    `samples` are statements of some facts that were read now; `model` is None for the rules
    alone; `missing` are pages that metadata.csv names and that are not there.
    """

    name: str
    model: str | None
    pages: Mapping[str, int]
    rows: Mapping[str, int]
    chars: int
    rejects: Mapping[str, int]
    shown: tuple[Reject, ...] = ()
    samples: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def read(self) -> int:
        """Pages that were read in this run."""
        return sum(n for reason, n in self.pages.items() if reason not in _NOT_READ)


_NOT_READ = ("unchanged", "resumed", "gone")


class _Totals(Struct):
    """What the chunks of a run add up to."""

    rows: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    chars: int = 0
    samples: tuple[str, ...] = ()

    def add(self, record: ChunkRecord) -> None:
        self.rows.update({table: rows for table, (rows, _) in record.parts.items()})
        self.rejects.update(p.reject for p in record.pages if p.reject)
        self.chars += record.chars


def run(
    raw: Path,
    out: Path,
    recipe: Recipe | None = None,
    options: Options | None = None,
    progress: Progress = lambda done, total: None,
) -> Summary:
    """Bring the tables in `out` up to date with the pages of `raw`, read after `recipe`.

    Pages that have not changed are taken over from the last run; `progress` hears of pages done,
    of all that are to be read. A page that cannot be used becomes a reject and never stops the
    others. Raises a ShiluError where the run as a whole cannot be done: the tables stay those of
    the last run, and what was read so far is taken over by the next.
    """
    recipe, options = recipe or Recipe(), options or Options()
    clock = _Clock()
    source = open_source(raw, options.follow_links)
    samples: tuple[str, ...] = ()
    with ExitStack() as stack:
        crew = Crew(options.engine, options.workers, options.scheduler)
        engine = stack.enter_context(open_engine(recipe, crew))
        if current_run(out) is None:
            # While this process looks at rules, model and pages.
            engine.start(cut(source.files))
        fingerprint = recipe.fingerprint()
        stack.enter_context(write_lock(out, options.wait))
        check_tables(out)
        plan = make_plan(source, fingerprint, read_history(out), options.force)
        clock.lap("plan")
        _tell("planned", out=str(out), pages=dict(plan.pages), chunks=len(plan.stale))
        if plan.is_done:
            link_tables(out)
        else:
            job = _Job(source, fingerprint, recipe.rules, plan, options)
            if plan.stale:
                engine.start(plan.stale)
                load_encoder()
            with new_run(out, options.staging) as new:
                totals = _fill(new, engine, job, progress)
                clock.lap("read")
                new.publish(_manifest(new.name, job, totals, clock))
            samples = totals.samples
            _tell("published", run=new.name)
        removed = prune(out, options.keep)
        if removed:
            _tell("pruned", runs=list(removed))
        current = current_run(out)
        assert current is not None  # published by this run or by an earlier one
        summary = _summary(current, source, plan, samples, clock)
    counts = {"rows": dict(summary.rows), "rejects": dict(summary.rejects)}
    _tell(
        "done",
        **{"run": summary.name, **counts, "missing": len(summary.missing)},
        seconds=round(summary.seconds, 3),
    )
    return summary


def look(raw: Path, out: Path, recipe: Recipe, follow_links: bool = False) -> Plan:
    """What `run` would do; nothing is changed."""
    source = open_source(raw, follow_links)
    return make_plan(source, recipe.fingerprint(), read_history(out))


class _Job(Struct, frozen=True):
    """What a run is about."""

    source: Source
    fingerprint: Fingerprint
    rules: Path | None
    plan: Plan
    options: Options


def _fill(new: NewRun, engine: Engine, job: _Job, progress: Progress) -> _Totals:
    """Link the chunks that are there, read the others; what they add up to."""
    source, plan = job.source, job.plan
    totals = _Totals()
    totals.rejects.update(r.reason for r in source.rejects)
    totals.rows["rejects"] += len(source.rejects)
    new.write_rejects(plan.rejects, source.rejects)
    _tell_rejects(source.rejects)
    stale = {chunk.ordinal for chunk in plan.stale}
    for chunk in plan.chunks:
        if chunk.ordinal not in stale:
            folder, record = plan.history.chunks[chunk.key]
            new.link(folder, record, chunk.ordinal)
            totals.add(record)
    new.sync()
    drop_unfinished(new.out, but=new.name)
    total, done = sum(len(c.files) for c in plan.stale), 0
    progress(done, total)
    # Other machines have another working folder.
    folder, seconds = source.folder.absolute(), job.options.seconds
    # The largest first, so that all workers come to their end at about the same time.
    ordered = sorted(plan.stale, key=lambda c: -c.size)
    tasks = (Task(c.ordinal, folder, c.files, seconds, c.key) for c in ordered)
    for stored in engine.map(tasks, Store(job.fingerprint, new.area)):
        record = new.take(stored.chunk)
        totals.add(record)
        _tell_rejects(stored.rejects)
        totals.samples = (*totals.samples, *stored.samples)[:_SAMPLES]
        pages = len(record.pages)
        done += pages
        progress(done, total)
        _tell("chunk", ordinal=record.ordinal, pages=pages, done=done, of=total)
    return totals


def _manifest(run: str, job: _Job, totals: _Totals, clock: _Clock) -> dict[str, object]:
    """How the tables were made, what they hold, and how long it took."""
    source, plan = job.source, job.plan
    return {
        "run": run,
        **to_builtins(job.fingerprint),
        "own_rules": str(job.rules.absolute()) if job.rules else None,
        "input": {
            "folder": str(source.folder.absolute()),
            "pages": len(source.files),
            "bytes": sum(f.size for f in source.files),
            "digest": plan.input,
        },
        "options": to_builtins(job.options),
        "pages": dict(plan.pages),
        "chunks": {"all": len(plan.chunks), "read": len(plan.stale)},
        "characters": totals.chars,
        "rows": {name: totals.rows[name] for name in TABLES},
        "rejects": dict(totals.rejects),
        "source_rejects": plan.rejects,
        "started": clock.started.isoformat(timespec="seconds"),
        "seconds": clock.laps,
    }


def _summary(
    current: Run, source: Source, plan: Plan, samples: tuple[str, ...], clock: _Clock
) -> Summary:
    manifest = current.manifest
    return Summary(
        name=current.name,
        model=manifest["model"],
        pages=plan.pages,
        rows=manifest["rows"],
        chars=manifest["characters"],
        rejects=manifest["rejects"],
        shown=_first_rejects(current) if manifest["rejects"] else (),
        samples=samples,
        missing=source.missing,
        seconds=clock.total,
    )


def _first_rejects(current: Run) -> tuple[Reject, ...]:
    import pyarrow.dataset as ds

    rows = ds.dataset(current.folder / "rejects").head(_SHOWN).to_pylist()
    return tuple(Reject(row["path"], row["reason"], row["detail"]) for row in rows)


class _Clock:
    """When a run started, and how many seconds each part of it took."""

    def __init__(self) -> None:
        self.started = dt.datetime.now().astimezone()
        self.laps: dict[str, float] = {}
        self._first = self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """The part `name` ends now."""
        now = time.monotonic()
        self.laps[name] = round(now - self._last, 3)
        self._last = now

    @property
    def total(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._first


def _tell_rejects(rejects: Iterable[Reject]) -> None:
    for r in rejects:
        _tell("reject", path=r.path, reason=r.reason, detail=r.detail)


def _tell(event: str, **what: object) -> None:
    _log.info(event, extra={"event": event, **what})
