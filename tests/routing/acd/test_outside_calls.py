"""Calls to the telephone network, as stories: what is denied, what is shown, caps, loops and alarms."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing import commands as c
from routing import events as e
from routing.config import NumberConfig, Overflow, TeamConfig, UserConfig
from routing.events import LegFailure
from routing.ids import MemberId, NumberId, TeamId, UserId
from routing.outbound.destinations import DestinationClass
from tests.support.routing.calling_back import asks, setting
from tests.support.routing.outbound import OPEN
from tests.support.routing.story import CALLER, DID, TEAM, Caller, Story, block, hex_id

pytestmark = pytest.mark.unit

OUTSIDE, OTHER_DID = "+14165550177", "+14165550101"
PREMIUM = "+19005551234"
USER = UserId(hex_id(3, 9))


def leads_to(story: Story, number: str = OUTSIDE, **settings: Any) -> None:
    out = block("number", {"failed": "bye"}, number=number, **settings)
    story.route("out", out=out, bye=block("hangup"))


def forwards(story: Story, number: str, user: int = 9, did: str = DID) -> None:
    member, id = MemberId(hex_id(9, user)), UserId(hex_id(3, user))
    story.configure(UserConfig(member, TEAM, id, "Ann", forward=number, voicemail=False))
    story.number(e164=did, user=id)


def fails(story: Story, call: Caller) -> None:
    story.happens(e.PartyFailed(call.id, LegFailure.BUSY))
    call.returns()


def rings(story: Story) -> int:
    return len(story.all(c.DialOut))


def reasons(call: Caller) -> list[str]:
    return [step.get("reason", "") for step in call.record["path"]]


def told(story: Story) -> list[tuple[str, str, str]]:
    return [(alarm.alarm, alarm.country, alarm.denial) for alarm in story.all(c.OutboundAlarm)]


# -- closed until it is opened -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [OUTSIDE, PREMIUM])
def test_a_number_is_not_dialled_until_that_is_allowed(story: Story, number: str) -> None:
    leads_to(story, number)
    call = story.calls_in()
    assert rings(story) == 0
    assert reasons(call) == ["outbound: closed", ""]
    assert (call.record["path"][0]["exit"], call.record["legs"]) == ("failed", [])


def test_a_forward_is_denied_by_the_same_rule(story: Story) -> None:
    forwards(story, PREMIUM)
    story.may_dial(countries=("CA", "US"))
    call = story.calls_in()
    assert rings(story) == 0
    call.hangs_up()
    assert reasons(call)[:2] == ["", "outbound: class"]


def test_an_overflow_is_denied_by_the_same_rule(story: Story) -> None:
    queue = story.queue(max_wait=10.0, overflow=Overflow("number", {"number": OUTSIDE}))
    story.number(queue=queue.id)
    call = story.calls_in()
    story.advance(10)
    call.hangs_up()
    assert rings(story) == 0
    assert reasons(call) == ["", "outbound: closed"]


def test_a_claimed_caller_gets_no_callback(story: Story) -> None:
    setting(story)
    for _ in range(3):
        call = asks(story, PREMIUM)
        assert reasons(call) == ["", "outbound: country", ""]
        assert call.record["callback"] is None
    assert told(story) == [("denied", "US", "country")]


def test_a_callback_that_is_denied_when_its_turn_comes_is_not_rung(story: Story) -> None:
    ann = story.agent("ann")
    setting(story, ann, callback_attempts=2, callback_retry=600.0)
    story.calls_in()
    ann.answers()
    asks(story)
    story.may_dial(open=False)
    ann.hangs_up()
    assert (story.rung(), ann.state) == ([], "Available")
    story.advance(600)
    assert told(story) == [("denied", "CA", "closed")]
    story.may_dial()
    story.advance(3600)
    assert story.rung() == []


def test_a_callback_never_rings_our_own_number(story: Story) -> None:
    setting(story)
    story.number(e164=CALLER)
    assert reasons(asks(story)) == ["", "outbound: own-number", ""]


def test_the_team_must_have_a_number_to_show(story: Story) -> None:
    story.may_dial()
    leads_to(story)
    story.route("out", out=block("play", {"next": "n"}, sound="beep"), n=block("number", number=OUTSIDE))
    call = story.calls_in()
    story.remove(hex_id(5, int(DID[1:])))
    call.listens()
    call.hangs_up()
    assert reasons(call) == ["", "outbound: no-identity"]


# -- what is shown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [({}, DID), ({"caller_id": OTHER_DID}, OTHER_DID), ({"caller_id": "+14165550999"}, DID)],
)
def test_only_a_number_of_the_team_is_shown(story: Story, wanted: dict[str, str], shown: str) -> None:
    story.may_dial()
    leads_to(story, **wanted)
    story.number(e164=OTHER_DID)
    story.calls_in()
    assert story.last(c.DialOut).caller_id == shown


def test_a_callback_shows_only_a_number_of_the_team(story: Story) -> None:
    ann = story.agent("ann")
    setting(story, ann, callback_caller_id="+14165550999")
    story.calls_in()
    ann.answers()
    asks(story)
    ann.hangs_up()
    assert story.last(c.LaunchCallback).caller_id == DID


# -- caps ----------------------------------------------------------------------------------------------------


def dials(story: Story) -> str:
    """Let a call come in and try to go out. Return why it could not."""
    call = story.calls_in()
    if call.phase == "dialing":
        fails(story, call)
    if call.phase != "over":
        call.hangs_up()
    return next(filter(None, reasons(call)), "").removeprefix("outbound: ")


@pytest.mark.parametrize(
    "cap", ["team_per_day", "number_per_day", "destination_per_day"], ids=["team", "number", "destination"]
)
def test_a_cap_holds_until_midnight_of_the_team(story: Story, cap: str) -> None:
    policy = OPEN.__class__(**{**{f: getattr(OPEN, f) for f in OPEN.__slots__}, cap: 2})
    story.configure(TeamConfig(TEAM, "Team", timezone="Pacific/Auckland", outbound=policy))
    leads_to(story)
    assert [dials(story) for _ in range(4)] == ["", "", *[cap.replace("_per_day", "-cap")] * 2]
    now = datetime.fromtimestamp(story.now, ZoneInfo("Pacific/Auckland"))
    left = 24 * 3600 - now.hour * 3600 - now.minute * 60 - now.second
    story.advance(left - 1)
    assert dials(story) != ""
    story.advance(2)
    assert [dials(story) for _ in range(3)] == ["", "", cap.replace("_per_day", "-cap")]


def test_a_member_has_a_cap_of_their_own(story: Story) -> None:
    story.may_dial(member_per_day=1)
    forwards(story, OUTSIDE)
    forwards(story, OUTSIDE, user=8, did=OTHER_DID)
    assert [dials(story), dials(story)] == ["", "member-cap"]
    assert story.calls_in(OTHER_DID).phase == "dialing"


def test_a_cap_outlives_a_restart(story: Story) -> None:
    story.may_dial(team_per_day=2)
    leads_to(story)
    assert dials(story) == ""
    story.restart()
    assert dials(story) == ""
    story.restart()
    assert dials(story) == "team-cap"


@pytest.mark.parametrize("spelling", ["+114165550177", "+14165550177"])
def test_a_destination_has_one_cap_in_every_spelling(story: Story, spelling: str) -> None:
    story.may_dial(destination_per_day=1)
    leads_to(story, "+14165550177")
    assert dials(story) == ""
    leads_to(story, spelling)
    assert dials(story) == "destination-cap"
    assert {dialled.number for dialled in story.all(c.DialOut)} == {"+14165550177"}


def test_a_callback_never_rings_our_own_number_in_another_spelling(story: Story) -> None:
    setting(story)
    story.number(e164=CALLER)
    assert reasons(asks(story, f"+1{CALLER[1:]}")) == ["", "outbound: own-number", ""]


@pytest.mark.parametrize(
    "number",
    [
        "4165550177", "0014165550177", "14165550177", "+19005551234", "+119005551234", "+1900", "112",
        "911", "+112", "*72",
        "+14165550177;ext=5", "+14165550177,,5", "+14165550177&PJSIP/+19005551234@carrier", "+1416555０177",
        "tel:+14165550177",
        "sip:+14165550177@carrier", "+88216123456", "+979123456789", "+4409061234567", "+390878123456",
        "+18765551234", "",
        "{number}", "+1 416 555 0177", "+14165550177\nX: y", "Local/1@dialout",
    ],
)  # fmt: skip
def test_a_number_that_a_route_makes_up_is_asked_for_too(story: Story, number: str) -> None:
    """Canada's fixed lines and mobiles are open. What `set` makes was not checked when the route was saved."""
    story.may_dial()
    out = block("callback", {"failed": "bye"}, number="{made}", queue=story.queue().id)
    made = block("set", {"next": "out"}, variables={"made": number})
    story.route("s", s=made, out=out, bye=block("hangup"))
    story.calls_in()
    assert rings(story) == 0
    assert story.rung() == []
    assert story.engine._world.callbacks == {}


