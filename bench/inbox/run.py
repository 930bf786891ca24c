"""Measure the inbox: each list, page and message that arrives, beside a bare app that sends the same statements."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from fastapi.testclient import TestClient
from rich.table import Table

from api.main import create_app
from bench.api.captured import Capturer
from bench.api.measuring import Asked, Measuring, console
from bench.api.replay import Replays, Step
from bench.api.report import rates, yes
from bench.api.requests import Operation, Wrong
from bench.api.rounds import Cell, Load
from bench.api.run import Place, conclude, measured
from bench.api.servers import Server, copy, databases, our_server, plain_url
from bench.api.team_run import beside, settings_of
from bench.api.world import World
from bench.inbox.requests import INGEST, Ask, message, requests
from bench.inbox.world import PUBLIC_URL, InboxWorld, make
from switchroom.settings import Settings
from tests.support.servers import PostgresServer, free_port, wait_until

DEEPER = 2.0
"""How many times as long as the first page the slowest of a deep page may take."""
Scripts = dict[str, list[list[Ask]]]


def run(asked: Asked, conversations: int, messages: int, file: Path | None) -> int:
    """Measure on each kind of database, print the tables, and return the exit code."""

    def opened(stack: ExitStack, load: Load, place: Place) -> InboxBench:
        both = stack.enter_context(_both(*place, conversations, messages, max(asked.clients)))
        return InboxBench(asked, place[0], load, *both)

    cells, wrong = measured(asked, opened)
    console.print(rates(cells))
    console.print(depths(cells))
    return conclude(cells, wrong, file)


@contextmanager
def _both(
    kind: str,
    folder: Path,
    redis_url: str,
    cluster: PostgresServer | None,
    conversations: int,
    messages: int,
    clients: int,
) -> Iterator[tuple[Scripts, dict[str, Server]]]:
    """Start both servers on the same world. The bare one replays what ours does, as it is captured here."""
    ours, bare = databases(kind, folder, cluster)
    began = time.perf_counter()
    world = make(ours, conversations, messages)
    console.print(
        f"{kind:>10}  {messages:,} messages in {conversations:,} conversations, written in "
        f"{time.perf_counter() - began:.0f} s",
        highlight=False,
    )
    server = our_server(ours, World(world.secret), folder, redis_url, kind)
    server.environment |= {
        "SWITCHROOM_PUBLIC_URL": PUBLIC_URL,
        "SWITCHROOM_ACCESS_TOKEN_SECONDS": "86400",
    }
    scripts = requests(ours, world, clients)
    steps = _captured(world, scripts, settings_of(server), clients)
    copy(ours, bare, cluster)
    with beside(server, Replays(free_port(), kind, plain_url(bare), redis_url, steps), folder) as servers:
        yield scripts, servers


def _captured(world: InboxWorld, scripts: Scripts, settings: Settings, clients: int) -> dict[str, list[Step]]:
    """Send each request to our api in this process, and return what it does, by the request's key."""
    steps: dict[str, list[Step]] = {}
    app = create_app(settings)
    with TestClient(app) as client:
        wait_until(lambda: app.state.context.identities.hears, "the api to hear of changed rights", 10)
        capturer = Capturer(app.state.context)
        with capturer.listening():
            for name, (script, *_) in scripts.items():
                if name != INGEST:
                    steps[script[0].key] = capturer.capture(lambda call=script[0]: call.ask(client))  # type: ignore[misc]
            for number in range(clients):
                found = capturer.capture(lambda number=number: message(world, number).ask(client))  # type: ignore[misc]
                steps[message(world, number).key] = found
    return steps


class InboxBench(Measuring):
    """Both servers on one kind of database, and what was measured on them."""

    def __init__(
        self, asked: Asked, database: str, load: Load, scripts: Scripts, servers: dict[str, Server]
    ) -> None:
        super().__init__(asked, database, load, servers)
        for name, found in scripts.items():
            if asked.has(name):
                self.operations[name] = Operation(
                    name, [[call.text for call in script] for script in found], found[0][0].path
                )
                self.lengths[name] = {}
                self._check(name, found[0][0])

    def _check(self, name: str, call: Ask) -> None:
        """Raise Wrong if a server's first answer is no success, or a page of ours is empty."""
        for side, server in self.servers.items():
            with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client:
                answer = call.ask(client)
            if side == "ours" and name != INGEST and not answer.json()["data"]:
                raise Wrong(f"{name}: the page is empty")


def depths(cells: list[Cell]) -> Table:
    """Return the table of deep pages beside first ones: the p99 of each, and whether it is within the goal."""
    table = Table(title=f"A page at depth 1,000: p99 within {DEEPER:g} times that of the first page")
    for column in ("database", "operation"):
        table.add_column(column)
    for column in ("clients", "first p99 ms", "deep p99 ms", "times", "bare times", "holds"):
        table.add_column(column, justify="right")
    by_name = {(cell.database, cell.operation, cell.clients): cell for cell in cells}
    for cell in cells:
        first = by_name.get((cell.database, cell.operation.removesuffix("-deep"), cell.clients))
        if not cell.operation.endswith("-deep") or first is None:
            continue
        times = cell.ours.percentile(99) / max(1e-3, first.ours.percentile(99))
        bare = cell.bare.percentile(99) / max(1e-3, first.bare.percentile(99))
        table.add_row(
            cell.database, cell.operation, str(cell.clients), f"{first.ours.percentile(99):.1f}",
            f"{cell.ours.percentile(99):.1f}", f"{times:.2f}", f"{bare:.2f}", yes(times <= DEEPER),
        )  # fmt: skip
    return table
