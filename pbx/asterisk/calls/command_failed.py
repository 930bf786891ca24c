"""A command that can't be carried out, told to the core."""

from pbx.asterisk.calls.step import Step
from routing.commands import (
    AddToOffer,
    Command,
    DialOut,
    LaunchCallback,
    Listen,
    OfferCall,
    Play,
)
from routing.events import (
    CallbackFailed,
    CommandFailed,
    Event,
    LegFailure,
    NumberFailed,
    OfferFailed,
    PlaybackFinished,
    SpeechHeard,
)


def command_failed(command: Command, message: str) -> Step:
    """The events that end what the command should have begun."""
    call = getattr(command, "call", None)
    if call is None:
        raise TypeError(f"{type(command).__name__} is not a command for Asterisk")
    events: list[Event] = []
    match command:
        case OfferCall():
            events += [OfferFailed(call, agent, LegFailure.FAILED) for agent in command.agents]
        case AddToOffer():
            events.append(OfferFailed(call, command.agent, LegFailure.FAILED))
        case DialOut():
            events.append(NumberFailed(call, LegFailure.FAILED))
        case Play():
            events.append(PlaybackFinished(call, command.token, ok=False))
        case Listen():
            events.append(SpeechHeard(call, command.token))
        case LaunchCallback():
            events.append(CallbackFailed(call, LegFailure.FAILED))
    events.append(CommandFailed(call, type(command).__name__, message))
    return Step(events)
