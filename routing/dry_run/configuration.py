"""The throw-away team of a dry run: what is configured, and stand-ins for everything else that a route names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from routing.config import (
    AgentConfig,
    ConfigItem,
    DepartmentConfig,
    NumberConfig,
    OpeningHours,
    QueueConfig,
    QueueMember,
    RouteConfig,
    SkillNeed,
    TeamConfig,
    UserConfig,
)
from routing.dry_run.assumptions import Assumed, named, routes_within_reach
from routing.events import AgentStatus, AgentStatusSet, ConfigChanged, Event, PhoneStateChanged
from routing.ids import AgentId, DepartmentId, MemberId, NumberId, QueueId, TeamId, UserId
from routing.routes.references import Reference

QUEUE_AGENT = AgentId("queue-agent")
"""The agent who serves every queue. Their phone is busy until a caller of a queue is to be answered."""
_MEMBER = UserId("department-member")
LONG_WAIT = 3600.0
"""After this many seconds a caller leaves by `timeout`, if that is assumed and nothing else limits the wait."""

_TAKES_CALLERS: dict[str, Any] = {
    "hours": None,
    "join_when_empty": True,
    "max_waiting": None,
    "max_calls": None,
}
_OUTCOMES: dict[str, dict[str, Any]] = {
    "answered": _TAKES_CALLERS,
    "timeout": _TAKES_CALLERS,
    "full": {**_TAKES_CALLERS, "max_waiting": 0},
    "empty": {**_TAKES_CALLERS, "join_when_empty": False},
    "closed": {"hours": OpeningHours("UTC", {})},
}
"""The settings that make a queue treat callers as assumed."""


def opening(route: RouteConfig, did: str, assumed: Assumed) -> Iterator[Event]:
    """Yield the events after which `did` leads to the route, and everybody whom the route names can answer."""
    team = route.team
    made = list(_made(team, route, assumed))
    agents = [item for item in made if isinstance(item, AgentConfig)]
    number = NumberConfig(NumberId("dry-run"), team, did, route=route.id)
    others = (assumed.routes[id] for id in routes_within_reach(route, assumed))
    yield ConfigChanged((*made, *others, route, number))
    for agent in agents:
        yield PhoneStateChanged(agent.phone, registered=True, busy=agent.id == QUEUE_AGENT)
        yield AgentStatusSet(agent.id, AgentStatus.AVAILABLE)


def answering(queue: QueueConfig, needs: Iterable[SkillNeed]) -> Iterator[Event]:
    """Yield the events after which an agent with all skills that the caller needs is free for the queue."""
    skills = tuple((need.skill, 100) for need in (*queue.skills, *needs))
    yield ConfigChanged((replace(queue, members=(QueueMember(QUEUE_AGENT, skills=skills),)),))
    yield PhoneStateChanged(str(QUEUE_AGENT), registered=True)


def _made(team: TeamId, route: RouteConfig, assumed: Assumed) -> Iterator[ConfigItem]:
    """Yield what the call may come to. Agents come first, since queues list them."""
    configured = {_key(item): item for item in assumed.configuration}
    found: list[ConfigItem] = []
    for kind, id in named(route, assumed):
        if kind in _STAND_INS:
            found.append(configured.get((kind, id)) or _STAND_INS[kind](team, id))
    yield _agent(team, QUEUE_AGENT)
    for user in dict.fromkeys(user for item in found for user in _users(item)):
        yield _agent(team, f"agent-of-{user}", user)
    teams = [item for item in assumed.configuration if isinstance(item, TeamConfig)]
    yield from teams or [TeamConfig(team, "")]
    yield from (item for item in assumed.configuration if isinstance(item, NumberConfig))
    for item in found:
        yield _queue(item, assumed.queues.get(item.id)) if isinstance(item, QueueConfig) else item


def _key(item: ConfigItem) -> Reference:
    """Return the reference by which a block names the item."""
    if isinstance(item, UserConfig):
        return "user", item.user
    return {QueueConfig: "queue", DepartmentConfig: "department"}.get(type(item), "other"), item.id


def _users(item: ConfigItem) -> tuple[UserId, ...]:
    """Return the users who need a phone so that the item can be rung."""
    if isinstance(item, DepartmentConfig):
        return item.users
    return (item.user,) if isinstance(item, UserConfig) else ()


def _agent(team: TeamId, id: str, user: UserId | None = None) -> AgentConfig:
    return AgentConfig(AgentId(id), team, "", UserId(id) if user is None else user, phone=id)


_STAND_INS: dict[str, Callable[[TeamId, str], ConfigItem]] = {
    "queue": lambda team, id: QueueConfig(QueueId(id), team, ""),
    "user": lambda team, id: UserConfig(MemberId(id), team, UserId(id), ""),
    "department": lambda team, id: DepartmentConfig(DepartmentId(id), team, "", users=(_MEMBER,)),
    "agent": _agent,
}
"""The stand-in for something that a block names and that is not configured, by its kind."""


def _queue(queue: QueueConfig, outcome: str | None) -> QueueConfig:
    members = () if outcome == "empty" else (QueueMember(QUEUE_AGENT),)
    limit = queue.max_wait
    if outcome == "timeout" and limit is None:
        limit = LONG_WAIT
    settings = {"join_when_empty": True} if outcome is None else _OUTCOMES[outcome]
    return replace(queue, members=members, leave_when_empty=False, max_wait=limit, **settings)
