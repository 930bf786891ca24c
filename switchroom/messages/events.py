"""What the engine tells clients: the stream `events`, which keeps the newest entries only."""

from typing import Literal

from switchroom.messages.base import Message


class Published(Message):
    """Something that clients watch changed: the `agent`, `queue` or `call` (`kind`) with this id, or the use of the
    telephone network (`outbound`) by the team with this id.

    `verb`: `created`, `updated` or `destroyed`.
    """

    type: Literal["publish"] = "publish"
    team: str
    kind: str
    id: str
    verb: str
