"""A row of the trial: one thing that a user does, what is right, and the tests that show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`does` is what somebody does. `right` is what they get. A row without tests says in `open` why it has none."""

    does: str
    right: str
    tests: tuple[str, ...] = ()
    """Names of tests as pytest prints them, without parameters: all cases of a test belong to the row."""
    open: str = ""
    """What the tests do not show, or why it cannot be met. Empty: the tests show all of it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The rows that had the same cause."""

    name: str
    title: str
    rows: tuple[Row, ...]


def row(does: str, right: str, *tests: str, open: str = "") -> Row:
    """Return a row. A test's path is given without `tests/`."""
    return Row(does, right, tuple(f"tests/{test}" for test in tests), open)
