"""An inbox of the size that is asked for: people, their conversations and messages, and a member who reads them.

Rows are written in bulk, past the code that stores single messages. Ids count upwards, so that a world of one size is
always the same.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlmodel import SQLModel

from models import (
    AuthSession,
    Contact,
    Conversation,
    ConversationRead,
    InboxChannel,
    InboxContactTag,
    InboxMessage,
    InboxTag,
    InboxWork,
    Role,
    Team,
    TeamUser,
    User,
)
from models.inbox_channel import claim_of
from switchroom import database
from switchroom.encryption import encrypt
from switchroom.inbox import DeliveryState, Source
from switchroom.settings import Settings

CHANNELS = 10
PAGES = 4
"""So many of the channels are pages at Facebook."""
BATCH = 5000
BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
DEEP = 0
"""The number of the conversation that is long."""
PUBLIC_URL = "https://bench.example.com"
TOKEN = "secret"
TEXT = "hello my order has not arrived yet could you please look where the parcel is thank you"
WORDS = tuple(TEXT.split())


@dataclass(slots=True)
class InboxWorld:
    """Ids as the tables hold them. `deep` is how many messages the long conversation has."""

    secret: str
    conversations: int
    messages: int
    deep: int
    team: str = ""
    user: str = ""
    channels: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    tag: str = ""

    @property
    def queue(self) -> str:
        """A queue in which some conversations wait."""
        return _id(6, 0)

    def conversation(self, number: int) -> str:
        """Return the id of a conversation. The highest number has the newest message."""
        return _id(2, number)


def make(url: str, conversations: int, messages: int) -> InboxWorld:
    """Fill the empty database. The long conversation has a tenth of the messages, 20,000 at most."""
    database.upgrade(url)
    deep = min(messages // 10, 20_000)
    world = InboxWorld(secrets.token_hex(32), conversations, messages, deep)
    engine = database.make_engine(url)
    with engine.begin() as connection:
        _people(connection, world)
        _channels(connection, world)
    for table, rows in (
        (Contact, _contacts(world)),
        (Conversation, _conversations(world)),
        (InboxMessage, _messages(world)),
        (InboxContactTag, _tagged(world)),
        (ConversationRead, _reads(world)),
        (InboxWork, _work(world)),
    ):
        _write(engine, table, rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()
    return world


def _id(kind: int, number: int) -> str:
    return f"{kind:08x}{number:024x}"


def _write(engine: Any, table: type[SQLModel], rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    statement = insert(table)
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            with engine.begin() as connection:
                connection.execute(statement, batch)
            batch = []
    if batch:
        with engine.begin() as connection:
            connection.execute(statement, batch)


def _add(connection: Connection, *rows: SQLModel) -> None:
    for row in rows:
        connection.execute(insert(type(row)), row.model_dump())


def _people(connection: Connection, world: InboxWorld) -> None:
    user = User(email="agent@example.com", first_name="Jane", last_name="Doe")
    team = Team(team_name="Bench", slug="bench", owner_id=user.id, billing_id=1, number=1)
    tag = InboxTag(id=_id(5, 0), team_id=team.id, name="Urgent", color="tag-red")
    member = TeamUser(team_id=team.id, user_id=user.id, role=Role.ADMIN.value)
    _add(connection, user, team, member, tag)
    world.team, world.user, world.tag = team.id, user.id, tag.id


def sign_in(url: str, world: InboxWorld, count: int) -> list[str]:
    """Return so many sessions of the member, so that each kind of request has a token of its own."""
    engine = database.make_engine(url)
    ends = datetime.now(UTC) + timedelta(days=1)
    rows = [AuthSession(user_id=world.user, expires_at=ends) for _ in range(count)]
    ids = [row.id for row in rows]
    with database.session(engine) as session:
        session.add_all(rows)
    engine.dispose()
    return ids


def _channels(connection: Connection, world: InboxWorld) -> None:
    secret: dict[str, Any] = {"secret_key": world.secret}
    settings = Settings(_env_file=None, **secret)
    for number in range(CHANNELS):
        source = Source.FACEBOOK if number < PAGES else Source.SMS_TWILIO
        external = f"page-{number}" if number < PAGES else f"+1416555{number:04}"
        channel = InboxChannel(
            id=_id(4, number),
            team_id=world.team,
            source=source.value,
            external_id=external,
            name=external,
            state="connected",
            claim=claim_of(source.value, external),
            sealed_token=encrypt(settings, f"AC0:{TOKEN}"),
        )
        _add(connection, channel)
        world.channels.append(channel.id)
        world.numbers.append(external)


def _contacts(world: InboxWorld) -> Iterator[dict[str, Any]]:
    for number in range(world.conversations):
        yield Contact(
            id=_id(1, number),
            team_id=world.team,
            first_name=f"First{number % 1000}",
            last_name=f"Last{number}",
            cell_number=f"+1604{number:07}",
            created_at=BEGAN,
            updated_at=BEGAN,
        ).model_dump()


def _work(world: InboxWorld) -> Iterator[dict[str, Any]]:
    """Let each fortieth conversation wait in one of ten queues."""
    for number in range(0, world.conversations, 40):
        queue = _id(6, number // 40 % 10)
        yield InboxWork(
            id=_id(7, number),
            team_id=world.team,
            conversation_id=_id(2, number),
            queue_id=queue,
            queued_at=BEGAN,
        ).model_dump()


def _lengths(world: InboxWorld) -> Iterator[tuple[int, int]]:
    """Yield how many messages each conversation has."""
    rest = world.messages - world.deep
    others = max(1, world.conversations - 1)
    for number in range(world.conversations):
        yield number, world.deep if number == DEEP else max(1, rest // others)


def _at(world: InboxWorld, number: int) -> datetime:
    """Return when the newest message of a conversation came."""
    return BEGAN + timedelta(seconds=number)


def _conversations(world: InboxWorld) -> Iterator[dict[str, Any]]:
    for number, length in _lengths(world):
        inbound = (length + 1) // 2
        yield Conversation(
            id=_id(2, number),
            team_id=world.team,
            channel_id=world.channels[number % CHANNELS],
            contact_id=_id(1, number),
            external_id=f"+1604{number:07}",
            state="CLOSED" if number % 5 == 0 else "OPEN",
            last_number=length,
            inbound_count=inbound,
            last_message_id=_message_id(number, length),
            last_message_at=_at(world, number),
            last_inbound_at=datetime.now(UTC),
            created_day="2026-01-01",
            created_at=BEGAN,
            assignee_id=world.user if number % 3 == 0 else None,
            snoozed_until=datetime(2090, 1, 1, tzinfo=UTC) if number % 100 == 7 else None,
        ).model_dump()


def _message_id(conversation: int, number: int) -> str:
    return f"{3:08x}{conversation:012x}{number:012x}"


def _messages(world: InboxWorld) -> Iterator[dict[str, Any]]:
    for conversation, length in _lengths(world):
        newest = _at(world, conversation)
        channel, owner = world.channels[conversation % CHANNELS], _id(2, conversation)
        for number in range(1, length + 1):
            at = newest - timedelta(milliseconds=length - number)
            inbound = number % 2 == 1
            start = (conversation + number) % len(WORDS)
            yield {
                "id": _message_id(conversation, number),
                "created_at": at,
                "updated_at": at,
                "conversation_id": owner,
                "channel_id": channel,
                "number": number,
                "inbound": inbound,
                "user_id": None if inbound else world.user,
                "text": " ".join(WORDS[start:] + WORDS[:start]),
                "attachments": [],
                "state": (DeliveryState.RECEIVED if inbound else DeliveryState.DELIVERED).value,
                "provider_id": f"SM{conversation:016x}{number:016x}",
                "sent_at": at,
                "attempts": 0,
            }


def _tagged(world: InboxWorld) -> Iterator[dict[str, Any]]:
    for number in range(3, world.conversations, 50):
        yield {"contact_id": _id(1, number), "tag_id": world.tag}


def _reads(world: InboxWorld) -> Iterator[dict[str, Any]]:
    """Let the member have read nine of ten conversations."""
    for number, length in _lengths(world):
        if number % 10 != 3:
            yield {"user_id": world.user, "conversation_id": _id(2, number), "seen": (length + 1) // 2}
