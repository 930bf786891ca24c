"""Agents of the running system who can sign in to the console, with their telephones."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from sqlmodel import Session

from api.core.passwords import hash_password
from models.agent import Agent
from models.user import User
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.system import System
from tests.support.sip.phones import AgentPhones

PASSWORD = "Example-1"
_UNUSED = iter(secrets.SystemRandom().sample(range(1000, 9000), 8000))
"""The ends of numbers, each once: a system is that of one process of tests."""


@dataclass(frozen=True)
class Staffed:
    """A queue with its number, and one agent, who signs in with `email` and `PASSWORD`."""

    queue: str
    did: str
    agent: TestAgent
    email: str
    phones: AgentPhones


def is_now(desk: Page, status: str) -> None:
    """Let the agent whose desk it is choose a status."""
    own = desk.get_by_role("region", name="Your status")
    own.get_by_role("button", name=status, exact=True).click()
    expect(own.locator(".tag").first).to_have_text(status)


@contextmanager
def staffed(system: System, folder: Path, *, desk_phone: bool = True, **settings: Any) -> Iterator[Staffed]:
    """Make a queue with one agent, whose desk phone is registered and answers, unless it is off. Its number is any that
    is not used."""
    drawn = next(_UNUSED)
    did = f"+1416555{drawn}"
    queue, [agent] = system.provision(did, 1, 50_000 + drawn, **{"recording": "none", **settings})

    def let_in(session: Session) -> str:
        user = session.get_one(User, session.get_one(Agent, agent.id).user_id)
        user.password_hash = hash_password(PASSWORD)
        session.add(user)
        return user.email

    email = system.transaction(let_in)
    phones = AgentPhones(folder, system.sip(), [agent.account])
    if desk_phone:
        phones.start()
    try:
        yield Staffed(queue, did, agent, email, phones)
    finally:
        phones.stop()
