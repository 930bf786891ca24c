"""What a timer's end means. A timer that is not known (cancelled, or its call ended) changes nothing."""

from routing.acd import agents, announcements, callbacks, relaxation
from routing.calls import flow, hangup, legs, progressive_ringing
from routing.commands import HangUp, StopPlay
from routing.events import TimerFired
from routing.ids import AgentId, CallId
from routing.state import Agent, Call
from routing.state.phases import GUARDS, CallPhase
from routing.state.world import World

_P = CallPhase
HANG_UPS = 3
"""How often a `HangUp` is sent before the caller is taken for gone."""


def timer_fired(world: World, event: TimerFired) -> None:
    if not world.take_timer(event.timer):
        return
    owner, _, purpose = event.timer.rpartition(":")
    call, agent = world.calls.get(CallId(owner)), world.agents.get(AgentId(owner))
    if purpose in ("relax", "sticky"):
        _waiter_timer(world, CallId(owner), purpose)
    elif call is not None:
        _call_timer(world, call, purpose)
    elif agent is not None:
        _agent_timer(world, agent, purpose)
    elif purpose == callbacks.RETRY:
        callbacks.retry_due(world, CallId(owner))


def _call_timer(world: World, call: Call, purpose: str) -> None:
    match purpose:
        case "digit" if call.phase is _P.COLLECTING:
            flow.deliver(world, call, lambda kind, turn: kind.timed_out(turn))
        case "max-wait":
            leave_queue(world, call, "timeout")
        case "announce" | "comfort":
            announcements.due(world, call, purpose)
        case "retry" if call.phase is _P.QUEUED:
            flow.available_again(world, call)
        case "ring-next":
            progressive_ringing.ring_next(world, call)
        case "guard":
            _guard(world, call)


def _waiter_timer(world: World, id: CallId, purpose: str) -> None:
    waiter = world.waiter(id)
    queue = None if waiter is None or waiter.queue is None else world.queues.get(waiter.queue)
    if waiter is None or queue is None:
        return
    if purpose == "relax":
        relaxation.relax(world, queue, waiter)
    else:
        relaxation.let_others_in(world, queue, waiter)


def leave_queue(world: World, call: Call, exit: str | None) -> None:
    """The call gives up its queue, at once or as soon as its offer is called off. None: it stays."""
    if call.queue is None or exit is None:
        return
    if call.phase is _P.QUEUED:
        flow.leave(world, call, exit)
    elif call.phase is _P.OFFERING:
        legs.withdraw(world, call, exit)
    elif call.phase is _P.WITHDRAWING and call.on_return is None:
        call.on_return = exit


def _guard(world: World, call: Call) -> None:
    """Asterisk owes us an event for too long: go on without it."""
    match call.phase:
        case _P.PLAYING:
            flow.sound_ended(world, call, False)
        case _P.QUEUED:
            world.emit(StopPlay(call.id))
            announcements.over(world, call)
        case _P.CALLING:
            callbacks.give_up_waiting(world, call)
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
            hangup.caller_gone(world, call, call.hangup_cause)
            hangup.force(world, call)
        case _P.ENDED:
            hangup.force(world, call)


def _agent_timer(world: World, agent: Agent, purpose: str) -> None:
    if purpose == "wrap-up":
        agents.end_wrap_up(world, agent)
    elif purpose == "backoff":
        agent.backoff_until = 0.0
    agents.sync(world, agent)
