"""What callers hear while they wait, and what agents hear before they are connected."""

from collections.abc import Sequence
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import TeamConfig
from routing.events import AgentStatus, LiveCall, LivePhase
from tests.support.routing.story import CALLER, DID, TEAM, Caller, Person, Story, block

pytestmark = pytest.mark.unit

NEXT = ("queue-youarenext", "queue-thankyou")
SECOND = ("queue-thereare", "digits/2", "queue-callswaiting", "queue-thankyou")


def waits(story: Story, **settings: Any) -> tuple[Caller, Person]:
    """A caller who waits, because the queue's agent talks to somebody else."""
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, **settings).id)
    story.calls_in()
    ann.answers()
    return story.calls_in(), ann


def played(story: Story, call: Caller) -> list[tuple[str, ...]]:
    return [command.sounds for command in story.all(c.Play) if command.call == call.id]


def texts(story: Story) -> list[str]:
    return [prompt.text for command in story.all(c.Play) for prompt in command.prompts]


def music(story: Story, call: Caller) -> int:
    return sum(command.call == call.id for command in story.all(c.StartMusic))


def gaps(story: Story, seconds: Sequence[float]) -> None:
    """As if callers had been answered in these gaps."""
    (queue,) = story.engine._world.queues.values()
    queue.pace.gaps = list(seconds)
    queue.pace.answered_at = 0.0


# -- position ------------------------------------------------------------------------------------------------


def test_the_position_is_told_after_a_while_and_again_and_again(story: Story) -> None:
    call, _ = waits(story, announce_position=True, announce_first=20, announce_every=60)
    story.advance(19.9)
    assert played(story, call) == []
    story.advance(0.1)
    assert played(story, call) == [NEXT]
    call.listens()
    story.advance(59)
    assert played(story, call) == [NEXT]
    story.advance(1)
    assert played(story, call) == [NEXT, NEXT]
    assert call.phase == "queued"


def test_each_hears_its_own_position(story: Story) -> None:
    first, _ = waits(story, announce_position=True)
    second = story.calls_in()
    story.advance(20)
    assert (played(story, first), played(story, second)) == ([NEXT], [SECOND])
    first.hangs_up()
    second.listens()
    story.advance(60)
    assert played(story, second) == [SECOND, NEXT]


def test_the_music_comes_back_after_an_announcement(story: Story) -> None:
    call, _ = waits(story, announce_position=True)
    assert music(story, call) == 1
    story.advance(20)
    assert music(story, call) == 1
    call.listens()
    assert music(story, call) == 2


def test_a_stale_end_changes_nothing(story: Story) -> None:
    call, _ = waits(story, announce_position=True, announce_every=30)
    story.advance(20)
    call.listens()
    first = call.token()
    story.advance(30)
    assert not story.happens(e.PlaybackFinished(call.id, first))
    call.listens()
    assert music(story, call) == 3


@pytest.mark.parametrize("how", ["finished", "failed", "refused", "returned"])
def test_however_it_ends_the_music_comes_back_and_the_next_one_is_told(story: Story, how: str) -> None:
    call, _ = waits(story, announce_position=True)
    story.advance(20)
    match how:
        case "finished" | "failed":
            call.listens(ok=how == "finished")
        case "refused":
            story.happens(e.CommandFailed(call.id, "Play", "no such file"))
        case "returned":
            call.returns()
    assert (call.phase, music(story, call)) == ("queued", 2)
    story.advance(60)
    assert len(played(story, call)) == 2


def test_an_announcement_whose_end_is_never_told_is_over_by_its_guard(story: Story) -> None:
    call, _ = waits(story, announce_position=True, announce_every=600)
    story.advance(20 + 120)
    assert (call.phase, music(story, call)) == ("queued", 2)
    assert len([x for x in story.all(c.StopPlay) if x.call == call.id]) == 1


def test_nothing_is_told_where_nothing_is_configured(story: Story) -> None:
    call, _ = waits(story)
    story.advance(600)
    assert played(story, call) == []


# -- offers --------------------------------------------------------------------------------------------------


