"""What clients send about contacts."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import Email, Id, Line, WrittenNumber

OWN_NAMES = ("id", "name", "first_name", "last_name", "email")
"""What a route reads of every contact: no attribute may take their place."""
MAX_ATTRIBUTES = 50
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def check_attributes(value: dict[str, str]) -> dict[str, str]:
    """Return the attributes. Raises ValueError if a route could not read one of them, or if they are too many."""
    if len(value) > MAX_ATTRIBUTES:
        raise ValueError(f"At most {MAX_ATTRIBUTES} attributes")
    for name in value:
        if not _NAME.fullmatch(name):
            raise ValueError("A name is a letter a-z, then letters, digits and _, 40 at most")
        if name in OWN_NAMES:
            raise ValueError(f"'{name}' is the name of a field")
    return value


Number = Annotated[WrittenNumber | None, BeforeValidator(_none_if_empty)]
"""Becomes E.164, by the organization's country. An empty text means none."""
Text = Annotated[str, StringConstraints(max_length=1000)]
Attributes = Annotated[
    dict[str, Text], AfterValidator(check_attributes), Field(examples=[{"customer_number": "4711"}])
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
