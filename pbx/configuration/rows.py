"""Rows of the database as the core's values. A row that makes no valid value raises ValueError, TypeError or
KeyError."""

from collections.abc import Mapping, Sequence
from typing import Any

from models import Agent, CallRoute, Department, DidNumber, Queue, QueueAgent, Team, TeamUser, User
from routing.config import (
    AgentConfig,
    DepartmentConfig,
    NumberConfig,
    OpeningHours,
    Overflow,
    QueueConfig,
    QueueMember,
    RecordingPolicy,
    Relaxation,
    RingType,
    RouteConfig,
    SkillNeed,
    Strategy,
    TeamConfig,
    UserConfig,
)
from routing.events import AgentStatus, AgentStatusSet
from routing.ids import AgentId, DepartmentId, MemberId, NumberId, QueueId, RouteId, TeamId, UserId
from routing.routes.document import parse_route


def team_config(team: Team) -> TeamConfig:
    return TeamConfig(
        TeamId(team.id),
        team.team_name,
        team.timezone,
        RecordingPolicy(team.recording),
        language=team.language,
        priority_seconds=team.priority_seconds,
    )


def user_config(row: tuple[TeamUser, User]) -> UserConfig:
    """Only an outside number is forwarded to; an extension is reached by its own phone."""
    member, user = row
    number = member.forward_number if member.forward else None
    return UserConfig(
        MemberId(member.id),
        TeamId(member.team_id),
        UserId(member.user_id),
        f"{user.first_name} {user.last_name}".strip(),
        number if number and number.startswith("+") else "",
        member.voicemail,
    )


def department_config(row: tuple[Department, Sequence[str]]) -> DepartmentConfig:
    department, users = row
    return DepartmentConfig(
        DepartmentId(department.id),
        TeamId(department.team_id),
        department.name,
        RingType(department.ring_type),
        tuple(UserId(user) for user in users),
    )


def agent_config(row: tuple[Agent, TeamUser]) -> AgentConfig:
    """An agent whose user has no SIP account has the empty phone: it is never rung."""
    agent, member = row
    return AgentConfig(
        AgentId(agent.id),
        TeamId(agent.team_id),
        agent.name,
        UserId(agent.user_id),
        member.sip_username or "",
        member.extension or "",
        agent.capacity,
    )


def queue_config(row: tuple[Queue, Sequence[QueueAgent]]) -> QueueConfig:
    queue, members = row
    return QueueConfig(
        id=QueueId(queue.id),
        team=TeamId(queue.team_id),
        name=queue.name,
        strategy=Strategy(queue.strategy),
        members=tuple(
            QueueMember(
                AgentId(m.agent_id),
                m.order,
                tuple((str(name), int(level)) for name, level in m.skills),
                m.weight,
            )
            for m in sorted(members, key=lambda m: (m.order, m.agent_id))
        ),
        priority=queue.priority,
        ring_timeout=queue.ring_timeout,
        wrap_up=queue.wrap_up,
        max_wait=queue.max_wait,
        max_waiting=queue.max_waiting,
        join_when_empty=queue.join_when_empty,
        leave_when_empty=queue.leave_when_empty,
        ring_limit=queue.ring_limit,
        missed_limit=queue.missed_limit,
        call_service_good=queue.call_service_good,
        music=queue.music,
        recording=_policy(queue.recording),
        ring_step=queue.ring_step,
        skills=tuple(SkillNeed(n["skill"], n["level"], n["required"]) for n in queue.skills),
        relaxation=tuple(Relaxation(float(r["after"]), r["lower"]) for r in queue.relaxation),
        sticky_wait=queue.sticky_wait,
        sticky_days=queue.sticky_days,
        max_calls=queue.max_calls,
        hours=_hours(queue.hours),
        overflow=None
        if queue.overflow is None
        else Overflow(queue.overflow["type"], queue.overflow["settings"]),
        announce_position=queue.announce_position,
        announce_wait=queue.announce_wait,
        announce_first=queue.announce_first,
        announce_every=queue.announce_every,
        comfort_sounds=tuple(queue.comfort_sounds),
        comfort_every=queue.comfort_every,
        agent_sounds=tuple(queue.agent_sounds),
        agent_wait=queue.agent_wait,
        callback_attempts=queue.callback_attempts,
        callback_retry=queue.callback_retry,
        callback_timeout=queue.callback_timeout,
        callback_caller_id=queue.callback_caller_id,
    )


def _hours(value: Mapping[str, Any] | None) -> OpeningHours | None:
    if value is None:
        return None
    weekly = {day: tuple((start, end) for start, end in spans) for day, spans in value["weekly"].items()}
    return OpeningHours(value["timezone"], weekly, tuple(value["holidays"]))


def route_config(route: CallRoute) -> RouteConfig:
    document = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    return parse_route(document, id=RouteId(route.id), team=TeamId(route.team_id), version=route.version)


def number_config(number: DidNumber) -> NumberConfig:
    return NumberConfig(
        NumberId(number.id),
        TeamId(number.team_id),
        number.e164,
        None if number.route_id is None else RouteId(number.route_id),
        None if number.queue_id is None else QueueId(number.queue_id),
        None if number.user_id is None else UserId(number.user_id),
        _policy(number.recording),
    )


def agent_status(row: Agent | QueueAgent) -> AgentStatusSet:
    if isinstance(row, Agent):
        return AgentStatusSet(AgentId(row.id), AgentStatus(row.status), reason=row.reason)
    status = AgentStatus(row.status or "")
    return AgentStatusSet(AgentId(row.agent_id), status, QueueId(row.queue_id), row.reason)


def _policy(value: str | None) -> RecordingPolicy | None:
    return None if value is None else RecordingPolicy(value)
