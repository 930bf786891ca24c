"""What clients send about contacts."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import E164, Email, Id, Line

OWN_NAMES = ("id", "name", "first_name", "last_name", "email")
"""What a route reads of every contact: no attribute may take their place."""
MAX_ATTRIBUTES = 50
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SEPARATORS = re.compile(r"[ ().\-/]")


def _written_number(value: Any) -> Any:
    """`+1 (888) 898-8826`, as people write it, and `0049...`; none is sent as an empty text too."""
    if not isinstance(value, str):
        return value
    digits = _SEPARATORS.sub("", value)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return digits or None


def _attributes(value: dict[str, str]) -> dict[str, str]:
    if len(value) > MAX_ATTRIBUTES:
        raise ValueError(f"At most {MAX_ATTRIBUTES} attributes")
    for name in value:
        if not _NAME.fullmatch(name):
            raise ValueError("A name is a letter a-z, then letters, digits and _, 40 at most")
        if name in OWN_NAMES:
            raise ValueError(f"'{name}' is the name of a field")
    return value


Number = Annotated[E164 | None, BeforeValidator(_written_number)]
"""Becomes E.164."""
Text = Annotated[str, StringConstraints(max_length=1000)]
Attributes = Annotated[
    dict[str, Text], AfterValidator(_attributes), Field(examples=[{"customer_number": "4711"}])
]


class ContactCreate(Body):
    """A new contact: a person outside of the team."""

    first_name: Line = ""
    last_name: Line = ""
    email: Email | None = None
    work_number: Number = None
    home_number: Number = None
    cell_number: Number = None
    attributes: Attributes = Field(default_factory=dict)
    """What else the organization wants to know of the person. Routes can read it."""
    team: Id | None = None
    """The organization that the contact belongs to; null: it is personal."""


class ContactUpdate(Patch, of=ContactCreate):
    """What changes in a contact."""
