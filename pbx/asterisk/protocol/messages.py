"""Parses the AMI events that the engine reads."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from pbx.ami import Message
from pbx.asterisk.protocol.dialplan import Context, Role, role
from switchroom.texts import clean


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel in an event. `call` is `SR_CALL` (the caller's Uniqueid), empty outside our calls."""

    name: str
    unique_id: str
    linked_id: str
    call: str = ""
    did: str = ""
    role: Role = Role.NONE


@dataclass(frozen=True, slots=True)
class AgiStarted:
    channel: Channel
    caller: str
    caller_name: str
    exten: str


@dataclass(frozen=True, slots=True)
class AgiExecuted:
    """`result` is AGI's answer, decoded: `200 result=0`."""

    channel: Channel
    command_id: str
    result: str


@dataclass(frozen=True, slots=True)
class DialBegan:
    """`dialled`: what Dial was given, without the technology: `phone/sip:...` or `phone@node-b`.

    `caller` is None, here and below, for an Originate.
    """

    caller: Channel | None
    leg: Channel
    dialled: str
    caller_name: str = ""


@dataclass(frozen=True, slots=True)
class DialProgressed:
    caller: Channel | None
    leg: Channel
    status: str


@dataclass(frozen=True, slots=True)
class DialEnded:
    caller: Channel | None
    leg: Channel
    status: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """`state`: `Down`, `Ring`, `Ringing`, `Up`, ..."""

    channel: Channel
    state: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """`cause` is Q.850; 0 if nothing was said."""

    channel: Channel
    cause: int


@dataclass(frozen=True, slots=True)
class HangUpBegan:
    """The far end of this channel has hung up; the channel is not gone yet."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class DigitReceived:
    channel: Channel
    digit: str


@dataclass(frozen=True, slots=True)
class RoomJoined:
    channel: Channel


@dataclass(frozen=True, slots=True)
class OriginateFailed:
    """No channel was made, or it was not answered. `call`: the extension that it was to enter."""

    call: str


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """One of a phone's contacts became usable, or is no longer."""

    phone: str
    uri: str
    usable: bool


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    phone: str
    in_use: bool


@dataclass(frozen=True, slots=True)
class Booted:
    """Asterisk is ready, so we can resync. Comes after every login."""


AmiEvent = (
    AgiStarted
    | AgiExecuted
    | DialBegan
    | DialProgressed
    | DialEnded
    | StateChanged
    | HangUpBegan
    | HungUp
    | DigitReceived
    | RoomJoined
    | OriginateFailed
    | ContactChanged
    | DeviceChanged
    | Booted
)

_ANONYMOUS = frozenset({"<unknown>", "anonymous", "restricted", "unavailable", "unknown", "withheld"})
_UNUSABLE = frozenset({"Unreachable", "Removed"})
_IN_USE = frozenset({"INUSE", "BUSY", "ONHOLD", "RINGINUSE"})
_ESCAPED = re.compile(r"\\([abfnrtv\\'\"?])")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_RESULT = re.compile(r"(?P<code>\d{3})[ -](?:result=(?P<result>-?\d+))?(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AgiResult:
    """`code` 200 means that the command ran; `result` -1 that it failed or the caller hung up."""

    code: int
    result: int | None
    seconds: float
    """From `endpos`, at 8000 samples a second; 0 if there is none."""

    kept: bool = False
    """Whether it has an `endpos`: something was played or recorded."""

    digit: bool = False
    """Whether a digit ended a recording. `result` does not tell: after a time-out it may be anything."""

    @property
    def ok(self) -> bool:
        """Return whether the command ran to its end and the caller was still there."""
        return self.code == 200 and self.result is not None and self.result >= 0

    @property
    def failed(self) -> bool:
        """Return whether it ended AsyncAGI: for a moment, or for ever if the caller hung up."""
        return self.code == 200 and self.result is not None and self.result < 0


def parse_result(text: str) -> AgiResult:
    """Parse AGI's answer to a command. One that cannot be read has code 0."""
    match = _RESULT.match(text)
    if match is None:
        return AgiResult(0, None, 0.0)
    end = re.search(r"endpos=(\d+)", match["rest"])
    result = int(match["result"]) if match["result"] else None
    seconds = int(end[1]) / 8000 if end else 0.0
    return AgiResult(int(match["code"]), result, seconds, end is not None, "(dtmf)" in match["rest"])


def known(text: str | None) -> str:
    """Return a caller's number; empty for what Asterisk writes if there is none."""
    return "" if text is None or text.strip().lower() in _ANONYMOUS else text.strip()


def known_name(text: str | None) -> str:
    """Return a caller's name as they wrote it, cleaned; empty if there is none.

    Asterisk escapes names in events as in C: `O\\'Brien` (`ast_escape_c` in `main/utils.c`).
    """
    return known(clean(_ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), text or "")))


