"""Translates the core's commands into AMI actions on a call."""

import math
from collections.abc import Callable
from typing import Any, assert_never

from pbx.ami import Action, UnsafeValue
from pbx.asterisk.calls.node_call import NodeCall, Purpose, tagged
from pbx.asterisk.calls.offers import Offers
from pbx.asterisk.calls.phones import Phones
from pbx.asterisk.calls.step import Step
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.agi_queue import AgiCommand, Verb
from pbx.ports import CallCommand
from routing.commands import (
    AddToOffer,
    Answer,
    DialOut,
    HangUp,
    JoinConference,
    LaunchCallback,
    Listen,
    OfferCall,
    Play,
    RecordMessage,
    RingExtension,
    StartMusic,
    StopPlay,
    WithdrawOffer,
)
from routing.events import PlaybackFinished


class Translator:
    """Translates for one node. Raises nothing for a command: what cannot be carried out becomes events."""

    def __init__(self, node: str, phones: Phones, spool: str, trunk: str) -> None:
        self.offers = Offers(node, phones, spool, trunk)
        self._spool = spool
        self._trunk = trunk

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
            case JoinConference():
                return self.offers.join(call, command)
            case RecordMessage():
                return self._record(call, command)
            case Listen():
                return self._listen(call, command)
            case HangUp():
                return self._hang_up(call, command)
            case _:
                assert_never(command)

    def originate(self, command: LaunchCallback) -> Action:
        """Return the action that rings the customer. Raises `UnsafeValue`, also if there is no trunk."""
        if not self._trunk:
            raise UnsafeValue("trunk", "none in SWITCHROOM_TRUNKS has a host")
        c, seconds = command, math.ceil(command.timeout)
        action = actions.originate(c.call, c.number, c.caller_id, self._trunk, seconds)
        return tagged(c.call, Purpose.LAUNCH_CALLBACK, action)

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
        made = call.agi.push(*commands)
        return Step([], [tagged(call.id, Purpose.AGI, action) for action in made])

    def _hang_up(self, call: NodeCall, command: HangUp) -> Step:
        call.agi.drop_waiting()
        call.hanging_up = True
        if call.rung is not None:
            call.rung.cancelled = True
        if not call.channel:
            return Step()
        return Step([], [tagged(call.id, Purpose.HANG_UP, actions.hang_up(call.channel, command.cause))])


def _streamer(channel: str, spool: str, sound: str) -> Callable[[str], Any]:
    return lambda command_id: actions.agi_stream_file(channel, command_id, spool, sound)
