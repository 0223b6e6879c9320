"""Try the examples of all rows of a rulebook, on all cores, and say what does not hold."""

from __future__ import annotations

import gc
import hashlib
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from msgspec import Struct

from pipeline.cores import cores
from pipeline.recipe import program_digest
from pipeline.rule_layers import digest_made
from pipeline.rule_memory import keep, recall, remember, untouched
from pipeline.rulebook import Rule, Rulebook, example_span, load_rules
from pipeline.rulecheck import problem
from pipeline.stages import Toolkit, compile_toolkit

_SHARE = 400  # rows that are worth a process
_NAMED = 3


class Trial(Struct, frozen=True):
    """`rows` were to be checked, `tried` of them had to be tried.

    `problems` has a line for each that does not do what it says, `idle` one for each of the user's
    own whose example would be read the same without the folder.
    """

    rows: int
    tried: int
    problems: tuple[str, ...]
    idle: tuple[str, ...] = ()


def check(book: Rulebook, files: Collection[str] = (), memories: Sequence[Path] = ()) -> Trial:
    """Try the examples of all rows of `book`, or of those of `files` alone.

    With files for `memories`, those are left out that were right at the last check, as the first
    that can be used tells, and that no change since can touch; the first will tell of this check.
    Raises RulesError where the rules cannot even be compiled.
    """
    program = _program(book)
    last = recall(memories, program)
    known = {id(r) for r in untouched(book, last)} if last else set()
    everything = [r for rows in book.rules.values() for r in rows]
    rows = [r for r in everything if r.file in files or not files]
    trying = [r for r in rows if id(r) not in known]
    toolkit = compile_toolkit(book)
    gc.freeze()  # the rules stay: nothing in them need be looked at for garbage
    found = _in_processes(lambda some: [problem(r, toolkit) for r in some], trying)
    wrong = [(rule, what) for rule, what in zip(trying, found, strict=True) if what]
    bad = {id(r) for r, _ in wrong}
    if memories:
        right = known | {id(r) for r in trying} - bad
        keep(memories[0], remember(book, program, (r for r in everything if id(r) in right)))
    before = cache(lambda: compile_toolkit(load_rules(book.folder)))  # without the user's rules
    mine = [r for r in rows if r.own and id(r) not in bad]
    idle = [r for r in mine if problem(r, before()) is None]
    problems = tuple(_lines(wrong, book, before))
    return Trial(len(rows), len(trying), problems, tuple(map(_idle, idle)))


def _program(book: Rulebook) -> str:
    """What stands for all that decides the reading of a sentence, beside the rows of rules."""
    digest = hashlib.sha256(program_digest().encode())
    digest_made(book.folder, digest)
    return digest.hexdigest()


def _lines(
    wrong: Sequence[tuple[Rule, str]], book: Rulebook, before: Callable[[], Toolkit]
) -> Iterator[str]:
    """The problems with their places; built-in rows that own ones break are told as such.

    `before` gives the toolkit without the user's rules.
    """
    for rule, what in wrong:
        theirs = book.own is not None and not rule.own and problem(rule, before()) is None
        yield f"{rule.where}: {_broken(rule, what, book) if theirs else what}"


def _idle(rule: Rule) -> str:
    cure = "write an example that needs the row"
    return f"{rule.where}: its example is read the same without your folder; {cure}"


def _broken(rule: Rule, what: str, book: Rulebook) -> str:
    """Say that a built-in row, which did what it says, is broken by rows of the user's folder."""
    text, _, _ = example_span(rule)
    mine = [r.where for rows in book.rules.values() for r in rows if r.own and r.surface in text]
    mine += [o.where for o in book.off if o.surface in text]
    blame = f"by {', '.join(mine[:_NAMED])}" if mine else f"by a row of {book.own}"
    cure = f"change that, or write the row {rule.surface} anew into {book.own}/{rule.file}.tsv"
    return f"{what.rpartition('; ')[0]}; this built-in row is broken {blame}: {cure}"


def _in_processes(
    work: Callable[[Sequence[Rule]], list[str | None]], rows: Sequence[Rule]
) -> list[str | None]:
    """The results of `work` for all `rows`, in their order; a share for each core.

    The processes are forked, so that each has the compiled rules at once. A share whose process
    fails is done here.
    """
    shares = min(cores(), max(1, len(rows) // _SHARE)) if _can_fork() else 1
    fork = get_context("fork") if shares > 1 else None
    others: list[tuple[int, Connection]] = []
    processes = []
    for n in range(1, shares):
        assert fork is not None
        mine, theirs = fork.Pipe(duplex=False)
        process = fork.Process(target=_send, args=(theirs, work, rows[n::shares]), daemon=True)
        process.start()
        theirs.close()
        processes.append(process)
        others.append((n, mine))
    found: list[str | None] = [None] * len(rows)
    found[0::shares] = work(rows[0::shares])
    for n, connection in others:
        try:
            found[n::shares] = connection.recv()
        except (EOFError, OSError):
            found[n::shares] = work(rows[n::shares])
    for process in processes:
        process.join()
    return found


def _send(
    connection: Connection,
    work: Callable[[Sequence[Rule]], list[str | None]],
    rows: Sequence[Rule],
) -> None:
    connection.send(work(rows))
    connection.close()


def _can_fork() -> bool:
    """A process with threads, as of numpy, must not be forked; elsewhere than on Linux none is."""
    tasks = Path("/proc/self/task")
    return sys.platform == "linux" and tasks.is_dir() and len(list(tasks.iterdir())) == 1
