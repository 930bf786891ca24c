"""`say`, texts beside sounds, `collect`, `record`, and speech in `menu`."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import TeamConfig
from tests.support.routing.story import TEAM, Story, block

pytestmark = pytest.mark.unit
BYE = block("hangup")


def test_a_text_is_spoken_in_the_calls_language(story: Story) -> None:
    story.configure(TeamConfig(TEAM, "Team", language="fr"))
    story.route(
        "a",
        a=block("say", {"next": "b"}, text="Bonjour"),
        b=block("set", {"next": "c"}, language="de", variables={"name": "Ann"}),
        c=block("play", {"next": "d"}, sound=["beep", {"say": "Hallo {name}"}]),
        d=block("say", {"next": "bye"}, text="Hello", language="en", voice="joanna"),
        bye=block("hangup", sound={"say": "Bye {name}"}),
    )
    call = story.calls_in()
    spoken = []
    for _ in range(4):
        (prompt,) = story.last(c.Play).prompts
        spoken.append((prompt.text, prompt.language, prompt.voice))
        assert prompt.sound in story.last(c.Play).sounds
        call.listens()
    assert spoken == [
        ("Bonjour", "fr", ""),
        ("Hallo Ann", "de", ""),
        ("Hello", "en", "joanna"),
        ("Bye Ann", "de", ""),
    ]
    assert call.record["language"] == "de"


def collect_story(story: Story, **settings: Any) -> None:
    story.route(
        "ask",
        ask=block(
            "collect",
            {"next": "say", "timeout": "late", "invalid": "bad"},
            sound="hello",
            variable="pin",
            **settings,
        ),
        say=block("say", {"next": "bye"}, text="{pin}"),
        late=block("say", {"next": "bye"}, text="late"),
        bad=block("say", {"next": "bye"}, text="bad"),
        bye=BYE,
    )


def test_digits_during_the_prompt_count(story: Story) -> None:
    collect_story(story)
    call = story.calls_in()
    for digit in "12":
        call.presses(digit)
    assert story.all(c.StopPlay)
    assert call.phase == "collecting"
    call.presses("#")
    assert call.says() == "12"


def test_the_last_digit_ends_the_input(story: Story) -> None:
    collect_story(story, max=4, min=4)
    call = story.calls_in()
    call.listens()
    for digit in "1234":
        call.presses(digit)
    assert call.says() == "1234"


def test_a_pause_ends_the_input(story: Story) -> None:
    collect_story(story, between=2)
    call = story.calls_in()
    call.listens()
    call.presses("7")
    story.advance(1.9)
    assert call.phase == "collecting"
    story.restart()
    story.advance(0.2)
    assert call.says() == "7"


def test_too_few_digits_are_asked_for_again(story: Story) -> None:
    collect_story(story, min=3, retries=1)
    call = story.calls_in()
    for digit in "12#":
        call.presses(digit)
    assert call.hears("pm-invalid-option", "hello")
    for digit in "99#":
        call.presses(digit)
    assert call.says() == "bad"


def test_silence_is_asked_again_then_given_up(story: Story) -> None:
    collect_story(story, retries=1, timeout=4)
    call = story.calls_in()
    call.listens()
    story.advance(4)
    assert call.hears("hello")
    call.listens()
    story.advance(4)
    assert call.says() == "late"


def record_story(story: Story, **settings: Any) -> None:
    story.route(
        "rec",
        rec=block(
            "record", {"next": "say"}, sound="hello", variable="file", seconds_variable="length", **settings
        ),
        say=block("say", {"next": "bye"}, text="{file} {length}"),
        bye=BYE,
    )


def test_what_is_recorded_belongs_to_the_call(story: Story) -> None:
    record_story(story)
    call = story.calls_in()
    call.listens()
    assert (story.last(c.RecordMessage).max_seconds, story.last(c.RecordMessage).silence) == (60, 5)
    call.speaks(3.6)
    assert call.says() == f"voicemail/{call.id}.wav 4"
    record = story.last(c.LogVoicemail).record
    assert (record["mailbox_kind"], record["mailbox"], record["seconds"]) == ("call", call.id, 3.6)
    call.listens()
    assert call.record["disposition"] == "completed"


def test_a_recording_for_a_mailbox_is_a_voicemail(story: Story) -> None:
    record_story(story, mailbox={"kind": "team", "id": TEAM})
    call = story.calls_in()
    call.listens()
    call.hangs_up()
    assert story.last(c.LogVoicemail).record["mailbox_kind"] == "team"
    assert call.record["disposition"] == "voicemail"


def test_a_second_recording_has_a_file_of_its_own(story: Story) -> None:
    story.route("a", a=block("record", {"next": "b"}), b=block("record", {"next": "bye"}), bye=BYE)
    call = story.calls_in()
    call.speaks(1)
    call.speaks(2)
    assert [r.file for r in story.all(c.RecordMessage)] == [f"voicemail/{call.id}", f"voicemail/{call.id}-2"]


def speech_story(story: Story) -> None:
    story.route(
        "menu",
        menu=block(
            "menu",
            {"1": "sales", "timeout": "late", "invalid": "late"},
            sound="hello",
            retries=1,
            speech={"sales": "1", "buy something": "1"},
        ),
        sales=block("say", {"next": "bye"}, text="sales"),
        late=block("say", {"next": "bye"}, text="late"),
        bye=BYE,
    )


def test_a_phrase_picks_the_digit(story: Story) -> None:
    speech_story(story)
    call = story.calls_in()
    call.listens()
    assert sorted(story.last(c.Listen).phrases) == ["buy something", "sales"]
    assert call.phase == "listening"
    call.utters("buy something")
    assert call.says() == "sales"
    assert call.went() == [("menu", "1")]


def test_digits_work_while_listening(story: Story) -> None:
    speech_story(story)
    call = story.calls_in()
    call.listens()
    token = story.last(c.Listen).token
    call.presses("1")
    assert call.says() == "sales"
    story.happens(e.SpeechHeard(call.id, token, "sales"))
    assert call.phase == "playing"


def test_nothing_understood_asks_again(story: Story) -> None:
    speech_story(story)
    call = story.calls_in()
    for _ in range(2):
        call.listens()
        call.utters("")
    assert call.says() == "late"


@pytest.mark.parametrize("how", ["refused", "overdue"])
def test_without_recognition_digits_are_waited_for(story: Story, how: str) -> None:
    speech_story(story)
    call = story.calls_in()
    call.listens()
    if how == "refused":
        story.happens(e.CommandFailed(call.id, "Listen", "no recognizer"))
    else:
        story.advance(5 + 30)
    assert call.phase == "collecting"
    call.presses("1")
    assert call.says() == "sales"
