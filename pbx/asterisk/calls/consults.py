"""Consultations: one side of a talk hears music while the other calls someone else, as a call of its own.

The channel that consults is that call's own, and a leg of the held call's talk all the time. When its call is over, the
dialplan lets it take the held side back (context `consult`).
"""

import math
from dataclasses import replace

from pbx.ami import Action
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.calls.node_call import FORGETS, Later, NodeCall, Purpose, Registry, tagged
from pbx.asterisk.calls.step import Step
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.agi_queue import AgiQueue
from pbx.asterisk.protocol.dialplan import Context, Role
from pbx.asterisk.protocol.messages import Channel
from routing.commands import CompleteConsult, Consult
from routing.events import CallHungUp, ConsultBegan
from routing.ids import CallId
from switchroom.ids import call_id


def consult(registry: Registry, call: NodeCall, command: Consult) -> Step:
    """Hold the talk, and let one side of it wait for what it is to call. Raises `UnsafeValue`."""
    talker = call.dial.bridged_leg if call.dial else None
    if talker is None or call.consulting:
        return Step.failed(command, "no one talks")
    own = (call.unique_id, call.channel)
    (asker_id, asker), (held_id, held) = (own, talker) if command.hands_over else (talker, own)
    role = Role.CALLED if command.agent is None else Role.AGENT
    made = [
        actions.set_role(held, Role.CALLER),
        actions.set_peer(held, asker),
        actions.set_music(held, command.music),
        actions.set_hold(held, math.ceil(command.seconds)),
        actions.set_peer(asker, held),
        *actions.set_consults(asker, f"c{command.number}-{asker_id}", call.mark, role),
        actions.redirect_to_hold(held, asker, Context.CONSULT),
    ]
    if command.hands_over:
        _turn_round(registry, call, held_id, held, asker_id, asker)
    call.parted = call.consulting = True
    return Step([], [tagged(call.id, Purpose.CONSULT, action) for action in made])


def _turn_round(registry: Registry, call: NodeCall, own_id: str, own: str, other_id: str, other: str) -> None:
    """Make the called party's channel the call's own, and the one that was its party."""
    phone, called = call.phone, call.dial.phones if call.dial else ()
    registry.change_own(call, own_id, own)
    call.phone = called[0] if called else ""
    call.dial = Dial(call.id, {}, called=(phone,) if phone else ())
    call.dial.joined(other_id, other, phone, None)


def began(registry: Registry, channel: Channel, agi: AgiQueue) -> tuple[NodeCall | None, Step]:
    """The channel that consults is in AsyncAGI. Return its call, which is new, and what that means for the core."""
    held = registry.by_mark.get(channel.did)
    if held is None or not channel.call:
        return None, Step()
    phone = held.dial.answered_phone if held.dial else ""
    id = CallId(call_id(channel.call))
    call = NodeCall(id, channel.unique_id, channel.name, agi, phone, mark=channel.call, of=held.id)
    registry.add(call)
    return call, Step([ConsultBegan(id, held.id)])


def end(registry: Registry, call: NodeCall) -> Step:
    """End a consultation: let its channel take the held side back. Raises `UnsafeValue`."""
    held = registry.by_id.get(call.of) if call.of else None
    if held is None:
        return Step()
    held.parted = held.consulting = False
    action = tagged(held.id, Purpose.JOIN_AGAIN, actions.redirect_from_consult(call.channel))
    events = call.dial.finish(caller_gone=False) if call.dial else []
    call.freed += [*(call.dial.freed() if call.dial else ()), *((call.phone,) if call.phone else ())]
    registry.remove(call)
    return Step([*events, CallHungUp(call.id)], [action])


def complete(registry: Registry, call: NodeCall, command: CompleteConsult, spool: str) -> Step:
    """Connect the held side with the party of the consultation. Raises `UnsafeValue`."""
    other = registry.by_id.get(command.other)
    third = other.dial.bridged_leg if other is not None and other.dial else None
    if other is None or other.dial is None or third is None or not call.parted:
        return Step.failed(command, "the consultation has no party that talks")
    channel = third[1]
    made = [
        actions.forget_peer(other.channel),
        actions.set_call(channel, call.mark),
        actions.set_role(channel, Role.CALLED if other.dial.talker is None else Role.AGENT),
        actions.stop_recording(channel),
        actions.set_peer(call.channel, channel),
        actions.redirect_to_talk(call.channel),
    ]
    if command.recording is not None:
        recorded = actions.record(channel, spool, command.recording)
        record_later(registry, other, tagged(call.id, Purpose.COMPLETE_CONSULT, recorded))
    former, call.dial = call.dial, other.dial
    call.dial.goes_to(call.id)
    if former is not None:
        former.finish(caller_gone=False)
        call.freed += former.freed()
    call.freed += [other.phone] if other.phone else []
    registry.remove(other)
    call.parted = call.consulting = False
    return Step([], [tagged(call.id, Purpose.COMPLETE_CONSULT, action) for action in made])


def record_later(registry: Registry, other: NodeCall, action: Action) -> None:
    """Let a recording begin a moment after its channel has left who consulted, whose call is `other`."""
    registry.later[other.unique_id] = Later(replace(action, after=FORGETS))


def of(registry: Registry, held: NodeCall) -> NodeCall | None:
    """Return the consultation of the held call."""
    return next((it for it in registry.by_id.values() if it.of == held.id), None) if held.consulting else None


def held_is_gone(registry: Registry, held: NodeCall) -> Step:
    """The held side has hung up. The consultation is a call like any other from now on."""
    consulting = of(registry, held)
    if consulting is None:
        return Step()
    consulting.of = None
    return Step([], [tagged(consulting.id, Purpose.CONSULT, actions.forget_peer(consulting.channel))])
