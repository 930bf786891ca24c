"""Rows and times as REST shows them, also for events that are sent from where the api's resources are not."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlmodel import SQLModel

from switchroom.ids import public_id

_ID_LENGTH = 32


def shown(row: SQLModel, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return columns of the row by their public names: ids as `a` + hex, times in UTC with milliseconds."""
    return {name: _shown(row, column) for name, column in fields.items()}


def show_time(value: datetime) -> str:
    """Return the time as `2017-12-14T20:10:00.478Z`."""
    text = value.isoformat(timespec="milliseconds")
    if text.endswith("+00:00"):
        return text[:-6] + "Z"
    return value.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _shown(row: SQLModel, column: str) -> Any:
    value = getattr(row, column)
    if isinstance(value, datetime):
        return show_time(value)
    type_ = row.__table__.columns[column].type  # type: ignore[attr-defined]
    return public_id(value) if value and getattr(type_, "length", None) == _ID_LENGTH else value
