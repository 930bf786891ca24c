"""Every step of every block that waits is interrupted: by a hang-up, a manager, a restart or a lost command."""

from collections.abc import Callable
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import DepartmentConfig, RingType
from routing.events import LivePhase
from routing.ids import DepartmentId
from tests.support.routing.story import CALLER, DID, Caller, Story, block, hex_id

pytestmark = pytest.mark.unit
BYE = block("hangup")
URL = "https://example.com/"
CONTACT = [{"name": "a", "contact": True}]
Prepare = Callable[[Story], dict[str, Any]]


def with_agent(story: Story) -> dict[str, Any]:
    return block("agent", {"failed": "bye"}, agent=story.agent("ann").id)


def with_number(story: Story) -> dict[str, Any]:
    story.may_dial()
    return block("number", number="+14165550111")


def with_department(story: Story) -> dict[str, Any]:
    people = story.agents("ann", "ben")
    users = tuple(person.config.user for person in people)
    config = DepartmentConfig(
        DepartmentId(hex_id(8, 1)), people[0].config.team, "d", RingType.PROGRESSIVE, users
    )
    story.configure(config)
    return block("department", {"failed": "bye"}, department=config.id)


STEPS: dict[str, tuple[Prepare, str, int]] = {
    "play": (lambda story: block("play", {"next": "bye"}, sound="beep"), "playing", 0),
    "say": (lambda story: block("say", {"next": "bye"}, text="Hi"), "playing", 0),
    "menu": (lambda story: block("menu", {"1": "bye"}, sound="beep"), "collecting", 1),
    "speech": (lambda story: block("menu", {"1": "bye"}, sound="beep", speech={"a": "1"}), "listening", 1),
    "collect": (lambda story: block("collect", {"next": "bye"}, sound="beep", variable="x"), "collecting", 1),
    "record": (lambda story: block("record", {"next": "bye"}), "recording", 0),
    "caller": (lambda story: block("caller", {"a": "bye", "else": "bye"}, cases=CONTACT), "fetching", 0),
    "fetch": (lambda story: block("fetch", {"next": "bye", "failed": "bye"}, url=URL), "fetching", 0),
    "agent": (with_agent, "offering", 0),
    "department": (with_department, "offering", 0),
    "number": (with_number, "dialing", 0),
    "conference": (lambda story: block("conference", room="a"), "conference", 0),
}
"""What a call waits in: the block, the phase, and how many sounds come before it."""


def waiting(story: Story, step: str) -> Caller:
    prepare, phase, sounds = STEPS[step]
    made = prepare(story)
    blocks: dict[str, Any] = {"b": made} | ({"bye": BYE} if "bye" in made["exits"].values() else {})
    story.route("b", **blocks)
    call = story.calls_in()
    for _ in range(sounds):
        call.listens()
    assert call.phase == phase
    return call


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("step", sorted(STEPS))
def test_the_caller_hangs_up(story: Story, step: str, restarted: bool) -> None:
    call = waiting(story, step)
    if restarted:
        story.restart()
    call.hangs_up()
    call.hangs_up()
    assert call.record["ended_by"] == "caller"
    assert not story.engine.timers
    assert {person.state for person in story.people.values()} <= {"Available"}


@pytest.mark.parametrize("step", sorted(STEPS))
def test_a_manager_hangs_up(story: Story, step: str) -> None:
    call = waiting(story, step)
    story.happens(e.HangUpRequested(call.id))
    assert call.record["ended_by"] == "system"
    assert not story.engine.timers


@pytest.mark.parametrize("step", sorted(STEPS))
def test_nothing_ever_comes_back(story: Story, step: str) -> None:
    """Every phase but a conference ends by itself or by its guard."""
    call = waiting(story, step)
    for _ in range(12):
        story.advance(700)
    assert call.phase == "over"
    assert not story.engine.timers


@pytest.mark.parametrize("step", ["speech", "caller", "fetch", "menu", "collect", "play", "say"])
def test_a_lost_command_is_given_again(story: Story, step: str) -> None:
    """After a reconnect, a call whose channel waits for commands enters its block again. Old answers do not count."""
    call = waiting(story, step)
    before = len(story.said)
    awaited = story.engine._world.calls[call.id].awaiting or 0
    live = e.LiveCall(call.id, LivePhase.CONTROLLED, DID, CALLER)
    story.happens(e.StateResynced((live,)))
    again = [type(command).__name__ for command in story.said[before:]]
    assert {"Play", "FetchUrl", "FindContact"} & set(again)
    assert [visit.block for visit in story.engine._world.calls[call.id].path] == ["b"]
    phase = call.phase
    for late in (
        e.UrlFetched(call.id, awaited, True),
        e.ContactFound(call.id, awaited),
        e.SpeechHeard(call.id, awaited, "a"),
        e.PlaybackFinished(call.id, awaited),
    ):
        story.happens(late)
    assert call.phase == phase


def test_every_wait_is_tried(story: Story) -> None:
    assert {phase for _, phase, _ in STEPS.values()} == {
        "playing",
        "collecting",
        "listening",
        "recording",
        "fetching",
        "offering",
        "dialing",
        "conference",
    }
    assert not story.all(c.HangUp)
