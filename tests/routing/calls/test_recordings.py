"""A talk's recording begins, is paused, goes on, and ends."""

import pytest

from routing import commands as c
from routing import events as e
from routing.config import RecordingPolicy
from routing.events import LiveCall, LivePhase, Wanted
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


def ask(story: Story, call: Caller, wanted: Wanted) -> list[c.Command]:
    kinds = (c.PauseRecording, c.RecordTalk, c.AnswerKey)
    return [it for it in story.happens(e.RecordingRequested(call.id, wanted)) if isinstance(it, kinds)]


def test_a_pause_is_marked_in_the_leg() -> None:
    story, ann, call = talk()
    start = story.now
    story.advance(5)
    assert recording(story, call) == "on"
    assert ask(story, call, Wanted.PAUSED) == [c.PauseRecording(call.id, True)]
    assert ask(story, call, Wanted.PAUSED) == [], "it is paused already"
    assert recording(story, call) == "paused"
    story.advance(10)
    assert ask(story, call, Wanted.ON) == [c.PauseRecording(call.id, False)]
    story.advance(5)
    ask(story, call, Wanted.PAUSED)
    story.advance(1)
    ann.hangs_up()
    (leg,) = call.record["legs"]
    marks = [(round(it["begun_at"] - start, 3), round(it["ended_at"] - start, 3)) for it in leg["pauses"]]
    assert marks == [(5.0, 15.0), (20.0, 21.0)], "a pause ends with the talk"
    assert start >= MONDAY_NOON


def test_what_is_not_recorded_is_not_paused() -> None:
    story, ann, call = talk(recording=RecordingPolicy.NONE)
    assert (recording(story, call), ask(story, call, Wanted.PAUSED)) == ("", [])
    ann.hangs_up()
    assert "pauses" not in call.record["legs"][0]


def test_a_pause_that_asterisk_refuses_is_none() -> None:
    story, _, call = talk()
    ask(story, call, Wanted.PAUSED)
    story.happens(e.CommandFailed(call.id, "PauseRecording", "no"))
    assert recording(story, call) == "on"


def test_a_resync_pauses_again() -> None:
    """The command may have been lost with the engine."""
    story, ann, call = talk()
    ask(story, call, Wanted.PAUSED)
    story.restart()
    live = LiveCall(call.id, LivePhase.TALKING, DID, CALLER, agent=ann.id)
    said = story.happens(e.StateResynced((live,), (e.PhoneStateChanged(ann.config.phone, True),)))
    assert c.PauseRecording(call.id, True) in said
    assert recording(story, call) == "paused"


def test_with_on_demand_a_talk_is_recorded_from_when_someone_asks() -> None:
    story, ann, call = talk(recording=RecordingPolicy.ON_DEMAND)
    start = story.now
    assert recording(story, call) == "off"
    assert ask(story, call, Wanted.PAUSED) == ask(story, call, Wanted.OFF) == [], "there is none"
    story.advance(5)
    first = f"recordings/{call.id}-1"
    assert ask(story, call, Wanted.ON) == [c.RecordTalk(call.id, first)]
    assert recording(story, call) == "on"
    story.advance(5)
    assert ask(story, call, Wanted.PAUSED) == [c.PauseRecording(call.id, True)]
    story.advance(5)
    assert ask(story, call, Wanted.OFF) == [c.RecordTalk(call.id, None)]
    assert recording(story, call) == "off"
    story.advance(5)
    second = f"recordings/{call.id}-2"
    assert ask(story, call, Wanted.ON) == [c.RecordTalk(call.id, second)]
    story.advance(5)
    ann.hangs_up()
    (leg,) = call.record["legs"]
    assert (leg["recording"], leg["more_recordings"]) == (first, [second])
    assert call.record["recordings"] == [first, second]
    spans = {name: [tuple(it.values()) for it in leg[name]] for name in ("recorded", "pauses")}
    assert spans == {
        "recorded": [(start + 5, start + 15), (start + 20, start + 25)],
        "pauses": [(start + 10, start + 15)],
    }


@pytest.mark.parametrize(
    ("policy", "state"),
    [(RecordingPolicy.NONE, ""), (RecordingPolicy.ALL, "on"), (RecordingPolicy.ON_DEMAND, "off")],
)
def test_a_key_in_the_talk_does_what_is_not_so_now(policy: RecordingPolicy, state: str) -> None:
    story, _, call = talk(recording=policy)
    assert recording(story, call) == state
    answers = [
        it.answer for _ in range(3) for it in ask(story, call, Wanted.CHANGED) if isinstance(it, c.AnswerKey)
    ]
    on, off, refused = c.KeyAnswer.ON, c.KeyAnswer.OFF, c.KeyAnswer.REFUSED
    assert answers == {"": [refused] * 3, "on": [off, on, off], "off": [on, off, on]}[state]
    assert recording(story, call) == {"": "", "on": "paused", "off": "on"}[state]


def test_what_the_policy_records_is_not_ended() -> None:
    story, _, call = talk()
    assert (ask(story, call, Wanted.OFF), recording(story, call)) == ([], "on")


def test_a_resync_begins_a_recording_whose_command_was_lost() -> None:
    """Asterisk refuses to pause what does not run. One that runs goes on."""
    story, ann, call = talk(recording=RecordingPolicy.ON_DEMAND)
    ask(story, call, Wanted.ON)
    story.restart()
    live = LiveCall(call.id, LivePhase.TALKING, DID, CALLER, agent=ann.id)
    said = story.happens(e.StateResynced((live,), (e.PhoneStateChanged(ann.config.phone, True),)))
    assert c.PauseRecording(call.id, False) in said
    assert not any(isinstance(it, c.RecordTalk) for it in said)
    refused = story.happens(e.CommandFailed(call.id, "PauseRecording", "no"))
    assert c.RecordTalk(call.id, f"recordings/{call.id}-2") in refused
    assert recording(story, call) == "on"
