"""Measure everything in one run: each database, operation and number of clients in turn. Then print the tables."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import orjson

from bench.api import report, team_report
from bench.api.measuring import TEAM, WARM_UP, Asked, Measuring, console
from bench.api.requests import Wrong, check, nothing, operations
from bench.api.rounds import Cell, Crowd, Load, Side
from bench.api.servers import Server, both
from bench.api.team_run import TeamBench
from bench.api.team_run import both as both_of_team
from bench.api.world import World, outbox_rows
from tests.support.servers import PostgresServer, new_redis, postgres_cluster

Place = tuple[str, Path, str, PostgresServer | None]
"""A kind of database, a folder, the URL of Redis, and the PostgreSQL server if that is the kind."""
WRITERS, READERS = 200, 8
BESIDE = "beside"


class Bench(Measuring):
    """The operations of queues and call logs."""

    def __init__(
        self, asked: Asked, database: str, load: Load, world: World, servers: dict[str, Server]
    ) -> None:
        super().__init__(asked, database, load, servers)
        self.world = world
        self.operations = operations(world)
        self.lengths = {name: check(operation, world, servers) for name, operation in self.operations.items()}

    def run(self) -> None:
        """Measure all that was asked for. Raise Wrong if a server lost a write or its answers changed."""
        self.show_ceiling()
        super().run()
        if self.asked.has(BESIDE):
            if not any(cell.operation == "row" and cell.clients == READERS for cell in self.cells):
                self.show(self.measure("row", READERS, self.asked.seconds))
            self.show(self.measure("row", READERS, self.asked.seconds, writers=WRITERS))
        self.check_afterwards()

    def show_ceiling(self) -> None:
        """Print the rate that the load generator reaches on the bare app without a statement."""
        side, crowd = Side(), Crowd(nothing(self.world), max(self.asked.clients), {"bare": 2})
        self.load.measure(self.servers["bare"], [crowd], 2 * WARM_UP, side)
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

    def opened(stack: ExitStack, load: Load, place: Place) -> Measuring:
        if TEAM in asked.only:
            return TeamBench(asked, place[0], load, *stack.enter_context(both_of_team(*place)))
        return Bench(asked, place[0], load, *stack.enter_context(both(*place)))

    cells, wrong = measured(asked, opened)
    console.print(report.rates(cells))
    console.print(team_report.goals(cells) if TEAM in asked.only else report.goals(cells))
    return conclude(cells, wrong, file)


def measured(
    asked: Asked, opened: Callable[[ExitStack, Load, Place], Measuring]
) -> tuple[list[Cell], list[str]]:
    """Measure on each kind of database. Return the cells, and a line for each mistake. `opened` starts both servers;
    they end with its stack."""
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
                cluster = inner.enter_context(postgres_cluster()) if kind == "postgresql" else None
                try:
                    bench = opened(inner, load, (kind, folder / kind, redis.url, cluster))
                except Wrong as error:
                    wrong.append(f"{kind}: {error}")
                    continue
                try:
                    bench.run()
                except Wrong as error:
                    wrong.append(f"{kind}: {error}")
                cells += bench.cells
    return cells, [*wrong, *mistakes(cells)]


def conclude(cells: list[Cell], wrong: list[str], file: Path | None) -> int:
    """Print the mistakes, write the figures to the file, and return the exit status."""
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
