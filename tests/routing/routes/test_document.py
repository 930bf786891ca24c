"""Route documents. All problems of a document are reported at once."""

from typing import Any

import pytest

from routing.blocks import BLOCK_TYPES
from routing.errors import Problem, RouteError
from routing.ids import RouteId
from routing.routes.document import parse_route, validate_route
from tests.support.routing.story import TEAM, Story, block, hex_id

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


def case(name: str, **condition: Any) -> dict[str, Any]:
    return {"name": name, "when": [condition]}


def ending(exits: dict[str, str]) -> dict[str, Any]:
    return {"end": block("hangup")} if exits else {}


GOOD: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "say": ({"next": "end"}, {"text": "Hello {caller}", "language": "de", "voice": "joanna"}),
    "collect": ({"next": "end"}, {"sound": [{"say": "Your number?"}], "variable": "account"}),
    "record": ({"next": "end"}, {"variable": "file", "mailbox": {"kind": "user", "id": hex_id(3, 1)}}),
    "caller": ({"a": "end", "else": "end"}, {"cases": [{"name": "a", "prefixes": ["+49"], "contact": True}]}),
    "match": (
        {"a": "end", "else": "end"},
        {"cases": [{"name": "a", "when": [{"variable": "x", "is": "equals", "value": "{y}"}]}]},
    ),
    "percent": ({"a": "end", "b": "end"}, {"branches": {"a": 1, "b": 99}}),
    "queue-state": (
        {"a": "end", "else": "end"},
        {"queue": QUEUE, "cases": [{"name": "a", "when": [{"figure": "ewt", "is": "greater", "value": 60}]}]},
    ),
    "set": ({"next": "end"}, {"variables": {"x": ""}, "skills": [{"skill": "German", "level": 100}]}),
    "fetch": ({"next": "end", "failed": "end"}, {"url": "https://example.com/{x}", "variables": {"y": ""}}),
    "notify": ({"next": "end"}, {"kind": "webhook", "to": "https://example.com/hook", "text": "{x}"}),
    "agent": ({}, {"agent": hex_id(2, 1)}),
    "user": ({}, {"user": hex_id(3, 1)}),
    "department": ({}, {"department": hex_id(8, 1)}),
    "conference": ({}, {"room": "sales-1"}),
    "route": ({}, {"route": hex_id(6, 9)}),
    "menu": ({"1": "end"}, {"sound": {"say": "Press 1"}, "speech": {"sales": "1"}}),
    "play": ({"next": "end"}, {"sound": ["a", {"say": "b", "language": "fr-ca"}]}),
    "voicemail": ({}, {"mailbox": {"kind": "team", "id": TEAM}, "greeting": {"say": "Hi"}}),
    "hangup": ({}, {"sound": {"say": "Bye"}}),
}


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_good_blocks(kind: str) -> None:
    exits, settings = GOOD[kind]
    doc = document(a=block(kind, exits, **settings), **ending(exits))
    assert validate_route(doc) == []


