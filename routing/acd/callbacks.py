"""Callbacks: customers who keep their place in a queue without staying on the line.

A callback stands in its queue like a caller. When its turn comes, an agent is held for it and the customer is rung, as
a call of its own (an attempt). A customer who answers takes over the callback's place and is offered to that agent, and
the callback is done. A customer who does not answer is rung again later, a few times. So there are never more attempts
than agents held for them.

A customer who calls in again, and joins the queue, takes the place of their callback. The callback is held until that
call is over: if an agent of the queue talked to them it is done, else it takes its place again.
"""

from hashlib import blake2b

from routing.acd import agents, matching, offers, outside_calls, queues, relaxation, stays
from routing.commands import LaunchCallback
from routing.config import Block
from routing.events import LegFailure
from routing.expressions import opening_hours, values
from routing.figures import Outcome
from routing.ids import BlockId, CallId, QueueId, TimerPurpose
from routing.outbound.destinations import one_spelling
from routing.state import Agent, Call, Callback, Queue, live_calls
from routing.state.phases import CallPhase
from routing.state.world import World

_P = CallPhase
DIRECTION = "callback"
CALLED_IN = "called-in"
"""The exit of a callback's stay when the customer called in and was served."""
GIVEN_UP = "callback-given-up"
"""The tag of the last attempt's record."""
CAUSES: dict[LegFailure, int] = {
    LegFailure.BUSY: 17,
    LegFailure.NO_ANSWER: 19,
    LegFailure.UNREACHABLE: 20,
    LegFailure.REJECTED: 21,
}
"""Q.850, for the attempt's record; any other failure is 38."""
OUT_OF_ORDER = 38


def callback_id(asked_in: CallId) -> CallId:
    return _digest(f"callback:{asked_in}")


def attempt_id(callback: Callback) -> CallId:
    return _digest(f"{callback.id}:{callback.attempts}")


def _digest(text: str) -> CallId:
    return CallId(blake2b(text.encode(), digest_size=16).hexdigest())


# -- asked for -----------------------------------------------------------------------------------------------


def request(world: World, call: Call, queue: QueueId | None, number: str) -> bool:
    """Promise the caller that the queue's agents call them back at `number` (E.164).

    Return False if the number is none or may not be dialled, the queue is gone or closed, or there is a callback for
    this number or of this call already; one that is held for this call is promised again. The callback takes the place
    that the caller had in the queue if they have been there, else the last place.
    """
    known = None if queue is None else world.queues.get(queue)
    id = callback_id(call.id)
    if known is None or values.check_e164(number) or not opening_hours.is_open(known.config.hours, world.now):
        return False
    customer = call.customer if number == call.caller else one_spelling(number)
    number = one_spelling(number)
    if customer in known.callbacks or id in world.callbacks:
        return _promised_again(world, call, known, customer)
    if outside_calls.refuses(world, call, number):
        return False
    callback = world.callbacks[id] = _made(world, call, known, id, number, customer)
    known.callbacks[customer] = id
    call.callback, call.outcome = id, call.outcome or "callback"
    stays.keep(world, call, callback)
    _take_place(world, callback, known)
    return True


def _promised_again(world: World, call: Call, queue: Queue, customer: str) -> bool:
    id = queue.callbacks.get(customer)
    if id is None or world.callbacks[id].on_line != call.id:
        return False
    call.callback, call.outcome = id, call.outcome or "callback"
    return True


def _made(world: World, call: Call, queue: Queue, id: CallId, number: str, customer: str) -> Callback:
    place = call.place_in(queue.config.id)
    world.sequence += place is None
    return Callback(
        id,
        asked_in=call.id,
        team=queue.config.team,
        queue=queue.config.id,
        number=number,
        customer=customer,
        did=call.did,
        joined_at=place.joined_at if place else world.now,
        sequence=place.sequence if place else world.sequence,
        priority=place.priority if place else call.priority,
        needs=call.needs,
        preferred=call.preferred,
        language=call.language,
        tags=list(call.tags),
        variables=dict(call.variables),
    )


def asking_call_ended(world: World, call: Call) -> None:
    """Let the callback be offered: the line of the caller who asked for it is free."""
    callback = None if call.callback is None else world.callbacks.get(call.callback)
    if callback is not None and callback.asked_in == call.id and not callback.ready:
        callback.ready = True
        _offer(world, callback)


# -- the customer calls in ------------------------------------------------------------------------------------


def promised_to(world: World, call: Call, queue: Queue) -> Callback | None:
    """Return the queue's callback for the caller, whose place they may take. Return None if they are a customer who is
    called back, or if the callback is held by another call of the same number."""
    id = queue.callbacks.get(call.customer) if call.direction != DIRECTION else None
    callback = None if id is None else world.callbacks[id]
    if callback is None or callback.on_line not in (None, call.id) or _was_answered(world, callback):
        return None
    return callback


def _was_answered(world: World, callback: Callback) -> bool:
    attempt = None if callback.attempt is None else world.calls.get(callback.attempt)
    return attempt is not None and attempt.answered


