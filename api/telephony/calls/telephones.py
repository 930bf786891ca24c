"""What may be done with a live call by somebody's own telephone, and by whom."""

from collections.abc import Collection

from sqlmodel import bindparam, col, select

from api.core.errors import Conflict, Forbidden, NotFound
from api.core.scope import SUSPENDED, Scope
from api.telephony.calls.placing import require_phone
from api.telephony.calls.service import PARKED, require_ours
from api.telephony.live_views import Live
from models import TeamUser
from switchroom.ids import parse_id
from switchroom.messages.live import LiveCall
from switchroom.prepared import Prepared

_TELEPHONE = Prepared(
    select(TeamUser.id).where(
        col(TeamUser.id) == bindparam("member"), col(TeamUser.sip_username).is_not(None)
    )
)
RINGS = ("offering", "dialing", PARKED)
"""The states in which another member of the team may answer the call."""


def ringing_call(scope: Scope, live: Live, call_id: str, states: Collection[str]) -> LiveCall:
    """Return the live call, if any member of its team may answer it now.

    Raises NotFound for a stranger's, Forbidden in a suspended team, or Conflict with the call's `state`.
    """
    id = parse_id(call_id)
    view = None if id is None else live.call(id)
    if view is not None and view.team in scope.suspended_team_ids:
        raise Forbidden(SUSPENDED)
    if view is None or view.team is None or view.team not in scope.team_ids:
        raise NotFound("live call")
    require_ours(view)
    if view.state not in states:
        raise Conflict(f"The call cannot be answered: it is {view.state}", state=view.state)
    return view


def require_consultation(live: Live, call: LiveCall, states: Collection[str] = ()) -> None:
    """Raise Conflict unless a side of the call consults someone, in a call with one of the states, if any is named."""
    other = None if call.consult is None else live.call(call.consult)
    if other is None:
        raise Conflict("No side of the call consults anyone", state=call.state)
    if states and other.state not in states:
        raise Conflict("Who is consulted has not answered", state=call.state, consult=other.state)


def require_own_talk(scope: Scope, call: LiveCall) -> None:
    """Raise Forbidden unless the caller is a side of the talk."""
    team = str(call.team)
    agents, member = scope.agent_ids(team), scope.memberships[team].id
    own = any(party.agent in agents or party.member == member for party in call.parties)
    if not own and call.agent not in agents:
        raise Forbidden("Only a side of the talk may move it")


def require_supervisor(scope: Scope, call: LiveCall) -> None:
    """Raise Forbidden unless the caller is an admin of the team or a manager of the talk's queue."""
    managed = set(scope.managed_queue_ids)
    if not scope.is_admin(str(call.team)) and managed.isdisjoint(
        (call.queue, *(party.queue for party in call.parties))
    ):
        raise Forbidden("Only admins of the team and managers of the talk's queue may do this")


def require_telephone(scope: Scope, live: Live, call: LiveCall) -> None:
    """Raise Conflict with the `reason` unless the caller has a telephone in the call's team."""
    member = scope.memberships[str(call.team)]
    if not _TELEPHONE.rows(scope.session, {"member": member.id}):
        raise Conflict("You have no telephone in this team", reason="no-phone", state=call.state)
    require_phone(scope, live, member.team_id)
