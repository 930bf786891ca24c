"""How callers leave a queue: digits, limits, and the overflow for callers whose exit is not connected."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import Overflow, QueueConfig
from routing.events import AgentStatus
from routing.ids import UserId
from routing.routes.document import validate_route
from routing.routes.overflow import TYPES, problems
from tests.support.routing.story import CALLER, TEAM, Caller, Story, block, hex_id

pytestmark = pytest.mark.unit

SORRY = "please-try-call-later"
OUTSIDE = "+14165550177"
MAILBOX = {"kind": "team", "id": TEAM}


def overflowed(story: Story, type: str, **settings: Any) -> Caller:
    """A caller who waited 10 s in a queue with this overflow."""
    queue = story.queue(max_wait=10.0, overflow=Overflow(type, settings))
    story.number(queue=queue.id)
    call = story.calls_in()
    story.advance(10)
    return call


# -- overflow ------------------------------------------------------------------------------------------------


def test_to_another_queue(story: Story) -> None:
    ann = story.agent("ann")
    other = story.queue(ann, number=2)
    call = overflowed(story, "queue", queue=other.id)
    assert call.offered_to == (ann.id,)
    ann.answers()
    call.hangs_up()
    record = call.record
    assert (record["disposition"], record["queue"]) == ("answered", other.id)
    assert [(step["type"], step["exit"]) for step in record["path"]] == [
        ("queue", "timeout"),
        ("queue", None),
    ]


def test_to_voicemail(story: Story) -> None:
    call = overflowed(story, "voicemail", mailbox=MAILBOX)
    assert call.hears("vm-intro")
    call.listens()
    call.speaks(7)
    call.hangs_up()
    assert call.record["disposition"] == "voicemail"


def test_to_an_outside_number(story: Story) -> None:
    story.may_dial()
    call = overflowed(story, "number", number=OUTSIDE)
    assert story.last(c.DialOut).number == OUTSIDE
    story.happens(e.PartyAnswered(call.id))
    assert call.phase == "connected"
    call.hangs_up()
    assert call.record["disposition"] == "overflowed"


def test_to_a_user(story: Story) -> None:
    ann = story.agent("ann")
    call = overflowed(story, "user", user=ann.config.user)
    assert call.offered_to == (ann.id,)


def test_to_an_agent(story: Story) -> None:
    ann = story.agent("ann")
    call = overflowed(story, "agent", agent=ann.id)
    assert call.offered_to == (ann.id,)


def test_to_a_callback(story: Story) -> None:
    story.may_dial()
    call = overflowed(story, "callback")
    call.listens()
    assert call.record["disposition"] == "callback"
    (queue,) = story.engine.queue_ids()
    view = story.engine.queue(queue, story.now)
    assert view is not None
    assert [(waiting.caller, waiting.callback) for waiting in view.waiting] == [(CALLER, True)]


def test_to_another_route(story: Story) -> None:
    route = story.route("p", number=3, e164="+14165550103", p=block("hangup", sound="demo-thanks"))
    call = overflowed(story, "route", route=route.id)
    assert call.hears("demo-thanks")
    call.listens()
    assert call.record["route"] == route.id


def test_to_a_hang_up(story: Story) -> None:
    call = overflowed(story, "hangup", sound="vm-goodbye", cause=17)
    assert call.hears("vm-goodbye")
    call.listens()
    assert (call.record["disposition"], call.record["hangup_cause"]) == ("overflowed", 17)


def in_route(story: Story, target: str) -> Caller:
    queue = story.queue(max_wait=10.0, overflow=Overflow("block", {"block": target}))
    story.route(
        "h",
        h=block("play", {"next": "q"}, sound="demo-congrats"),
        q=block("queue", {"1": "mail"}, queue=queue.id),
        mail=block("voicemail", mailbox=MAILBOX),
    )
    call = story.calls_in()
    call.listens()
    story.advance(10)
    return call


def test_to_a_block_of_the_calls_own_route(story: Story) -> None:
    assert in_route(story, "mail").hears("vm-intro")


def test_to_a_block_that_the_calls_route_has_not(story: Story) -> None:
    assert in_route(story, "nowhere").hears(SORRY)


def test_a_block_of_a_route_without_a_route(story: Story) -> None:
    assert overflowed(story, "block", block="mail").hears(SORRY)


def test_without_an_overflow_a_farewell(story: Story) -> None:
    story.number(queue=story.queue(max_wait=10.0).id)
    call = story.calls_in()
    story.advance(10)
    assert call.hears(SORRY)


def test_an_exit_of_the_block_comes_first(story: Story) -> None:
    queue = story.queue(max_wait=10.0, overflow=Overflow("hangup", {"sound": "vm-goodbye"}))
    story.route(
        "q", q=block("queue", {"timeout": "mail"}, queue=queue.id), mail=block("voicemail", mailbox=MAILBOX)
    )
    call = story.calls_in()
    story.advance(10)
    assert call.hears("vm-intro")


@pytest.mark.parametrize("exit", ["full", "empty"])
def test_who_cannot_even_join_overflows_at_once(story: Story, exit: str) -> None:
    limits: dict[str, Any] = {"max_waiting": 0} if exit == "full" else {"join_when_empty": False}
    story.number(queue=story.queue(overflow=Overflow("hangup", {"sound": "vm-goodbye"}), **limits).id)
    call = story.calls_in()
    assert call.hears("vm-goodbye")
    call.listens()
    assert call.record["path"][0]["exit"] == exit


def test_queues_that_overflow_into_each_other_end_with_a_farewell(story: Story) -> None:
    first, second = hex_id(4, 1), hex_id(4, 2)
    story.queue(max_waiting=0, overflow=Overflow("queue", {"queue": second}))
    story.queue(number=2, max_waiting=0, overflow=Overflow("queue", {"queue": first}))
    story.number(queue=story.queue(max_waiting=0, overflow=Overflow("queue", {"queue": second})).id)
    call = story.calls_in()
    assert call.hears(SORRY)
    call.listens()
    assert len(call.record["path"]) < 6


def test_queues_that_overflow_into_each_other_in_time_go_on(story: Story) -> None:
    ann = story.agent("ann", available=False)
    second = story.queue(ann, number=2, max_wait=10.0, overflow=Overflow("queue", {"queue": hex_id(4, 1)}))
    call = overflowed(story, "queue", queue=second.id)
    story.advance(25)
    view = story.engine.call(call.id)
    assert view is not None
    assert (view.state, view.queue) == ("queued", second.id)
    ann.registers()
    ann.sets(AgentStatus.AVAILABLE)
    assert call.offered_to == (ann.id,)


def test_an_overflow_survives_a_restart_and_a_resync(story: Story) -> None:
    call = overflowed(story, "voicemail", mailbox=MAILBOX)
    story.restart()
    story.happens(e.StateResynced((e.LiveCall(call.id, e.LivePhase.CONTROLLED, "", CALLER),)))
    assert call.hears("vm-intro")
    call.listens()
    call.speaks(5)
    call.hangs_up()
    assert call.record["disposition"] == "voicemail"


# -- validation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "good",
    [
        None,
        {"type": "queue", "settings": {"queue": hex_id(4, 1)}},
        {"type": "queue", "settings": {"queue": hex_id(4, 1), "timeout": 60}},
        {"type": "voicemail", "settings": {"mailbox": MAILBOX}},
        {"type": "number", "settings": {"number": OUTSIDE}},
        {"type": "user", "settings": {"user": hex_id(3, 1)}},
        {"type": "agent", "settings": {"agent": hex_id(2, 1)}},
        {"type": "department", "settings": {"department": hex_id(8, 1)}},
        {"type": "route", "settings": {"route": hex_id(6, 1)}},
        {"type": "callback"},
        {"type": "hangup", "settings": {}},
        {"type": "block", "settings": {"block": "mail"}},
    ],
)
def test_good_overflows(good: Any) -> None:
    assert problems(good) == []


def test_every_kind_of_target_is_a_block_type_or_block() -> None:
    from routing.blocks import BLOCK_TYPES

    assert TYPES - {"block"} <= BLOCK_TYPES.keys()


@pytest.mark.parametrize(
    ("bad", "fields"),
    [
        ({"type": "menu", "settings": {}}, ["type"]),
        ({"type": ["queue"]}, ["type"]),
        ({}, ["type"]),
        ({"type": "queue", "settings": []}, []),
        ({"type": "queue", "settings": "x"}, ["settings"]),
        ({"type": "queue", "settings": {}}, ["settings.queue"]),
        ({"type": "queue", "settings": {"queue": "x", "colour": 1}}, ["settings.colour", "settings.queue"]),
        ({"type": "number", "settings": {"number": "112;rm"}}, ["settings.number"]),
        ({"type": "block", "settings": {"block": "a b"}}, ["settings.block"]),
        ({"type": "block", "settings": {"block": "a", "x": 1}}, ["settings.x"]),
    ],
)
def test_bad_overflows(bad: Any, fields: list[str]) -> None:
    if bad.get("settings") == []:
        assert problems(bad) == problems({"type": "queue", "settings": {}})
    else:
        assert [field for field, _ in problems(bad)] == fields


def test_references_are_checked_and_a_configured_overflow_is_taken_as_well() -> None:
    overflow = Overflow("queue", {"queue": hex_id(4, 1)})
    assert problems(overflow, queues={hex_id(4, 1)}) == []
    assert problems(overflow, queues=set()) == [("settings.queue", "there is no such queue")]


# -- digits --------------------------------------------------------------------------------------------------


def with_digit(story: Story, *people: Any, **settings: Any) -> QueueConfig:
    queue = story.queue(*people, **settings)
    story.route(
        "q",
        q=block("queue", {"1": "mail", "#": "bye"}, queue=queue.id),
        mail=block("voicemail", mailbox=MAILBOX),
        bye=block("hangup"),
    )
    return queue


def test_a_digit_ends_the_wait(story: Story) -> None:
    with_digit(story)
    call = story.calls_in()
    story.advance(5)
    call.presses("1")
    assert call.hears("vm-intro")
    call.hangs_up()
    record = call.record
    assert (record["path"][0]["exit"], record["wait"], record["disposition"]) == ("1", 5.0, "abandoned")


def test_a_digit_without_an_exit_means_nothing(story: Story) -> None:
    with_digit(story)
    call = story.calls_in()
    assert not story.happens(e.DigitPressed(call.id, "2"))
    assert call.phase == "queued"


def test_a_digit_during_an_announcement_cuts_it_off(story: Story) -> None:
    with_digit(story, announce_position=True)
    call = story.calls_in()
    story.advance(20)
    said = story.happens(e.DigitPressed(call.id, "1"))
    kinds = [type(command) for command in said if isinstance(command, (c.StopPlay, c.Play))]
    assert kinds == [c.StopPlay, c.Play]
    assert call.hears("vm-intro")


def test_a_digit_while_a_phone_rings_calls_the_offer_off(story: Story) -> None:
    ann = story.agent("ann")
    with_digit(story, ann)
    call = story.calls_in()
    call.presses("1")
    assert (ann.state, call.phase) == ("Available", "playing")
    assert call.hears("vm-intro")


def test_an_answer_beats_the_digit() -> None:
    story = Story(manual=True)
    ann = story.agent("ann")
    with_digit(story, ann)
    call = story.calls_in()
    call.presses("1")
    assert call.phase == "withdrawing"
    story.happens(e.AgentAnswered(call.id, ann.id))
    assert call.phase == "talking"
    assert not story.happens(e.DigitPressed(call.id, "#"))


def test_a_digit_of_a_direct_call_means_nothing(story: Story) -> None:
    ann = story.agent("ann")
    story.number(user=UserId(ann.config.user))
    call = story.calls_in()
    assert not story.happens(e.DigitPressed(call.id, "1"))
    assert call.phase == "offering"


# -- the documentation ---------------------------------------------------------------------------------------


def test_the_examples_of_the_documentation_are_good() -> None:
    text = (Path(__file__).parents[3] / "docs" / "queues.md").read_text()
    queue, route = (json.loads(found) for found in re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    assert problems(queue["overflow"]) == []
    assert validate_route(route) == []
    known = {field.name for field in fields(QueueConfig)}
    assert set(queue) <= known
    documented = set(re.findall(r"`([a-z_]+)`", text))
    assert known - documented <= {"id", "team", "name", "members"}
