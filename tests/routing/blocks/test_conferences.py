"""Conferences of chats: who is let in, who is there, and what moderators and keys do."""

from dataclasses import replace
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import RecordingPolicy, TeamConfig
from routing.events import LivePhase
from routing.ids import CallId, ChatId, RoomId, TeamId, UserId
from routing.rooms import Announce, RoomAction, RoomEntry, RoomOptions, room_of
from routing.views import ConferenceView
from tests.support.routing.phone_calls import PhoneCall, dials, member, sets
from tests.support.routing.story import CALLER, DID, TEAM, Caller, Person, Story, block, hex_id

pytestmark = pytest.mark.unit

CHAT = ChatId(hex_id(11, 1))
ROOM = room_of(CHAT)
GUEST = RoomEntry(ROOM, CHAT, "11820", who="Gil Guest")
OWNER = RoomEntry(ROOM, CHAT, "11820", who="Ann Owner", user=UserId(hex_id(3, 1)), moderator=True)
OTHERS = TeamId(hex_id(1, 2))


@pytest.fixture
def story() -> Story:
    story = Story()
    story.route("c", c=block("conference", {"next": "bye", "failed": "bye"}), bye=block("hangup"))
    return story


def enters(story: Story, entry: RoomEntry = GUEST, **options: Any) -> Caller:
    """Let a caller dial the number and the PIN, and come into the room."""
    call = story.calls_in()
    call.listens()
    call.dials("11820#")
    call.listens()
    call.dials("42734#")
    call.is_let_in(replace(entry, options=RoomOptions(**options)))
    if call.phase == "playing":
        call.listens()
    call.enters_room()
    return call


def view(story: Story) -> ConferenceView:
    found = story.engine.conference(CHAT)
    assert found is not None
    return found


def asks(story: Story, action: RoomAction, who: Caller | None = None, team: TeamId = TEAM) -> list[c.Command]:
    return story.happens(e.RoomChangeRequested(team, ROOM, action, None if who is None else who.id))


# -- the way in ------------------------------------------------------------------------------------------------


def test_a_caller_dials_the_room_number_and_the_pin(story: Story) -> None:
    call = story.calls_in()
    assert call.hears("conf-getconfno")
    call.dials("11820#")
    assert call.hears("conf-getpin"), "asked for before anything is looked up"
    assert story.all(c.FindRoom) == []
    call.listens()
    call.dials("42734#")
    asked = story.last(c.FindRoom)
    assert (asked.team, asked.number, asked.pin, asked.user, asked.caller) == (
        TEAM,
        "11820",
        "42734",
        None,
        CALLER,
    )
    call.is_let_in(GUEST)
    join = story.last(c.JoinConference)
    assert (join.room, join.moderator, join.waits, join.ends, join.muted) == (
        ROOM,
        False,
        False,
        False,
        False,
    )
    call.enters_room()
    assert call.phase == "conference"
    assert [(who.name, who.moderator, who.talking) for who in view(story).participants] == [
        ("Gil Guest", False, False)
    ]


def test_a_wrong_number_or_pin_is_answered_alike_and_ends_after_three_tries(story: Story) -> None:
    call = story.calls_in()
    for _ in range(3):
        assert call.phase == "playing"
        call.dials("99999#")
        call.dials("1#")
        call.is_let_in(None)
    assert call.hears("conf-invalidpin")
    call.listens()
    assert call.went() == [("c", "failed")]
    call.hangs_up()
    assert call.record["path"][0]["reason"] == "wrong room number or PIN"
    assert call.record["conference"] is None
    assert story.all(c.JoinConference) == []


def test_digits_end_by_themselves_and_nothing_counts_as_wrong(story: Story) -> None:
    call = story.calls_in()
    call.listens()
    call.dials("11820")
    story.advance(5)
    assert call.hears("conf-getpin")
    call.listens()
    story.advance(9)
    assert story.last(c.FindRoom).pin == ""
    call.is_let_in(None)
    assert call.hears("conf-invalidpin", "conf-getconfno")


def test_a_look_up_that_does_not_come_is_a_wrong_pin(story: Story) -> None:
    call = story.calls_in()
    call.dials("11820#42734#")
    story.advance(16)
    assert call.hears("conf-invalidpin", "conf-getconfno")
    assert call.phase == "playing"


