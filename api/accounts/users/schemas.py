"""What clients send about users, and what they see of them."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.conventions.body import Body, optional
from api.conventions.fields import Color, Email, Language, Line, Password, Timezone, Url
from api.conventions.resource import Resource
from models import TeamUser, User

PROFILE = Resource(
    name="user",
    model=User,
    fields={
        "id": "id",
        "email": "email",
        "first_name": "first_name",
        "last_name": "last_name",
        "avatar": "avatar",
        "status": "status",
        "state": "state",
        "color": "color",
        "language": "language",
        "timezone": "timezone",
        "created_at": "created_at",
    },
    search=("email", "first_name", "last_name"),
)
"""What colleagues see."""

OWN = Resource(
    name="user",
    model=User,
    fields={
        **PROFILE.fields,
        "tours": "tours",
        "timeformat": "timeformat",
        "dateformat": "dateformat",
        "tooltips": "tooltips",
    },
)

CREATED = ("status", "first_name", "last_name", "created_at", "state", "color", "tooltips", "id", "email")
"""The fields that the document's answer to a creation has."""


def show_created(user: User) -> dict[str, Any]:
    shown = OWN.show(user)
    return {name: shown[name] for name in CREATED}


def show_own(user: User, members: list[TeamUser], teams: list[Any]) -> dict[str, Any]:
    """The caller's own profile. `extensionSecret` is the SIP password in its first team that gave it one."""
    with_phone = next((member for member in members if member.sip_username), None)
    account = {
        "extensionSecret": with_phone.extension_secret if with_phone else None,
        "sipUsername": with_phone.sip_username if with_phone else None,
    }
    return {**OWN.show(user), **account, "teams": teams, "devices": []}


Format = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ./:-]{1,20}$")]


class NewOwner(Body):
    first_name: Line = ""
    last_name: Line = ""
    email: Email
    password: Password


class EmailOnly(Body):
    email: Email


class OwnChanges(Body):
    """The writable fields of one's own profile; e-mail, status and secret are not among them."""

    first_name: Line = optional()
    last_name: Line = optional()
    avatar: Url | None = None
    tours: Annotated[list[Line], Field(max_length=200)] = optional()
    state: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_ -]{1,40}$")] = optional()
    color: Color = optional()
    language: Language = optional()
    timezone: Timezone = optional()
    timeformat: Format = optional()
    dateformat: Format = optional()
    tooltips: bool = optional()
