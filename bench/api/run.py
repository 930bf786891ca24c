"""Measure everything in one run: each database, operation and number of clients in turn. Then print the tables."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console

from bench.api import report
from bench.api.requests import Wrong, check, nothing, operations
from bench.api.rounds import ROUNDS, Cell, Crowd, Load, Side
from bench.api.servers import Server, both
from bench.api.world import World, outbox_rows
from tests.support.servers import PostgresServer, new_redis, postgres_cluster

WRITERS, READERS = 200, 8
BESIDE = "beside"
_WARM_UP = 0.5
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
        return not self.only or name in self.only


class Bench:
    """Both servers on one kind of database, and what was measured on them."""

    def __init__(
        self, asked: Asked, database: str, load: Load, world: World, servers: dict[str, Server]
    ) -> None:
        self.asked, self.database, self.load, self.world, self.servers = asked, database, load, world, servers
        self.cells: list[Cell] = []
        self.operations = operations(world)
        self.lengths = {name: check(operation, world, servers) for name, operation in self.operations.items()}
        self.written = dict.fromkeys(servers, 1)

    def crowd(self, name: str, clients: int) -> Crowd:
        """Return a crowd of clients of one operation."""
        return Crowd(self.operations[name], clients, self.lengths[name])

    def run(self) -> None:
        """Measure all that was asked for. Raise Wrong if a server lost a write or its answers changed."""
        self.show_ceiling()
        names = [name for name in self.operations if self.asked.has(name)]
        for name in names:
            self.measure(name, 1, _WARM_UP)
        self.cells.clear()
        for name in names:
            for clients in self.asked.clients:
                self.show(self.measure(name, clients, self.asked.seconds))
        if self.asked.has(BESIDE):
            if not any(cell.operation == "row" and cell.clients == READERS for cell in self.cells):
                self.show(self.measure("row", READERS, self.asked.seconds))
            self.show(self.measure("row", READERS, self.asked.seconds, writers=WRITERS))
        self.check_afterwards()

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

    def show(self, cell: Cell) -> None:
        """Print the cell as a line of progress."""
        ours, bare = cell.ours, cell.bare
        console.print(
            f"{self.database:>10}  {cell.name}, {cell.clients} clients: ours {ours.rate:.0f}/s, bare {bare.rate:.0f}/s "
            f"({cell.ratio:.1f} %), not 2xx {sum(ours.refused.values())}; load's CPU {bare.load:.0%}",
            highlight=False,
        )

    def show_ceiling(self) -> None:
        """Print the rate that the load generator reaches on the bare app without a statement."""
        side, crowd = Side(), Crowd(nothing(self.world), max(self.asked.clients), {"bare": 2})
        self.load.measure(self.servers["bare"], [crowd], 2 * _WARM_UP, side)
        console.print(
            f"{self.database:>10}  the load's own ceiling: {side.rate:.0f}/s on the bare app without SQL, "
            f"at {side.load:.0%} of its CPU",
            highlight=False,
        )

    def check_afterwards(self) -> None:
        """Raise Wrong unless every write is in the outbox and both servers still give the same answers."""
        for which, server in self.servers.items():
            rows = outbox_rows(server.database)
            if rows < self.written[which]:
                raise Wrong(f"{which}: {self.written[which]} writes, but only {rows} rows in the outbox")
        for name in ("write", "row", "call-log"):
            check(self.operations[name], self.world, self.servers)


def run(asked: Asked, file: Path | None) -> int:
    """Measure and print. Return the exit status: 1 if an answer is wrong. The speed does not matter for it."""
    cells: list[Cell] = []
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="switchroom-api-") as name, ExitStack() as stack:
        folder = Path(name)
        redis = new_redis(folder)
        redis.start()
        stack.callback(redis.stop)
        load = stack.enter_context(Load())
        for kind in asked.databases:
            (folder / kind).mkdir()
            with ExitStack() as inner:
                cluster: PostgresServer | None = None
                if kind == "postgresql":
                    cluster = inner.enter_context(postgres_cluster())
                servers = inner.enter_context(both(kind, folder / kind, redis.url, cluster))
                try:
                    bench = Bench(asked, kind, load, *servers)
                except Wrong as error:
                    wrong.append(f"{kind}: {error}")
                    continue
                try:
                    bench.run()
                except Wrong as error:
                    wrong.append(f"{kind}: {error}")
                cells += bench.cells
    console.print(report.rates(cells))
    console.print(report.goals(cells))
    wrong += mistakes(cells)
    for line in wrong:
        console.print(f"[red]wrong[/] {line}", highlight=False)
    if file is not None:
        file.write_bytes(orjson.dumps({"cells": [plain(cell) for cell in cells], "wrong": wrong}))
    return 1 if wrong else 0


def mistakes(cells: list[Cell]) -> list[str]:
    """Return one line for each side of each cell that had wrong, missing or refused answers."""
    found = []
    for cell in cells:
        for which, side in (("ours", cell.ours), ("bare", cell.bare)):
            if side.wrong or side.lost or side.refused:
                where = f"{cell.database}, {cell.name}, {cell.clients} clients, {which}"
                found.append(
                    f"{where}: {side.wrong} of wrong length, {side.lost} unanswered, not 2xx: {side.refused}"
                )
    return found


def plain(cell: Cell) -> dict[str, object]:
    """Return the cell in a form for the file."""
    return {
        "database": cell.database,
        "operation": cell.operation,
        "clients": cell.clients,
        "writers": cell.writers,
        "ratio_percent": cell.ratio,
        "ours": cell.ours.figures(),
        "bare": cell.bare.figures(),
    }
