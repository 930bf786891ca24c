"""Reading what the api asks of the engine: the stream `commands`, each entry once and in order."""

import asyncio
import logging
from collections.abc import Callable

from pydantic import ValidationError

from pbx.metrics import Metrics
from pbx.persistence.store import UNAVAILABLE, Store
from pbx.ports import Inbox
from routing.events import (
    AgentStatus,
    AgentStatusSet,
    CallPlaced,
    ConsultCompleted,
    ConsultEnded,
    ConsultJoined,
    ConsultRequested,
    Destination,
    DetachRequested,
    DigitsRequested,
    Event,
    HangUpRequested,
    HoldRequested,
    LeaveRequested,
    MuteRequested,
    ParkRequested,
    PickUpRequested,
    PullRequested,
    RecordingRequested,
    RoomChangeRequested,
    SuperviseRequested,
    Supervision,
    TransferRequested,
    UnholdRequested,
    Wanted,
    WorkAccepted,
    WorkClosed,
    WorkDeclined,
    WorkEntered,
    WorkTransferred,
)
from routing.ids import AgentId, CallId, ChatId, MemberId, QueueId, TeamId, UserId
from routing.rooms import RoomAction, room_of
from switchroom.messages.commands import (
    AnswerWork,
    ChangeRoom,
    CloseWork,
    ConfigKind,
    ConsultCall,
    CountMessages,
    DetachCall,
    EndConsult,
    EnterWork,
    ForgetPhone,
    HangUpCall,
    HoldCall,
    JoinConsult,
    LeaveCall,
    MuteCall,
    ParkCall,
    PickUpCall,
    PlaceCall,
    PullCall,
    ReloadConfig,
    SendDigits,
    SetAgentStatus,
    SetRecording,
    SuperviseCall,
    TransferCall,
    TransferWork,
    UnholdCall,
    parse_command,
)

log = logging.getLogger(__name__)

WAIT_SECONDS = 1.0
RETRY_SECONDS = 0.5


class ApiCommands:
    """Puts each command into the inbox with its stream id. So a command is applied once, also across a restart.

    `ReloadConfig` goes to `reload(kind, id)`, `ForgetPhone` itself to `forget`, and `CountMessages` to `counted`. They
    must return at once. An entry that is no valid command is logged, counted and left out.
    """

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        reload: Callable[[ConfigKind, str], None],
        forget: Callable[[ForgetPhone], None],
        counted: Callable[[CountMessages], None],
        metrics: Metrics,
        *,
        last: str,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._reload = reload
        self._forget = forget
        self._counted = counted
        self._metrics = metrics
        self._last = last

    async def run(self) -> None:
        """Read for ever. While Redis is away, try again every half second."""
        while True:
            try:
                entries = await self._store.commands_after(self._last, wait=WAIT_SECONDS)
            except UNAVAILABLE as error:
                log.debug("commands not readable", extra={"why": repr(error)})
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for entry, fields in entries:
                self._last = entry
                self.apply(entry, fields)

    def apply(self, entry: str, fields: dict[str, str]) -> None:
        """Do what the entry with this stream id asks for."""
        try:
            command = parse_command(fields["body"])
        except (KeyError, ValueError) as error:
            self._metrics.errors.labels("api-command").inc()
            log.warning("malformed api command", extra={"entry": entry, "why": _summary(error)})
            return
        match command:
            case SetAgentStatus():
                event = AgentStatusSet(
                    AgentId(command.agent),
                    AgentStatus(command.status),
                    None if command.queue is None else QueueId(command.queue),
                    command.reason,
                    _user(command.by),
                )
                self._inbox.put(event, command=entry)
            case PlaceCall():
                placed = CallPlaced(
                    CallId(command.call), MemberId(command.member), command.dialled, command.number
                )
                self._inbox.put(placed, command=entry)
            case HangUpCall():
                self._inbox.put(HangUpRequested(CallId(command.call), _user(command.by)), command=entry)
            case HoldCall():
                self._inbox.put(HoldRequested(CallId(command.call), _user(command.by)), command=entry)
            case UnholdCall():
                self._inbox.put(UnholdRequested(CallId(command.call), _user(command.by)), command=entry)
            case TransferCall():
                to = Destination(command.kind, command.to, command.mailbox)
                transfer = TransferRequested(CallId(command.call), to, _user(command.by))
                self._inbox.put(transfer, command=entry)
            case SetRecording():
                wanted = Wanted.OFF if command.ends else Wanted.ON if command.on else Wanted.PAUSED
                asked = RecordingRequested(CallId(command.call), wanted, _user(command.by))
                self._inbox.put(asked, command=entry)
            case (
                ConsultCall()
                | EndConsult()
                | JoinConsult()
                | LeaveCall()
                | PullCall()
                | DetachCall()
                | PickUpCall()
                | SuperviseCall()
            ):
                self._inbox.put(_asked_of_talk(command), command=entry)
            case MuteCall():
                mute = MuteRequested(CallId(command.call), command.muted, _user(command.by))
                self._inbox.put(mute, command=entry)
            case SendDigits():
                digits = DigitsRequested(CallId(command.call), command.digits, _user(command.by))
                self._inbox.put(digits, command=entry)
            case ParkCall():
                self._inbox.put(ParkRequested(CallId(command.call), _user(command.by)), command=entry)
            case ChangeRoom():
                change = RoomChangeRequested(
                    TeamId(command.team),
                    room_of(ChatId(command.chat)),
                    RoomAction(command.action),
                    None if command.participant is None else CallId(command.participant),
                    _user(command.by),
                )
                self._inbox.put(change, command=entry)
            case EnterWork() | AnswerWork() | TransferWork() | CloseWork():
                self._inbox.put(_of_work(command), command=entry)
            case ReloadConfig():
                self._reload(command.kind, command.id)
            case CountMessages():
                self._counted(command)
            case ForgetPhone():
                self._forget(command)


