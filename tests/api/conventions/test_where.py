"""The Waterline query language: each operator works, and all other queries get a clear 400."""

import json
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from pydantic import Field
from sqlmodel import Session, col, select

from api.conventions import lists
from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.lists import search_clause
from api.conventions.resource import Resource
from api.conventions.sort import order_by, parse_sort
from api.conventions.where import Reader, parse_where
from api.core.errors import ValidationFailed
from models import CallLog, Message
from switchroom.ids import parse_id, public_id
from tests.api.chat.group import Group
from tests.support.api.client import Api
from tests.support.api.world import World

pytestmark = pytest.mark.service


class Log(Answer):
    id: PublicId
    caller: Annotated[str, Field(alias="from")]
    cause: Annotated[int, Column("hangup_cause")]
    wait: float
    queue: PublicId
    started_at: Time
    answered_at: Time
    path: list[Any]


LOGS = Resource("call log", Log, CallLog, search=("from",))
QUEUE = "0" * 31 + "1"


def call(caller: str, cause: int, day: int, **more: Any) -> CallLog:
    return CallLog(
        caller=caller,
        hangup_cause=cause,
        wait=cause / 2,
        started_at=datetime(2026, 3, day, tzinfo=UTC),
        **more,
    )


def store(api: Api) -> None:
    api.add(
        call("Ann 100%", 16, 1, queue_id=QUEUE, answered_at=datetime(2026, 3, 1, tzinfo=UTC)),
        call("bob_1", 17, 2),
        call("Cara", 19, 3),
    )


CASES: list[tuple[Any, list[str]]] = [
    ({}, ["Ann 100%", "bob_1", "Cara"]),
    ({"from": "Cara"}, ["Cara"]),
    ({"from": ["Cara", "bob_1"]}, ["bob_1", "Cara"]),
    ({"from": []}, []),
    ({"from": {"!": "Cara"}}, ["Ann 100%", "bob_1"]),
    ({"from": {"!": ["Cara", "bob_1"]}}, ["Ann 100%"]),
    ({"queue": None}, ["bob_1", "Cara"]),
    ({"queue": {"!": None}}, ["Ann 100%"]),
    ({"queue": public_id(QUEUE)}, ["Ann 100%"]),
    ({"queue": {"!": public_id(QUEUE)}}, ["bob_1", "Cara"]),
    ({"cause": {">": 16, "<=": 17}}, ["bob_1"]),
    ({"cause": {"greaterThanOrEqual": 17, "lessThan": "19"}}, ["bob_1"]),
    ({"wait": {"<": 8.2}}, ["Ann 100%"]),
    ({"from": {"contains": "A"}}, ["Ann 100%", "Cara"]),
    ({"from": {"contains": "%"}}, ["Ann 100%"]),
    ({"from": {"startsWith": "BOB_"}}, ["bob_1"]),
    ({"from": {"endsWith": "_1"}}, ["bob_1"]),
    ({"from": {"like": "%a%a"}}, ["Cara"]),
    ({"or": [{"cause": 16}, {"from": "Cara", "cause": 19}]}, ["Ann 100%", "Cara"]),
    ({"cause": {"!": 17}, "or": [{"cause": 17}, {"cause": 19}]}, ["Cara"]),
    ({"started_at": {">=": "2026-03-02T00:00:00.000Z"}}, ["bob_1", "Cara"]),
    ({"started_at": {"<": "2026-03-01T22:00:00-05:00"}}, ["Ann 100%", "bob_1"]),
    ({"answered_at": {"!": None}}, ["Ann 100%"]),
]


