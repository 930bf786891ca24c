"""A new secret key: what the earlier one encrypted is read, and then encrypted again."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import SQLModel, select

import models
from models import Device, InboxChannel, InboxWebhook, Integration, Revocation, SecondFactor, Team, User
from models.encrypted import COLUMNS, Reencrypted, reencrypt
from switchroom.database import session
from switchroom.encryption import decrypt, encrypt
from switchroom.settings import Settings


def settings(key: str, *earlier: str) -> Settings:
    keys = [SecretStr(one) for one in earlier]
    return Settings(_env_file=None, secret_key=SecretStr(key), earlier_secret_keys=keys)


def rows(secret: str) -> tuple[list[SQLModel], list[SQLModel]]:
    """Return the rows that must be there first, and those with a secret."""
    user = User(email="jane@example.org")
    team = Team(team_name="T", slug="t", owner_id=user.id, billing_id=1, number=1)
    integration: dict[str, Any] = {"provider": "google", "email": "jane@example.org", "sealed_grant": secret}
    return [user, team], [
        SecondFactor(user_id=user.id, secret=secret),
        Device(user_id=user.id, registration_id="a", platform="webpush", address=secret, address_hash="a"),
        Device(user_id=user.id, registration_id="b", platform="fcm", address_hash="b"),
        Integration(user_id=user.id, type="contacts", **integration),
        Revocation(user_id=user.id, **integration),
        InboxChannel(team_id=team.id, source="FACEBOOK", external_id="1", sealed_token=secret),
        InboxChannel(team_id=team.id, source="FACEBOOK", external_id="2"),
        InboxWebhook(team_id=team.id, url="https://example.org", sealed_headers=secret),
    ]


def store(engine: Engine, secret: str) -> None:
    first, made = rows(secret)
    with session(engine) as db:
        for row in first:
            db.add(row)
            db.flush()
        db.add_all(made)


def test_every_secret_is_encrypted_with_the_newest_key(engine: Engine) -> None:
    old, both, new = settings("old" * 12), settings("new" * 12, "older" * 8, "old" * 12), settings("new" * 12)
    store(engine, encrypt(old, "secret"))
    with session(engine, readonly=True) as db:
        before = db.exec(select(Integration)).one().updated_at
    assert reencrypt(engine, both) == Reencrypted(changed=6)
    assert reencrypt(engine, both) == Reencrypted(unchanged=6)
    with session(engine, readonly=True) as db:
        for model, name in COLUMNS:
            secrets = [getattr(row, name) for row in db.exec(select(model)) if getattr(row, name) is not None]
            assert [decrypt(new, secret) for secret in secrets] == ["secret"]
        assert db.exec(select(Integration)).one().updated_at == before


def test_what_no_key_reads_stays(engine: Engine) -> None:
    store(engine, encrypt(settings("lost" * 10), "secret"))
    assert reencrypt(engine, settings("new" * 12)) == Reencrypted(unreadable=6)
    with session(engine, readonly=True) as db:
        assert decrypt(settings("lost" * 10), db.exec(select(SecondFactor)).one().secret) == "secret"


@pytest.mark.unit
def test_the_newest_key_encrypts_and_each_key_decrypts() -> None:
    old, both = settings("old" * 12), settings("new" * 12, "old" * 12)
    assert decrypt(both, encrypt(old, "a")) == decrypt(both, encrypt(both, "a")) == "a"
    with pytest.raises(InvalidToken):
        decrypt(old, encrypt(both, "a"))


@pytest.mark.unit
def test_every_encrypted_column_is_known() -> None:
    """A column that says so in its docstring and is not in the list would be unreadable after a rotation."""
    package = Path(models.__file__).parent
    said = sum(
        text.count("ncrypted (`switchroom.encryption`)")
        + text.count("ncrypted (`providers.integrations.grants`)")
        for text in (path.read_text() for path in package.glob("*.py"))
    )
    named: dict[Any, str] = dict(COLUMNS)
    assert len(named) == len(COLUMNS) == said + 1, "the grant of a revocation is that of its integration"
