"""A member's telephone takes a talk over, answers a ringing call, or hears a talk; sides are muted and send digits."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.calls.errands import RING_SECONDS
from routing.calls.hangup import MEDIA_LOST
from routing.calls.stranded import SECONDS
from routing.events import Destination, LegFailure, LiveCall, LivePhase, Supervision
from routing.ids import CallId, TeamId, UserId
from tests.support.routing.phone_calls import dials, member, user_of
from tests.support.routing.story import CALLER, DID, Caller, HangUpOrder, Person, Story, hex_id

pytestmark = pytest.mark.unit
RING = CallId(hex_id(7, 91))


@pytest.fixture(params=HangUpOrder)
def story(request: pytest.FixtureRequest) -> Story:
    return Story(order=request.param)


def talk(story: Story, **settings: Any) -> tuple[Person, Person, Caller]:
    """Ann talks to a caller of the queue 1. Bob is a colleague."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    story.number(queue=story.queue(ann, **settings).id)
    call = story.calls_in()
    ann.answers()
    story.calls[RING] = Caller(story, RING)
    return ann, bob, call


def pull(story: Story, call: Caller, person: Person, *, answered: bool = True) -> None:
    story.happens(e.PullRequested(call.id, UserId(person.config.user), RING))
    if answered:
        story.happens(e.CallbackAnswered(RING))


# -- another telephone of the member takes the talk over ---------------------------------------------------------


@pytest.mark.parametrize("held", [False, True])
def test_a_talk_goes_on_at_another_telephone(story: Story, held: bool) -> None:
    ann, _, call = talk(story, wrap_up=10.0)
    story.advance(10)
    if held:
        story.happens(e.HoldRequested(call.id))
    pull(story, call, ann, answered=False)
    rung = story.last(c.RingMember)
    assert (rung.call, rung.phone, rung.shown, rung.answers, rung.near) == (
        RING,
        "phone1",
        CALLER,
        True,
        call.id,
    )
    assert ann.state == "OnCall"
    story.happens(e.CallbackAnswered(RING))
    taken = story.last(c.PickUp)
    assert (taken.call, taken.by, taken.agent, taken.own) == (call.id, RING, ann.id, False)
    assert taken.recording == f"recordings/{call.id}-2"
    assert (call.phase, ann.state, story.engine.call(RING)) == ("talking", "OnCall", None)
    story.advance(20)
    ann.hangs_up()
    (leg,) = call.record["legs"]
    assert (leg["recording"], leg["more_recordings"]) == (f"recordings/{call.id}-1", [taken.recording])
    assert (call.record["talk"], call.record["recordings"]) == (30.0, [leg["recording"], taken.recording])
    assert (ann.state, len(story.records())) == ("WrapUp", 1), "one talk, one record"


