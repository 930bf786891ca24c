"""The core's commands as AMI actions on a call."""

import logging
import math
from collections.abc import Callable
from typing import Any

from pbx.ami import UnsafeValue
from pbx.asterisk import actions
from pbx.asterisk.agi import AgiCommand, Verb
from pbx.asterisk.call import Call, tagged
from pbx.asterisk.dial import LINE, Dial
from pbx.asterisk.phones import Phones
from pbx.asterisk.step import Step
from routing.commands import (
    Answer,
    Command,
    DialOut,
    HangUp,
    OfferCall,
    Play,
    RecordMessage,
    StartMusic,
    StopPlay,
    WithdrawOffer,
)
from routing.events import (
    CallReturned,
    CommandFailed,
    Event,
    LegFailure,
    NumberFailed,
    OfferFailed,
    PlaybackFinished,
)
from routing.ids import AgentId

log = logging.getLogger(__name__)


class Executor:
    """Carries commands out for one node. Raises nothing for a command: what can't be done becomes events."""

    def __init__(self, node: str, phones: Phones, spool: str, trunk: str) -> None:
        self._node = node
        self._phones = phones
        self._spool = spool
        self._trunk = trunk
        self._carriers: dict[type, Callable[[Call, Any], Step]] = {
            Answer: self._answer,
            Play: self._play,
            StopPlay: self._stop_play,
            StartMusic: self._start_music,
            OfferCall: self._offer,
            WithdrawOffer: self._withdraw,
            DialOut: self._dial_out,
            RecordMessage: self._record,
            HangUp: self._hang_up,
        }

    def execute(self, call: Call, command: Command) -> Step:
        """What to send; a command that is none of Asterisk's is refused with a TypeError."""
        carrier = self._carriers.get(type(command))
        if carrier is None:
            raise TypeError(f"{type(command).__name__} is not a command for Asterisk")
        try:
            return carrier(call, command)
        except UnsafeValue as error:
            return command_failed(command, str(error))

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
            sound = actions.checked("sound", name)
            last = number == len(command.sounds)
            commands.append(AgiCommand(Verb.PLAY, _streamer(channel, sound), command.token, last))
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

    def _agi(self, call: Call, *commands: AgiCommand) -> Step:
        made = call.agi.push(*commands)
        return Step([], [tagged(call, commands[0].verb, action) for action in made])

    def _offer(self, call: Call, command: OfferCall) -> Step:
        if call.dial is not None:
            return command_failed(command, "the call is being dialled already")
        homes = {phone: self._phones.homes(phone) for phone in command.phones}
        channel = call.channel
        made = [
            actions.set_dial(channel, command.phones, homes, self._node),
            actions.set_timeout(channel, math.ceil(command.timeout)),
            actions.set_music(channel, command.music),
            actions.set_recording(channel, command.recording),
            actions.redirect_to_offer(channel),
        ]
        parties: dict[str, AgentId | None] = dict(zip(command.phones, command.agents, strict=True))
        for phone in parties:
            self._phones.take(phone)
        return self._leave(call, Dial(call.id, parties), "OfferCall", made)

    def _dial_out(self, call: Call, command: DialOut) -> Step:
        if call.dial is not None:
            return command_failed(command, "the call is being dialled already")
        if not self._trunk:
            log.error("outside call refused: no trunk in SWITCHROOM_TRUNKS has a host")
            return command_failed(command, "there is no outbound trunk")
        channel = call.channel
        made = [
            actions.set_trunk(channel, self._trunk),
            actions.set_caller_id(channel, command.caller_id),
            actions.set_timeout(channel, math.ceil(command.timeout)),
            actions.set_music(channel, "default"),
            actions.set_recording(channel, command.recording),
            actions.redirect_to_number(channel, command.number),
        ]
        return self._leave(call, Dial(call.id, {LINE: None}), "DialOut", made)

    def _leave(self, call: Call, dial: Dial, what: str, made: list[Any]) -> Step:
        call.dial = dial
        actions_now, cut = call.agi.leave(*(tagged(call, what, action) for action in made))
        events: list[Event] = [] if cut is None else [PlaybackFinished(call.id, cut)]
        return Step(events, actions_now)

    def _withdraw(self, call: Call, command: WithdrawOffer) -> Step:
        dial = call.dial
        if dial is None:
            return Step()
        channels = dial.withdraw(command.agents)
        if call.agi.jump and dial.all_withdrawn:
            call.agi.cancel_jump()
            return Step([*dial.refuse(LegFailure.WITHDRAWN), CallReturned(call.id)])
        return Step([], [tagged(call, "WithdrawOffer", actions.hang_up(name)) for name in channels])

    def _hang_up(self, call: Call, command: HangUp) -> Step:
        call.agi.drop_waiting()
        return Step([], [tagged(call, "HangUp", actions.hang_up(call.channel, command.cause))])


def _streamer(channel: str, sound: str) -> Callable[[str], Any]:
    return lambda command_id: actions.agi_stream_file(channel, command_id, sound)


def command_failed(command: Command, message: str) -> Step:
    """The events that end what the command should have begun."""
    call = getattr(command, "call", None)
    if call is None:
        raise TypeError(f"{type(command).__name__} is not a command for Asterisk")
    events: list[Event] = []
    match command:
        case OfferCall():
            events += [OfferFailed(call, agent, LegFailure.FAILED) for agent in command.agents]
        case DialOut():
            events.append(NumberFailed(call, LegFailure.FAILED))
        case Play():
            events.append(PlaybackFinished(call, command.token, ok=False))
    events.append(CommandFailed(call, type(command).__name__, message))
    return Step(events)
