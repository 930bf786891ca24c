"""A member's phone calls a telephone number."""

from dataclasses import replace
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.calls.outgoing import LIMIT_SOUND, NOT_ALLOWED_SOUND
from routing.config import NumberConfig, RecordingPolicy, TeamConfig, TrunkRule
from routing.events import LegFailure, LiveCall, LivePhase
from routing.ids import CallId, NumberId, TeamId
from routing.outbound.policy import CLOSED, OutboundPolicy
from routing.outbound.rule import Denial
from tests.support.routing.outbound import OPEN
from tests.support.routing.phone_calls import PhoneCall, dials, member, user_of
from tests.support.routing.story import TEAM, HangUpOrder, Person, Story, hex_id

pytestmark = pytest.mark.unit

MAIN, OTHER, OUTSIDE, MOBILE = "+14165550100", "+14165550101", "+14165550177", "+16475550123"
PREMIUM, ABROAD = "+19005551234", "+4915112345678"
REJECTED = 21


def team(**changes: Any) -> TeamConfig:
    own = {"outbound": OPEN, "main_number": MAIN, "country": "CA", **changes}
    return TeamConfig(TEAM, "Team", **own)


def owns(story: Story, number: str, owner: TeamId = TEAM) -> None:
    story.configure(NumberConfig(NumberId(hex_id(5, int(number[-4:]))), owner, number))


@pytest.fixture(params=HangUpOrder)
def story(request: pytest.FixtureRequest) -> Story:
    """A team that may dial fixed lines and mobiles of Canada, with two numbers."""
    made = Story(order=request.param)
    made.configure(team())
    owns(made, MAIN)
    owns(made, OTHER)
    return made


def calls_out(person: Person, number: str = OUTSIDE, **more: Any) -> PhoneCall:
    return dials(person, number.removeprefix("+1"), number=number, **more)


def legs(call: PhoneCall) -> list[tuple[str, str | None, str]]:
    """Return kind, number and outcome of each party."""
    return [(leg["kind"], leg["number"], leg["outcome"]) for leg in call.record["legs"]]


def test_the_line_is_dialled_and_the_agent_is_on_the_call(story: Story) -> None:
    ann = member(story, "Ann")
    call = calls_out(ann)
    assert story.last(c.DialOut) == c.DialOut(call.id, OUTSIDE, MAIN, 120.0, f"recordings/{call.id}-1")
    assert (ann.state, call.phase) == ("OnCall", "dialing")
    call.is_answered()
    assert (ann.state, call.phase) == ("OnCall", "connected")
    story.advance(20)
    call.hangs_up()
    assert ann.state == "Available"
    record = call.record
    assert (record["direction"], record["caller"], record["did"]) == ("outgoing", "101", OUTSIDE)
    assert (record["disposition"], record["talk"]) == ("answered", 20.0)
    assert legs(call) == [("caller", "101", ""), ("number", OUTSIDE, "answered")]
    assert record["legs"][1]["recording"] == record["recordings"][0]


def test_who_talks_outside_gets_no_queue_call(story: Story) -> None:
    ann = member(story, "Ann")
    story.number(queue=story.queue(ann, wrap_up=30.0).id)
    call = calls_out(ann)
    customer = story.calls_in()
    call.is_answered()
    story.advance(60)
    assert customer.phase == "queued"
    call.hangs_up()
    assert customer.offered_to == (ann.id,), "no wrap-up follows a call of one's own"


def test_the_far_end_hangs_up(story: Story) -> None:
    ann = member(story, "Ann")
    call = calls_out(ann)
    call.is_answered()
    call.colleague_hangs_up()
    assert (call.record["disposition"], call.record["ended_by"]) == ("answered", "agent")
    assert ann.state == "Available"


