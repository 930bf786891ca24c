"""Measure the team API: each operation beside a bare app that sends the same statements, and the goals of search."""

import pickle
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.api.measuring import WARM_UP, Asked, Measuring
from bench.api.replay import Replays
from bench.api.rounds import Load
from bench.api.servers import Server, copy, databases, our_server, plain_url
from bench.api.team import TeamWorld, calls, captured, check, make, operation, show_live
from switchroom.settings import Settings
from tests.support.servers import PostgresServer, free_port


@contextmanager
def both(
    kind: str, folder: Path, redis_url: str, cluster: PostgresServer | None
) -> Iterator[tuple[TeamWorld, dict[str, Server]]]:
    """Start both servers on the team API's world. The bare one replays what ours does, as it is captured here."""
    ours, bare = databases(kind, folder, cluster)
    made = make(ours)
    show_live(made, redis_url, kind)
    server = our_server(ours, made.world, folder, redis_url, kind)
    values: dict[str, Any] = {
        name.removeprefix("SWITCHROOM_").lower(): value for name, value in server.environment.items()
    }
    steps = captured(made, Settings(_env_file=None, **{**values, "private_port": free_port()}))
    copy(ours, bare, cluster)
    with ExitStack() as stack:
        servers = {
            "ours": server,
            "bare": _replaying(Replays(free_port(), kind, plain_url(bare), redis_url, steps), folder),
        }
        for one in servers.values():
            stack.callback(one.stop)
            one.start()
        yield made, servers


def _replaying(replays: Replays, folder: Path) -> Server:
    file = folder / "replays.pickle"
    file.write_bytes(pickle.dumps(replays))
    command = [sys.executable, "-m", "bench.api.replay", str(file)]
    return Server("bare", replays.port, replays.database, command, folder, {})


class TeamBench(Measuring):
    """Both servers on one kind of database, and what was measured on them."""

    def __init__(
        self, asked: Asked, database: str, load: Load, made: TeamWorld, servers: dict[str, Server]
    ) -> None:
        super().__init__(asked, database, load, servers)
        ports = {side: server.port for side, server in servers.items()}
        for name, scripts in calls(made).items():
            if asked.has(name):
                self.operations[name] = operation(name, scripts)
                self.lengths[name] = check(name, scripts, ports)

    def run(self) -> None:
        """Measure all that was asked for."""
        for name in self.operations:
            self.measure(name, 1, WARM_UP)
        self.cells.clear()
        for name in self.operations:
            for clients in self.asked.clients:
                self.show(self.measure(name, clients, self.asked.seconds))
