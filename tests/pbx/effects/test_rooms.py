"""Look-ups of conferences: many wrong PINs are answered as wrong, whatever they are."""

import pytest

from pbx.effects.rooms import MOST_OF_CALLER, MOST_OF_ROOM, WINDOW, Rooms
from routing.commands import FindRoom
from routing.ids import CallId, ChatId, RoomId, TeamId, UserId
from routing.rooms import RoomEntry

pytestmark = pytest.mark.unit

ENTRY = RoomEntry(RoomId("chat-1"), ChatId("1"), "11820")
MEMBER = UserId("0f" * 16)


class Chats:
    """One room with the PIN 42734."""

    def __init__(self) -> None:
        self.asked, self.now = 0, 1000.0
        self.rooms = Rooms(self.find, lambda: self.now)

    def find(self, command: FindRoom) -> RoomEntry | None:
        self.asked += 1
        opens = command.number == "11820" and (command.pin == "42734" or command.user == MEMBER)
        return ENTRY if opens else None

    async def tries(self, pin: str, caller: str = "+14165550199", **more: object) -> bool:
        command = FindRoom(CallId("c"), 1, TeamId("t"), "11820", pin, caller=caller, **more)  # type: ignore[arg-type]
        return (await self.rooms.find(command)).entry is not None


async def test_one_caller_guesses_a_few_times_only() -> None:
    chats = Chats()
    for guess in range(MOST_OF_CALLER):
        assert not await chats.tries(str(guess))
    assert not await chats.tries("42734"), "the right one, too"
    assert chats.asked == MOST_OF_CALLER
    assert await chats.tries("42734", "+14165550100"), "another caller"
    chats.now += WINDOW
    assert await chats.tries("42734")


async def test_many_callers_guess_the_pin_of_one_room_a_few_times_only() -> None:
    chats = Chats()
    for guess in range(MOST_OF_ROOM):
        assert not await chats.tries(str(guess), f"+1416555{guess:04}")
    assert not await chats.tries("42734", "+14165550199")
    assert await chats.tries("", user=MEMBER), "members need no PIN"


async def test_without_a_database_nothing_is_opened() -> None:
    def away(_: FindRoom) -> RoomEntry | None:
        raise OSError("away")

    found = await Rooms(away).find(FindRoom(CallId("c"), 7, TeamId("t"), "11820", "42734"))
    assert (found.entry, found.token) == (None, 7)
