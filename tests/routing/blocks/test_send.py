"""`agent`, `user`, `department`, `conference` and `route`: where a call goes, and what happens if that fails."""

from dataclasses import replace
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import DepartmentConfig, QueueMember, RingType, TeamConfig, UserConfig
from routing.events import AgentStatus, LegFailure, LivePhase
from routing.ids import AgentId, DepartmentId, MemberId, RouteId, TeamId
from tests.support.routing.story import CALLER, DID, TEAM, Caller, Person, Story, block, hex_id

pytestmark = pytest.mark.unit
BYE = block("hangup")
DEPARTMENT = DepartmentId(hex_id(8, 1))


def says(*names: str) -> dict[str, Any]:
    return {name: block("say", {"next": "bye"}, text=name) for name in names} | {"bye": BYE}


# -- agent ---------------------------------------------------------------------------------------------------


def agent_story(story: Story, ann: Person, **settings: Any) -> None:
    exits = {"busy": "busy", "failed": "failed"}
    story.route("a", a=block("agent", exits, agent=ann.id, **settings), **says("busy", "failed"))


def test_an_agent_answers(story: Story) -> None:
    ann = story.agent("ann")
    agent_story(story, ann)
    call = story.calls_in()
    assert call.offered_to == (ann.id,)
    ann.answers()
    story.advance(10)
    ann.hangs_up()
    assert (call.record["disposition"], call.record["agent"], call.record["talk"]) == (
        "answered",
        ann.id,
        10.0,
    )


@pytest.mark.parametrize(
    ("reason", "way"),
    [
        (LegFailure.BUSY, "busy"),
        (LegFailure.REJECTED, "busy"),
        (LegFailure.NO_ANSWER, "failed"),
        (LegFailure.UNREACHABLE, "failed"),
    ],
)
def test_an_agent_who_does_not_answer(story: Story, reason: LegFailure, way: str) -> None:
    ann = story.agent("ann")
    agent_story(story, ann)
    call = story.calls_in()
    story.advance(3)
    ann.misses(reason)
    assert call.says() == way


@pytest.mark.parametrize("state", ["away", "talking", "vanished", "phone busy", "removed"])
def test_an_agent_who_cannot_be_rung(story: Story, state: str) -> None:
    ann = story.agent("ann")
    agent_story(story, ann)
    match state:
        case "away":
            ann.sets(AgentStatus.AWAY)
        case "talking":
            story.calls_in()
            ann.answers()
        case "vanished":
            ann.vanishes()
        case "phone busy":
            ann.registers(busy=True)
        case "removed":
            story.remove(ann.id)
    call = story.calls_in()
    assert call.says() == ("busy" if state in ("talking", "phone busy") else "failed")


def test_whatever_the_status_is(story: Story) -> None:
    ann = story.agent("ann")
    ann.sets(AgentStatus.OFFLINE)
    agent_story(story, ann, any_status=True)
    assert story.calls_in().offered_to == (ann.id,)


def test_an_offer_that_is_refused(story: Story) -> None:
    ann = story.agent("ann")
    agent_story(story, ann)
    call = story.calls_in()
    story.happens(e.CommandFailed(call.id, "OfferCall", "no"))
    assert call.says() == "failed"
    assert ann.state == "Available"


# -- user ----------------------------------------------------------------------------------------------------


def member(story: Story, ann: Person, **settings: Any) -> None:
    story.configure(UserConfig(MemberId(hex_id(9, 1)), TEAM, ann.config.user, "Ann", **settings))


def test_a_user_who_forwards(story: Story) -> None:
    ann = story.agent("ann")
    story.may_dial()
    member(story, ann, forward="+14165550177")
    story.route("u", u=block("user", user=ann.config.user, timeout=25))
    call = story.calls_in()
    dial = story.last(c.DialOut)
    assert (dial.number, dial.caller_id, dial.timeout) == ("+14165550177", DID, 25.0)
    story.happens(e.PartyFailed(call.id, LegFailure.NO_ANSWER))
    call.returns()
    assert call.hears("vm-intro")
    call.listens()
    call.speaks(4)
    record = story.last(c.LogVoicemail).record
    assert (record["mailbox_kind"], record["mailbox"]) == ("user", ann.config.user)
    assert call.went() == [("forward", "failed"), ("voicemail", "next")]


