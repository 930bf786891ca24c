"""Translates the core's commands into AMI actions on a call."""

import math
from collections.abc import Callable
from typing import Any, assert_never

from pbx.ami import Action, UnsafeValue
from pbx.asterisk.calls import consults, moves, threes
from pbx.asterisk.calls.node_call import NodeCall, Purpose, Registry, tagged
from pbx.asterisk.calls.offers import Offers, usable
from pbx.asterisk.calls.phones import Phones
from pbx.asterisk.calls.step import Step
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.agi_queue import AgiCommand, Verb
from pbx.ports import CallCommand
from routing.commands import (
    AddToOffer,
    Answer,
    AnswerKey,
    CompleteConsult,
    Consult,
    DialOut,
    HandOver,
    HangUp,
    HoldCall,
    JoinAgain,
    JoinConference,
    JoinConsult,
    LaunchCallback,
    LetGo,
    Listen,
    MuteParticipant,
    MuteParty,
    OfferCall,
    PauseRecording,
    PickUp,
    Play,
    RecordMessage,
    RecordRoom,
    RecordTalk,
    RingExtension,
    RingMember,
    SendDigits,
    StartMusic,
    StopPlay,
    Supervise,
    TakeBack,
    TellParticipant,
    TellRoom,
    WithdrawOffer,
)
from routing.events import PlaybackFinished

CONTROL_TIMEOUT = 60
"""Seconds that a channel waits for us in the dialplan; see `NodeCalls.renewals`."""


