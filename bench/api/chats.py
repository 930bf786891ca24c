"""A team's chats: 2,000 of them with 1,000,000 messages, some private, and people who are in many or few.

The rows are written in bulk, with no trigger. The entries of the search are made here by the product's rule for words,
and their index is built at the end. Then the triggers stand as before.
"""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any

import psycopg
from sqlalchemy import bindparam
from sqlmodel import col, update

from bench.api.texts import texts
from models import Chat, ChatType, ChatUser, MemberStatus, Message, Role, TeamUser, User
from models.chat import pair_of
from switchroom import database
from switchroom.ids import new_id
from switchroom.search_words import search_words

CHATS, PRIVATE, PEOPLE = 2000, 500, 200
MESSAGES = 1_000_000
LARGEST = 0.1
"""The first chat's share of all messages."""
PLACES = {"many": 1000, "some": 200, "few": 40}
"""In how many chats the people who search are."""
_BATCH = 20_000
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Team:
    """What was made. `people` has the ids of those who search, by the names of `PLACES`; all are in the first chat."""

    people: dict[str, str] = field(default_factory=dict)
    chats: list[str] = field(default_factory=list)


def fill(url: str, team_id: str, messages: int = MESSAGES) -> Team:
    """Write the chats, the people and the messages into the team."""
    chance = random.Random(1)
    made = Team()
    users = [User(email=f"p{n}@example.com", first_name=f"P{n}", last_name="Hale") for n in range(PEOPLE)]
    made.people = dict(zip(PLACES, (user.id for user in users), strict=False))
    members = [
        TeamUser(team_id=team_id, user_id=user.id, role=Role.MEMBER.value, status=MemberStatus.ACTIVE.value)
        for user in users
    ]
    chats, places = _chats(team_id, [user.id for user in users], chance)
    made.chats = [chat.id for chat in chats]
    counts = dict.fromkeys(made.chats, 0)
    rows = _messages(made.chats, [user.id for user in users], messages, counts, chance)
    engine = database.make_engine(url)
    with database.session(engine) as session:
        for some in (users, members, chats, places):
            session.add_all(some)
            session.flush()
    writer = _to_sqlite if engine.dialect.name == "sqlite" else _to_postgresql
    raw = engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        writer(driver, rows, team_id)
    finally:
        raw.close()
    with database.session(engine) as session:
        session.connection().execute(
            update(Chat)
            .values(last_number=bindparam("count"), last_message_at=bindparam("at"))
            .where(col(Chat.id) == bindparam("chat")),
            [
                {"chat": chat, "count": count, "at": _BEGAN + timedelta(minutes=number)}
                for number, (chat, count) in enumerate(counts.items())
            ],
        )
    engine.dispose()
    return made


def _chats(team_id: str, users: Sequence[str], chance: random.Random) -> tuple[list[Chat], list[ChatUser]]:
    """Return the chats and who is in them. Private ones are of people who do not search."""
    others = users[len(PLACES) :]
    chats, places = [], []
    pairs = iter([(one, other) for at, one in enumerate(others) for other in others[at + 1 :]])
    private = set(chance.sample(range(1, CHATS), PRIVATE))
    for number in range(CHATS):
        pair = next(pairs) if number in private else None
        chat = Chat(
            team_id=team_id, type=(ChatType.PRIVATE if pair else ChatType.ROOM).value, pair=pair and pair_of(*pair),
            name="" if pair else f"Room {number}", room_number=100_000 + number, conf_pin=10_000 + number,
        )  # fmt: skip
        chats.append(chat)
        inside = pair or chance.sample(others, 5)
        places += [ChatUser(chat_id=chat.id, user_id=user) for user in inside]
    rooms = [chat for number, chat in enumerate(chats) if number not in private]
    for user, count in zip(users, PLACES.values(), strict=False):
        joined = [rooms[0], *chance.sample(rooms[1:], count - 1)]
        places += [ChatUser(chat_id=chat.id, user_id=user) for chat in joined]
    return chats, places


Row = dict[str, Any]


def _messages(
    chats: Sequence[str], users: Sequence[str], count: int, counts: dict[str, int], chance: random.Random
) -> Iterator[Row]:
    """Return the messages in the order of their time, by columns. `counts` has how many each chat has.

    The first chat has the share `LARGEST`. The others shrink after Zipf.
    """
    others = [1 / (rank + 20) for rank in range(len(chats) - 1)]
    first = sum(others) * LARGEST / (1 - LARGEST)
    weights = list(accumulate([first, *others]))
    model = Message(chat_id="", number=0)
    blank = {name: getattr(model, name) for name in Message.model_fields} | {"language": "en"}
    blank |= {"user_mentions": "[]", "room_mentions": "[]"}
    for at, body in enumerate(texts(count)):
        (chat,) = chance.choices(chats, cum_weights=weights)
        counts[chat] += 1
        when = (_BEGAN + timedelta(seconds=10 * at)).replace(tzinfo=None).isoformat(" ", "microseconds")
        row = {"chat_id": chat, "number": counts[chat], "from_id": users[at % len(users)], "body": body}
        yield blank | row | {"id": new_id(), "created_at": when, "updated_at": when}


_ENTRY = ("row_id", "object_id", "words")


def _entry(message: Row, team_id: str) -> tuple[str, str, str]:
    words = f"=m{message['chat_id']} =t{team_id} {search_words(message['body'])}"
    return message["id"], message["id"], words


def _to_sqlite(connection: sqlite3.Connection, rows: Iterator[Row], team_id: str) -> None:
    triggers = ("messages_found_insert", "search_entries_insert")
    sql = "SELECT sql FROM sqlite_master WHERE name = ?"
    texts_of = [connection.execute(sql, (name,)).fetchone()[0] for name in triggers]
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    for name in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    while batch := list(islice(rows, _BATCH)):
        connection.executemany(
            f"INSERT INTO messages ({', '.join(batch[0])}) VALUES ({', '.join('?' * len(batch[0]))})",
            [tuple(message.values()) for message in batch],
        )
        connection.executemany(
            f"INSERT INTO search_entries ({', '.join(_ENTRY)}) VALUES (?, ?, ?)",
            [_entry(message, team_id) for message in batch],
        )
    connection.execute("INSERT INTO search_index (search_index) VALUES ('rebuild')")
    for text in texts_of:
        connection.execute(text)
    connection.execute("COMMIT")


def _to_postgresql(connection: psycopg.Connection[Any], rows: Iterator[Row], team_id: str) -> None:
    connection.execute("SET timezone = 'UTC'")
    connection.execute("SET maintenance_work_mem = '256MB'")
    connection.execute("ALTER TABLE messages DISABLE TRIGGER messages_found")
    named = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_search_entries_lexemes'"
    found = connection.execute(named).fetchone()
    assert found is not None
    connection.execute("DROP INDEX ix_search_entries_lexemes")
    while batch := list(islice(rows, _BATCH)):
        cursor = connection.cursor()
        with cursor.copy(f"COPY messages ({', '.join(batch[0])}) FROM STDIN") as copy:
            for message in batch:
                copy.write_row(tuple(message.values()))
        with cursor.copy(f"COPY search_entries ({', '.join(_ENTRY)}) FROM STDIN") as copy:
            for message in batch:
                copy.write_row(_entry(message, team_id))
    connection.execute(found[0])
    connection.execute("ALTER TABLE messages ENABLE TRIGGER messages_found")
    connection.commit()
