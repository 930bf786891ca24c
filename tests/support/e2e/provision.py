"""Queues with any number of agents. They are written as the api does: rows and messages in one transaction."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis import Redis
from sqlmodel import Session

from models.agent import Agent
from models.number import DidNumber
from models.outbox import emit_command
from models.queue import Queue, QueueAgent
from models.team import Team, TeamUser, sip_username
from models.user import User
from switchroom.messages.commands import ReloadConfig
from switchroom.redis_keys import Keys
from tests.support.sip.realtime import Account


@dataclass(frozen=True)
class TestAgent:
    """An agent with the account of their phone."""

    __test__ = False
    id: str
    account: Account


def new_team(session: Session) -> Team:
    """Make a team with an owner."""
    owner = User(email="owner@example.com", first_name="Olive", last_name="Owner")
    session.add(owner)
    session.flush()
    team = Team(team_name="Bench", slug="bench", owner_id=owner.id, billing_id=1, number=1)
    session.add(team)
    session.flush()
    return team


def provision(
    session: Session, team: Team, e164: str, agents: int, first_extension: int, **queue: Any
) -> tuple[str, list[TestAgent]]:
    """Make a queue with its own DID and `agents` agents. It is named after its number. Return its id and the agents."""
    row = Queue(team_id=team.id, name=f"Queue {e164}", **queue)
    session.add(row)
    session.flush()
    made = [_agent(session, team, str(first_extension + i), row.id, i) for i in range(agents)]
    number = DidNumber(team_id=team.id, e164=e164, name=e164, queue_id=row.id)
    session.add(number)
    session.flush()
    for agent in made:
        emit_command(session, ReloadConfig(kind="agent", id=agent.id))
    emit_command(session, ReloadConfig(kind="queue", id=row.id))
    emit_command(session, ReloadConfig(kind="number", id=number.id))
    return row.id, made


def send_status(client: Redis, keys: Keys, agents: Iterable[TestAgent], status: str) -> None:
    """Send the statuses straight to the engine's stream. The messages are the api's, but they are sent a hundred at
    a time."""
    for agent in agents:
        change = {"type": "agent-status", "agent": agent.id, "status": status}
        body = {**change, "queue": None, "reason": "", "by": None}
        client.xadd(keys.commands, {"body": json.dumps(body)})


def _agent(session: Session, team: Team, extension: str, queue: str, order: int) -> TestAgent:
    user = User(email=f"agent{extension}@example.com", first_name="Agent", last_name=extension)
    session.add(user)
    session.flush()
    name, secret = sip_username(extension, team.id), secrets.token_urlsafe(24)
    member = TeamUser(
        team_id=team.id, user_id=user.id, extension=extension, sip_username=name, extension_secret=secret
    )
    session.add(member)
    agent = Agent(team_id=team.id, user_id=user.id, name=f"Agent {extension}")
    session.add(agent)
    session.flush()
    session.add(QueueAgent(queue_id=queue, agent_id=agent.id, order=order))
    emit_command(session, ReloadConfig(kind="user", id=member.id))
    return TestAgent(agent.id, Account(extension, secret, team=team.id[-12:]))
