"""`user`: rings one user directly, without a queue: their phones, or where they forward to."""

from collections.abc import Iterator
from typing import ClassVar

from routing.acd import presence, queues
from routing.acd.agents import has_room, of_user
from routing.blocks import checks, reach
from routing.blocks.base import Exit, Go, Turn
from routing.blocks.connects import Connects
from routing.blocks.reach import Unreached
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.config import UserConfig
from routing.state.world import SORRY_SOUND


class User(Connects):
    """The user's status for queues does not matter, but a phone in use is never rung. Their own settings do: where the
    user forwards, the call goes there first. Without an exit `failed` the caller may leave a message, if the user has
    voicemail. The call ends after the talk."""

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
            return reach.onward(turn, member, member.forward, timeout)
        if member is not None and member.do_not_disturb:
            return self._unreached(turn, Unreached.BUSY)
        agents = of_user(world, turn.call.team, turn.setting("user"))
        chosen = [agent for agent in agents if has_room(world, agent)]
        if not chosen:
            there = member is not None and presence.registered(world, member.phone)
            return self._unreached(turn, Unreached.BUSY if there else Unreached.UNREGISTERED)
        world.answer(turn.call)
        queues.ring(world, turn.call, chosen[:1], queue=None, timeout=timeout, music="default")
        return None

    def not_taken(self, turn: Turn) -> Exit:
        return self._unreached(turn, reach.why_failed(turn))

    def _unreached(self, turn: Turn, why: Unreached) -> Exit:
        turn.memory["busy"] = why is Unreached.BUSY
        member = self._member(turn)
        to = "" if member is None else reach.forward_of(member, why)
        seconds = float(turn.setting("timeout"))
        return "failed" if member is None or not to else reach.onward(turn, member, to, seconds)

    def _member(self, turn: Turn) -> UserConfig | None:
        team = turn.call.team
        return None if team is None else turn.world.users.find(team, turn.setting("user"))

    def beyond(self, turn: Turn, exit: str) -> Go | None:
        member = self._member(turn)
        if member is not None and not member.voicemail:
            return None
        return reach.mailbox(turn.setting("user"), busy=turn.memory.get("busy", False))

    def lands(self, look: Look, exit: str) -> tuple[str, bool]:
        return "the user's voicemail, if there is one", True

    def ways(self, look: Look) -> Iterator[Way]:
        seconds = float(look.setting("timeout"))
        yield Way(None, "the user answers", seconds)
        yield Way("failed", "the user does not answer", seconds)