def hold(world: World, call: Call, callback: Callback) -> None:
    """Do not ring the customer while they are on the line in this call. Meanwhile the callback has no place."""
    _break_off(world, callback)
    world.cancel_timer(callback.id, TimerPurpose.CALLBACK_RETRY)
    _leave_place(world, callback, world.queues[callback.queue])
    if callback.on_line is None:
        callback.on_line = call.id
        call.holds = (*call.holds, callback.id)


def _break_off(world: World, callback: Callback) -> None:
    """Hang up the attempt that rings, and free its agent."""
    attempt = None if callback.attempt is None else world.calls.get(callback.attempt)
    let_go(world, callback)
    callback.attempt = None
    if attempt is not None and attempt.phase is _P.CALLING:
        attempt.outcome = "failed"
        world.hang_up(attempt)


def release_held(world: World, call: Call) -> None:
    """Give the callbacks that the call held their places back: the caller has gone, and was not served."""
    for id in call.holds:
        callback = world.callbacks.get(id)
        if callback is not None:
            callback.on_line = None
            if callback.ready:
                _offer(world, callback)
            elif (queue := world.queues.get(callback.queue)) is not None:
                _take_place(world, callback, queue)


def served(world: World, call: Call, queue: Queue) -> None:
    """Drop the queue's callback of a caller who talks to one of its agents."""
    id = queue.callbacks.get(call.customer) if call.direction != DIRECTION else None
    if id is not None:
        drop(world, world.callbacks[id], Outcome.LEFT, CALLED_IN)
        call.callback_of = id
        if call.callback == id:
            call.callback = None
            call.outcome = None if call.outcome == "callback" else call.outcome


# -- its place in the queue ----------------------------------------------------------------------------------


def _take_place(world: World, callback: Callback, queue: Queue) -> None:
    queue.promised += callback.id not in queue.calls
    queue.calls[callback.id] = matching.rank(world, queue, callback)
    world.publish(queue.config.team, "queue", queue.config.id)


def _leave_place(world: World, callback: Callback, queue: Queue) -> None:
    queue.promised -= callback.id in queue.calls
    queues.step_out(world, callback, queue)


def _offer(world: World, callback: Callback) -> None:
    """Let the callback be launched as soon as an agent is free, if the line is free, its retry is due and the queue is
    open."""
    queue = world.queues.get(callback.queue)
    if queue is None or not callback.ready or callback.attempt is not None or callback.on_line is not None:
        return
    at = opening_hours.next_opening(queue.config.hours, max(world.now, callback.retry_at))
    if at is None:
        drop(world, callback)
    elif at > world.now:
        _leave_place(world, callback, queue)
        world.start_timer(callback.id, TimerPurpose.CALLBACK_RETRY, at)
    else:
        world.cancel_timer(callback.id, TimerPurpose.CALLBACK_RETRY)
        _take_place(world, callback, queue)
        relaxation.begin(world, queue, callback)
        matching.stand(world, queue, callback)


def waits_for_retry(world: World, id: CallId) -> bool:
    """Return whether the callback waits for its next attempt, or for the queue to open."""
    return world.runs(id, TimerPurpose.CALLBACK_RETRY)


def retry_due(world: World, callback: Callback) -> None:
    _offer(world, callback)


def reconsider(world: World, queue: Queue) -> None:
    """Check the callbacks that wait for the queue to open, after its settings changed."""
    for id in list(queue.callbacks.values()):
        if waits_for_retry(world, id):
            _offer(world, world.callbacks[id])


def drop(world: World, callback: Callback, outcome: Outcome = Outcome.UNREACHED, exit: str = "") -> None:
    """End the callback: it is done, given up, cancelled or not needed. An attempt that still rings is hung up.
    The customer's stay in the queue ends with this outcome, unless a call has it."""
    stays.callback_over(world, callback, outcome, exit)
    world.callbacks.pop(callback.id, None)
    world.cancel_timer(callback.id, TimerPurpose.CALLBACK_RETRY)
    queue = world.queues.get(callback.queue)
    if queue is not None:
        queue.callbacks.pop(callback.customer, None)
        _leave_place(world, callback, queue)
    _break_off(world, callback)


# -- an attempt ----------------------------------------------------------------------------------------------


def launch(world: World, callback: Callback, queue: Queue, agent: Agent) -> Call | None:
    """Hold the agent and ring the customer. Return the attempt. Return None if the queue has closed meanwhile: then the
    callback waits until it opens. If the call may not go out now, the attempt counts as one that failed."""
    if not opening_hours.is_open(queue.config.hours, world.now):
        _offer(world, callback)
        return None
    config = queue.config
    call = _attempt(world, callback)
    verdict = outside_calls.permit(
        world, call, callback.number, shown=config.callback_caller_id, may_ring_us=False
    )
    if verdict.denial is not None:
        _try_later(world, callback, queue)
        return None
    call.shown = verdict.identity
    matching.withdraw(queue, callback)
    callback.attempt, callback.agent = call.id, agent.config.id
    live_calls.add(world, call)
    agents.occupy(world, agent, call.id, talking=False)
    timeout, trunks = config.callback_timeout, verdict.trunks
    world.emit(LaunchCallback(call.id, callback.number, call.shown, timeout, trunks))
    world.place(call, _P.CALLING, limit=timeout * max(1, len(trunks)))
    world.publish(call.team, "call", call.id, "created")
    return call


