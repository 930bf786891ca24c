from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import select

from models import Agent, CallRoute, DidNumber, Queue, QueueAgent, Team, TeamUser, User
from pbx.configuration import Database
from pbx.configured import Configured
from routing.config import AgentConfig, NumberConfig, QueueConfig, RouteConfig, TeamConfig
from routing.events import AgentStatus, ConfigChanged
from switchroom.database import make_engine, session, upgrade
from tests.pbx.rows import Ids, migrated, seed

pytestmark = pytest.mark.service


@pytest.fixture
def database(tmp_path: Path) -> tuple[Database, Ids, Path]:
    _, engine = migrated(tmp_path)
    return Database(engine), seed(engine, status="Break"), tmp_path


def test_everything_is_loaded_with_each_agents_status(database: tuple[Database, Ids, Path]) -> None:
    reader, ids, _ = database
    loaded = reader.load()
    kinds = sorted(type(item).__name__ for item in loaded.items)
    assert kinds == ["AgentConfig", "AgentConfig", "NumberConfig", "QueueConfig", "RouteConfig", "TeamConfig"]
    queue = next(item for item in loaded.items if isinstance(item, QueueConfig))
    assert [member.agent for member in queue.members] == list(ids.agents)
    assert queue.members[0].skills == (("english", 3),)
    agent = next(item for item in loaded.items if isinstance(item, AgentConfig) and item.id == ids.agents[0])
    assert (agent.phone, agent.extension) == ("phone0", "100")
    number = next(item for item in loaded.items if isinstance(item, NumberConfig))
    assert (number.e164, number.route) == ("+14165550100", ids.route)
    assert [(status.agent, status.status) for status in loaded.statuses] == [
        (agent, AgentStatus.BREAK) for agent in ids.agents
    ]


@pytest.mark.parametrize("kind", ["team", "queue", "agent", "route", "number"])
def test_one_object_is_loaded_as_it_stands_and_a_missing_one_is_removed(
    database: tuple[Database, Ids, Path], kind: str
) -> None:
    reader, ids, _ = database
    id = ids.agents[0] if kind == "agent" else getattr(ids, kind)
    classes = {"team": TeamConfig, "queue": QueueConfig, "agent": AgentConfig, "route": RouteConfig}
    change = reader.load_one(kind, id)  # type: ignore[arg-type]
    assert [type(item) for item in change.items] == [classes.get(kind, NumberConfig)]
    assert change == ConfigChanged(tuple(item for item in reader.load().items if item.id == id))
    assert reader.load_one(kind, "0" * 32) == ConfigChanged(removed=("0" * 32,))  # type: ignore[arg-type]


def test_a_queues_own_status_of_an_agent_is_loaded_too(database: tuple[Database, Ids, Path]) -> None:
    reader, ids, folder = database
    with session(make_engine(f"sqlite:///{folder / 'switchroom.db'}")) as db:
        member = db.exec(select(QueueAgent).where(QueueAgent.agent_id == ids.agents[0])).one()
        member.status, member.reason = "Away", "meeting"
    own = [status for status in reader.load().statuses if status.queue is not None]
    assert [(s.agent, s.queue, s.status, s.reason) for s in own] == [
        (ids.agents[0], ids.queue, "Away", "meeting")
    ]


@pytest.mark.parametrize(
    "gone",
    [
        lambda user, member: setattr(member, "status", "deactivated"),
        lambda user, member: setattr(member, "status", "pending"),
        lambda user, member: setattr(user, "status", "deactivated"),
    ],
    ids=["deactivated membership", "pending membership", "deactivated user"],
)
def test_who_is_no_active_member_is_no_agent(
    database: tuple[Database, Ids, Path], gone: Callable[[User, TeamUser], None]
) -> None:
    """So a deactivated user takes no calls, whatever status the agent's row still has."""
    reader, ids, folder = database
    agent = ids.agents[0]
    with session(make_engine(f"sqlite:///{folder / 'switchroom.db'}")) as db:
        user = db.get_one(User, db.get_one(Agent, agent).user_id)
        gone(user, db.exec(select(TeamUser).where(TeamUser.user_id == user.id)).one())
        own = db.exec(select(QueueAgent).where(QueueAgent.agent_id == agent)).one()
        own.status = "Available"
    loaded = reader.load()
    assert [item.id for item in loaded.items if isinstance(item, AgentConfig)] == [ids.agents[1]]
    assert {status.agent for status in loaded.statuses} == {ids.agents[1]}
    assert reader.load_one("agent", agent) == ConfigChanged(removed=(agent,))


def test_postgresql_gives_the_same_configuration(postgres_server: str) -> None:
    url = new_database(postgres_server, "configuration")
    upgrade(url)
    engine = make_engine(url)
    ids = seed(engine, status="Break")
    reader = Database(engine)
    reader.ping()
    loaded = reader.load()
    assert sorted(type(item).__name__ for item in loaded.items) == [
        "AgentConfig",
        "AgentConfig",
        "NumberConfig",
        "QueueConfig",
        "RouteConfig",
        "TeamConfig",
    ]
    assert [(status.agent, status.status) for status in loaded.statuses] == [
        (agent, AgentStatus.BREAK) for agent in ids.agents
    ]
    for kind, id in (
        ("team", ids.team),
        ("agent", ids.agents[0]),
        ("queue", ids.queue),
        ("route", ids.route),
    ):
        change = reader.load_one(kind, id)  # type: ignore[arg-type]
        assert change == ConfigChanged(tuple(item for item in loaded.items if item.id == id))
    with session(engine) as db:
        db.get_one(Team, ids.team).recording = "perhaps"
    assert reader.load_one("team", ids.team) == ConfigChanged(removed=(ids.team,))
    engine.dispose()


def new_database(server: str, name: str) -> str:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"{server.rsplit('/', 1)[0]}/{name}"


def test_a_row_that_makes_no_valid_value_is_left_out_and_the_others_load(
    database: tuple[Database, Ids, Path], caplog: pytest.LogCaptureFixture
) -> None:
    reader, ids, folder = database
    with session(make_engine(f"sqlite:///{folder / 'switchroom.db'}")) as db:
        db.exec(select(CallRoute)).one().blocks = {"x": {"type": "dance"}}
        db.exec(select(Queue)).one().strategy = "by-magic"
        db.exec(select(DidNumber)).one().recording = "perhaps"
        db.exec(select(Agent).where(Agent.id == ids.agents[0])).one().status = "Dancing"
    loaded = reader.load()
    assert sorted(type(item).__name__ for item in loaded.items) == [
        "AgentConfig",
        "AgentConfig",
        "TeamConfig",
    ]
    assert [status.agent for status in loaded.statuses] == [ids.agents[1]]
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 4


def test_objects_deleted_while_the_engine_was_away_are_removed() -> None:
    team = TeamConfig("1", "one")  # type: ignore[arg-type]
    configured = Configured()
    configured.update(ConfigChanged((team, TeamConfig("2", "two"))))  # type: ignore[arg-type]
    assert configured.replaced_by((team,)) == ConfigChanged((team,), ("2",))
    configured.update(configured.replaced_by((team,)))
    assert configured.snapshot() == ["1"]
