"""Operations on live calls."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep
from api.core.route import reads
from api.telephony.calls import placing
from api.telephony.calls.access import may_reach
from api.telephony.calls.answers import LiveCallAnswer, PlacedAnswer
from api.telephony.calls.schemas import CallCreate, TransferBody
from api.telephony.calls.service import (
    HELD,
    PARKED,
    STRANDED,
    TALKS,
    live_call,
    require_asked_for,
    require_no_consultation,
    require_ours,
    require_reach,
    require_recording,
    require_two,
    transfer_of,
)
from api.telephony.live_views import Live, show_call
from switchroom.ids import parse_id, public_id
from switchroom.messages.commands import HangUpCall, HoldCall, ParkCall, SetRecording, UnholdCall

router = v1_router(tags=["calls"])


@router.get("/team/{team_id}/calls", response_model=list[LiveCallAnswer])
def list_live_calls(team_id: str, scope: ScopeDep, context: ContextDep) -> list[Shown]:
    """List a team's calls that run now, oldest first."""
    team, live = scope.team(team_id), Live(context)
    views = may_reach(scope, team.id, live.calls_of(team.id))
    places = live.places_of(views)
    return [show_call(view, places.get(view.call)) for view in views]


@router.post("/call", response_model=PlacedAnswer, status_code=202, responses={409: {}})
@reads
def place_call(body: CallCreate, scope: ScopeDep, context: ContextDep) -> Shown:
    """Call from one's own telephone: it rings first, then the extension or the number.

    The live calls and the log show what becomes of it. The answer is 409 with the `reason` if the call cannot be made:
    `no-phone`, `not-registered`, `own-extension`, `emergency`, or why the team may not call the number (`closed`,
    `country`, `class`, `no-identity`). The engine may refuse a call later, for a cap: then the log says so.
    """
    call = placing.place_call(scope, context.settings, Live(context), body.to, body.team)
    return {"id": public_id(call)}


@router.post("/call/{call_id}/hangup", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def hang_up(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Ask the engine to end a call or a callback.

    The live calls, the queue and the log show that it has ended.
    """
    id, live = parse_id(call_id) or "", Live(context)
    view = (live.call(id) or live.queue_of_callback(id)) if id else None
    require_reach(scope, view)
    require_ours(view)
    live.ask(HangUpCall(call=id, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/hold", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def hold(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Hold a talk.

    Both sides hear the queue's music, until `unhold`, for ten minutes at most. The live call's `state` becomes `held`.
    The answer is 409, with the call's `state`, if no two sides talk, or if three do.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "held", TALKS)
    require_two(call)
    live.ask(HoldCall(call=call.call, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/unhold", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def unhold(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Make a held call a talk again.

    The answer is 409, with the call's `state`, if it is not held.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "taken back", (HELD,))
    live.ask(UnholdCall(call=call.call, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/transfer", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def transfer(call_id: str, body: TransferBody, scope: ScopeDep, context: ContextDep) -> Shown:
    """Send the other side of a talk on.

    The body has exactly one of `agent`, `queue`, `extension`, `number` and `voicemail`. A caller who asks for it in a
    call of their own sends on whom they called; every other asks for the party whom the caller talks to. A target that
    fails brings the one who was sent on back, then to the queue of the talk. The answer is 409, with the call's
    `state`, if no two sides talk.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "sent on", (*TALKS, HELD, PARKED, STRANDED))
    require_no_consultation(call)
    live.ask(transfer_of(scope, call, body))
    return {}


@router.post("/call/{call_id}/park", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def park(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Let the other side of a talk wait in a slot.

    Whom it means is as in `transfer`. The live call's `slot` is the extension at which any member of the team fetches
    the caller. After 90 seconds they go back to who parked them. The answer is 409, with the call's `state`, if no two
    sides talk.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "parked", (*TALKS, HELD, STRANDED))
    require_no_consultation(call)
    live.ask(ParkCall(call=call.call, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/pause-recording", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def pause_recording(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Let the recording of a talk be silent, for example while a card number is said.

    The file has silence there, and the call log says from when to when (`pauses` of the leg). `record` lets it go on.
    The answer is 409, with the call's `state` and `recording`, if no recording runs.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "paused", (*TALKS, HELD))
    require_recording(call, "on")
    live.ask(SetRecording(call=call.call, on=False, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/record", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def record(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Record a talk from now on, or let its recording go on after a pause.

    With the policy `on-demand` this begins the recording; with `all` and `notice` it runs already. The answer is 409,
    with the call's `state` and `recording`, if it runs, or if the talk must not be recorded: by the policy `none`, or
    by `notice` if the caller has not heard it.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "recorded", (*TALKS, HELD))
    require_recording(call, "paused", "off")
    live.ask(SetRecording(call=call.call, on=True, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/stop-recording", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def stop_recording(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """End the recording of a talk that someone asked for.

    `record` begins another one. The answer is 409, with the call's `state` and `recording`, if none runs, or if the
    team's policy began it.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "recorded", (*TALKS, HELD))
    require_recording(call, "on", "paused")
    require_asked_for(call)
    live.ask(SetRecording(call=call.call, on=False, ends=True, by=scope.user_id))
    return {}