class Translator:
    """Translates for one node. Raises nothing for a command: what cannot be carried out becomes events."""

    def __init__(
        self, node: str, phones: Phones, registry: Registry, spool: str, trunks: tuple[str, ...]
    ) -> None:
        self.offers = Offers(node, phones, spool, trunks)
        self._node = node
        self._phones = phones
        self._registry = registry
        self._spool = spool
        self._trunks = trunks

    def translate(self, call: NodeCall, command: CallCommand) -> Step:
        """Return what to send for a command of a call that is there."""
        if call.rung is not None and not isinstance(command, HangUp):
            return Step.failed(command, "the customer has not answered")
        try:
            return self._translate(call, command)
        except UnsafeValue as error:
            return Step.failed(command, str(error))

    def _translate(self, call: NodeCall, command: CallCommand) -> Step:
        match command:
            case Answer():
                return self._answer(call)
            case Play():
                return self._play(call, command)
            case StopPlay():
                return self._stop_play(call)
            case StartMusic():
                return self._start_music(call, command)
            case OfferCall():
                return self.offers.offer(call, command)
            case AddToOffer():
                return self.offers.add(call, command)
            case WithdrawOffer():
                return self.offers.withdraw(call, command)
            case DialOut():
                return self.offers.dial_out(call, command)
            case RingExtension():
                return self.offers.ring_extension(call, command)
            case HoldCall():
                return moves.hold(call, command)
            case HandOver():
                return moves.hand_over(self._registry, call, command)
            case JoinAgain():
                return moves.join_again(call, command)
            case Consult():
                return consults.consult(self._registry, call, command)
            case CompleteConsult():
                return consults.complete(self._registry, call, command, self._spool)
            case JoinConsult():
                return threes.join(self._registry, call, command, self._spool)
            case LetGo():
                return threes.let_go(call, command)
            case Supervise():
                return moves.supervise(self._registry, call, command)
            case MuteParty():
                return moves.mute_party(call, command)
            case SendDigits():
                return moves.send_digits(call, command)
            case PauseRecording():
                return moves.pause_recording(call, command)
            case RecordTalk():
                return moves.record_talk(call, command, self._spool)
            case AnswerKey():
                return moves.answer_key(call, command)
            case PickUp():
                return moves.pick_up(self._registry, call, command)
            case TakeBack():
                return moves.take_back(call, command)
            case JoinConference():
                return self.offers.join(call, command)
            case MuteParticipant() | TellParticipant() | TellRoom() | RecordRoom():
                return self._in_room(call, command)
            case RecordMessage():
                return self._record(call, command)
            case Listen():
                return self._listen(call, command)
            case HangUp():
                return self._hang_up(call, command)
            case _:
                assert_never(command)

    def ways_out(self, command: LaunchCallback) -> tuple[Action, ...]:
        """Return the actions that ring the customer, one for each trunk, best first. Raises `UnsafeValue`, also if
        there is no trunk."""
        trunks = usable(command.trunks, self._trunks)
        if not trunks:
            raise UnsafeValue("trunk", "none in SWITCHROOM_TRUNKS has a host")
        c, seconds = command, math.ceil(command.timeout)
        made = (actions.originate(c.call, c.number, c.caller_id, trunk, seconds) for trunk in trunks)
        return tuple(tagged(c.call, Purpose.LAUNCH_CALLBACK, action) for action in made)

    def ring_member(self, command: RingMember) -> Action:
        """Return the action that rings the member who asked for a call. Raises `UnsafeValue`."""
        c = command
        homes = {c.phone: self._phones.places(c.phone)}
        seconds = math.ceil(c.timeout)
        used = None if c.near is None else self._registry.by_id.get(c.near)
        but = self._used(used, c.phone) if used is not None else ""
        action = actions.ring_member(
            c.call, c.phone, c.shown, homes, self._node, seconds, answers=c.answers, but=but
        )
        return tagged(c.call, Purpose.RING_MEMBER, action)

    def _used(self, call: NodeCall, phone: str) -> str:
        """Return the channel of the telephone of this account that is in the talk; empty: none is."""
        if call.phone == phone:
            return call.channel
        talker = call.dial.bridged if call.dial and call.dial.answered_phone == phone else None
        return talker or ""

    def _answer(self, call: NodeCall) -> Step:
        channel = call.channel
        return self._agi(call, AgiCommand(Verb.ANSWER, lambda i: actions.agi_answer(channel, i)))

    def _start_music(self, call: NodeCall, command: StartMusic) -> Step:
        channel, music = call.channel, actions.checked("music", command.music)
        return self._agi(call, AgiCommand(Verb.MUSIC, lambda i: actions.agi_music(channel, i, music)))

    def _play(self, call: NodeCall, command: Play) -> Step:
        channel = call.channel
        if not command.sounds:
            return Step([PlaybackFinished(call.id, command.token)])
        commands = []
        for number, name in enumerate(command.sounds, 1):
            actions.checked("sound", name)
            last = number == len(command.sounds)
            streamer = _streamer(channel, self._spool, name)
            commands.append(AgiCommand(Verb.PLAY, streamer, command.token, last))
        return self._agi(call, *commands)

    def _stop_play(self, call: NodeCall) -> Step:
        token = call.agi.play_token()
        if call.agi.stop_play():
            return Step([], [tagged(call.id, Purpose.STOP_PLAY, actions.stop_playback(call.channel))])
        return Step([PlaybackFinished(call.id, token)]) if token is not None else Step()

    def _in_room(
        self, call: NodeCall, command: MuteParticipant | TellParticipant | TellRoom | RecordRoom
    ) -> Step:
        if not call.conference:
            return Step.failed(command, "the call is in no room")
        match command:
            case MuteParticipant():
                purpose = Purpose.MUTE_PARTICIPANT
                change = actions.mute_in_room if command.muted else actions.unmute_in_room
                action = change(command.room, call.channel)
            case TellParticipant():
                purpose, action = Purpose.TELL_PARTICIPANT, actions.set_said(call.channel, command.sound)
            case TellRoom():
                purpose, action = Purpose.TELL_ROOM, actions.tell_room(command.room, command.sound)
            case RecordRoom() if command.file is not None:
                purpose = Purpose.RECORD_ROOM
                action = actions.record_room(command.room, self._spool, command.file)
            case RecordRoom():
                purpose, action = Purpose.RECORD_ROOM, actions.stop_recording_room(command.room)
        return Step([], [tagged(call.id, purpose, action)])

    def _record(self, call: NodeCall, command: RecordMessage) -> Step:
        channel, spool, c = call.channel, self._spool, command

        def build(command_id: str) -> Any:
            return actions.agi_record_file(channel, command_id, spool, c.file, c.max_seconds, c.silence)

        build("check")
        return self._agi(call, AgiCommand(Verb.RECORD, build, c.token, file=c.file))

    def _listen(self, call: NodeCall, command: Listen) -> Step:
        channel, spool, c = call.channel, self._spool, command
        file = f"speech/{call.id}-{actions.whole('token', c.token, 0, 2**53)}"

        def build(command_id: str) -> Any:
            return actions.agi_listen(channel, command_id, spool, file, c.max_seconds, c.silence)

        build("check")
        return self._agi(call, AgiCommand(Verb.LISTEN, build, c.token, file=file, phrases=c.phrases))

    def _agi(self, call: NodeCall, *commands: AgiCommand) -> Step:
        made = [*self._stay(call), *call.agi.push(*commands)]
        return Step([], [tagged(call.id, Purpose.AGI, action) for action in made])

    def _stay(self, call: NodeCall) -> list[Action]:
        """Return what lets a member's call stay with us: the dialplan gives it a moment only."""
        if not call.phone or call.stays:
            return []
        call.stays = True
        return [actions.set_stays(call.channel), actions.absolute_timeout(call.channel, CONTROL_TIMEOUT)]

    def _hang_up(self, call: NodeCall, command: HangUp) -> Step:
        if call.of in self._registry.by_id:
            return consults.end(self._registry, call)
        call.agi.drop_waiting()
        call.hanging_up = True
        if call.rung is not None:
            call.rung.cancelled = True
        if not call.channel:
            return Step()
        if command.sounds and call.phone and call.dial is None and not call.agi.away:
            return self.offers.refuse(call, command)
        return Step([], [tagged(call.id, Purpose.HANG_UP, actions.hang_up(call.channel, command.cause))])


def _streamer(channel: str, spool: str, sound: str) -> Callable[[str], Any]:
    return lambda command_id: actions.agi_stream_file(channel, command_id, spool, sound)
