"""The end of a call: the caller goes, the agents' legs go, then the one record is written and nothing of the call
stays."""

from routing.acd import callbacks, decisions, outside_calls, queues, stays
from routing.blocks.voicemail import keep_message
from routing.calls import holds, legs
from routing.commands import LogCall
from routing.figures import Outcome
from routing.ids import TimerPurpose
from routing.records import CallRecord, LegRecord
from routing.state import Call, Leg, Role, live_calls, route_versions
from routing.state.phases import CallPhase
from routing.state.world import World

_P = CallPhase

MEDIA_LOST = 44
"""The Q.850 cause with which Asterisk hangs up a channel that has sent no audio for `rtp_timeout`."""


def caller_gone(world: World, call: Call, cause: int) -> None:
    """Bring the call to its end, from any phase but `ENDED`: the caller's channel is gone."""
    if cause == MEDIA_LOST and call.ended_by in (None, "agent", "agent-lost"):
        # The agent's leg may end first. If the agent had hung up, the caller's channel would be back with us.
        call.ended_by = "media"
    elif call.ended_by is None:
        call.ended_by = "agent-lost" if call.stranded else "caller"
    if call.phase is not _P.ENDING or call.hangup_cause == 16:
        call.hangup_cause = cause
    call.gone_at = world.now
    abandon(world, call)
    if call.phase is _P.RECORDING:
        keep_message(world, call, 0.0)
    if call.stranded or call.phase is _P.STRANDED:
        legs.end_talk(world, call)
    legs.end_third(world, call)
    legs.end_party(world, call)
    world.cancel_timer(call.id, TimerPurpose.DIGIT)
    world.place(call, _P.ENDED)
    if call.consult_of is not None:
        holds.consult_over(world, call)
    if call.callback_of is not None:
        callbacks.attempt_ended(world, call)
    if call.callback is not None:
        callbacks.asking_call_ended(world, call)
    if call.holds:
        callbacks.release_held(world, call)
    finish_if_over(world, call)


def abandon(world: World, call: Call) -> None:
    """Take the caller out of the queue, if they wait in one, and count them as abandoned."""
    if queues.leave(world, call, Outcome.ABANDONED) is not None:
        call.outcome = call.outcome or "abandoned"


def finish_if_over(world: World, call: Call) -> None:
    """Write the record once the caller and every agent's leg are gone."""
    over = call.phase is _P.ENDED and call.agent is None and not call.ringing
    if not over or call.id not in world.calls:
        return
    world.cancel_timer(
        call.id, TimerPurpose.GUARD, TimerPurpose.DIGIT, TimerPurpose.MAX_WAIT, TimerPurpose.RETRY
    )
    live_calls.remove(world, call)
    route_versions.ended(world, call)
    world.without_music.pop(call.id, None)
    outside_calls.forget(world, call)
    if world.watched:
        world.emit(LogCall(dict(call_record(world, call))))
    if call.outcome != "refused":  # of a refused call clients were never told
        world.publish(call.team, "call", call.id, "destroyed")


def force(world: World, call: Call) -> None:
    """Take every leg of the call for gone, and finish it."""
    legs.end_talk(world, call)
    legs.drop_ringing(world, call)
    finish_if_over(world, call)


def disposition(call: Call) -> str:
    """Return how the call ended. answered, voicemail, abandoned, missed, not_in_service and failed are facts; else the
    route's end decides.

    A caller who hung up before the route had come to an end, and without having been connected, abandoned it.
    """
    if call.outcome is not None:
        return call.outcome
    if call.overflowed:
        return "overflowed"
    if call.caller_going and call.talks == 0 and call.closing is None:
        return "abandoned"
    return "completed"


def _leg_record(world: World, leg: Leg) -> LegRecord:
    record = LegRecord(
        kind=leg.kind.value,
        agent=leg.agent,
        number=leg.number,
        queue=leg.queue,
        offered_at=leg.offered_at,
        rang_at=leg.rang_at,
        answered_at=leg.answered_at,
        ended_at=leg.ended_at,
        outcome=leg.outcome,
        recording=leg.recording,
    )
    if leg.kind is Role.AGENT and leg.answered_at is not None:
        member = legs.member_of(world, leg)
        if member is not None:
            record["member"] = member
    elif leg.member is not None and leg.kind is not Role.NUMBER:
        record["member"] = leg.member
    if leg.more_recordings:
        record["more_recordings"] = list(leg.more_recordings)
    end = world.now if leg.ended_at is None else leg.ended_at
    if leg.asked:
        record["recorded"] = _spans(leg.asked, end)
    if leg.pauses:
        record["pauses"] = _spans(leg.pauses, end)
    return record


def _spans(times: list[tuple[float, float | None]], end: float) -> list[dict[str, float]]:
    return [{"begun_at": begun, "ended_at": end if ended is None else ended} for begun, ended in times]


def call_record(world: World, call: Call) -> CallRecord:
    talks = (
        (leg.ended_at if leg.ended_at is not None else world.now) - leg.answered_at
        for leg in call.legs
        if leg.answered_at is not None
    )
    ended_at = world.now if call.gone_at is None else call.gone_at
    return CallRecord(
        id=call.id,
        team=call.team,
        direction=call.direction,
        caller=call.caller,
        caller_name=call.caller_name,
        did=call.did,
        number=call.number,
        route=call.route,
        route_version=call.route_version,
        queue=call.last_queue,
        agent=call.served_by,
        started_at=call.started_at,
        queued_at=call.queued_at,
        answered_at=call.answered_at,
        ended_at=ended_at,
        wait=round(call.waited, 3),
        talk=round(sum(talks, 0.0), 3),
        disposition=disposition(call),
        hangup_cause=call.hangup_cause,
        ended_by=call.ended_by or "system",
        path=[step.record() for step in call.path],
        legs=[_leg_record(world, leg) for leg in call.legs],
        stays=stays.records(world, call),
        recordings=list(call.recordings),
        decisions=[decisions.record(decision) for decision in call.decisions],
        tags=list(call.tags),
        language=call.language,
        conference=call.conference,
        callback=call.callback,
        callback_of=call.callback_of,
    )