def test_an_announcement_never_delays_an_offer_and_the_offer_cuts_it_off(story: Story) -> None:
    call, ann = waits(story, announce_position=True)
    story.advance(20)
    ann.hangs_up()
    assert call.offered_to == (ann.id,)
    call.listens(ok=False)
    assert (call.phase, music(story, call)) == ("offering", 1)
    ann.answers()
    call.hangs_up()
    assert call.record["disposition"] == "answered"
    assert not story.engine.timers


def test_a_call_that_is_being_offered_is_told_nothing(story: Story) -> None:
    call, ann = waits(
        story, announce_position=True, comfort_sounds=("one",), comfort_every=15, missed_limit=1
    )
    story.advance(10)
    ann.hangs_up()
    story.advance(12)
    assert (call.phase, played(story, call)) == ("offering", [])
    ann.misses()
    assert (call.phase, ann.state) == ("queued", "Away")
    story.advance(8)
    assert played(story, call) == [("one",)]


def test_an_end_that_comes_after_a_failed_offer_does_not_start_the_music_twice(story: Story) -> None:
    call, ann = waits(story, announce_position=True)
    story.advance(20)
    token = call.token()
    ann.hangs_up()
    ann.sets(AgentStatus.AWAY)
    assert call.phase == "queued"
    before = music(story, call)
    assert not story.happens(e.PlaybackFinished(call.id, token, False))
    assert music(story, call) == before


# -- the estimated wait --------------------------------------------------------------------------------------


def test_without_a_figure_only_the_position_is_told(story: Story) -> None:
    call, _ = waits(story, announce_position=True, announce_wait=True)
    story.advance(20)
    assert played(story, call) == [NEXT]


def test_without_a_figure_and_a_position_nothing_is_told(story: Story) -> None:
    call, _ = waits(story, announce_wait=True)
    story.advance(20)
    assert played(story, call) == []
    gaps(story, [20] * 5)
    story.advance(60)
    assert played(story, call) == [
        ("queue-holdtime", "queue-less-than", "digits/1", "queue-minute", "queue-thankyou")
    ]


def test_a_short_wait_is_told_with_core_sounds(story: Story) -> None:
    call, _ = waits(story, announce_wait=True)
    gaps(story, [60] * 5)
    story.advance(20)
    assert played(story, call) == [
        ("queue-holdtime", "queue-less-than", "digits/3", "queue-minutes", "queue-thankyou")
    ]


def test_a_span_is_told_as_a_span(story: Story) -> None:
    call, _ = waits(story, announce_wait=True, announce_position=True)
    second = story.calls_in()
    third = story.calls_in()
    gaps(story, [120] * 5)
    story.advance(20)
    assert "The estimated waiting time is between 2 and 11 minutes." in texts(story)
    sounds = played(story, third)[0]
    assert sounds[:3] == ("queue-thereare", "digits/3", "queue-callswaiting")
    assert sounds[3].startswith("prompts/")
    assert sounds[4:] == ("queue-thankyou",)
    assert len(played(story, call)) == len(played(story, second)) == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Sie sind der nächste Anrufer. Die Wartezeit beträgt voraussichtlich weniger als 3 Minuten."),
        ("fr-ca", "Vous êtes le prochain appelant. Le temps d'attente estimé est de moins de 3 minutes."),
        ("es", "Usted es el siguiente en la cola. El tiempo de espera estimado es de menos de 3 minutos."),
    ],
)
def test_other_languages_are_spoken_texts(story: Story, language: str, text: str) -> None:
    story.configure(TeamConfig(TEAM, "Team", language=language))
    waits(story, announce_position=True, announce_wait=True)
    gaps(story, [60] * 5)
    story.advance(20)
    (prompt,) = story.last(c.Play).prompts
    assert prompt.text.startswith(text)
    assert prompt.language == language
    assert story.last(c.Play).sounds == (prompt.sound,)


def test_a_language_without_words_hears_english(story: Story) -> None:
    story.configure(TeamConfig(TEAM, "Team", language="tlh"))
    call, _ = waits(story, announce_position=True)
    story.advance(20)
    assert played(story, call) == [NEXT]


# -- comfort -------------------------------------------------------------------------------------------------


