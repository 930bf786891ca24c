"""What clients are told: the stream `events`, which keeps the newest entries only.

The engine says what changed in a live view (`Published`). The api and the jobs say what changed in the database
(`Changed`, through the outbox: `models.outbox.emit_event`). Of a call log or a voicemail they and the record writer say
only that it changed (`Published`, `models.outbox.emit_record`). `api.realtime` reads all of them and hands them to the
clients that are connected.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from switchroom.messages.base import Id, Message

EVENTS_KEPT = 10_000
"""Entries of the stream, at least, that trimming leaves."""


CALL_LOG, VOICEMAIL = "calllog", "voicemail"
"""The kinds of records, which `Published` tells of."""


class Published(Message):
    """Something that clients watch changed: the `agent`, `queue` or `call` (`kind`) with this id, the use of the
    telephone network (`outbound`) by the team with this id, the `conference` of the chat with this id, or the record
    (`calllog`, `voicemail`) with this id.

    `verb`: `created`, `updated` or `destroyed`. Clients are shown the live view or the record as it is at delivery.
    """

    type: Literal["publish"] = "publish"
    team: str
    kind: str
    id: str
    verb: str


class Audience(Message):
    """Who is told. It is decided again at delivery, so who may no longer see the object is not told of it.

    `users` and each of the other parts widen it: all members of `team` (`members`), its admins (`admins`), the managers
    of these queues (`queues`), the members and guests of this chat (`chat`), and these users. `team` None: the object
    belongs to no team, and only `users` are told. Otherwise only people who are active in the team are told, and none
    of a suspended team. Guests are told of what has `chat`, and of what names them in `users` without `members`,
    `admins` or `queues`. `but`: this user is not told.
    """

    team: Id | None = None
    members: bool = False
    admins: bool = False
    queues: tuple[Id, ...] = ()
    chat: Id | None = None
    users: tuple[Id, ...] = ()
    but: Id | None = None


class Changed(Message):
    """An object changed, as a client of the sails.io SDK learns it.

    `model` is the object's name in the paths, in lower case: `chat`, `message`, `ccagentconfig`. `verb`: `created`,
    `updated`, `destroyed`, `addedTo`, `removedFrom`, or `messaged` for what is only told and never stored. `id` is the
    object's. `data` is the object as REST shows it, with public ids; None for an object that is gone. `previous` has
    the values before the change of fields that changed.
    """

    type: Literal["change"] = "change"
    model: str = Field(max_length=40)
    verb: str = Field(max_length=20)
    id: Id
    data: dict[str, Any] | None = None
    previous: dict[str, Any] | None = None
    audience: Audience


Event = Published | Changed

_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def parse_event(body: str | bytes) -> Event:
    """Read an entry's `body`. Raises ValueError (pydantic's ValidationError) if it is no valid event."""
    return _EVENT.validate_json(body)


def to_team(team: str) -> Audience:
    """Tell all members of the team, but no guests."""
    return Audience(team=team, members=True)


def to_admins(team: str, *, queues: list[str] | None = None, users: list[str] | None = None) -> Audience:
    """Tell the team's admins, and with them the managers of these queues and these members of the team."""
    return Audience(team=team, admins=True, queues=tuple(queues or ()), users=tuple(users or ()))


def to_chat(team: str, chat: str, *, but: str | None = None, users: list[str] | None = None) -> Audience:
    """Tell who is in the chat, guests too, except the user `but`. `users` need not be in it (any more)."""
    return Audience(team=team, chat=chat, but=but, users=tuple(users or ()))


def to_user(user: str, *, team: str | None = None) -> Audience:
    """Tell one user: only while they are active in `team`, if there is one."""
    return Audience(team=team, users=(user,))
