"""What a timer's end means. A timer that does not run (it was cancelled, or has fired) changes nothing."""

from routing.acd import agents, announcements, callbacks, relaxation, work
from routing.calls import flow, hangup, legs
from routing.commands import HangUp, StopPlay
from routing.events import CallReturned, TimerFired
from routing.handlers.meanings import happens, mean_alone, means
from routing.ids import AgentId, CallId, TimerPurpose
from routing.state import Agent, Call, Callback, WorkItem
from routing.state.phases import GUARDS, CallPhase
from routing.state.rules import Meaning
from routing.state.world import World, purpose_of

_M = Meaning
HANG_UPS = 3
"""How often a `HangUp` is sent again before the caller is taken for gone."""


def timer_fired(world: World, event: TimerFired) -> None:
    """Tell the timer's owner: a call, an agent, a callback or a conversation."""
    if not world.take_timer(event.timer):
        return
    owner, purpose = purpose_of(event.timer)
    if (call := world.calls.get(CallId(owner))) is not None:
        happens(world, call, purpose, event)
    elif (agent := world.agents.get(AgentId(owner))) is not None:
        _agent_timer(world, agent, purpose)
    elif (callback := world.callbacks.get(CallId(owner))) is not None:
        _callback_timer(world, callback, purpose)
    elif (item := world.work.get(CallId(owner))) is not None:
        _work_timer(world, item, purpose)


def _agent_timer(world: World, agent: Agent, purpose: TimerPurpose) -> None:
    if purpose == TimerPurpose.WRAP_UP:
        agents.end_wrap_up(world, agent)
    elif purpose == TimerPurpose.BACKOFF:
        agent.backoff_until = 0.0
    agents.sync(world, agent)


def _callback_timer(world: World, callback: Callback, purpose: TimerPurpose) -> None:
    queue = world.queues.get(callback.queue)
    if purpose == TimerPurpose.CALLBACK_RETRY:
        callbacks.retry_due(world, callback)
    elif queue is not None and purpose == TimerPurpose.RELAX:
        relaxation.relax(world, queue, callback)
    elif queue is not None and purpose == TimerPurpose.STICKY:
        relaxation.let_others_in(world, queue, callback)


def _work_timer(world: World, item: WorkItem, purpose: TimerPurpose) -> None:
    queue = world.queues.get(item.queue)
    if purpose == TimerPurpose.OFFER:
        work.timed_out(world, item)
    elif queue is not None and queue.work is not None:
        if purpose == TimerPurpose.RELAX:
            relaxation.relax(world, queue.work, item)
        elif purpose == TimerPurpose.STICKY:
            relaxation.let_others_in(world, queue.work, item)


mean_alone({_M.ATTEMPT_OVERDUE: callbacks.give_up_waiting, _M.LEGS_OVERDUE: hangup.force})


# -- in a block and in a queue -----------------------------------------------------------------------------------


@means(_M.NO_DIGIT_CAME)
def no_digit_came(world: World, call: Call, _: TimerFired) -> None:
    flow.deliver(world, call, lambda kind, turn: kind.timed_out(turn))


@means(_M.LEAVES_QUEUE, _M.OFFER_IS_CALLED_OFF, _M.LEAVES_AFTERWARDS)
def longest_wait_over(world: World, call: Call, _: TimerFired) -> None:
    flow.leave_queue(world, call, "timeout")


@means(_M.ANNOUNCEMENT_DUE)
def announcement_due(world: World, call: Call, event: TimerFired) -> None:
    announcements.due(world, call, purpose_of(event.timer)[1])


@means(_M.ANNOUNCEMENT_POSTPONED)
def announcement_postponed(world: World, call: Call, event: TimerFired) -> None:
    announcements.postpone(world, call, purpose_of(event.timer)[1])


@means(_M.SKILLS_RELAXED)
def skills_relaxed(world: World, call: Call, _: TimerFired) -> None:
    queue = world.queue_of(call)
    if queue is not None:
        relaxation.relax(world, queue, call)


@means(_M.OTHERS_LET_IN)
def others_let_in(world: World, call: Call, _: TimerFired) -> None:
    queue = world.queue_of(call)
    if queue is not None:
        relaxation.let_others_in(world, queue, call)


# -- guards: an event of Asterisk is overdue, and the call goes on without it ---------------------------------------


@means(_M.MESSAGE_OVERDUE)
def message_overdue(world: World, call: Call, _: TimerFired) -> None:
    flow.deliver(world, call, lambda kind, turn: kind.recorded(turn, 0.0))


@means(_M.ANNOUNCEMENT_OVERDUE)
def announcement_overdue(world: World, call: Call, _: TimerFired) -> None:
    world.emit(StopPlay(call.id))
    announcements.over(world, call)


@means(_M.OFFER_OVERDUE)
def offer_overdue(world: World, call: Call, event: TimerFired) -> None:
    legs.drop_ringing(world, call, withdraw=True)
    happens(world, call, CallReturned, event)


@means(_M.RIVALS_OVERDUE)
def rivals_overdue(world: World, call: Call, _: TimerFired) -> None:
    legs.drop_ringing(world, call, withdraw=True)


@means(_M.HANG_UP_OVERDUE)
def hang_up_overdue(world: World, call: Call, _: TimerFired) -> None:
    """Send the hang-up again. In the end take the caller for gone."""
    if call.retries < HANG_UPS:
        call.retries += 1
        world.emit(HangUp(call.id, call.hangup_cause))
        world.start_timer(call.id, TimerPurpose.GUARD, world.now + GUARDS[CallPhase.ENDING])
    else:
        hangup.caller_gone(world, call, call.hangup_cause)
        hangup.force(world, call)
