"""What the parts of the engine process need of each other. Tests use hand-written fakes of these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from routing.commands import (
    AddToOffer,
    Answer,
    AnswerKey,
    CheckPin,
    Command,
    CompleteConsult,
    Consult,
    DialOut,
    FetchUrl,
    FindContact,
    FindRoom,
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
    ReadMailbox,
    RecordMessage,
    RecordRoom,
    RecordTalk,
    RingExtension,
    RingMember,
    SendDigits,
    SetPin,
    ShowState,
    StartMusic,
    StopPlay,
    Supervise,
    TakeBack,
    TellParticipant,
    TellRoom,
    WithdrawOffer,
)
from routing.events import Event
from routing.ids import AgentId, CallId, ChatId, MemberId, QueueId, TeamId, TimerId
from routing.views import AgentView, CallView, ConferenceView, OutboundView, PresenceView, QueueView
from switchroom.messages.base import Message

CallCommand = (
    Answer
    | Play
    | StopPlay
    | StartMusic
    | OfferCall
    | AddToOffer
    | WithdrawOffer
    | DialOut
    | RingExtension
    | HoldCall
    | JoinAgain
    | TakeBack
    | HandOver
    | PickUp
    | PauseRecording
    | RecordTalk
    | AnswerKey
    | Consult
    | CompleteConsult
    | JoinConsult
    | LetGo
    | Supervise
    | MuteParty
    | SendDigits
    | RecordMessage
    | Listen
    | JoinConference
    | MuteParticipant
    | TellParticipant
    | TellRoom
    | RecordRoom
    | HangUp
)
"""The commands that Asterisk carries out on the channel of a call."""
AsteriskCommand = CallCommand | LaunchCallback | RingMember
"""All commands that Asterisk carries out. The last two make the channel."""


@dataclass(frozen=True, slots=True)
class Input:
    """One event on its way into the core. `at`: when it entered the engine process, POSIX seconds."""

    event: Event
    at: float
    node: str | None = None
    """The Asterisk node that it came from."""
    command: str | None = None
    """The id of its entry in the `commands` stream."""


class Inbox(Protocol):
    """Where every event enters, whatever its source. `put` returns at once."""

    def put(self, event: Event, *, node: str | None = None, command: str | None = None) -> None: ...


class Core(Protocol):
    """`routing.engine.Engine` as the runner uses it."""

    def handle(self, event: Event, now: float) -> list[Command]: ...

    def call(self, id: CallId) -> CallView | None: ...

    def snapshot(self) -> dict[str, object]: ...

    @property
    def timers(self) -> Mapping[TimerId, float]: ...


class Nodes(Protocol):
    """All Asterisk nodes; see `pbx.nodes.fleet.Fleet`. `send` returns at once; a failure enters the inbox."""

    def show_state(self, command: ShowState) -> None: ...

    def saw(self, event: Event, node: str | None) -> None: ...

    def send(self, command: AsteriskCommand) -> None: ...

    def node_of(self, call: CallId) -> str | None: ...

    def forget(self, call: CallId) -> None: ...

    def calls(self) -> dict[CallId, str]: ...


class NodesAndServices(Nodes, Protocol):
    """The nodes, and the services beside them; see `pbx.effects.effects.Effects`. Each result enters the inbox."""

    def fetch(self, command: FetchUrl) -> None: ...

    def find_contact(self, command: FindContact) -> None: ...

    def mailbox(self, command: ReadMailbox | CheckPin | SetPin) -> None: ...

    def find_room(self, command: FindRoom) -> None: ...


class Output(Protocol):
    """The way out to Redis; see `pbx.persistence.writer.Writer`."""

    @property
    def journal_id(self) -> str: ...

    def add_journal(self, entry: dict[str, Any]) -> None: ...

    def add_record(self, entry: Message) -> None: ...

    def add_snapshot(self, snapshot: dict[str, Any], *, opens_segment: bool) -> None: ...

    def add(self, op: tuple[str, ...]) -> None: ...


class LiveCore(Protocol):
    """The views of `routing.engine.Engine`."""

    def agent_ids(self) -> list[AgentId]: ...

    def queue_ids(self) -> list[QueueId]: ...

    def call_ids(self) -> list[CallId]: ...

    def outbound_ids(self) -> list[TeamId]: ...

    def outbound(self, id: TeamId) -> OutboundView | None: ...

    def member_ids(self) -> list[MemberId]: ...

    def presence(self, id: MemberId) -> PresenceView | None: ...

    def conference_ids(self) -> list[ChatId]: ...

    def conference(self, id: ChatId) -> ConferenceView | None: ...

    def agent(self, id: AgentId) -> AgentView | None: ...

    def queue(self, id: QueueId, now: float) -> QueueView | None: ...

    def call(self, id: CallId) -> CallView | None: ...
