"""Statements that end in time: what a client may ask for has no bound on what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

AGAIN = 0.1
"""Seconds until a statement that came since is ended too."""


class TooSlow(Exception):
    """The statement was ended, because it took too long."""


@contextmanager
def at_most(session: Session, seconds: float) -> Iterator[None]:
    """End the statement of this session that still runs after `seconds`. Raises TooSlow then."""
    connection = session.connection()
    driver = connection.connection.driver_connection
    end = driver.interrupt if connection.dialect.name == "sqlite" else driver.cancel  # type: ignore[union-attr]
    late, done = Event(), Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            late.set()
            # Again and again: between two statements there is nothing to end.
            end()
            wait = AGAIN

    watcher = Thread(target=watch, name="deadline", daemon=True)
    watcher.start()
    try:
        yield
    except DBAPIError as error:
        raise (TooSlow() if late.is_set() else error) from error
    finally:
        done.set()
        # The next statement of this connection must not be hit.
        watcher.join()
