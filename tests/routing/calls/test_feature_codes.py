"""Feature codes, which a member's phone dials."""

import re
from pathlib import Path
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.calls.feature_codes import CODES, find
from routing.config import MAILBOX
from routing.events import StoredMessage
from tests.support.routing.phone_calls import PhoneCall, dials, member, sets
from tests.support.routing.story import TEAM, Person, Story, hex_id

pytestmark = pytest.mark.unit

PHONES = Path(__file__).parents[3] / "docs/phones.md"


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def ann(story: Story) -> Person:
    ann = member(story, "Ann")
    member(story, "Bob")
    story.number()
    return ann


def written(story: Story) -> dict[str, Any]:
    record = story.last(c.LogSettings).record
    assert (record["team"], record["member"]) == (TEAM, hex_id(8, 1))
    return dict(record["changes"])


@pytest.mark.parametrize(
    ("code", "changes", "said"),
    [
        ("*78", {"do_not_disturb": True}, ("do-not-disturb", "activated")),
        ("*79", {"do_not_disturb": False}, ("do-not-disturb", "de-activated")),
        ("*72102", {"forward": "102"},
         ("call-fwd-unconditional", "is-set-to", "digits/1", "digits/0", "digits/2")),
        ("*73", {"forward": ""}, ("call-fwd-unconditional", "de-activated")),
        ("*90*97", {"forward_busy": MAILBOX}, ("call-fwd-on-busy", "activated")),
        ("*91", {"forward_busy": ""}, ("call-fwd-on-busy", "de-activated")),
        ("*93", {"forward_no_answer": ""}, ("call-fwd-no-ans", "de-activated")),
        ("*94102", {"forward_unregistered": "102"},
         ("call-forwarding", "is-set-to", "digits/1", "digits/0", "digits/2")),
        ("*95", {"forward_unregistered": ""}, ("call-forwarding", "de-activated")),
    ],
)  # fmt: skip
def test_a_code_changes_a_setting_and_says_so(
    story: Story, ann: Person, code: str, changes: dict[str, Any], said: tuple[str, ...]
) -> None:
    call = dials(ann, code)
    assert call.hears(*said)
    assert written(story) == changes
    assert ann.state == "OnCall", "no queue's call comes meanwhile"
    call.listens()
    record = call.record
    assert (record["direction"], record["did"], record["hangup_cause"]) == ("internal", code, 16)
    assert ann.state == "Available"


def test_the_setting_holds_at_once(story: Story, ann: Person) -> None:
    bob = next(person for person in story.people.values() if person is not ann)
    dials(ann, "*78").listens()
    assert dials(bob, "101").record["hangup_cause"] == 17
    dials(ann, "*79").listens()
    assert dials(bob, "101").phase == "dialing"


@pytest.mark.parametrize(
    ("dialled", "number"),
    [("4165550177", "+14165550177"), ("14165550177", "+14165550177"), ("0049301234567", "+49301234567")],
)
def test_a_number_is_dialled_as_in_the_teams_country(
    story: Story, ann: Person, dialled: str, number: str
) -> None:
    dials(ann, f"*92{dialled}")
    assert written(story) == {"forward_no_answer": number}


@pytest.mark.parametrize("target", ["", "199", "101", "1234567", "*98", "*"])
def test_a_target_that_cannot_be_rung_is_refused(story: Story, ann: Person, target: str) -> None:
    """Nobody has the extension, it is one's own, it is no number of the country."""
    call = dials(ann, f"*72{target}")
    assert call.hears("pbx-invalid")
    assert story.all(c.LogSettings) == []


@pytest.mark.parametrize("dialled", ["*", "*00", "*7", "*781", "**"])
def test_what_is_no_code_is_told_to_the_phone(story: Story, ann: Person, dialled: str) -> None:
    record = dials(ann, dialled).record
    assert (record["hangup_cause"], record["disposition"]) == (1, "not_in_service")


def test_a_code_is_the_members_own(story: Story, ann: Person) -> None:
    """Each member changes their own settings, by which phone they call."""
    sets(ann, do_not_disturb=False)
    dials(ann, "*78").listens()
    assert [record.record["member"] for record in story.all(c.LogSettings)] == [hex_id(8, 1)]


