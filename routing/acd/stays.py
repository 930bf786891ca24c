"""Stays: what is kept of each caller's time in a queue. Every change is counted in the figures of today.

A stay belongs to its call, and is written with the call's record. When the caller asks for a callback, the callback
takes the stay over. It goes back to a call when the customer is on the line again. A callback that ends without a call
writes its stay by itself.
"""

from typing import Any

from routing.acd import statistics
from routing.commands import LogStay
from routing.figures import Outcome, measured
from routing.ids import AgentId, QueueId
from routing.records import StayRecord
from routing.state import Call, Callback, Stay, WorkItem
from routing.state.world import World

_O = Outcome
TIMEOUT = "timeout"


def begin(world: World, call: Call | WorkItem, queue: QueueId, *, at: float | None = None) -> Stay:
    """Note that the caller, or a conversation, enters the queue, now or `at`."""
    call.stays_begun += 1
    stay = Stay(call.id, call.stays_begun, queue, world.now if at is None else at, call.id)
    stay.of_work = isinstance(call, WorkItem)
    call.stays.append(stay)
    statistics.count(world, stay)
    return stay


def turned_away(world: World, call: Call, queue: QueueId, exit: str) -> None:
    """Note that the queue did not let the caller in."""
    call.stays_begun += 1
    stay = Stay(
        call.id, call.stays_begun, queue, world.now, call.id, _O.TURNED_AWAY, left_at=world.now, exit=exit
    )
    call.stays.append(stay)
    statistics.count(world, stay)


def end(world: World, call: Call, outcome: Outcome, *, exit: str = "", agent: AgentId | None = None) -> None:
    """Note how the caller leaves the queue in which they wait. Call it while they still wait there."""
    stay = call.stays[-1] if call.stays else None
    if stay is not None and stay.outcome is _O.WAITING:
        statistics.count(world, stay, -1)
        stay.wait = measured(stay.wait + world.now - call.waits_since())
        stay.outcome, stay.left_at, stay.exit, stay.agent = outcome, world.now, exit, agent
        statistics.count(world, stay)


def exit_outcome(exit: str) -> Outcome:
    """Return how a stay ends by that exit, if the call is not passed on."""
    return _O.TIMED_OUT if exit == TIMEOUT else _O.LEFT


def passed_on(world: World, call: Call, to: str, queue: QueueId | None) -> None:
    """Note that the call comes to a block of the type `to`, which takes it over. `queue` is the one to which the block
    sends the call. A caller who comes back to the queue that they left is not passed on."""
    stay = call.stays[-1]
    if stay.outcome in (_O.TIMED_OUT, _O.LEFT) and queue != stay.queue:
        change(world, stay, outcome=_O.PASSED_ON, passed_to=to)


def talked(world: World, call: Call, since: float, seconds: float) -> Stay | None:
    """Note how long the talk was that began at `since`. Return the stay that it ended; None: it belongs to no stay."""
    for stay in reversed(call.stays):
        if stay.outcome is _O.ANSWERED and stay.left_at == since:
            stay.talk = round(seconds, 3)
            statistics.count(world, stay, 0, talk=stay.talk)
            return stay
    return None


def change(world: World, stay: Stay, **changes: Any) -> None:
    """Change the stay, and count it as it is then."""
    statistics.count(world, stay, -1)
    for name, value in changes.items():
        setattr(stay, name, value)
    statistics.count(world, stay)


# -- callbacks -----------------------------------------------------------------------------------------------


def keep(world: World, call: Call, callback: Callback) -> None:
    """Let the callback go on with the caller's stay in its queue. One who was not in the queue enters it now."""
    ended = (_O.TIMED_OUT, _O.PASSED_ON, _O.LEFT)
    left = [stay for stay in call.stays if stay.queue == callback.queue and stay.outcome in ended]
    stay = left[-1] if left else begin(world, call, callback.queue)
    call.stays.remove(stay)
    change(world, stay, outcome=_O.WAITING, left_at=None, passed_to="", callback=callback.id)
    callback.stay = stay


def take_back(world: World, call: Call, callback: Callback) -> None:
    """Let the customer, who is on the line, go on with the stay of their callback."""
    stay, callback.stay = callback.stay, None
    if stay is None:
        begin(world, call, callback.queue)
        return
    stay.last_call = call.id
    call.stays.append(stay)


def callback_over(world: World, callback: Callback, outcome: Outcome, exit: str) -> None:
    """End the stay of a callback whose customer is not on the line."""
    stay, callback.stay = callback.stay, None
    if stay is None:
        return
    change(world, stay, outcome=outcome, left_at=world.now, exit=exit)
    asking = world.calls.get(stay.call)
    if asking is not None and asking.callback == callback.id:
        asking.stays.append(stay)
        asking.stays.sort(key=lambda known: known.number)
    elif world.watched:
        world.emit(LogStay({"team": callback.team, "stay": dict(record(stay))}))


# -- records -------------------------------------------------------------------------------------------------


def records(world: World, call: Call) -> list[StayRecord]:
    """Return the records of the call's stays, also of one that goes on with a callback."""
    callback = None if call.callback is None else world.callbacks.get(call.callback)
    open_ones = [] if callback is None or callback.stay is None else [callback.stay]
    mine = [*call.stays, *(stay for stay in open_ones if stay.call == call.id)]
    return [record(stay) for stay in mine]


def record(stay: Stay) -> StayRecord:
    return StayRecord(
        call=stay.call,
        number=stay.number,
        queue=stay.queue,
        joined_at=stay.joined_at,
        left_at=stay.left_at,
        outcome=str(stay.outcome),
        wait=stay.wait,
        exit=stay.exit,
        passed_to=stay.passed_to,
        agent=stay.agent,
        talk=stay.talk,
        callback=stay.callback,
        last_call=stay.last_call,
    )
