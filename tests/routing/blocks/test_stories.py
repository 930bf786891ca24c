"""What callers hear as they go through a route."""

import pytest

from routing import commands as c
from routing import events as e
from routing.config import RecordingPolicy, TeamConfig
from routing.events import LegFailure
from tests.support.routing.story import CALLER, DID, MONDAY_NOON, TEAM, Story, block

pytestmark = pytest.mark.unit
MAILBOX = {"kind": "team", "id": TEAM}


def test_an_unknown_number_is_not_in_service(story: Story) -> None:
    call = story.calls_in("+19995550000")
    assert [type(command) for command in story.said[-4:]][:2] == [c.Answer, c.Play]
    assert call.hears("ss-noservice")
    call.listens()
    assert story.last(c.HangUp).cause == 1
    assert (call.record["disposition"], call.record["team"]) == ("not_in_service", None)


def test_a_number_without_a_target_is_not_in_service(story: Story) -> None:
    story.number()
    call = story.calls_in()
    assert call.hears("ss-noservice")
    call.hangs_up()
    assert (call.record["disposition"], call.record["team"]) == ("not_in_service", TEAM)


def menu_story(story: Story, **settings: object) -> None:
    story.route(
        "menu",
        menu=block(
            "menu", {"1": "one", "timeout": "bye", "invalid": "bye"}, sound="demo-instruct", **settings
        ),
        one=block("play", {"next": "bye"}, sound=["digits/1", "beep"]),
        bye=block("hangup"),
    )


def test_a_digit_during_the_prompt_stops_it_and_counts(story: Story) -> None:
    menu_story(story)
    call = story.calls_in()
    call.presses("1")
    assert story.all(c.StopPlay)
    assert call.hears("digits/1", "beep")
    call.listens()
    assert call.record["disposition"] == "completed"
    assert [(step["block"], step["exit"]) for step in call.record["path"]] == [
        ("menu", "1"),
        ("one", "next"),
        ("bye", None),
    ]


def test_silence_repeats_the_prompt_then_leaves(story: Story) -> None:
    menu_story(story, timeout=4, retries=1)
    call = story.calls_in()
    call.listens()
    story.advance(4)
    assert call.phase == "playing"
    call.listens()
    story.advance(3.9)
    assert call.phase == "collecting"
    story.advance(0.1)
    assert call.record["path"][0]["exit"] == "timeout"


def test_a_wrong_digit_says_so_then_leaves(story: Story) -> None:
    menu_story(story, retries=1)
    call = story.calls_in()
    call.presses("9")
    assert call.hears("pm-invalid-option", "demo-instruct")
    call.presses("8")
    assert call.record["path"][0]["exit"] == "invalid"


@pytest.mark.parametrize(
    ("shift", "heard"),
    [(0, "hello"), (-4 * 3600, "vm-isunavail"), (5 * 3600, "vm-isunavail"), (24 * 3600, "sorry")],
)
def test_hours_follow_the_clock(story: Story, shift: float, heard: str) -> None:
    story.route(
        "hours",
        hours=block(
            "hours",
            {"open": "open", "closed": "closed", "holiday": "holiday"},
            timezone="UTC",
            weekly={"mon": [["09:00", "17:00"]]},
            holidays=["2026-01-06"],
        ),
        open=block("hangup", sound="hello"),
        closed=block("hangup", sound="vm-isunavail"),
        holiday=block("hangup", sound="sorry"),
    )
    story.now = MONDAY_NOON + shift
    story.engine._world.now = 0.0
    assert story.calls_in().hears(heard)


def voicemail_story(story: Story) -> None:
    story.route("mail", mail=block("voicemail", mailbox=MAILBOX, max_seconds=60))


def test_a_message_is_left(story: Story) -> None:
    voicemail_story(story)
    call = story.calls_in()
    assert call.hears("vm-intro")
    call.listens()
    message = story.last(c.RecordMessage)
    assert (message.file, message.max_seconds, message.silence) == (f"voicemail/{call.id}", 60, 10)
    call.speaks(7.5)
    record = story.last(c.LogVoicemail).record
    assert (record["file"], record["seconds"], record["mailbox_kind"]) == (
        f"voicemail/{call.id}.wav",
        7.5,
        "team",
    )
    assert record["caller"] == CALLER
    assert call.hears("vm-goodbye")
    call.listens()
    assert call.record["disposition"] == "voicemail"


def test_a_hang_up_while_recording_leaves_the_message(story: Story) -> None:
    voicemail_story(story)
    call = story.calls_in()
    call.listens()
    call.hangs_up()
    assert story.last(c.LogVoicemail).record["seconds"] == 0.0
    assert call.record["disposition"] == "voicemail"


def test_a_message_is_kept_when_a_manager_ends_the_call(story: Story) -> None:
    voicemail_story(story)
    call = story.calls_in()
    call.listens()
    story.happens(e.HangUpRequested(call.id))
    call.hangs_up()
    (kept,) = story.all(c.LogVoicemail)
    assert (kept.record["file"], kept.record["seconds"]) == (f"voicemail/{call.id}.wav", 0.0)
    assert (call.record["disposition"], call.record["ended_by"]) == ("voicemail", "system")


