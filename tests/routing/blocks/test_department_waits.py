"""Departments as small call centers: waiting with music, ringing again, and where callers go in the end."""

from typing import Any

import pytest

from routing import commands as c
from routing.config import DepartmentConfig, RingType, UserConfig
from routing.events import LegFailure
from routing.ids import DepartmentId, MemberId, TeamId, UserId
from tests.support.routing.story import TEAM, Caller, Person, Story, block, hex_id

pytestmark = pytest.mark.unit

ONE, TWO = DepartmentId(hex_id(8, 1)), DepartmentId(hex_id(8, 2))


def department(
    story: Story,
    *people: Person,
    id: DepartmentId = ONE,
    kind: RingType = RingType.SIMULTANEOUS,
    team: TeamId = TEAM,
    **settings: Any,
) -> None:
    named = {f"callcenter_{name}": value for name, value in settings.items()}
    users = tuple(person.config.user for person in people)
    story.configure(DepartmentConfig(id, team, "Support", kind, users, **named))


def route(story: Story, exits: dict[str, str] | None = None, **settings: Any) -> None:
    story.route(
        "d",
        d=block("department", exits, department=ONE, **settings),
        gone=block("say", {"next": "end"}, text="gone"),
        end=block("hangup"),
    )


def nobody_answers(call: Caller) -> None:
    for person in [call.story.people[id] for id in call.offered_to]:
        person.misses()


def test_the_departments_own_times_and_music(story: Story) -> None:
    department(story, *story.agents("ann"), ring=12, hold_music="jazz")
    route(story)
    story.calls_in()
    assert (story.last(c.OfferCall).timeout, story.last(c.OfferCall).music) == (12.0, "jazz")
    route(story, timeout=30, music="rock")
    ann = next(iter(story.people.values()))
    ann.misses()
    story.calls_in()
    assert (story.last(c.OfferCall).timeout, story.last(c.OfferCall).music) == (30.0, "rock")


@pytest.mark.parametrize("kind", list(RingType))
def test_a_caller_waits_with_music_and_the_phones_ring_again(story: Story, kind: RingType) -> None:
    people = story.agents("ann", "ben")
    department(story, *people, kind=kind, max_time=60, hold_music="jazz")
    route(story, {"failed": "gone"})
    call = story.calls_in()
    while call.offered_to:
        nobody_answers(call)
    assert story.last(c.StartMusic) == c.StartMusic(call.id, "jazz")
    assert call.phase == "collecting"
    call.presses("1")
    assert call.phase == "collecting", "digits mean nothing here"
    story.restart()
    story.advance(5)
    assert call.phase == "offering"
    story.people[call.offered_to[0]].answers()
    assert call.phase == "talking"
    call.hangs_up()
    assert call.record["disposition"] == "answered"


def test_a_phone_that_becomes_free_is_rung(story: Story) -> None:
    (ann,) = story.agents("ann")
    ann.registers(busy=True)
    department(story, ann, max_time=60)
    route(story)
    call = story.calls_in()
    assert call.phase == "collecting"
    ann.registers()
    story.advance(5)
    assert call.offered_to == (ann.id,)


def test_the_longest_wait_ends(story: Story) -> None:
    (ann,) = story.agents("ann")
    ann.vanishes()
    department(story, ann, max_time=12)
    route(story, {"failed": "gone"})
    call = story.calls_in()
    story.advance(11.9)
    assert call.phase == "collecting"
    story.advance(0.2)
    assert call.says() == "gone"


def test_phones_do_not_ring_beyond_the_longest_wait(story: Story) -> None:
    department(story, *story.agents("ann"), ring=20, max_time=30)
    route(story, {"failed": "gone"})
    call = story.calls_in()
    story.advance(20)
    nobody_answers(call)
    story.advance(5)
    assert story.last(c.OfferCall).timeout == 5.0
    story.advance(5)
    nobody_answers(call)
    assert call.says() == "gone"


