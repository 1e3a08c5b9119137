"""Texts from anywhere, made fit for a line of a message."""


def one_line(text: str) -> str:
    """The text as one line: no breaks, no signs that turn the writing around or cannot be seen."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def some_lines(text: str) -> str:
    """The text with its lines, and as `one_line` in each."""
    return "\n".join("".join(sign if sign.isprintable() else " " for sign in line) for line in text.splitlines())
