"""What clients send about users, and what they see of them."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.accounts.teams.resource import TeamRow
from api.conventions.answers import Answer, PublicId, Time
from api.conventions.body import Body, Patch
from api.conventions.fields import Color, Email, Language, Line, Password, Timezone, Url
from api.conventions.resource import Resource
from models import TeamUser, User, UserStatus


class ProfileAnswer(Answer):
    """A user as colleagues see them."""

    id: PublicId
    email: Email
    first_name: str
    last_name: str
    avatar: Url | None
    status: UserStatus
    state: str
    """Presence, as the user's client sets it."""
    color: Color
    language: Language
    timezone: Timezone
    created_at: Time


class OwnRow(ProfileAnswer):
    """A user as they see themselves, without what their teams give them."""

    tours: list[str]
    """The introductions of the client that the user has seen."""
    timeformat: str
    dateformat: str
    tooltips: bool


class OwnAnswer(OwnRow):
    """The caller's own profile."""

    teams: list[PublicId] | list[TeamRow]
    """Ids, or objects with `populate=teams`."""
    devices: list[Literal[""]]
    """Always empty."""
    sipUsername: str | None
    """The name of the SIP account in the first team that gave one."""
    extensionSecret: str | None
    """The password of that account."""


class CreatedUser(Answer):
    """A new user."""

    id: PublicId
    email: Email
    first_name: str
    last_name: str
    status: UserStatus
    state: str
    color: Color
    tooltips: bool
    created_at: Time


class EmailTaken(Answer):
    """Whether a user has this address."""

    exists: bool


PROFILE = Resource("user", ProfileAnswer, User, search=("email", "first_name", "last_name"))
OWN = Resource("user", OwnRow, User)


def show_created(user: User) -> dict[str, Any]:
    """Show a new user, with the fields that the document has."""
    shown = OWN.show(user)
    return {name: shown[name] for name in CreatedUser.model_fields}


def show_own(user: User, members: list[TeamUser], teams: list[Any]) -> dict[str, Any]:
    """Show the caller's own profile. The SIP account is that of their first team that gave them one."""
    with_phone = next((member for member in members if member.sip_username), None)
    account = {
        "extensionSecret": with_phone.extension_secret if with_phone else None,
        "sipUsername": with_phone.sip_username if with_phone else None,
    }
    return {**OWN.show(user), **account, "teams": teams, "devices": []}


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
