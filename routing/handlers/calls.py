"""What each event does. Late events, which Asterisk really sends, find their call in another phase and
change nothing."""

from collections.abc import Callable
from typing import Any

from routing import events
from routing.acd import agents, announcements, callbacks
from routing.blocks.base import Go
from routing.calls import flow, hangup, legs, progressive_ringing
from routing.commands import HangUp
from routing.handlers import configuration, resync
from routing.handlers.timers import leave_queue, timer_fired
from routing.ids import AgentId, CallId
from routing.state import Agent, Call
from routing.state.phases import CallPhase
from routing.state.world import World

_P = CallPhase
_Answer = events.MessageRecorded | events.SpeechHeard | events.UrlFetched | events.ContactFound


def call_entered(world: World, event: events.CallEntered) -> None:
    """A second entry of a call that is known is the channel's return to our control."""
    if event.call in world.calls:
        call_returned(world, events.CallReturned(event.call))
        return
    call = Call(event.call, event.did, event.caller, event.caller_name, world.now, phase_since=world.now)
    world.calls[event.call] = call
    flow.start(world, call)


def call_hung_up(world: World, event: events.CallHungUp) -> None:
    if (call := world.calls.get(event.call)) is not None:
        hangup.caller_gone(world, call, event.cause)


def caller_hanging_up(world: World, event: events.CallerHangingUp) -> None:
    """So that the end of the agent's leg, which may come first, is not taken for the agent's doing."""
    call = world.calls.get(event.call)
    if call is not None and call.ended_by is None:
        call.ended_by = "caller"


def digit_pressed(world: World, event: events.DigitPressed) -> None:
    call = world.calls.get(event.call)
    if call is not None and call.closing is None and call.phase in (_P.PLAYING, _P.COLLECTING, _P.LISTENING):
        flow.deliver(world, call, lambda kind, turn: kind.digit(turn, event.digit))
    elif call is not None and call.phase in (_P.QUEUED, _P.OFFERING):
        leave_queue(world, call, flow.exit_by_digit(world, call, event.digit))


def playback_finished(world: World, event: events.PlaybackFinished) -> None:
    call = world.calls.get(event.call)
    if call is not None and call.announcing == event.token:
        announcements.over(world, call)
    elif call is not None and call.phase is _P.PLAYING and call.awaiting == event.token:
        flow.sound_ended(world, call, event.ok)


def _awaited(world: World, event: _Answer, phase: _P) -> Call | None:
    """The call that waits in this phase for just this event; the wait is over."""
    call = world.calls.get(event.call)
    if call is None or call.phase is not phase or call.awaiting != event.token:
        return None
    call.awaiting = None
    return call


def message_recorded(world: World, event: events.MessageRecorded) -> None:
    if (call := _awaited(world, event, _P.RECORDING)) is not None:
        flow.deliver(world, call, lambda kind, turn: kind.recorded(turn, event.seconds))


def speech_heard(world: World, event: events.SpeechHeard) -> None:
    if (call := _awaited(world, event, _P.LISTENING)) is not None:
        flow.deliver(world, call, lambda kind, turn: kind.heard(turn, event.phrase))


def url_fetched(world: World, event: events.UrlFetched) -> None:
    if (call := _awaited(world, event, _P.FETCHING)) is not None:
        flow.deliver(world, call, lambda kind, turn: kind.fetched(turn, event))


def contact_found(world: World, event: events.ContactFound) -> None:
    if (call := _awaited(world, event, _P.FETCHING)) is not None:
        flow.deliver(world, call, lambda kind, turn: kind.found(turn, event.attributes))


def conference_joined(world: World, event: events.ConferenceJoined) -> None:
    call = world.calls.get(event.call)
    if call is not None and call.phase is _P.CONFERENCE:
        flow.conference_joined(world, call)


def callback_answered(world: World, event: events.CallbackAnswered) -> None:
    """A customer whose attempt is over already is not left on a silent line."""
    call = world.calls.get(event.call)
    block = None if call is None else callbacks.picked_up(world, call)
    if call is None:
        world.emit(HangUp(event.call))
    elif block is not None:
        flow.enter(world, call, Go(block))


def callback_failed(world: World, event: events.CallbackFailed) -> None:
    call = world.calls.get(event.call)
    if call is not None and not call.answered and call.phase in (_P.CALLING, _P.ENDING):
        call.ended_by = call.ended_by or "system"
        hangup.caller_gone(world, call, callbacks.CAUSES.get(event.reason, callbacks.OUT_OF_ORDER))


def phone_rang(world: World, event: events.PhoneRang) -> None:
    if (call := world.calls.get(event.call)) is not None:
        legs.rang(world, call, event.agent)


def agent_answered(world: World, event: events.AgentAnswered) -> None:
    both = _call_and_agent(world, event.call, event.agent)
    if both is not None:
        legs.answered(world, *both)


