"""The core's views as messages, written to Redis when they change; `switchroom.messages.live` has their shapes."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from time import time

from pbx.ports import LiveCore, Output
from routing.commands import Publish
from routing.ids import AgentId, CallId, ChatId, MemberId, QueueId, TeamId
from routing.views import (
    AgentView,
    CallView,
    ConferenceView,
    OutboundView,
    PresenceView,
    QueueView,
    WorkView,
)
from switchroom.messages.base import Message
from switchroom.messages.events import Published
from switchroom.messages.live import (
    LaterCallback,
    LiveAgent,
    LiveCall,
    LiveConference,
    LiveMember,
    LiveOutbound,
    LiveParticipant,
    LiveParty,
    LiveQueue,
    LiveWork,
    NeededSkill,
    OwnStatus,
    QueueToday,
    WaitingCall,
)

INTERVAL_SECONDS = 0.1


def live_agent(view: AgentView) -> LiveAgent:
    """Return the agent's view as its message."""
    return LiveAgent(
        agent=view.agent,
        team=view.team,
        status=view.status,
        reason=view.reason,
        since=view.since,
        state=view.state,
        call=view.call,
        registered=view.registered,
        queues={id: OwnStatus(status=own.status, reason=own.reason) for id, own in view.queues.items()},
    )


def live_queue(view: QueueView, at: float) -> LiveQueue:
    """Return the queue's view, taken at `at`, as its message."""
    return LiveQueue(
        queue=view.queue,
        team=view.team,
        at=at,
        waiting=[
            WaitingCall(
                call=call.call,
                caller=call.caller,
                position=call.position,
                entered_at=call.entered_at,
                priority=call.priority,
                callback=call.callback,
                estimate=call.estimate,
            )
            for call in view.waiting
        ],
        later=[
            LaterCallback(
                callback=later.callback,
                number=later.number,
                entered_at=later.joined_at,
                due_at=later.due_at,
                attempts=later.attempts,
            )
            for later in view.later_callbacks
        ],
        estimate=view.estimate,
        agents=view.agents,
        today=QueueToday(**asdict(view.today), until=view.day_ends),
        work=None if view.work is None else live_work(view.work),
    )


def live_work(view: WorkView) -> LiveWork:
    """Return the view of a queue's conversations as its message."""
    return LiveWork(
        waiting=view.waiting,
        oldest_at=view.oldest_at,
        accepted=view.accepted,
        today=QueueToday(**asdict(view.today), until=view.day_ends),
    )


def live_call(view: CallView, node: str | None) -> LiveCall:
    """Return the call's view as its message, with the Asterisk node that the call is on."""
    return LiveCall(
        call=view.call,
        team=view.team,
        did=view.did,
        caller=view.caller,
        direction=view.direction,
        callback_of=view.callback_of,
        state=view.state,
        queue=view.queue,
        agent=view.agent,
        slot=view.slot,
        parked_by=list(view.parked_by),
        talked=list(view.talked),
        recording=view.recording,
        recording_asked=view.recording_asked,
        on_hold=view.on_hold,
        parties=[
            LiveParty(
                kind=it.kind,
                agent=it.agent,
                member=it.member,
                number=it.number,
                queue=it.queue,
                talking=it.talking,
                muted=it.muted,
            )
            for it in view.parties
        ],
        consult=view.consult,
        consult_of=view.consult_of,
        supervises=view.supervises,
        supervision=view.supervision,
        needs=[NeededSkill(skill=it.skill, level=it.level, required=it.required) for it in view.needs],
        started_at=view.started_at,
        node=node,
    )


def live_member(view: PresenceView) -> LiveMember:
    """Return what colleagues see of a member as its message."""
    return LiveMember(member=view.member, team=view.team, user=view.user, state=view.state, since=view.since)


def live_outbound(view: OutboundView) -> LiveOutbound:
    """Return what a team dialled as its message."""
    return LiveOutbound(
        outbound=view.team,
        day=view.day,
        calls=view.calls,
        members=view.members,
        numbers=view.numbers,
        destinations=view.destinations,
        denied=view.denied,
        minutes=view.minutes,
        money=view.money,
        member_minutes=view.member_minutes,
        member_money=view.member_money,
    )


def live_conference(view: ConferenceView) -> LiveConference:
    """Return the view of a chat's conference as its message."""
    return LiveConference(
        conference=view.chat,
        team=view.team,
        number=view.number,
        locked=view.locked,
        recording=view.recording,
        started_at=view.started_at,
        participants=[LiveParticipant(**asdict(who)) for who in view.participants],
    )


class Publisher:
    """Gathers what changed and writes it, at most once in `interval` seconds. A first change is written at once."""

    def __init__(
        self,
        core: LiveCore,
        output: Output,
        node_of: Callable[[CallId], str | None],
        *,
        interval: float = INTERVAL_SECONDS,
        clock: Callable[[], float] = time,
    ) -> None:
        self._core = core
        self._output = output
        self._node_of = node_of
        self._interval = interval
        self._clock = clock
        self._dirty: dict[tuple[str, str], None] = {}
        self._events: list[Publish] = []
        self._handle: asyncio.TimerHandle | None = None
        self._flushed = 0.0

    def changed(self, change: Publish) -> None:
        """Write the view of what changed, and then the event that tells of it."""
        self._dirty[change.kind, change.id] = None
        self._events.append(change)
        if self._handle is None:
            loop = asyncio.get_running_loop()
            self._handle = loop.call_at(max(loop.time(), self._flushed + self._interval), self.flush)

    def publish_all(self) -> None:
        """Write every view again, after a start or when Redis is back. Old views are removed first."""
        core = self._core
        everything = (
            ("agent", core.agent_ids()),
            ("member", core.member_ids()),
            ("queue", core.queue_ids()),
            ("call", core.call_ids()),
            ("outbound", core.outbound_ids()),
            ("conference", core.conference_ids()),
        )
        for kind, ids in everything:
            self._output.add(("W", kind))
            self._dirty.update(dict.fromkeys((kind, str(id)) for id in ids))
        self.flush()

    def flush(self) -> None:
        """Write now what was gathered: the views first, then their events."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._flushed = asyncio.get_running_loop().time()
        dirty, self._dirty = self._dirty, {}
        events, self._events = self._events, []
        for kind, id in dirty:
            self._output.add(("L", kind, id, self._view(kind, id)))
        for event in events:
            self._output.add(("E", _published(event).model_dump_json()))

    def _view(self, kind: str, id: str) -> str:
        """Return the view's JSON, or "" if its object is gone."""
        view = self._read(kind, id)
        return "" if view is None else view.model_dump_json()

    def _read(self, kind: str, id: str) -> Message | None:
        match kind:
            case "agent":
                agent = self._core.agent(AgentId(id))
                return None if agent is None else live_agent(agent)
            case "member":
                member = self._core.presence(MemberId(id))
                return None if member is None else live_member(member)
            case "queue":
                now = self._clock()
                queue = self._core.queue(QueueId(id), now)
                return None if queue is None else live_queue(queue, now)
            case "call":
                call = self._core.call(CallId(id))
                return None if call is None else live_call(call, self._node_of(CallId(id)))
            case "conference":
                held = self._core.conference(ChatId(id))
                return None if held is None else live_conference(held)
            case "outbound":
                used = self._core.outbound(TeamId(id))
                return None if used is None else live_outbound(used)
            case _:
                raise ValueError(f"no live view of {kind}")


def _published(event: Publish) -> Published:
    return Published(team=event.team, kind=event.kind, id=event.id, verb=event.verb)
