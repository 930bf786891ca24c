"""`department`: rings the phones of a department's users, by the department's ring type."""

from collections.abc import Iterator
from typing import ClassVar

from routing.acd import growing_offers, queues
from routing.acd.agents import has_room, of_user
from routing.blocks import checks
from routing.blocks.base import Exit, Go, Turn
from routing.blocks.connects import Connects
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.commands import StartMusic
from routing.config import Block, DepartmentConfig, RingType
from routing.ids import AgentId, BlockId, DepartmentId, QueueId, TimerPurpose, UserId
from routing.state import Agent
from routing.state.phases import CallPhase
from routing.state.world import SORRY_SOUND

MOST_PHONES = 20
"""The most phones that are rung at once."""
MOST_USERS = 200
RING = 20.0
"""How long phones ring if neither the block nor the department says it."""


AGAIN = 5.0
"""Seconds of music after which the phones are rung again."""
LEAST_RING = 5.0
"""No phone is rung for less than this, though the caller's time is nearly over."""


class Department(Connects):
    """`simultaneous` rings all phones for `timeout` seconds. `sequential` and `random` ring one phone after another,
    each for `timeout` seconds: in order, or in an order that is drawn for each call. `progressive` adds a phone every
    `step` seconds while the earlier ones ring on, for `timeout` seconds together. The status of the agents does not
    matter, but a phone in use is never rung. The call ends after the talk.

    The department's own `callcenter_ring` and `callcenter_hold_music` hold where the block says nothing. With a
    `callcenter_max_time` a caller whom nobody answers waits with music and the phones are rung again, until the time is
    over. An exit `failed` that leads nowhere then leads to `callcenter_transfer_to`, or to the department's mailbox."""

    type = "department"
    overflow_target = True
    settings: ClassVar = {
        "department": checks.reference("department", required=True),
        "timeout": Setting(checks.seconds(5, 300)),
        "step": Setting(checks.seconds(2, 60), default=10),
        "music": Setting(checks.music, refers_to="music"),
    }
    exits = frozenset({"failed"})
    instant = exits
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def connect(self, turn: Turn) -> Exit:
        world, department = turn.world, self._department(turn)
        if department is None:
            return "failed"
        if department.callcenter_max_time is not None:
            turn.memory.setdefault("until", world.now + department.callcenter_max_time)
        phones = self._phones(turn, department)
        if not phones:
            return self._wait(turn, department)
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

    def _timeout(self, turn: Turn) -> float:
        """Return how long phones ring now: no longer than the caller waits."""
        department = self._department(turn)
        own = None if department is None else department.callcenter_ring
        seconds = float(turn.setting("timeout") or own or RING)
        left = float(turn.memory.get("until", float("inf"))) - turn.world.now
        return min(seconds, max(LEAST_RING, left))

    def _music(self, turn: Turn) -> str:
        department = self._department(turn)
        own = None if department is None else department.callcenter_hold_music
        return str(turn.setting("music") or own or "default")

    def _wait(self, turn: Turn, department: DepartmentConfig) -> Exit:
        """Let the caller hear music until the phones are rung again. The call fails if they have waited long enough."""
        world, call = turn.world, turn.call
        until = turn.memory.get("until", 0.0)
        if until <= world.now or not department.users:
            return "failed"
        world.answer(call)
        world.emit(StartMusic(call.id, self._music(turn)))
        world.move(call, CallPhase.COLLECTING)
        world.start_timer(call.id, TimerPurpose.DIGIT, min(until, world.now + AGAIN))
        return None

    def timed_out(self, turn: Turn) -> Exit:
        department = self._department(turn)
        if department is None or turn.memory.get("until", 0.0) <= turn.world.now:
            return "failed"
        return self.connect(turn)

    def _nobody(self, turn: Turn) -> Exit:
        """All phones have been rung."""
        department = self._department(turn)
        return "failed" if department is None else self._wait(turn, department)

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
        return self._nobody(turn) if agent is None else self._ring(turn, [agent])

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
        queues.ring(world, call, chosen, queue=None, timeout=self._timeout(turn), music=self._music(turn))
        queues.plan_next(world, call, turn.setting("step"))
        return None

    def rings_next(self, turn: Turn) -> Exit:
        """Add a phone to a progressive offer. The offer ends when no phone rings and none is left to be added."""
        world, call = turn.world, turn.call
        if growing_offers.nearly_over(world, call, self._timeout(turn)):
            return None
        agent = self._take(turn) if call.more else None
        if agent is not None:
            growing_offers.add(world, call, agent, None, step=turn.setting("step"))
        elif not call.ringing:
            growing_offers.end(world, call, None)
        return None

    def not_taken(self, turn: Turn) -> Exit:
        queues.stop_adding(turn.world, turn.call)
        one_by_one = turn.memory["kind"] in (RingType.SEQUENTIAL, RingType.RANDOM)
        return self._next(turn) if one_by_one else self._nobody(turn)

    def beyond(self, turn: Turn, exit: str) -> Go | None:
        department = self._department(turn)
        if department is None:
            return None
        if department.callcenter_transfer_to:
            return self._target(turn, department.callcenter_transfer_to)
        return _mailbox(department) if department.callcenter_max_time is not None else None

    def _target(self, turn: Turn, to: str) -> Go | None:
        """Return the block that sends the call to a user, a queue, a department, an extension or an outside number."""
        world, team = turn.world, turn.call.team
        if to.startswith("+"):
            return _straight_to("number", to)
        if team is None:
            return None
        queue, department = world.queues.get(QueueId(to)), world.departments.get(DepartmentId(to))
        if queue is not None and queue.config.team == team:
            return _straight_to("queue", to)
        if department is not None and department.team == team:
            return _straight_to("department", to)
        member = world.users.find(team, UserId(to)) or world.users.at_extension(team, to)
        return None if member is None else _straight_to("user", member.user)

    def lands(self, look: Look, exit: str) -> tuple[str, bool]:
        return "where the department's callers are passed on, or its mailbox, if it is a call center", False

    def ways(self, look: Look) -> Iterator[Way]:
        seconds = float(look.setting("timeout") or RING)
        yield Way(None, "a member of the department answers", seconds)
        yield Way("failed", "no member of the department answers", seconds)


def _straight_to(type: str, what: str) -> Go:
    return Go(Block(BlockId(type), type, {type: what}))


def _mailbox(department: DepartmentConfig) -> Go:
    mailbox = {"kind": "department", "id": department.id}
    return Go(Block(BlockId("voicemail"), "voicemail", {"mailbox": mailbox}))
