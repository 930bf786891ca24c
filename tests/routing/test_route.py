"""Route documents: every problem at once, and the dry run."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.config import RouteConfig
from routing.dry import Assumed, dry_run
from routing.errors import RouteError
from routing.ids import RouteId
from routing.route import Problem, parse_route, validate_route
from tests.routing.story import TEAM, block, hex_id

pytestmark = pytest.mark.unit
QUEUE = hex_id(4, 1)
WEEK = {"mon": [["09:00", "17:00"]]}


def document(entry: str = "a", **blocks: Any) -> dict[str, Any]:
    return {"name": "R", "entry": entry, "blocks": blocks}


def fields(document: Any, **refs: Any) -> set[tuple[str | None, str]]:
    return {(problem.block, problem.field) for problem in validate_route(document, **refs)}


def test_a_good_route_has_no_problems() -> None:
    good = document(
        "hours",
        hours=block(
            "hours",
            {"open": "menu", "closed": "mail"},
            timezone="Europe/Berlin",
            weekly=WEEK,
            holidays=["2026-12-25"],
        ),
        menu=block("menu", {"1": "queue", "timeout": "mail"}, sound=["hello"], retries=1),
        queue=block("queue", {"timeout": "mail"}, queue=QUEUE, timeout=60),
        mail=block("voicemail", mailbox={"kind": "queue", "id": QUEUE}),
    )
    assert validate_route(good, queues={QUEUE}, sounds={"hello"}) == []


def test_all_problems_at_once() -> None:
    bad = document(
        "a",
        a=block("menu", {"1": "nowhere", "x": "b"}, sound="he llo", colour="red"),
        b=block("queue", {}, queue=QUEUE, timeout=30),
        c=block("teleport"),
        d=block("hours", {"open": "d"}, timezone="Mars/Base", weekly={"mon": [["9:00", "17:00"]]}),
        e=block("number", number="911"),
    )
    found = fields(bad, queues=set())
    assert {
        ("a", "exits.1"),
        ("a", "exits.x"),
        ("a", "settings.sound"),
        ("a", "settings.colour"),
        ("b", "settings.queue"),
        ("b", "exits.timeout"),
        ("c", "type"),
        ("c", ""),
        ("d", "settings.timezone"),
        ("d", "settings.weekly"),
        ("d", "exits.closed"),
        ("d", "exits"),
        ("d", ""),
        ("e", "settings.number"),
    } <= found


def test_a_cycle_that_waits_on_nothing() -> None:
    hours = {"timezone": "UTC", "weekly": WEEK}
    spins = document(
        a=block("hours", {"open": "b", "closed": "c"}, **hours),
        b=block("hours", {"open": "a", "closed": "c"}, **hours),
        c=block("hangup"),
    )
    assert {("a", "exits"), ("b", "exits")} == fields(spins)
    waits = document(
        a=block("hours", {"open": "b", "closed": "c"}, **hours),
        b=block("play", {"next": "a"}, sound="beep"),
        c=block("hangup"),
    )
    assert fields(waits) == set()


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        "x",
        {},
        {"entry": 1, "blocks": {}},
        {"entry": "a", "blocks": {"a b": block("hangup")}},
        {"entry": "a", "blocks": {"a": 5}},
    ],
)
def test_what_is_no_route_is_said_so(bad: Any) -> None:
    assert validate_route(bad)


def test_missing_references() -> None:
    doc = document(a=block("voicemail", mailbox={"kind": "user", "id": hex_id(3, 1)}, greeting="nope"))
    assert fields(doc, users=set(), sounds={"vm-intro"}) == {
        ("a", "settings.mailbox"),
        ("a", "settings.greeting"),
    }


@pytest.mark.parametrize("kind", ["play", "menu", "hours", "queue", "user", "voicemail", "number", "hangup"])
@pytest.mark.parametrize(
    "value",
    [
        "a\r\nb",
        "a\0",
        "a&b",
        "a,b",
        "../x",
        "a|b",
        "${X}",
        "a b",
        'a"',
        "a;b",
        "a\\b",
        "a(b)",
        "a^b",
        [],
        {},
        True,
    ],
)
def test_what_means_something_to_asterisk_passes_no_text_setting(kind: str, value: Any) -> None:
    from routing.blocks import BLOCK_TYPES

    names = {
        "sound",
        "invalid_sound",
        "greeting",
        "number",
        "caller_id",
        "queue",
        "user",
        "mailbox",
        "timezone",
        "cause",
    }
    for name in names & set(BLOCK_TYPES[kind].settings):
        assert ("a", f"settings.{name}") in fields(document(a=block(kind, **{name: value})))


def route(**blocks: Any) -> RouteConfig:
    return parse_route(document("hours", **blocks), id=RouteId(hex_id(6, 1)), team=TEAM, version=4)


def test_a_dry_run_says_where_and_why() -> None:
    made = route(
        hours=block("hours", {"open": "menu", "closed": "mail"}, timezone="UTC", weekly=WEEK),
        menu=block("menu", {"1": "queue"}, sound="hello"),
        queue=block("queue", {"timeout": "mail"}, queue=QUEUE, timeout=5),
        mail=block("voicemail", mailbox={"kind": "team", "id": TEAM}),
    )
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    steps = dry_run(made, at=noon, digits="71", assumed=Assumed(queues={QUEUE: "timeout"}))
    assert [(step.block, step.exit) for step in steps] == [
        ("hours", "open"),
        ("menu", "1"),
        ("queue", "timeout"),
        ("mail", "next"),
    ]
    assert "12:00" in steps[0].why
    assert [step.block for step in dry_run(made, at=noon.replace(hour=20))] == ["hours", "mail"]
    silent = dry_run(made, at=noon)
    assert silent[-1].exit == "timeout"
    assert "leads nowhere" in silent[-1].why


def test_parsing_a_bad_route_raises_with_its_problems() -> None:
    with pytest.raises(RouteError) as caught:
        parse_route(document(a=block("play")), id=RouteId("x"), team=TEAM, version=1)
    assert Problem("a", "settings.sound", "is required") in caught.value.problems
