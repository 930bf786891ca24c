"""Our api and the bare app as processes. Each has its own database. Both databases hold the same rows."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import orjson
import psycopg
from psycopg import sql

from bench.api.bare import Plan
from bench.api.world import World, seed, statements
from tests.support.servers import PostgresServer, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Server:
    """A server: its side, port and database, and how it starts. It reads no settings of this machine."""

    side: str
    port: int
    database: str
    command: list[str]
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the id of the process. Raise ValueError if it is not running."""
        if self.process is None:
            raise ValueError(f"{self.side} is not running")
        return self.process.pid

    def start(self) -> None:
        """Start the server and wait until it listens."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHROOM_")}
        settings = {**inherited, "PYTHONPATH": str(ROOT), **self.environment}
        path = self.folder / f"{self.side}.log"
        with path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: self._listens(path), f"{self.side} listens", 120)

    def stop(self, *, kill: bool = False) -> None:
        """End the server. It may finish what it has begun, unless `kill` is set."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        self.process = None

    def _listens(self, log: Path) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"{self.side} ended:\n{log.read_text()[-2000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def both(
    kind: str, folder: Path, redis_url: str, cluster: PostgresServer | None
) -> Iterator[tuple[World, dict[str, Server]]]:
    """Start both servers on new databases. They end with the block."""
    ours, bare = databases(kind, folder, cluster)
    world = seed(ours)
    copy(ours, bare, cluster)
    with ExitStack() as stack:
        servers = {
            "ours": our_server(ours, world, folder, redis_url, kind),
            "bare": _bare(kind, bare, world, folder),
        }
        for server in servers.values():
            stack.callback(server.stop)
            server.start()
        yield world, servers


def plain_url(url: str) -> str:
    """Return the database as its driver names it."""
    return url.removeprefix("sqlite:///").replace("+psycopg", "")


def databases(kind: str, folder: Path, cluster: PostgresServer | None) -> tuple[str, str]:
    """Return the URLs of our database and of the bare app's."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/ours.db", f"sqlite:///{folder}/bare.db"
    if cluster is None:
        raise ValueError(f"a {kind} database needs a PostgreSQL server")
    return cluster.url, cluster.url.replace("/switchroom", "/bare")


def copy(source: str, target: str, cluster: PostgresServer | None) -> None:
    """Copy the first database to the second. No process may use the first one at that time."""
    if source.startswith("sqlite"):
        shutil.copyfile(source.removeprefix("sqlite:///"), target.removeprefix("sqlite:///"))
        return
    names = [sql.Identifier(url.rsplit("/", 1)[1]) for url in (target, source)]
    admin = source.replace("+psycopg", "").rsplit("/", 1)[0] + "/postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    for url in (source, target):
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def our_server(url: str, world: World, folder: Path, redis_url: str, kind: str) -> Server:
    """Return `switchroom api` as supervisord starts it, with settings of its own."""
    port = free_port()
    settings = {
        "SECRET_KEY": world.secret,
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "SHARD": kind,
        "API_PORT": str(port),
        "PRIVATE_PORT": str(free_port()),
        "VAR_DIR": str(folder),
        "QUOTA_MESSAGES_A_DAY": "100000000",
    }
    environment = {f"SWITCHROOM_{name}": value for name, value in settings.items()}
    return Server("ours", port, url, [sys.executable, "-m", "cli.main", "api"], folder, environment)


def _bare(kind: str, url: str, world: World, folder: Path) -> Server:
    """Return the bare app. A file tells it what it needs."""
    port, sql_of = free_port(), statements()
    columns = [
        [list(astuple(column)) for column in columns]
        for columns in (sql_of.queue_columns, sql_of.call_columns)
    ]
    plan = folder / "bare.json"
    plan.write_bytes(orjson.dumps(asdict(Plan(port, kind, plain_url(url), world.team, world.user, *columns))))
    return Server("bare", port, url, [sys.executable, "-m", "bench.api.bare", str(plan)], folder, {})
