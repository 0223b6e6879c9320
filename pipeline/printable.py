"""Text of others on a terminal."""


def printable(text: str) -> str:
    """`text` with control, format and other invisible characters written as escapes.

    Names of files and pages are written by others: they must not move the cursor, change
    colours or turn the direction of writing round.
    """
    return "".join(
        c if c.isprintable() or c == "\u3000" else c.encode("unicode_escape").decode() for c in text
    )
