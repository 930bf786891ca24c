"""Purging deletes rows that no part of the product needs, and no other rows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from models import (
    AuthSession,
    Contact,
    Conversation,
    InboxChannel,
    InboxDeleted,
    InboxDelivery,
    Invite,
    Outbox,
    PasswordReset,
    RefreshToken,
    Revocation,
    Team,
    User,
    utcnow,
)
from switchroom.database import session
from workers.jobs import purge as job
from workers.jobs.purge import purge
from workers.resources import Resources

pytestmark = pytest.mark.service

NOW = datetime(2026, 6, 1, tzinfo=UTC)
OLD, FRESH = NOW - timedelta(hours=25), NOW - timedelta(hours=23)
TABLES = (Outbox, AuthSession, RefreshToken, PasswordReset, Invite, Revocation)


def add_all(resources: Resources, name: str, at: datetime) -> None:
    """One row of each kind that expired, or was sent, at this time; the session has a token that outlives it."""
    with session(resources.engine) as db:
        user = User(email=f"{name}@example.org")
        db.add(user)
        db.flush()
        team = Team(team_name=name, slug=name, owner_id=user.id, billing_id=len(name), number=len(name))
        opened = AuthSession(user_id=user.id, expires_at=at)
        db.add_all([team, opened])
        db.flush()
        invite = Invite(
            team_id=team.id, user_id=user.id, email=user.email, token_hash=name, expires_at=at, accepted_at=at
        )
        db.add_all(
            [
                Outbox(kind="mail", payload={"text": "token"}, delivered_at=at),
                RefreshToken(session_id=opened.id, token_hash=name, expires_at=at),
                RefreshToken(session_id=opened.id, token_hash=f"{name}-later", expires_at=at + timedelta(9)),
                PasswordReset(user_id=user.id, token_hash=name, expires_at=at),
                invite,
                Revocation(
                    user_id=user.id, provider="google", email=user.email, sealed_grant="x", expires_at=at
                ),
            ]
        )


def left(resources: Resources) -> dict[str, int]:
    with session(resources.engine, readonly=True) as db:
        return {str(table.__tablename__): len(db.exec(select(table)).all()) for table in TABLES}


def test_only_what_ended_more_than_a_day_ago_goes(both: Resources) -> None:
    add_all(both, "old", OLD)
    add_all(both, "fresh", FRESH)
    with session(both.engine) as db:
        db.add(Outbox(kind="command", payload={}, created_at=OLD))
    gone = purge(both.engine, NOW - timedelta(days=1))
    tables = ("outbox", "refresh_tokens", "auth_sessions", "password_resets", "invites", "revocations")
    assert gone == {**dict.fromkeys(tables, 1), "voicemails": 0, "inbox_deliveries": 0, "inbox_files": 0,
                   "inbox_deleted": 0}  # fmt: skip
    assert left(both) == {
        "outbox": 2,
        "auth_sessions": 1,
        "refresh_tokens": 2,
        "password_resets": 1,
        "invites": 1,
        "revocations": 1,
    }
    with session(both.engine, readonly=True) as db:
        assert {user.email for user in db.exec(select(User))} == {"old@example.org", "fresh@example.org"}
    assert not any(purge(both.engine, NOW - timedelta(days=1)).values())


def test_deliveries_to_webhooks_are_kept_for_a_month(both: Resources) -> None:
    now = NOW - timedelta(days=30)
    with session(both.engine) as db:
        user = User(email="u@example.org")
        team = Team(team_name="t", slug="t", owner_id=user.id, billing_id=1, number=1)
        channel = InboxChannel(team_id=team.id, source="FACEBOOK", external_id="1")
        contact = Contact(team_id=team.id)
        talk = Conversation(
            team_id=team.id, channel_id=channel.id, contact_id=contact.id, external_id="x", last_message_at=NOW,
            created_day="2026-06-01",
        )  # fmt: skip
        about = {"team_id": team.id, "conversation_id": talk.id, "event": "message.created"}
        old, fresh = (InboxDelivery(created_at=now + timedelta(hours=hours), **about) for hours in (-1, 1))
        for row in (user, team, channel, contact, talk, old, fresh):
            db.add(row)
            db.flush()
    assert purge(both.engine, NOW - timedelta(days=1))["inbox_deliveries"] == 1
    with session(both.engine, readonly=True) as db:
        assert db.exec(select(InboxDelivery.id)).all() == [fresh.id]


def test_deleted_messages_are_known_for_a_month(both: Resources) -> None:
    month = NOW - timedelta(days=30)
    with session(both.engine) as db:
        db.add(InboxDeleted(digest="old", deleted_at=month - timedelta(hours=1)))
        db.add(InboxDeleted(digest="fresh", deleted_at=month + timedelta(hours=1)))
    assert purge(both.engine, NOW - timedelta(days=1))["inbox_deleted"] == 1
    with session(both.engine, readonly=True) as db:
        assert db.exec(select(InboxDeleted.digest)).all() == ["fresh"]


def test_the_job_keeps_a_day(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "get_resources", lambda: resources)
    add_all(resources, "old", utcnow() - timedelta(hours=25))
    add_all(resources, "fresh", utcnow() - timedelta(hours=23))
    job.purge_expired()
    assert left(resources)["outbox"] == 1


def test_a_table_that_cannot_be_purged_stops_no_other(resources: Resources) -> None:
    add_all(resources, "old", OLD)
    refuse = "BEGIN SELECT RAISE(ABORT, 'locked'); END"
    with session(resources.engine) as db:
        db.connection().execute(text(f"CREATE TRIGGER no BEFORE DELETE ON outbox {refuse}"))
    with pytest.raises(SQLAlchemyError, match="locked"):
        purge(resources.engine, NOW - timedelta(days=1))
    assert left(resources) == {
        "outbox": 1, "auth_sessions": 0, "refresh_tokens": 0, "password_resets": 0, "invites": 0,
        "revocations": 0,
    }  # fmt: skip
