"""Adoption: Asterisk's list of live calls is compared with the core's memory, in every combination."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.calls.stranded import LOOK
from routing.events import AgentStatus, LiveCall, LivePhase
from routing.ids import AgentId, CallId
from tests.support.routing.story import CALLER, DID, Caller, Person, Story, block

pytestmark = pytest.mark.unit


@pytest.fixture
def manual() -> Story:
    return Story(manual=True)


def live(
    call: CallId, phase: LivePhase, *, agent: AgentId | None = None, ringing: tuple[AgentId, ...] = ()
) -> LiveCall:
    return LiveCall(call, phase, DID, CALLER, entered_at=1.0, agent=agent, ringing=ringing)


def resync(story: Story, *calls: LiveCall, lost: tuple[CallId, ...] | None = None) -> list[c.Command]:
    phones = tuple(e.PhoneStateChanged(person.config.phone, True) for person in story.people.values())
    return story.happens(e.StateResynced(calls, phones, lost))


def offered(story: Story) -> tuple[Caller, Person]:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, wrap_up=10).id)
    return story.calls_in(), ann


def talking(story: Story) -> tuple[Caller, Person]:
    call, ann = offered(story)
    ann.answers()
    story.advance(5)
    return call, ann


def test_an_unknown_waiting_call_enters(manual: Story) -> None:
    manual.number(queue=manual.queue().id)
    call = manual.call()
    resync(manual, live(call.id, LivePhase.CONTROLLED))
    assert call.phase == "queued"


def test_an_unknown_talk_is_adopted_and_logged(manual: Story) -> None:
    ann = manual.agent("ann")
    manual.number(queue=manual.queue(ann).id)
    call = manual.call()
    resync(manual, live(call.id, LivePhase.TALKING, agent=ann.id))
    assert (call.phase, ann.state) == ("talking", "OnCall")
    manual.advance(20)
    manual.happens(e.CallHungUp(call.id))
    manual.happens(e.AgentLegEnded(call.id, ann.id))
    assert (call.record["talk"], call.record["agent"], call.record["started_at"]) == (20.0, ann.id, 1.0)


def test_an_unknown_ring_holds_the_phone_and_enters_the_route_on_return(manual: Story) -> None:
    ann = manual.agent("ann")
    manual.number(queue=manual.queue(ann).id)
    call = manual.call()
    resync(manual, live(call.id, LivePhase.DIALING, ringing=(ann.id,)))
    assert (call.phase, ann.state) == ("offering", "Ringing")
    manual.advance(3)
    manual.happens(e.OfferFailed(call.id, ann.id, e.LegFailure.NO_ANSWER))
    call.returns()
    assert call.offers == [(ann.id,)]


def test_a_known_call_that_is_not_listed_has_hung_up(manual: Story) -> None:
    call, ann = talking(manual)
    resync(manual)
    assert (call.phase, ann.state) == ("over", "WrapUp")
    assert call.record["talk"] == 5.0


def test_only_lost_calls_are_gone_when_one_node_resyncs(manual: Story) -> None:
    first, _ = offered(manual)
    second = manual.calls_in()
    resync(manual, lost=(second.id,))
    assert (first.phase, second.phase) == ("offering", "over")


def test_an_offer_that_ended_unseen_is_made_again_with_the_same_clock(manual: Story) -> None:
    call, ann = offered(manual)
    manual.advance(30)
    resync(manual, live(call.id, LivePhase.CONTROLLED))
    manual.advance(30)
    view = manual.engine.call(call.id)
    assert view is not None
    assert len(call.offers) > 1
    assert view.joined_at == manual.now - 60
    assert ann.state == "Ringing"


def test_an_offer_that_was_answered_unseen_is_a_talk(manual: Story) -> None:
    call, ann = offered(manual)
    resync(manual, live(call.id, LivePhase.TALKING, agent=ann.id))
    assert (call.phase, ann.state) == ("talking", "OnCall")


def test_an_offer_that_still_rings_rings_on(manual: Story) -> None:
    call, ann = offered(manual)
    resync(manual, live(call.id, LivePhase.DIALING, ringing=(ann.id,)))
    assert (call.phase, call.offered_to) == ("offering", (ann.id,))
    assert len(call.offers) == 1


def test_a_talk_that_ended_unseen_ends_the_call_and_begins_the_wrap_up(manual: Story) -> None:
    call, ann = talking(manual)
    resync(manual, live(call.id, LivePhase.CONTROLLED))
    manual.advance(LOOK)  # a request that was under way may come again
    assert manual.last(c.HangUp).call == call.id
    assert (call.phase, ann.state) == ("ending", "WrapUp")


def test_a_talk_goes_on_untouched(manual: Story) -> None:
    call, ann = talking(manual)
    commands = resync(manual, live(call.id, LivePhase.TALKING, agent=ann.id))
    assert not [command for command in commands if not isinstance(command, c.Publish)]
    assert ann.state == "OnCall"


def test_a_talk_with_another_agent_moves_the_call(manual: Story) -> None:
    call, ann = talking(manual)
    bob = manual.agent("bob")
    resync(manual, live(call.id, LivePhase.TALKING, agent=bob.id))
    assert (ann.state, bob.state, call.phase) == ("WrapUp", "OnCall", "talking")


def test_waiting_calls_keep_order_and_clocks_and_get_their_music_back(manual: Story) -> None:
    queue = manual.queue()
    manual.number(queue=queue.id)
    calls = []
    for _ in range(3):
        calls.append(manual.calls_in())
        manual.advance(5)
    manual.restart()
    commands = resync(manual, *(live(call.id, LivePhase.CONTROLLED) for call in reversed(calls)))
    assert len([command for command in commands if isinstance(command, c.StartMusic)]) == 3
    view = manual.engine.queue(queue.id, manual.now)
    assert view is not None
    assert [w.call for w in view.waiting] == [call.id for call in calls]
    assert view.longest_wait == 15.0


def test_a_prompt_is_begun_again(manual: Story) -> None:
    manual.route("m", m=block("menu", {"1": "b"}, sound="hello"), b=block("hangup"))
    call = manual.calls_in()
    commands = resync(manual, live(call.id, LivePhase.CONTROLLED))
    assert [type(x) for x in commands if isinstance(x, (c.StopPlay, c.Play))] == [c.StopPlay, c.Play]
    call.presses("1")
    assert [step["block"] for step in manual_record(call)["path"]] == ["m", "b"]


def manual_record(call: Caller) -> dict[str, Any]:
    call.story.happens(e.CallHungUp(call.id))
    return call.record


def test_statuses_and_wrap_up_survive_a_restart(manual: Story) -> None:
    call, ann = talking(manual)
    bob = manual.agent("bob")
    bob.sets(AgentStatus.BREAK, reason="lunch")
    manual.happens(e.AgentLegEnded(call.id, ann.id))
    manual.restart()
    resync(manual)
    assert (ann.state, bob.state) == ("WrapUp", "Break")
    manual.advance(10)
    assert ann.state == "Available"


def test_a_phone_that_is_not_listed_is_not_rung(manual: Story) -> None:
    ann = manual.agent("ann")
    manual.number(queue=manual.queue(ann).id)
    manual.happens(e.StateResynced(()))
    assert not manual.calls_in().offers


def test_an_outside_line_that_answered_and_one_that_ended_unseen(manual: Story) -> None:
    manual.may_dial()
    manual.route("out", out=block("number", number="+14165550111"))
    call = manual.calls_in()
    resync(manual, live(call.id, LivePhase.TALKING))
    assert call.phase == "connected"
    resync(manual, live(call.id, LivePhase.CONTROLLED))
    manual.advance(LOOK)  # a request that was under way may come again
    assert manual.last(c.HangUp).call == call.id
