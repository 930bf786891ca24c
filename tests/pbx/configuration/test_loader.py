import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from sqlmodel import select

from models import (
    Agent,
    CallRoute,
    Department,
    DepartmentUser,
    DidNumber,
    OutboundLimits,
    Queue,
    QueueAgent,
    Team,
    TeamUser,
    User,
    UserStatus,
    Voicemail,
    utcnow,
)
from pbx.configuration.known_ids import Configured
from pbx.configuration.loader import Database, Loaded, Reloader
from routing.config import (
    AgentConfig,
    DepartmentConfig,
    NumberConfig,
    OpeningHours,
    Overflow,
    QueueConfig,
    Relaxation,
    RingType,
    RouteConfig,
    SkillNeed,
    TeamConfig,
    UserConfig,
)
from routing.events import AgentStatus, ConfigChanged
from routing.outbound.destinations import DestinationClass
from routing.outbound.policy import OutboundPolicy
from switchroom.database import make_engine, session
from switchroom.ids import new_id
from switchroom.messages.commands import ConfigKind
from switchroom.settings import Settings
from tests.support.pbx.rows import Ids, migrated, seed

pytestmark = pytest.mark.service

KINDS = [
    *("AgentConfig", "AgentConfig", "NumberConfig", "QueueConfig", "RouteConfig", "TeamConfig"),
    *("UserConfig", "UserConfig"),
]


@pytest.fixture
def database(tmp_path: Path) -> tuple[Database, Ids, Path]:
    _, engine = migrated(tmp_path)
    return Database(engine, Settings()), seed(engine, status="Break"), tmp_path


def test_suspended_teams_and_users_are_loaded_as_such(database: tuple[Database, Ids, Path]) -> None:
    reader, _, folder = database

    def suspended() -> dict[str, bool]:
        items = [item for item in reader.load().items if isinstance(item, TeamConfig | UserConfig)]
        return {item.id: item.suspended for item in items}

    assert set(suspended().values()) == {False}
    with session(make_engine(f"sqlite:///{folder / 'switchroom.db'}")) as db:
        team, member = db.exec(select(Team)).one(), db.exec(select(TeamUser)).first()
        team.suspended_at = utcnow()
        assert member is not None
        db.get_one(User, member.user_id).status = UserStatus.DEACTIVATED.value
        member.forward, member.forward_number = True, "+14165550177"
    assert suspended()[team.id]
    assert suspended()[member.id]
    [loaded] = reader.load_one("user", member.id).items
    assert isinstance(loaded, UserConfig)
    assert (loaded.suspended, loaded.forward) == (True, "")


def test_everything_is_loaded_with_each_agents_status(database: tuple[Database, Ids, Path]) -> None:
    reader, ids, _ = database
    loaded = reader.load()
    assert sorted(type(item).__name__ for item in loaded.items) == KINDS
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


