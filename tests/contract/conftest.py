"""An api with every setting that an operation asks for, and a team that has an object of every kind."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from analysis.simulate.child_process import Outcome
from api.core.rate_limits import RateLimiter
from api.inbox.authorization import service as inbox_sign_in
from api.telephony.queues import simulation
from models import User
from providers.inbox.facebook_login import FacebookRefused
from providers.integrations.base import ProviderEvent
from routing.simulation import Plan, scenario_of, simulate
from switchroom.vapid import make_private_key
from tests.api.conftest import apis, cheap_hashes
from tests.contract.team import EVENT_THERE, Team
from tests.support.api.world import world_of
from tests.support.integrations import Account, install
from tests.support.servers import new_sqlite_database

__all__ = ["cheap_hashes"]


@pytest.fixture(scope="module")
def shared_team(redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Start an api on SQLite, with a team that has an object of every kind. `team` is the same for one test.

    The api signs URLs of recordings, and has an empty library of sounds.
    """
    folder = tmp_path_factory.mktemp("api")
    keys = {
        "s3_access_key": "key",
        "s3_secret_key": secrets.token_hex(16),
        "vapid_private_key": make_private_key(),
    }
    with apis(redis_server) as make:
        api = make(new_sqlite_database(folder / "switchroom.db"), sounds_dir=folder, **keys)
        yield Team(world_of(api))


@pytest.fixture
def team(shared_team: Team) -> Iterator[Team]:
    """Yield the team. What the test changes in the database is undone."""
    with shared_team.unchanged():
        yield shared_team


@pytest.fixture
def operators_team(team: Team) -> Team:
    """Return the team. Its admin is an operator of the installation too, so that no operation refuses them."""
    with team.world.api.session() as session:
        session.get_one(User, team.world.admin.user.id).operator = True
    return team


def no_user_of_facebook(*_: Any) -> str:
    raise FacebookRefused


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rate limits, and simulations in this process: a process for each would take most of the time.

    Providers of contacts and events are in memory, with the team's event in the calendar. Facebook knows no user.
    """

    def at_once(plan: Plan, _seconds: float) -> Outcome:
        return Outcome(simulate(scenario_of(plan), plan.seed).figures(), None)

    account = Account()
    account.put("events", ProviderEvent(id=EVENT_THERE))
    install(account, monkeypatch.setattr)
    monkeypatch.setattr(RateLimiter, "hit", lambda *_: None)
    monkeypatch.setattr(inbox_sign_in, "address_of", no_user_of_facebook)
    monkeypatch.setattr(RateLimiter, "slow_down", lambda *_: None)
    monkeypatch.setattr(simulation, "simulate_in_child", at_once)