def test_a_route_with_the_number_asks_for_the_pin_alone(story: Story) -> None:
    story.route("c", number=2, e164="+14165550102", c=block("conference", number="11820"))
    call = story.calls_in("+14165550102")
    assert call.hears("conf-getpin")
    call.dials("42734#")
    assert (story.last(c.FindRoom).number, story.last(c.FindRoom).pin) == ("11820", "42734")


def test_who_joins_a_recorded_conference_is_told_first(story: Story) -> None:
    enters(story, record=True)
    second = story.calls_in()
    second.dials("11820#42734#")
    second.is_let_in(GUEST)
    assert second.hears("conf-now-recording")
    assert len(story.all(c.JoinConference)) == 1
    second.listens()
    assert story.last(c.JoinConference).call == second.id


def test_options_of_the_chat_reach_asterisk(story: Story) -> None:
    options = RoomOptions(True, True, Announce.TONE, muted=True, max_members=7)
    call = story.calls_in()
    call.dials("11820#42734#")
    call.is_let_in(replace(GUEST, options=options))
    join = story.last(c.JoinConference)
    assert (join.waits, join.ends, join.muted, join.announce, join.max_members) == (
        True,
        True,
        True,
        Announce.TONE,
        7,
    )
    owner = story.calls_in()
    owner.dials("11820#42734#")
    owner.is_let_in(replace(OWNER, options=options))
    join = story.last(c.JoinConference)
    assert (join.moderator, join.waits, join.ends, join.muted) == (True, False, False, False)


def test_a_full_conference(story: Story) -> None:
    enters(story, max_members=1)
    second = story.calls_in()
    second.dials("11820#42734#")
    second.is_let_in(replace(GUEST, options=RoomOptions(max_members=1)))
    assert second.hears("conf-full")
    second.listens()
    assert second.went() == [("c", "failed")]


# -- who is there -----------------------------------------------------------------------------------------------


def test_who_speaks_and_who_is_muted_is_shown(story: Story) -> None:
    ann, gil = enters(story, OWNER), enters(story)
    told = story.happens(e.ParticipantTalked(gil.id, True))
    assert c.Publish(TEAM, "conference", CHAT, "updated") in told
    assert [(who.name, who.moderator, who.talking) for who in view(story).participants] == [
        ("Ann Owner", True, False),
        ("Gil Guest", False, True),
    ]
    story.happens(e.ParticipantMuted(gil.id, True))
    (_, shown) = view(story).participants
    assert (shown.muted, shown.talking) == (True, False), "nobody who is muted speaks"
    assert story.happens(e.ParticipantMuted(gil.id, True)) == [], "told once"
    ann.hangs_up()
    assert [who.name for who in view(story).participants] == ["Gil Guest"]
    said = len(story.said)
    gil.hangs_up()
    assert c.Publish(TEAM, "conference", CHAT, "destroyed") in story.said[said:]
    assert story.engine.conference(CHAT) is None


def test_each_caller_has_one_record_with_the_room(story: Story) -> None:
    ann = enters(story, OWNER)
    story.advance(10)
    gil = enters(story)
    story.advance(20)
    gil.hangs_up()
    ann.hangs_up()
    for call, seconds in ((ann, 30.0), (gil, 20.0)):
        record = call.record
        assert (record["conference"], record["disposition"], record["talk"]) == (CHAT, "completed", seconds)
        (leg,) = record["legs"]
        assert (leg["kind"], leg["number"], leg["outcome"]) == ("room", "11820", "answered")
        assert leg["ended_at"] - leg["answered_at"] == seconds


def test_who_leaves_the_room_goes_on_in_the_route(story: Story) -> None:
    call = enters(story)
    call.returns()
    assert call.went() == [("c", "next"), ("bye", "next")] or call.phase == "over"
    assert story.engine.conference(CHAT) is None


def test_a_restart_keeps_the_conference(story: Story) -> None:
    ann, gil = enters(story, OWNER), enters(story)
    asks(story, RoomAction.LOCK)
    story.happens(e.ParticipantMuted(gil.id, True))
    before = view(story)
    story.restart()
    assert view(story) == before
    live = [
        e.LiveCall(call.id, LivePhase.CONFERENCE, DID, CALLER, room=ROOM, muted=call is ann)
        for call in (ann, gil)
    ]
    story.happens(e.StateResynced(tuple(live)))
    assert [who.muted for who in view(story).participants] == [True, False], "as Asterisk says"


