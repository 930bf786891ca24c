"""What a setting may hold, as a JSON Schema for editors of routes. A check carries the shape of the values it accepts.

The check decides. The shape says its type and its limits, and may leave out what a schema cannot say.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Check = TypeVar("Check", bound=Callable[..., str | None])
Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}


def shaped(**shape: Any) -> Callable[[Check], Check]:
    """Mark a check with the shape of what it accepts."""

    def mark(check: Check) -> Check:
        vars(check)["shape"] = shape
        return check

    return mark


def shape_of(check: Callable[..., str | None]) -> Shape:
    """Return the shape of what a check accepts. Raises TypeError for a check without one."""
    shape: Shape | None = getattr(check, "shape", None)
    if shape is None:
        raise TypeError(f"{check!r} has no shape: see `shaped`")
    return shape
