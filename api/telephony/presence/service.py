"""The members' states, as the engine knows them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from api.conventions.resource import Shown
from api.core.context import Context
from api.core.errors import Unavailable
from api.telephony.live_views import Live, show_posix
from models import MemberStatus, Role, TeamUser
from routing.state import Availability
from switchroom.ids import public_id

UNKNOWN = Availability.OFFLINE.value

_MEMBERS = (
    select(TeamUser.id, TeamUser.user_id, TeamUser.extension)
    .where(
        col(TeamUser.team_id) == bindparam("team"),
        col(TeamUser.status) == MemberStatus.ACTIVE.value,
        col(TeamUser.role) != Role.GUEST.value,
    )
    .order_by(col(TeamUser.extension), col(TeamUser.id))
)


def show_all(session: Session, live: Live, team_id: str) -> list[Shown]:
    """Show the states of the team's active members, by extension."""
    rows: list[Any] = list(session.execute(_MEMBERS, {"team": team_id}))
    views = live.members([id for id, *_ in rows])
    return [
        {
            "user": public_id(user),
            "teamUserId": public_id(id),
            "extension": extension,
            "state": views[id].state if id in views else UNKNOWN,
            "since": show_posix(views[id].since) if id in views else None,
        }
        for id, user, extension in rows
    ]


def states_if_known(context: Context, members: Iterable[str]) -> dict[str, str]:
    """Return the states of those members that the engine knows, by membership. None while Redis is away."""
    try:
        return {id: view.state for id, view in Live(context).members(members).items()}
    except Unavailable:
        return {}