def test_a_user_without_voicemail(story: Story) -> None:
    ann = story.agent("ann")
    ann.vanishes()
    member(story, ann, voicemail=False)
    story.number(user=ann.config.user)
    call = story.calls_in()
    assert call.hears("please-try-call-later")


def test_an_exit_comes_before_voicemail(story: Story) -> None:
    ann = story.agent("ann")
    ann.vanishes()
    story.route("u", u=block("user", {"failed": "failed"}, user=ann.config.user), **says("failed"))
    assert story.calls_in().says() == "failed"


def test_a_message_for_a_user_survives_a_restart_and_a_resync(story: Story) -> None:
    ann = story.agent("ann")
    ann.vanishes()
    story.number(user=ann.config.user)
    call = story.calls_in()
    story.restart()
    live = e.LiveCall(call.id, LivePhase.CONTROLLED, DID, CALLER)
    story.happens(e.StateResynced((live,)))
    assert call.hears("vm-intro")
    call.listens()
    call.speaks(4)
    assert story.last(c.LogVoicemail).record["mailbox"] == ann.config.user


# -- department ----------------------------------------------------------------------------------------------


def department(story: Story, kind: RingType, *people: Person, **settings: Any) -> None:
    users = tuple(person.config.user for person in people)
    story.configure(DepartmentConfig(DEPARTMENT, TEAM, "Sales", kind, users))
    story.route(
        "d", d=block("department", {"failed": "failed"}, department=DEPARTMENT, **settings), **says("failed")
    )


def rung(call: Caller) -> list[AgentId]:
    return list(call.offered_to)


def test_all_phones_at_once(story: Story) -> None:
    ann, ben, cid = story.agents("ann", "ben", "cid")
    ben.vanishes()
    department(story, RingType.SIMULTANEOUS, ann, ben, cid)
    call = story.calls_in()
    assert rung(call) == [ann.id, cid.id]
    ann.misses(LegFailure.REJECTED)
    assert rung(call) == [cid.id]
    cid.answers()
    assert call.phase == "talking"


def test_all_phones_fail(story: Story) -> None:
    ann, ben = story.agents("ann", "ben")
    department(story, RingType.SIMULTANEOUS, ann, ben)
    call = story.calls_in()
    story.advance(20)
    ann.misses()
    ben.misses()
    assert call.says() == "failed"


def test_one_phone_after_the_other(story: Story) -> None:
    ann, ben, cid = story.agents("ann", "ben", "cid")
    department(story, RingType.SEQUENTIAL, cid, ann, ben, timeout=15)
    call = story.calls_in()
    cid.misses()
    story.restart()
    assert call.offered_to == (ann.id,)
    ben.registers(busy=True)
    ann.misses()
    assert call.says() == "failed"
    assert [offer.timeout for offer in story.all(c.OfferCall)] == [15.0, 15.0]


def test_a_random_order(story: Story) -> None:
    people = story.agents("ann", "ben", "cid")
    department(story, RingType.RANDOM, *people)
    first = set()
    for _ in range(30):
        call = story.calls_in()
        (rung,) = call.offered_to
        first.add(rung)
        call.hangs_up()
    assert first == {person.id for person in people}
    call = story.calls_in()
    for _ in people:
        story.people[call.offered_to[0]].misses()
    assert sorted(agents[0] for agents in call.offers) == sorted(person.id for person in people)
    assert call.says() == "failed"


