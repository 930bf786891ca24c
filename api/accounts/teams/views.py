"""A team and its members as clients see them."""

from typing import Any

from api.accounts.teams.resource import TEAM
from api.conventions.resource import last_change
from models import Team, TeamUser, User
from models.shown import show_time
from switchroom.ids import parse_id, public_id
from switchroom.settings import Settings

_OF_MEMBER = (
    "role",
    "status",
    "position",
    "notification",
    "work_number",
    "home_number",
    "mobile_number",
    "website",
    "caller_id_name",
    "caller_id_number",
    "voicemail",
    "forward",
    "forward_number",
    "forward_busy",
    "forward_no_answer",
    "forward_unregistered",
    "do_not_disturb",
    "ring_seconds",
    "in_directory",
)
_OF_USER = ("first_name", "last_name", "color", "avatar", "email", "state")


def show_team(team: Team, users: list[Any], owner: list[Any]) -> dict[str, Any]:
    """Show a team. `users` and `owner` are lists of ids, or of objects where the client asks for them."""
    return {**show_summary(team), "departments": {}, "users": users, "owner": owner}


def show_summary(team: Team) -> dict[str, Any]:
    """Show a team without its people."""
    shown = TEAM.show(team)
    if parse_id(team.hold_music):
        shown["hold_music"] = public_id(team.hold_music)
    return shown


def show_member(
    member: TeamUser, user: User, *, own: Settings | None = None, place: bool = False
) -> dict[str, Any]:
    """Show a member. With the settings in `own`, their SIP account too. `place`: and where their telephone stands."""
    shown = {
        **{name: getattr(member, name) for name in _OF_MEMBER},
        **{name: getattr(user, name) for name in _OF_USER},
        "extension": [member.extension] if member.extension else [],
        "accepted": show_time(member.accepted_at) if member.accepted_at else None,
        "last_login": show_time(user.last_login_at) if user.last_login_at else None,
        "created_at": show_time(member.created_at),
        "updated_at": show_time(last_change(member, user)),
        "teamUserId": public_id(member.id),
        "id": public_id(user.id),
        "user": public_id(user.id),
        "team": public_id(member.team_id),
    }
    if own or place:
        shown["location"] = member.location
    if own:
        shown |= {
            "sipUsername": member.sip_username,
            "extensionSecret": member.extension_secret,
            "sipHost": own.sip_host,
            "sipPort": own.sip_port,
        }
    return shown
