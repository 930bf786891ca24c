"""Values of the database in the words of people, for tables in the terminal."""

from typing import Any


def readable(value: Any, *, nothing: str = "") -> str:
    """Return the value in words. `nothing` stands for None."""
    match value:
        case None:
            return nothing
        case bool():
            return "yes" if value else "no"
        case dict():
            return "; ".join(f"{name}: {readable(part, nothing=nothing)}" for name, part in value.items())
        case list() | tuple():
            return ", ".join(readable(part, nothing=nothing) for part in value)
    return str(value)
