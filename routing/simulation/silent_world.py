"""The core's world in a simulation: it makes the same choices as the whole world, and leaves out what no choice needs.

Left out are events for clients, music, answers, recordings, the records of calls and decisions, the guards against
events that do not come, and the check that a phase may follow another. A test compares the choices with those of a
whole world, for each strategy.
"""

from random import Random

from routing.commands import Command
from routing.ids import QueueId, TeamId
from routing.state import Call
from routing.state.phases import CallPhase
from routing.state.world import World


class SilentWorld(World):
    __slots__ = ()

    def __init__(self, rng: Random) -> None:
        super().__init__(rng, watched=False)

    def publish(self, team: TeamId | None, kind: str, id: str, verb: str = "updated") -> None:
        pass

    def flush(self) -> list[Command]:
        commands = self.out
        self.out = []
        return commands

    def move(self, call: Call, phase: CallPhase, *, limit: float = 0.0) -> None:
        call.phase, call.phase_since = phase, self.now

    def place(self, call: Call, phase: CallPhase, *, limit: float = 0.0) -> None:
        call.phase, call.phase_since = phase, self.now

    def answer(self, call: Call) -> None:
        call.answered = True

    def notice(self, call: Call, queue: QueueId | None) -> bool:
        return False

    def recording_base(self, call: Call, queue: QueueId | None) -> str | None:
        return None
