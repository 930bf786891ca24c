"""The core's world where nobody watches and Asterisk never errs: every choice is the same, and what is only told to
others, or kept in case that something goes wrong, is left out.

That is: events for clients, records of calls and decisions, guards against events that do not come, and the check that
a phase may follow another. A test holds it against a whole world, choice by choice.
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
