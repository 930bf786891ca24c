"""`forward`: sends a call where a member forwards it: to a colleague, into the mailbox, or to an outside number.

No route names it: the core makes it.
"""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import reach
from routing.blocks.base import BlockType, Exit, Go, Turn
from routing.blocks.connects import dial_out
from routing.blocks.ways import Look, Way
from routing.config import MAILBOX, Block, UserConfig
from routing.ids import BlockId
from routing.state.world import SORRY_SOUND

MAX_FORWARDS = 5
"""So many members may forward a call on, one after the other, and each of them once: forwarding in a circle ends."""
LOOP = "forwarding: loop"


class Forward(BlockType):
    """An outside number is permitted by the one rule for outgoing calls. A call that does not reach where it was
    forwarded to leaves by `failed`; without one, the member's mailbox is the last resort."""

    type = "forward"
    exits = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def enter(self, turn: Turn) -> Exit:
        call, member, to = turn.call, self._member(turn), turn.block.settings["to"]
        if member is None:
            return "failed"
        if member.id in call.forwarded or len(call.forwarded) >= MAX_FORWARDS:
            call.path[-1].reason = LOOP
            return "failed"
        call.forwarded.append(member.id)
        if to == MAILBOX:
            return reach.mailbox(member.user) if member.voicemail else "failed"
        if to.startswith("+"):
            call.comes_back = True
            return dial_out(turn, to, timeout=turn.block.settings["seconds"], member=member.id)
        return Go(Block(BlockId("extension"), "extension", {"extension": to}, turn.block.exits))

    def _member(self, turn: Turn) -> UserConfig | None:
        return turn.world.users.by_id.get(turn.block.settings["member"])

    def beyond(self, turn: Turn, exit: str) -> Go | None:
        return reach.last_resort(turn, self._member(turn), reach.BUSY)

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way(None, "the call is answered where it was forwarded to")
        yield Way("failed", "the call is not answered where it was forwarded to")