def test_more_and_more_phones(story: Story) -> None:
    ann, ben, cid = story.agents("ann", "ben", "cid")
    department(story, RingType.PROGRESSIVE, ann, ben, cid, timeout=30, step=10)
    call = story.calls_in()
    assert (story.last(c.OfferCall).agents, story.last(c.OfferCall).more) == ((ann.id,), 2)
    story.advance(10)
    assert call.offered_to == (ann.id, ben.id)
    story.restart()
    ben.misses(LegFailure.REJECTED)
    assert call.offered_to == (ann.id, cid.id)
    ann.answers()
    assert call.phase == "talking"
    assert not [timer for timer in story.engine.timers if timer.endswith("ring-next")]


def test_nobody_is_left_to_be_added(story: Story) -> None:
    ann, ben = story.agents("ann", "ben")
    department(story, RingType.PROGRESSIVE, ann, ben, timeout=30, step=10)
    call = story.calls_in()
    ann.misses(LegFailure.REJECTED)
    assert call.offered_to == (ben.id,)
    ben.misses(LegFailure.REJECTED)
    assert call.says() == "failed"
    assert story.last(c.WithdrawOffer).agents == ()


def test_the_time_of_a_growing_offer_ends(story: Story) -> None:
    ann, ben, cid = story.agents("ann", "ben", "cid")
    department(story, RingType.PROGRESSIVE, ann, ben, cid, timeout=15, step=10)
    call = story.calls_in()
    story.advance(15)
    assert call.offered_to == (ann.id, ben.id)
    call.rings_out()
    assert call.says() == "failed"
    story.advance(30)
    assert cid.state == "Available"


@pytest.mark.parametrize("kind", list(RingType))
def test_a_hang_up_leaves_nothing_behind(story: Story, kind: RingType) -> None:
    people = story.agents("ann", "ben", "cid")
    department(story, kind, *people)
    call = story.calls_in()
    story.advance(10)
    call.hangs_up()
    assert call.record["disposition"] == "abandoned"
    assert {person.state for person in people} == {"Available"}
    assert not story.engine.timers


def test_an_empty_or_missing_department(story: Story) -> None:
    department(story, RingType.SIMULTANEOUS)
    assert story.calls_in().says() == "failed"
    story.remove(DEPARTMENT)
    assert story.calls_in().says() == "failed"


# -- conference ----------------------------------------------------------------------------------------------


def conference_story(story: Story, **exits: str) -> None:
    story.route("c", c=block("conference", exits, room="sales", max_members=5), **says(*exits.values()))


def test_a_conference(story: Story) -> None:
    conference_story(story, next="after", failed="full")
    call = story.calls_in()
    join = story.last(c.JoinConference)
    assert (join.room, join.max_members, join.music) == (f"{TEAM}-sales", 5, "default")
    call.enters_room()
    call.enters_room()
    story.advance(3600)
    story.restart()
    assert call.phase == "conference"
    call.returns()
    assert call.says() == "after"


def test_a_hang_up_in_a_conference_is_no_abandon(story: Story) -> None:
    conference_story(story, failed="full")
    call = story.calls_in()
    call.enters_room()
    call.hangs_up()
    assert (call.record["disposition"], call.record["ended_by"]) == ("completed", "caller")


@pytest.mark.parametrize("how", ["full", "refused", "overdue"])
def test_a_conference_that_cannot_be_entered(story: Story, how: str) -> None:
    conference_story(story, next="after", failed="full")
    call = story.calls_in()
    match how:
        case "full":
            call.returns()
        case "refused":
            story.happens(e.CommandFailed(call.id, "JoinConference", "no"))
        case "overdue":
            story.advance(15)
    assert call.says() == "full"
    call.enters_room()
    assert call.phase == "playing"


def test_a_resync_finds_it_in_the_room(story: Story) -> None:
    conference_story(story, next="after")
    call = story.calls_in()
    story.restart()
    story.happens(e.StateResynced((e.LiveCall(call.id, LivePhase.CONFERENCE, DID, CALLER),)))
    call.returns()
    assert call.says() == "after"


