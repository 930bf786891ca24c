"""Which events are read: those that overlap a window around the day of the first request.

A series without an end has no last event, so the window has one. A cursor belongs to its window. It expires after a
month, and the next one has a window that is a month later.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from providers.integrations.base import CursorExpired

BEFORE = timedelta(days=30)
AHEAD = timedelta(days=400)
RENEWED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Window:
    """The window around `day`, a midnight in UTC."""

    day: datetime

    @property
    def start(self) -> datetime:
        return self.day - BEFORE

    @property
    def end(self) -> datetime:
        return self.day + AHEAD

    def cursor(self, token: str) -> str:
        """Return our cursor: the window and the provider's own cursor."""
        return f"{self.day:%Y-%m-%d} {token}"


def open_window(cursor: str | None) -> tuple[Window, str | None]:
    """Return a cursor's window and the provider's cursor; today's window without one. Raises CursorExpired."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if cursor is None:
        return Window(today), None
    day, _, token = cursor.partition(" ")
    try:
        window = Window(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC))
    except ValueError:
        raise CursorExpired("The cursor names no day") from None
    if today - window.day > RENEWED:
        raise CursorExpired("The cursor's window of events is more than a month old")
    return window, token
