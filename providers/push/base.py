"""What every push service takes, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

LONGEST_TITLE, LONGEST_TEXT = 100, 300
"""Characters. A Web Push takes 3,993 bytes in all (RFC 8291), a message of FCM 4,096."""


class PushError(Exception):
    """The push was not sent, and another try would change nothing."""


class GoneError(PushError):
    """The device is no longer registered at its push service."""


class LaterError(Exception):
    """The push was not sent. Try again, after `seconds` if the push service names them."""

    def __init__(self, why: str, seconds: int | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Note:
    """What a device shows. A note that is sent twice has the same `id`, so that the device shows it once.

    `data` tells the app what the note is about. The push service keeps the note for `seconds` if the device is away.
    """

    id: str
    title: str
    text: str
    data: Mapping[str, str]
    seconds: int


class Pusher(Protocol):
    """An adapter to a push service."""

    async def send(self, address: str, note: Note) -> None:
        """Send the note to one device. Raises `PushError` and `LaterError`.

        `address` is what the device got from its push service: a token of FCM, or a subscription of Web Push (JSON).
        """
        ...