def _attempt(world: World, callback: Callback) -> Call:
    callback.attempts += 1
    while attempt_id(callback) in world.calls:
        callback.attempts += 1
    call = Call(
        attempt_id(callback),
        callback.did,
        callback.number,
        "",
        world.now,
        phase_since=world.now,
        customer=callback.customer,
    )
    number = world.numbers.find(callback.did)
    call.direction, call.callback_of = DIRECTION, callback.id
    call.team, call.number = callback.team, None if number is None else number.id
    call.joined_at, call.sequence = callback.joined_at, callback.sequence
    call.priority, call.needs, call.preferred = callback.priority, callback.needs, callback.preferred
    call.language, call.tags = callback.language, list(callback.tags)
    call.variables = dict(callback.variables)
    call.last_queue = callback.queue
    return call


def of_attempt(world: World, call: Call) -> Callback | None:
    """Return the callback whose present attempt this call is."""
    callback = None if call.callback_of is None else world.callbacks.get(call.callback_of)
    return callback if callback is not None and callback.attempt == call.id else None


def picked_up(world: World, call: Call) -> Block | None:
    """Note that the customer answered. Return the block in which the call goes on: its queue."""
    callback = of_attempt(world, call)
    if call.phase is not _P.CALLING or callback is None:
        return None
    call.answered, call.queued_at = True, world.now
    return Block(BlockId("callback"), "queue", {"queue": callback.queue})


def connect(world: World, call: Call, callback: Callback) -> None:
    """Give the callback's place to the customer, who is on the line and has heard what there is to hear. The held agent
    is offered the call. If they cannot take it any more, the customer waits for another agent."""
    queue, held = world.queues[callback.queue], callback.agent
    stays.take_back(world, call, callback)
    drop(world, callback)
    queues.enqueue(world, call, queue)
    relaxation.let_others_in(world, queue, call)
    if held is not None and held in queue.waiting[call.id].free:
        offers.ring_held(world, queue, call, world.agents[held])


def let_go(world: World, callback: Callback) -> None:
    """Free the agent who was held."""
    agent = None if callback.agent is None else world.agents.get(callback.agent)
    call = None if callback.attempt is None else world.calls.get(callback.attempt)
    callback.agent = None
    if agent is not None and call is not None:
        agents.release(world, agent, call)


def give_up_waiting(world: World, call: Call) -> None:
    """Free the agent and hang up: nothing was heard of the attempt for too long."""
    callback = of_attempt(world, call)
    if callback is not None:
        let_go(world, callback)
    world.hang_up(call, CAUSES[LegFailure.NO_ANSWER])


def attempt_ended(world: World, call: Call) -> None:
    """Drop the callback if the customer had answered, else plan the next attempt. The attempt's channel is gone, or
    never was."""
    callback = of_attempt(world, call)
    if callback is None:
        return
    if call.answered:
        stays.take_back(world, call, callback)
        stays.end(world, call, Outcome.ABANDONED)
        drop(world, callback)
        return
    call.outcome = "failed"
    let_go(world, callback)
    callback.attempt = None
    if not _try_later(world, callback, world.queues.get(callback.queue)):
        call.tags.append(GIVEN_UP)


def _try_later(world: World, callback: Callback, queue: Queue | None) -> bool:
    """Plan the next attempt. Drop the callback and return False if there were enough."""
    if queue is None or callback.attempts >= queue.config.callback_attempts:
        drop(world, callback)
        return False
    callback.retry_at = world.now + queue.config.callback_retry
    _offer(world, callback)
    return True


def cancel(world: World, id: CallId) -> None:
    """End the callback, or the callback of this attempt, because a manager wishes it."""
    call = world.calls.get(id)
    callback = world.callbacks.get(id) if call is None else of_attempt(world, call)
    if callback is not None:
        drop(world, callback)


def queue_removed(world: World, queue: Queue) -> None:
    """Drop the queue's callbacks. Call it while the queue is still known."""
    for id in list(queue.callbacks.values()):
        drop(world, world.callbacks[id])


def restore(world: World, queue: Queue) -> None:
    """Rebuild what the queue knows of its callbacks."""
    for callback in world.callbacks.values():
        if callback.queue != queue.config.id:
            continue
        queue.callbacks[callback.customer] = callback.id
        if callback.on_line is None and not waits_for_retry(world, callback.id):
            _take_place(world, callback, queue)
            if callback.ready and callback.attempt is None:
                matching.stand(world, queue, callback)
