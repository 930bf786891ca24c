"""Read-only views of the live state, for the live API. Times are POSIX seconds."""

from dataclasses import dataclass, field

from routing.acd import agents, estimated_wait
from routing.acd.estimated_wait import Span
from routing.calls import recordings
from routing.calls.legs import member_of
from routing.config import SkillNeed
from routing.events import SUPERVISIONS
from routing.figures import NONE, Figures
from routing.ids import AgentId, CallId, ChatId, MemberId, QueueId, TeamId, TimerPurpose, UserId
from routing.outbound.usage import Talked
from routing.records import PathStep
from routing.rooms import room_of
from routing.state import Call, Callback, Leg, Queue
from routing.state.phases import CallPhase
from routing.state.world import World, timer_id


@dataclass(frozen=True, slots=True)
class OwnStatus:
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgentView:
    """`status` is what was set; `state` is the same, or `Ringing`, `OnCall`, `WrapUp`, and holds since `since`."""

    agent: AgentId
    team: TeamId
    user: UserId
    status: str
    reason: str
    since: float
    state: str
    call: CallId | None
    queues: dict[QueueId, OwnStatus]
    """Queues for which the agent set an own status. In the others they are `Available`."""
    registered: bool
    """Whether the agent's phone can be reached."""
    busy: bool
    """Whether the agent's phone is in a call that we did not offer."""
    free: bool
    """Whether a call can be offered to the agent now."""
    wrap_up_until: float | None
    work: dict[CallId, bool] = field(default_factory=dict)
    """Conversations: False is offered to the agent, True is accepted."""


@dataclass(frozen=True, slots=True)
class PresenceView:
    """A member as colleagues see them; `state` is a `routing.state.Availability`, held since `since`."""

    member: MemberId
    team: TeamId
    user: UserId
    state: str
    since: float


@dataclass(frozen=True, slots=True)
class OutboundView:
    """The calls that a team made to the telephone network on its local day `day`; `routing.outbound.usage.Usage` says
    what is counted by what."""

    team: TeamId
    day: str
    calls: int
    members: dict[str, int]
    numbers: dict[str, int]
    destinations: dict[str, int]
    denied: dict[str, int]
    minutes: float
    """Of the calls that are over."""
    money: float
    member_minutes: dict[str, float]
    member_money: dict[str, float]


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """`position` counts from 1; `ringing` are the agents whose phones ring for it. A `callback` is a customer who is
    not on the line: `call` is the callback's id, `ringing` the agent who is held while the customer is rung."""

    call: CallId
    caller: str
    caller_name: str
    position: int
    entered_at: float
    priority: int
    ringing: tuple[AgentId, ...]
    callback: bool = False
    estimate: Span | None = None
    """Seconds that the caller still has to wait, from and to; None without a figure."""


@dataclass(frozen=True, slots=True)
class LaterCallback:
    """A callback that waits for its next attempt, or for the queue to open, at `due_at`."""

    callback: CallId
    number: str
    joined_at: float
    due_at: float
    attempts: int
    """How often the customer was rung in vain."""


@dataclass(frozen=True, slots=True)
class WorkView:
    """A queue's conversations: how many wait, since when the first of them, and the figures of today."""

    waiting: int
    oldest_at: float | None
    accepted: int
    """How many agents have, of those that waited in this queue last."""
    today: Figures
    day_ends: float
    """As in `QueueView`."""


