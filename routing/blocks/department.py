"""`department`: rings the phones of a department's users, by the department's ring type."""

from collections.abc import Iterator
from typing import ClassVar

from routing.acd import growing_offers, queues
from routing.acd.agents import has_room, of_user
from routing.blocks import checks
from routing.blocks.base import Exit, Turn
from routing.blocks.connects import Connects
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.config import DepartmentConfig, RingType
from routing.ids import AgentId
from routing.state import Agent
from routing.state.world import SORRY_SOUND

MOST_PHONES = 20
"""The most phones that are rung at once."""
MOST_USERS = 200


class Department(Connects):
    """`simultaneous` rings all phones for `timeout` seconds. `sequential` and `random` ring one phone after another,
    each for `timeout` seconds: in order, or in an order that is drawn for each call. `progressive` adds a phone every
    `step` seconds while the earlier ones ring on, for `timeout` seconds together. The status of the agents does not
    matter, but a phone in use is never rung. The call ends after the talk."""

    type = "department"
    overflow_target = True
    settings: ClassVar = {
        "department": checks.reference("department", required=True),
        "timeout": Setting(checks.seconds(5, 300), default=20),
        "step": Setting(checks.seconds(2, 60), default=10),
        "music": Setting(checks.music, default="default", refers_to="music"),
    }
    exits = frozenset({"failed"})
    instant = exits
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def connect(self, turn: Turn) -> Exit:
        world, department = turn.world, self._department(turn)
        phones = [] if department is None else self._phones(turn, department)
        if department is None or not phones:
            return "failed"
        if department.ring_type is RingType.RANDOM:
            world.rng.shuffle(phones)
        turn.memory["kind"] = str(department.ring_type)
        if department.ring_type is RingType.SIMULTANEOUS:
            turn.memory["left"] = []
            return self._ring(turn, [world.agents[id] for id in phones[:MOST_PHONES]])
        turn.memory["left"] = list(phones)
        return self._next(turn)

    def _department(self, turn: Turn) -> DepartmentConfig | None:
        return turn.world.departments.get(turn.setting("department"))

    def _phones(self, turn: Turn, department: DepartmentConfig) -> list[AgentId]:
        """Return one phone of each user, in the department's order."""
        world, found = turn.world, []
        for user in department.users[:MOST_USERS]:
            agents = of_user(world, department.team, user)
            free = next((agent for agent in agents if has_room(world, agent)), None)
            if free is not None:
                found.append(free.config.id)
        return found

    def _next(self, turn: Turn) -> Exit:
        """Make a new offer with the next phone."""
        agent = self._take(turn)
        return "failed" if agent is None else self._ring(turn, [agent])

    def _take(self, turn: Turn) -> Agent | None:
        left = turn.memory["left"]
        while left:
            agent = turn.world.agents.get(left.pop(0))
            if agent is not None and has_room(turn.world, agent):
                return agent
        return None

    def _ring(self, turn: Turn, chosen: list[Agent]) -> Exit:
        world, call = turn.world, turn.call
        progressive = turn.memory["kind"] == RingType.PROGRESSIVE
        call.more = min(MOST_PHONES - 1, len(turn.memory["left"])) if progressive else 0
        call.open_offer = call.more > 0
        world.answer(call)
        timeout = float(turn.setting("timeout"))
        queues.ring(world, call, chosen, queue=None, timeout=timeout, music=turn.setting("music"))
        queues.plan_next(world, call, turn.setting("step"))
        return None

    def rings_next(self, turn: Turn) -> Exit:
        """Add a phone to a progressive offer. The offer ends when no phone rings and none is left to be added."""
        world, call = turn.world, turn.call
        if growing_offers.nearly_over(world, call, turn.setting("timeout")):
            return None
        agent = self._take(turn) if call.more else None
        if agent is not None:
            growing_offers.add(world, call, agent, None, step=turn.setting("step"))
        elif not call.ringing:
            growing_offers.end(world, call, "failed")
        return None

    def not_taken(self, turn: Turn) -> Exit:
        queues.stop_adding(turn.world, turn.call)
        one_by_one = turn.memory["kind"] in (RingType.SEQUENTIAL, RingType.RANDOM)
        return self._next(turn) if one_by_one else "failed"

    def ways(self, look: Look) -> Iterator[Way]:
        seconds = float(look.setting("timeout"))
        yield Way(None, "a member of the department answers", seconds)
        yield Way("failed", "no member of the department answers", seconds)
