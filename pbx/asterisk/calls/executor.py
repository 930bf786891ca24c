"""The core's commands as AMI actions on a call."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pbx.ami import Action, UnsafeValue
from pbx.asterisk.calls.call import Call, tagged
from pbx.asterisk.calls.command_failed import command_failed
from pbx.asterisk.calls.offers import Offers
from pbx.asterisk.calls.phones import Phones
from pbx.asterisk.calls.step import Step
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.agi_queue import AgiCommand, Verb
from routing.commands import (
    AddToOffer,
    Answer,
    Command,
    DialOut,
    HangUp,
    JoinConference,
    LaunchCallback,
    Listen,
    OfferCall,
    Play,
    RecordMessage,
    StartMusic,
    StopPlay,
    WithdrawOffer,
)
from routing.events import PlaybackFinished


class Executor:
    """Carries commands out for one node. Raises nothing for a command: what can't be done becomes events."""

    def __init__(self, node: str, phones: Phones, spool: str, trunk: str) -> None:
        self.offers = Offers(node, phones, spool, trunk)
        self._spool = spool
        self._trunk = trunk
        self._carriers: dict[type, Callable[[Call, Any], Step]] = {
            Answer: self._answer,
            Play: self._play,
            StopPlay: self._stop_play,
            StartMusic: self._start_music,
            OfferCall: self.offers.offer,
            AddToOffer: self.offers.add,
            WithdrawOffer: self.offers.withdraw,
            DialOut: self.offers.dial_out,
            JoinConference: self.offers.join,
            RecordMessage: self._record,
            Listen: self._listen,
            HangUp: self._hang_up,
        }

    def execute(self, call: Call, command: Command) -> Step:
        """What to send; a command that is none of Asterisk's is refused with a TypeError."""
        carrier = self._carriers.get(type(command))
        if carrier is None:
            raise TypeError(f"{type(command).__name__} is not a command for Asterisk")
        if call.rung is not None and not isinstance(command, HangUp):
            return command_failed(command, "the customer has not answered")
        try:
            return carrier(call, command)
        except UnsafeValue as error:
            return command_failed(command, str(error))

    def originate(self, command: LaunchCallback) -> Action:
        """Raises `UnsafeValue`, also if there is no trunk."""
        if not self._trunk:
            raise UnsafeValue("trunk", "none in SWITCHROOM_TRUNKS has a host")
        c, seconds = command, math.ceil(command.timeout)
        action = actions.originate(c.call, c.number, c.caller_id, self._trunk, seconds)
        return replace(action, tag=f"{c.call} LaunchCallback")

    def _answer(self, call: Call, command: Answer) -> Step:
        channel = call.channel
        return self._agi(call, AgiCommand(Verb.ANSWER, lambda i: actions.agi_answer(channel, i)))

    def _start_music(self, call: Call, command: StartMusic) -> Step:
        channel, music = call.channel, actions.checked("music", command.music)
        return self._agi(call, AgiCommand(Verb.MUSIC, lambda i: actions.agi_music(channel, i, music)))

    def _play(self, call: Call, command: Play) -> Step:
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

    def _stop_play(self, call: Call, command: StopPlay) -> Step:
        token = call.agi.play_token()
        if call.agi.stop_play():
            return Step([], [tagged(call, "StopPlay", actions.stop_playback(call.channel))])
        return Step([PlaybackFinished(call.id, token)]) if token is not None else Step()

    def _record(self, call: Call, command: RecordMessage) -> Step:
        channel, spool, c = call.channel, self._spool, command

        def build(command_id: str) -> Any:
            return actions.agi_record_file(channel, command_id, spool, c.file, c.max_seconds, c.silence)

        build("check")
        return self._agi(call, AgiCommand(Verb.RECORD, build, c.token, file=c.file))

    def _listen(self, call: Call, command: Listen) -> Step:
        channel, spool, c = call.channel, self._spool, command
        file = f"speech/{call.id}-{actions.whole('token', c.token, 0, 2**53)}"

        def build(command_id: str) -> Any:
            return actions.agi_listen(channel, command_id, spool, file, c.max_seconds, c.silence)

        build("check")
        return self._agi(call, AgiCommand(Verb.LISTEN, build, c.token, file=file, phrases=c.phrases))

    def _agi(self, call: Call, *commands: AgiCommand) -> Step:
        made = call.agi.push(*commands)
        return Step([], [tagged(call, commands[0].verb, action) for action in made])

    def _hang_up(self, call: Call, command: HangUp) -> Step:
        call.agi.drop_waiting()
        if call.rung is not None:
            call.rung.cancelled = True
        if not call.channel:
            return Step()
        return Step([], [tagged(call, "HangUp", actions.hang_up(call.channel, command.cause))])


def _streamer(channel: str, spool: str, sound: str) -> Callable[[str], Any]:
    return lambda command_id: actions.agi_stream_file(channel, command_id, spool, sound)
