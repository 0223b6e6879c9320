"""Arguments and options that several commands have."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


class _Folder(click.Path):
    """A folder that has a name: an unset variable of a script must not mean this one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises click.BadParameter for an empty name."""
        if not str(value).strip():
            self.fail("the name of the folder is empty; write . for this one", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = _Folder(path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
OUT = click.option("--out", type=FOLDER, required=True, help="Folder for the tables.")
RULES = click.option(
    "--rules",
    type=FOLDER,
    envvar="SHILU_RULES",
    show_envvar=True,
    help="Folder with rule files of your own, laid over the built-in ones.",
)
_MIB = 2**20


class FiniteRange(click.FloatRange):
    """A number in a range; neither ``inf`` nor ``nan`` is one."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Raises click.BadParameter for what is no such number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        return number


def with_reading(command: Callable[..., None]) -> Callable[..., None]:
    """The options for rules and model; the command gets `rules` and `model`, folders or None."""

    @RULES
    @click.option("--model", type=FOLDER, help="Language model to use instead of the built-in.")
    @click.option("--no-model", is_flag=True, help="The rules alone: quicker, but less is right.")
    @functools.wraps(command)
    def called(model: Path | None, no_model: bool, **others: Any) -> None:
        from pipeline.tag import builtin_model

        if model and no_model:
            raise click.UsageError("--model and --no-model exclude each other; leave one out")
        command(model=None if no_model else model or builtin_model(), **others)

    return called


def with_recipe(command: Callable[..., None]) -> Callable[..., None]:
    """The options that decide what is found; the command gets them as a `recipe`."""

    @with_reading
    @click.option(
        "--page-limit",
        type=FiniteRange(0, min_open=True),
        default=16.0,
        show_default=True,
        metavar="MIB",
        help="Reject pages that are larger, unpacked.",
    )
    @click.option("--follow-links", is_flag=True, help="Follow links that lead out of RAW, too.")
    @functools.wraps(command)
    def called(rules: Path | None, model: Path | None, page_limit: float, **others: Any) -> None:
        from pipeline.recipe import Recipe

        command(recipe=Recipe(rules, model, int(page_limit * _MIB)), **others)

    return called
