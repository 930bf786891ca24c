"""What every source of the inbox does. `choose.make_adapter` makes the one of a channel's source.

An adapter raises the errors of `providers.inbox.http`: `SourceError` (try again), `SourceRefused` (do not), and
`Unknown` (it may have been done).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from switchroom.inbox import DeliveryState


@dataclass(frozen=True, slots=True)
class Access:
    """A channel by its source's id, and what lets us act for it."""

    external_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A channel as its source knows it."""

    external_id: str
    name: str
    image_url: str | None = None
    token: str | None = field(default=None, repr=False)
    """What lets us act for it from now on, if that is another token than the given one."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What a mail answers: the contact's newest mail, by its Message-ID, and those before it."""

    subject: str
    in_reply_to: str
    references: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to send. `id` is ours; `hook` is where the source says what became of it.

    `late`: the contact's last message is more than a day old.
    """

    id: str
    to: str
    text: str
    hook: str
    attachments: list[dict[str, Any]] = field(default_factory=list)
    late: bool = False
    sender_name: str = ""
    """The channel's name."""
    thread: Thread | None = None
    automatic: bool = False
    """No person sends it, a rule of the organization does."""
    content: Callable[[str], bytes] | None = None
    """Returns what a file of ours holds, by its `file_id`, for sources that take no links."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that the source has. `provider_id` is its id there."""

    provider_id: str
    state: DeliveryState


class Adapter(Protocol):
    """A source, asked by workers."""

    def available(self, token: str) -> list[Found]:
        """Return the channels that the token is good for."""
        ...

    def connect(self, access: Access, hook: str) -> Found:
        """Let the source send what people write to the channel to `hook`. Doing it twice does no harm."""
        ...

    def disconnect(self, access: Access) -> None:
        """Let the source send us nothing more. Doing it twice does no harm."""
        ...

    def send(self, access: Access, letter: Letter) -> Accepted:
        """Send a message of the channel."""
        ...

    def headers(self, access: Access, url: str) -> dict[str, str]:
        """Return what must be sent to fetch an attachment of a person from this address. Nothing to other hosts."""
        ...

    def find_sent(self, access: Access, letter: Letter, since: datetime) -> list[Accepted]:
        """Return the messages like this one that the source has had since then, oldest first.

        It is asked if an answer of `send` was lost.
        """
        ...
