"""Rows that are read without objects of the session."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session


def plain_rows(session: Session, statement: Any, values: Mapping[str, Any]) -> Sequence[Any]:
    """Run a statement, and first write what the session's objects have changed. It is faster than the session."""
    session.flush()
    return session.connection().execute(statement, values).all()
