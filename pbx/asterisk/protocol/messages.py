"""Parses the AMI events that the engine reads."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from pbx.ami import Message
from pbx.asterisk.protocol.dialplan import Context, Role, role
from routing.events import PhoneUse
from switchroom.sip_accounts import is_browser, phone_of
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
    context: str = ""


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
class HoldChanged:
    """The telephone of this channel holds its talk (`held`), or no longer does."""

    channel: Channel
    held: bool


@dataclass(frozen=True, slots=True)
class Referred:
    """The telephone of the channel `by` sends the other side of its talk on (REFER). `other` None: it is not told."""

    by: Channel
    other: Channel | None


@dataclass(frozen=True, slots=True)
class Connected:
    """The telephone of `first` and `second` has connected the other sides of both talks (REFER with Replaces).

    `bridged`: both sides talk already. Else what `second` rang or heard goes to the other side of `first`.
    """

    first: Channel
    second: Channel
    bridged: bool


@dataclass(frozen=True, slots=True)
class DigitReceived:
    channel: Channel
    digit: str


@dataclass(frozen=True, slots=True)
class RoomJoined:
    channel: Channel


@dataclass(frozen=True, slots=True)
class RoomTalked:
    """Somebody in a conference began to speak, or has stopped."""

    channel: Channel
    talking: bool


@dataclass(frozen=True, slots=True)
class RoomMuted:
    """Somebody in a conference was muted, or is muted no more: by us, or by a key of theirs."""

    channel: Channel
    muted: bool


@dataclass(frozen=True, slots=True)
class RoomListed:
    """Somebody in a conference, as a list says. No event tells it."""

    unique_id: str
    muted: bool


@dataclass(frozen=True, slots=True)
class OriginateFailed:
    """No channel was made, or it was not answered. `call`: the extension that it was to enter."""

    call: str


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """One of a phone's contacts became usable, or is no longer. `account`: of a browser; empty: the phone's own."""

    phone: str
    uri: str
    usable: bool
    account: str = ""

    @property
    def registered_as(self) -> str:
        """The SIP account that the contact is registered with."""
        return self.account or self.phone


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """What a phone does. `account`: of the browser that does it; empty: a telephone of the phone's own account."""

    phone: str
    in_use: bool
    use: PhoneUse = PhoneUse.IDLE
    account: str = ""


@dataclass(frozen=True, slots=True)
class Booted:
    """Asterisk is ready, so we can resync. Comes after every login."""


@dataclass(frozen=True, slots=True)
class TalkKeyPressed:
    """A member pressed `*1` in a talk: it is to be recorded, or no longer."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The dialplan has refused a call by itself (`pbx.nodes.gate`)."""

    channel: Channel
    caller: str
    caller_name: str


AmiEvent = (
    AgiStarted
    | TurnedAway
    | TalkKeyPressed
    | AgiExecuted
    | DialBegan
    | DialProgressed
    | DialEnded
    | StateChanged
    | HangUpBegan
    | HungUp
    | HoldChanged
    | Referred
    | Connected
    | DigitReceived
    | RoomJoined
    | RoomTalked
    | RoomMuted
    | OriginateFailed
    | ContactChanged
    | DeviceChanged
    | Booted
)

_ANONYMOUS = frozenset({"<unknown>", "anonymous", "restricted", "unavailable", "unknown", "withheld"})
_UNUSABLE = frozenset({"Unreachable", "Removed"})
_TALKING = frozenset({"INUSE", "BUSY", "ONHOLD", "RINGINUSE"})
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
    return AgiStarted(channel_of(m), number, name, m.get("Exten", ""), m.get("Context", ""))


def _user_event(m: Message) -> AmiEvent | None:
    if m.get("UserEvent") == "TalkKey":
        return TalkKeyPressed(channel_of(m))
    if m.get("UserEvent") != "CallRefused":
        return None
    return TurnedAway(channel_of(m), known(m.get("CallerIDNum")), known_name(m.get("CallerIDName")))


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
    failed = m.get("Response") == "Failure" and m.get("Context") in (Context.CALLBACK, Context.PLACED)
    return OriginateFailed(m.get("Exten", "")) if failed else None


def _hangup(m: Message) -> AmiEvent:
    cause = m.get("Cause", "0")
    return HungUp(channel_of(m), int(cause) if cause.isdigit() else 0)


def _referred(m: Message) -> AmiEvent | None:
    if m.get("Result") != "Success":
        return None
    other = channel_of(m, "Transferee") if "TransfereeChannel" in m else None
    return Referred(channel_of(m, "Transferer"), other)


def _connected(m: Message) -> AmiEvent | None:
    if m.get("Result") != "Success" or m.get("DestType") == "Fail":
        return None
    first, second = channel_of(m, "OrigTransferer"), channel_of(m, "SecondTransferer")
    return Connected(first, second, m.get("DestType") != "App")


def _digit(m: Message) -> AmiEvent | None:
    return DigitReceived(channel_of(m), m["Digit"]) if m.get("Direction") == "Received" else None


def contact(m: Message) -> ContactChanged:
    """Parse both spellings: `ContactStatus` says AOR and URI, `ContactList` says Endpoint and Uri."""
    account = m.get("AOR") or m.get("Endpoint") or m.get("ObjectName", "").partition(";")[0]
    status, uri = m.get("ContactStatus") or m.get("Status", ""), m.get("URI") or m.get("Uri", "")
    return ContactChanged(phone_of(account), uri, status not in _UNUSABLE, _if_browser(account))


def device(m: Message) -> DeviceChanged | None:
    """Parse the state of a device; None if it is no phone. Only PJSIP's devices are phones."""
    technology, _, name = m.get("Device", "").partition("/")
    if technology != "PJSIP" or not name:
        return None
    state = m.get("State", "")
    use = PhoneUse.TALKING if state in _TALKING else PhoneUse.RINGING if state == "RINGING" else PhoneUse.IDLE
    return DeviceChanged(phone_of(name), use is not PhoneUse.IDLE, use, _if_browser(name))


def _if_browser(account: str) -> str:
    return account if is_browser(account) else ""


def room_member(m: Message) -> RoomListed | None:
    """Parse an entry of `ConfbridgeList`; None for what is no entry."""
    unique_id = m.get("Uniqueid") or m.get("UniqueID", "")
    return RoomListed(unique_id, m.get("Muted") == "Yes") if unique_id else None


_PARSERS: dict[str, Callable[[Message], AmiEvent | None]] = {
    "AsyncAGIStart": _agi_started,
    "AsyncAGIExec": _agi_executed,
    "UserEvent": _user_event,
    "DialBegin": _dial_begin,
    "DialState": _dial_state,
    "DialEnd": _dial_end,
    "Newstate": lambda m: StateChanged(channel_of(m), m.get("ChannelStateDesc", "")),
    "HangupRequest": lambda m: HangUpBegan(channel_of(m)),
    "Hangup": _hangup,
    "Hold": lambda m: HoldChanged(channel_of(m), held=True),
    "Unhold": lambda m: HoldChanged(channel_of(m), held=False),
    "BlindTransfer": _referred,
    "AttendedTransfer": _connected,
    "DTMFEnd": _digit,
    "ConfbridgeJoin": lambda m: RoomJoined(channel_of(m)),
    "ConfbridgeTalking": lambda m: RoomTalked(channel_of(m), m.get("TalkingStatus") == "on"),
    "ConfbridgeMute": lambda m: RoomMuted(channel_of(m), True),
    "ConfbridgeUnmute": lambda m: RoomMuted(channel_of(m), False),
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
