"""Callers find members by name, with the letters on the keypad."""

import pytest

from routing import commands as c
from routing.blocks.directory import ASK
from routing.config import MailboxConfig
from routing.expressions.keypad import on_keypad
from routing.ids import MailboxId
from tests.support.routing.phone_calls import dials, member, sets
from tests.support.routing.story import TEAM, Caller, Person, Story, block, hex_id

pytestmark = pytest.mark.unit

ASKED = tuple(ASK)


@pytest.fixture
def story() -> Story:
    story = Story()
    for name in ("Ann Smith", "Zoë Ångström", "Bob Smith"):
        member(story, name)
    story.route("d", d=block("directory"))
    return story


def people(story: Story) -> list[Person]:
    return list(story.people.values())


def presses(call: Caller, keys: str) -> None:
    for key in keys:
        call.presses(key)


def named(story: Story) -> tuple[str, str]:
    """Return the name that was spoken last, and the digits of the extension."""
    play = story.last(c.Play)
    digits = "".join(sound.removeprefix("digits/") for sound in play.sounds if sound.startswith("digits/"))
    return " ".join(prompt.text for prompt in play.prompts), digits


@pytest.mark.parametrize(
    ("name", "keys"),
    [("Ann Smith", ("266", "76484")), ("Zoë Ångström", ("963", "26478766")), ("O'Neil", ("66345",)),
     ("Анна", ()), ("", ()), ("Li 2", ("54",))],
)  # fmt: skip
def test_the_keys_of_a_name(name: str, keys: tuple[str, ...]) -> None:
    assert on_keypad(name) == keys


@pytest.mark.parametrize("keys", ["266", "963", "264"])
def test_one_who_fits_is_named_and_rung(story: Story, keys: str) -> None:
    call = story.calls_in()
    assert call.hears(*ASKED)
    presses(call, keys)
    wanted, extension = ("Ann Smith", "101") if keys == "266" else ("Zoë Ångström", "102")
    assert named(story) == (wanted, extension)
    call.presses("1")
    assert call.offered_to == (people(story)[int(extension) - 101].id,)


def test_several_are_named_one_after_the_other(story: Story) -> None:
    call = story.calls_in()
    presses(call, "764")
    story.advance(3)
    assert named(story) == ("Ann Smith", "101")
    call.presses("*")
    assert named(story) == ("Bob Smith", "103")
    call.presses("1")
    assert call.offered_to == (people(story)[2].id,)


def test_nobody_is_left(story: Story) -> None:
    call = story.calls_in()
    presses(call, "764#**")
    assert call.hears("dir-nomore", *ASKED)


def test_who_finds_nobody_is_asked_again_and_then_told_so(story: Story) -> None:
    call = story.calls_in()
    for _ in range(2):
        presses(call, "999")
        assert call.hears("dir-nomatch", *ASKED)
    presses(call, "999")
    assert call.went() == [("d", "failed")]


def test_silence_ends_it(story: Story) -> None:
    call = story.calls_in()
    for _ in range(3):
        call.listens()
        story.advance(5)
    assert call.went() == [("d", "failed")]


def test_the_letters_may_be_begun_again(story: Story) -> None:
    call = story.calls_in()
    presses(call, "99*266")
    assert named(story) == ("Ann Smith", "101")


def test_who_left_the_directory_is_not_found(story: Story) -> None:
    sets(people(story)[0], keypad=())
    call = story.calls_in()
    presses(call, "266")
    assert call.hears("dir-nomatch", *ASKED)


def test_without_a_voice_the_extension_is_said(story: Story) -> None:
    call = story.calls_in()
    presses(call, "266")
    call.listens(ok=False)
    assert call.hears("extension", "digits/1", "digits/0", "digits/1", "dir-instr")
    call.listens(ok=False)
    call.presses("1")
    assert call.offered_to == (people(story)[0].id,)


def test_the_members_own_settings_count(story: Story) -> None:
    sets(people(story)[0], do_not_disturb=True, voicemail=True)
    call = story.calls_in()
    presses(call, "2661")
    assert call.hears("vm-intro")


def test_a_colleague_looks_somebody_up(story: Story) -> None:
    ann, zoe, _ = people(story)
    call = dials(ann, "*411")
    assert call.hears(*ASKED)
    presses(call, "9631")
    assert story.last(c.RingExtension).phones == (zoe.config.phone,)
    call.is_answered()
    call.hangs_up()
    record = call.record
    assert [(step["block"], step["exit"]) for step in record["path"]] == [
        ("directory", None), ("extension", None),
    ]  # fmt: skip
    assert (record["direction"], record["disposition"]) == ("internal", "answered")


def test_a_recorded_name_is_played_in_place_of_the_spoken_one(story: Story) -> None:
    ann = people(story)[0]
    name = {"name": "uploads/" + "a" * 32, "unavailable": "vm-intro"}
    story.configure(MailboxConfig(MailboxId(hex_id(10, 1)), TEAM, "user", ann.config.user, greetings=name))
    presses(story.calls_in(), "266")
    play = story.last(c.Play)
    assert (play.sounds[0], play.prompts) == (name["name"], ())
    story.restart()
    presses(story.calls_in(), "963")
    assert named(story) == ("Zoë Ångström", "102")
