"""Which conference a room number and a PIN open, and to whom."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import Chat, ChatUser, ConferenceSettings, GuestInvite, Role, Team, TeamUser, User, utcnow
from models.guest import hash_pin
from pbx.configuration.loader import Database
from routing.commands import FindRoom
from routing.ids import CallId, ChatId, TeamId, UserId
from routing.rooms import Announce, RoomEntry, RoomOptions, room_of
from switchroom.database import session
from switchroom.settings import Settings
from tests.support.pbx.rows import migrated, seed

pytestmark = pytest.mark.service

GUEST_PIN = "123456789012"


@dataclass
class Chats:
    """A chat of two members, 11820 with the PIN 42734, which the first of them owns."""

    engine: Engine
    team: str
    chat: str
    owner: str
    other: str

    def find(self, pin: str = "", user: str | None = None, **changes: Any) -> RoomEntry | None:
        given = {"team": TeamId(self.team), "number": "11820", "pin": pin, **changes}
        asked = FindRoom(CallId("c"), 1, user=None if user is None else UserId(user), **given)
        return Database(self.engine, Settings()).find_room(asked)

    def invites(self, **changes: Any) -> str:
        """Invite a guest. Return their user's id."""
        with session(self.engine) as db:
            guest = User(email="gil@example.com", first_name="Gil", last_name="Guest")
            db.add(guest)
            db.flush()
            invite = {
                "team_id": self.team,
                "chat_id": self.chat,
                "user_id": guest.id,
                "pin_hash": hash_pin(Settings(), GUEST_PIN),
                "expires_at": utcnow() + timedelta(days=1),
                **changes,
            }
            db.add(GuestInvite(**invite))
            return guest.id


@pytest.fixture
def chats(tmp_path: Path) -> Chats:
    _, engine = migrated(tmp_path)
    ids = seed(engine, status="Break")
    with session(engine) as db:
        first, second = db.exec(select(TeamUser).order_by(TeamUser.id)).all()
        first.role = Role.MEMBER.value
        chat = Chat(team_id=ids.team, owner_id=first.user_id, type="room", room_number=11820, conf_pin=42734)
        db.add(chat)
        db.flush()
        for member in (first, second):
            db.add(ChatUser(chat_id=chat.id, user_id=member.user_id))
        return Chats(engine, ids.team, chat.id, first.user_id, second.user_id)


def test_the_pin_opens_the_room_to_anybody(chats: Chats) -> None:
    entry = chats.find("42734")
    assert entry == RoomEntry(room_of(ChatId(chats.chat)), ChatId(chats.chat), "11820")
    for wrong in ("42735", "042734", "", "4273", "999999999999"):
        assert chats.find(wrong) is None
    for number in ("11821", "", "0", "99999999999", "x1820"):
        assert chats.find("42734", number=number) is None


def test_members_of_the_chat_need_no_pin(chats: Chats) -> None:
    owner, other = chats.find(user=chats.owner), chats.find(user=chats.other)
    assert owner is not None
    assert other is not None
    assert (owner.user, owner.moderator, other.user, other.moderator) == (
        chats.owner,
        True,
        chats.other,
        False,
    )
    with session(chats.engine) as db:
        db.exec(select(TeamUser).where(TeamUser.user_id == chats.other)).one().role = Role.ADMIN.value
    admin = chats.find(user=chats.other)
    assert admin is not None
    assert admin.moderator
    with session(chats.engine) as db:
        db.delete(db.get_one(ChatUser, (chats.chat, chats.other)))
    closed = chats.find(user=chats.other)
    assert closed is not None
    assert not closed.opens, "an admin who is not in the chat needs the PIN"
    assert chats.find(user=chats.other, number="11821") is None, "there is no such room"
    with_pin = chats.find("42734", user=chats.other)
    assert with_pin is not None
    assert not with_pin.moderator


def test_no_team_reaches_anothers_room(chats: Chats) -> None:
    with session(chats.engine) as db:
        other = Team(team_name="Others", slug="others", owner_id=chats.owner, billing_id=77, number=77)
        db.add(other)
        db.flush()
        db.add(TeamUser(team_id=other.id, user_id=chats.owner))
        id = other.id
    assert chats.find("42734", team=TeamId(id)) is None
    assert chats.find(user=chats.owner, team=TeamId(id)) is None


def test_an_invited_guest_comes_by_their_own_pin(chats: Chats) -> None:
    guest = chats.invites()
    entry = chats.find(GUEST_PIN)
    assert entry is not None
    assert (entry.who, entry.user, entry.moderator) == ("Gil Guest", guest, False)
    with session(chats.engine) as db:
        db.exec(select(GuestInvite)).one().accepted_at = utcnow()
    assert chats.find(GUEST_PIN) is None, "they have joined, and were taken out again"
    with session(chats.engine) as db:
        db.add(ChatUser(chat_id=chats.chat, user_id=guest))
    assert chats.find(GUEST_PIN) is not None, "they are in the chat"


def test_an_invitation_that_expired_or_to_another_chat_opens_nothing(chats: Chats) -> None:
    chats.invites(expires_at=utcnow() - timedelta(seconds=1))
    assert chats.find(GUEST_PIN) is None
    with session(chats.engine) as db:
        other = Chat(team_id=chats.team, type="room", room_number=11821, conf_pin=10000)
        db.add(other)
        db.flush()
        invite = db.exec(select(GuestInvite)).one()
        invite.chat_id, invite.expires_at = other.id, utcnow() + timedelta(days=1)
    assert chats.find(GUEST_PIN) is None
    assert chats.find(GUEST_PIN, number="11821") is not None


def test_an_archived_chat_and_a_suspended_team_have_no_conference(chats: Chats) -> None:
    with session(chats.engine) as db:
        db.get_one(Chat, chats.chat).archived_at = utcnow()
    assert chats.find("42734") is None
    with session(chats.engine) as db:
        db.get_one(Chat, chats.chat).archived_at = None
        db.get_one(Team, chats.team).suspended_at = utcnow()
    assert chats.find("42734") is None


def test_the_settings_of_the_conference_come_with_it(chats: Chats) -> None:
    with session(chats.engine) as db:
        db.add(
            ConferenceSettings(chat_id=chats.chat, wait_for_moderator=True, announce="tone", max_members=5)
        )
    entry = chats.find("42734")
    assert entry is not None
    assert entry.options == RoomOptions(True, False, Announce.TONE, max_members=5)
