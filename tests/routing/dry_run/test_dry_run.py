"""The dry run: the way of a made-up call through a route, and the reasons for it."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from routing.blocks import BLOCK_TYPES
from routing.config import (
    DepartmentConfig,
    OpeningHours,
    Overflow,
    QueueConfig,
    RecordingPolicy,
    RingType,
    RouteConfig,
    SkillNeed,
    TeamConfig,
    UserConfig,
)
from routing.dry_run import Assumed, DryStep, dry_run, problems
from routing.dry_run.rehearsal import MOST_STEPS
from routing.ids import DepartmentId, MemberId, QueueId, RouteId, UserId
from routing.routes.document import parse_route
from tests.support.routing.outbound import OPEN
from tests.support.routing.story import CALLER, DID, TEAM, block, hex_id

pytestmark = pytest.mark.unit
QUEUE = QueueId(hex_id(4, 1))
OTHER = QueueId(hex_id(4, 2))
USER = UserId(hex_id(3, 1))
WEEK = {"mon": [["09:00", "17:00"]]}
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MAY_DIAL = TeamConfig(TEAM, "T", outbound=OPEN)
MAILBOX = {"kind": "queue", "id": QUEUE}
EXAMPLES = re.findall(
    r"^### `([a-z-]+)`\n.*?```json\n(.*?)```",
    (Path(__file__).parents[3] / "docs/blocks.md").read_text(),
    re.MULTILINE | re.DOTALL,
)


def document(entry: str = "a", **blocks: Any) -> dict[str, Any]:
    return {"name": "R", "entry": entry, "blocks": blocks}


def made(entry: Any = "a", *, id: Any = 1, **blocks: Any) -> RouteConfig:
    return parse_route(document(entry, **blocks), id=RouteId(hex_id(6, id)), team=TEAM, version=1)


def ran(route: RouteConfig, *, caller: str = CALLER, digits: str = "", **assumed: Any) -> list[DryStep]:
    return dry_run(route, at=NOON, caller=caller, did=DID, digits=digits, assumed=Assumed(**assumed))


def way(route: RouteConfig, **assumed: Any) -> list[tuple[str, str | None]]:
    return [(step.type, step.exit) for step in ran(route, **assumed)]


def by_hours(**blocks: Any) -> RouteConfig:
    return parse_route(document("hours", **blocks), id=RouteId(hex_id(6, 1)), team=TEAM, version=4)


def test_a_dry_run_says_where_and_why() -> None:
    made = by_hours(
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


def test_a_dry_run_through_blocks_that_depend_on_others() -> None:
    gold = {"name": "gold", "when": [{"variable": "tier", "is": "equals", "value": "gold"}]}
    made = parse_route(
        document(
            "who",
            who=block("caller", {"known": "ask", "else": "busy"}, cases=[{"name": "known", "contact": True}]),
            ask=block(
                "collect", {"next": "get"}, sound={"say": "{caller}, your number?"}, variable="account", max=3
            ),
            get=block(
                "fetch",
                {"next": "is", "failed": "busy"},
                url="https://x.example/{account}",
                variables={"tier": ""},
            ),
            **{"is": block("match", {"gold": "half", "else": "busy"}, cases=[gold])},
            half=block("percent", {"a": "busy", "b": "ann"}, branches={"a": 9, "b": 1}),
            ann=block("agent", {"failed": "on"}, agent=hex_id(2, 1)),
            on=block("route", route=hex_id(6, 2)),
            busy=block("queue-state", {"long": "bye", "else": "bye"}, queue=QUEUE, cases=LONG),
            bye=block("hangup"),
        ),
        id=RouteId(hex_id(6, 1)),
        team=TEAM,
        version=1,
    )
    other = parse_route(
        document(a=block("say", {"next": "b"}, text="{tier} {x}"), b=block("hangup")),
        id=RouteId(hex_id(6, 2)),
        team=TEAM,
        version=1,
    )
    assumed = Assumed(
        contact={},
        fetched={"get": {"tier": "gold"}},
        exits={"half": "b", "ann": "failed"},
        routes={other.id: other},
        variables={"x": "y"},
    )
    steps = dry_run(made, at=datetime(2026, 1, 5, tzinfo=UTC), caller="+1416", digits="123", assumed=assumed)
    assert [(step.block, step.exit) for step in steps] == [
        ("who", "known"),
        ("ask", "next"),
        ("get", "next"),
        ("is", "gold"),
        ("half", "b"),
        ("ann", "failed"),
        ("on", None),
        ("a", "next"),
        ("b", None),
    ]
    assert "https://x.example/123" in steps[2].why
    assert "gold y" in steps[7].why
    failed = dry_run(
        made,
        at=datetime(2026, 1, 5, tzinfo=UTC),
        assumed=Assumed(contact=None, figures={QUEUE: {"waiting": 9}}),
    )
    assert [(step.block, step.exit) for step in failed] == [("who", "else"), ("busy", "long"), ("bye", None)]


LONG = [{"name": "long", "when": [{"figure": "waiting", "is": "greater", "value": 5}]}]


# -- queues --------------------------------------------------------------------------------------------------


def in_queue(**exits: str) -> RouteConfig:
    ends = {target: block("hangup") for target in exits.values()}
    return made(
        "q", q=block("queue", {key.strip("_"): target for key, target in exits.items()}, queue=QUEUE), **ends
    )


@pytest.mark.parametrize("outcome", ["timeout", "full", "empty", "closed"])
def test_a_queue_turns_callers_away_as_assumed(outcome: str) -> None:
    strict = QueueConfig(
        QUEUE,
        TEAM,
        "Q",
        join_when_empty=False,
        leave_when_empty=True,
        hours=OpeningHours("UTC", {}),
        max_calls=0,
    )
    for configuration in ((), (strict,)):
        steps = ran(in_queue(**{outcome: "bye"}), queues={QUEUE: outcome}, configuration=configuration)
        assert [(step.type, step.exit) for step in steps] == [("queue", outcome), ("hangup", None)]
        answered = way(in_queue(), queues={QUEUE: "answered"}, configuration=configuration)
        assert answered == [("queue", None)]


def test_without_an_assumption_the_queues_own_settings_decide() -> None:
    closed = QueueConfig(QUEUE, TEAM, "Q", hours=OpeningHours("UTC", {"tue": (("09:00", "17:00"),)}))
    full = QueueConfig(QUEUE, TEAM, "Q", max_waiting=0)
    skilled = QueueConfig(QUEUE, TEAM, "Q", skills=(SkillNeed("german", 90),), join_when_empty=False)
    assert way(in_queue(), configuration=(closed,)) == [("queue", "closed")]
    assert way(in_queue(), configuration=(full,)) == [("queue", "full")]
    assert way(in_queue(), configuration=(skilled,)) == [("queue", None)]


def test_the_queues_overflow_is_followed() -> None:
    chain = (
        QueueConfig(QUEUE, TEAM, "Q", overflow=Overflow("queue", {"queue": OTHER})),
        QueueConfig(OTHER, TEAM, "O", overflow=Overflow("voicemail", {"mailbox": MAILBOX})),
    )
    outcomes = {QUEUE: "full", OTHER: "timeout"}
    steps = ran(in_queue(), queues=outcomes, configuration=chain)
    assert [(step.type, step.exit) for step in steps] == [
        ("queue", "full"),
        ("queue", "timeout"),
        ("voicemail", "next"),
    ]
    assert "on to queue" in steps[0].why
    assert "a farewell" in steps[-1].why
    assert QUEUE in steps[-1].why


def test_a_digit_leaves_the_queue_and_one_that_means_nothing_does_not() -> None:
    (left, bye) = ran(in_queue(_1="bye"), digits="1")
    assert (left.exit, bye.type) == ("1", "hangup")
    assert "1 is pressed" in left.why
    (stays,) = ran(in_queue(_1="bye"), digits="2")
    assert stays.exit is None
    assert stays.why == "2 is pressed; an agent of the queue answers"
    assert way(in_queue(_1="bye"), digits="1", queues={QUEUE: "answered"}) == [("queue", None)]


def test_what_the_call_needs_is_there() -> None:
    blocks = {
        "s": block(
            "set", {"next": "q"}, skills=[{"skill": "french", "level": 100}], preferred_agent=hex_id(2, 1)
        ),
        "q": block("queue", {}, queue=QUEUE),
    }
    assert way(made("s", **blocks)) == [("set", "next"), ("queue", None)]


def test_a_recorded_line_is_told_of_before_anybody_is_rung() -> None:
    team = TeamConfig(TEAM, "T", recording=RecordingPolicy.NOTICE)
    (step,) = ran(in_queue(), configuration=(team,))
    assert step.exit is None
    assert "call-recorded" in step.why


# -- people --------------------------------------------------------------------------------------------------


def test_a_user_who_is_not_reached_has_voicemail_or_none() -> None:
    route = made(a=block("user", user=USER))
    assert way(route) == [("user", None)]
    assert way(route, exits={"a": "failed"}) == [("user", "failed"), ("voicemail", "next")]
    member = UserConfig(MemberId(hex_id(9, 1)), TEAM, USER, "Ann", voicemail=False)
    assert way(route, exits={"a": "failed"}, configuration=(member,)) == [("user", "failed")]
    forwards = UserConfig(MemberId(hex_id(9, 1)), TEAM, USER, "Ann", forward="+14165550177")
    assert way(route, configuration=(MAY_DIAL, forwards)) == [("user", None), ("forward", None)]


def test_a_number_that_the_team_may_not_dial_is_left_at_once() -> None:
    route = made(a=block("number", {"failed": "b"}, number="+14165550177"), b=block("hangup"))
    assert [step.why for step in ran(route)] == ["outbound: closed", "hangs up"]
    assert way(route, configuration=(MAY_DIAL,)) == [("number", None)]


@pytest.mark.parametrize("ring_type", list(RingType))
def test_a_department_answers_unless_nobody_is_in_it(ring_type: RingType) -> None:
    id = DepartmentId(hex_id(8, 1))
    route = made(a=block("department", {"failed": "bye"}, department=id), bye=block("hangup"))
    for users, expected in (((USER, UserId(hex_id(3, 2))), None), ((), "failed")):
        department = DepartmentConfig(id, TEAM, "D", ring_type, users)
        assert way(route, configuration=(department,))[0] == ("department", expected)
    assert way(route) == [("department", None)]


def test_a_callback_needs_a_queue_a_number_and_an_open_queue() -> None:
    ends = {"yes": block("hangup"), "no": block("hangup")}
    route = made(a=block("callback", {"next": "yes", "failed": "no"}, queue=QUEUE), **ends)
    assert ran(route, configuration=(MAY_DIAL,))[-1].block == "yes"
    assert ran(route)[-1].block == "no"
    assert ran(route, configuration=(MAY_DIAL,), caller="")[-1].block == "no"
    assert ran(route, configuration=(MAY_DIAL,), queues={QUEUE: "closed"})[-1].block == "no"
    nowhere = made(a=block("callback", {"next": "yes", "failed": "no"}), **ends)
    assert ran(nowhere, configuration=(MAY_DIAL,))[-1].block == "no"


def test_an_anonymous_caller_is_no_contact() -> None:
    cases = [{"name": "known", "contact": True}]
    route = made(a=block("caller", {"known": "b", "else": "b"}, cases=cases), b=block("hangup"))
    known, anonymous = ran(route, contact={}), ran(route, caller="", contact={})
    assert (known[0].exit, anonymous[0].exit) == ("known", "else")
    assert known[0].why == f"the caller is {CALLER}; a contact has the number"
    assert anonymous[0].why == "the caller is anonymous"


# -- what is heard, said and pressed -------------------------------------------------------------------------


def test_the_reasons_say_what_is_heard_pressed_and_sent() -> None:
    route = made(
        a=block("play", {"next": "m"}, sound=["beep", {"say": "Hi {caller}"}]),
        m=block("menu", {"1": "c", "timeout": "c"}, sound="choose", speech={"sales": "1"}),
        c=block("collect", {"next": "n"}, sound="enter", variable="pin", max=4),
        n=block("notify", {"next": "r"}, kind="email", to="a@example.com", text="pin {pin}"),
        r=block("record", {"next": "s"}, variable="file", seconds_variable="long"),
        s=block("say", {"next": "bye"}, text="{long} s in {file}"),
        bye=block("hangup", sound="vm-goodbye"),
    )
    steps = {step.block: step.why for step in ran(route, digits="9112#")}
    assert steps["a"] == f'plays beep, "Hi {CALLER}"; the sound has been played'
    assert steps["m"] == "plays choose; 91 is pressed; 1 is pressed (or “sales” is said)"
    assert steps["c"].startswith("plays enter; 12# is pressed; ")
    assert steps["n"].startswith("tells a@example.com: pin 12")
    assert steps["s"].startswith('says "10 s in voicemail/dry-run.wav"')
    assert steps["bye"].startswith("plays vm-goodbye")


def test_a_menu_that_nobody_answers_times_out() -> None:
    route = made(a=block("menu", {"1": "b", "timeout": "b"}, sound="x", retries=1), b=block("hangup"))
    assert next((step.exit, step.why) for step in ran(route)) == ("timeout", "plays x; no digit for 10 s")


def test_chance_takes_the_likeliest_branch() -> None:
    route = made(a=block("percent", {"x": "b", "y": "b"}, branches={"x": 1, "y": 9}), b=block("hangup"))
    (first, _) = ran(route)
    assert (first.exit, first.why) == ("y", "chance, 90 %")


def test_a_route_that_is_gone_fails_and_one_that_leads_back_ends() -> None:
    route = made(a=block("say", {"next": "r"}, text="x"), r=block("route", route=hex_id(6, 2)))
    assert way(route)[-1] == ("route", "failed")
    back = made(id=2, a=block("play", {"next": "b"}, sound="x"), b=block("route", {}, route=hex_id(6, 1)))
    steps = ran(route, routes={back.id: back})
    assert steps[-1].exit == "failed"
    assert {step.route for step in steps} == {route.id, back.id}


def test_a_call_that_goes_round_for_ever_is_cut() -> None:
    route = made(a=block("play", {"next": "a"}, sound="x"))
    assert len(ran(route)) == MOST_STEPS


@pytest.mark.parametrize(("type", "example"), EXAMPLES)
def test_every_example_of_the_documentation_can_be_run(type: str, example: str) -> None:
    one = json.loads(example)
    ends = {target: block("hangup") for target in one["exits"].values()}
    route = made("example", example=one, **ends)
    first, *_ = ran(route)
    assert first.type == type
    for exit in one["exits"]:
        assert ran(route, exits={"example": exit})[0].exit == exit


def test_every_block_is_run() -> None:
    assert {type for type, _ in EXAMPLES} == set(BLOCK_TYPES)


# -- what cannot be assumed ----------------------------------------------------------------------------------


def test_what_could_only_be_passed_over_is_named() -> None:
    branches = {"x": 1, "y": 9}
    route = made(
        a=block("percent", {"x": "r", "y": "r"}, branches=branches), r=block("route", route=hex_id(6, 2))
    )
    other = made("z", id=2, z=block("play", {"next": "b"}, sound="x"), b=block("hangup"))
    apart = made("y", id=3, y=block("play", {"next": "b"}, sound="x"), b=block("hangup"))
    routes: dict[str, RouteConfig] = {other.id: other, apart.id: apart}
    good = Assumed(exits={"a": "x", "z": "next"}, fetched={"b": None}, routes=routes)
    assert problems(route, good, "0123456789*#") == []
    bad = Assumed(exits={"a": "z", "y": "next"}, fetched={"c": None}, routes=routes)
    assert {field for field, _ in problems(route, bad, "1a")} == {"exits.a", "exits.y", "fetched.c", "digits"}
    assert problems(route, Assumed(), ["1", ""]) != []
