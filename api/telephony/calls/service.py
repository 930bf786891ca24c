"""What may be done with a live call in its present state, and by whom."""

from collections.abc import Collection
from typing import Any

from sqlmodel import bindparam, col, select

from api.core.errors import Conflict, Forbidden, NotFound, ValidationFailed
from api.core.scope import SUSPENDED, Scope
from api.telephony.calls.access import may_reach
from api.telephony.calls.schemas import ConsultBody, TransferBody
from api.telephony.live_views import Live
from models import Agent, Queue, TeamUser
from switchroom.ids import parse_id
from switchroom.messages.commands import TransferCall
from switchroom.messages.live import LiveCall, LiveQueue
from switchroom.prepared import Prepared

TALKS = ("talking", "connected")
"""The states in which two sides talk."""
HELD = "held"
PARKED = "parked"
STRANDED = "stranded"
"""The telephone of the other side was lost."""


def _targets(column: Any, team: Any) -> Prepared:
    return Prepared(
        select(column).where(col(column) == bindparam("to"), col(team) == bindparam("team")).limit(1)
    )


_TARGETS = {
    "agent": _targets(Agent.id, Agent.team_id),
    "queue": _targets(Queue.id, Queue.team_id),
    "extension": _targets(TeamUser.extension, TeamUser.team_id),
    "voicemail": _targets(TeamUser.user_id, TeamUser.team_id),
}
"""What the body may name that the team must have, by field. A number is no object."""


def live_call(scope: Scope, live: Live, call_id: str, done: str, states: Collection[str]) -> LiveCall:
    """Return the live call, if it is in one of the states and the caller may control it.

    `done` says what is to be done, as in "the call cannot be held". Raises NotFound, Forbidden, or Conflict with the
    call's `state`.
    """
    id = parse_id(call_id)
    view = None if id is None else live.call(id)
    require_reach(scope, view)
    assert view is not None  # noqa: S101 - `require_reach` has raised
    require_ours(view)
    if view.state not in states:
        raise Conflict(f"The call cannot be {done}: it is {view.state}", state=view.state)
    return view


def require_ours(view: LiveCall | LiveQueue | None) -> None:
    """Raise Conflict for a call to an emergency number: no one but its parties controls it."""
    if isinstance(view, LiveCall) and view.direction == "emergency":
        raise Conflict("A call to an emergency number is left to its parties", state=view.state)


def require_reach(scope: Scope, view: LiveCall | LiveQueue | None) -> None:
    """Raise NotFound or Forbidden unless the caller may control the call, or the callback in the queue."""
    if view is None or view.team is None or view.team not in scope.team_ids:
        if view is not None and view.team in scope.suspended_team_ids:
            raise Forbidden(SUSPENDED)
        raise NotFound("live call")
    if not may_reach(scope, view.team, [view]):
        raise Forbidden("Only the call's parties, managers of its queue and admins may do this")


def require_no_consultation(call: LiveCall) -> None:
    """Raise Conflict if a side of the call consults someone, or if three talk."""
    if call.consult is not None:
        raise Conflict("A side of the call consults someone", state=call.state)
    require_two(call)


def require_two(call: LiveCall) -> None:
    """Raise Conflict if three talk: such a talk goes on until two are left."""
    if three_talk(call):
        raise Conflict("Three talk", state=call.state)


def three_talk(call: LiveCall) -> bool:
    return sum(party.talking for party in call.parties) > 1


def transfer_of(scope: Scope, call: LiveCall, body: TransferBody) -> TransferCall:
    """Return what the engine is asked. Raises ValidationFailed unless the team has the one target that is named."""
    kind, to = target_of(scope, call, body)
    asked = {"call": call.call, "kind": kind, "to": to, "mailbox": "user" if kind == "voicemail" else ""}
    return TransferCall.model_validate({**asked, "by": scope.user_id})


def target_of(scope: Scope, call: LiveCall, body: TransferBody | ConsultBody) -> tuple[str, str]:
    """Return the field of the body that names a target, and its value. Raises ValidationFailed unless the team has it,
    and it is the only one."""
    named = {field: value for field, value in body.model_dump().items() if value is not None}
    if len(named) != 1 or call.team is None:
        raise ValidationFailed(dict.fromkeys(named or type(body).model_fields, "Send exactly one target"))
    ((kind, to),) = named.items()
    known = _TARGETS.get(kind)
    if known is not None and not known.rows(scope.session, {"to": to, "team": call.team}):
        raise ValidationFailed({kind: "No such object in this team"})
    return kind, to


def require_recording(call: LiveCall, *wanted: str) -> None:
    """Raise Conflict unless the talk's recording is `on`, `paused` or `off`, as wanted."""
    if call.recording not in wanted:
        is_so = f"The recording is {call.recording}" if call.recording else "This talk must not be recorded"
        raise Conflict(is_so, state=call.state, recording=call.recording or None)


def require_asked_for(call: LiveCall) -> None:
    """Raise Conflict unless someone asked for the recording that runs."""
    if not call.recording_asked:
        text = "The policy records this talk: it can be paused, not ended"
        raise Conflict(text, state=call.state, recording=call.recording or None)
