"""Commands that take channels out of a talk. Each is one redirect, of one channel or of both, to where the dialplan
knows the next step."""

import math
from dataclasses import replace

from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.calls.node_call import FORGETS, NodeCall, Purpose, Registry, tagged
from pbx.asterisk.calls.step import Step
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.dialplan import Role
from routing.commands import (
    AnswerKey,
    HandOver,
    HoldCall,
    JoinAgain,
    MuteParty,
    PauseRecording,
    PickUp,
    RecordTalk,
    SendDigits,
    Supervise,
    TakeBack,
)


def hold(call: NodeCall, command: HoldCall) -> Step:
    """Redirect both channels of the talk. Asterisk moves both or none. Raises `UnsafeValue`."""
    talker = call.talker()
    if talker is None or call.dial is None or call.parted:
        return Step.failed(command, "no one talks")
    own, seconds = call.channel, math.ceil(command.seconds)
    role = Role.CALLED if call.dial.talker is None else Role.AGENT
    made = [
        actions.set_role(talker, role),
        *(action for one, other in ((own, talker), (talker, own)) for action in (
            actions.set_peer(one, other),
            actions.set_music(one, command.music),
            # The other side waits a little longer, so that only one of them acts.
            actions.set_hold(one, seconds + (0 if one is own else 5)),
        )),
        actions.redirect_to_hold(own, talker),
    ]  # fmt: skip
    call.parted = True
    return Step([], [tagged(call.id, Purpose.HOLD_CALL, action) for action in made])


def join_again(call: NodeCall, command: JoinAgain) -> Step:
    """Let the caller's channel take the other one back. Raises `UnsafeValue`."""
    if not call.parted:
        return Step.failed(command, "the call is not held")
    call.parted = False
    return Step([], [tagged(call.id, Purpose.JOIN_AGAIN, actions.redirect_to_talk(call.channel))])


def end_other_side(call: NodeCall) -> Step:
    """Hang up the other side of a held call, whose own channel is gone."""
    talker = call.talker() if call.parted else None
    if talker is None:
        return Step()
    return Step([], [tagged(call.id, Purpose.END_LOST_LEG, actions.hang_up(talker))])


def take_back(call: NodeCall, command: TakeBack) -> Step:
    """Take the caller's channel out of the talk, or of its music, which lets the other one go. Raises `UnsafeValue`."""
    if call.dial is None or not (call.dial.talking or call.parted):
        return Step.failed(command, "no one talks")
    made = [actions.set_music(call.channel, command.music), actions.redirect_to_music(call.channel)]
    call.taken = True
    step = Step([], [tagged(call.id, Purpose.TAKE_BACK, action) for action in made])
    step.add(end_other_side(call))
    return step


def hand_over(registry: Registry, call: NodeCall, command: HandOver) -> Step:
    """Make the other channel of the talk the call's own, and let go the one that was. Raises `UnsafeValue`."""
    talker = call.dial.bridged_leg if call.dial else None
    if talker is None:
        return Step.failed(command, "no one talks")
    former = call.channel
    unique_id, channel = talker
    made = [
        actions.set_role(former, Role.NONE),
        actions.set_role(channel, Role.CALLER),
        actions.set_music(channel, command.music),
        actions.redirect_to_music(channel),
    ]
    step = Step([], [tagged(call.id, Purpose.HAND_OVER, action) for action in made])
    if call.parted:
        step.actions.append(tagged(call.id, Purpose.END_LOST_LEG, actions.hang_up(former)))
    registry.hand_over(call, unique_id, channel)
    return step


def pick_up(registry: Registry, call: NodeCall, command: PickUp) -> Step:
    """Connect the caller with the phone of another call, whose channel becomes a leg of this one. If the caller talks,
    or rings someone, that ends by itself. Raises `UnsafeValue`."""
    visitor = registry.by_id.get(command.by)
    if visitor is None or not visitor.channel:
        return Step.failed(command, "the phone is gone")
    if command.own:
        return _take_own_place(registry, call, visitor, command)
    channel, agent, former = visitor.channel, command.agent, call.dial
    made = [
        actions.set_call(channel, call.mark),
        actions.set_role(channel, Role.AGENT if agent else Role.CALLED),
        actions.set_peer(channel, call.channel),
        actions.set_recording(channel, command.recording),
        actions.redirect_to_pickup(channel),
    ]
    sent = [tagged(call.id, Purpose.PICK_UP, action) for action in made]
    sent += end_other_side(call).actions
    registry.remove(visitor)
    call.dial = Dial(call.id, {}, called=() if agent else (visitor.phone,))
    call.dial.joined(visitor.unique_id, channel, visitor.phone, agent)
    if former is None:
        sent, _ = call.agi.leave(*sent)
    else:
        former.finish(caller_gone=False)
        call.freed += former.freed()
    call.parted = call.returning = False
    return Step([], sent)


