"""One cell of the table. Our api and the bare app have rounds of load in turn, so that noise slows both."""

import subprocess
import sys
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Self

import orjson

from bench.api.requests import Operation
from bench.api.servers import ROOT, Server
from bench.cpu import cpu_seconds

WARM = 0.2
"""Seconds at the start of each round that are not measured."""
ROUNDS = 2
"""Rounds of each side. One round is enough if its answers take longer than the whole cell."""


@dataclass(slots=True)
class Side:
    """What one server did in all rounds of a cell. `refused` counts the answers outside 2xx by status."""

    seconds: float = 0.0
    inside: int = 0
    answers: int = 0
    cpu: float = 0.0
    load: float = 0.0
    """The highest share of a CPU that the load generator itself used."""
    wrong: int = 0
    lost: int = 0
    written: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    microseconds: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return the good answers a second."""
        return self.inside / max(1e-6, self.seconds)

    @property
    def cpu_ms(self) -> float:
        """Return the CPU milliseconds of the server's process for each answer."""
        return self.cpu / max(1, self.answers) * 1000

    def percentile(self, percent: float) -> float:
        """Return the percentile of the time from request to answer (ms)."""
        ordered = sorted(self.microseconds) or [0]
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] / 1000

    def figures(self) -> dict[str, Any]:
        """Return the figures for a file."""
        found = asdict(self)
        del found["microseconds"]
        return {
            **found,
            "rate": self.rate,
            "cpu_ms": self.cpu_ms,
            "p50_ms": self.percentile(50),
            "p99_ms": self.percentile(99),
        }


@dataclass(slots=True)
class Cell:
    """One operation with `clients` clients on one kind of database. `writers` clients write at the same time."""

    database: str
    operation: str
    clients: int
    writers: int
    ours: Side
    bare: Side

    @property
    def ratio(self) -> float:
        """Return our rate in percent of the bare app's."""
        return 100 * self.ours.rate / self.bare.rate if self.bare.inside else 0.0

    @property
    def name(self) -> str:
        """Return the operation, with the number of writers beside it."""
        return f"{self.operation} beside {self.writers} writers" if self.writers else self.operation


@dataclass(frozen=True, slots=True)
class Crowd:
    """Clients of one operation. `lengths` has the length of its answers by side, if all are equally long."""

    operation: Operation
    clients: int
    lengths: dict[str, int]


class Load:
    """The load generator's process."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bench.api.load"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)

    def play(self, port: int, seconds: float, groups: dict[str, Any]) -> dict[str, Any]:
        """Play one round. See `bench.api.load`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        plan = {"port": port, "warm": WARM, "seconds": seconds, "groups": groups}
        self.process.stdin.write(orjson.dumps(plan) + b"\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = orjson.loads(self.process.stdout.readline())
        return answer

    def measure(self, server: Server, crowds: list[Crowd], seconds: float, side: Side) -> None:
        """Play one round and add its figures to the side. Times are those of the first crowd. Mistakes are those of all
        crowds."""
        groups = {
            crowd.operation.name: {
                "clients": crowd.clients,
                "scripts": crowd.operation.scripts,
                "length": crowd.lengths.get(server.side),
            }
            for crowd in crowds
        }
        before = cpu_seconds(server.pid)
        played = self.play(server.port, seconds, groups)
        side.cpu += cpu_seconds(server.pid) - before
        side.load = max(side.load, played["cpu"])
        for name, group in played["groups"].items():
            side.answers += group["answers"]
            side.wrong += group["wrong"]
            side.lost += group["lost"]
            for status, count in group["statuses"].items():
                side.refused[status] = side.refused.get(status, 0) + count
            if name == "write":
                side.written += group["good"]
        first = played["groups"][crowds[0].operation.name]
        side.seconds += first["seconds"]
        side.inside += first["inside"]
        side.microseconds += first["microseconds"]
