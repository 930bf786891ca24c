"""Operations on call logs."""

from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import RedirectResponse

from api.conventions.answers import Nothing
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import AddressDep, ContextDep, ScopeDep
from api.core.media import StorageDep, audit_recording, presigned
from api.core.route import waits
from api.telephony.call_logs import access, service
from api.telephony.call_logs.answers import CallLogAnswer, DecisionsAnswer, WholeCallLog
from api.telephony.call_logs.resource import CALL_LOG
from api.telephony.call_logs.schemas import WrapUpSet
from api.telephony.call_logs.views import show_log, show_logs
from api.telephony.live_views import Live
from api.telephony.records import show_record
from switchroom.ids import parse_id, public_id

router = v1_router(tags=["call logs"])

CallLogListing = Annotated[Listing, Depends(Lists(CALL_LOG))]

_AUDIO: dict[int | str, dict[str, Any]] = {
    409: {},
    302: {"headers": {"Location": {"schema": {"type": "string"}, "description": "Good for some minutes."}}},
}


@router.get("/call-log", response_model=list[CallLogAnswer])
def list_call_logs(scope: ScopeDep, listing: CallLogListing, context: ContextDep) -> list[Shown]:
    """List calls that ended, newest first."""
    logs = listing.show(scope, access.VISIBLE)
    return show_logs(scope.session, logs, context.settings.public_url)


@router.get("/call-log/{call_id}", response_model=WholeCallLog)
def get_call_log(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show a call in full."""
    return show_log(scope.session, access.get_visible(scope, call_id), context.settings.public_url)


@router.get("/call-log/{call_id}/decisions", response_model=DecisionsAnswer)
def explain_call(call_id: str, scope: ScopeDep) -> Shown:
    """Show why a call went to whom."""
    log = access.get_visible(scope, call_id)
    return {"call": public_id(log.id), "decisions": show_record(log.decisions)}


@router.get(
    "/call-log/{call_id}/recording",
    status_code=302,
    response_class=RedirectResponse,
    responses=_AUDIO,
)
@waits
def get_recording(
    call_id: str,
    scope: ScopeDep,
    context: ContextDep,
    storage: StorageDep,
    address: AddressDep,
    number: Annotated[int, Query(ge=1, le=9999)] = 1,
) -> str:
    """Redirect to the audio of a talk. `number` counts the talks of a call from 1. Whoever asks is noted."""
    row = service.stored_recording(scope.session, access.get_visible(scope, call_id), number)
    url = presigned(storage, row.s3_key or "")
    audit_recording(context, row.id, scope.user_id, address)
    return url


@router.post("/call-log/{call_id}/wrapup", response_model=WholeCallLog, responses={409: {}})
def set_wrap_up(call_id: str, body: WrapUpSet, scope: ScopeDep, context: ContextDep) -> Shown:
    """Note a code and a text after a call.

    Each agent who talked has a note of their own. What others note who may is for the agent who took the call.
    """
    log = access.get_visible(scope, call_id)
    agent = access.agent_of_work(scope, log)
    service.set_wrap_up(scope.session, log.id, agent, log.team_id, body)
    return show_log(scope.session, log, context.settings.public_url)


@router.post("/call/{call_id}/wrapup", response_model=Nothing, responses={409: {}})
def set_own_wrap_up(call_id: str, body: WrapUpSet, scope: ScopeDep, context: ContextDep) -> Shown:
    """Note a code and a text after one's part of a call, which may go on: parked, or sent to others.

    Agents who have talked in a call that goes on may. For one that is over, see `set_wrap_up`.
    """
    call = parse_id(call_id) or ""
    view = Live(context).call(call)
    if view is not None:
        agent, team = access.agent_of_part(scope, view)
    else:
        log = access.get_visible(scope, call_id)
        agent, team = access.agent_of_work(scope, log), log.team_id
    service.set_wrap_up(scope.session, call, agent, team, body)
    return {}