def test_comfort_sounds_go_round(story: Story) -> None:
    call, _ = waits(story, comfort_sounds=("one", "two"), comfort_every=30)
    for _ in range(3):
        story.advance(30)
        call.listens()
    assert played(story, call) == [("one",), ("two",), ("one",)]
    assert music(story, call) == 4


def test_the_position_waits_for_a_comfort_sound_to_end(story: Story) -> None:
    call, _ = waits(story, announce_position=True, comfort_sounds=("one",), comfort_every=19)
    story.advance(20)
    assert played(story, call) == [("one",)]
    call.listens()
    story.advance(5)
    assert played(story, call) == [("one",), NEXT]


def test_a_comfort_sound_gives_way_to_the_position(story: Story) -> None:
    call, _ = waits(story, announce_position=True, comfort_sounds=("one",), comfort_every=21)
    story.advance(21)
    assert played(story, call) == [NEXT]
    call.listens()
    story.advance(21)
    assert played(story, call) == [NEXT, ("one",)]


# -- leaving -------------------------------------------------------------------------------------------------


def test_who_leaves_the_queue_hears_no_more_of_it(story: Story) -> None:
    mail = {"queue": story.queue(announce_position=True, max_wait=25, comfort_sounds=("one",)).id}
    story.route(
        "q",
        q=block("queue", {"timeout": "mail"}, **mail),
        mail=block("voicemail", mailbox={"kind": "team", "id": TEAM}),
    )
    call = story.calls_in()
    story.advance(20)
    announced = call.token()
    story.advance(5)
    assert [x.call for x in story.all(c.StopPlay)] == [call.id]
    assert call.hears("vm-intro")
    assert not story.happens(e.PlaybackFinished(call.id, announced, False))
    assert call.phase == "playing"
    story.advance(300)
    assert len(played(story, call)) == 2


def test_a_hang_up_during_an_announcement_leaves_nothing_behind(story: Story) -> None:
    story.number(queue=story.queue(announce_position=True, comfort_sounds=("one",)).id)
    call = story.calls_in()
    story.advance(20)
    call.hangs_up()
    assert call.record["disposition"] == "abandoned"
    assert not story.engine.timers


def test_settings_that_change_count_at_once(story: Story) -> None:
    call, ann = waits(story)
    story.queue(ann, announce_position=True, announce_first=10)
    story.advance(10)
    assert played(story, call) == [NEXT]
    call.listens()
    story.queue(ann)
    story.advance(600)
    assert len(played(story, call)) == 1


# -- restarts ------------------------------------------------------------------------------------------------


def test_a_restart_in_the_midst_of_an_announcement(story: Story) -> None:
    call, ann = waits(story, announce_position=True)
    story.advance(20)
    image = story.engine.snapshot()
    story.restart()
    assert story.engine.snapshot() == image
    call.listens()
    assert music(story, call) == 2
    story.advance(60)
    assert len(played(story, call)) == 2
    ann.hangs_up()
    assert call.offered_to == (ann.id,)


def test_a_resync_in_the_midst_of_an_announcement_brings_the_music_back(story: Story) -> None:
    story.number(queue=story.queue(announce_position=True).id)
    call = story.calls_in()
    story.advance(20)
    token = call.token()
    live = LiveCall(call.id, LivePhase.CONTROLLED, DID, CALLER)
    said = story.happens(e.StateResynced((live,)))
    kinds = [type(command) for command in said if not isinstance(command, (c.Publish, c.CancelTimer))]
    assert kinds == [c.StopPlay, c.StartMusic]
    assert not story.happens(e.PlaybackFinished(call.id, token, False))
    story.advance(60)
    assert len(played(story, call)) == 2


# -- the agent -----------------------------------------------------------------------------------------------


def test_the_agent_hears_the_queues_name_and_the_wait(story: Story) -> None:
    call, ann = waits(story, agent_sounds=("team/sales",), agent_wait=True)
    story.advance(75)
    ann.hangs_up()
    assert story.last(c.OfferCall).call == call.id
    assert story.last(c.OfferCall).whisper == (
        "team/sales",
        "queue-reporthold",
        "digits/1",
        "queue-minute",
        "digits/15",
        "queue-seconds",
    )


def test_without_settings_the_agent_hears_nothing(story: Story) -> None:
    waits(story)
    assert story.last(c.OfferCall).whisper == ()
