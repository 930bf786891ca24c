"""A member's phone calls a colleague's extension."""

from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import RecordingPolicy, TeamConfig
from routing.events import AgentStatus, LegFailure, LiveCall, LivePhase
from routing.ids import CallId
from tests.support.routing.phone_calls import dials, member, user_of
from tests.support.routing.story import TEAM, HangUpOrder, Story, hex_id

pytestmark = pytest.mark.unit

BUSY, NO_ANSWER, REJECTED, CONGESTION, NOT_FOUND, ABSENT = 17, 19, 21, 42, 1, 20


@pytest.fixture(params=HangUpOrder)
def story(request: pytest.FixtureRequest) -> Story:
    return Story(order=request.param)


def legs(record: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """Return kind, number and outcome of each party."""
    return [(leg["kind"], leg["number"], leg["outcome"]) for leg in record["legs"]]


def test_the_colleagues_phones_ring_and_both_are_on_the_call(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    ring = story.last(c.RingExtension)
    assert (ring.call, ring.phones) == (call.id, (bob.config.phone,))
    call.rings()
    assert (ann.state, bob.state) == ("OnCall", "Ringing")
    story.advance(3)
    call.is_answered()
    assert (ann.state, bob.state, call.phase) == ("OnCall", "OnCall", "connected")
    story.advance(20)
    call.hangs_up()
    assert (ann.state, bob.state) == ("Available", "Available")
    record = call.record
    assert (record["direction"], record["caller"], record["caller_name"], record["did"]) == (
        "internal", "101", "Ann", "102",
    )  # fmt: skip
    assert (record["disposition"], record["talk"]) == ("answered", 20.0)
    # Only the announcement tells it from a colleague who hangs up.
    assert record["ended_by"] == ("agent" if story.order is HangUpOrder.LEGS_FIRST else "caller")
    assert legs(record) == [("caller", "101", ""), ("member", "102", "answered")]
    assert [leg["member"] for leg in record["legs"]] == [hex_id(8, 1), hex_id(8, 2)]
    assert [leg["agent"] for leg in record["legs"]] == [ann.id, bob.id]
    assert all(leg["ended_at"] is not None for leg in record["legs"])


def test_the_colleague_hangs_up(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.is_answered()
    call.colleague_hangs_up()
    assert (call.record["ended_by"], call.record["disposition"]) == ("agent", "answered")
    assert (ann.state, bob.state) == ("Available", "Available")


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (LegFailure.BUSY, BUSY),
        (LegFailure.NO_ANSWER, NO_ANSWER),
        (LegFailure.REJECTED, REJECTED),
        (LegFailure.UNREACHABLE, ABSENT),
    ],
)
def test_the_colleague_does_not_answer(story: Story, reason: LegFailure, cause: int) -> None:
    """Asterisk hangs up with the phone's own cause. The colleague is not set away: it was no offer of a queue."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    for _ in range(4):
        call = dials(ann, "102")
        call.rings()
        call.is_refused(reason, cause)
        record = call.record
        assert (record["disposition"], record["hangup_cause"], record["ended_by"]) == (
            "missed",
            cause,
            "agent",
        )
        assert legs(record)[1] == ("member", "102", str(reason))
        assert (ann.state, bob.state) == ("Available", "Available")
    assert story.all(c.HangUp) == []


def test_the_caller_gives_up_while_it_rings(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.rings()
    call.hangs_up()
    assert (call.record["disposition"], call.record["ended_by"]) == ("abandoned", "caller")
    assert legs(call.record)[1] == ("member", "102", "caller-gone")
    assert (ann.state, bob.state) == ("Available", "Available")


@pytest.mark.parametrize(
    ("dialled", "cause", "disposition"),
    [("199", NOT_FOUND, "not_in_service"), ("101", BUSY, "missed"), ("102", ABSENT, "missed")],
    ids=["unknown", "own", "not-registered"],
)
def test_an_extension_that_cannot_be_rung(story: Story, dialled: str, cause: int, disposition: str) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    bob.vanishes()
    call = dials(ann, dialled)
    assert (call.record["hangup_cause"], call.record["disposition"]) == (cause, disposition)
    assert call.record["ended_by"] == "system"
    assert story.all(c.RingExtension) == []
    assert ann.state == "Available"


def test_a_phone_that_is_nobodys_is_refused(story: Story) -> None:
    ann = story.agent("Ann")
    call = dials(ann, "102")
    assert (call.record["hangup_cause"], call.record["team"]) == (REJECTED, None)


def test_a_status_for_queues_does_not_matter_to_colleagues(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    bob.sets(AgentStatus.AWAY)
    call = dials(ann, "102")
    call.is_answered()
    assert bob.state == "OnCall"
    call.colleague_hangs_up()
    assert bob.state == "Away"


@pytest.mark.parametrize("who", [0, 1], ids=["caller", "colleague"])
def test_who_talks_to_a_colleague_gets_no_queue_call(story: Story, who: int) -> None:
    people = [member(story, "Ann"), member(story, "Bob")]
    story.number(queue=story.queue(people[who], wrap_up=30.0).id)
    call = dials(people[0], "102")
    customer = story.calls_in()
    assert customer.phase == "queued", "from the first ring on"
    call.is_answered()
    story.advance(60)
    assert customer.phase == "queued"
    call.hangs_up()
    assert customer.offered_to == (people[who].id,), "there is no wrap-up after a colleague"


def test_the_order_of_the_longest_idle_stays(story: Story) -> None:
    """A call to a colleague is no call of a queue."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    story.number(queue=story.queue(ann, bob).id)
    story.advance(10)
    call = dials(ann, "102")
    call.is_answered()
    story.advance(10)
    call.hangs_up()
    assert story.calls_in().offered_to == (ann.id,)


@pytest.mark.parametrize(
    ("policy", "recorded"),
    [
        (RecordingPolicy.ALL, True), (RecordingPolicy.NONE, False), (RecordingPolicy.NOTICE, False),
        (RecordingPolicy.ON_DEMAND, False),
    ],
)  # fmt: skip
def test_the_teams_policy_says_whether_it_is_recorded(policy: RecordingPolicy, recorded: bool) -> None:
    """Under `notice` nothing is recorded: no notice is played to colleagues."""
    story = Story()
    story.configure(TeamConfig(TEAM, "Team", recording=policy))
    ann, _ = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    base = story.last(c.RingExtension).recording
    assert base == (f"recordings/{call.id}-1" if recorded else None)
    call.is_answered()
    view = story.engine.call(call.id)
    assert view is not None
    assert view.recording == ("on" if recorded else "off" if policy is RecordingPolicy.ON_DEMAND else "")
    call.hangs_up()
    assert call.record["recordings"] == ([base] if recorded else [])
    assert call.record["legs"][1]["recording"] == base


def test_a_full_node_refuses(story: Story) -> None:
    ann, _ = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102", load=2.0)
    assert (call.record["disposition"], call.record["hangup_cause"]) == ("refused", CONGESTION)
    assert ann.state == "Available"


def test_a_manager_ends_the_call(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.is_answered()
    story.happens(e.HangUpRequested(call.id))
    story.flush()
    assert call.record["ended_by"] == "system"
    assert (ann.state, bob.state) == ("Available", "Available")


def test_a_suspended_team_calls_nobody(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.is_answered()
    story.configure(TeamConfig(TEAM, "Team", suspended=True))
    story.flush()
    assert (ann.state, bob.state) == ("Available", "Available")
    assert call.record["ended_by"] == "system"
    assert dials(ann, "102").record["hangup_cause"] == REJECTED


@pytest.mark.parametrize("who", [0, 1])
def test_the_call_of_a_suspended_user_is_hung_up(story: Story, who: int) -> None:
    people = [member(story, "Ann"), member(story, "Bob")]
    call = dials(people[0], "102")
    call.is_answered()
    story.configure(user_of(people[who], who + 1, "Gone", suspended=True))
    story.flush()
    assert call.record["ended_by"] == "system"


def test_a_member_without_an_agent_is_called(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    story.remove(bob.id)
    call = dials(ann, "102")
    call.is_answered()
    call.hangs_up()
    assert [leg["agent"] for leg in call.record["legs"]] == [ann.id, None]


def test_an_agent_who_is_removed_in_the_talk_is_forgotten_with_its_end(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    call.is_answered()
    story.remove(ann.id, bob.id)
    assert set(story.engine.agent_ids()) == {ann.id, bob.id}
    call.hangs_up()
    assert story.engine.agent_ids() == []


# -- the engine dies and comes back --------------------------------------------------------------------------


def resyncs(story: Story, call: CallId, phase: LivePhase | None, phone: str = "phone1") -> None:
    """Restart the engine from its snapshot. Then it hears from Asterisk where the call is; None: it is gone."""
    story.restart()
    phones = tuple(e.PhoneStateChanged(person.config.phone, True) for person in story.people.values())
    seen = () if phase is None else (LiveCall(call, phase, "102", "101", "Ann", phone=phone),)
    story.happens(e.StateResynced(seen, phones, () if seen else (call,)))


@pytest.mark.parametrize("before", ["entered", "ringing", "talking"])
@pytest.mark.parametrize("after", [LivePhase.DIALING, LivePhase.TALKING, None], ids=str)
def test_a_restart_at_any_step_takes_the_call_over(
    story: Story, before: str, after: LivePhase | None
) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    if before != "entered":
        call.rings()
    if before == "talking":
        call.is_answered()
        after = after and LivePhase.TALKING
    resyncs(story, call.id, after)
    if after is not None:
        assert (ann.state, bob.state) == ("OnCall", "OnCall" if after is LivePhase.TALKING else "Ringing")
        if after is LivePhase.DIALING:
            call.is_answered()
        call.connected = True
        call.hangs_up()
        assert call.record["disposition"] == "answered"
    assert (ann.state, bob.state) == ("Available", "Available")
    assert len(story.records()) == 1


@pytest.mark.parametrize("phase", [LivePhase.CONTROLLED, LivePhase.DIALING, LivePhase.TALKING], ids=str)
def test_a_call_that_no_engine_saw_is_adopted_and_logged_once(story: Story, phase: LivePhase) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    story.engine, other = Story().engine, story.engine
    assert other.call(call.id) is not None
    for config in (ann, bob):
        story.configure(config.config)
    story.configure(TeamConfig(TEAM, "Team"), user_of(ann, 1, "Ann"), user_of(bob, 2, "Bob"))
    resyncs(story, call.id, phase)
    assert len(story.all(c.RingExtension)) == (2 if phase is LivePhase.CONTROLLED else 1)
    if phase is not LivePhase.TALKING:
        call.is_answered()
    call.connected = True
    assert (ann.state, bob.state) == ("OnCall", "OnCall")
    call.hangs_up()
    assert call.record["direction"] == "internal"
    assert legs(call.record) == [("caller", "101", ""), ("member", "102", "answered")]


def test_an_idle_channel_after_a_restart_is_left_to_the_dialplan(story: Story) -> None:
    """The command to ring was lost. The dialplan rings by itself after two seconds."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    said = len(story.said)
    resyncs(story, call.id, LivePhase.CONTROLLED)
    assert [kind for kind in story.said[said:] if isinstance(kind, c.RingExtension | c.HangUp)] == []
    call.is_answered()
    assert bob.state == "OnCall"
    call.hangs_up()
    assert call.record["disposition"] == "answered"


def test_a_call_that_the_dialplan_rings_by_itself_is_noted(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102", rings=True)
    assert story.all(c.RingExtension) == []
    assert (ann.state, bob.state) == ("OnCall", "Ringing")
    call.is_answered()
    call.hangs_up()
    assert call.record["disposition"] == "answered"


def test_an_unknown_extension_that_the_dialplan_rings_is_noted(story: Story) -> None:
    """An account that Asterisk knows and we do not: the call is logged all the same."""
    ann = member(story, "Ann")
    call = dials(ann, "150", rings=True)
    call.is_answered()
    call.hangs_up()
    assert legs(call.record)[1] == ("member", "150", "answered")


def test_a_lost_end_is_found_by_the_guard(story: Story) -> None:
    """Neither an answer nor the end is told: the call ends after its time, and the agents are free."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102")
    story.advance(30 + 15 + 60)
    assert call.record["disposition"] == "missed"
    assert (ann.state, bob.state) == ("Available", "Available")