def test_callbacks_count(story: Story) -> None:
    ann = story.agent("ann")
    setting(story, ann, callback_retry=60.0, callback_attempts=3)
    story.may_dial(destination_per_day=1)
    story.calls_in()
    ann.answers()
    asks(story)
    ann.hangs_up()
    (attempt,) = story.rung()
    attempt.does_not_pick_up()
    story.advance(600)
    assert len(story.rung()) == 1
    assert told(story) == [("cap", "CA", "destination-cap")]


def test_a_call_does_not_try_for_ever(story: Story) -> None:
    story.may_dial()
    out = block("number", {"failed": "beep"}, number=OUTSIDE)
    story.route("out", out=out, beep=block("play", {"next": "out"}, sound="beep"))
    call = story.calls_in()
    for _ in range(30):
        if call.phase == "dialing":
            fails(story, call)
        if call.phase == "playing":
            call.listens()
    assert rings(story) == 10


# -- loops ---------------------------------------------------------------------------------------------------


def mirrored(story: Story, *, caller: str | None = None, first: str = DID) -> int:
    """Let every call that goes out come in again. Return how many went out."""
    story.calls_in(first)
    seen = 0
    while (now := rings(story)) > seen and now < 50:
        seen = now
        dialled = story.last(c.DialOut)
        story.call().enters(dialled.number, caller=dialled.caller_id if caller is None else caller)
    return rings(story)