def passed_on(story: Story, to: str, **more: Any) -> Caller:
    """Let a caller come to a department that passes callers on, and whom nobody answers."""
    department(story, *story.agents("ann"), transfer_to=to, **more)
    route(story)
    call = story.calls_in()
    nobody_answers(call)
    return call


def test_a_caller_is_passed_on_to_a_queue(story: Story) -> None:
    queue = story.queue()
    call = passed_on(story, queue.id)
    assert call.phase == "queued"
    assert call.went() == [("d", "failed")]


def test_a_caller_is_passed_on_to_another_department(story: Story) -> None:
    ben = story.agent("ben")
    department(story, ben, id=TWO)
    assert passed_on(story, TWO).offered_to == (ben.id,)


@pytest.mark.parametrize("by", ["user", "extension"])
def test_a_caller_is_passed_on_to_a_colleague(story: Story, by: str) -> None:
    ben = story.agent("ben")
    member = UserConfig(MemberId(hex_id(9, 1)), TEAM, ben.config.user, "Ben", extension="102", phone="phone1")
    story.configure(member)
    call = passed_on(story, ben.config.user if by == "user" else "102")
    assert call.offered_to == (ben.id,)


def test_a_caller_is_passed_on_to_an_outside_number_that_may_be_dialled(story: Story) -> None:
    story.may_dial()
    passed_on(story, "+14165550177")
    assert story.last(c.DialOut).number == "+14165550177"


def test_nothing_outside_is_dialled_unless_it_is_allowed(story: Story) -> None:
    call = passed_on(story, "+14165550177")
    assert story.all(c.DialOut) == []
    assert call.hears("please-try-call-later")


def test_nobody_is_passed_on_to_what_is_another_teams(story: Story) -> None:
    others = TeamId(hex_id(1, 2))
    department(story, id=TWO, team=others)
    story.configure(UserConfig(MemberId(hex_id(9, 2)), others, UserId(hex_id(3, 9)), "X", extension="109"))
    call = passed_on(story, TWO)
    assert call.hears("please-try-call-later")
    assert passed_on(story, "109").hears("please-try-call-later")


def test_who_waited_in_vain_may_leave_a_message(story: Story) -> None:
    (ann,) = story.agents("ann")
    ann.vanishes()
    department(story, ann, max_time=10)
    route(story)
    call = story.calls_in()
    story.advance(10)
    call.listens()
    call.speaks(4.0)
    (message,) = story.all(c.LogVoicemail)
    assert (message.record["mailbox_kind"], message.record["mailbox"]) == ("department", ONE)


def test_a_route_that_says_where_to_go_decides(story: Story) -> None:
    queue = story.queue()
    department(story, *story.agents("ann"), transfer_to=queue.id)
    route(story, {"failed": "gone"})
    call = story.calls_in()
    nobody_answers(call)
    assert call.says() == "gone"


def test_a_caller_who_hangs_up_while_waiting_abandoned(story: Story) -> None:
    (ann,) = story.agents("ann")
    ann.vanishes()
    department(story, ann, max_time=60)
    route(story)
    call = story.calls_in()
    story.advance(7)
    call.hangs_up()
    assert call.record["disposition"] == "abandoned"
    assert not [timer for timer in story.engine.timers if timer.startswith(call.id)]


def test_departments_that_pass_callers_round_come_to_an_end(story: Story) -> None:
    department(story, id=TWO, transfer_to=ONE)
    department(story, transfer_to=TWO)
    route(story)
    call = story.calls_in()
    call.listens()
    assert call.phase in ("ending", "over")


def test_a_phone_refuses(story: Story) -> None:
    ann, ben = story.agents("ann", "ben")
    department(story, ann, ben, kind=RingType.SEQUENTIAL, max_time=60)
    route(story)
    call = story.calls_in()
    ann.misses(LegFailure.REJECTED)
    assert call.offered_to == (ben.id,)