def offer_failed(world: World, event: events.OfferFailed) -> None:
    call = world.calls.get(event.call)
    if call is None:
        return
    if call.agent == event.agent:
        legs.ended(world, call, event.agent)
    else:
        legs.failed(world, call, event.agent, event.reason)
        progressive_ringing.phone_failed(world, call)
    hangup.finish_if_over(world, call)


def agent_leg_ended(world: World, event: events.AgentLegEnded) -> None:
    if (call := world.calls.get(event.call)) is not None:
        legs.ended(world, call, event.agent)
        hangup.finish_if_over(world, call)


def number_answered(world: World, event: events.NumberAnswered) -> None:
    call = world.calls.get(event.call)
    if call is not None and call.phase is _P.DIALING:
        legs.begin_outside_talk(world, call)


def number_failed(world: World, event: events.NumberFailed) -> None:
    call = world.calls.get(event.call)
    if call is not None and call.phase is _P.DIALING:
        legs.fail_outside(world, call, event.reason)
        call.on_return = "failed"
        world.move(call, _P.RETURNING)


def number_leg_ended(world: World, event: events.NumberLegEnded) -> None:
    call = world.calls.get(event.call)
    if call is not None and call.phase is _P.CONNECTED:
        legs.end_talk(world, call)
        call.on_return = None
        call.ended_by = call.ended_by or "agent"
        world.move(call, _P.RETURNING)


def call_returned(world: World, event: events.CallReturned) -> None:
    if (call := world.calls.get(event.call)) is not None:
        flow.returned(world, call)


def command_failed(world: World, event: events.CommandFailed) -> None:
    """A refused command counts as the end of what it was to begin; others are for the log alone."""
    call = world.calls.get(event.call)
    if call is None:
        return
    match event.command, call.phase:
        case "Play", _P.QUEUED:
            announcements.over(world, call)
        case "LaunchCallback", _P.CALLING:
            callback_failed(world, events.CallbackFailed(call.id, events.LegFailure.FAILED))
        case "Play", _P.PLAYING:
            flow.sound_ended(world, call, False)
        case "RecordMessage", _P.RECORDING:
            flow.leave(world, call, "next")
        case "FetchUrl" | "FindContact", _P.FETCHING:
            flow.overdue(world, call)
        case "Listen", _P.LISTENING:
            flow.overdue(world, call)
        case "JoinConference", _P.CONFERENCE:
            flow.returned(world, call)
        case "AddToOffer", _P.OFFERING if call.ringing:
            legs.failed(world, call, call.rung()[-1], events.LegFailure.FAILED)
            progressive_ringing.phone_failed(world, call)
        case "OfferCall", _P.OFFERING:
            flow.offer_refused(world, call)
        case "DialOut", _P.DIALING | _P.RETURNING:
            flow.returned(world, call)


def agent_status_set(world: World, event: events.AgentStatusSet) -> None:
    if (agent := world.agents.get(event.agent)) is not None and not agent.removed:
        agents.set_status(world, agent, event.status, event.queue, event.reason)


def phone_state_changed(world: World, event: events.PhoneStateChanged) -> None:
    configuration.set_phone(world, event.phone, registered=event.registered, busy=event.busy)


def hang_up_requested(world: World, event: events.HangUpRequested) -> None:
    """A manager ends a call; one that waits in a queue is counted as abandoned there, ended by the system. A callback
    ends with its attempt, and can be ended by itself."""
    callbacks.cancel(world, event.call)
    if (call := world.calls.get(event.call)) is not None:
        hangup.abandon(world, call)
        world.hang_up(call)


def _call_and_agent(world: World, call: CallId, agent: AgentId) -> tuple[Call, Agent] | None:
    known, member = world.calls.get(call), world.agents.get(agent)
    return None if known is None or member is None else (known, member)


HANDLERS: dict[type, Callable[[World, Any], None]] = {
    events.CallEntered: call_entered,
    events.CallHungUp: call_hung_up,
    events.CallerHangingUp: caller_hanging_up,
    events.DigitPressed: digit_pressed,
    events.PlaybackFinished: playback_finished,
    events.MessageRecorded: message_recorded,
    events.SpeechHeard: speech_heard,
    events.UrlFetched: url_fetched,
    events.ContactFound: contact_found,
    events.ConferenceJoined: conference_joined,
    events.CallbackAnswered: callback_answered,
    events.CallbackFailed: callback_failed,
    events.PhoneRang: phone_rang,
    events.AgentAnswered: agent_answered,
    events.OfferFailed: offer_failed,
    events.AgentLegEnded: agent_leg_ended,
    events.NumberAnswered: number_answered,
    events.NumberFailed: number_failed,
    events.NumberLegEnded: number_leg_ended,
    events.CallReturned: call_returned,
    events.CommandFailed: command_failed,
    events.AgentStatusSet: agent_status_set,
    events.PhoneStateChanged: phone_state_changed,
    events.HangUpRequested: hang_up_requested,
    events.TimerFired: timer_fired,
    events.ConfigChanged: configuration.config_changed,
    events.StateResynced: resync.state_resynced,
}