def test_an_engine_that_knows_nothing_finds_who_is_there() -> None:
    story = Story()
    story.number()
    live = e.LiveCall(CallId(hex_id(7, 5)), LivePhase.CONFERENCE, DID, CALLER, "Gil", room=ROOM)
    story.happens(e.StateResynced((live,)))
    (who,) = view(story).participants
    assert (who.name, who.caller, who.moderator) == ("Gil", CALLER, False)
    story.happens(e.StateResynced(()))
    assert story.engine.conference(CHAT) is None
    assert [record["conference"] for record in story.records()] == [CHAT]


# -- moderators -------------------------------------------------------------------------------------------------


def test_a_moderator_mutes_and_kicks(story: Story) -> None:
    enters(story, OWNER)
    gil = enters(story)
    assert c.MuteParticipant(gil.id, ROOM, True) in asks(story, RoomAction.MUTE, gil)
    assert c.MuteParticipant(gil.id, ROOM, False) in asks(story, RoomAction.UNMUTE, gil)
    assert [it for it in asks(story, RoomAction.MUTE) if isinstance(it, c.MuteParticipant)] == [
        c.MuteParticipant(gil.id, ROOM, True)
    ], "all but moderators"
    asks(story, RoomAction.KICK, gil)
    assert gil.record["path"][0]["reason"] == "taken out by a moderator"
    assert gil.record["ended_by"] == "system"
    assert len(view(story).participants) == 1


def test_no_other_team_reaches_the_room(story: Story) -> None:
    gil = enters(story)
    for action in RoomAction:
        assert asks(story, action, gil, OTHERS) == []
    assert not view(story).locked
    outside = story.calls_in()
    assert asks(story, RoomAction.KICK, outside) == [], "and a call that is in no room is not hung up"


def test_a_locked_room_takes_moderators_alone(story: Story) -> None:
    enters(story)
    asks(story, RoomAction.LOCK)
    assert view(story).locked
    late = story.calls_in()
    late.dials("11820#42734#")
    late.is_let_in(GUEST)
    assert late.hears("conf-locked")
    late.listens()
    assert late.went() == [("c", "failed")]
    assert enters(story, OWNER).phase == "conference"
    asks(story, RoomAction.UNLOCK)
    assert enters(story).phase == "conference"


def test_a_recording_is_begun_and_ended(story: Story) -> None:
    gil = enters(story)
    said = asks(story, RoomAction.RECORD)
    base = f"recordings/{gil.id}-1"
    assert c.RecordRoom(gil.id, ROOM, base) in said
    assert c.TellRoom(gil.id, ROOM, "conf-now-recording") in said
    assert view(story).recording
    assert asks(story, RoomAction.RECORD) == [], "it runs"
    assert c.RecordRoom(gil.id, ROOM, None) in asks(story, RoomAction.STOP_RECORDING)
    assert not view(story).recording
    asks(story, RoomAction.RECORD)
    gil.hangs_up()
    assert gil.record["recordings"] == [base, f"recordings/{gil.id}-2"]
    assert gil.record["legs"][0]["recording"] == base


def test_the_recording_goes_on_when_its_caller_leaves(story: Story) -> None:
    gil, ann = enters(story), enters(story, OWNER)
    asks(story, RoomAction.RECORD)
    gil.hangs_up()
    assert view(story).recording
    assert c.RecordRoom(ann.id, ROOM, None) in asks(story, RoomAction.STOP_RECORDING)
    assert ann.phase == "conference"


def test_a_team_that_records_nothing_records_no_conference(story: Story) -> None:
    story.configure(TeamConfig(TEAM, "Team", recording=RecordingPolicy.NONE))
    enters(story, record=True)
    assert story.all(c.RecordRoom) == []
    assert asks(story, RoomAction.RECORD) == []


# -- keys -------------------------------------------------------------------------------------------------------


