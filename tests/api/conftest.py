"""An api with a fresh database for each test, on SQLite and on PostgreSQL, and people to sign in with."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlmodel import Session, SQLModel

from api import passwords
from api.context import Context
from api.main import create_app
from api.tokens import make_access_token
from models import AuthSession, Role, Team, TeamUser, User, sip_username, utcnow
from switchroom import database
from switchroom.ids import new_id, public_id
from switchroom.settings import Settings


@dataclass
class Person:
    """A signed-in user: `id` and `team` as the api shows them, `headers` to send."""

    user: User
    member: TeamUser | None
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return public_id(self.user.id)

    @property
    def team(self) -> str:
        assert self.member is not None
        return public_id(self.member.team_id)


@dataclass
class Api:
    """The app under test, its HTTP client, and shortcuts to make what a test starts from."""

    client: TestClient
    context: Context

    def session(self) -> Any:
        """A transaction of the test's own: `with api.session() as session`."""
        return database.session(self.context.engine)

    def add(self, *rows: SQLModel) -> None:
        """Store rows, parents first."""
        with self.session() as session:
            for row in rows:
                session.add(row)
                session.flush()

    def team(self, name: str = "") -> Team:
        """A team with its own owner (an admin)."""
        name = name or f"Team {secrets.token_hex(4)}"
        owner = User(email=f"owner-{secrets.token_hex(4)}@example.com", first_name="Olive")
        team = Team(
            team_name=name,
            slug=name.lower().replace(" ", "-"),
            owner_id=owner.id,
            billing_id=secrets.randbelow(10**9),
            number=secrets.randbelow(10**9),
        )
        self.add(owner, team, TeamUser(team_id=team.id, user_id=owner.id, role=Role.ADMIN.value))
        return team

    def person(
        self, team: Team | None = None, role: Role = Role.MEMBER, extension: str | None = None
    ) -> Person:
        """Someone signed in, a member of the team if one is given."""
        user = User(email=f"user-{secrets.token_hex(4)}@example.com", first_name="Jane", last_name="Doe")
        sign_in = AuthSession(user_id=user.id, expires_at=utcnow().replace(year=utcnow().year + 1))
        rows: list[SQLModel] = [user, sign_in]
        member = None
        if team is not None:
            member = TeamUser(team_id=team.id, user_id=user.id, role=role.value, extension=extension)
            if extension:
                member.sip_username = sip_username(extension, team.id)
                member.extension_secret = secrets.token_hex(16)
            rows.append(member)
        self.add(*rows)
        token = make_access_token(self.context.settings, user.id, sign_in.id)
        return Person(user, member, {"Authorization": f"Bearer {token}"})

    def get(self, model: type[SQLModel], id_: str) -> Any:
        """A row as it stands in the database now."""
        with Session(self.context.engine) as session:
            return session.get(model, id_.removeprefix("a") if len(id_) == 33 else id_)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with the least work, since tests hash passwords by the hundred."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_DUMMY", hasher.hash("nobody's"))


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    database.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty, migrated database: the test runs once on each kind."""
    return fresh_database(request, str(request.param), tmp_path)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty, migrated SQLite database."""
    return fresh_database(request, "sqlite", tmp_path)


def fresh_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    if kind == "sqlite":
        path = folder / "api.db"
        path.write_bytes(request.getfixturevalue("empty_sqlite").read_bytes())
        return f"sqlite:///{path}"
    url = str(request.getfixturevalue("migrated_postgres"))
    engine = database.make_engine(url)
    tables = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} CASCADE"))
    engine.dispose()
    return url


@pytest.fixture
def make_api(redis_server: str) -> Iterator[Callable[..., Api]]:
    """Starts an api on a database; keyword arguments are settings."""
    clients: list[TestClient] = []

    def make(url: str, **changes: Any) -> Api:
        values = {
            "secret_key": secrets.token_hex(32),
            "database_url": url,
            "redis_url": redis_server,
            "shard": f"t{new_id()[-20:]}",
            **changes,
        }
        app = create_app(Settings(_env_file=None, **values))
        client = TestClient(app)
        client.__enter__()
        clients.append(client)
        return Api(client, app.state.context)

    yield make
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def api(make_api: Callable[..., Api], database_url: str) -> Api:
    """An api on SQLite."""
    return make_api(database_url)


@pytest.fixture
def any_api(make_api: Callable[..., Api], any_database_url: str) -> Api:
    """An api on SQLite and, in a second run of the test, on PostgreSQL."""
    return make_api(any_database_url)
