"""What a member set decides where the calls of colleagues, and direct calls, go."""

from typing import Any

import pytest

from routing import commands as c
from routing.config import MAILBOX
from routing.events import LegFailure
from tests.support.routing.phone_calls import dials, member, sets
from tests.support.routing.story import Person, Story, block

pytestmark = pytest.mark.unit

BUSY, NO_ANSWER, REJECTED, NOT_FOUND, ABSENT = 17, 19, 21, 1, 20
OUTSIDE = "+14165550177"
FAILURES = {
    "forward_busy": (LegFailure.BUSY, BUSY),
    "forward_no_answer": (LegFailure.NO_ANSWER, NO_ANSWER),
    "forward_unregistered": (LegFailure.UNREACHABLE, ABSENT),
}


@pytest.fixture
def story() -> Story:
    return Story()


def rung(story: Story) -> list[str]:
    return [phone for ring in story.all(c.RingExtension) for phone in ring.phones]


def path(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["type"], step.get("reason", "")) for step in record["path"]]


def user(person: Person) -> str:
    return person.config.user


# -- do-not-disturb --------------------------------------------------------------------------------------------


def test_who_does_not_want_to_be_disturbed_is_busy(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    sets(bob, do_not_disturb=True)
    call = dials(ann, "102")
    assert (call.record["hangup_cause"], call.record["disposition"]) == (BUSY, "missed")
    assert rung(story) == []


def test_a_direct_number_does_not_disturb_either(story: Story) -> None:
    bob = member(story, "Bob")
    story.number(user=user(bob))
    sets(bob, do_not_disturb=True, voicemail=True)
    call = story.calls_in()
    assert call.hears("vm-intro")
    assert story.all(c.OfferCall) == []


def test_queues_go_by_the_agents_status_alone(story: Story) -> None:
    """Who does not want calls of a queue sets a status, which the queue's figures count."""
    bob = member(story, "Bob")
    sets(bob, do_not_disturb=True, forward="101", forward_busy="101")
    story.number(queue=story.queue(bob).id)
    assert story.calls_in().offered_to == (bob.id,)


# -- forwarding --------------------------------------------------------------------------------------------------


def test_every_call_goes_to_the_colleague(story: Story) -> None:
    ann, bob, eve = member(story, "Ann"), member(story, "Bob"), member(story, "Eve")
    sets(bob, forward="103")
    call = dials(ann, "102")
    assert rung(story) == [eve.config.phone]
    call.is_answered()
    assert (bob.state, eve.state) == ("Available", "OnCall")
    call.colleague_hangs_up()
    record = call.record
    assert [(leg["kind"], leg["number"], leg["outcome"]) for leg in record["legs"]] == [
        ("caller", "101", ""), ("member", "103", "answered"),
    ]  # fmt: skip
    assert path(record) == [("extension", ""), ("forward", ""), ("extension", "")]
    assert (record["did"], record["disposition"]) == ("102", "answered")


@pytest.mark.parametrize("field", FAILURES)
def test_each_reason_has_a_forwarding_of_its_own(story: Story, field: str) -> None:
    ann, bob, eve = member(story, "Ann"), member(story, "Bob"), member(story, "Eve")
    reason, cause = FAILURES[field]
    sets(bob, **{field: "103"})
    call = dials(ann, "102")
    call.rings()
    call.is_refused(reason, cause)
    assert rung(story) == [bob.config.phone, eve.config.phone]
    assert (bob.state, eve.state) == ("Available", "Ringing")
    call.is_answered()
    call.hangs_up()
    assert [leg["outcome"] for leg in call.record["legs"]] == ["", str(reason), "answered"]
    assert call.record["disposition"] == "answered"


@pytest.mark.parametrize("field", FAILURES)
def test_the_other_reasons_are_told_to_the_phone(story: Story, field: str) -> None:
    ann, bob, _ = member(story, "Ann"), member(story, "Bob"), member(story, "Eve")
    sets(bob, **{field: "103"})
    for other, (reason, cause) in FAILURES.items():
        if other != field:
            call = dials(ann, "102")
            call.is_refused(reason, cause)
            assert (call.record["hangup_cause"], call.record["disposition"]) == (cause, "missed")
    assert ann.state == "Available"


def test_a_phone_that_is_not_registered_is_not_rung(story: Story) -> None:
    ann, bob, eve = member(story, "Ann"), member(story, "Bob"), member(story, "Eve")
    sets(bob, forward_unregistered="103")
    bob.vanishes()
    dials(ann, "102")
    assert rung(story) == [eve.config.phone]


def test_the_phones_ring_as_long_as_the_member_set(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    sets(bob, ring_seconds=12.0)
    dials(ann, "102")
    assert story.last(c.RingExtension).timeout == 12.0


def test_forwarding_in_a_circle_ends(story: Story) -> None:
    ann, bob, eve = member(story, "Ann"), member(story, "Bob"), member(story, "Eve")
    sets(bob, forward="103")
    sets(eve, forward="102")
    call = dials(ann, "102")
    assert (call.record["hangup_cause"], rung(story)) == (BUSY, [])
    assert path(call.record)[-2:] == [("forward", "forwarding: loop"), ("hangup", "")]


def test_forwarding_back_to_the_caller_rings_no_own_phone_for_ever(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    sets(bob, forward="101")
    sets(ann, forward_busy="102")
    call = dials(ann, "102")
    call.is_refused(LegFailure.BUSY, BUSY)
    assert call.record["hangup_cause"] == BUSY
    assert rung(story) == [ann.config.phone]


def test_a_chain_of_forwardings_is_short(story: Story) -> None:
    people = [member(story, f"P{number}") for number in range(8)]
    for number, person in enumerate(people[1:-1], 2):
        sets(person, forward=str(101 + number))
    call = dials(people[0], "102")
    assert call.record["hangup_cause"] == BUSY
    assert len(call.record["path"]) < 15


def test_an_extension_that_nobody_has_any_more(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    sets(bob, forward="199")
    assert dials(ann, "102").record["hangup_cause"] == NOT_FOUND


# -- outside numbers ---------------------------------------------------------------------------------------------


def test_the_telephone_network_is_closed_by_default(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    story.number()
    sets(bob, forward=OUTSIDE)
    call = dials(ann, "102")
    assert story.all(c.DialOut) == []
    assert path(call.record)[1] == ("forward", "outbound: closed")
    assert (call.record["hangup_cause"], ann.state) == (BUSY, "Available")


def test_a_colleagues_call_goes_out(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    number = story.number()
    story.may_dial()
    sets(bob, forward_no_answer=OUTSIDE)
    call = dials(ann, "102")
    call.is_refused(LegFailure.NO_ANSWER, NO_ANSWER)
    out = story.last(c.DialOut)
    assert (out.call, out.number, out.caller_id) == (call.id, OUTSIDE, number.e164)
    call.is_answered()
    assert (ann.state, bob.state) == ("OnCall", "Available")
    call.colleague_hangs_up()
    record = call.record
    assert [(leg["kind"], leg["number"]) for leg in record["legs"]] == [
        ("caller", "101"), ("member", "102"), ("number", OUTSIDE),
    ]  # fmt: skip
    assert (record["direction"], record["disposition"]) == ("internal", "answered")


def test_nobody_answers_outside(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    story.number()
    story.may_dial()
    sets(bob, forward=OUTSIDE, voicemail=True)
    call = dials(ann, "102")
    call.line_fails()
    assert call.hears("vm-intro")
    assert call.phase == "playing"


# -- the mailbox -------------------------------------------------------------------------------------------------


def test_a_colleague_leaves_a_message(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    sets(bob, voicemail=True)
    call = dials(ann, "102")
    assert story.last(c.RingExtension).comes_back
    call.is_refused(LegFailure.NO_ANSWER, NO_ANSWER)
    assert call.hears("vm-intro")
    call.listens()
    call.speaks(4.0)
    message = story.last(c.LogVoicemail).record
    assert (message["mailbox_kind"], message["mailbox"], message["caller"]) == ("user", user(bob), "101")
    call.listens()
    record = call.record
    assert (record["disposition"], record["direction"]) == ("voicemail", "internal")
    assert ann.state == "Available"


@pytest.mark.parametrize("settings", [{"forward": MAILBOX}, {"do_not_disturb": True}])
def test_straight_into_the_mailbox(story: Story, settings: dict[str, Any]) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    sets(bob, voicemail=True, **settings)
    call = dials(ann, "102")
    assert call.hears("vm-intro")
    assert rung(story) == []


def test_who_forwards_to_a_mailbox_that_is_off(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    sets(bob, forward=MAILBOX)
    assert dials(ann, "102").record["hangup_cause"] == BUSY


# -- direct numbers and the block `user` ---------------------------------------------------------------------------


def test_a_direct_call_is_forwarded_to_a_colleague(story: Story) -> None:
    bob, eve = member(story, "Bob"), member(story, "Eve")
    story.number(user=user(bob))
    sets(bob, forward_no_answer="102")
    call = story.calls_in()
    assert call.offered_to == (bob.id,)
    bob.misses()
    assert call.offered_to == (eve.id,)
    eve.answers()
    assert eve.state == "OnCall"


def test_the_routes_exit_comes_before_the_mailbox(story: Story) -> None:
    """The route's author decides what becomes of a caller whom no forwarding helped."""
    bob, eve = member(story, "Bob"), member(story, "Eve")
    sets(bob, forward_busy="102", voicemail=True)
    sets(eve, do_not_disturb=True, voicemail=True)
    story.route(
        "u",
        u=block("user", {"failed": "sorry"}, user=user(bob)),
        sorry=block("hangup", sound="tt-weasels"),
    )
    call = story.calls_in()
    bob.misses(LegFailure.BUSY)
    assert call.hears("tt-weasels")


# -- the engine restarts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", [True, False])
def test_the_engine_restarts_while_a_forwarded_call_rings(story: Story, answered: bool) -> None:
    ann, bob, eve = member(story, "Ann"), member(story, "Bob"), member(story, "Eve")
    sets(bob, forward_no_answer="103")
    sets(eve, voicemail=True)
    call = dials(ann, "102")
    call.is_refused(LegFailure.NO_ANSWER, NO_ANSWER)
    story.restart()
    if answered:
        call.is_answered()
        assert eve.state == "OnCall"
        call.hangs_up()
    else:
        call.is_refused(LegFailure.NO_ANSWER, NO_ANSWER)
        assert call.hears("vm-intro")
        call.hangs_up()
    assert len(story.records()) == 1
    assert [person.state for person in (ann, bob, eve)] == ["Available"] * 3