def test_a_moderators_keys(story: Story) -> None:
    ann, gil = enters(story, OWNER), enters(story)
    ann.keys("*2")
    assert view(story).locked
    assert story.last(c.TellParticipant) == c.TellParticipant(ann.id, "conf-lockednow")
    ann.keys("*2")
    assert story.last(c.TellParticipant).sound == "conf-unlockednow"
    ann.keys("*3")
    assert story.last(c.MuteParticipant) == c.MuteParticipant(gil.id, ROOM, True)
    story.happens(e.ParticipantMuted(gil.id, True))
    ann.keys("*3")
    assert story.last(c.MuteParticipant) == c.MuteParticipant(gil.id, ROOM, False)
    ann.keys("*4")
    assert view(story).recording
    ann.keys("*4")
    assert not view(story).recording


def test_a_members_keys_change_nothing_for_the_others(story: Story) -> None:
    enters(story, OWNER)
    gil = enters(story)
    gil.keys("*2*3*4")
    assert not view(story).locked
    assert not view(story).recording
    assert story.all(c.MuteParticipant) == []
    assert {command.sound for command in story.all(c.TellParticipant)} == {"beeperr"}


def test_digits_without_a_star_do_nothing(story: Story) -> None:
    ann = enters(story, OWNER)
    ann.keys("2424**2")
    assert story.all(c.TellParticipant) == [], "the second star ends the first"
    assert not view(story).locked


# -- rooms of a route -------------------------------------------------------------------------------------------


def test_a_room_of_a_route_is_told_to_nobody(story: Story) -> None:
    story.route("c", c=block("conference", room="daily"))
    call = story.calls_in()
    call.enters_room()
    assert story.engine.conference_ids() == []
    assert not [it for it in story.all(c.Publish) if it.kind == "conference"]
    call.hangs_up()
    assert (call.record["conference"], call.record["legs"][0]["number"]) == (None, "daily")


def test_a_room_of_a_route_cannot_be_that_of_a_chat(story: Story) -> None:
    story.route("c", c=block("conference", room=f"chat-{CHAT}"[:40]))
    story.calls_in()
    assert story.last(c.JoinConference).room == RoomId(f"{TEAM}-chat-{CHAT}"[: len(TEAM) + 41])
    assert story.last(c.JoinConference).room != ROOM


# -- members' phones ---------------------------------------------------------------------------------------------


def phone_dials(story: Story, number: str = "11820") -> tuple[Person, PhoneCall]:
    ann = member(story, "ann")
    return ann, dials(ann, number)


def test_a_member_of_the_chat_dials_the_room_number_and_is_in(story: Story) -> None:
    ann, call = phone_dials(story)
    asked = story.last(c.FindRoom)
    assert (asked.number, asked.pin, asked.user) == ("11820", "", ann.config.user)
    assert story.all(c.Play) == [], "nothing is asked"
    call.is_let_in(OWNER)
    assert story.last(c.JoinConference).moderator
    call.enters_room()
    assert ann.state == "OnCall"
    call.hangs_up()
    assert ann.state == "Available"
    record = call.record
    assert (record["direction"], record["did"], record["conference"]) == ("internal", "11820", CHAT)
    assert [leg["kind"] for leg in record["legs"]] == ["caller", "room"]


def test_a_member_of_the_team_needs_the_pin(story: Story) -> None:
    _, call = phone_dials(story)
    call.is_let_in(replace(GUEST, opens=False))
    assert call.hears("conf-getpin")
    call.dials("42734#")
    assert story.last(c.FindRoom).pin == "42734"
    call.is_let_in(GUEST)
    call.enters_room()
    assert call.phase == "conference"


def test_a_number_that_no_room_has_is_unallocated(story: Story) -> None:
    ann, call = phone_dials(story, "11999")
    call.is_let_in(None)
    assert story.last(c.HangUp) == c.HangUp(call.id, 1)
    call.hangs_up(1)
    assert call.record["disposition"] == "not_in_service"
    assert ann.state == "Available"


def test_an_extension_comes_before_a_room(story: Story) -> None:
    ann, ben = member(story, "ann"), member(story, "ben")
    sets(ben, extension="11820")
    dials(ann, "11820")
    assert story.all(c.FindRoom) == []
    assert story.last(c.RingExtension).phones == (ben.config.phone,)


def test_who_leaves_by_a_key_hears_goodbye(story: Story) -> None:
    _, call = phone_dials(story)
    call.is_let_in(OWNER)
    call.enters_room()
    call.returns()
    assert call.hears("vm-goodbye")
