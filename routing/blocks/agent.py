"""`agent`: rings one agent directly, without a queue. The call ends after the talk."""

from collections.abc import Iterator
from typing import ClassVar

from routing.acd import agents, queues
from routing.blocks import checks
from routing.blocks.base import Exit, Turn
from routing.blocks.connects import Connects
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.events import AgentStatus, LegFailure
from routing.state import Agent as AgentState
from routing.state.world import SORRY_SOUND, World

_BUSY = frozenset({LegFailure.BUSY, LegFailure.REJECTED})


class Agent(Connects):
    """The exit is `busy` if the agent is in a call or in wrap-up, if their phone is busy, or if they reject the call.
    It is `failed` if they are not `Available`, cannot be reached or do not answer."""

    type = "agent"
    overflow_target = True
    settings: ClassVar = {
        "agent": checks.reference("agent", required=True),
        "timeout": Setting(checks.seconds(5, 300), default=20),
        "any_status": Setting(checks.flag, default=False),
    }
    exits = frozenset({"busy", "failed"})
    instant = exits
    farewell: ClassVar = {"busy": SORRY_SOUND, "failed": SORRY_SOUND}

    def enter(self, turn: Turn) -> Exit:
        """Check the agent first, so that the recording notice is not played in vain."""
        return self._hindrance(turn) or super().enter(turn)

    def connect(self, turn: Turn) -> Exit:
        return self._hindrance(turn) or self._ring(turn)

    def _hindrance(self, turn: Turn) -> str | None:
        agent = turn.world.agents.get(turn.setting("agent"))
        return (
            "failed" if agent is None else hindrance(turn.world, agent, any_status=turn.setting("any_status"))
        )

    def _ring(self, turn: Turn) -> Exit:
        world = turn.world
        world.answer(turn.call)
        chosen, timeout = [world.agents[turn.setting("agent")]], float(turn.setting("timeout"))
        queues.ring(world, turn.call, chosen, queue=None, timeout=timeout, music="default")
        return None

    def not_taken(self, turn: Turn) -> Exit:
        last = turn.call.legs[-1].outcome if turn.call.legs else ""
        return "busy" if last in _BUSY else "failed"

    def ways(self, look: Look) -> Iterator[Way]:
        seconds = float(look.setting("timeout"))
        yield Way(None, "the agent answers", seconds)
        yield Way("busy", "the agent is busy", seconds)
        yield Way("failed", "the agent does not answer", seconds)


def hindrance(world: World, agent: AgentState, *, any_status: bool) -> str | None:
    """Return why an agent cannot be rung directly: `busy`, `failed`, or None."""
    phone = world.phones.get(agent.config.phone)
    if agent.removed or phone is None or not phone.registered:
        return "failed"
    if not any_status and agent.status is not AgentStatus.AVAILABLE:
        return "failed"
    if not any_status and agent.wrap_up is not None:
        return "busy"
    return None if agents.has_room(world, agent) else "busy"