def test_a_hang_up_during_the_greeting_leaves_none(story: Story) -> None:
    voicemail_story(story)
    call = story.calls_in()
    call.hangs_up()
    assert not story.all(c.LogVoicemail)
    assert call.record["disposition"] == "abandoned"


def test_an_outside_line(story: Story) -> None:
    story.may_dial()
    story.route("out", out=block("number", number="+14165550111"))
    call = story.calls_in()
    dial = story.last(c.DialOut)
    assert (dial.number, dial.caller_id, dial.recording) == ("+14165550111", DID, f"recordings/{call.id}-1")
    assert not story.all(c.Answer)
    story.advance(5)
    story.happens(e.PartyAnswered(call.id))
    story.advance(30)
    story.happens(e.PartyLegEnded(call.id))
    call.returns()
    assert (call.record["talk"], call.record["disposition"]) == (30.0, "completed")
    assert call.record["legs"][0]["outcome"] == "answered"


@pytest.mark.parametrize(("cause", "ended_by"), [(16, "agent"), (44, "agent-lost")])
def test_who_ended_the_talk_with_an_outside_line(story: Story, cause: int, ended_by: str) -> None:
    """Cause 44: Asterisk hung the line up, because it sent no audio."""
    story.may_dial()
    story.route("out", out=block("number", number="+14165550111"))
    call = story.calls_in()
    story.happens(e.PartyAnswered(call.id))
    story.happens(e.PartyLegEnded(call.id, cause))
    call.returns()
    assert (call.record["ended_by"], call.record["disposition"]) == (ended_by, "completed")


def test_an_outside_line_that_fails(story: Story) -> None:
    story.may_dial()
    story.route(
        "out",
        out=block("number", {"failed": "mail"}, number="+14165550111"),
        mail=block("voicemail", mailbox=MAILBOX),
    )
    call = story.calls_in()
    story.happens(e.PartyFailed(call.id, LegFailure.BUSY))
    assert call.phase == "returning"
    call.returns()
    assert call.hears("vm-intro")


def test_a_users_number_rings_its_phone_then_takes_a_message(story: Story) -> None:
    ann = story.agent("ann")
    story.number(user=ann.config.user)
    call = story.calls_in()
    assert call.offered_to == (ann.id,)
    story.advance(20)
    ann.misses()
    assert call.hears("vm-intro")
    call.listens()
    call.speaks(3)
    assert story.last(c.LogVoicemail).record["mailbox"] == ann.config.user


def test_a_refusing_hangup_never_answers(story: Story) -> None:
    story.route("no", no=block("hangup", cause=21))
    call = story.calls_in()
    assert not story.all(c.Answer)
    assert call.record["hangup_cause"] == 21


def test_the_recording_notice_is_heard_once_before_queueing(story: Story) -> None:
    ann = story.agent("ann")
    queue = story.queue(ann, recording=RecordingPolicy.NOTICE, max_wait=5)
    story.route("q", q=block("queue", {"timeout": "q"}, queue=queue.id))
    call = story.calls_in()
    assert call.hears("switchroom/call-recorded")
    assert not call.offers
    call.listens()
    assert call.offered_to == (ann.id,)
    assert story.last(c.OfferCall).recording is not None
    story.advance(6)
    assert len(story.all(c.Play)) == 1


def test_a_call_whose_notice_could_not_be_played_is_not_recorded(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, recording=RecordingPolicy.NOTICE).id)
    call = story.calls_in()
    call.listens(ok=False)
    assert call.offered_to == (ann.id,)
    assert story.last(c.OfferCall).recording is None


@pytest.mark.parametrize(
    ("number", "queue", "team", "recorded"),
    [
        (None, None, RecordingPolicy.NONE, False),
        (None, RecordingPolicy.ALL, RecordingPolicy.NONE, True),
        (RecordingPolicy.NONE, RecordingPolicy.ALL, RecordingPolicy.ALL, False),
    ],
)
def test_the_nearest_recording_policy_wins(
    story: Story,
    number: RecordingPolicy | None,
    queue: RecordingPolicy | None,
    team: RecordingPolicy,
    recorded: bool,
) -> None:
    ann = story.agent("ann")
    story.configure(TeamConfig(TEAM, "Team", recording=team))
    story.number(queue=story.queue(ann, recording=queue).id, recording=number)
    call = story.calls_in()
    assert (story.last(c.OfferCall).recording is not None) is recorded
    ann.answers()
    call.hangs_up()
    assert bool(call.record["recordings"]) is recorded


@pytest.mark.long
def test_sounds_that_all_fail_end_the_call(story: Story) -> None:
    story.route("a", a=block("play", {"next": "a"}, sound="beep"))
    call = story.calls_in()
    for _ in range(1001):
        if call.phase == "over":
            break
        call.listens(ok=False)
    assert call.record["disposition"] == "failed"
