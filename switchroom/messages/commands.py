"""What the api asks of the engine: the stream `commands`. The engine refuses a command that is not valid."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from switchroom.messages.base import Id, Message

ConfigKind = Literal["team", "queue", "agent", "user", "department", "route", "number", "prompt", "mailbox"]
"""What the engine loads from the database. `user`: the id is the membership's. `prompt`: one that a team uploaded."""

MailboxOwner = Literal["team", "queue", "department", "user"]
"""Whose a mailbox is."""

AgentStatus = Literal["Available", "Unavailable", "Away", "Break", "Offline"]
"""What an agent or a manager sets: the values of `routing.events.AgentStatus`; a test compares them."""


class SetAgentStatus(Message):
    """Set an agent's status. `queue` None: overall. `by`: the user who set it."""

    type: Literal["agent-status"] = "agent-status"
    agent: Id
    status: AgentStatus
    queue: Id | None = None
    reason: str = Field(default="", max_length=200)
    by: Id | None = None


class ReloadConfig(Message):
    """Load this object again from the database; one that is gone there is removed.

    When an agent joins or leaves a queue, the queue is what is reloaded.
    """

    type: Literal["config"] = "config"
    kind: ConfigKind
    id: Id


class ForgetPhone(Message):
    """A SIP account changed: every Asterisk node forgets what it has cached of it.

    `id` is the account's name. A change of the name sends one command for the old name and one for the new. `hang_up`:
    what the phone rings or talks is hung up too, also what the engine does not know (calls from phone to phone).
    `sign_out`: who registered knows a password that is no longer good, or had the extension before, and is not rung.
    """

    type: Literal["config"] = "config"
    kind: Literal["phone"] = "phone"
    id: str = Field(pattern=r"^[a-z0-9]{1,40}$")
    hang_up: bool = False
    sign_out: bool = False


class CountMessages(Message):
    """The messages of a mailbox changed, or who looks after it: the lights of telephones are set again."""

    type: Literal["messages"] = "messages"
    team: Id
    mailbox_kind: MailboxOwner
    mailbox: Id


class PlaceCall(Message):
    """Ring the phone of the member (the id is the membership's), then what they want to call, as the call `call`.

    `dialled` is an extension or what was written; `number` the telephone number (E.164) that it means, or empty.
    """

    type: Literal["place-call"] = "place-call"
    call: Id
    member: Id
    dialled: str = Field(pattern=r"^\+?[0-9]{1,20}$")
    number: str = Field(default="", pattern=r"^(\+[1-9][0-9]{4,14})?$")


class HangUpCall(Message):
    """End a call. `call` may also be the id of a callback. `by`: the user who asked for it."""

    type: Literal["hang-up"] = "hang-up"
    call: Id
    by: Id | None = None


RoomAction = Literal["mute", "unmute", "kick", "lock", "unlock", "record", "stop-recording"]
"""The values of `routing.rooms.RoomAction`; a test compares them."""


class ChangeRoom(Message):
    """Change a conference that goes on. `participant` names the call that `mute`, `unmute` and `kick` are about; None:
    all who are no moderators are muted, or unmuted."""

    type: Literal["room"] = "room"
    team: Id
    chat: Id
    action: RoomAction
    participant: Id | None = None
    by: Id | None = None


class HoldCall(Message):
    """Hold a talk: both sides hear music. `by`: the user who asked for it, here and below."""

    type: Literal["hold"] = "hold"
    call: Id
    by: Id | None = None


class UnholdCall(Message):
    """Make a held call a talk again."""

    type: Literal["unhold"] = "unhold"
    call: Id
    by: Id | None = None


class TransferCall(Message):
    """Send the other side of a talk on. `routing.events.Destination` says what `kind`, `to` and `mailbox` mean."""

    type: Literal["transfer"] = "transfer"
    call: Id
    kind: Literal["agent", "queue", "extension", "number", "voicemail"]
    to: str = Field(max_length=40)
    mailbox: Literal["", "user", "queue", "team"] = ""
    by: Id | None = None


class SetRecording(Message):
    """Let the recording of a talk begin or go on (`on`), be silent, or end (`ends`)."""

    type: Literal["recording"] = "recording"
    call: Id
    on: bool
    ends: bool = False
    by: Id | None = None


