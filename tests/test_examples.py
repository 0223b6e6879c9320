"""README, docs and notebook show what the program does today: every example is run."""

from __future__ import annotations

from tests.support.docs import ROOT, refreshed


def test_the_docs_show_what_the_program_does_today() -> None:
    for path, text in refreshed().items():
        name = path.relative_to(ROOT)
        assert text == path.read_text("utf-8"), f"{name} is out of date: run `make docs`"
