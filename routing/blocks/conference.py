"""`conference`: puts the caller into a conference: a room of the route, or that of a chat.

A chat's conference is named by its room number. Who calls from a phone of a member of the chat goes in at once. Others
enter the PIN too. The caller hears the same for a wrong number and a wrong PIN, and both are asked for first, so that
nobody finds out which room numbers there are.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.ways import UNBOUNDED, Look, Way
from routing.commands import FindRoom, JoinConference
from routing.expressions import values
from routing.expressions.prompts import Audio
from routing.expressions.shapes import shaped
from routing.ids import RoomId, TimerPurpose
from routing.rooms import Announce, RoomEntry, RoomOptions
from routing.state.phases import CallPhase
from routing.state.world import SORRY_SOUND

_ROOM = re.compile(r"[a-z0-9-]{1,40}")
_NUMBER = re.compile(r"[1-9][0-9]{4,8}")
JOINING = 15.0
"""Asterisk must put the caller into the room within this many seconds."""
SAYING_NAME = 45.0
"""And so many more if they say their name first."""
MOST_DIGITS = 12
UNALLOCATED = 1
"""Q.850. A member who dialled a number that no colleague and no room has."""
BETWEEN = 4.0
"""Seconds after a digit that end a number."""
LOCKED_SOUND, FULL_SOUND, RECORDED_SOUND = "conf-locked", "conf-full", "conf-now-recording"


@shaped(type="string", pattern=f"^{_ROOM.pattern}$")
def check_room(value: Any) -> str | None:
    good = isinstance(value, str) and _ROOM.fullmatch(value)
    return None if good else "must be a room's name: 1 to 40 of a-z 0-9 -"


@shaped(type="string", pattern=f"^{_NUMBER.pattern}$")
def check_number(value: Any) -> str | None:
    good = isinstance(value, str) and _NUMBER.fullmatch(value)
    return None if good else "must be a chat's room number: a text of 5 to 9 digits"


class Conference(BlockType):
    """Rooms belong to the team. With `room`, the caller enters that room at once. Else they are asked for the room
    number of a chat, or with `number` for its PIN alone, `tries` times. A caller who cannot enter leaves by `failed`,
    one who comes back from the room by `next`."""

    type = "conference"
    settings: ClassVar = {
        "room": Setting(check_room),
        "number": Setting(check_number),
        "max_members": Setting(checks.whole(0, 1000), default=0),
        "music": Setting(checks.music, default="default", refers_to="music"),
        "tries": Setting(checks.whole(1, 5), default=3),
        "timeout": Setting(checks.seconds(1, 60), default=8),
        "ask_room": checks.heard(default="conf-getconfno"),
        "ask_pin": checks.heard(default="conf-getpin"),
        "wrong_sound": checks.heard(default="conf-invalidpin"),
    }
    exits = frozenset({"next", "failed"})
    instant = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}
    secret_digits = True

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if settings.get("room") is not None and settings.get("number") is not None:
            yield "settings.number", "must not stand beside room"

    def enter(self, turn: Turn) -> Exit:
        call, room = turn.call, turn.setting("room")
        call.entry = None
        if call.team is None or values.check_id(call.team):
            return "failed"
        if room is not None:
            options = RoomOptions(max_members=turn.setting("max_members"))
            return self._admit(
                turn, RoomEntry(RoomId(f"{call.team}-{room}"), number=room, options=options), False
            )
        turn.memory["tries"] = 0
        return self._begin(turn, Audio())

    # -- the room number and the PIN -----------------------------------------------------------------------

    def _begin(self, turn: Turn, first: Audio) -> Exit:
        """Ask for the room number, unless the block has it. A member of the chat needs no more."""
        number = turn.setting("number")
        if number is None:
            return self._ask(turn, "room", first + turn.audio("ask_room"))
        turn.memory["number"] = number
        if turn.call.phone and not turn.memory["tries"]:
            return self._look_up(turn, "")
        return self._ask(turn, "pin", first + turn.audio("ask_pin"))

    def _ask(self, turn: Turn, what: str, audio: Audio) -> Exit:
        turn.memory["step"], turn.memory["digits"] = what, ""
        turn.play(audio)
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        step = turn.memory.get("step")
        if step == "refused":
            return "failed"
        if step == "told":
            return self._join(turn)
        self._wait(turn, turn.setting("timeout"))
        return None

    def _wait(self, turn: Turn, seconds: float) -> None:
        turn.world.move(turn.call, CallPhase.COLLECTING)
        turn.world.start_timer(turn.call.id, TimerPurpose.DIGIT, turn.world.now + seconds)

    def digit(self, turn: Turn, digit: str) -> Exit:
        if turn.memory.get("step") not in ("room", "pin"):
            return None
        turn.world.stop_play(turn.call)
        turn.world.cancel_timer(turn.call.id, TimerPurpose.DIGIT)
        if digit == "#":
            return self._entered(turn)
        if digit.isdigit():
            turn.memory["digits"] += digit
        if len(turn.memory["digits"]) >= MOST_DIGITS:
            return self._entered(turn)
        self._wait(turn, BETWEEN)
        return None

    def timed_out(self, turn: Turn) -> Exit:
        return self._entered(turn)

    def _entered(self, turn: Turn) -> Exit:
        digits = turn.memory["digits"]
        if turn.memory["step"] == "pin":
            return self._look_up(turn, digits)
        turn.memory["number"] = digits
        if turn.call.phone and digits:
            return self._look_up(turn, "")
        return self._ask(turn, "pin", turn.audio("ask_pin"))

    def _look_up(self, turn: Turn, pin: str) -> Exit:
        world, call = turn.world, turn.call
        member = world.users.of_phone(call.phone) if call.phone else None
        turn.memory["step"] = "member" if call.phone and turn.memory.get("step") != "pin" else "looked-up"
        call.token += 1
        call.awaiting = call.token
        assert call.team is not None  # noqa: S101 - `enter` has looked
        user = None if member is None else member.user
        world.emit(FindRoom(call.id, call.token, call.team, turn.memory["number"], pin, user, call.customer))
        world.move(call, CallPhase.FETCHING)
        return None

    def opened(self, turn: Turn, entry: RoomEntry | None) -> Exit:
        if entry is not None and entry.opens:
            most = turn.setting("max_members") or entry.options.max_members
            options = replace(entry.options, max_members=most)
            return self._admit(turn, replace(entry, options=options), entry.moderator)
        if turn.memory["step"] == "member" and entry is None and turn.setting("number"):
            turn.call.outcome = "not_in_service"
            turn.world.hang_up(turn.call, UNALLOCATED)
            return None
        if turn.memory["step"] == "member":
            return self._ask(turn, "pin", turn.audio("ask_pin"))
        turn.memory["tries"] += 1
        if turn.memory["tries"] >= turn.setting("tries"):
            return self._refuse(turn, turn.audio("wrong_sound"), "wrong room number or PIN")
        return self._begin(turn, turn.audio("wrong_sound"))

    def overdue(self, turn: Turn) -> Exit:
        return self.opened(turn, None)

    # -- into the room -------------------------------------------------------------------------------------

    def _admit(self, turn: Turn, entry: RoomEntry, moderator: bool) -> Exit:
        """Let the caller in, unless the room is locked or full. They are told first if it is being recorded."""
        turn.call.entry = entry
        room = turn.world.rooms.get(entry.room)
        if room is not None and room.locked and not moderator:
            return self._refuse(turn, Audio((LOCKED_SOUND,)), "locked")
        most = entry.options.max_members
        if room is not None and most and len(room.participants) >= most:
            return self._refuse(turn, Audio((FULL_SOUND,)), "full")
        if room is not None and room.recording is not None:
            turn.memory["step"] = "told"
            turn.play(Audio((RECORDED_SOUND,)))
            return None
        return self._join(turn)

    def _refuse(self, turn: Turn, audio: Audio, why: str) -> Exit:
        turn.call.path[-1].reason = why
        turn.memory["step"] = "refused"
        turn.play(audio)
        return None

    def _join(self, turn: Turn) -> Exit:
        world, call, entry = turn.world, turn.call, turn.call.entry
        if entry is None:
            return "failed"
        options, guest = entry.options, not entry.moderator
        world.answer(call)
        world.emit(
            JoinConference(
                call.id,
                entry.room,
                options.max_members,
                turn.setting("music"),
                moderator=entry.moderator,
                waits=guest and options.wait_for_moderator,
                ends=guest and options.end_with_moderator,
                announce=options.announce,
                muted=guest and options.muted,
            )
        )
        world.move(call, CallPhase.CONFERENCE)
        saying = SAYING_NAME if options.announce is Announce.NAME else 0.0
        world.start_timer(call.id, TimerPurpose.GUARD, world.now + JOINING + saying)
        return None

    def left(self, turn: Turn) -> Exit:
        return "next" if turn.memory.get("joined") else "failed"

    def joined(self, turn: Turn) -> None:
        turn.memory["joined"] = True

    def ways(self, look: Look) -> Iterator[Way]:
        room = look.setting("room")
        name = room or look.setting("number") or "whose number and PIN the caller enters"
        yield Way(None, f"the caller is in the conference {name}")
        if "next" in look.block.exits:
            yield Way("next", "the conference is over", UNBOUNDED, chosen=True)
        asks = 0 if room else 1 if look.setting("number") else 2
        one = look.setting("timeout") + BETWEEN * MOST_DIGITS
        yield Way("failed", "the conference cannot be entered", JOINING + asks * look.setting("tries") * one)
