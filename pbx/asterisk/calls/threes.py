"""Talks of three: who consulted is in one bridge with the held side and with the party of the consultation.

The held side takes the party out of the Dial of who consulted (`Bridge` in the context `talk`). So that Dial is over,
and the dialplan lets who consulted join the bridge (context `consult`, extension `joins`). None of it needs an engine.
"""

from pbx.asterisk.calls import consults
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.calls.node_call import NodeCall, Purpose, Registry, tagged
from pbx.asterisk.calls.step import Step
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.dialplan import Role
from routing.commands import JoinConsult, LetGo
from routing.events import ThirdLeft


def join(registry: Registry, call: NodeCall, command: JoinConsult, spool: str) -> Step:
    """Let the held side, who consulted and the party of the consultation talk together. Raises `UnsafeValue`."""
    other = registry.by_id.get(command.other)
    third = other.dial.bridged_leg if other is not None and other.dial else None
    if other is None or other.dial is None or third is None or call.dial is None or not call.parted:
        return Step.failed(command, "the consultation has no party that talks")
    channel = third[1]
    made = [
        *actions.set_joins(other.channel, channel),
        actions.set_call(channel, call.mark),
        actions.set_role(channel, Role.CALLED if other.dial.talker is None else Role.AGENT),
        actions.stop_recording(channel),
        actions.set_peer(call.channel, channel),
        actions.redirect_to_talk(call.channel),
    ]
    if command.recording is not None:
        recorded = actions.record(channel, spool, command.recording)
        consults.record_later(registry, other, tagged(call.id, Purpose.JOIN_CONSULT, recorded))
    call.third = other.dial
    call.third.goes_to(call.id)
    call.freed += [other.phone] if other.phone else []
    registry.remove(other)
    call.parted = call.consulting = False
    return Step([], [tagged(call.id, Purpose.JOIN_CONSULT, action) for action in made])


def let_go(call: NodeCall, command: LetGo) -> Step:
    """Hang up one of the two to whom the caller talks. Raises `UnsafeValue`."""
    channel = None if call.third is None else call.talker(third=command.third)
    if channel is None:
        return Step.failed(command, "no three talk")
    return Step([], [tagged(call.id, Purpose.LET_GO, actions.hang_up(channel))])


def hung_up(call: NodeCall, first: Dial, third: Dial, unique_id: str, cause: int) -> Step:
    """A channel of the talk is gone, not the caller's: the caller talks on with the other one."""
    if unique_id in third.legs:
        third.hung_up(unique_id, cause)
        call.freed += third.freed()
        call.third = None
        return Step([ThirdLeft(call.id, cause or 16)])
    events = first.hung_up(unique_id, cause)
    call.freed += first.freed()
    if not first.talking:
        call.dial, call.third = third, None
    return Step(events)


def over(call: NodeCall) -> Step:
    """The caller is gone, or under our control: who was joined is no part of the call any more."""
    third, call.third = call.third, None
    if third is None:
        return Step()
    third.finish(caller_gone=False)
    call.freed += third.freed()
    return Step([ThirdLeft(call.id)])


def end_others(call: NodeCall) -> Step:
    """Hang up the two others: the caller, whose call it is, is gone."""
    channels = [] if call.third is None else [dial.bridged for dial in (call.dial, call.third) if dial]
    hang_ups = [actions.hang_up(channel) for channel in channels if channel is not None]
    return Step([], [tagged(call.id, Purpose.END_LOST_LEG, action) for action in hang_ups])
