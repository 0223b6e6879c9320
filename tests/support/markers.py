"""The parts of a text that are made: what stands between two comments that name it."""

from __future__ import annotations


def between(text: str, name: str, content: str, by: str = "make docs") -> str:
    """`text` with `content` between the markers of `name`; `by` is the command that makes it."""
    before, _, after = _parts(text, name, by)
    return f"{before}\n{content}\n\n{after}"


def made(text: str, name: str) -> str:
    """What stands between the markers of `name`."""
    return _parts(text, name)[1].strip()


def _parts(text: str, name: str, by: str = "make docs") -> tuple[str, str, str]:
    """What is before, between and after the markers; they themselves are before and after."""
    begin, end = f"<!-- {name}: made by `{by}` -->\n", f"<!-- end of {name} -->"
    before, begun, rest = text.partition(begin)
    content, ended, after = rest.partition(end)
    if not begun or not ended:
        raise ValueError(f"the markers of {name} are lost")
    return before + begin, content, end + after
