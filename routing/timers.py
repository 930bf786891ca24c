"""What a timer's end means. A timer that is not known (cancelled, or its call ended) changes nothing."""

from routing import agents, ending, flow, legs
from routing.commands import HangUp
from routing.events import TimerFired
from routing.ids import AgentId, CallId
from routing.phases import GUARDS, CallPhase
from routing.state import Agent, Call
from routing.world import World

_P = CallPhase
HANG_UPS = 3
"""How often a `HangUp` is sent before the caller is taken for gone."""


def timer_fired(world: World, event: TimerFired) -> None:
    if world.timers.pop(event.timer, None) is None:
        return
    owner, _, purpose = event.timer.rpartition(":")
    call, agent = world.calls.get(CallId(owner)), world.agents.get(AgentId(owner))
    if call is not None:
        _call_timer(world, call, purpose)
    elif agent is not None:
        _agent_timer(world, agent, purpose)


def _call_timer(world: World, call: Call, purpose: str) -> None:
    match purpose:
        case "digit" if call.phase is _P.COLLECTING:
            flow.deliver(world, call, lambda kind, turn: kind.timed_out(turn))
        case "max-wait":
            leave_queue(world, call, "timeout")
        case "retry" if call.phase is _P.QUEUED:
            flow.available_again(world, call)
        case "guard":
            _guard(world, call)


def leave_queue(world: World, call: Call, exit: str) -> None:
    """The call gives up its queue, at once or as soon as its offer is called off."""
    if call.queue is None:
        return
    if call.phase is _P.QUEUED:
        flow.leave(world, call, exit)
    elif call.phase is _P.OFFERING:
        legs.withdraw(world, call, exit)


def _guard(world: World, call: Call) -> None:
    """Asterisk owes us an event for too long: go on without it."""
    match call.phase:
        case _P.PLAYING:
            flow.sound_ended(world, call, False)
        case _P.RECORDING:
            flow.deliver(world, call, lambda kind, turn: kind.recorded(turn, 0.0))
        case _P.FETCHING | _P.LISTENING:
            flow.overdue(world, call)
        case _P.OFFERING | _P.WITHDRAWING:
            legs.drop_ringing(world, call, withdraw=True)
            flow.returned(world, call)
        case _P.TALKING:
            legs.drop_ringing(world, call, withdraw=True)
        case _P.DIALING | _P.RETURNING | _P.CONFERENCE:
            flow.returned(world, call)
        case _P.ENDING if call.retries < HANG_UPS:
            call.retries += 1
            world.emit(HangUp(call.id, call.hangup_cause))
            world.start_timer(call.id, "guard", world.now + (GUARDS[_P.ENDING] or 0.0))
        case _P.ENDING:
            ending.caller_gone(world, call, call.hangup_cause)
            ending.force(world, call)
        case _P.ENDED:
            ending.force(world, call)


def _agent_timer(world: World, agent: Agent, purpose: str) -> None:
    if purpose == "wrap-up":
        agents.end_wrap_up(world, agent)
    elif purpose == "backoff":
        agent.backoff_until = 0.0
    agents.sync(world, agent)
