"""The exhaustive check: the problems that it finds, the steps that lead to them, and the limit of its work."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from routing.blocks import BLOCK_TYPES
from routing.expressions.opening_hours import calendar
from routing.ids import RouteId
from routing.routes.check import ERROR, INFO, WARNING, Finding, Report, check_document, check_route
from routing.routes.document import parse_route
from routing.routes.moments import moments_of
from tests.support.routing.story import TEAM, block, hex_id

pytestmark = pytest.mark.unit
AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""A Monday."""
QUEUE = hex_id(4, 1)
WEEK = {"mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]]}
MAIL = block("voicemail", mailbox={"kind": "team", "id": TEAM}, max_seconds=60)
BYE = block("hangup")


def check(entry: str, **blocks: Any) -> Report:
    report = check_document({"name": "R", "entry": entry, "blocks": blocks}, at=AT)
    assert not [finding for finding in report.findings if finding.kind == "problem"], report.findings
    return report


def of(report: Report, kind: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind == kind]


def test_a_good_route_has_no_findings_and_a_longest_wait() -> None:
    report = check(
        "menu",
        menu=block(
            "menu", {"1": "queue", "timeout": "mail", "invalid": "mail"}, sound="hello", timeout=5, retries=1
        ),
        queue=block(
            "queue", dict.fromkeys(("timeout", "full", "empty", "closed"), "mail"), queue=QUEUE, timeout=300
        ),
        mail=MAIL,
    )
    assert report.findings == ()
    assert report.longest == 10 + 300 + 60
    assert [(step.block, step.exit) for step in report.longest_steps] == [
        ("menu", "1"),
        ("queue", "timeout"),
        ("mail", None),
    ]
    assert report.longest_digits == "1"


def test_a_dead_end_says_which_farewell_and_how_one_comes_there() -> None:
    report = check(
        "menu",
        menu=block("menu", {"2": "out", "timeout": "bye", "invalid": "bye"}, sound="hello"),
        out=block("number", number="+14165550111"),
        bye=BYE,
    )
    (found,) = of(report, "dead-end")
    assert (found.severity, found.block, found.exit, found.digits) == (WARNING, "out", "failed", "2")
    assert "please-try-call-later" in found.message
    assert [step.lead for step in found.steps] == ["2 is pressed", "+14165550111 does not answer"]


def test_a_user_without_an_exit_is_no_dead_end() -> None:
    (found,) = of(check("u", u=block("user", user=hex_id(3, 1))), "dead-end")
    assert (found.severity, "voicemail" in found.message) == (INFO, True)


def test_a_queues_overflow_is_told_as_far_as_it_is_known() -> None:
    document = {"entry": "q", "blocks": {"q": block("queue", queue=QUEUE)}}

    def found(**known: Any) -> set[tuple[str, str]]:
        report = check_document(document, at=AT, max_wait={QUEUE: 60.0}, **known)
        return {(f.severity, f.message.partition("nowhere")[2]) for f in of(report, "dead-end")}

    sorry = "the caller hears please-try-call-later and is hung up"
    assert found() == {(WARNING, f": {sorry}, unless the queue's overflow says otherwise")}
    assert found(overflows={}) == {(WARNING, f": {sorry}")}
    assert found(overflows={QUEUE: "voicemail"}) == {
        (INFO, "; the caller goes to the queue's overflow, voicemail")
    }


def test_times_lead_there_too() -> None:
    report = check(
        "hours",
        hours=block("hours", {"open": "bye", "closed": "out"}, timezone="America/Toronto", weekly=WEEK),
        out=block("number", number="+14165550111"),
        bye=BYE,
    )
    (found,) = of(report, "dead-end")
    assert found.at is not None
    assert "closed" in found.steps[0].lead
    assert "America/Toronto" in found.steps[0].lead


@pytest.mark.parametrize(
    ("settings", "never"),
    [
        ({"weekly": {}}, {"open"}),
        (
            {
                "weekly": {
                    day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
                }
            },
            {"closed"},
        ),
        ({"weekly": WEEK, "holidays": ["2020-12-25"]}, {"holiday"}),
        ({"weekly": WEEK, "holidays": ["2026-12-25"]}, set()),
    ],
)
def test_hours_that_never_are(settings: dict[str, Any], never: set[str]) -> None:
    settings = {"holidays": ["2026-03-01"], **settings} if "holidays" not in settings else settings
    exits = {"open": "a", "closed": "b", "holiday": "c"}
    report = check("h", h=block("hours", exits, timezone="UTC", **settings), a=BYE, b=BYE, c=BYE)
    assert {finding.exit for finding in of(report, "unreachable-exit")} == never
    assert {finding.block for finding in of(report, "unreachable-block")} == {exits[exit] for exit in never}


def test_hours_that_contradict_each_other() -> None:
    """A route that is open on Monday morning only cannot be closed all Monday."""
    report = check(
        "a",
        a=block(
            "hours", {"open": "b", "closed": "bye"}, timezone="UTC", weekly={"mon": [["09:00", "12:00"]]}
        ),
        b=block(
            "hours", {"open": "bye", "closed": "never"}, timezone="UTC", weekly={"mon": [["08:00", "13:00"]]}
        ),
        never=block("play", {"next": "bye"}, sound="beep"),
        bye=BYE,
    )
    assert [(f.block, f.exit) for f in of(report, "unreachable-exit")] == [("b", "closed")]
    assert [f.block for f in of(report, "unreachable-block")] == ["never"]


def test_time_passes_in_a_queue() -> None:
    """After an hour of waiting, the time may contradict what was certain before."""
    hours = {"timezone": "UTC", "weekly": {"mon": [["09:00", "12:00"]]}}
    report = check(
        "a",
        a=block("hours", {"open": "q", "closed": "bye"}, **hours),
        q=block(
            "queue", dict.fromkeys(("timeout", "full", "empty", "closed"), "b"), queue=QUEUE, timeout=3600
        ),
        b=block("hours", {"open": "bye", "closed": "late"}, **hours),
        late=block("play", {"next": "bye"}, sound="beep"),
        bye=BYE,
    )
    assert not of(report, "unreachable-block")


def case(name: str, *when: tuple[str, str, Any]) -> dict[str, Any]:
    return {"name": name, "when": [{"variable": v, "is": op, "value": value} for v, op, value in when]}


def test_match_cases_that_contradict() -> None:
    report = check(
        "m",
        m=block(
            "match",
            {"gold": "bye", "shadow": "x", "never": "x", "else": "bye"},
            cases=[
                case("gold", ("tier", "starts-with", "go")),
                case("shadow", ("tier", "equals", "gold")),
                case("never", ("n", "greater", 5), ("n", "less", 3)),
            ],
        ),
        x=block("play", {"next": "bye"}, sound="beep"),
        bye=BYE,
    )
    assert {f.exit for f in of(report, "unreachable-exit")} == {"shadow", "never"}
    assert [f.block for f in of(report, "unreachable-block")] == ["x"]


@pytest.mark.parametrize(
    "cases",
    [
        [case("x", ("v", "equals", "ab")), case("y", ("v", "contains", "a"), ("v", "contains", "b"))],
        [case("x", ("v", "starts-with", "go")), case("y", ("v", "starts-with", "g"))],
        [case("x", ("v", "equals", "1")), case("y", ("v", "greater", 1), ("v", "less", 2))],
        [case("x", ("v", "greater", 2)), case("y", ("v", "greater", 1.9))],
        [case("x", ("v", "like", "a*")), case("y", ("v", "like", "*z"))],
        [case("x", ("v", "in", ["a", "b"])), case("y", ("v", "not-equals", "a"), ("v", "not-empty", None))][
            :1
        ],
        [case("x", ("a", "equals", "1"), ("b", "equals", "2")), case("y", ("a", "equals", "1"))],
        [case("x", ("v", "equals", "{w}")), case("y", ("v", "equals", "{w}"))],
    ],
)
def test_cases_that_do_not_contradict(cases: list[dict[str, Any]]) -> None:
    names = dict.fromkeys([*(each["name"] for each in cases), "else"], "bye")
    assert not of(check("m", m=block("match", names, cases=cases), bye=BYE), "unreachable-exit")


def test_what_is_set_is_known_where_it_is_compared() -> None:
    tier = block("match", {"gold": "a", "else": "b"}, cases=[case("gold", ("tier", "equals", "gold"))])
    report = check("s", s=block("set", {"next": "m"}, variables={"tier": "gold"}), m=tier, a=BYE, b=BYE)
    assert [f.exit for f in of(report, "unreachable-exit")] == ["else"]
    report = check(
        "s",
        s=block("set", {"next": "f"}, variables={"tier": "gold"}),
        f=block(
            "fetch", {"next": "m", "failed": "m"}, url="https://example.com/", variables={"tier": "tier"}
        ),
        m=tier,
        a=BYE,
        b=BYE,
    )
    assert not of(report, "unreachable-exit")


def test_what_was_found_out_once_is_not_asked_again() -> None:
    cases = [case("gold", ("tier", "equals", "gold"))]
    report = check(
        "m",
        m=block("match", {"gold": "n", "else": "b"}, cases=cases),
        n=block("match", {"gold": "a", "else": "c"}, cases=cases),
        a=BYE,
        b=BYE,
        c=BYE,
    )
    assert [(f.block, f.exit) for f in of(report, "unreachable-exit")] == [("n", "else")]


def test_a_share_of_nothing() -> None:
    report = check("p", p=block("percent", {"a": "a", "b": "b"}, branches={"a": 100, "b": 0}), a=BYE, b=BYE)
    assert [f.block for f in of(report, "unreachable-block")] == ["b"]


def test_a_caller_who_does_nothing_must_not_go_round() -> None:
    report = check(
        "menu",
        menu=block("menu", {"1": "bye", "timeout": "sorry", "invalid": "sorry"}, sound="hello"),
        sorry=block("play", {"next": "menu"}, sound="beep"),
        bye=BYE,
    )
    (found,) = of(report, "endless")
    assert (found.severity, report.failed, report.longest) == (ERROR, True, None)
    assert "menu → sorry → menu" in found.message


def test_a_caller_who_wants_may_go_round() -> None:
    report = check(
        "menu",
        menu=block(
            "menu", {"1": "bye", "9": "menu", "timeout": "bye", "invalid": "bye"}, sound="hello", retries=0
        ),
        bye=BYE,
    )
    (found,) = of(report, "cycle")
    assert (found.severity, found.digits, report.failed, report.longest) == (INFO, "9", False, 5.0)


def test_a_queue_without_a_limit() -> None:
    exits = dict.fromkeys(("full", "empty", "closed"), "mail")
    document = {"name": "", "entry": "q", "blocks": {"q": block("queue", exits, queue=QUEUE), "mail": MAIL}}
    report = check_document(document, at=AT)
    (found,) = of(report, "unbounded-wait")
    assert (found.block, report.longest, report.failed) == ("q", None, False)
    limited = check_document(document, at=AT, max_wait={QUEUE: 120.0})
    assert not of(limited, "unbounded-wait")
    assert limited.longest == 120 + 60


def test_a_document_with_problems_is_not_walked() -> None:
    report = check_document({"entry": "a", "blocks": {"a": block("play", {"next": "b"})}}, at=AT)
    assert report.failed
    assert {finding.kind for finding in report.findings} == {"problem"}


def test_other_routes_are_walked_too() -> None:
    mine, other = RouteId(hex_id(6, 1)), RouteId(hex_id(6, 2))

    def route(id: RouteId, **blocks: Any) -> Any:
        return parse_route({"entry": "a", "blocks": blocks}, id=id, team=TEAM, version=1)

    first = route(mine, a=block("route", {"failed": "bye"}, route=other), bye=BYE)
    second = route(other, a=block("play", {"next": "b"}, sound="beep"), b=block("route", route=mine))
    alone = check_route(first, at=AT)
    assert alone.findings == ()
    both = check_route(first, at=AT, others={other: second})
    (found,) = of(both, "endless")
    assert "a → a → b → a" in found.message


@pytest.mark.long
def test_the_work_grows_with_the_blocks_not_with_the_paths() -> None:
    """There are 2^60 paths, and as many cases and times."""
    blocks: dict[str, Any] = {"end": BYE}
    for number in range(60):
        after = f"b{number + 1}" if number < 59 else "end"
        if number % 3 == 0:
            span = [[f"{number % 20:02}:00", f"{number % 20 + 2:02}:30"]]
            blocks[f"b{number}"] = block(
                "hours",
                {"open": f"s{number}", "closed": after},
                timezone="UTC",
                weekly={"mon": span, "wed": span},
            )
            blocks[f"s{number}"] = block("set", {"next": after}, variables={f"v{number}": "yes"})
        else:
            yes = [case("yes", (f"v{number // 3 * 3}", "equals", "yes"))]
            blocks[f"b{number}"] = block("match", {"yes": after, "else": after}, cases=yes)
    begun = time.process_time()
    report = check("b0", **blocks)
    assert time.process_time() - begun < 5.0
    assert report.states <= 65 * len(blocks)
    assert [f.kind for f in report.findings if f.severity != INFO] == []
    document = {"name": "R", "entry": "b0", "blocks": blocks}
    bounded = check_document(document, at=AT, most_states=50)
    assert bounded.states <= 50 + len(blocks) < report.states
    assert "inexact" in [f.kind for f in bounded.findings]


def test_every_answer_of_the_hours_has_a_moment() -> None:
    """One block has a shift over midnight, a half day and a day of every year; another has plain hours."""
    shift = {"weekly": {"fri": [["21:00", "02:00"]]}, "holidays": ["02-29"]}
    shift["half_days"] = {"12-24": [["09:00", "12:00"]]}
    plain = {"weekly": {"fri": [["22:00", "24:00"]], "sat": [["12:00", "13:00"]]}}
    exits = {"open": "plain", "closed": "plain"}
    blocks = {
        "shift": block("hours", exits, timezone="Europe/Berlin", **shift),
        "plain": block("hours", dict.fromkeys(exits, "bye"), timezone="Europe/Berlin", **plain),
        "bye": BYE,
    }
    route = parse_route(
        {"name": "R", "entry": "shift", "blocks": blocks}, id=RouteId("r"), team=TEAM, version=1
    )
    moments = moments_of([route], AT)
    found = [BLOCK_TYPES[it.type].opening_hours(it.settings) for it in route.blocks.values()]
    first, second = (calendar(hours) for hours in found if hours is not None)
    answers = {
        (first.state(at.astimezone(first.zone)), second.state(at.astimezone(second.zone)))
        for at in moments.values()
    }
    assert answers == {
        ("open", "closed"),
        ("open", "open"),
        ("closed", "closed"),
        ("closed", "open"),
        ("holiday", "closed"),
    }