class ParkCall(Message):
    """Let the other side of a talk wait in a slot of the team."""

    type: Literal["park"] = "park"
    call: Id
    by: Id | None = None


class ConsultCall(Message):
    """Let one side of a talk call someone else while the other hears music. `kind`, `to`: as in `TransferCall`."""

    type: Literal["consult"] = "consult"
    call: Id
    kind: Literal["agent", "queue", "extension", "number"]
    to: str = Field(max_length=40)
    by: Id | None = None


class EndConsult(Message):
    """End a consultation: connect the held side with whom was called (`complete`), or let the two talk again."""

    type: Literal["end-consult"] = "end-consult"
    call: Id
    complete: bool
    by: Id | None = None


class JoinConsult(Message):
    """Let both sides of a held talk, and whom one of them has called, talk together."""

    type: Literal["join-consult"] = "join-consult"
    call: Id
    by: Id | None = None


class LeaveCall(Message):
    """Let `by` leave a talk of three."""

    type: Literal["leave"] = "leave"
    call: Id
    by: Id


class PullCall(Message):
    """Ring another telephone of `by`, as the call `as_call`, and let the talk go on there. `phone`: a SIP account."""

    type: Literal["pull"] = "pull"
    call: Id
    by: Id
    as_call: Id
    phone: str = Field(default="", pattern=r"^[a-z0-9]{0,40}$")


class DetachCall(Message):
    """Let a talk of `by` wait for another telephone of theirs: this one goes away."""

    type: Literal["detach"] = "detach"
    call: Id
    by: Id


class PickUpCall(Message):
    """Ring the telephone of `by`, as the call `as_call`, to answer a call that rings someone else."""

    type: Literal["pick-up"] = "pick-up"
    call: Id
    by: Id
    as_call: Id


class SuperviseCall(Message):
    """Ring the telephone of `by`, as the call `as_call`, to hear a talk; or change how they take part."""

    type: Literal["supervise"] = "supervise"
    call: Id
    mode: Literal["monitor", "whisper", "barge"]
    by: Id
    as_call: Id


class MuteCall(Message):
    """Let one side of a talk not be heard any more, or be heard again."""

    type: Literal["mute"] = "mute"
    call: Id
    muted: bool
    by: Id | None = None


class SendDigits(Message):
    """Let the other side of a talk hear digits (DTMF)."""

    type: Literal["digits"] = "digits"
    call: Id
    digits: str = Field(pattern=r"^[0-9A-D*#]{1,32}$")
    by: Id | None = None


class EnterWork(Message):
    """Let agents of the queue look after a conversation, as the work item `item`. `preferred`: who is asked first.

    `customer` is the same for all conversations of a contact.
    """

    type: Literal["work-enter"] = "work-enter"
    item: Id
    team: Id
    queue: Id
    customer: str = Field(default="", max_length=32)
    preferred: Id | None = None


class AnswerWork(Message):
    """Let the agent take the conversation that they are offered, or not."""

    type: Literal["work-answer"] = "work-answer"
    item: Id
    agent: Id
    accept: bool


class TransferWork(Message):
    """Give a conversation to an agent, or let it wait in a queue."""

    type: Literal["work-transfer"] = "work-transfer"
    item: Id
    kind: Literal["agent", "queue"]
    to: Id
    by: Id | None = None


class CloseWork(Message):
    """End the work with a conversation."""

    type: Literal["work-close"] = "work-close"
    item: Id


_ByType = (
    SetAgentStatus
    | CountMessages
    | PlaceCall
    | HangUpCall
    | HoldCall
    | UnholdCall
    | TransferCall
    | ParkCall
    | SetRecording
    | ConsultCall
    | EndConsult
    | JoinConsult
    | LeaveCall
    | PullCall
    | DetachCall
    | PickUpCall
    | SuperviseCall
    | MuteCall
    | SendDigits
    | EnterWork
    | AnswerWork
    | TransferWork
    | CloseWork
    | ChangeRoom
)
"""The commands whose `type` tells them apart."""
Command = ReloadConfig | ForgetPhone | _ByType

_Config = Annotated[ReloadConfig | ForgetPhone, Field(discriminator="kind")]
_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[_Config | _ByType, Field(discriminator="type")])


def parse_command(body: str | bytes) -> Command:
    """Read an entry's `body`. Raises ValueError (pydantic's ValidationError) if it is no valid command."""
    return _COMMAND.validate_json(body)
