"""What must always be true of callbacks, the calls that ring customers, the agents held for them, and their queues."""

from routing.acd.callbacks import waits_for_retry
from routing.events import AgentLegEnded, OfferFailed
from routing.figures import Outcome
from routing.state import Callback
from routing.state.phases import CallPhase
from routing.state.rules import RULES, Ignored
from routing.state.world import World


def callbacks_hold(world: World) -> None:
    for callback in world.callbacks.values():
        queue = world.queues[callback.queue]
        assert queue.callbacks[callback.number] == callback.id
        stands, later = callback.id in queue.calls, waits_for_retry(world, callback.id)
        held = callback.on_line is not None
        assert [stands, later, held].count(True) == 1
        if callback.on_line is not None:
            assert callback.id in world.calls[callback.on_line].holds
            assert callback.attempt is None
        _attempt_holds(world, callback)
        if callback.attempt is None and stands:
            assert (callback.id in queue.waiting) == callback.ready
        else:
            assert callback.id not in queue.waiting
    for queue in world.queues.values():
        own = {callback.id for callback in world.callbacks.values() if callback.queue == queue.config.id}
        assert set(queue.callbacks.values()) == own
        assert queue.promised == len(own & set(queue.calls))


def _attempt_holds(world: World, callback: Callback) -> None:
    """Check that a callback has at most one attempt. While the customer is rung, an agent is held, unless the
    attempt no longer waits for an agent."""
    attempts = [
        call
        for call in world.calls.values()
        if call.callback_of == callback.id and call.phase is CallPhase.CALLING
    ]
    assert [call.id for call in attempts] in ([], [callback.attempt])
    if callback.attempt is None:
        assert callback.agent is None
        return
    assert callback.attempt in world.calls
    if callback.agent is not None:
        assert world.agents[callback.agent].calls[callback.attempt] is False


def held(world: World) -> dict[str, set[str]]:
    """Return the agents, each with the attempts for which they are held."""
    found: dict[str, set[str]] = {}
    for callback in world.callbacks.values():
        if callback.agent is not None and callback.attempt is not None:
            found.setdefault(callback.agent, set()).add(callback.attempt)
    return found


def announcements_hold(world: World) -> None:
    """Check that a call with an announcement waits for its end, and that a call in no queue has no timers of a
    queue."""
    for call in world.calls.values():
        if call.phase is CallPhase.QUEUED and call.announcing is not None:
            assert f"{call.id}:guard" in world.timers
        if call.queue is None:
            assert call.announcing is None
            clocks = {
                f"{call.id}:{purpose}" for purpose in ("announce", "comfort", "max-wait", "relax", "sticky")
            }
            assert not clocks & world.timers.keys()


def stays_hold(world: World) -> None:
    """Check that a call has a stay that goes on if it waits in a queue, and only then; and a callback always."""
    for call in world.calls.values():
        open_ones = [stay for stay in call.stays if stay.outcome is Outcome.WAITING]
        assert [stay.queue for stay in open_ones] == ([] if call.queue is None else [call.queue])
        if open_ones:
            assert call.stays[-1] is open_ones[0]
        names = [(stay.call, stay.number) for stay in call.stays]
        assert len(set(names)) == len(names)
    for callback in world.callbacks.values():
        assert callback.stay is not None
        assert (callback.stay.queue, callback.stay.outcome) == (callback.queue, Outcome.WAITING)


def talks_are_counted(world: World) -> None:
    for queue in world.queues.values():
        talking = [call.legs[call.talk] for call in world.calls.values() if call.talk is not None]
        assert queue.pace.talks == sum(leg.queue == queue.config.id for leg in talking)


def held_phones_can_be_freed(world: World) -> None:
    """Check that the end of a leg has an effect in each phase in which a phone is held for a call."""
    for call in world.calls.values():
        if call.ringing or call.agent is not None:
            row = RULES[call.phase]
            assert not isinstance(row[OfferFailed], Ignored), call.phase
            assert not isinstance(row[AgentLegEnded], Ignored), call.phase
