"""What clients send about calls that ended."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.conventions.body import Patch


def _text(value: str) -> str:
    if any(ord(character) < 32 and character not in "\n\r\t" for character in value):
        raise ValueError("Contains a control character")
    return value


Note = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_text)]
Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$"),
    Field(examples=["sale"]),
]


class WrapUpSet(Patch):
    """What an agent notes after a call."""

    code: Code | None
    """One of the team's wrap-up codes, if it has any; null clears it."""
    note: Note | None
    """Null clears it."""
