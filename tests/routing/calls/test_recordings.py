"""A talk's recording is paused, and goes on."""

import pytest

from routing import commands as c
from routing import events as e
from routing.config import RecordingPolicy
from routing.events import LiveCall, LivePhase
from tests.support.routing.story import CALLER, DID, MONDAY_NOON, Caller, Person, Story

pytestmark = pytest.mark.unit


def talk(**settings: object) -> tuple[Story, Person, Caller]:
    story = Story()
    ann = story.agent("Ann")
    story.number(queue=story.queue(ann, **settings).id)  # type: ignore[arg-type]
    call = story.calls_in()
    ann.answers()
    return story, ann, call


def recording(story: Story, call: Caller) -> str:
    view = story.engine.call(call.id)
    assert view is not None
    return view.recording


def ask(story: Story, call: Caller, *, on: bool) -> list[c.Command]:
    return [it for it in story.happens(e.RecordingRequested(call.id, on)) if isinstance(it, c.PauseRecording)]


def test_a_pause_is_marked_in_the_leg() -> None:
    story, ann, call = talk()
    start = story.now
    story.advance(5)
    assert recording(story, call) == "on"
    assert ask(story, call, on=False) == [c.PauseRecording(call.id, True)]
    assert ask(story, call, on=False) == [], "it is paused already"
    assert recording(story, call) == "paused"
    story.advance(10)
    assert ask(story, call, on=True) == [c.PauseRecording(call.id, False)]
    story.advance(5)
    ask(story, call, on=False)
    story.advance(1)
    ann.hangs_up()
    (leg,) = call.record["legs"]
    marks = [(round(it["begun_at"] - start, 3), round(it["ended_at"] - start, 3)) for it in leg["pauses"]]
    assert marks == [(5.0, 15.0), (20.0, 21.0)], "a pause ends with the talk"
    assert start >= MONDAY_NOON


def test_what_is_not_recorded_is_not_paused() -> None:
    story, ann, call = talk(recording=RecordingPolicy.NONE)
    assert (recording(story, call), ask(story, call, on=False)) == ("", [])
    ann.hangs_up()
    assert "pauses" not in call.record["legs"][0]


def test_a_pause_that_asterisk_refuses_is_none() -> None:
    story, _, call = talk()
    ask(story, call, on=False)
    story.happens(e.CommandFailed(call.id, "PauseRecording", "no"))
    assert recording(story, call) == "on"


def test_a_resync_pauses_again() -> None:
    """The command may have been lost with the engine."""
    story, ann, call = talk()
    ask(story, call, on=False)
    story.restart()
    live = LiveCall(call.id, LivePhase.TALKING, DID, CALLER, agent=ann.id)
    said = story.happens(e.StateResynced((live,), (e.PhoneStateChanged(ann.config.phone, True),)))
    assert c.PauseRecording(call.id, True) in said
    assert recording(story, call) == "paused"
