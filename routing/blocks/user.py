"""`user`: rings one user directly, without a queue: their phone, or the number that they forward to."""

from collections.abc import Iterator
from typing import ClassVar

from routing.acd import queues
from routing.acd.agents import has_room, of_user
from routing.blocks import checks
from routing.blocks.base import Exit, Go, Turn
from routing.blocks.connects import Connects, dial_out
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.config import Block, UserConfig
from routing.ids import BlockId
from routing.state.world import SORRY_SOUND


class User(Connects):
    """The user's status does not matter, but a phone in use is never rung. Without an exit `failed` the caller may
    leave a message, if the user has voicemail. The call ends after the talk."""

    type = "user"
    overflow_target = True
    settings: ClassVar = {
        "user": checks.reference("user", required=True),
        "timeout": Setting(checks.seconds(5, 300), default=20),
    }
    exits = frozenset({"failed"})
    instant = exits
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def connect(self, turn: Turn) -> Exit:
        world, timeout = turn.world, float(turn.setting("timeout"))
        member = self._member(turn)
        if member is not None and member.forward:
            return dial_out(turn, member.forward, timeout=timeout, member=member.id)
        agents = of_user(world, turn.call.team, turn.setting("user"))
        chosen = [agent for agent in agents if has_room(world, agent)]
        if not chosen:
            return "failed"
        world.answer(turn.call)
        queues.ring(world, turn.call, chosen[:1], queue=None, timeout=timeout, music="default")
        return None

    def _member(self, turn: Turn) -> UserConfig | None:
        team = turn.call.team
        return None if team is None else turn.world.users.find(team, turn.setting("user"))

    def beyond(self, turn: Turn, exit: str) -> Go | None:
        member = self._member(turn)
        if member is not None and not member.voicemail:
            return None
        mailbox = {"kind": "user", "id": turn.setting("user")}
        return Go(Block(BlockId("voicemail"), "voicemail", {"mailbox": mailbox}))

    def lands(self, look: Look, exit: str) -> tuple[str, bool]:
        return "the user's voicemail, if there is one", True

    def ways(self, look: Look) -> Iterator[Way]:
        seconds = float(look.setting("timeout"))
        yield Way(None, "the user answers", seconds)
        yield Way("failed", "the user does not answer", seconds)
