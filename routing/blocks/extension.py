"""`extension`: rings a colleague, by the colleague's own settings. Members' phones and forwarded calls come here.

No route names it: the core makes it.
"""

from collections.abc import Iterator
from typing import ClassVar

from routing.acd import parties, presence, queues
from routing.acd.agents import has_room, of_user
from routing.blocks import reach
from routing.blocks.base import BlockType, Exit, Go, Turn
from routing.blocks.reach import Unreached
from routing.blocks.ways import Look, Way
from routing.commands import RingExtension
from routing.config import UserConfig
from routing.state import Role
from routing.state.phases import CallPhase
from routing.state.world import SORRY_SOUND


class Extension(BlockType):
    """For the call of a member's phone, Asterisk rings the colleague and ends the call with the talk. Other callers
    come from outside, and are offered to the colleague as in the block `user`."""

    type = "extension"
    takes_over = True
    exits = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def enter(self, turn: Turn) -> Exit:
        member = self._member(turn)
        if member is None:
            return "failed"
        if member.forward:
            return reach.onward(turn, member, member.forward, member.ring_seconds)
        if member.do_not_disturb:
            return self._unreached(turn, member, Unreached.BUSY)
        if not presence.registered(turn.world, member.phone):
            return self._unreached(turn, member, Unreached.UNREGISTERED)
        return self._ring(turn, member) if turn.call.phone else self._offer(turn, member)

    def _member(self, turn: Turn) -> UserConfig | None:
        team = turn.call.team
        return None if team is None else turn.world.users.at_extension(team, turn.block.settings["extension"])

    def _ring(self, turn: Turn, member: UserConfig) -> Exit:
        world, call = turn.world, turn.call
        parties.join(world, call, Role.MEMBER, member.phone, member, member.extension, talking=False)
        call.comes_back = self._goes_on(turn, member)
        call.recording = world.recording_base(call, None)
        seconds = member.ring_seconds
        world.emit(RingExtension(call.id, (member.phone,), seconds, call.recording, call.comes_back))
        world.move(call, CallPhase.DIALING, limit=seconds)
        return None

    def _goes_on(self, turn: Turn, member: UserConfig) -> bool:
        """Return whether there is a next step for a call that the member does not answer."""
        return reach.may_go_on(member) or bool(turn.block.exits)

    def _offer(self, turn: Turn, member: UserConfig) -> Exit:
        world = turn.world
        agents = of_user(world, turn.call.team, member.user)
        chosen = [agent for agent in agents if has_room(world, agent)]
        if not chosen:
            return self._unreached(turn, member, Unreached.BUSY if agents else Unreached.UNREGISTERED)
        world.answer(turn.call)
        queues.ring(world, turn.call, chosen[:1], queue=None, timeout=member.ring_seconds, music="default")
        return None

    def not_taken(self, turn: Turn) -> Exit:
        member = self._member(turn)
        return "failed" if member is None else self._unreached(turn, member, reach.why_failed(turn))

    def _unreached(self, turn: Turn, member: UserConfig, why: Unreached) -> Exit:
        turn.call.path[-1].reason = why.value
        turn.memory["cause"] = reach.CAUSES[why]
        to = reach.forward_of(member, why)
        return reach.onward(turn, member, to, member.ring_seconds) if to else "failed"

    def beyond(self, turn: Turn, exit: str) -> Go | None:
        return reach.last_resort(turn, self._member(turn), turn.memory.get("cause", reach.UNALLOCATED))

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way(None, "the colleague answers")
        yield Way("failed", "the colleague does not answer")