@pytest.mark.parametrize(
    ("reason", "cause", "disposition"),
    [
        (LegFailure.BUSY, 17, "missed"),
        (LegFailure.NO_ANSWER, 19, "missed"),
        (LegFailure.REJECTED, 21, "missed"),
        (LegFailure.UNREACHABLE, 1, "failed"),
        (LegFailure.FAILED, 34, "failed"),
    ],
)
def test_the_far_end_does_not_answer(story: Story, reason: LegFailure, cause: int, disposition: str) -> None:
    ann = member(story, "Ann")
    call = calls_out(ann)
    call.is_refused(reason, cause)
    assert (call.record["disposition"], call.record["hangup_cause"]) == (disposition, cause)
    assert legs(call)[1] == ("number", OUTSIDE, str(reason))
    assert ann.state == "Available"


@pytest.mark.parametrize("story", [HangUpOrder.ANNOUNCED], indirect=True)
def test_the_caller_gives_up(story: Story) -> None:
    ann = member(story, "Ann")
    call = calls_out(ann)
    call.hangs_up()
    assert (call.record["disposition"], call.record["ended_by"]) == ("abandoned", "caller")


# -- what is shown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller_id", "shown"),
    [(OTHER, OTHER), ("", MAIN), ("+14165550199", MAIN), ("+14165550102", MAIN)],
    ids=["own", "none", "nobodys", "another-teams"],
)
def test_only_a_number_of_the_team_is_shown(story: Story, caller_id: str, shown: str) -> None:
    owns(story, "+14165550102", TeamId(hex_id(1, 9)))
    ann = member(story, "Ann")
    story.configure(user_of(ann, 1, "Ann", caller_id=caller_id))
    calls_out(ann)
    assert story.last(c.DialOut).caller_id == shown


def test_a_team_without_a_number_calls_nobody() -> None:
    story = Story()
    story.configure(team(outbound=replace(OPEN, countries=("*",))))
    call = calls_out(member(story, "Ann"))
    assert legs(call)[1][2] == "outbound: no-identity"


# -- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "number", "denial"),
    [
        (CLOSED, OUTSIDE, Denial.CLOSED),
        (OPEN, PREMIUM, Denial.COUNTRY),
        (replace(OPEN, countries=("CA", "001", "*")), PREMIUM, Denial.CLASS),
        (OPEN, ABROAD, Denial.COUNTRY),
        (replace(OPEN, team_per_day=0), OUTSIDE, Denial.TEAM_CAP),
        (replace(OPEN, member_per_day=0), OUTSIDE, Denial.MEMBER_CAP),
        (replace(OPEN, destination_per_day=0), OUTSIDE, Denial.DESTINATION_CAP),
        (replace(OPEN, team_at_once=0), OUTSIDE, Denial.TEAM_AT_ONCE),
        (replace(OPEN, member_at_once=0), OUTSIDE, Denial.MEMBER_AT_ONCE),
    ],
)
def test_a_call_that_may_not_go_out_is_told_why(
    story: Story, policy: OutboundPolicy, number: str, denial: Denial
) -> None:
    story.configure(team(outbound=policy))
    ann = member(story, "Ann")
    call = calls_out(ann, number)
    assert story.all(c.DialOut) == []
    sound = NOT_ALLOWED_SOUND if denial in (Denial.CLOSED, Denial.COUNTRY, Denial.CLASS) else LIMIT_SOUND
    assert story.last(c.HangUp) == c.HangUp(call.id, REJECTED, (sound,))
    record = call.record
    assert (record["disposition"], record["hangup_cause"], record["ended_by"]) == (
        "denied", REJECTED, "system",
    )  # fmt: skip
    assert legs(call)[1] == ("number", number, f"outbound: {denial}")
    assert ann.state == "Available"


def test_calls_of_a_day_count(story: Story) -> None:
    story.configure(team(outbound=replace(OPEN, member_per_day=1, number_per_day=0)))
    ann, bob = member(story, "Ann"), member(story, "Bob")
    for person, denied in ((ann, False), (ann, True), (bob, False)):
        call = calls_out(person)
        if not denied:
            call.hangs_up()
        assert (call.record["disposition"] == "denied") is denied


