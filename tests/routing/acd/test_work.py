"""Conversations as work: they wait, are offered by skill and turn, accepted, declined, transferred and closed."""

from dataclasses import dataclass
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import QueueConfig, QueueMember, SkillNeed, Strategy
from routing.events import AgentStatus
from routing.ids import AgentId, CallId
from tests.support.routing.story import TEAM, Person, Story, hex_id

pytestmark = pytest.mark.unit


@dataclass
class Talk:
    """A conversation, as a story tells of it."""

    story: Story
    id: CallId

    @classmethod
    def enters(cls, story: Story, queue: QueueConfig, number: int = 1, **more: Any) -> "Talk":
        talk = cls(story, CallId(hex_id(11, number)))
        story.happens(e.WorkEntered(talk.id, TEAM, queue.id, **more))
        return talk

    @property
    def offered_to(self) -> AgentId | None:
        return next((id for id, work in self._work() if work.get(self.id) is False), None)

    @property
    def accepted_by(self) -> AgentId | None:
        return next((id for id, work in self._work() if work.get(self.id)), None)

    def _work(self) -> list[tuple[AgentId, dict[CallId, bool]]]:
        views = [(id, self.story.engine.agent(id)) for id in self.story.engine.agent_ids()]
        return [(id, view.work) for id, view in views if view is not None]

    def is_accepted(self, by: Person) -> None:
        self.story.happens(e.WorkAccepted(self.id, by.id))

    def is_declined(self, by: Person) -> None:
        self.story.happens(e.WorkDeclined(self.id, by.id))

    def is_sent(self, kind: str, id: str) -> None:
        self.story.happens(e.WorkTransferred(self.id, e.Destination(kind, id)))

    def is_closed(self) -> None:
        self.story.happens(e.WorkClosed(self.id))

    @property
    def records(self) -> list[dict[str, Any]]:
        return [it.record for it in self.story.all(c.LogWork) if it.record["item"] == self.id]


def today(story: Story, queue: QueueConfig) -> Any:
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    assert view.work is not None
    return view.work.today


# -- offers --------------------------------------------------------------------------------------------------


