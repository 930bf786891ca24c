"""Telephones send the other side of a talk on (SIP REFER): blind, or after they have called someone else (Replaces).

Blind: Asterisk puts the other side's channel into the context `transfer`, where it waits for us. If it was called, it
becomes the call's own channel, and it must be so before the `Hangup` of the one that was. `BlindTransfer` tells it in
time.

Attended: the telephone has two calls of ours. When both talk, Asterisk puts the other sides into one bridge; the second
call is over, and its other side is a leg of the first one. When the second one rings still, the first one's other side
would take its place in the dialplan. It is taken back instead, and sent where the second call went.
"""

from collections.abc import Callable

from pbx.ami import Action
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.calls.node_call import NodeCall, Purpose, Registry, tagged
from pbx.asterisk.calls.step import Step
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.dialplan import Role, endpoint_of
from pbx.asterisk.protocol.messages import Channel, Connected, Referred
from routing.events import CallsJoined, Event

Owner = Callable[[Channel], NodeCall | None]
"""Returns the call of which the channel is the own channel, or a leg."""


def referred(registry: Registry, call: NodeCall, event: Referred) -> Step:
    """Note that a telephone sends the other side on. Its channel comes to us in a moment."""
    other = event.other
    if other is None or event.by.unique_id != call.unique_id or other.unique_id == call.unique_id:
        return Step()
    return _successor(registry, call, other)


def _successor(registry: Registry, call: NodeCall, other: Channel) -> Step:
    """Make the called party's channel the call's own."""
    former = call.channel
    registry.hand_over(call, other.unique_id, other.name)
    call.handed_over = True
    made = [actions.set_role(former, Role.NONE), actions.set_role(other.name, Role.CALLER)]
    return Step([], [tagged(call.id, Purpose.HAND_OVER, action) for action in made])


def connected(registry: Registry, owner: Owner, event: Connected) -> Step:
    """Note that a telephone has connected the other sides of its two talks."""
    first, second = owner(event.first), owner(event.second)
    if first is None or second is None or first is second or first.dial is None:
        return Step()
    talker = first.dial.bridged_leg
    if talker is None:
        return Step()
    handed_over = event.first.unique_id == first.unique_id
    if not event.bridged:
        return _sent_on(registry, first, talker, event.second.did, handed_over=handed_over)
    third = _third(second, event.second)
    if third is None:
        return Step()
    return _joined(registry, first, second, third, talker, handed_over=handed_over)


def _third(second: NodeCall, by: Channel) -> tuple[str, str] | None:
    """Return Uniqueid and name of the other side's channel in the second call."""
    if by.unique_id != second.unique_id:
        return second.unique_id, second.channel
    return second.dial.bridged_leg if second.dial else None


def _sent_on(
    registry: Registry, first: NodeCall, talker: tuple[str, str], dialled: str, *, handed_over: bool
) -> Step:
    """Take the first call's other side back. `dialled`: where the second call went."""
    former = first.channel
    if handed_over:
        registry.hand_over(first, *talker)
        first.handed_over = True
    first.referred_to = dialled
    made = [
        *([actions.set_role(former, Role.NONE)] if handed_over else []),
        # Until now it had the marks of the channel whose place it took.
        actions.set_call(first.channel, first.mark),
        actions.set_role(first.channel, Role.CALLER),
        actions.redirect_to_music(first.channel),
    ]
    return Step([], [tagged(first.id, Purpose.TAKE_BACK, action) for action in made])


def _joined(
    registry: Registry,
    first: NodeCall,
    second: NodeCall,
    third: tuple[str, str],
    talker: tuple[str, str],
    *,
    handed_over: bool,
) -> Step:
    unique_id, channel = third
    called = unique_id == second.unique_id
    made: list[Action] = []
    agent = second.dial.talker if second.dial is not None and not called else None
    if handed_over:
        made += [actions.set_role(first.channel, Role.NONE), actions.set_role(talker[1], Role.CALLER)]
        phone = first.dial.answered_phone if first.dial else ""
        first.freed += [first.phone] if first.phone else []
        registry.change_own(first, *talker)
        first.phone = phone
    elif first.dial is not None:
        first.dial.finish(caller_gone=False)
        first.freed += first.dial.freed()
    made += [
        actions.set_call(channel, first.mark),
        actions.set_role(channel, Role.CALLED if agent is None else Role.AGENT),
    ]
    if called:
        phone = endpoint_of(channel) if second.phone else ""
        first.dial = Dial(first.id, {}, called=(phone,) if phone else ())
        first.dial.joined(unique_id, channel, phone, None)
        if second.dial is not None:
            second.dial.finish(caller_gone=False)
            first.freed += second.dial.freed()
    else:
        first.dial = second.dial
        if first.dial is not None:
            first.dial.goes_to(first.id)
        first.freed += [second.phone] if second.phone else []
    registry.remove(second)
    first.parted = first.returning = False
    joined: list[Event] = [CallsJoined(first.id, second.id, agent, handed_over, called)]
    return Step(joined, [tagged(first.id, Purpose.HAND_OVER, action) for action in made])
