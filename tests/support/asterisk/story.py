"""Calls as stories: one line for each event. They are recorded on a real Asterisk and played again without it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import routing.commands
from pbx.ami import Message
from pbx.asterisk import NodeCalls, Phones, Step, parse
from pbx.ports import AsteriskCommand
from routing.commands import OfferCall
from routing.events import (
    AgentAnswered,
    AgentLegEnded,
    CallbackFailed,
    CallEntered,
    CallerHangingUp,
    CallHungUp,
    CommandFailed,
    DigitPressed,
    Event,
    MessageRecorded,
    OfferFailed,
    ParticipantMuted,
    ParticipantTalked,
    PhoneRang,
    PhoneStateChanged,
    PhoneUsed,
    PlaybackFinished,
    RoomKeyPressed,
    SpeechHeard,
)
from routing.ids import AgentId

RECORDINGS = Path(__file__).parents[2] / "pbx/asterisk/recordings"
PHONES = ("e101t0123456789ab", "e102t0123456789ab")
AGENTS = (AgentId("ann"), AgentId("bob"))
SPOOL = "/mnt/spool"


def new_calls(
    spool: str = SPOOL,
    load: Callable[[int], float] = lambda calls: 0.0,
    *,
    trunks: tuple[str, ...] = ("provider",),
) -> NodeCalls:
    """Make a node whose phones are in Canada."""
    return NodeCalls(
        "a",
        Phones(),
        spool=spool,
        trunks=trunks,
        dids=lambda: ("+14165550100",),
        country=lambda phone: "CA",
        load=load,
    )


def line(event: Event) -> str:
    """Return the event without its call, for example `OfferFailed ann busy`."""
    name = type(event).__name__
    match event:
        case CallEntered():
            detail = f"{event.did} {event.caller} {event.caller_name}"
        case CallHungUp():
            detail = str(event.cause)
        case DigitPressed() | RoomKeyPressed():
            detail = event.digit
        case PlaybackFinished():
            detail = f"{event.token} {'ok' if event.ok else 'failed'}"
        case MessageRecorded():
            detail = f"{event.token} {event.file}"
        case OfferFailed():
            detail = f"{event.agent} {event.reason}"
        case PhoneRang() | AgentAnswered() | AgentLegEnded():
            detail = event.agent
        case CallbackFailed():
            detail = event.reason
        case ParticipantTalked():
            detail = f"{event.call} {event.talking}"
        case ParticipantMuted():
            detail = f"{event.call} {event.muted}"
        case SpeechHeard():
            detail = f"{event.token} {event.phrase}"
        case CommandFailed():
            detail = event.command
        case _:
            detail = ""
    return f"{name} {detail}".strip()


def lines(events: list[Event]) -> list[str]:
    """Return the call's story. States of phones are left out, and so is the caller's hang-up, because the call's end
    shows it."""
    return [
        line(event)
        for event in events
        if not isinstance(event, PhoneStateChanged | PhoneUsed | CallerHangingUp)
    ]


def in_stable_order(story: list[str]) -> list[str]:
    """Return the story in an order that does not depend on chance. Phones that ring or fail right after each other
    may do so in any order, so these lines are sorted. Asterisk may not tell that a phone rang before it
    refused or was cancelled, so these lines are left out."""
    answered = {entry.split()[1] for entry in story if entry.startswith("AgentAnswered")}
    kept = [e for e in story if not e.startswith("PhoneRang") or e.split()[1] in answered]
    runs = groupby(kept, key=lambda entry: entry.split()[0])
    return [entry for _, run in runs for entry in sorted(run)]


def offer(call: Any, *who: int, timeout: float = 10, **more: Any) -> OfferCall:
    agents, phones = tuple(AGENTS[i] for i in who), tuple(PHONES[i] for i in who)
    return OfferCall(call, agents, phones, timeout, "default", **more)


def save(name: str, entries: list[dict[str, Any]]) -> None:
    RECORDINGS.mkdir(exist_ok=True)
    text = ",\n".join(json.dumps(entry) for entry in entries)
    (RECORDINGS / f"{name}.json").write_text(f"[\n{text}\n]\n")


def dump_command(command: AsteriskCommand) -> dict[str, Any]:
    return {"command": type(command).__name__, "fields": asdict(command)}


def load_command(entry: dict[str, Any]) -> AsteriskCommand:
    fields = {key: tuple(v) if isinstance(v, list) else v for key, v in entry["fields"].items()}
    made: AsteriskCommand = getattr(routing.commands, entry["command"])(**fields)
    return made


def dump_message(message: Message) -> dict[str, Any]:
    drop = {"Env", "Privilege", "Language", "AccountCode", "SystemName", "Timestamp"}
    return {"message": {k: v for k, v in {**message, **message.repeated}.items() if k not in drop}}


def load_message(entry: dict[str, Any]) -> Message:
    message = Message()
    for key, value in entry["message"].items():
        if isinstance(value, list):
            message.repeated[key] = value
            message[key] = value[0]
        else:
            message[key] = value
    return message


def play_recording(name: str) -> Iterator[Step]:
    """Play a recording through a new `NodeCalls`, step by step."""
    calls = new_calls()
    serial = iter(range(1, 1000))
    calls.next_id = lambda: f"id-{next(serial)}"
    for entry in json.loads((RECORDINGS / f"{name}.json").read_text()):
        if "command" in entry:
            yield calls.translate(load_command(entry))
        elif (event := parse(load_message(entry))) is not None:
            yield calls.receive(event)
