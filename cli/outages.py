"""What a command says when the database or Redis cannot be used: what is wrong and what to do, and no stack trace."""

import re
from typing import Any

import typer
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rich.console import Console
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    SQLAlchemyError,
)
from typer.core import TyperGroup

from cli.errors import RunError

_LONGEST = 400
_PASSWORD = re.compile(r"'[^' ]*@")
"""The end of a password that has an @ of its own: it is taken for a part of the host's name."""
_REMEDIES = (
    ("...@", "write an @ of the password as %40 in SWITCHROOM_DATABASE_URL"),
    ("locked", "another program has locked the file: end it, or try again"),
    ("malformed", "the file is damaged: restore a backup (docs/operations.md, Backups)"),
    ("not a database", "the file is damaged: restore a backup (docs/operations.md, Backups)"),
    ("readonly", "give the file and its folder to the user of the run, with the right to write"),
    ("unable to open", "give the file and its folder to the user of the run, with the right to write"),
    ("is full", "make room on its disk"),
    ("no such table", "run `switchroom migrate`"),
    ("does not exist", "make the database, then run `switchroom migrate`"),
)
"""A part of what SQLite or PostgreSQL says, and what to do then."""


class Commands(TyperGroup):
    """The commands. One that cannot use the database or Redis ends with status 1 and says why."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (RedisError, SQLAlchemyError) as error:
            told = outage(error)
            if told is None:
                raise
            Console(stderr=True).print(f"[bold red]Failed[/]: {told}", highlight=False)
            raise typer.Exit(1) from None


def outage(error: Exception) -> RunError | None:
    """Return what to tell of an error of a server or its address. None: it is another error. It has no secret."""
    if isinstance(error, RedisError):
        return _redis(error)
    if isinstance(error, ArgumentError):
        return RunError(
            "SWITCHROOM_DATABASE_URL is no URL of a database",
            "write sqlite:///file or postgresql+psycopg://user:password@host/name; encode special characters"
            " of the password (@ is %40)",
        )
    if isinstance(error, InterfaceError | DatabaseError) and not isinstance(
        error, IntegrityError | DataError
    ):
        words = _PASSWORD.sub("'...@", " ".join(str(error.orig).split()))[:_LONGEST]
        remedy = next((remedy for part, remedy in _REMEDIES if part in words), "")
        return RunError(
            f"the database cannot be used: {words}",
            remedy or "see that it runs, and that SWITCHROOM_DATABASE_URL is right",
        )
    return None


def _redis(error: RedisError) -> RunError | None:
    refused = isinstance(error, ResponseError) and str(error).startswith(("NOAUTH", "WRONGPASS", "NOPERM"))
    if not refused and not isinstance(error, RedisConnectionError | RedisTimeoutError | AuthenticationError):
        return None
    return RunError(
        f"Redis cannot be used: {str(error)[:_LONGEST]}",
        "see that it runs, and that SWITCHROOM_REDIS_URL and its password are right",
    )
