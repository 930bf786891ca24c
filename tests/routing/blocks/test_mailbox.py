"""A mailbox by phone: its messages and their keys, the PIN, greetings, and what is written down of it all."""

from dataclasses import replace
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import Block, MailboxConfig, RouteConfig
from routing.events import StoredMessage
from routing.ids import BlockId, CallId, MailboxId, RouteId
from routing.persistence.codec import encode_event
from routing.persistence.journal_format import named, row
from routing.persistence.redaction import Blanking
from tests.support.routing.story import CALLER, MONDAY_NOON, TEAM, Caller, Story, block, hex_id

OWNER = hex_id(3, 1)
MAILBOX = {"kind": "user", "id": OWNER}
MENU, OPTIONS = "switchroom/mailbox-menu", "vm-options"
KEYS = ("vm-repeat", "vm-prev", "vm-next", "vm-delete", "vm-savemessage")


def message(number: int, caller: str = CALLER, *, ago: float = 3600, heard: bool = False) -> StoredMessage:
    return StoredMessage(hex_id(9, number), caller, MONDAY_NOON - ago, heard)


def enters(story: Story, type: str = "mailbox", **settings: Any) -> Caller:
    """Let a caller come to a block of a mailbox. (Feature codes lead there; a route of this kind cannot be saved.)"""
    id = BlockId(type)
    route = RouteConfig(RouteId(hex_id(6, 9)), TEAM, "R", 1, id, {id: Block(id, type, settings)})
    story.configure(route)
    story.number(route=route.id)
    return story.calls_in()


def opens(story: Story, *messages: StoredMessage, ok: bool = True) -> Caller:
    call = enters(story, mailbox=MAILBOX)
    reads(story, call, *messages, ok=ok)
    return call


def reads(story: Story, call: Caller, *messages: StoredMessage, ok: bool = True) -> None:
    asked = story.last(c.ReadMailbox)
    assert (asked.team, asked.kind, asked.owner) == (TEAM, "user", OWNER)
    story.happens(e.MailboxRead(call.id, asked.token, messages, ok))


def logged(story: Story) -> list[tuple[str, ...]]:
    """What was written down: the action and what it is about."""
    names = ("action", "voicemail", "greeting", "file")
    return [tuple(it.record[name] for name in names if name in it.record) for it in story.all(c.LogMailbox)]


def test_the_counts_and_the_menu_are_told(story: Story) -> None:
    call = opens(story, message(1), message(2), message(3, heard=True))
    counts = ("vm-youhave", "digits/2", "vm-INBOX", "vm-and", "digits/1", "vm-Old", "vm-messages")
    assert call.hears(*counts, MENU)
    assert opens(story).hears("vm-youhave", "vm-no", "vm-messages", MENU)
    assert opens(story, message(1)).hears("vm-youhave", "digits/1", "vm-INBOX", "vm-message", MENU)


def test_a_message_is_told_with_its_caller_and_its_time(story: Story) -> None:
    call = opens(story, message(1), message(2, caller="", ago=86400))
    call.presses("1")
    spelled = [f"digits/{digit}" for digit in CALLER[1:]]
    when = ("digits/today", "digits/at", "digits/11", "digits/oclock", "digits/a-m")
    assert call.hears("vm-first", "vm-message", "vm-from", *spelled, "vm-received", *when)
    call.listens()
    assert call.hears(f"messages/{hex_id(9, 1)}")
    assert logged(story) == []
    call.listens()
    assert call.hears(*KEYS), "who calls from outside cannot ring the caller from here"
    assert logged(story) == [("read", hex_id(9, 1))]
    call.presses("6")
    yesterday = ("digits/yesterday", "digits/at", "digits/12", "digits/oclock", "digits/p-m")
    assert call.hears("vm-last", "vm-message", "vm-unknown-caller", "vm-received", *yesterday)
    config = MailboxConfig(MailboxId(hex_id(10, 1)), TEAM, "user", OWNER, announce_time=False)
    story.configure(config)
    call.presses("5")
    assert call.hears("vm-last", "vm-message", "vm-unknown-caller")


def test_the_keys_of_a_message(story: Story) -> None:
    one, two, three = (hex_id(9, number) for number in (1, 2, 3))
    call = opens(story, message(1), message(2), message(3))
    call.presses("1")
    call.presses("6")
    call.listens()
    call.presses("4")
    assert logged(story) == [("read", two)], "what was cut off was heard"
    call.presses("9")
    assert call.hears("vm-msgsaved")
    call.presses("7")
    assert logged(story)[1:] == [("save", one), ("delete", one)]
    assert call.hears("vm-deleted", "vm-first", "vm-message", *told(story)[3:])
    call.listens()
    assert call.hears(f"messages/{two}")
    call.presses("6")
    call.listens()
    call.presses("6")
    assert logged(story)[3:] == [("read", three)]
    assert call.hears("vm-nomore", MENU)
    call.presses("3")
    assert call.hears("pm-invalid-option", MENU)
    call.presses("#")
    assert call.hears("vm-goodbye")


