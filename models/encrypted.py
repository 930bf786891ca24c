"""All columns that hold encrypted secrets, and their encryption with a new key."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Engine
from sqlalchemy import select as sa_select
from sqlalchemy import update as sa_update
from sqlmodel import SQLModel

from models.device import Device
from models.inbox_channel import InboxChannel
from models.inbox_webhook import InboxWebhook
from models.integration import Integration, Revocation
from models.second_factor import SecondFactor
from switchroom.database import session
from switchroom.encryption import renewed
from switchroom.settings import Settings

COLUMNS: tuple[tuple[type[SQLModel], str], ...] = (
    (SecondFactor, "secret"),
    (Device, "address"),
    (Integration, "sealed_grant"),
    (Revocation, "sealed_grant"),
    (InboxChannel, "sealed_token"),
    (InboxWebhook, "sealed_headers"),
)
BATCH = 200


@dataclass
class Reencrypted:
    """How many secrets were encrypted again, were as they should be, and cannot be read with any key."""

    changed: int = 0
    unchanged: int = 0
    unreadable: int = 0


def reencrypt(engine: Engine, settings: Settings) -> Reencrypted:
    """Encrypt every secret with the newest key. One that cannot be read stays as it is.

    It can be broken off and started again. Others may work meanwhile: each row is locked while it is changed.
    """
    found = Reencrypted()
    for model, name in COLUMNS:
        table: Any = model.__table__  # type: ignore[attr-defined]
        for ids in _ids(engine, table, table.c[name]):
            with session(engine) as db:
                rows = sa_select(table.c.id, table.c[name]).where(table.c.id.in_(ids)).with_for_update()
                for id, secret in db.connection().execute(rows).all():
                    new = _renewed(settings, secret, found)
                    if new is not None:
                        # `updated_at` says what clients see, and they do not see this.
                        kept = {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}
                        db.connection().execute(
                            sa_update(table).where(table.c.id == id).values({name: new, **kept})
                        )
    return found


def _ids(engine: Engine, table: Any, column: Any) -> Iterator[list[str]]:
    """Yield the ids of the rows that have a secret, in parts for one transaction each."""
    last = ""
    while True:
        part = sa_select(table.c.id).where(column.is_not(None), table.c.id > last)
        with session(engine, readonly=True) as db:
            ids = list(db.connection().execute(part.order_by(table.c.id).limit(BATCH)).scalars())
        if not ids:
            return
        yield ids
        last = ids[-1]


def _renewed(settings: Settings, secret: str, found: Reencrypted) -> str | None:
    try:
        new = renewed(settings, secret)
    except InvalidToken:
        found.unreadable += 1
        return None
    if new is None:
        found.unchanged += 1
    else:
        found.changed += 1
    return new
