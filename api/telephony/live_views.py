"""The engine's live views, as the api shows them: with public ids, and times in ISO 8601.

`switchroom.messages.live` has their shapes, and the defaults of fields that an engine of the release before lacks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar, cast

from redis import RedisError

from api.conventions.resource import show_seconds
from api.core.context import Context
from api.core.errors import Unavailable
from models import utcnow
from switchroom.ids import public_id
from switchroom.messages.commands import Command
from switchroom.messages.live import (
    LaterCallback,
    LiveAgent,
    LiveCall,
    LiveConference,
    LiveMember,
    LiveOutbound,
    LiveParty,
    LiveQueue,
    LiveWork,
    QueueToday,
    Span,
    WaitingCall,
)

View = TypeVar("View", LiveAgent, LiveCall, LiveConference, LiveMember, LiveOutbound, LiveQueue)


@dataclass(frozen=True, slots=True)
class Live:
    """Reads the views, and asks the engine to change what they show. Every method raises Unavailable while Redis is
    away."""

    context: Context

    def ask(self, command: Command) -> None:
        """Ask the engine to do something with what lives now. Call it last, and when nothing is changed in the
        database: what goes with a change goes through the outbox (`models.outbox.emit_command`), which is later."""
        try:
            self.context.redis.xadd(self.context.keys.commands, {"body": command.model_dump_json()})
        except RedisError as error:
            raise _away() from error

    def engine_up(self) -> bool:
        """Say whether an engine is at work now. If not, the views show what was known last."""
        try:
            return bool(self.context.redis.exists(self.context.keys.heartbeat))
        except RedisError as error:
            raise _away() from error

    def agent(self, id: str) -> LiveAgent | None:
        return self.agents([id]).get(id)

    def agents(self, ids: Iterable[str]) -> dict[str, LiveAgent]:
        """Return the views of those agents that have one, by id."""
        return self._many("agent", ids, LiveAgent)

    def members(self, ids: Iterable[str]) -> dict[str, LiveMember]:
        """Return what colleagues see of those members, by membership."""
        return self._many("member", ids, LiveMember)

    def queue(self, id: str) -> LiveQueue | None:
        return self.queues([id]).get(id)

    def queues(self, ids: Iterable[str]) -> dict[str, LiveQueue]:
        """Return the views of those queues that have one, by id."""
        return self._many("queue", ids, LiveQueue)

    def call(self, id: str) -> LiveCall | None:
        return self.calls([id]).get(id)

    def calls(self, ids: Iterable[str]) -> dict[str, LiveCall]:
        """Return the views of those calls that run, by id."""
        return self._many("call", ids, LiveCall)

    def conferences(self, chats: Iterable[str]) -> dict[str, LiveConference]:
        """Return the views of those chats' conferences that go on, by the chat's id."""
        return self._many("conference", chats, LiveConference)

    def outbound(self, team_id: str) -> LiveOutbound | None:
        """Return what the team dialled on the day of its last call to the telephone network."""
        return self._many("outbound", [team_id], LiveOutbound).get(team_id)

    def calls_of(self, team_id: str) -> list[LiveCall]:
        """Return a team's live calls, oldest first."""
        views = [LiveCall.model_validate_json(text) for text in self._all("call")]
        mine = {view.call: view for view in views if view.team == team_id}
        return sorted(mine.values(), key=lambda view: (view.started_at, view.call))

    def places_of(self, calls: Iterable[LiveCall]) -> dict[str, WaitingCall]:
        """Return the places of those calls that wait, by the call's id, from the views of their queues."""
        queues = self.queues(dict.fromkeys(call.queue for call in calls if call.queue))
        return {place.call: place for queue in queues.values() for place in queue.waiting}

    def queue_of_callback(self, id: str) -> LiveQueue | None:
        """Return the view of the queue in which that callback waits."""
        # Views of long queues are large: only those that have the id somewhere are parsed.
        for view in (
            LiveQueue.model_validate_json(text) for text in self._all("queue") if id.encode() in text
        ):
            waiting = [place.call for place in view.waiting if place.callback]
            if id in waiting or any(later.callback == id for later in view.later):
                return view
        return None

    def _many(self, kind: str, ids: Iterable[str], shape: type[View]) -> dict[str, View]:
        wanted = list(ids)
        if not wanted:
            return {}
        try:
            found = self.context.redis.hmget(self.context.keys.live(kind), wanted)
        except RedisError as error:
            raise _away() from error
        texts = zip(wanted, cast(list[bytes | None], found), strict=True)
        return {id: shape.model_validate_json(text) for id, text in texts if text is not None}

    def _all(self, kind: str) -> list[bytes]:
        try:
            return [text for _, text in self.context.redis.hscan_iter(self.context.keys.live(kind))]
        except RedisError as error:
            raise _away() from error