@pytest.mark.parametrize(
    ("policy", "denial"),
    [
        (replace(OPEN, team_at_once=1), Denial.TEAM_AT_ONCE),
        (replace(OPEN, member_at_once=1), None),
    ],
)
def test_calls_at_the_same_time_count(story: Story, policy: OutboundPolicy, denial: Denial | None) -> None:
    story.configure(team(outbound=policy))
    ann, bob = member(story, "Ann"), member(story, "Bob")
    first = calls_out(ann)
    first.is_answered()
    again = calls_out(ann, MOBILE)
    assert legs(again)[1][2].startswith("outbound: ")
    second = calls_out(bob)
    if denial is None:
        second.hangs_up()
    assert legs(second)[1][2] == (f"outbound: {denial}" if denial else LegFailure.CALLER_GONE)
    first.hangs_up()
    third = calls_out(ann)
    assert third.phase == "dialing"


def test_a_call_to_a_colleague_is_no_call_to_the_telephone_network(story: Story) -> None:
    story.configure(team(outbound=replace(OPEN, team_at_once=1)))
    ann, bob, cid = member(story, "Ann"), member(story, "Bob"), member(story, "Cid")
    dials(ann, "102").is_answered()
    assert calls_out(cid).phase == "dialing"
    assert bob.state == "OnCall"


def test_an_extension_is_never_a_telephone_number(story: Story) -> None:
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = dials(ann, "102", number=OUTSIDE)
    assert (call.phase, bob.state) == ("dialing", "Ringing")
    assert story.all(c.DialOut) == []


def test_digits_that_are_no_number_are_told_so(story: Story) -> None:
    call = dials(member(story, "Ann"), "12345678")
    assert call.record["disposition"] == "not_in_service"
    assert story.last(c.HangUp).sounds == ("ss-noservice",)


def test_a_suspended_team_calls_nobody(story: Story) -> None:
    ann = member(story, "Ann")
    story.configure(team(suspended=True))
    call = calls_out(ann)
    assert (call.record["hangup_cause"], story.all(c.DialOut)) == (REJECTED, [])


# -- trunks, recording ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "caller_id", "trunks"),
    [
        (OUTSIDE, "", ("for-canada", "spare")),
        (MOBILE, "", ("mobile",)),
        (MOBILE, OTHER, ("of-number",)),
    ],
)
def test_the_first_rule_that_fits_names_the_trunks(
    story: Story, number: str, caller_id: str, trunks: tuple[str, ...]
) -> None:
    rules = (
        TrunkRule(("of-number",), number=OTHER),
        TrunkRule(("mobile",), prefix="+1647"),
        TrunkRule(("for-canada", "spare"), prefix="+1"),
        TrunkRule(("rest",)),
    )
    story.configure(team(trunks=rules))
    ann = member(story, "Ann")
    story.configure(user_of(ann, 1, "Ann", caller_id=caller_id))
    calls_out(ann, number)
    assert story.last(c.DialOut).trunks == trunks


@pytest.mark.parametrize(
    ("policy", "recorded"),
    [(RecordingPolicy.ALL, True), (RecordingPolicy.NONE, False), (RecordingPolicy.NOTICE, False)],
)
def test_the_teams_policy_says_whether_it_is_recorded(
    story: Story, policy: RecordingPolicy, recorded: bool
) -> None:
    """Under `notice` nothing is recorded: the other side hears no notice."""
    story.configure(team(recording=policy))
    calls_out(member(story, "Ann"))
    assert (story.last(c.DialOut).recording is not None) is recorded


# -- numbers of our own ------------------------------------------------------------------------------------------


def test_a_number_of_ours_is_called_without_a_trunk_and_without_leave(story: Story) -> None:
    story.configure(team(outbound=CLOSED))
    ann = member(story, "Ann")
    call = calls_out(ann, OTHER)
    assert (story.last(c.DialOut).own, story.last(c.DialOut).caller_id) == (True, MAIN)
    arrives = story.call()
    arrives.enters(OTHER, MAIN)
    assert (call.phase, ann.state) == ("dialing", "OnCall")
    arrives.hangs_up()
    assert arrives.record["direction"] == "inbound"
    call.hangs_up()
    assert call.record["direction"] == "outgoing"


def test_a_number_of_another_team_shows_a_number_of_this_one(story: Story) -> None:
    owns(story, "+14165550102", TeamId(hex_id(1, 9)))
    calls_out(member(story, "Ann"), "+14165550102")
    assert (story.last(c.DialOut).own, story.last(c.DialOut).caller_id) == (True, MAIN)


