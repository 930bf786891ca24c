"""`switchroom admin`, on a database of its own and without an api."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from typer.testing import CliRunner

from api.accounts.audit import COMMAND_LINE, record
from cli.main import app
from models import AuditEntry, AuthSession, Role, SecondFactor, Team, TeamUser, User, utcnow
from switchroom import database
from switchroom.encryption import decrypt, encrypt
from switchroom.ids import new_id
from switchroom.settings import get_settings

pytestmark = [pytest.mark.unit, pytest.mark.long]


@pytest.fixture
def engine(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("SWITCHROOM_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SWITCHROOM_REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    engine = database.make_engine(sqlite_url)
    yield engine
    engine.dispose()
    get_settings.cache_clear()


def admin(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["admin", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_the_operator_makes_the_first_account_and_gives_it_the_role(engine: Engine) -> None:
    admin("add-user", "Op@Example.com", "--password", "123456")
    assert "already taken" in admin("add-user", "op@example.com", "--password", "123456", code=1)
    assert "mail" in admin("add-user", "nobody", "--password", "123456", code=1)
    admin("operator", "op@example.com")
    assert "op@example.com" in admin("users")
    with Session(engine) as session:
        user = session.exec(select(User)).one()
    assert (user.operator, user.verified_at is not None, user.status) == (True, True, "active")
    admin("operator", "op@example.com", "--remove")
    with Session(engine) as session:
        assert not session.exec(select(User)).one().operator


def test_teams_users_sessions_and_quotas(engine: Engine) -> None:
    with database.session(engine) as session:
        user = User(email="jane@example.com", password_hash="set")
        session.add(user)
        session.flush()
        team = Team(team_name="Sales", slug="sales", owner_id=user.id, billing_id=1, number=1)
        session.add(team)
        session.flush()
        session.add(TeamUser(team_id=team.id, user_id=user.id, role=Role.ADMIN.value))
        session.add(AuthSession(user_id=user.id, expires_at=utcnow()))
    admin("suspend-team", "sales")
    admin("quota", "sales", "members=5", "queues=2")
    admin("quota", "sales", "queues=")
    assert "Not a limit" in admin("quota", "sales", "beer=5", code=2)
    assert "members" in admin("teams")
    admin("suspend-user", "jane@example.com")
    with Session(engine) as session:
        team, user = session.exec(select(Team)).one(), session.exec(select(User)).one()
        assert (team.suspended_at is not None, team.quotas, user.status) == (
            True,
            {"members": 5},
            "deactivated",
        )
        assert session.exec(select(AuthSession)).one().revoked_at is not None
    admin("reactivate-user", "jane@example.com")
    admin("reactivate-team", "sales")
    admin("end-sessions", "jane@example.com")
    assert "No such user" in admin("end-sessions", "nobody@example.com", code=1)
    assert "365 days" in admin("delete-audit", "--older-than-days", "10", code=1)
    with Session(engine) as session:
        team, user = session.exec(select(Team)).one(), session.exec(select(User)).one()
        assert (team.suspended_at, user.status) == (None, "active")
        actions = [row.action for row in session.exec(select(AuditEntry).order_by(AuditEntry.id))]
        assert {row.actor for row in session.exec(select(AuditEntry))} == {"command line"}
    assert actions == [
        "team suspended", "quotas set", "quotas set", "user suspended", "user reactivated", "team reactivated",
        "sessions ended",
    ]  # fmt: skip
    assert "team suspended" in admin("audit")
    assert "members: 5" in admin("teams")


def test_the_audit_log_says_names_and_not_ids(engine: Engine) -> None:
    with database.session(engine) as session:
        user = User(email="jane@example.com", password_hash="set")
        session.add(user)
        session.flush()
        team = Team(team_name="Sales [north]", slug="sales", owner_id=user.id, billing_id=1, number=1)
        session.add(team)
        session.flush()
        ids = (team.id, user.id)
        record(session, COMMAND_LINE, "user changed", user.id, team_id=team.id, role="admin", status="active")
        record(
            session,
            COMMAND_LINE,
            "outbound calls",
            team.id,
            team_id=team.id,
            countries=["CA", "US"],
            night=True,
        )
        gone = new_id()
        record(session, COMMAND_LINE, "user suspended", gone)
    admin("quota", "sales", "members=5", "queues=")
    quota, suspended, outbound, changed = admin("audit").splitlines()[1:]
    assert "Sales [north] (sales)" in quota
    assert "members: 5; queues: reset" in quota
    assert gone in suspended, "nothing else is known of a deleted user"
    assert "countries: CA, US; night: yes" in outbound
    assert "jane@example.com" in changed
    assert "Sales [north] (sales)" in changed
    assert "role: admin; status: active" in changed
    assert not [id for id in ids if id in quota + suspended + outbound + changed]


def test_secrets_are_encrypted_with_a_new_key(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHROOM_SECRET_KEY", "old" * 12)
    with database.session(engine) as session:
        user = User(email="jane@example.com")
        session.add(user)
        session.flush()
        session.add(SecondFactor(user_id=user.id, secret=encrypt(get_settings(), "secret")))
    monkeypatch.setenv("SWITCHROOM_SECRET_KEY", "new" * 12)
    get_settings.cache_clear()
    assert "0 secrets encrypted again, 0 were already, 1 unreadable" in admin("reencrypt", code=1)
    monkeypatch.setenv("SWITCHROOM_EARLIER_SECRET_KEYS", f'["{"old" * 12}"]')
    get_settings.cache_clear()
    assert "1 secrets encrypted again" in admin("reencrypt")
    monkeypatch.delenv("SWITCHROOM_EARLIER_SECRET_KEYS")
    get_settings.cache_clear()
    with Session(engine) as session:
        assert decrypt(get_settings(), session.exec(select(SecondFactor)).one().secret) == "secret"
