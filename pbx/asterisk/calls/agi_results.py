"""What the end of an AGI command means for the core."""

from pbx.asterisk.calls.node_call import NodeCall
from pbx.asterisk.calls.step import Step, Utterance
from pbx.asterisk.protocol.agi_queue import AgiCommand, Verb
from pbx.asterisk.protocol.messages import AgiResult
from routing.events import CommandFailed, Event, MessageRecorded, PlaybackFinished, SpeechHeard

DEAD_CHANNEL = 511
"""AGI's code for a command that came after the hang-up. A `Hangup` event follows."""


def executed(call: NodeCall, command: AgiCommand, result: AgiResult, text: str) -> Step:
    """Tell what a command that ran means. `text`: Asterisk's own words."""
    if command.verb is Verb.LISTEN:
        return _listened(call, command, result)
    events: list[Event] = []
    if command.verb is Verb.PLAY and (command.last or not result.ok):
        call.agi.drop_sounds(command.token)
        events.append(PlaybackFinished(call.id, command.token, result.ok))
    elif command.verb is Verb.RECORD:
        events.append(MessageRecorded(call.id, command.token, command.file, result.seconds))
    if result.code not in (200, DEAD_CHANNEL) or (command.verb is Verb.RECORD and not result.kept):
        events.insert(0, CommandFailed(call.id, command.verb.value, text))
    return Step(events)


def refused(call: NodeCall, command: AgiCommand, text: str) -> list[Event]:
    """Tell what it means that Asterisk did not take the command."""
    events: list[Event] = [CommandFailed(call.id, command.verb.value, text)]
    if command.verb is Verb.PLAY:
        call.agi.drop_sounds(command.token)
        events.append(PlaybackFinished(call.id, command.token, ok=False))
    elif command.verb is Verb.RECORD:
        events.append(MessageRecorded(call.id, command.token, command.file, 0.0))
    elif command.verb is Verb.LISTEN:
        events.append(SpeechHeard(call.id, command.token))
    return events


def _listened(call: NodeCall, command: AgiCommand, result: AgiResult) -> Step:
    """Tell what a recording for `Listen` means. If a digit ended it, what was said before is not recognized."""
    if result.ok and result.kept and not result.digit:
        said = Utterance(call.id, command.token, command.phrases, command.file)
        return Step(utterances=[said])
    return Step([SpeechHeard(call.id, command.token)])