@pytest.mark.parametrize(
    ("kind", "field", "change"),
    [
        ("say", "settings.text", {"text": "Hello {Caller}"}),
        ("say", "settings.text", {"text": "Hello {"}),
        ("say", "settings.language", {"language": "german"}),
        ("say", "settings.voice", {"voice": "a b"}),
        ("play", "settings.sound", {"sound": [{"say": "{"}]}),
        ("play", "settings.sound", {"sound": {"say": "a", "file": "b"}}),
        ("play", "settings.sound", {"sound": {"speak": "a"}}),
        ("menu", "settings.speech", {"speech": {"Sales": "1"}}),
        ("menu", "settings.speech", {"speech": {"sales": "2"}}),
        ("menu", "settings.speech", {"speech": {"sales": ""}}),
        ("menu", "settings.speech", {"speech": {}}),
        ("collect", "settings.variable", {"variable": "caller"}),
        ("collect", "settings.max", {"min": 5, "max": 3}),
        ("collect", "settings.end", {"end": "1"}),
        ("caller", "settings.cases", {"cases": []}),
        ("caller", "settings.cases", {"cases": [{"name": "else", "contact": True}]}),
        ("caller", "settings.cases", {"cases": [{"name": "a"}]}),
        ("caller", "settings.cases", {"cases": [{"name": "a", "numbers": ["123 456"]}]}),
        ("caller", "settings.cases", {"cases": [{"name": "a", "prefixes": [""]}]}),
        ("caller", "settings.cases", {"cases": [{"name": "a", "attributes": {"tier": 5}}]}),
        ("caller", "exits.else", {"exits": {"a": "end"}}),
        ("caller", "exits.a", {"exits": {"else": "end"}}),
        ("caller", "exits.c", {"exits": {"a": "end", "else": "end", "c": "end"}}),
        ("match", "settings.cases", {"cases": [case("a", variable="x", value=".", **{"is": "regex"})]}),
        ("match", "exits.b", {"cases": [{"name": "b", "when": [{"variable": "x", "is": "empty"}]}]}),
        ("percent", "settings.branches", {"branches": {"a": 0, "b": 0}}),
        ("percent", "settings.branches", {"branches": {"a": -1, "b": 2}}),
        ("percent", "settings.branches", {"branches": {"a": 0.5, "b": 2}}),
        ("percent", "exits.c", {"branches": {"a": 1, "b": 1, "c": 1}}),
        ("queue-state", "settings.cases", {"cases": [case("a", figure="mood", value=1, **{"is": "less"})]}),
        ("queue-state", "settings.cases", {"cases": [case("a", figure="ewt", value="x", **{"is": "less"})]}),
        ("set", "settings", {"variables": None, "skills": None}),
        ("set", "settings.variables", {"variables": {"did": "x"}}),
        ("set", "settings.skills", {"skills": [{"skill": "a", "level": 0}]}),
        ("set", "settings.tags", {"tags": [" a"]}),
        ("fetch", "settings.url", {"url": "https://{x}/"}),
        ("fetch", "settings.body", {"body": {"a": "b"}}),
        ("fetch", "settings.headers", {"headers": {"Host": "x"}}),
        ("fetch", "settings.method", {"method": "DELETE"}),
        ("fetch", "exits.failed", {"exits": {"next": "end"}}),
        ("notify", "settings.to", {"to": "https://{x}/"}),
        ("notify", "settings.to", {"kind": "email", "to": "a@b"}),
        ("notify", "settings.to", {"to": None}),
        ("notify", "settings.kind", {"kind": "sms"}),
        ("notify", "settings.chat", {"kind": "chat", "to": None}),
        ("notify", "settings.chat", {"kind": "chat", "to": None, "chat": "sales"}),
        ("notify", "settings.to", {"kind": "chat", "chat": "c" * 32}),
        ("notify", "settings.chat", {"chat": "c" * 32}),
        ("notify", "settings.subject", {"subject": "a\nb"}),
        ("agent", "settings.agent", {"agent": "ann"}),
        ("conference", "settings.room", {"room": "Sales"}),
        ("route", "settings.route", {"route": "main"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_is(kind: str, field: str, change: dict[str, Any]) -> None:
    exits, settings = GOOD[kind]
    settings = {**settings, **{name: value for name, value in change.items() if name != "exits"}}
    doc = document(a=block(kind, change.get("exits", exits), **settings), end=block("hangup"))
    assert ("a", field) in fields(doc)


def test_a_notification_goes_to_a_chat_of_the_team() -> None:
    told = block("notify", {"next": "end"}, kind="chat", chat="c" * 32, text="Hello")
    route = document(a=told, end=block("hangup"))
    assert validate_route(route, chats={"c" * 32}) == []
    (problem,) = validate_route(route, chats={"d" * 32})
    assert (problem.field, problem.message) == ("settings.chat", "there is no such chat")


def test_every_bad_case_is_told() -> None:
    cases = [
        {"name": "a", "when": []},
        {"name": "b c", "when": []},
        {"name": "d", "when": [{"variable": "x", "is": "empty"}]},
    ]
    doc = document(a=block("match", {"a": "a", "d": "a", "else": "a"}, cases=cases))
    (message,) = [p.message for p in validate_route(doc) if p.field == "settings.cases"]
    assert "case 1" in message
    assert "case 2" in message
    assert "case 3" not in message


@pytest.mark.parametrize(
    ("kind", "refs", "field"),
    [
        ("agent", {"agents": set()}, "settings.agent"),
        ("set", {"agents": set()}, "settings.preferred_agent"),
        ("user", {"users": set()}, "settings.user"),
        ("department", {"departments": set()}, "settings.department"),
        ("route", {"routes": set()}, "settings.route"),
        ("queue-state", {"queues": set()}, "settings.queue"),
        ("record", {"users": set()}, "settings.mailbox"),
        ("play", {"sounds": set()}, "settings.sound"),
    ],
)
def test_what_is_pointed_at_must_be_there(kind: str, refs: dict[str, Any], field: str) -> None:
    exits, settings = GOOD[kind]
    if kind == "set":
        settings = {"preferred_agent": hex_id(2, 1)}
    doc = document(a=block(kind, exits, **settings), **ending(exits))
    assert fields(doc, **refs) == {("a", field)}
    assert validate_route(doc) == []


def test_cycles_that_may_take_no_time() -> None:
    """An agent without a phone fails at once, a full queue turns callers away at once, a request may fail at once."""
    for kind in ("agent", "user", "department", "number"):
        settings = GOOD[kind][1] if kind in GOOD else {"number": "+14165550111"}
        assert ("a", "exits") in fields(document(a=block(kind, {"failed": "a"}, **settings)))
    for exit, bad in (("full", True), ("empty", True), ("timeout", False)):
        doc = document(
            a=block("queue", {exit: "a", "timeout": "a"} if bad else {exit: "a"}, queue=QUEUE, timeout=5)
        )
        assert (("a", "exits") in fields(doc)) is bad
    fetch = block("fetch", {"next": "b", "failed": "a"}, url="https://example.com/")
    assert ("a", "exits") in fields(document(a=fetch, b=block("hangup")))


def test_a_route_that_goes_on_with_itself() -> None:
    own = hex_id(6, 1)
    doc = document(a=block("set", {"next": "b"}, tags=["x"]), b=block("route", route=own))
    assert fields(doc, own=own) == {("a", "exits"), ("b", "exits")}
    assert fields(doc, own=hex_id(6, 2)) == set()
    waits = document(a=block("play", {"next": "b"}, sound="x"), b=block("route", route=own))
    assert fields(waits, own=own) == set()


@pytest.mark.parametrize("kind", sorted(BLOCK_TYPES))
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
        "agent",
        "department",
        "route",
        "preferred_agent",
        "room",
        "music",
        "variable",
        "seconds_variable",
        "language",
        "voice",
        "end",
        "method",
        "kind",
    }
    for name in names & set(BLOCK_TYPES[kind].settings):
        assert ("a", f"settings.{name}") in fields(document(a=block(kind, **{name: value})))


def test_a_stored_route_is_served_as_far_as_it_goes(story: Story) -> None:
    """Rules for routes may grow stricter. A stored route still stays in service."""
    doc = document(a=block("user", {"failed": "a"}, user=hex_id(3, 1)), b=block("hangup"))
    assert fields(doc) == {("a", "exits"), ("b", "")}
    story.configure(parse_route(doc, id=RouteId(hex_id(6, 1)), team=TEAM, version=1))
    story.number(route=hex_id(6, 1))
    call = story.calls_in()
    assert call.hears("please-try-call-later")
    call.listens()
    assert call.record["disposition"] == "failed"


def test_parsing_a_bad_route_raises_with_its_problems() -> None:
    with pytest.raises(RouteError) as caught:
        parse_route(document(a=block("play")), id=RouteId("x"), team=TEAM, version=1)
    assert Problem("a", "settings.sound", "is required") in caught.value.problems
