"""`conference`: puts the caller into a conference room."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.ways import UNBOUNDED, Look, Way
from routing.commands import JoinConference
from routing.expressions import values
from routing.expressions.shapes import shaped
from routing.ids import TimerPurpose
from routing.state.phases import CallPhase
from routing.state.world import SORRY_SOUND

_ROOM = re.compile(r"[a-z0-9-]{1,40}")
JOINING = 15.0
"""Asterisk must put the caller into the room within this many seconds."""


@shaped(type="string", pattern=f"^{_ROOM.pattern}$")
def check_room(value: Any) -> str | None:
    good = isinstance(value, str) and _ROOM.fullmatch(value)
    return None if good else "must be a room's name: 1 to 40 of a-z 0-9 -"


class Conference(BlockType):
    """Rooms belong to the team. A caller who cannot enter (the room is full) leaves by `failed`. A caller who comes
    back from the room leaves by `next`. Conferences are not recorded."""

    type = "conference"
    settings: ClassVar = {
        "room": Setting(check_room, required=True),
        "max_members": Setting(checks.whole(0, 1000), default=0),
        "music": Setting(checks.music, default="default", refers_to="music"),
    }
    exits = frozenset({"next", "failed"})
    instant = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def enter(self, turn: Turn) -> Exit:
        world, call = turn.world, turn.call
        if call.team is None or values.check_id(call.team):
            return "failed"
        world.answer(call)
        room = f"{call.team}-{turn.setting('room')}"
        world.emit(JoinConference(call.id, room, turn.setting("max_members"), turn.setting("music")))
        world.move(call, CallPhase.CONFERENCE)
        world.start_timer(call.id, TimerPurpose.GUARD, world.now + JOINING)
        return None

    def joined(self, turn: Turn) -> None:
        turn.memory["joined"] = True

    def left(self, turn: Turn) -> Exit:
        return "next" if turn.memory.get("joined") else "failed"

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way(None, f"the caller is in the conference {look.setting('room')}")
        if "next" in look.block.exits:
            yield Way("next", "the conference is over", UNBOUNDED, chosen=True)
        yield Way("failed", "the conference cannot be entered", JOINING)