def test_the_engine_restarts_in_the_confirmation(story: Story, ann: Person) -> None:
    call = dials(ann, "*78")
    story.restart()
    call.listens()
    assert (ann.state, len(story.records())) == ("Available", 1)


def test_the_longest_code_counts() -> None:
    for code in CODES:
        found = find(code)
        assert found is not None
        assert found[0] is CODES[code]
        assert found[1] == ""


def test_every_code_is_documented() -> None:
    told = set(re.findall(r"^\| `(\*[*0-9]*)", PHONES.read_text(), re.MULTILINE))
    assert set(CODES) - told == set(), "docs/phones.md lacks these codes"
    assert told - set(CODES) == set(), "docs/phones.md has codes that nothing carries out"


# -- voicemail -----------------------------------------------------------------------------------------------------

MAILBOX_OF_ANN = {"kind": "user", "id": hex_id(3, 1)}


def opens_own_mailbox(story: Story, ann: Person, *callers: str) -> PhoneCall:
    call = dials(ann, "*97")
    asked = story.last(c.ReadMailbox)
    assert (asked.kind, asked.owner) == (MAILBOX_OF_ANN["kind"], MAILBOX_OF_ANN["id"])
    left = tuple(StoredMessage(hex_id(9, n), caller, story.now - 60) for n, caller in enumerate(callers, 1))
    story.happens(e.MailboxRead(call.id, asked.token, left))
    return call


def test_a_members_own_phone_opens_their_mailbox_without_a_pin(story: Story, ann: Person) -> None:
    call = opens_own_mailbox(story, ann)
    assert call.hears("vm-youhave", "vm-no", "vm-messages", "switchroom/mailbox-menu")
    assert ann.state == "OnCall"
    assert story.all(c.CheckPin) == []
    call.presses("#")
    call.listens()
    record = call.record
    assert (record["direction"], record["did"], record["disposition"]) == ("internal", "*97", "completed")
    assert ann.state == "Available"


def test_another_mailbox_is_opened_by_its_number_and_pin(story: Story, ann: Person) -> None:
    bob = hex_id(3, 2)
    call = dials(ann, "*98102")
    for digit in "704193#":
        call.presses(digit)
    asked = story.last(c.CheckPin)
    assert (asked.owner, asked.pin, asked.user) == (bob, "704193", hex_id(3, 1))
    call.hangs_up()
    call = dials(ann, "*98")
    assert call.hears("vm-login")
    for digit in "102#":
        call.presses(digit)
    assert call.hears("vm-password")
    call.hangs_up()
    assert dials(ann, "*98999").hears("vm-login"), "nothing has this number"


def test_who_left_a_message_is_called_back(story: Story, ann: Person) -> None:
    call = opens_own_mailbox(story, ann, "102", "+14165550199", "")
    call.presses("1")
    call.presses("2")
    assert story.last(c.RingExtension).phones == ("phone2",)
    call.hangs_up()
    call = opens_own_mailbox(story, ann, "+14165550199", "")
    call.presses("1")
    call.presses("2")
    assert story.all(c.DialOut) == [], "the team may dial nobody outside"
    assert call.hears("please-try-call-later")
    call.hangs_up()
    story.may_dial()
    call = opens_own_mailbox(story, ann, "+14165550199", "")
    call.presses("1")
    call.presses("6")
    call.presses("2")
    assert call.hears("vm-nonumber")
    call.presses("4")
    call.presses("2")
    assert story.last(c.DialOut).number == "+14165550199"


def test_the_menu_begins_again_after_a_restart(story: Story, ann: Person) -> None:
    call = opens_own_mailbox(story, ann, "102")
    call.presses("1")
    story.restart()
    live = e.LiveCall(call.id, e.LivePhase.CONTROLLED, "*97", "101", phone=ann.config.phone)
    story.happens(e.StateResynced((live,), (e.PhoneStateChanged(ann.config.phone, True),)))
    asked = story.all(c.ReadMailbox)
    assert len(asked) == 2
    story.happens(e.MailboxRead(call.id, asked[-1].token, ()))
    assert call.hears("vm-youhave", "vm-no", "vm-messages", "switchroom/mailbox-menu")
    call.hangs_up()
    assert len(story.records()) == 1