def test_a_resync_finds_a_stranger_in_a_room(story: Story) -> None:
    conference_story(story, next="after")
    call = story.call()
    story.happens(e.StateResynced((e.LiveCall(call.id, LivePhase.CONFERENCE, DID, CALLER),)))
    assert call.phase == "conference"
    call.returns()
    assert call.record["disposition"] == "completed"


# -- route ---------------------------------------------------------------------------------------------------


def test_another_route_goes_on_with_its_newest_version(story: Story) -> None:
    other = RouteId(hex_id(6, 2))
    story.route(
        "s",
        e164="+14165550101",
        number=2,
        version=4,
        s=block("menu", {"1": "one"}, sound="hello"),
        **says("one"),
    )
    story.route("a", a=block("set", {"next": "r"}, variables={"x": "1"}), r=block("route", route=other))
    call = story.calls_in()
    assert call.hears("hello")
    story.route("s", e164="+14165550101", number=2, version=5, s=block("hangup"))
    story.restart()
    call.presses("1")
    assert call.says() == "one"
    call.listens()
    assert (call.record["route"], call.record["route_version"]) == (other, 4)
    assert [step["block"] for step in call.record["path"]] == ["a", "r", "s", "one", "bye"]
    assert not story.engine._world.old_routes


@pytest.mark.parametrize("gone", [True, False])
def test_a_route_that_is_gone_or_goes_round(story: Story, gone: bool) -> None:
    other = RouteId(hex_id(6, 2))
    if not gone:
        own = RouteId(hex_id(6, 1))
        story.route(
            "p",
            e164="+14165550101",
            number=2,
            p=block("play", {"next": "r"}, sound="beep"),
            r=block("route", route=own),
        )
    story.route("r", r=block("route", {"failed": "failed"}, route=other), **says("failed"))
    call = story.calls_in()
    for _ in range(0 if gone else 10):
        call.listens()
    assert call.says() == "failed"


def test_routes_of_another_team_are_out_of_reach(story: Story) -> None:
    other = story.route("s", e164="+14165550101", number=2, s=block("hangup"))
    story.configure(replace(other, team=TeamId(hex_id(1, 9))))
    story.route("r", r=block("route", {"failed": "failed"}, route=other.id), **says("failed"))
    assert story.calls_in().says() == "failed"


def test_members_of_queues_may_be_rung_directly_while_they_wait_for_calls(story: Story) -> None:
    """While an agent has a direct call, their queues do not offer them any."""
    ann = story.agent("ann")
    queue = story.queue(ann, members=(QueueMember(ann.id),))
    story.number(e164="+14165550101", queue=queue.id)
    agent_story(story, ann)
    first = story.calls_in()
    ann.answers()
    second = story.calls_in("+14165550101")
    assert not second.offers
    first.hangs_up()
    assert second.offered_to == (ann.id,)


def test_only_the_agents_of_the_calls_own_team_ring(story: Story) -> None:
    """A user may be an agent in several teams."""
    other = TeamId(hex_id(1, 2))
    ann = story.agent("Ann")
    elsewhere = replace(ann.config, id=AgentId("0" * 32), team=other, phone="elsewhere")
    story.configure(TeamConfig(other, "Other"), elsewhere)
    story.happens(e.PhoneStateChanged("elsewhere", True))
    department = DepartmentConfig(
        DepartmentId(hex_id(8, 9)), TEAM, "All", RingType.SIMULTANEOUS, (ann.config.user,)
    )
    story.configure(department)
    story.route("one", one={"type": "user", "settings": {"user": ann.config.user}})
    two = {"type": "department", "settings": {"department": department.id}}
    story.route("two", e164="+14165550102", number=2, two=two)
    for did in (DID, "+14165550102"):
        call = story.calls_in(did)
        assert call.offered_to == (ann.id,)
        call.hangs_up()
        story.happens(e.OfferFailed(call.id, ann.id, LegFailure.CALLER_GONE))
    story.happens(e.PhoneStateChanged(ann.config.phone, False))
    call = story.calls_in()
    assert call.went()[0] == ("one", "failed")