def channel_of(message: Message, prefix: str = "") -> Channel:
    """Return the channel of an event. Raises KeyError if the event has none."""
    variables = message.variables(f"{prefix}ChanVariable")
    return Channel(
        message[f"{prefix}Channel"],
        message[f"{prefix}Uniqueid"],
        message.get(f"{prefix}Linkedid", ""),
        variables.get("SR_CALL", ""),
        variables.get("SR_DID", ""),
        role(variables.get("SR_ROLE", "")),
    )


def _agi_started(m: Message) -> AmiEvent:
    number, name = known(m.get("CallerIDNum")), known_name(m.get("CallerIDName"))
    return AgiStarted(channel_of(m), number, name, m.get("Exten", ""))


def _agi_executed(m: Message) -> AmiEvent | None:
    command_id = m.get("CommandId") or m.get("CommandID")
    return (
        AgiExecuted(channel_of(m), command_id, unquote(m.get("Result", "")).strip()) if command_id else None
    )


def _caller(m: Message) -> Channel | None:
    return channel_of(m) if "Channel" in m else None


def _dial_begin(m: Message) -> AmiEvent:
    name = known_name(m.get("CallerIDName"))
    return DialBegan(_caller(m), channel_of(m, "Dest"), m.get("DialString", ""), name)


def _dial_state(m: Message) -> AmiEvent:
    return DialProgressed(_caller(m), channel_of(m, "Dest"), m.get("DialStatus", ""))


def _dial_end(m: Message) -> AmiEvent:
    return DialEnded(_caller(m), channel_of(m, "Dest"), m.get("DialStatus", ""))


def _originated(m: Message) -> AmiEvent | None:
    failed = m.get("Response") == "Failure" and m.get("Context") == Context.CALLBACK
    return OriginateFailed(m.get("Exten", "")) if failed else None


def _hangup(m: Message) -> AmiEvent:
    cause = m.get("Cause", "0")
    return HungUp(channel_of(m), int(cause) if cause.isdigit() else 0)


def _digit(m: Message) -> AmiEvent | None:
    return DigitReceived(channel_of(m), m["Digit"]) if m.get("Direction") == "Received" else None


def contact(m: Message) -> ContactChanged:
    """Parse both spellings: `ContactStatus` says AOR and URI, `ContactList` says Endpoint and Uri."""
    phone = m.get("AOR") or m.get("Endpoint") or m.get("ObjectName", "").partition(";")[0]
    status = m.get("ContactStatus") or m.get("Status", "")
    return ContactChanged(phone, m.get("URI") or m.get("Uri", ""), status not in _UNUSABLE)


def device(m: Message) -> DeviceChanged | None:
    """Parse the state of a device; None if it is no phone. Only PJSIP's devices are phones."""
    technology, _, name = m.get("Device", "").partition("/")
    return DeviceChanged(name, m.get("State") in _IN_USE) if technology == "PJSIP" and name else None


_PARSERS: dict[str, Callable[[Message], AmiEvent | None]] = {
    "AsyncAGIStart": _agi_started,
    "AsyncAGIExec": _agi_executed,
    "DialBegin": _dial_begin,
    "DialState": _dial_state,
    "DialEnd": _dial_end,
    "Newstate": lambda m: StateChanged(channel_of(m), m.get("ChannelStateDesc", "")),
    "HangupRequest": lambda m: HangUpBegan(channel_of(m)),
    "Hangup": _hangup,
    "DTMFEnd": _digit,
    "ConfbridgeJoin": lambda m: RoomJoined(channel_of(m)),
    "OriginateResponse": _originated,
    "ContactStatus": contact,
    "DeviceStateChange": device,
    "FullyBooted": lambda m: Booted(),
}


PARSED = frozenset(_PARSERS)
"""The names of the AMI events that are parsed. `eventfilter` in manager.conf lets through these and no others."""


def parse(message: Message) -> AmiEvent | None:
    """Parse an event; None if the engine does not read it. Raises KeyError if a header that is needed is missing."""
    parser = _PARSERS.get(message.get("Event", ""))
    return None if parser is None else parser(message)
