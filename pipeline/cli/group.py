"""The group of all commands: exit codes, signals and pipes."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from pipeline.errors import ExitCode, ShiluError
from pipeline.terminal import complain


class _Stopped(KeyboardInterrupt):
    """A signal other than Ctrl-C has come that asks for an end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = ExitCode(128 + number)


class Commands(click.Group):
    """Gives every way of failing its own exit code; code 1 always means "done, with rejects"."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; leave with the exit code of what went wrong."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal without Chinese is no failure
        try:
            return super().invoke(ctx)
        except ShiluError as e:
            complain("failed", str(e), e.exit_code)
            ctx.exit(e.exit_code)
        except KeyboardInterrupt as e:
            code = e.exit_code if isinstance(e, _Stopped) else ExitCode.STOPPED
            stand = "the tables are those of the last whole run"
            kept = "what was read since is kept for the next run"
            complain("stopped", f"stopped; {stand}, {kept}", code)
            ctx.exit(code)
        except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
            _close_stdout()
            ctx.exit(ExitCode.PIPE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as e:
            if isinstance(e, OSError) and e.errno == errno.ENOSPC:  # tables have their own message
                _close_stdout()
                full = "what is printed cannot be written; make room for it"
                complain("failed", full, ExitCode.CANNOT_WRITE)
                ctx.exit(ExitCode.CANNOT_WRITE)
            what = "this is a fault of the program; please report it"
            complain("failed", what, ExitCode.FAULT, traceback.format_exc())
            ctx.exit(ExitCode.FAULT)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end a run as Ctrl-C does: cleanly, and what is done is kept."""

    def stop(number: int, _: object) -> None:
        raise _Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def printing() -> Iterator[None]:
    """What cannot be printed, to a full disk or a closed pipe, undoes nothing that was done."""
    try:
        yield
        sys.stdout.flush()
    except OSError:
        _close_stdout()


def _close_stdout() -> None:
    """Nobody reads it; else Python would complain once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