def test_a_conversation_is_offered_and_accepted(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    talk = Talk.enters(story, queue)
    offer = story.last(c.OfferWork)
    assert (offer.item, offer.agent, offer.until) == (talk.id, ann.id, story.now + 20)
    assert not story.all(c.OfferCall)
    story.advance(3)
    talk.is_accepted(ann)
    assert (talk.offered_to, talk.accepted_by) == (None, ann.id)
    [record] = talk.records
    assert (record["state"], record["agent"], record["queue"]) == ("accepted", ann.id, queue.id)
    assert [(it["outcome"], it["wait"], it["agent"]) for it in record["stays"]] == [("answered", 3.0, ann.id)]
    assert [it["agents"] for it in record["decisions"]] == [[ann.id]]


def test_no_telephone_is_needed(story: Story) -> None:
    ann = story.agent("Ann", available=False)
    ann.sets(AgentStatus.AVAILABLE)
    talk = Talk.enters(story, story.queue(ann))
    assert talk.offered_to == ann.id


def test_nobody_is_offered_more_than_their_capacity(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    talks = [Talk.enters(story, queue, number) for number in range(1, 5)]
    assert [talk.offered_to for talk in talks] == [ann.id, None, None, None], "one at a time"
    for talk in talks:
        talk.is_accepted(ann)
    assert [talk.accepted_by for talk in talks] == [ann.id, ann.id, ann.id, None]
    talks[1].is_closed()
    assert talks[3].offered_to == ann.id


def test_the_weight_is_the_queues(story: Story) -> None:
    ann = story.agent("Ann", capacity=2)
    queue = story.queue(ann, work_weight=1.0)
    talks = [Talk.enters(story, queue, number) for number in range(1, 4)]
    for talk in talks:
        talk.is_accepted(ann)
    assert [talk.accepted_by for talk in talks] == [ann.id, ann.id, None]
    story.queue(ann, work_weight=0.1)
    assert talks[2].offered_to is None, "those that are there weigh what they did"
    talks[0].is_closed()
    assert talks[2].offered_to == ann.id


def test_who_talks_gets_none_and_who_has_one_is_not_rung(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    story.number(queue=queue.id)
    call = story.calls_in()
    ann.answers(call)
    talk = Talk.enters(story, queue)
    assert talk.offered_to is None
    ann.hangs_up()
    assert talk.offered_to == ann.id
    talk.is_accepted(ann)
    other = story.calls_in()
    assert other.offered_to == ()
    talk.is_closed()
    assert other.offered_to == (ann.id,)


def test_a_higher_capacity_has_room_for_a_call_beside_conversations(story: Story) -> None:
    ann = story.agent("Ann", capacity=2)
    queue = story.queue(ann)
    story.number(queue=queue.id)
    talk = Talk.enters(story, queue)
    talk.is_accepted(ann)
    call = story.calls_in()
    assert call.offered_to == (ann.id,)
    ann.answers(call)
    assert story.calls_in().offered_to == ()
    assert Talk.enters(story, queue, 2).offered_to == ann.id


def test_a_private_call_keeps_conversations_away(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    ann.registers(busy=True)
    talk = Talk.enters(story, queue)
    assert talk.offered_to is None
    ann.registers()
    assert talk.offered_to == ann.id


def test_the_one_with_the_most_room_is_asked_first(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob, strategy=Strategy.LINEAR)
    Talk.enters(story, queue).is_accepted(ann)
    assert Talk.enters(story, queue, 2).offered_to == bob.id


def test_turns_are_taken_over_conversations_too(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob, strategy=Strategy.ROUND_ROBIN)
    first = Talk.enters(story, queue)
    first.is_accepted(ann)
    first.is_closed()
    assert Talk.enters(story, queue, 2).offered_to == bob.id


def test_skills_and_levels_that_fall_count(story: Story) -> None:
    ann = story.agent("Ann")
    story.queue(ann)
    queue = story.queue(members=(QueueMember(ann.id, skills=(("de", 20),)),))
    talk = Talk.enters(story, queue, needs=(SkillNeed("de", 50),))
    assert talk.offered_to is None
    other = Talk.enters(story, queue, 2, needs=(SkillNeed("de", 20),))
    assert other.offered_to == ann.id


def test_a_contact_comes_back_to_who_helped_them(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob, sticky_wait=60.0, strategy=Strategy.LINEAR)
    first = Talk.enters(story, queue, customer="maria")
    first.is_accepted(ann)
    Talk.enters(story, queue, 2, customer="other").is_accepted(bob)
    first.is_closed()
    story.restart()
    assert Talk.enters(story, queue, 3, customer="maria").offered_to == ann.id


def test_callers_and_conversations_stand_in_one_order(story: Story) -> None:
    ann = story.agent("Ann", available=False)
    queue = story.queue(ann, work_weight=1.0)
    story.number(queue=queue.id)
    first = Talk.enters(story, queue)
    story.advance(1)
    call = story.calls_in()
    story.advance(1)
    second = Talk.enters(story, queue, 2)
    ann.registers()
    ann.sets(AgentStatus.AVAILABLE)
    assert (first.offered_to, call.offered_to, second.offered_to) == (ann.id, (), None)
    first.is_accepted(ann)
    first.is_closed()
    assert (call.offered_to, second.offered_to) == ((ann.id,), None)


# -- offers that are not accepted ------------------------------------------------------------------------------


def test_who_declines_is_asked_again_last(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob, strategy=Strategy.LINEAR)
    talk = Talk.enters(story, queue)
    talk.is_declined(ann)
    assert story.last(c.WithdrawWork).agent == ann.id
    assert talk.offered_to == bob.id


def test_an_offer_ends_after_the_time_of_a_ring(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob, strategy=Strategy.LINEAR, ring_timeout=10.0)
    talk = Talk.enters(story, queue)
    story.advance(10)
    assert talk.offered_to == bob.id
    talk.is_accepted(ann)
    assert talk.accepted_by is None, "too late"


def test_who_lets_offers_pass_is_set_away(story: Story) -> None:
    ann = story.agent("Ann")
    talk = Talk.enters(story, story.queue(ann, missed_limit=2))
    story.advance(40)
    assert (ann.state, talk.offered_to) == ("Away", None)
    ann.sets(AgentStatus.AVAILABLE)
    assert talk.offered_to == ann.id


def test_a_status_takes_the_offer_back(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob, strategy=Strategy.LINEAR)
    talk = Talk.enters(story, queue)
    ann.sets(AgentStatus.BREAK)
    assert talk.offered_to == bob.id
    bob.sets(AgentStatus.BREAK, queue)
    assert talk.offered_to is None
    ann.sets(AgentStatus.AVAILABLE)
    assert talk.offered_to == ann.id
    story.queue(bob, strategy=Strategy.LINEAR)
    assert talk.offered_to is None


def test_what_was_accepted_stays_whatever_the_status(story: Story) -> None:
    ann = story.agent("Ann")
    talk = Talk.enters(story, story.queue(ann))
    talk.is_accepted(ann)
    ann.sets(AgentStatus.OFFLINE)
    assert talk.accepted_by == ann.id


# -- transfers and the end -------------------------------------------------------------------------------------


def test_a_transfer_gives_it_to_the_agent_at_once(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann)
    talk = Talk.enters(story, queue)
    talk.is_accepted(ann)
    story.advance(5)
    talk.is_sent("agent", bob.id)
    assert talk.accepted_by == bob.id
    assert (talk.records[-1]["state"], talk.records[-1]["agent"]) == ("accepted", bob.id)
    assert [it["talk"] for it in talk.records[-1]["stays"]] == [5.0]
    talk.is_sent("agent", hex_id(2, 99))
    assert talk.accepted_by == bob.id


def test_a_transfer_to_a_queue_waits_there(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    first, second = story.queue(ann), story.queue(bob, number=2)
    talk = Talk.enters(story, first)
    story.advance(2)
    talk.is_sent("queue", second.id)
    assert talk.offered_to == bob.id
    [record] = talk.records
    assert [(it["queue"], it["outcome"], it["passed_to"]) for it in record["stays"]] == [
        (first.id, "passed-on", "queue"),
        (second.id, "waiting", ""),
    ]
    assert (today(story, first).passed_on, today(story, second).waiting) == (1, 1)


def test_a_transfer_ends_the_offer_that_goes_on(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    talk = Talk.enters(story, story.queue(ann))
    talk.is_sent("agent", bob.id)
    assert story.last(c.WithdrawWork).agent == ann.id
    assert (talk.offered_to, talk.accepted_by) == (None, bob.id)


def test_closing_frees_the_agent_and_counts_the_time(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    talk = Talk.enters(story, queue)
    story.advance(4)
    talk.is_accepted(ann)
    story.advance(60)
    talk.is_closed()
    talk.is_closed()
    assert [record["state"] for record in talk.records] == ["accepted", "closed"]
    assert talk.records[-1]["stays"][0]["talk"] == 60.0
    figures = today(story, queue)
    assert (figures.offered, figures.answered, figures.asa, figures.average_talk) == (1, 1, 4.0, 60.0)


def test_what_is_closed_while_it_waits_has_left(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    talk = Talk.enters(story, queue)
    talk.is_closed()
    assert story.last(c.WithdrawWork).agent == ann.id
    assert [(it["outcome"], it["exit"]) for it in talk.records[-1]["stays"]] == [("left", "closed")]
    assert today(story, queue).left == 1


def test_figures_of_calls_know_nothing_of_conversations(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    Talk.enters(story, queue).is_accepted(ann)
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    assert view.today.offered == 0
    assert view.waiting == ()


def test_the_agent_who_is_gone_leaves_it_to_the_others(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob, strategy=Strategy.LINEAR)
    talk = Talk.enters(story, queue)
    talk.is_accepted(ann)
    story.remove(ann.id)
    assert talk.offered_to == bob.id
    assert talk.records[-1]["state"] == "waiting"
    story.remove(bob.id)
    assert talk.offered_to is None


def test_a_queue_that_is_gone_closes_what_waits_in_it(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    kept, waits = Talk.enters(story, queue), Talk.enters(story, queue, 2)
    kept.is_accepted(ann)
    story.remove(queue.id)
    assert waits.records[-1]["state"] == "closed"
    assert waits.records[-1]["stays"][0]["exit"] == "queue-removed"
    assert kept.accepted_by == ann.id
    kept.is_closed()
    late = Talk.enters(story, queue, 3)
    assert late.records[-1]["state"] == "closed"


# -- a start ---------------------------------------------------------------------------------------------------


def test_a_restart_changes_nothing(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    talks = [Talk.enters(story, queue, number) for number in range(1, 4)]
    talks[0].is_accepted(ann)
    story.restart()
    assert [talk.offered_to for talk in talks] == [None, ann.id, None]
    assert talks[0].accepted_by == ann.id
    talks[1].is_accepted(ann)
    assert talks[2].offered_to == ann.id


def test_what_the_database_has_enters_again(story: Story) -> None:
    ann, bob = story.agents("Ann", "Bob")
    queue = story.queue(ann, bob, strategy=Strategy.LINEAR)
    mine = Talk.enters(story, queue, agent=ann.id, stays=1)
    assert mine.accepted_by == ann.id
    assert mine.records == []
    waits = Talk.enters(story, queue, 2, since=story.now - 60, stays=2)
    Talk.enters(story, queue, 2)
    assert waits.offered_to == bob.id
    waits.is_accepted(bob)
    assert [stay["number"] for stay in waits.records[-1]["stays"]] == [3]
    mine.is_closed()
    assert mine.records[-1]["stays"] == []