def _asked_of_talk(
    command: ConsultCall
    | EndConsult
    | JoinConsult
    | LeaveCall
    | PullCall
    | DetachCall
    | PickUpCall
    | SuperviseCall,
) -> Event:
    """Return the event for what somebody's own telephone is to do with a call."""
    call = CallId(command.call)
    match command:
        case ConsultCall():
            return ConsultRequested(call, Destination(command.kind, command.to), _user(command.by))
        case EndConsult():
            ends = ConsultCompleted if command.complete else ConsultEnded
            return ends(call, _user(command.by))
        case JoinConsult():
            return ConsultJoined(call, _user(command.by))
        case LeaveCall():
            return LeaveRequested(call, UserId(command.by))
        case PullCall():
            return PullRequested(call, UserId(command.by), CallId(command.as_call), command.phone)
        case DetachCall():
            return DetachRequested(call, UserId(command.by))
        case PickUpCall():
            return PickUpRequested(call, UserId(command.by), CallId(command.as_call))
        case SuperviseCall():
            mode, by = Supervision(command.mode), UserId(command.by)
            return SuperviseRequested(call, mode, by, CallId(command.as_call))


def _of_work(command: EnterWork | AnswerWork | TransferWork | CloseWork) -> Event:
    """Return the event for what is to be done with a conversation."""
    item = CallId(command.item)
    match command:
        case EnterWork():
            preferred = None if command.preferred is None else AgentId(command.preferred)
            team, queue = TeamId(command.team), QueueId(command.queue)
            return WorkEntered(item, team, queue, command.customer, preferred=preferred)
        case AnswerWork():
            answered = WorkAccepted if command.accept else WorkDeclined
            return answered(item, AgentId(command.agent))
        case TransferWork():
            return WorkTransferred(item, Destination(command.kind, command.to), _user(command.by))
        case CloseWork():
            return WorkClosed(item)


def _user(value: str | None) -> UserId | None:
    return None if value is None else UserId(value)


def _summary(error: Exception) -> str:
    """Say which fields are wrong, without their values, which may be personal."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors())
    return type(error).__name__