def show_call(call: LiveCall, place: WaitingCall | None = None) -> dict[str, Any]:
    """Show a live call. `place` is the call's place in its queue's view, or None if it waits in no queue."""
    return {
        "id": public_id(call.call),
        "team": _public(call.team),
        "did": call.did,
        "from": call.caller,
        "direction": call.direction,
        "callback_of": _public(call.callback_of),
        "state": call.state,
        "queue": _public(call.queue),
        "agent": _public(call.agent),
        "slot": call.slot or None,
        "recording": call.recording or None,
        "recording_asked": call.recording_asked,
        "on_hold": call.on_hold,
        "consult": _public(call.consult),
        "consult_of": _public(call.consult_of),
        "supervises": _public(call.supervises),
        "supervision": call.supervision or None,
        "parties": [_show_party(party) for party in call.parties],
        "needs": [need.model_dump() for need in call.needs],
        "position": place.position if place else None,
        "estimate": _span(place.estimate) if place else None,
        "started_at": show_posix(call.started_at),
        "duration": since(call.started_at),
    }


def _show_party(party: LiveParty) -> dict[str, Any]:
    return {
        "kind": party.kind,
        "agent": _public(party.agent),
        "member": _public(party.member),
        "number": party.number,
        "queue": _public(party.queue),
        "talking": party.talking,
        "muted": party.muted,
    }


def show_queue(queue: LiveQueue | None) -> dict[str, Any]:
    """Show what stands in a queue. Without a view nothing waits.

    `longest_wait` is that of a caller on the line; the estimates are those of `as_of`.
    """
    now = utcnow().timestamp()
    waiting = [_show_waiting(call, now) for call in queue.waiting] if queue else []
    return {
        "as_of": show_posix(queue.at) if queue else None,
        "waiting": waiting,
        "longest_wait": max((call["wait"] for call in waiting if not call["callback"]), default=None),
        "callbacks_later": [_show_later(later) for later in queue.later] if queue else [],
        "estimate": _span(queue.estimate) if queue else None,
        "agents": queue.agents if queue else {},
        "today": _show_today(queue.today if queue else QueueToday()),
        "conversations": _show_work(queue.work or LiveWork() if queue else LiveWork(), now),
    }


def _show_work(work: LiveWork, now: float) -> dict[str, Any]:
    """Show the queue's conversations."""
    return {
        "waiting": work.waiting,
        "oldest_at": None if work.oldest_at is None else show_posix(work.oldest_at),
        "longest_wait": None if work.oldest_at is None else since(work.oldest_at, now),
        "accepted": work.accepted,
        "today": _show_today(work.today),
    }


def _show_today(today: QueueToday) -> dict[str, Any]:
    """Show today's figures. After the midnight until which they hold there are none yet."""
    over = today.until is not None and utcnow().timestamp() >= today.until
    return (QueueToday() if over else today).model_dump(exclude={"until"})


def _show_waiting(place: WaitingCall, now: float) -> dict[str, Any]:
    """Show a place as it is at `now`.

    With `callback` true, `call` is the callback's id, and the customer `from` is not on the line.
    """
    return {
        "call": public_id(place.call),
        "from": place.caller,
        "callback": place.callback,
        "position": place.position,
        "estimate": _span(place.estimate),
        "priority": place.priority,
        "entered_at": show_posix(place.entered_at),
        "wait": since(place.entered_at, now),
    }


def _show_later(later: LaterCallback) -> dict[str, Any]:
    return {
        "call": public_id(later.callback),
        "from": later.number,
        "entered_at": show_posix(later.entered_at),
        "due_at": show_posix(later.due_at),
        "attempts": later.attempts,
    }


def _span(estimate: Span | None) -> dict[str, float] | None:
    return None if estimate is None else {"low": estimate[0], "high": estimate[1]}


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
_MINUTES = [f"{second // 60:02}:{second % 60:02}" for second in range(3600)]
_MILLISECONDS = [f".{number:03}Z" for number in range(1000)]


def show_posix(seconds: float | None) -> str | None:
    """Return POSIX seconds as ISO 8601. Lists have hundreds, so it is put together from prepared texts."""
    if seconds is None:
        return None
    hour, rest = divmod(round(seconds * 1e6), 3_600_000_000)
    second, microseconds = divmod(rest, 1_000_000)
    return _hour(hour) + _MINUTES[second] + _MILLISECONDS[microseconds // 1000]


@lru_cache(maxsize=1000)
def _hour(number: int) -> str:
    """Return the beginning of the time, up to its hour."""
    return (_EPOCH + timedelta(hours=number)).isoformat("T", "hours") + ":"


def since(seconds: float, now: float | None = None) -> float:
    """Return the seconds from that moment to now. Never negative, though the clocks of two machines may differ."""
    return show_seconds(max(0.0, (utcnow().timestamp() if now is None else now) - seconds))


def _public(id: str | None) -> str | None:
    return None if id is None else public_id(id)


def _away() -> Unavailable:
    return Unavailable("Redis is away, so nothing live is known or changed")
