"""The engine's live views (hashes in Redis; shapes: `pbx.live`) as the api shows them: public ids, times in
ISO 8601."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import RedisError

from api.context import Context
from api.errors import Unavailable
from api.resource import show_time
from models import utcnow
from switchroom.ids import public_id

View = dict[str, Any]


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
        return {id: json.loads(text) for id, text in texts if text is not None}

    def calls_of(self, team_id: str) -> list[View]:
        """A team's live calls, oldest first."""
        try:
            views = [
                json.loads(text) for _, text in self.context.redis.hscan_iter(self.context.keys.live("call"))
            ]
        except RedisError as error:
            raise _away() from error
        mine = {view["call"]: view for view in views if view["team"] == team_id}
        return sorted(mine.values(), key=lambda view: (view["started_at"], view["call"]))


def show_call(view: View) -> View:
    """A live call: `{id, team, did, from, state, queue, agent, started_at, duration}`, seconds."""
    return {
        "id": public_id(view["call"]),
        "team": _public(view["team"]),
        "did": view["did"],
        "from": view["caller"],
        "state": view["state"],
        "queue": _public(view["queue"]),
        "agent": _public(view["agent"]),
        "started_at": show_posix(view["started_at"]),
        "duration": since(view["started_at"]),
    }


def show_queue(view: View | None) -> View:
    """What stands in a queue: `{waiting, longest_wait, agents, today}`. Without a view nothing is known to
    wait."""
    waiting = [_show_waiting(call) for call in view["waiting"]] if view else []
    nothing = {"offered": 0, "answered": 0, "abandoned": 0, "service_level": None, "asa": None}
    return {
        "waiting": waiting,
        "longest_wait": max((call["wait"] for call in waiting), default=None),
        "agents": view["agents"] if view else {},
        "today": view["today"] if view else nothing,
    }


def _show_waiting(call: View) -> View:
    return {
        "call": public_id(call["call"]),
        "from": call["caller"],
        "position": call["position"],
        "priority": call["priority"],
        "entered_at": show_posix(call["entered_at"]),
        "wait": since(call["entered_at"]),
    }


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
