"""The command `shilu`, also as ``python -m pipeline``.

Workers import the module that was started, too, so it loads nothing before it is called.
"""

from __future__ import annotations


def main() -> None:
    """Run the command that the arguments name."""
    from pipeline.cli import main as shilu

    shilu(prog_name="shilu")


if __name__ == "__main__":
    main()
