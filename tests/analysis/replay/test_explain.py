"""A replay tells why an agent was not chosen."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from analysis.replay.explain import explain
from routing.config import QueueConfig, QueueMember, SkillNeed, Strategy
from routing.events import AgentStatus, AgentStatusSet, LegFailure
from routing.ids import QueueId
from tests.support.recording import RecordedStory, recorded
from tests.support.routing.story import TEAM, Person, hex_id

pytestmark = pytest.mark.unit

QUEUE = QueueId(hex_id(4, 1))


def office(folder: Path, **queue: Any) -> RecordedStory:
    """Ann has been idle longest. The test says what Bob does."""
    story = recorded(folder)
    ann, bob = story.agent("Ann"), story.agent("Bob")
    skilled = QueueMember(ann.id, skills=(("german", 5),)), QueueMember(bob.id, skills=(("german", 2),))
    story.configure(QueueConfig(QUEUE, TEAM, "Sales", members=skilled, **queue))
    story.number(queue=QUEUE)
    return story


def told(story: RecordedStory, *, call: str = "", at: str = "") -> str:
    bob = list(story.people)[1]
    console = Console(width=300, record=True, file=StringIO())
    assert explain(console, story.finish(), bob, call=call, at=at) == 0
    return console.export_text()


def nothing(story: RecordedStory, bob: Person) -> None:
    """Bob is free, but Ann has been idle for longer."""


def away(story: RecordedStory, bob: Person) -> None:
    bob.sets(AgentStatus.AWAY)


def on_break_here(story: RecordedStory, bob: Person) -> None:
    story.happens(AgentStatusSet(bob.id, AgentStatus.BREAK, QUEUE))


def unplugged(story: RecordedStory, bob: Person) -> None:
    bob.vanishes()


def in_another_call(story: RecordedStory, bob: Person) -> None:
    bob.registers(busy=True)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (nothing, "order: number 2 of 2 free by longest-idle (idle since 2026-01-05T12:00:00"),
        (away, "status: they are Away since 2026-01-05T12:00:00"),
        (on_break_here, "status: they are Break in this queue"),
        (unplugged, "phone: phone2 is not registered"),
        (in_another_call, "phone: phone2 is in a call that we did not offer"),
    ],
)
def test_why_bob_was_not_rung(
    tmp_path: Path, happens: Callable[[RecordedStory, Person], None], reason: str
) -> None:
    story = office(tmp_path)
    happens(story, list(story.people.values())[1])
    caller = story.calls_in()
    text = told(story, call=caller.id)
    assert f"agent {list(story.people)[1]}: {reason}" in text
    assert f"call {caller.id} in Sales (longest-idle), waiting 0.0 s, 1 in the queue" in text


def test_an_agent_that_was_rung(tmp_path: Path) -> None:
    story = office(tmp_path, strategy=Strategy.RING_ALL)
    assert "chosen: number 2 of 2 free by ring-all" in told(story, call=story.calls_in().id)


def test_a_skill_that_is_too_low(tmp_path: Path) -> None:
    story = office(tmp_path, skills=(SkillNeed("german", 4),))
    assert "skill: german 4 is needed, they have 2" in told(story, call=story.calls_in().id)


def test_busy_wrapping_up_and_paused(tmp_path: Path) -> None:
    story = office(tmp_path, wrap_up=30.0)
    ann, bob = story.people.values()
    ann.sets(AgentStatus.AWAY)
    first = story.calls_in()
    bob.answers()
    ann.sets(AgentStatus.AVAILABLE)
    second = story.calls_in()
    bob.hangs_up()
    second.hangs_up()
    third = story.calls_in()
    text = told(story)
    assert f"capacity: talks with {first.id}, of 1 at once" in text
    assert f"wrap-up: after-call work of call {first.id} until" in text
    assert third.offers


def test_a_call_that_was_let_pass_and_a_pause_after_a_failed_offer(tmp_path: Path) -> None:
    story = office(tmp_path)
    ann, bob = story.people.values()
    ann.sets(AgentStatus.AWAY)
    story.advance(1)
    caller = story.calls_in()
    story.advance(5)
    bob.misses()
    ann.sets(AgentStatus.AVAILABLE)
    assert bob.ringing_for is caller
    bob.misses(LegFailure.BUSY)
    text = told(story, call=caller.id)
    assert "pause: no offers after a failed one until" in text


def test_the_decision_nearest_to_a_time(tmp_path: Path) -> None:
    story = office(tmp_path)
    first = story.calls_in()
    story.advance(60)
    second = story.calls_in()
    at = story.now
    first.hangs_up()
    second.hangs_up()
    text = told(story, at=str(at + 30))
    assert f"call {second.id}" in text
    assert first.id not in text


def test_a_time_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    paths = office(tmp_path).finish()
    console = Console(width=300, record=True, file=StringIO())
    assert explain(console, paths, "x", at="noonish") == 2
    assert "noonish is not a time" in console.export_text()


def test_a_call_without_an_offer(tmp_path: Path) -> None:
    story = office(tmp_path)
    assert "No offer was decided for that call or time." in told(story, call="0" * 32)