def test_each_operator_finds_what_it_should(any_api: Api) -> None:
    store(any_api)
    with Session(any_api.context.engine) as session:
        for criteria, expected in CASES:
            query = (
                select(CallLog.caller)
                .where(parse_where(json.dumps(criteria), Reader(LOGS)))
                .order_by(col(CallLog.started_at))
            )
            assert list(session.exec(query)) == expected, criteria


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '"name"',
        '{"password_hash": "x"}',
        '{"caller": "hidden name"}',
        '{"path": "json"}',
        '{"cause": "many"}',
        '{"cause": true}',
        '{"cause": 99999999999}',
        '{"cause": {"contains": "1"}}',
        '{"cause": {">": null}}',
        '{"cause": {"$gt": 1}}',
        '{"from": {"like": ["a"]}}',
        '{"from": {"contains": "a\\u0000"}}',
        '{"from": 7}',
        '{"queue": "nonsense"}',
        '{"started_at": "yesterday"}',
        '{"started_at": {"<": 1e300}}',
        '{"or": {}}',
        '{"or": []}',
        '{"or": [1]}',
        '{"or": [' * 20 + "{}" + "]}" * 20,
        "[" * 5000,
    ],
)
def test_whatever_else_is_a_400_that_says_what_is_wrong(text: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        parse_where(text, Reader(LOGS))
    assert set(caught.value.response) == {"where"}


def test_sort_by_public_fields_with_id_as_the_last_word(any_api: Api) -> None:
    store(any_api)
    orders = {
        "from DESC": ["Cara", "bob_1", "Ann 100%"],
        "started_at": ["Ann 100%", "bob_1", "Cara"],
        '{"cause": -1}': ["Cara", "bob_1", "Ann 100%"],
        "queue DESC, cause ASC": None,
    }
    with Session(any_api.context.engine) as session:
        for text, expected in orders.items():
            order = order_by(parse_sort(text, LOGS), LOGS)
            found = list(session.exec(select(CallLog.caller).order_by(*order)))
            assert expected is None or found == expected


@pytest.mark.parametrize(
    "text", ["", "caller", "path", "from SIDEWAYS", "from ASC DESC", '{"from": 2}', "{bad"]
)
def test_a_bad_sort_is_a_400(text: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        parse_sort(text, LOGS)
    assert set(caught.value.response) == {"sort"}


def test_search_takes_wildcards_literally(any_api: Api) -> None:
    store(any_api)
    with Session(any_api.context.engine) as session:
        found = list(session.exec(select(CallLog.caller).where(search_clause("b_1", LOGS))))
        nothing = list(session.exec(select(CallLog.caller).where(search_clause("b%1", LOGS))))
    assert (found, nothing) == (["bob_1"], [])


def test_more_values_than_a_database_takes_are_a_400_that_names_the_limit() -> None:
    items = [{"from": str(number)} for number in range(400)]
    text = json.dumps({"or": [{"or": items}, {"and": [{"or": items}]}]})
    with pytest.raises(ValidationFailed) as caught:
        parse_where(text, Reader(LOGS))
    assert caught.value.response == {"where": "More than 500 values in all"}


def test_a_query_that_costs_too_much_is_ended(any_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what made it slow, and hits neither the next query of its connection nor anybody else's."""
    monkeypatch.setattr(lists, "SLOWEST", 0.02)
    world, group = any_world, Group.make(any_world)
    chat = parse_id(group.id)
    assert chat
    long = "é" * 20_000
    world.api.add(
        *(Message(chat_id=chat, number=n, from_id=world.admin.user.id, body=long) for n in range(1, 31))
    )
    path = f"{group.path}/messages"
    costly = json.dumps({"or": [{"body": {"contains": f"x{n}"}} for n in range(400)]})
    began = time.monotonic()
    for asked in ({"where": costly}, {"where": costly, "search": "x", "sort": "body DESC"}):
        answer = world.call(world.admin, "GET", path, params=asked)
        assert answer.status_code == 400, answer.text
        assert answer.json()["response"] == dict.fromkeys(asked, "Takes more than 0.02 s. Look for less")
    assert time.monotonic() - began < 30
    for _ in range(5):
        assert world.call(world.admin, "GET", path, params={"limit": 1, "number": 7}).json()[0]["number"] == 7
