"""Measure the team API: each operation beside a bare app that sends the same statements, and the goals of search."""

import pickle
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.api.measuring import Asked, Measuring
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
    steps = captured(made, settings_of(server))
    copy(ours, bare, cluster)
    with beside(server, Replays(free_port(), kind, plain_url(bare), redis_url, steps), folder) as servers:
        yield made, servers


def settings_of(server: Server) -> Settings:
    """Return what the server is told, for an app in this process that its requests are captured on."""
    values: dict[str, Any] = {
        name.removeprefix("SWITCHROOM_").lower(): value for name, value in server.environment.items()
    }
    return Settings(_env_file=None, **{**values, "private_port": free_port()})


@contextmanager
def beside(ours: Server, replays: Replays, folder: Path) -> Iterator[dict[str, Server]]:
    """Start our server, and the bare app that replays these steps. They end with the block."""
    with ExitStack() as stack:
        servers = {"ours": ours, "bare": _replaying(replays, folder)}
        for one in servers.values():
            stack.callback(one.stop)
            one.start()
        yield servers


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