# -- emergency numbers -------------------------------------------------------------------------------------------


def calls_police(person: Person) -> PhoneCall:
    story = person.story
    call = PhoneCall(story, CallId(hex_id(7, len(story.calls) + 1)))
    story.calls[call.id] = call
    phone = person.config.phone
    story.happens(e.PhoneCallEntered(call.id, phone, "911", load=9.0, rings=True, emergency=True))
    return call


def test_an_emergency_call_is_watched_and_logged(story: Story) -> None:
    """Nothing limits it: no policy, no cap, no load of the node. The operator is told."""
    story.configure(team(outbound=CLOSED, max_calls=0))
    ann = member(story, "Ann")
    call = calls_police(ann)
    assert (ann.state, call.phase) == ("OnCall", "dialing")
    assert story.last(c.OutboundAlarm) == c.OutboundAlarm(call.id, TEAM, "emergency", "CA")
    call.is_answered()
    story.advance(30)
    call.hangs_up()
    record = call.record
    assert (record["direction"], record["did"], record["disposition"]) == ("emergency", "911", "answered")
    assert legs(call) == [("caller", "101", ""), ("number", "911", "answered")]
    assert record["legs"][0]["member"] == hex_id(8, 1)
    assert ann.state == "Available"


def test_no_one_but_its_parties_ends_an_emergency_call(story: Story) -> None:
    ann = member(story, "Ann")
    call = calls_police(ann)
    story.happens(e.HangUpRequested(call.id))
    story.configure(team(suspended=True))
    story.configure(user_of(ann, 1, "Ann", suspended=True))
    story.advance(3600)
    assert (story.all(c.HangUp), call.phase) == ([], "dialing")


def test_an_emergency_call_that_no_trunk_took_is_logged(story: Story) -> None:
    call = calls_police(member(story, "Ann"))
    call.is_refused(LegFailure.UNREACHABLE, 34)
    assert (call.record["disposition"], legs(call)[1][2]) == ("failed", "unreachable")


def test_an_emergency_call_does_not_count(story: Story) -> None:
    story.configure(team(outbound=replace(OPEN, team_at_once=1)))
    ann, bob = member(story, "Ann"), member(story, "Bob")
    calls_police(ann)
    assert calls_out(bob).phase == "dialing"


# -- restarts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [LivePhase.DIALING, LivePhase.TALKING])
def test_an_engine_that_remembers_nothing_adopts_the_call(story: Story, phase: LivePhase) -> None:
    ann = member(story, "Ann")
    call = PhoneCall(story, story.calls_in().id)
    story.happens(e.CallHungUp(call.id))
    seen = LiveCall(call.id, phase, OUTSIDE[2:], "101", "Ann", phone=ann.config.phone, number=OUTSIDE)
    story.happens(e.StateResynced((seen,), (e.PhoneStateChanged(ann.config.phone, True),)))
    assert (ann.state, story.all(c.DialOut)) == ("OnCall", [])
    story.happens(e.CallHungUp(call.id))
    record = story.last(c.LogCall).record
    assert (record["direction"], record["did"], record["caller"]) == ("outgoing", OUTSIDE, "101")
    assert record["disposition"] == ("answered" if phase is LivePhase.TALKING else "abandoned")
    assert ann.state == "Available"


@pytest.mark.parametrize("phase", [LivePhase.DIALING, LivePhase.TALKING])
def test_an_engine_that_remembers_finds_the_call(story: Story, phase: LivePhase) -> None:
    ann = member(story, "Ann")
    call = calls_out(ann)
    seen = LiveCall(call.id, phase, OUTSIDE[2:], "101", "Ann", phone=ann.config.phone, number=OUTSIDE)
    story.happens(e.StateResynced((seen,), (e.PhoneStateChanged(ann.config.phone, True),)))
    assert call.phase == ("dialing" if phase is LivePhase.DIALING else "connected")
    assert ann.state == "OnCall"
    call.hangs_up()
    assert len([log for log in story.all(c.LogCall) if log.record["id"] == call.id]) == 1