def told(story: Story) -> tuple[str, ...]:
    return tuple(story.last(c.Play).sounds)


def test_a_message_that_cannot_be_fetched_is_said_to_be_so_and_stays_new(story: Story) -> None:
    call = opens(story, message(1))
    call.presses("1")
    call.listens()
    call.listens(ok=False)
    assert call.hears("vm-sorry", *KEYS)
    assert logged(story) == []


def test_who_hangs_up_while_a_message_is_heard_has_it_as_new(story: Story) -> None:
    call = opens(story, message(1))
    call.presses("1")
    call.listens()
    call.hangs_up()
    assert logged(story) == []
    assert call.record["disposition"] == "abandoned"


def test_silence_ends_the_call_after_three_times(story: Story) -> None:
    call = opens(story, message(1))
    for _ in range(2):
        call.listens()
        story.advance(7)
        assert call.hears(MENU)
    call.listens()
    story.advance(7)
    assert call.hears("vm-goodbye")


def test_without_a_database_the_caller_is_told_so(story: Story) -> None:
    assert opens(story, ok=False).hears("please-try-call-later")
    call = enters(story, mailbox=MAILBOX)
    story.advance(16)
    assert call.hears("please-try-call-later")


# -- greetings -----------------------------------------------------------------------------------------------------


def records(story: Story, call: Caller, key: str, seconds: float = 4.0) -> c.RecordMessage:
    call.presses(key)
    call.listens()
    command: c.RecordMessage = story.last(c.RecordMessage)
    call.speaks(seconds)
    return command


def test_a_greeting_is_recorded_heard_and_taken(story: Story) -> None:
    call = opens(story)
    call.presses("0")
    assert call.hears(OPTIONS)
    file = records(story, call, "1").file
    assert file == f"greetings/{call.id}-1"
    assert call.hears("vm-review")
    call.presses("2")
    assert call.hears(file)
    call.listens()
    assert call.hears("vm-review")
    call.presses("1")
    assert call.hears("vm-msgsaved", OPTIONS)
    assert logged(story) == [("greeting", "unavailable", f"{file}.wav")]


def test_a_member_records_their_name_and_hears_it(story: Story) -> None:
    call = opens(story)
    call.presses("0")
    call.presses("3")
    assert call.hears("vm-rec-name")
    call.listens()
    file = story.last(c.RecordMessage).file
    call.speaks(2)
    call.presses("1")
    assert call.hears(file, "vm-msgsaved", OPTIONS)
    assert logged(story) == [("greeting", "name", f"{file}.wav")]


def test_a_departments_mailbox_has_no_name(story: Story) -> None:
    call = enters(story, mailbox={"kind": "department", "id": hex_id(6, 1)})
    story.happens(e.MailboxRead(call.id, story.last(c.ReadMailbox).token, (), True))
    call.presses("0")
    assert call.hears("switchroom/mailbox-options")
    call.presses("3")
    assert call.hears("pm-invalid-option", "switchroom/mailbox-options")


def test_a_greeting_that_is_too_short_or_not_wanted_is_not_taken(story: Story) -> None:
    call = opens(story)
    call.presses("0")
    records(story, call, "2", seconds=0.4)
    assert call.hears("vm-tooshort", "vm-rec-busy")
    call.listens()
    call.speaks(3)
    call.presses("3")
    call.listens()
    assert story.last(c.RecordMessage).file == f"greetings/{call.id}-3"
    call.speaks(3)
    call.presses("*")
    assert call.hears(OPTIONS)
    call.presses("1")
    call.listens()
    call.hangs_up()
    assert logged(story) == []
    assert story.all(c.LogVoicemail) == [], "it is no message"


def test_a_temporary_greeting_is_removed(story: Story) -> None:
    own = MailboxConfig(
        MailboxId(hex_id(10, 1)), TEAM, "user", OWNER, greetings={"temporary": {"say": "I am out."}}
    )
    story.configure(own)
    call = opens(story)
    call.presses("0")
    call.presses("4")
    assert call.hears("vm-tempgreeting2")
    call.presses("2")
    assert call.hears("vm-tempremoved", OPTIONS)
    assert logged(story) == [("remove-greeting", "temporary")]


def leaves(story: Story, reason: str | None = None) -> Caller:
    settings = {"mailbox": MAILBOX, **({} if reason is None else {"reason": reason})}
    story.route("mail", mail=block("voicemail", **settings))
    return story.calls_in()


