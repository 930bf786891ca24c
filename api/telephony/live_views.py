"""The engine's live views (hashes in Redis; shapes: `pbx.persistence.live_views`) as the api shows them.

Ids are public ones, times in ISO 8601."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import RedisError

from api.conventions.resource import show_time
from api.core.context import Context
from api.core.errors import Unavailable
from models import utcnow
from switchroom.ids import public_id

View = dict[str, Any]

_ABSENT: dict[str, View] = {
    "agent": {},
    "call": {"direction": "inbound", "callback_of": None, "needs": []},
    "queue": {"at": None, "estimate": None, "later": []},
}
_ABSENT_PLACE: View = {"callback": False, "estimate": None}
"""What the views of an engine of an earlier release lack: an upgrade changes api and engine one after the other."""


def _read(kind: str, text: bytes | str) -> View:
    view: View = {**_ABSENT[kind], **json.loads(text)}
    if kind == "queue":
        view["waiting"] = [{**_ABSENT_PLACE, **place} for place in view["waiting"]]
    return view


@dataclass(frozen=True, slots=True)
class Live:
    """Reads the views. Every method raises Unavailable while Redis is away."""

    context: Context

    def engine_up(self) -> bool:
        """Whether an engine is at work now; if not, views show the last that was known."""
        try:
            return bool(self.context.redis.exists(self.context.keys.heartbeat))
        except RedisError as error:
            raise _away() from error

    def get(self, kind: str, id: str) -> View | None:
        """The view of one object, as the engine wrote it."""
        return self.many(kind, [id]).get(id)

    def many(self, kind: str, ids: Iterable[str]) -> dict[str, View]:
        """The views of those objects that have one."""
        wanted = list(ids)
        if not wanted:
            return {}
        try:
            found = self.context.redis.hmget(self.context.keys.live(kind), wanted)
        except RedisError as error:
            raise _away() from error
        texts = zip(wanted, cast(list[Any], found), strict=True)
        return {id: _read(kind, text) for id, text in texts if text is not None}

    def calls_of(self, team_id: str) -> list[View]:
        """A team's live calls, oldest first."""
        try:
            found = self.context.redis.hscan_iter(self.context.keys.live("call"))
            views = [_read("call", text) for _, text in found]
        except RedisError as error:
            raise _away() from error
        mine = {view["call"]: view for view in views if view["team"] == team_id}
        return sorted(mine.values(), key=lambda view: (view["started_at"], view["call"]))

    def places_of(self, views: Iterable[View]) -> dict[str, View]:
        """Where those calls stand that wait: call -> its place in its queue's view."""
        queues = self.many("queue", dict.fromkeys(view["queue"] for view in views if view["queue"]))
        return {place["call"]: place for queue in queues.values() for place in queue["waiting"]}

    def queue_of_callback(self, id: str) -> View | None:
        """The view of the queue in which that callback waits."""
        try:
            texts = [text for _, text in self.context.redis.hscan_iter(self.context.keys.live("queue"))]
        except RedisError as error:
            raise _away() from error
        # Views of long queues are large: only one that has the id somewhere is worth parsing.
        for view in (_read("queue", text) for text in texts if id.encode() in text):
            waiting = [place["call"] for place in view["waiting"] if place["callback"]]
            if id in waiting or any(later["callback"] == id for later in view["later"]):
                return view
        return None


def show_call(view: View, place: View | None = None) -> View:
    """A live call: `{id, team, did, from, direction, callback_of, state, queue, agent, needs, position, estimate,
    started_at, duration}`, seconds. `place` is its own in its queue's view, None if it waits in none."""
    return {
        "id": public_id(view["call"]),
        "team": _public(view["team"]),
        "did": view["did"],
        "from": view["caller"],
        "direction": view["direction"],
        "callback_of": _public(view["callback_of"]),
        "state": view["state"],
        "queue": _public(view["queue"]),
        "agent": _public(view["agent"]),
        "needs": view["needs"],
        "position": place["position"] if place else None,
        "estimate": _span(place["estimate"]) if place else None,
        "started_at": show_posix(view["started_at"]),
        "duration": since(view["started_at"]),
    }


def show_queue(view: View | None) -> View:
    """What stands in a queue: `{as_of, waiting, longest_wait, callbacks_later, estimate, agents, today}`. Without a
    view nothing is known to wait. `longest_wait` is that of a caller on the line; estimates are those of `as_of`."""
    waiting = [_show_waiting(call) for call in view["waiting"]] if view else []
    nothing = {"offered": 0, "answered": 0, "abandoned": 0, "service_level": None, "asa": None}
    return {
        "as_of": show_posix(view["at"]) if view else None,
        "waiting": waiting,
        "longest_wait": max((call["wait"] for call in waiting if not call["callback"]), default=None),
        "callbacks_later": [_show_later(later) for later in view["later"]] if view else [],
        "estimate": _span(view["estimate"]) if view else None,
        "agents": view["agents"] if view else {},
        "today": view["today"] if view else nothing,
    }


def _show_waiting(call: View) -> View:
    """With `callback` true `call` is the callback's own id, and the customer `from` is not on the line."""
    return {
        "call": public_id(call["call"]),
        "from": call["caller"],
        "callback": call["callback"],
        "position": call["position"],
        "estimate": _span(call["estimate"]),
        "priority": call["priority"],
        "entered_at": show_posix(call["entered_at"]),
        "wait": since(call["entered_at"]),
    }


def _show_later(later: View) -> View:
    return {
        "call": public_id(later["callback"]),
        "from": later["number"],
        "entered_at": show_posix(later["entered_at"]),
        "due_at": show_posix(later["due_at"]),
        "attempts": later["attempts"],
    }


def _span(estimate: list[float] | None) -> View | None:
    return None if estimate is None else {"low": estimate[0], "high": estimate[1]}


def show_posix(seconds: float | None) -> str | None:
    """POSIX seconds as ISO 8601."""
    return None if seconds is None else show_time(datetime.fromtimestamp(seconds, UTC))


def since(seconds: float) -> float:
    """Seconds from that moment to now, never negative: clocks of two machines differ."""
    return round(max(0.0, utcnow().timestamp() - seconds), 3)


def _public(id: str | None) -> str | None:
    return None if id is None else public_id(id)


def _away() -> Unavailable:
    return Unavailable("Redis is away, so nothing live is known")