@dataclass(frozen=True, slots=True)
class QueueView:
    """`waiting` is in the order of service; `agents` counts the members by state, as seen from this queue.
    `longest_wait` is that of a caller on the line."""

    queue: QueueId
    team: TeamId
    waiting: tuple[WaitingCall, ...]
    longest_wait: float
    agents: dict[str, int]
    today: Figures
    """Of the calls that entered the queue since the team's local midnight."""
    day_ends: float
    """The local midnight until which these figures hold. Then a new day begins with none."""
    estimate: Span | None = None
    """Seconds that a caller who came now would wait, from and to."""
    later: int = 0
    """Callbacks that wait for their next attempt or for the queue to open: they stand at no position."""
    later_callbacks: tuple[LaterCallback, ...] = ()
    """The same, the next one first."""
    work: WorkView | None = None
    """None: no conversation ever entered the queue."""


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party of a call that is there, or rings. `kind` is a `routing.state.call.Role`; `queue` that for which an agent
    was rung. `talking`: with the caller."""

    kind: str
    agent: AgentId | None
    member: MemberId | None
    number: str | None
    queue: QueueId | None
    talking: bool
    muted: bool = False
    """The others do not hear the party."""


@dataclass(frozen=True, slots=True)
class CallView:
    """`state` is a `routing.state.phases.CallPhase`, held since `since`; `queue` is where the call waits, or the queue
    whose callback rings its customer."""

    call: CallId
    team: TeamId | None
    did: str
    caller: str
    caller_name: str
    state: str
    since: float
    queue: QueueId | None
    joined_at: float | None
    agent: AgentId | None
    ringing: tuple[AgentId, ...]
    started_at: float
    answered_at: float | None
    path: tuple[PathStep, ...]
    needs: tuple[SkillNeed, ...] = ()
    """Skills that blocks asked for."""
    position: int | None = None
    """In `queue`, from 1."""
    estimate: Span | None = None
    slot: str = ""
    """Where the caller is parked."""
    parked_by: tuple[MemberId, ...] = ()
    """Who talked before, while the caller is parked."""
    talked: tuple[AgentId, ...] = ()
    """The agents who talk or have talked."""
    recording: str = ""
    """`on`, `paused` or `off` (it can begin); empty: no one talks, or the talk must not be recorded."""
    recording_asked: bool = False
    """Someone asked for the recording that runs. So it can be ended."""
    on_hold: bool = False
    """Whether a side of the talk hears music: the call is held, or a telephone holds it."""
    parties: tuple[PartyView, ...] = ()
    """Everyone but a caller from outside, who is the call itself."""
    direction: str = "inbound"
    consult: CallId | None = None
    """The call in which a side of the held talk consults someone."""
    consult_of: CallId | None = None
    """The held call of which this is a consultation."""
    supervises: CallId | None = None
    """The call that a supervisor hears, or is rung for; `supervision` says how they take part."""
    supervision: str = ""
    callback_of: CallId | None = None
    """The callback of which this is an attempt, or which the call made unnecessary."""


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """A caller in a conference. `caller` is their number, empty if it is withheld."""

    call: CallId
    user: UserId | None
    name: str
    caller: str
    moderator: bool
    muted: bool
    talking: bool
    joined_at: float


@dataclass(frozen=True, slots=True)
class ConferenceView:
    """The conference of a chat that goes on, with who is in it in the order in which they joined."""

    chat: ChatId
    team: TeamId
    number: str
    locked: bool
    recording: bool
    started_at: float
    participants: tuple[ParticipantView, ...]


def agent(world: World, id: AgentId) -> AgentView | None:
    known = world.agents.get(id)
    if known is None:
        return None
    phone = world.phones.get(known.config.phone)
    talking = [call for call, talks in known.calls.items() if talks]
    return AgentView(
        agent=id,
        team=known.config.team,
        user=known.config.user,
        status=str(known.status),
        reason=known.reason,
        since=known.since,
        state=known.shown,
        call=next(iter(talking or known.calls), None),
        queues={queue: OwnStatus(str(own.status), own.reason) for queue, own in known.in_queue.items()},
        registered=phone is not None and phone.registered,
        busy=phone is not None and phone.busy,
        free=agents.is_free(world, known),
        wrap_up_until=None if known.wrap_up is None else known.wrap_up.until,
        work=dict(known.work),
    )


def presence(world: World, id: MemberId) -> PresenceView | None:
    member, found = world.users.by_id.get(id), world.presence.get(id)
    if member is None or found is None:
        return None
    return PresenceView(id, member.team, member.user, str(found.state), found.since)


def queue(world: World, id: QueueId, now: float) -> QueueView | None:
    known = world.queues.get(id)
    if known is None:
        return None
    waiting = tuple(_waiting(world, known, now))
    later = _later(world, known)
    fresh = now < known.counters.until
    return QueueView(
        queue=id,
        team=known.config.team,
        waiting=waiting,
        longest_wait=max((now - call.entered_at for call in waiting if not call.callback), default=0.0),
        agents=dict(sorted(known.counts.items())),
        today=known.day.figures(known.config) if fresh else NONE,
        day_ends=known.counters.until if fresh else 0.0,
        estimate=estimated_wait.next_caller(known, now),
        later=len(later),
        later_callbacks=later,
        work=_work(world, known, now),
    )


def _later(world: World, queue: Queue) -> tuple[LaterCallback, ...]:
    if len(queue.callbacks) == queue.promised:
        return ()
    away = [world.callbacks[id] for id in queue.callbacks.values() if id not in queue.calls]
    found = [
        LaterCallback(it.id, it.number, it.joined_at, world.timers[timer], it.attempts)
        for it in away
        if (timer := timer_id(it.id, TimerPurpose.CALLBACK_RETRY)) in world.timers
    ]
    return tuple(sorted(found, key=lambda it: (it.due_at, it.callback)))


def _waiting(world: World, queue: Queue, now: float) -> list[WaitingCall]:
    found: list[WaitingCall] = []
    mean = estimated_wait.mean_gap(queue.pace, now)
    for position, id in enumerate(queue.calls, 1):
        waiter = world.waiter(id)
        if isinstance(waiter, Call):
            caller, name, rung = waiter.caller, waiter.caller_name, waiter.rung()
        elif isinstance(waiter, Callback):
            caller, name, rung = waiter.number, "", () if waiter.agent is None else (waiter.agent,)
        else:
            continue
        found.append(
            WaitingCall(
                id,
                caller,
                name,
                position,
                waiter.joined_at,
                waiter.priority,
                rung,
                callback=not isinstance(waiter, Call),
                estimate=None if mean is None else estimated_wait.span_of(mean, position),
            )
        )
    return found


def _work(world: World, queue: Queue, now: float) -> WorkView | None:
    line = queue.work
    if line is None:
        return None
    return WorkView(
        waiting=len(line.calls),
        oldest_at=min((world.work[id].joined_at for id in line.calls), default=None),
        accepted=line.accepted,
        today=line.day.figures(line.config) if now < line.counters.until else NONE,
        day_ends=line.counters.until if now < line.counters.until else 0.0,
    )


def outbound(world: World, id: TeamId) -> OutboundView | None:
    used = world.usage.get(id)
    if used is None:
        return None
    return OutboundView(
        id,
        used.day,
        used.calls,
        dict(used.members),
        dict(used.numbers),
        dict(used.destinations),
        dict(used.denied),
        _minutes(used.talked),
        used.talked.money,
        {member: _minutes(talked) for member, talked in used.member_talked.items()},
        {member: talked.money for member, talked in used.member_talked.items()},
    )


def _minutes(talked: Talked) -> float:
    return round(talked.seconds / 60, 2)


def conference(world: World, chat: ChatId) -> ConferenceView | None:
    room = world.rooms.get(room_of(chat))
    if room is None:
        return None
    there = [
        ParticipantView(
            id,
            who.user,
            who.name,
            world.calls[id].caller,
            who.moderator,
            who.muted,
            who.talking,
            who.joined_at,
        )
        for id, who in room.participants.items()
    ]
    recording = room.recording is not None
    return ConferenceView(chat, room.team, room.number, room.locked, recording, room.started_at, tuple(there))


def call(world: World, id: CallId) -> CallView | None:
    known = world.calls.get(id)
    if known is None:
        return None
    queue = world.queue_of(known)
    place = queue.calls.position(id) if queue is not None and id in queue.calls else None
    return CallView(
        call=id,
        team=known.team,
        did=known.did,
        caller=known.caller,
        caller_name=known.caller_name,
        state=str(known.phase_shown),
        since=known.phase_since,
        queue=known.last_queue if known.phase is CallPhase.CALLING else known.queue,
        joined_at=known.joined_at if known.queue is not None else None,
        agent=known.agent,
        ringing=known.rung(),
        started_at=known.started_at,
        answered_at=known.answered_at,
        position=place,
        estimate=estimated_wait.span(queue, place, world.now)
        if queue is not None and place is not None
        else None,
        path=tuple(step.record() for step in known.path),
        needs=known.needs,
        slot=known.slot if known.phase is CallPhase.PARKED else "",
        talked=tuple(
            {leg.agent: None for leg in known.legs if leg.agent is not None and leg.answered_at is not None}
        ),
        parked_by=_parked_by(world, known) if known.phase is CallPhase.PARKED else (),
        recording=recordings.state(world, known),
        recording_asked=recordings.on_demand(known),
        on_hold=known.phase is CallPhase.HELD or bool(known.held_by),
        parties=tuple(
            _party(world, leg, number in (known.talk, known.third))
            for number, leg in enumerate(known.legs)
            if leg.ended_at is None
        ),
        direction=known.direction,
        callback_of=known.callback_of,
        consult=known.consult,
        consult_of=known.consult_of,
        supervises=known.errand_for if known.errand in SUPERVISIONS else None,
        supervision=known.errand if known.errand in SUPERVISIONS else "",
    )


def _party(world: World, leg: Leg, talking: bool) -> PartyView:
    """Return the view of a leg that has not ended. An agent's membership is that of their user."""
    member = member_of(world, leg)
    return PartyView(str(leg.kind), leg.agent, member, leg.number, leg.queue, talking, leg.muted)


def _parked_by(world: World, call: Call) -> tuple[MemberId, ...]:
    """Return the members among those whose talk ended last."""
    over = [leg for leg in call.legs if leg.answered_at is not None and leg.ended_at is not None]
    end = max((leg.ended_at or 0.0 for leg in over), default=0.0)
    members = (member_of(world, leg) for leg in over if leg.ended_at == end)
    return tuple(member for member in members if member is not None)
