"""What both groups of operations share: rounds of load on our api and on the bare app, in turn."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from bench.api.requests import Operation
from bench.api.rounds import ROUNDS, Cell, Crowd, Load, Side
from bench.api.servers import Server

TEAM = "team"
"""Among `Asked.only`: measure the team API's operations, not those of queues and call logs."""
WARM_UP = 0.5
"""Seconds of each operation on each server before the measurement."""
console = Console(width=160)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to measure. If `only` is empty, everything is measured."""

    seconds: float
    clients: Sequence[int]
    databases: Sequence[str]
    only: Sequence[str]

    def has(self, name: str) -> bool:
        """Return whether to measure this operation."""
        return not self.names or name in self.names

    @property
    def names(self) -> set[str]:
        """Return the names of the operations that are asked for. Empty: all."""
        return {*self.only} - {TEAM}


class Measuring:
    """Both servers on one kind of database, and what was measured on them."""

    def __init__(self, asked: Asked, database: str, load: Load, servers: dict[str, Server]) -> None:
        self.asked, self.database, self.load, self.servers = asked, database, load, servers
        self.cells: list[Cell] = []
        self.operations: dict[str, Operation] = {}
        self.lengths: dict[str, dict[str, int]] = {}
        self.written = dict.fromkeys(servers, 1)

    def crowd(self, name: str, clients: int) -> Crowd:
        """Return a crowd of clients of one operation."""
        return Crowd(self.operations[name], clients, self.lengths[name])

    def measure(self, name: str, clients: int, seconds: float, writers: int = 0) -> Cell:
        """Measure our api and the bare app in turn. Restart a server that did not answer all requests."""
        sides = {"ours": Side(), "bare": Side()}
        crowds = [self.crowd(name, clients), *([self.crowd("write", writers)] if writers else [])]
        for _ in range(ROUNDS):
            for which, side in sides.items():
                if side.seconds < 0.9 * seconds and not side.lost:
                    self.load.measure(self.servers[which], crowds, seconds / ROUNDS, side)
        for which, side in sides.items():
            self.written[which] += side.written
            if side.lost:
                self.servers[which].stop(kill=True)
                self.servers[which].start()
        cell = Cell(self.database, name, clients, writers, sides["ours"], sides["bare"])
        self.cells.append(cell)
        return cell

    def run(self) -> None:
        """Measure all that was asked for. Raise Wrong if a server's answers are wrong."""
        names = [name for name in self.operations if self.asked.has(name)]
        for name in names:
            self.measure(name, 1, WARM_UP)
        self.cells.clear()
        for name in names:
            for clients in self.asked.clients:
                self.show(self.measure(name, clients, self.asked.seconds))

    def show(self, cell: Cell) -> None:
        """Print the cell as a line of progress."""
        ours, bare = cell.ours, cell.bare
        console.print(
            f"{self.database:>10}  {cell.name}, {cell.clients} clients: ours {ours.rate:.0f}/s, bare {bare.rate:.0f}/s "
            f"({cell.ratio:.1f} %), not 2xx {sum(ours.refused.values())}; load's CPU {bare.load:.0%}",
            highlight=False,
        )