def test_who_called_goes_on_at_another_telephone(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.is_answered()
    story.calls[RING] = Caller(story, RING)
    pull(story, call, ann)
    taken = story.last(c.PickUp)
    assert (taken.own, taken.recording, taken.agent) == (True, None, None)
    call.colleague_hangs_up()
    assert [leg["kind"] for leg in call.record["legs"]] == ["caller", "member"]
    assert (ann.state, bob.state, len(story.records())) == ("Available", "Available", 1)


def test_a_telephone_that_does_not_answer_changes_nothing(story: Story) -> None:
    ann, _, call = talk(story)
    pull(story, call, ann, answered=False)
    story.happens(e.CallbackFailed(RING, LegFailure.NO_ANSWER))
    assert (call.phase, ann.state, story.engine.call(RING)) == ("talking", "OnCall", None)
    ann.hangs_up()
    assert len(story.records()) == 1


def test_a_telephone_of_which_nothing_is_told_is_given_up(story: Story) -> None:
    ann, _, call = talk(story)
    pull(story, call, ann, answered=False)
    story.advance(RING_SECONDS + 40)
    story.happens(e.CallbackFailed(RING, LegFailure.WITHDRAWN))
    assert (call.phase, story.engine.call(RING)) == ("talking", None)


def test_the_talk_is_over_when_the_other_telephone_answers(story: Story) -> None:
    ann, _, call = talk(story)
    pull(story, call, ann, answered=False)
    call.hangs_up()
    story.happens(e.CallbackAnswered(RING))
    assert (story.last(c.HangUp).call, story.all(c.PickUp)) == (RING, [])
    assert (ann.state, len(story.records())) == ("Available", 1)


def test_only_a_side_of_the_talk_moves_it(story: Story) -> None:
    _, bob, call = talk(story)
    pull(story, call, bob, answered=False)
    pull(story, call, bob, answered=False)
    assert story.all(c.RingMember) == []


def test_a_refused_pull_leaves_the_talk_as_it_is(story: Story) -> None:
    ann, _, call = talk(story)
    pull(story, call, ann)
    story.happens(e.CommandFailed(call.id, "PickUp", "the phone is gone"))
    assert (call.phase, ann.state) == ("talking", "OnCall")


# -- a telephone is lost -----------------------------------------------------------------------------------------


def loses(story: Story, call: Caller, person: Person) -> None:
    call.talks_to = None
    story.happens(e.AgentLegEnded(call.id, person.id, MEDIA_LOST))
    story.happens(e.CallReturned(call.id))


def test_the_caller_of_a_lost_telephone_waits_for_another_one(story: Story) -> None:
    ann, _, call = talk(story, music="jazz")
    loses(story, call, ann)
    assert (call.phase, ann.state, story.last(c.StartMusic).music) == ("stranded", "OnCall", "jazz")
    story.advance(10)
    pull(story, call, ann)
    assert (call.phase, story.last(c.PickUp).agent) == ("talking", ann.id)
    story.advance(10)
    ann.hangs_up()
    assert (call.record["talk"], len(call.record["legs"])) == (20.0, 1)
    assert (call.record["ended_by"], call.record["disposition"]) == ("agent", "answered")


def test_a_restart_finds_the_waiting_caller_with_somebody_else(story: Story) -> None:
    """The talk that waited for another telephone is over: it holds its agent no longer."""
    ann, _, call = talk(story)
    loses(story, call, ann)
    phones = tuple(e.PhoneStateChanged(it.config.phone, True) for it in story.people.values())
    story.happens(e.StateResynced((LiveCall(call.id, LivePhase.TALKING, DID, CALLER),), phones))
    assert (call.phase, ann.state) == ("connected", "Available")
    story.happens(e.CallHungUp(call.id))
    ended = [(leg["kind"], leg["ended_at"] is None) for leg in call.record["legs"]]
    assert ended == [("agent", False), ("number", False)]


@pytest.mark.parametrize("leg_first", [True, False])
def test_a_member_lets_their_telephone_go(story: Story, leg_first: bool) -> None:
    ann, bob, call = talk(story)
    story.happens(e.DetachRequested(call.id, UserId(bob.config.user)))
    assert call.phase == "talking", "it is not Bob's talk"
    story.happens(e.DetachRequested(call.id, UserId(ann.config.user)))
    assert story.last(c.TakeBack).call == call.id
    call.talks_to = None
    ended: list[e.Event] = [e.AgentLegEnded(call.id, ann.id), e.CallReturned(call.id)]
    for event in ended if leg_first else reversed(ended):
        story.happens(event)
    assert (call.phase, ann.state) == ("stranded", "OnCall")
    pull(story, call, ann)
    ann.hangs_up()
    assert (len(call.record["legs"]), ann.state) == (1, "Available")


@pytest.mark.parametrize("answers_first", [True, False])
def test_a_pull_need_not_wait_until_the_channel_is_back(story: Story, answers_first: bool) -> None:
    ann, _, call = talk(story)
    story.happens(e.DetachRequested(call.id, UserId(ann.config.user)))
    assert call.phase == "stranded", "for those who look"
    pull(story, call, ann, answered=False)
    call.talks_to = None
    story.happens(e.AgentLegEnded(call.id, ann.id))
    happens: list[e.Event] = [e.CallbackAnswered(RING), e.CallReturned(call.id)]
    for event in happens if answers_first else reversed(happens):
        story.happens(event)
    taken = story.last(c.PickUp)
    assert (taken.call, taken.by, call.phase, ann.state) == (call.id, RING, "talking", "OnCall")
    story.advance(30)
    assert (call.phase, story.engine.call(RING)) == ("talking", None)


def test_without_one_they_go_to_the_head_of_their_queue(story: Story) -> None:
    ann, _, call = talk(story)
    waits = [story.calls_in(), story.calls_in()]
    story.happens(e.AgentStatusSet(ann.id, e.AgentStatus.BREAK))
    loses(story, call, ann)
    story.advance(SECONDS + 0.1)
    queue = story.engine.queue(hex_id(4, 1), story.now)  # type: ignore[arg-type]
    assert queue is not None
    assert [it.call for it in queue.waiting] == [call.id, *(it.id for it in waits)]
    assert (call.phase, ann.state) == ("queued", "Break")
    ann.sets(e.AgentStatus.AVAILABLE)
    assert call.offered_to == (ann.id,)
    ann.answers()
    ann.hangs_up()
    assert [leg["agent"] for leg in call.record["legs"]] == [ann.id, ann.id]


def test_a_caller_hangs_up_while_they_wait_for_a_telephone(story: Story) -> None:
    ann, _, call = talk(story)
    loses(story, call, ann)
    call.hangs_up()
    assert (ann.state, call.record["disposition"], call.record["ended_by"]) == (
        "Available",
        "answered",
        "agent-lost",
    )


def test_a_waiting_caller_is_sent_on(story: Story) -> None:
    ann, bob, call = talk(story)
    loses(story, call, ann)
    story.happens(e.TransferRequested(call.id, Destination("agent", bob.id)))
    assert (call.offered_to, ann.state) == ((bob.id,), "Available")


def test_a_restart_finds_a_transfer_that_the_engine_forgot(story: Story) -> None:
    """The engine died after the command and before the journal. The request comes again."""
    ann, bob, call = talk(story)
    call.talks_to = None
    seen = LiveCall(call.id, LivePhase.CONTROLLED, DID, CALLER)
    phones = tuple(e.PhoneStateChanged(it.config.phone, True) for it in story.people.values())
    story.happens(e.StateResynced((seen,), phones))
    story.happens(e.TransferRequested(call.id, Destination("agent", bob.id)))
    assert (call.offered_to, ann.state) == ((bob.id,), "Available")
    bob.answers()
    story.happens(e.TransferRequested(call.id, Destination("agent", bob.id)))
    assert call.phase == "talking", "asked again, nothing happens"


# -- a colleague answers a ringing call ---------------------------------------------------------------------------


def ringing(story: Story) -> tuple[Person, Person, Caller]:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    story.number(queue=story.queue(ann).id)
    call = story.calls_in()
    story.calls[RING] = Caller(story, RING)
    return ann, bob, call


@pytest.mark.parametrize("how", ["code", "asked"])
def test_a_colleague_answers_a_queues_call(story: Story, how: str) -> None:
    ann, bob, call = ringing(story)
    if how == "code":
        dials(bob, "*8101")
    else:
        story.happens(e.PickUpRequested(call.id, UserId(bob.config.user), RING))
        story.happens(e.CallbackAnswered(RING))
    assert (call.phase, ann.state, bob.state) == ("talking", "Available", "OnCall")
    assert story.last(c.PickUp).agent == bob.id
    call.rung.clear()
    call.talks_to = bob.id
    bob.hangs_up()
    assert [(leg["agent"], leg["outcome"]) for leg in call.record["legs"]] == [
        (ann.id, "withdrawn"), (bob.id, "answered"),
    ]  # fmt: skip
    assert (call.record["stays"][0]["outcome"], len(story.records())) == ("answered", 1)


def test_a_colleague_answers_an_internal_call(story: Story) -> None:
    ann, bob, cid = member(story, "Ann"), member(story, "Bob"), member(story, "Cid")
    call = dials(ann, "102")
    call.rings()
    dials(cid, "*8102")
    assert (call.phase, bob.state, cid.state) == ("talking", "Available", "OnCall")
    cid.hangs_up()
    kinds = [(leg["kind"], leg["agent"], leg["outcome"]) for leg in call.record["legs"]]
    assert kinds == [("caller", ann.id, ""), ("member", bob.id, "withdrawn"), ("agent", cid.id, "answered")]


@pytest.mark.parametrize("dialled", ["*8101", "*8102", "*8199", "*8"])
def test_nothing_rings_there(story: Story, dialled: str) -> None:
    _, bob, _ = talk(story)
    call = dials(bob, dialled)
    assert call.hears("pbx-invalid")


def test_other_teams_answer_nothing(story: Story) -> None:
    ann, bob, call = ringing(story)
    other = user_of(bob, 2, "Bob")
    story.configure(type(other)(other.id, TeamId("0b" * 16), other.user, "Bob", other.extension, other.phone))
    dials(bob, "*8101")
    assert (call.phase, ann.state) == ("offering", "Ringing")


# -- supervisors ---------------------------------------------------------------------------------------------------


def supervises(story: Story, call: Caller, person: Person, mode: Supervision) -> None:
    story.happens(e.SuperviseRequested(call.id, mode, UserId(person.config.user), RING))


@pytest.mark.parametrize("mode", Supervision)
def test_a_supervisor_hears_a_talk_and_has_a_record_of_their_own(story: Story, mode: Supervision) -> None:
    ann, bob, call = talk(story)
    supervises(story, call, bob, mode)
    assert story.last(c.RingMember).phone == "phone2"
    story.happens(e.CallbackAnswered(RING))
    heard = story.last(c.Supervise)
    assert (heard.call, heard.of, heard.mode, bob.state) == (RING, call.id, mode.value, "OnCall")
    view = story.engine.call(RING)
    assert view is not None
    assert (view.state, view.supervises, view.supervision) == ("supervising", call.id, mode.value)
    story.advance(10)
    ann.hangs_up()
    story.happens(e.CallReturned(RING))
    record = story.calls[RING].record
    assert (record["direction"], record["caller"], record["did"]) == ("internal", "102", "101")
    assert [(step["type"], step["exit"]) for step in record["path"]] == [("supervise", mode.value)]
    assert (bob.state, len(call.record["legs"])) == ("Available", 1)


def test_a_supervisor_changes_how_they_take_part(story: Story) -> None:
    _, bob, call = talk(story)
    supervises(story, call, bob, Supervision.MONITOR)
    story.happens(e.CallbackAnswered(RING))
    supervises(story, call, bob, Supervision.BARGE)
    assert [it.mode for it in story.all(c.Supervise)] == ["monitor", "barge"]
    assert len(story.all(c.RingMember)) == 1
    story.calls[RING].hangs_up()
    assert [step["exit"] for step in story.calls[RING].record["path"]] == ["monitor", "barge"]


def test_a_supervisor_goes_on_hearing_a_talk_that_moved(story: Story) -> None:
    _, bob, call = talk(story)
    supervises(story, call, bob, Supervision.MONITOR)
    story.happens(e.CallbackAnswered(RING))
    story.advance(5)
    story.happens(e.CallReturned(RING))
    assert len(story.all(c.Supervise)) == 2
    story.happens(e.CommandFailed(RING, "Supervise", "no one talks"))
    assert story.last(c.HangUp).call == RING


def test_no_one_hears_a_call_that_does_not_talk(story: Story) -> None:
    _, bob, call = talk(story)
    story.happens(e.ParkRequested(call.id))
    supervises(story, call, bob, Supervision.MONITOR)
    assert story.all(c.RingMember) == []


# -- muted sides, digits -------------------------------------------------------------------------------------------


def muted(story: Story, call: Caller) -> list[bool]:
    view = story.engine.call(call.id)
    assert view is not None
    return [party.muted for party in view.parties]


def test_a_side_is_muted_and_heard_again(story: Story) -> None:
    ann, _, call = talk(story)
    by = UserId(ann.config.user)
    story.happens(e.MuteRequested(call.id, True, by))
    story.happens(e.MuteRequested(call.id, True, by))
    assert (story.all(c.MuteParty), muted(story, call)) == ([c.MuteParty(call.id, False, True)], [True])
    pull(story, call, ann)
    assert len(story.all(c.MuteParty)) == 2, "the other telephone is muted, too"
    story.happens(e.MuteRequested(call.id, False, by))
    assert (story.last(c.MuteParty).muted, muted(story, call)) == (False, [False])


def test_who_called_mutes_themselves(story: Story) -> None:
    ann, _ = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.is_answered()
    story.happens(e.MuteRequested(call.id, True, UserId(ann.config.user)))
    assert (story.last(c.MuteParty).caller, muted(story, call)) == (True, [True, False])


def test_the_other_side_hears_digits(story: Story) -> None:
    _, _, call = talk(story)
    story.happens(e.DigitsRequested(call.id, "12#"))
    assert story.last(c.SendDigits) == c.SendDigits(call.id, False, "12#")
