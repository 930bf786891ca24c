"""Names that must be free, by one rule: case, width and invisible characters make no other name, accents do."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from models.folded import folded
from models.turns import take_turn
from switchroom.texts import fold, name_key


def is_taken(session: Session, column: Any, name: str, *among: ColumnElement[bool] | bool) -> bool:
    """Return whether a row has this name in `column`. `among` says which rows are looked at.

    No other transaction takes the same name before this one has ended.
    """
    take_turn(session, f"{column} {fold(name)}")
    alike = session.exec(select(column).where(folded(column) == fold(name), *among))
    return any(name_key(found) == name_key(name) for found in alike)
