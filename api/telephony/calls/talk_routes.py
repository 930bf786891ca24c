"""Operations on live calls that somebody's own telephone carries out: consult, pull, pick up, supervise, mute."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep
from api.core.errors import Conflict
from api.core.route import reads
from api.telephony.calls.answers import PlacedAnswer
from api.telephony.calls.schemas import ConsultBody, DigitsBody
from api.telephony.calls.service import (
    HELD,
    STRANDED,
    TALKS,
    live_call,
    require_no_consultation,
    target_of,
    three_talk,
)
from api.telephony.calls.telephones import (
    RINGS,
    require_consultation,
    require_own_talk,
    require_supervisor,
    require_telephone,
    ringing_call,
)
from api.telephony.live_views import Live
from switchroom.ids import new_id, public_id
from switchroom.messages.commands import (
    ConsultCall,
    DetachCall,
    EndConsult,
    JoinConsult,
    LeaveCall,
    MuteCall,
    PickUpCall,
    PullCall,
    SendDigits,
    SuperviseCall,
)

router = v1_router(tags=["calls"])


@router.post("/call/{call_id}/consult", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def consult(call_id: str, body: ConsultBody, scope: ScopeDep, context: ContextDep) -> Shown:
    """Call someone else first, while the other side of the talk hears music.

    The body has exactly one of `agent`, `queue`, `extension` and `number`. A caller who asks for it in a call of their
    own consults; in every other case it is the party whom the caller talks to. The live call's `consult` is the call in
    which they do, with their own telephone. When it is over, the two talk again. The answer is 409, with the call's
    `state`, if no two sides talk, or if one consults already.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "left to consult", (*TALKS, HELD))
    require_no_consultation(call)
    kind, to = target_of(scope, call, body)
    live.ask(ConsultCall.model_validate({"call": call.call, "kind": kind, "to": to, "by": scope.user_id}))
    return {}


@router.post("/call/{call_id}/complete-consult", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def complete_consult(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Connect the side that hears music with whom the other side has called, and let that side go.

    The answer is 409, with the call's `state` and that of the `consult`, if they have not answered.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "completed", (HELD,))
    require_consultation(live, call, TALKS)
    live.ask(EndConsult(call=call.call, complete=True, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/join-consult", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def join_consult(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Let all three talk together: both sides of the held talk, and whom one of them has called.

    Two of the live call's `parties` are `talking` then. Each of them may leave, and the others talk on; when the caller
    hangs up, the call is over for all. The answer is 409, with the call's `state` and that of the `consult`, if who was
    called has not answered.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "joined", (HELD,))
    require_consultation(live, call, TALKS)
    live.ask(JoinConsult(call=call.call, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/leave", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def leave(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Leave a talk of three with one's own telephone. The others talk on.

    The answer is 409, with the call's `state`, if no three talk.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "left", TALKS)
    require_own_talk(scope, call)
    if not three_talk(call):
        raise Conflict("No three talk", state=call.state)
    live.ask(LeaveCall(call=call.call, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/end-consult", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def end_consult(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """End a consultation: who was called is let go, and the two talk again.

    The answer is 409, with the call's `state`, if no side consults.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "taken back", (HELD,))
    require_consultation(live, call)
    live.ask(EndConsult(call=call.call, complete=False, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/pull", response_model=PlacedAnswer, status_code=202, responses={409: {}})
@reads
def pull(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Move one's own talk to another of one's telephones.

    The others than the one that talks ring; those that can do so answer by themselves. With the first answer the talk
    goes on there, and the old telephone is let go. The call log has one talk. Also for a call that is `stranded`: its
    caller waits because the telephone was lost. The answer is the call that rings the telephones, or 409 with the
    call's `state`, or with the `reason` `not-registered`.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "moved", (*TALKS, HELD, STRANDED))
    require_no_consultation(call)
    require_own_talk(scope, call)
    require_telephone(scope, live, call)
    ring = new_id()
    live.ask(PullCall(call=call.call, by=scope.user_id, as_call=ring))
    return {"id": public_id(ring)}


@router.post("/call/{call_id}/detach", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def detach(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Let one's own telephone go away without ending the talk: a page with a browser phone is closed.

    The caller hears music, and the live call is `stranded`, until one of one's telephones pulls the talk. After 20
    seconds the caller goes to the head of the talk's queue. The answer is 409, with the call's `state`, if no two sides
    talk.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "detached", (*TALKS, HELD))
    require_no_consultation(call)
    require_own_talk(scope, call)
    live.ask(DetachCall(call=call.call, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/pick-up", response_model=PlacedAnswer, status_code=202, responses={409: {}})
@reads
def pick_up(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Answer a call that rings someone else in the team, or that is parked.

    One's own telephones ring; those that can do so answer by themselves. With the first answer the caller is connected,
    unless somebody else was faster. The answer is 409, with the call's `state`, if nothing rings.
    """
    live = Live(context)
    call = ringing_call(scope, live, call_id, RINGS)
    require_telephone(scope, live, call)
    ring = new_id()
    live.ask(PickUpCall(call=call.call, by=scope.user_id, as_call=ring))
    return {"id": public_id(ring)}


@router.post("/call/{call_id}/monitor", response_model=PlacedAnswer, status_code=202, responses={409: {}})
@reads
def monitor(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Hear a talk, unheard.

    For admins of the team and managers of the talk's queue. One's own telephone rings, or changes how it takes part.
    The answer is the supervisor's call, which ends with the talk and is in the call log; or 409 with the call's
    `state`.
    """
    return _supervise(call_id, "monitor", scope, context)


@router.post("/call/{call_id}/whisper", response_model=PlacedAnswer, status_code=202, responses={409: {}})
@reads
def whisper(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Hear a talk and speak to the agent alone, as with monitor."""
    return _supervise(call_id, "whisper", scope, context)


@router.post("/call/{call_id}/barge", response_model=PlacedAnswer, status_code=202, responses={409: {}})
@reads
def barge(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Join a talk: both sides hear the supervisor, as with monitor."""
    return _supervise(call_id, "barge", scope, context)


def _supervise(call_id: str, mode: str, scope: ScopeDep, context: ContextDep) -> Shown:
    live = Live(context)
    call = live_call(scope, live, call_id, "heard", (*TALKS, HELD))
    require_supervisor(scope, call)
    require_telephone(scope, live, call)
    ring = new_id()
    asked = {"call": call.call, "mode": mode, "by": scope.user_id, "as_call": ring}
    live.ask(SuperviseCall.model_validate(asked))
    return {"id": public_id(ring)}


@router.post("/call/{call_id}/mute", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def mute(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Let one's own side of a talk not be heard. For admins: the side of the agent.

    The live call's party is `muted`. The answer is 409, with the call's `state`, if no two sides talk.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "muted", (*TALKS, HELD))
    live.ask(MuteCall(call=call.call, muted=True, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/unmute", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def unmute(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Let the side that was muted be heard again."""
    live = Live(context)
    call = live_call(scope, live, call_id, "heard", (*TALKS, HELD))
    live.ask(MuteCall(call=call.call, muted=False, by=scope.user_id))
    return {}


@router.post("/call/{call_id}/dtmf", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def send_digits(call_id: str, body: DigitsBody, scope: ScopeDep, context: ContextDep) -> Shown:
    """Let the other side of a talk hear digits, as if one had pressed them.

    The answer is 409, with the call's `state`, if no two sides talk.
    """
    live = Live(context)
    call = live_call(scope, live, call_id, "sent digits", TALKS)
    live.ask(SendDigits(call=call.call, digits=body.digits, by=scope.user_id))
    return {}
