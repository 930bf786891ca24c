"""What clients send about users, and what they see of them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import Color, Email, Language, Line, Password, Timezone, Url

Format = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9 ./:-]{1,20}$"), Field(examples=["YYYY-MM-DD"])
]
Presence = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_ -]{1,40}$"), Field(examples=["online"])]


class NewOwner(Body):
    """A new user, who may then make a team."""

    first_name: Line = ""
    last_name: Line = ""
    email: Email
    password: Password


class EmailOnly(Body):
    """An address."""

    email: Email


class OwnChanges(Patch):
    """What changes in the caller's own profile. E-mail, status and secret are not writable."""

    first_name: Line
    last_name: Line
    avatar: Url | None
    tours: Annotated[list[Line], Field(max_length=200)]
    """The introductions of the client that the user has seen."""
    state: Presence
    """Presence, as shown to colleagues."""
    color: Color
    """Six hex digits."""
    language: Language
    timezone: Timezone
    timeformat: Format
    dateformat: Format
    tooltips: bool
