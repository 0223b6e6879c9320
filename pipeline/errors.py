"""Errors that name the file, the line and the cure, and the exit codes they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells cron; values after sysexits.h where one fits."""

    OK = 0
    REJECTS = 1  # done, but some pages were rejected
    USAGE = 2  # usage, rules or model wrong: nothing was written
    FAULT = 70  # EX_SOFTWARE: a fault of the program itself
    CANNOT_WRITE = 74  # EX_IOERR: the output cannot be written
    LOCKED = 75  # EX_TEMPFAIL: another run holds the lock
    HUNG_UP = 129  # by SIGHUP: the terminal was closed
    STOPPED = 130  # by the user, with Ctrl-C
    TERMINATED = 143  # by SIGTERM, as from systemd or at shutdown
    PIPE = 141  # by whoever read the output and closed the pipe


class ShiluError(Exception):
    """A failure the user can mend; its text is shown as it stands, without a traceback."""

    exit_code = ExitCode.USAGE


class UsageError(ShiluError):
    """A folder, option or metadata file that cannot be used as given."""


class RulesError(ShiluError):
    """Rows of `rules/` that cannot be used.

    `problems` holds one line for each bad row: ``rules/units.tsv:42: what is wrong; the cure``.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[RulesError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)  # how it comes from a worker


class ModelError(ShiluError):
    """A language model that is missing or cannot be read."""


class OutputError(ShiluError):
    """The output folder cannot be written."""

    exit_code = ExitCode.CANNOT_WRITE


class LockedError(ShiluError):
    """Another run is writing to the same output folder."""

    exit_code = ExitCode.LOCKED


class WorkerError(ShiluError):
    """Workers that cannot even start."""

    exit_code = ExitCode.FAULT
