"""Rows of the database as the core's values. One that makes no valid value raises ValueError, TypeError or KeyError.

A setting needs a line here only if its column has another name than the core's field. The test
`tests/models/test_settings.py` tells by name which place lacks a setting.
"""

from collections.abc import Collection, Mapping, Sequence

from models import (
    Agent,
    CallRoute,
    DecidedBy,
    Department,
    DidNumber,
    Mailbox,
    OutboundLimits,
    Queue,
    QueueAgent,
    Team,
    TeamUser,
    TrunkRule,
    User,
    UserStatus,
)
from routing import config
from routing.config import (
    NOTICE_SOUND,
    AgentConfig,
    DepartmentConfig,
    MailboxConfig,
    NumberConfig,
    QueueConfig,
    QueueMember,
    RouteConfig,
    TeamConfig,
    UserConfig,
)
from routing.events import AgentStatus, AgentStatusSet
from routing.expressions.prompts import upload_named
from routing.ids import AgentId, QueueId, RouteId, TeamId
from routing.persistence import rows
from routing.persistence.rows import from_row, outbound_policy
from routing.routes.document import parse_route
from switchroom.numbers import country_code
from switchroom.settings import Settings


def team_config(
    row: tuple[Team, Mapping[str, OutboundLimits], Sequence[TrunkRule], Settings],
) -> TeamConfig:
    """Make a team. What it may dial comes from the settings, from what an operator decided, and from its own limits."""
    team, limits, rules, settings = row
    outbound = outbound_policy(settings, limits.get(DecidedBy.OPERATOR), limits.get(DecidedBy.TEAM))
    return from_row(
        TeamConfig,
        team,
        name=team.team_name,
        notice_sound=NOTICE_SOUND,
        outbound=outbound,
        trunks=tuple(from_row(config.TrunkRule, rule) for rule in rules),
        main_number=team.main_number or "",
        country=country_code(team.country),
        max_calls=team.quotas.get("calls", settings.quota_calls),
        suspended=team.suspended_at is not None,
    )


def user_config(row: tuple[TeamUser, User]) -> UserConfig:
    """Make a member of a team. A user whom an operator suspended forwards nowhere."""
    member, user = row
    name = f"{user.first_name} {user.last_name}".strip()
    return rows.user_config(member, name=name, suspended=user.status == UserStatus.DEACTIVATED.value)


def department_config(row: tuple[Department, Sequence[str]]) -> DepartmentConfig:
    department, users = row
    return from_row(DepartmentConfig, department, users=tuple(users))


def is_plain(mailbox: Mailbox) -> bool:
    """Return whether the core needs to know nothing of the mailbox: all is as the defaults say."""
    own = mailbox.greetings or mailbox.number or mailbox.pin_hash
    return not own and mailbox.announce_time


def mailbox_config(row: tuple[Mailbox, Collection[str]]) -> MailboxConfig:
    """Make a mailbox. A greeting that is an upload counts from the moment in which its sound is `ready`."""
    mailbox, ready = row
    greetings = {
        kind: sound
        for kind, sound in mailbox.greetings.items()
        if (upload := upload_named(sound) if isinstance(sound, str) else None) is None or upload in ready
    }
    return from_row(
        MailboxConfig,
        mailbox,
        owner=mailbox.owner_id,
        number=mailbox.number or "",
        greetings=greetings,
        protected=mailbox.pin_hash is not None,
    )


def agent_config(row: tuple[Agent, TeamUser]) -> AgentConfig:
    """Make an agent. If their user has no SIP account, the phone is empty, and is never rung."""
    agent, member = row
    return from_row(AgentConfig, agent, phone=member.sip_username or "", extension=member.extension or "")


def queue_config(row: tuple[Queue, Sequence[QueueAgent]]) -> QueueConfig:
    queue, members = row
    ordered = sorted(members, key=lambda member: (member.order, member.agent_id))
    return from_row(QueueConfig, queue, members=tuple(from_row(QueueMember, member) for member in ordered))


def route_config(route: CallRoute) -> RouteConfig:
    document = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    return parse_route(document, id=RouteId(route.id), team=TeamId(route.team_id), version=route.version)


def number_config(number: DidNumber) -> NumberConfig:
    return from_row(NumberConfig, number)


def agent_status(row: Agent | QueueAgent) -> AgentStatusSet:
    """Return the status that was set: an agent's overall one, or the one for a queue.

    Raises ValueError if the agent has no status of their own in that queue.
    """
    if isinstance(row, Agent):
        return AgentStatusSet(AgentId(row.id), AgentStatus(row.status), reason=row.reason)
    status = AgentStatus(row.status or "")
    return AgentStatusSet(AgentId(row.agent_id), status, QueueId(row.queue_id), row.reason)
