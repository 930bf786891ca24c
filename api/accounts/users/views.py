"""A user as clients see them."""

from collections.abc import Sequence
from typing import Any

from api.accounts.devices.resource import DEVICE
from api.accounts.users.answers import CreatedUser
from api.accounts.users.resource import OWN
from models import Device, TeamUser, User
from switchroom.settings import Settings


def show_created(user: User) -> dict[str, Any]:
    """Show a new user, with the fields that the document has."""
    shown = OWN.show(user)
    return {name: shown[name] for name in CreatedUser.model_fields}


def show_own(
    user: User, members: list[TeamUser], teams: list[Any], devices: Sequence[Device], settings: Settings
) -> dict[str, Any]:
    """Show the caller's own profile. The SIP account is that of their first team that gave them one."""
    with_phone = next((member for member in members if member.sip_username), None)
    account = {
        "extensionSecret": with_phone.extension_secret if with_phone else None,
        "sipUsername": with_phone.sip_username if with_phone else None,
        "sipHost": settings.sip_host,
        "sipPort": settings.sip_port,
    }
    return {**OWN.show(user), **account, "teams": teams, "devices": list(map(DEVICE.show, devices))}