def test_callers_hear_the_greeting_that_fits(story: Story) -> None:
    assert leaves(story).hears("vm-intro")
    own = MailboxConfig(MailboxId(hex_id(10, 1)), TEAM, "user", OWNER, greetings={"unavailable": "hello"})
    story.configure(own)
    assert leaves(story).hears("hello")
    assert leaves(story, "busy").hears("hello")
    story.configure(replace(own, greetings={**own.greetings, "busy": "beep"}))
    assert leaves(story, "busy").hears("beep")
    assert leaves(story).hears("hello")
    story.configure(replace(own, greetings={**own.greetings, "temporary": {"say": "I am out."}}))
    assert leaves(story, "busy").says() == "I am out."
    story.route("mail", mail=block("voicemail", mailbox=MAILBOX, greeting="sorry"))
    assert story.calls_in().hears("sorry")
    story.remove(own.id)
    assert leaves(story).hears("vm-intro")


# -- PINs ----------------------------------------------------------------------------------------------------------


def types(call: Caller, digits: str) -> None:
    for digit in digits:
        call.presses(digit)


def checked(story: Story, call: Caller, pin: str, problem: str = "") -> None:
    types(call, pin + "#")
    asked = story.last(c.CheckPin)
    assert (asked.call, asked.pin, asked.kind, asked.owner) == (call.id, pin, "user", OWNER)
    story.happens(e.PinChecked(call.id, asked.token, problem))


def test_the_right_pin_opens_the_mailbox(story: Story) -> None:
    call = enters(story, "mailbox-pin", mailbox=MAILBOX)
    assert call.hears("vm-password")
    checked(story, call, "704193")
    reads(story, call)
    assert call.hears("vm-youhave", "vm-no", "vm-messages", MENU)
    assert story.engine._world.pin_tries == {}


def test_wrong_pins_make_answers_slower_and_end_the_call(story: Story) -> None:
    call = enters(story, "mailbox-pin", mailbox=MAILBOX)
    checked(story, call, "1111", "wrong")
    assert call.hears("silence/1", "vm-incorrect", "vm-password")
    checked(story, call, "2222", "wrong")
    assert call.hears("silence/2", "vm-incorrect", "vm-password")
    checked(story, call, "3333", "wrong")
    assert call.hears("please-try-call-later")


def test_a_mailbox_that_is_guessed_at_takes_no_pin_for_a_while(story: Story) -> None:
    for _ in range(2):
        call = enters(story, "mailbox-pin", mailbox=MAILBOX)
        for pin in ("1111", "2222", "3333"):
            if len(story.all(c.CheckPin)) < 5:
                checked(story, call, pin, "wrong")
        call.hangs_up()
    story.restart()
    call = enters(story, "mailbox-pin", mailbox=MAILBOX)
    types(call, "704193#")
    assert len(story.all(c.CheckPin)) == 5, "not even the right one"
    assert call.hears("please-try-call-later")
    story.advance(61)
    checked(story, enters(story, "mailbox-pin", mailbox=MAILBOX), "704193")
    assert story.engine._world.pin_tries == {}


def test_the_number_names_the_mailbox(story: Story) -> None:
    support = MailboxConfig(MailboxId(hex_id(10, 2)), TEAM, "department", hex_id(11, 1), number="800")
    story.configure(support)
    call = enters(story, "mailbox-number")
    assert call.hears("vm-login")
    types(call, "9")
    story.advance(4)
    assert call.hears("vm-incorrect-mailbox", "vm-login")
    types(call, "80*800#")
    assert call.hears("vm-password")
    types(call, "704193#")
    assert (story.last(c.CheckPin).kind, story.last(c.CheckPin).owner) == ("department", hex_id(11, 1))


def changes(story: Story, call: Caller, first: str, second: str, problem: str = "") -> None:
    types(call, first + "#")
    assert call.hears("vm-reenterpassword")
    types(call, second + "#")
    asked = story.last(c.SetPin)
    assert (asked.pin, asked.again) == (first, second)
    story.happens(e.PinChecked(call.id, asked.token, problem))


def test_the_pin_is_changed(story: Story) -> None:
    call = opens(story)
    call.presses("0")
    call.presses("5")
    assert call.hears("vm-newpassword")
    changes(story, call, "704193", "704194", "mismatch")
    assert call.hears("vm-mismatch", "vm-newpassword")
    changes(story, call, "1234", "1234", "weak")
    assert call.hears("vm-invalid-password", "vm-newpassword")
    changes(story, call, "704193", "704193")
    assert call.hears("vm-passchanged")
    call.listens()
    reads(story, call)
    assert call.hears("vm-youhave", "vm-no", "vm-messages", MENU)


@pytest.mark.parametrize("type", ["mailbox-pin", "mailbox-new-pin"])
def test_no_digit_of_a_pin_is_written_down(story: Story, type: str) -> None:
    blanking = Blanking()
    pressed = encode_event(e.DigitPressed(CallId(hex_id(7, 1)), "7"))
    assert blanking.event(pressed, (type, type))["digit"] == "0"
    assert blanking.event(pressed, ("mailbox", "mailbox"))["digit"] == "7"
    call = enters(story, type, mailbox=MAILBOX)
    types(call, "704193#")
    snapshot = story.engine.snapshot()
    assert "704193" not in str(blanking.snapshot(snapshot)["calls"])
    assert "704193" not in str([named(row(command)) for command in story.said])