def _take_own_place(registry: Registry, call: NodeCall, visitor: NodeCall, command: PickUp) -> Step:
    """Let the other phone take the place of the call's own channel, which is let go."""
    talker = call.talker()
    if talker is None:
        return Step.failed(command, "no one talks")
    channel, former = visitor.channel, call.channel
    made = [
        actions.set_role(former, Role.NONE),
        actions.set_comes_back(former, False),
        actions.set_call(channel, call.mark),
        actions.set_role(channel, Role.PHONE),
        actions.set_role(talker, Role.CALLED),
        actions.set_peer(channel, talker),
        actions.redirect_to_pickup(channel, own=True),
    ]
    sent = [tagged(call.id, Purpose.PICK_UP, action) for action in made]
    if call.parted:
        sent.append(tagged(call.id, Purpose.END_LOST_LEG, actions.hang_up(former)))
    registry.remove(visitor)
    registry.change_own(call, visitor.unique_id, channel)
    call.freed += [call.phone] if call.phone else []
    call.phone, call.parted, call.stays = visitor.phone, False, False
    return Step([], sent)


def supervise(registry: Registry, call: NodeCall, command: Supervise) -> Step:
    """Let the supervisor's phone hear the talk of another call, in another way if it does so already. Raises
    `UnsafeValue`."""
    other = registry.by_id.get(command.of)
    heard = None if other is None else other.talker()
    if heard is None or call.dial is not None:
        return Step.failed(command, "no one talks")
    made = [
        actions.set_peer(call.channel, heard),
        actions.redirect_to_supervise(call.channel, command.mode),
    ]
    sent = [tagged(call.id, Purpose.SUPERVISE, action) for action in made]
    if not call.spies:
        sent, _ = call.agi.leave(*sent)
    call.spies = True
    return Step([], sent)


def _side(call: NodeCall, *, caller: bool) -> str | None:
    """Return the channel of that side of the talk; None: there is no talk."""
    talker = call.talker()
    return call.channel if caller and talker else talker


def mute_party(call: NodeCall, command: MuteParty) -> Step:
    """Let one side of the talk not be heard, or be heard again. Raises `UnsafeValue`."""
    channel = _side(call, caller=command.caller)
    if command.third:
        channel = call.third.bridged if call.third else None
    if channel is None:
        return Step.failed(command, "no one talks")
    action = actions.mute(channel, muted=command.muted)
    return Step([], [tagged(call.id, Purpose.MUTE_PARTY, action)])


def send_digits(call: NodeCall, command: SendDigits) -> Step:
    """Let the other side of the talk hear the digits, one after the other. Raises `UnsafeValue`."""
    channel = _side(call, caller=not command.caller)
    if channel is None:
        return Step.failed(command, "no one talks")
    call.digits = command.digits
    return next_digit(call, channel)


def next_digit(call: NodeCall, channel: str) -> Step:
    """Send the next one, if there is one and the two still talk. Other calls' actions go in between."""
    if not call.digits or channel not in (_side(call, caller=True), _side(call, caller=False)):
        call.digits = ""
        return Step()
    digit, call.digits = call.digits[0], call.digits[1:]
    return Step([], [tagged(call.id, Purpose.SEND_DIGITS, actions.send_digit(channel, digit))])


def pause_recording(call: NodeCall, command: PauseRecording) -> Step:
    """Let the recording of the talk be silent, or go on. It runs on the other side's channel. Raises `UnsafeValue`."""
    talker = call.talker(third=command.third)
    if talker is None:
        return Step.failed(command, "no one talks")
    action = actions.pause_recording(talker, paused=command.paused)
    return Step([], [tagged(call.id, Purpose.PAUSE_RECORDING, action)])


def record_talk(call: NodeCall, command: RecordTalk, spool: str) -> Step:
    """End what records the talk, and record it to another file. Raises `UnsafeValue`."""
    talker = call.talker(third=command.third)
    if talker is None:
        return Step()
    made = [actions.stop_recording(talker)]
    if command.recording is not None:
        made.append(replace(actions.record(talker, spool, command.recording), after=FORGETS))
    return Step([], [tagged(call.id, Purpose.RECORD_TALK, action) for action in made])


def answer_key(call: NodeCall, command: AnswerKey) -> Step:
    """Tell who pressed a key in the talk what became of it. Raises `UnsafeValue`."""
    if not call.pressed_by:
        return Step()
    action = actions.set_key_answer(call.pressed_by, command.answer)
    return Step([], [tagged(call.id, Purpose.ANSWER_KEY, action)])
