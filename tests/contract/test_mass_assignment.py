"""Every body is sent what it must not write: fields that are read-only, and ids of objects of another team.

What must not change is compared in the database, before and after.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from models import (
    Agent,
    CallLog,
    CallRoute,
    Chat,
    ChatUser,
    Contact,
    Department,
    DidNumber,
    File,
    Message,
    Queue,
    utcnow,
)
from tests.contract.document import OPERATIONS, Operation, resolved
from tests.contract.team import PERSONAL, Team
from tests.support.api.world import pid

pytestmark = pytest.mark.service

WITH_BODY = [operation for operation in OPERATIONS if operation.body() is not None]
ALWAYS = frozenset(
    {
        "id", "owner", "operator", "verified_at", "suspended_at", "suspended_reason", "quotas", "billing_id",
        "password_hash", "main_number", "s3_key", "sha256", "conf_pin", "pin_id", "room_number", "extension_secret",
        "sip_username", "created_at", "address_hash", "secret_hash", "token_hash", "last_number", "deleted_messages",
        "seen_gap", "file_base", "audited_at", "webhook_secret", "from_id", "user_id", "team_id", "owner_id", "chat_id",
    }
)  # fmt: skip
"""Names of columns and of fields that no body may write, whatever the object is."""
HOSTILE = "beef" * 8
"""An id that no row may have afterwards."""
VALUES: list[Any] = [f"a{HOSTILE}", HOSTILE, 987654321, {"members": 987654321}, "2077-07-07T07:07:07.000Z"]


def answered(operation: Operation) -> dict[str, Any]:
    """Return the fields of the operation's answer."""
    _, response = operation.good()
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    found: dict[str, Any] = resolved(schema.get("items", schema)).get("properties", {})
    return found


def not_writable(operation: Operation) -> list[str]:
    """Return the fields of the answer that the body does not take, and what no body takes."""
    body = resolved(operation.body() or {})
    takes = resolved(body.get("items", body)).get("properties", {})
    return sorted((answered(operation).keys() | ALWAYS) - takes.keys())


def with_fields(body: Any, fields: dict[str, Any]) -> Any:
    """Return the body with more fields; of a list each of its objects."""
    if isinstance(body, list):
        return [with_fields(one, fields) for one in body]
    return {**fields, **body}


def send(team: Team, operation: Operation, body: Any) -> tuple[int, str]:
    person = team.world.member if operation.name in PERSONAL else team.world.admin
    answer = team.world.api.client.request(
        operation.method,
        team.path(operation),
        params=team.query(operation),
        json=body,
        headers=team.headers(operation, person),
    )
    return answer.status_code, answer.text


def stored(team: Team) -> Iterator[str]:
    """Yield all rows, but not what is no table of objects."""
    database = team.open()
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = [name for (name,) in names if not name.startswith(("sqlite", "alembic", "search_", "outbox"))]
    for table in tables:
        for row in database.execute(f"SELECT * FROM {table}"):
            yield f"{table} {row}"


TRACES = re.compile(rf"{HOSTILE}|987654321|2077-07-07")


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
def test_what_is_read_only_is_not_written(
    operators_team: Team, operation: Operation, unlimited: None
) -> None:
    team, names = operators_team, not_writable(operation)
    assert names
    for value in VALUES:
        with team.unchanged():
            status, text = send(
                team, operation, with_fields(team.least(operation), dict.fromkeys(names, value))
            )
            assert status < 500, text
            traces = [row for row in stored(team) if TRACES.search(row)]
            assert traces == [], f"{value!r} was written"


ID = re.compile(r'"a[0-9a-f]{32}"|"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"')
"""Ids in examples, as each API writes them."""


def ids_of(operation: Operation) -> list[tuple[str, bool]]:
    """Return the fields of the body that hold an id, or a list of ids."""
    body = resolved(operation.body() or {})
    fields = resolved(body.get("items", body)).get("properties", {})
    found = []
    for name, schema in fields.items():
        shown = json.dumps(schema)
        if ID.search(shown):
            found.append((name, '"array"' in shown))
    return found


WITH_IDS = [operation for operation in WITH_BODY if ids_of(operation)]


@pytest.fixture(scope="module")
def elsewhere(shared_team: Team) -> list[str]:
    """Return ids of objects of another team, of each kind that a body names."""
    api, stranger = shared_team.world.api, shared_team.world.stranger
    assert stranger.member
    team, user = stranger.member.team_id, stranger.user.id
    chat = Chat(
        team_id=team,
        owner_id=user,
        type="room",
        name="Theirs",
        room_number=54001,
        conf_pin=12345,
        last_number=1,
    )
    log = CallLog(team_id=team, disposition="answered", started_at=utcnow(), ended_at=utcnow())
    rows: list[Any] = [
        Queue(team_id=team, name="Theirs"),
        Agent(team_id=team, user_id=user, name="Theirs"),
        CallRoute(team_id=team, name="Theirs", entry="x", blocks={}),
        DidNumber(team_id=team, e164="+14165550109", name="Theirs"),
        Department(team_id=team, name="Theirs"),
        Contact(owner_id=user, team_id=team, first_name="Theirs"),
        log,
        chat,
        Message(chat_id=chat.id, number=1, from_id=user, body="Theirs"),
        File(
            team_id=team, user_id=user, name="a.png", filename="a.png", extension="png", type="image/png",
            size=1, sha256="0" * 64,
        ),
    ]  # fmt: skip
    api.add(*rows, ChatUser(chat_id=chat.id, user_id=user))
    return [stranger.id, stranger.team, pid(stranger.member), *map(pid, rows)]


@pytest.mark.parametrize("operation", WITH_IDS, ids=lambda operation: operation.name)
def test_no_body_names_an_object_of_another_team(
    operators_team: Team, elsewhere: list[str], operation: Operation, unlimited: None
) -> None:
    """It is refused or ignored: afterwards no row names both teams' objects that did not before."""
    team, least = operators_team, operators_team.least(operation)
    theirs = {id[1:] for id in elsewhere}
    before = set(stored(team))
    for name, several in ids_of(operation):
        for id in elsewhere:
            with team.unchanged():
                value = [id] if several else id
                body = (
                    [{**one, name: value} for one in least]
                    if isinstance(least, list)
                    else {**least, name: value}
                )
                status, text = send(team, operation, body)
                new = [row for row in stored(team) if row not in before]
                crossing = [row for row in new if any(one in row for one in theirs)]
                assert status < 500, text
                assert crossing == [], (name, status)
