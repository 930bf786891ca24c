"""The throw-away team of a dry run: what was configured, and something made up for everything else that is named."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from routing.blocks import BLOCK_TYPES
from routing.config import (
    AgentConfig,
    Block,
    ConfigItem,
    DepartmentConfig,
    NumberConfig,
    OpeningHours,
    Overflow,
    QueueConfig,
    QueueMember,
    RouteConfig,
    SkillNeed,
    TeamConfig,
    UserConfig,
)
from routing.dry_run.assumptions import Assumed
from routing.events import AgentStatus, AgentStatusSet, ConfigChanged, Event, PhoneStateChanged
from routing.ids import AgentId, DepartmentId, MemberId, NumberId, QueueId, TeamId, UserId
from routing.routes.references import Reference, named_in

QUEUE_AGENT = AgentId("queue-agent")
"""Serves every queue. Its phone is busy until a caller of a queue is to be answered."""
_MEMBER = UserId("department-member")
LONG_WAIT = 3600.0
"""Seconds after which a caller leaves by `timeout` if that is assumed and nothing limits the wait."""

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
"""The settings with which a queue treats callers as assumed."""


def opening(route: RouteConfig, did: str, assumed: Assumed) -> Iterator[Event]:
    """The events after which `did` leads to the route and everybody whom a route names can answer."""
    team = route.team
    made = list(_made(team, (route, *assumed.routes.values()), assumed))
    agents = [item for item in made if isinstance(item, AgentConfig)]
    number = NumberConfig(NumberId("dry-run"), team, did, route=route.id)
    yield ConfigChanged((*made, *assumed.routes.values(), route, number))
    for agent in agents:
        yield PhoneStateChanged(agent.phone, registered=True, busy=agent.id == QUEUE_AGENT)
        yield AgentStatusSet(agent.id, AgentStatus.AVAILABLE)


def answering(queue: QueueConfig, needs: Iterable[SkillNeed]) -> Iterator[Event]:
    """The events after which an agent with all skills that a caller needs is free for the queue."""
    skills = tuple((need.skill, 100) for need in (*queue.skills, *needs))
    yield ConfigChanged((replace(queue, members=(QueueMember(QUEUE_AGENT, skills=skills),)),))
    yield PhoneStateChanged(str(QUEUE_AGENT), registered=True)


def _made(team: TeamId, routes: Iterable[RouteConfig], assumed: Assumed) -> Iterator[ConfigItem]:
    """The team's things. Agents come first, since queues list them."""
    queues = {item.id: item for item in assumed.configuration if isinstance(item, QueueConfig)}
    users = {item.user: item for item in assumed.configuration if isinstance(item, UserConfig)}
    departments = {item.id: item for item in assumed.configuration if isinstance(item, DepartmentConfig)}
    blocks: list[Block | Overflow] = [block for route in routes for block in route.blocks.values()]
    blocks += [queue.overflow for queue in queues.values() if queue.overflow is not None]
    for kind, id in _named(blocks):
        if kind == "queue":
            queues.setdefault(QueueId(id), QueueConfig(QueueId(id), team, ""))
        elif kind == "user":
            users.setdefault(UserId(id), UserConfig(MemberId(id), team, UserId(id), ""))
        elif kind == "department":
            made = DepartmentConfig(DepartmentId(id), team, "", users=(_MEMBER,))
            departments.setdefault(made.id, made)
        elif kind == "agent":
            yield _agent(team, id, UserId(id))
    yield _agent(team, QUEUE_AGENT, UserId(QUEUE_AGENT))
    for user in dict.fromkeys([*users, *(user for each in departments.values() for user in each.users)]):
        yield _agent(team, f"agent-of-{user}", user)
    given = [item for item in assumed.configuration if isinstance(item, TeamConfig)]
    yield from given or [TeamConfig(team, "")]
    yield from users.values()
    yield from departments.values()
    yield from (_queue(queue, assumed.queues.get(queue.id)) for queue in queues.values())


def _named(blocks: Iterable[Block | Overflow]) -> dict[Reference, None]:
    """What the blocks name, each once, in their order."""
    known = (block for block in blocks if block.type in BLOCK_TYPES)
    return dict.fromkeys(ref for block in known for ref in named_in(BLOCK_TYPES[block.type], block.settings))


def _agent(team: TeamId, id: str, user: UserId) -> AgentConfig:
    return AgentConfig(AgentId(id), team, "", user, phone=id)


def _queue(queue: QueueConfig, outcome: str | None) -> QueueConfig:
    members = () if outcome == "empty" else (QueueMember(QUEUE_AGENT),)
    limit = queue.max_wait
    if outcome == "timeout" and limit is None:
        limit = LONG_WAIT
    settings = {} if outcome is None else _OUTCOMES[outcome]
    return replace(queue, members=members, leave_when_empty=False, max_wait=limit, **settings)