@pytest.mark.parametrize("caller", [None, "", CALLER], ids=["as shown", "withheld", "another"])
def test_a_number_that_leads_to_itself_ends_after_three_rounds(story: Story, caller: str | None) -> None:
    story.may_dial()
    leads_to(story, DID)
    assert mirrored(story, caller=caller) == 3
    assert ("denied", "CA", "loop") in told(story)


def test_users_who_forward_to_each_other_end_after_three_rounds(story: Story) -> None:
    story.may_dial()
    forwards(story, OTHER_DID)
    forwards(story, DID, user=8, did=OTHER_DID)
    assert mirrored(story) == 3


def test_a_loop_over_a_phone_outside_is_known_by_what_was_shown(story: Story) -> None:
    story.may_dial()
    leads_to(story)
    for rounds in range(5):
        story.call().enters(DID, caller=CALLER if not rounds else DID)
    assert rings(story) == 3


def test_callers_who_call_one_number_at_the_same_moment_are_no_loop(story: Story) -> None:
    story.may_dial()
    leads_to(story)
    for number in range(6):
        story.call().enters(DID, caller=f"+1416555{number:04}")
    assert rings(story) == 6


@pytest.mark.parametrize("shows_another", [False, True], ids=["as dialled", "another of the team"])
def test_a_loop_over_two_shards_ends(shows_another: bool) -> None:
    """Each engine knows the numbers of all teams, but its own calls only."""
    shards = [Story(), Story()]
    owners = {DID: 1, "+14165550102": 1, OTHER_DID: 2, "+14165550103": 2}
    for team, (story, did, target) in enumerate(
        zip(shards, (DID, OTHER_DID), (OTHER_DID, DID), strict=True), start=1
    ):
        other = [number for number, owner in owners.items() if owner == team][1]
        story.may_dial()
        for n, (number, owner) in enumerate(owners.items()):
            of = TEAM if owner == team else TeamId(hex_id(1, 9))
            story.configure(NumberConfig(NumberId(hex_id(5, n)), of, number))
        out = block("number", number=target, **({"caller_id": other} if shows_another else {}))
        route = story.route("out", e164="+14165550888", out=out)
        story.configure(NumberConfig(NumberId(hex_id(5, [*owners].index(did))), TEAM, did, route=route.id))
    did, caller = DID, CALLER
    for turn in range(20):
        story = shards[turn % 2]
        before = rings(story)
        story.call().enters(did, caller=caller)
        if rings(story) == before:
            break
        did, caller = story.last(c.DialOut).number, story.last(c.DialOut).caller_id
    assert [rings(story) for story in shards] == [3, 3]
    assert told(shards[0])[-1] == ("denied", "CA", "loop")


def test_a_restart_does_not_forget_a_loop(story: Story) -> None:
    story.may_dial()
    leads_to(story, DID)
    for _ in range(5):
        story.calls_in()
        story.restart()
    assert rings(story) == 3


def test_calls_that_are_over_leave_nothing(story: Story) -> None:
    story.may_dial()
    leads_to(story)
    for _ in range(5):
        assert dials(story) == ""
        assert story.engine._world.dialled == {}
    call = story.calls_in()
    assert call.phase == "dialing"
    call.hangs_up()
    assert story.engine._world.dialled == {}


# -- alarms --------------------------------------------------------------------------------------------------


def test_a_new_country_is_told_once(story: Story) -> None:
    story.may_dial(countries=("CA", "DE"))
    leads_to(story)
    dials(story)
    assert told(story) == []
    leads_to(story, "+4915112345678")
    dials(story)
    story.restart()
    dials(story)
    assert told(story) == [("new-country", "DE", "")]


def test_velocity_is_told_once_in_ten_minutes(story: Story) -> None:
    story.may_dial(alarm_calls=3)
    leads_to(story)
    for _ in range(8):
        dials(story)
    assert told(story) == [("velocity", "CA", "")]
    story.advance(601)
    for _ in range(4):
        dials(story)
    assert told(story) == [("velocity", "CA", "")] * 2


def test_the_night_and_each_reason_are_told_once_a_day(story: Story) -> None:
    story.may_dial(night=(12, 14), team_per_day=2)
    leads_to(story)
    for _ in range(5):
        dials(story)
    assert told(story) == [("night", "CA", ""), ("cap", "CA", "team-cap")]
    story.advance(86_400)
    dials(story)
    assert told(story)[2:] == [("night", "CA", "")]


def test_a_premium_number_is_denied_even_where_its_country_is_allowed(story: Story) -> None:
    story.may_dial(countries=("*",), classes=tuple(set(DestinationClass) - {DestinationClass.PREMIUM}))
    leads_to(story, PREMIUM)
    assert dials(story) == "class"
    assert told(story) == [("denied", "US", "class")]