def test_every_rule_of_a_queue_reaches_the_core(database: tuple[Database, Ids, Path]) -> None:
    reader, ids, folder = database
    with session(make_engine(f"sqlite:///{folder / 'switchroom.db'}")) as db:
        queue = db.get_one(Queue, ids.queue)
        queue.skills = [{"skill": "french", "level": 3, "required": True}]
        queue.relaxation = [{"after": 30, "lower": 2}]
        queue.hours = {"timezone": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": ["2026-12-25"]}
        queue.overflow = {"type": "queue", "settings": {"queue": ids.queue}}
        queue.comfort_sounds, queue.agent_sounds = ["a", "b"], ["c"]
        queue.max_calls, queue.sticky_wait, queue.announce_position = 7, 15.0, True
        db.exec(select(QueueAgent).where(QueueAgent.agent_id == ids.agents[0])).one().weight = 9
    [config] = reader.load_one("queue", ids.queue).items
    assert isinstance(config, QueueConfig)
    assert config.skills == (SkillNeed("french", 3),)
    assert config.relaxation == (Relaxation(30.0, 2),)
    assert config.hours == OpeningHours("UTC", {"mon": (("09:00", "17:00"),)}, ("2026-12-25",))
    assert config.overflow == Overflow("queue", {"queue": ids.queue})
    assert (config.comfort_sounds, config.agent_sounds) == (("a", "b"), ("c",))
    assert (config.max_calls, config.sticky_wait, config.announce_position) == (7, 15.0, True)
    assert config.members[0].weight == 9


def test_members_and_departments_are_loaded(database: tuple[Database, Ids, Path]) -> None:
    reader, ids, folder = database
    with session(make_engine(f"sqlite:///{folder / 'switchroom.db'}")) as db:
        first, second = db.exec(select(TeamUser).order_by(TeamUser.id)).all()
        first.forward, first.forward_number, first.voicemail = True, "+14165550155", False
        second.forward, second.forward_number = True, "101"
        department = Department(team_id=ids.team, name="Support", ring_type="progressive")
        db.add(department)
        db.flush()
        for member in (second, first):
            db.add(DepartmentUser(department_id=department.id, user_id=member.user_id))
            db.flush()
        members, key = ((first.id, first.user_id), (second.id, second.user_id)), department.id
    users = {item.id: item for item in reader.load().items if isinstance(item, UserConfig)}
    assert [users[id].user for id, _ in members] == [user for _, user in members]
    assert [users[id].forward for id, _ in members] == ["+14165550155", "101"]
    assert [users[id].voicemail for id, _ in members] == [False, True]
    assert reader.load_one("user", members[0][0]).items == (users[members[0][0]],)
    [found] = reader.load_one("department", key).items
    assert isinstance(found, DepartmentConfig)
    assert (found.ring_type, found.users) == (RingType.PROGRESSIVE, (members[1][1], members[0][1]))


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


def test_postgresql_gives_the_same_configuration(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    ids = seed(engine, status="Break")
    reader = Database(engine, Settings())
    reader.ping()
    loaded = reader.load()
    assert sorted(type(item).__name__ for item in loaded.items) == KINDS
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
        "UserConfig",
        "UserConfig",
    ]
    assert [status.agent for status in loaded.statuses] == [ids.agents[1]]
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 4


@pytest.mark.parametrize(
    ("state", "found"),
    [("pending", None), ("uploading", None), ("stored", "key"), ("incomplete", "key"), ("empty", "key")],
)
def test_a_message_that_was_uploaded_is_no_longer_on_its_node(
    database: tuple[Database, Ids, Path], state: str, found: str | None
) -> None:
    """Also one in which no words were found, while a caller who was told of it hears the others."""
    reader, ids, folder = database
    row = Voicemail(
        team_id=ids.team, call_id=new_id(), mailbox_kind="user", mailbox_id=new_id(), node="a", state=state,
        file="voicemail/x.wav", s3_key="key",
    )  # fmt: skip
    with session(make_engine(f"sqlite:///{folder / 'switchroom.db'}")) as db:
        db.add(row)
        db.flush()
        id = row.id
    place = reader.place_of(id)
    assert place is not None
    assert (place.s3_key, place.node) == (found, "a")


def test_objects_deleted_while_the_engine_was_away_are_removed() -> None:
    team = TeamConfig("1", "one")  # type: ignore[arg-type]
    configured = Configured()
    configured.update(ConfigChanged((team, TeamConfig("2", "two"))))  # type: ignore[arg-type]
    assert configured.replaced_by((team,)) == ConfigChanged((team,), ("2",))
    configured.update(configured.replaced_by((team,)))
    assert configured.snapshot() == ["1"]


def test_an_object_that_changes_while_everything_is_loaded_is_loaded_after_it(tmp_path: Path) -> None:
    """Else what was read before would take back what is newer: an agent made meanwhile would be no agent."""
    began, done = Event(), Event()
    applied: list[Loaded | ConfigChanged] = []

    class Slow(Database):
        def load(self) -> Loaded:
            began.set()
            assert done.wait(10)
            return Loaded()

        def load_one(self, kind: ConfigKind, id: str) -> ConfigChanged:
            return ConfigChanged(removed=(id,))

    async def restart() -> None:
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        both = asyncio.Event()

        def apply(loaded: Loaded | ConfigChanged) -> None:
            applied.append(loaded)
            if len(applied) == 2:
                both.set()

        reloader = Reloader(Slow(engine, Settings()), apply, apply)
        task = asyncio.create_task(reloader.run(everything=True))
        await asyncio.to_thread(began.wait, 10)
        reloader.reload("agent", "1")
        await asyncio.sleep(0.05)
        assert applied == []
        done.set()
        async with asyncio.timeout(10):
            await both.wait()
        task.cancel()
        engine.dispose()

    asyncio.run(restart())
    assert applied == [Loaded(), ConfigChanged(removed=("1",))]


def test_what_a_team_may_dial_is_loaded_with_it(tmp_path: Path) -> None:
    """A team that was there before the limits were has none, and may not dial."""
    _, engine = migrated(tmp_path)
    ids = seed(engine, status="Available")
    reader = Database(engine, Settings())

    def policy() -> OutboundPolicy:
        (team,) = reader.load_one("team", ids.team).items
        assert isinstance(team, TeamConfig)
        assert team in reader.load().items
        return team.outbound

    assert policy().open is False
    with session(engine) as db:
        operator = OutboundLimits(team_id=ids.team, decided_by="operator", open=True, countries=["CA", "US"])
        db.add(operator)
        db.add(OutboundLimits(team_id=ids.team, decided_by="team", countries=["CA"], team_per_day=5))
    found = policy()
    assert (found.open, found.countries, found.only, found.team_per_day) == (True, ("CA", "US"), ("CA",), 5)
    assert found.classes == (DestinationClass.FIXED, DestinationClass.MOBILE, DestinationClass.TOLL_FREE)
    assert (
        Database(engine, Settings(outbound="off")).load_one("team", ids.team).items[0].outbound.open is False
    )  # type: ignore[union-attr]
