"""Rows as clients see them, for what is told to them from outside of the api."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import SQLModel

from models.base import UTCDateTime
from switchroom.ids import public_id

_ID_LENGTH = 32


def show(row: SQLModel) -> dict[str, Any]:
    """Return the row as REST shows it: `chat_id` is `chat`, an id is `a` and 32 hex digits, a time is in UTC.

    For tables whose answers have all of their columns under these names.
    """
    columns = row.__table__.columns  # type: ignore[attr-defined]
    return {
        column.key.removesuffix("_id"): _shown(column.type, getattr(row, column.key)) for column in columns
    }


def _shown(type: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(type, UTCDateTime):
        at: datetime = value
        return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    return public_id(value) if getattr(type, "length", None) == _ID_LENGTH else value
