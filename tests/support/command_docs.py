"""docs/commands.md: the help of every command, as it prints it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pipeline.cli import main

WIDTH = 80  # columns of the terminal


def commands_told() -> str:
    """A section for each command, in the order of `shilu --help`, groups before what is in them."""
    return "\n\n".join(_sections(main, "shilu", None))


def _sections(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None and not found.hidden:
                yield from _sections(found, below, context)
