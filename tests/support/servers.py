"""Private servers for tests: real Redis, PostgreSQL and S3 on free ports. They end with the test session."""

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import LiteralString, Self
from urllib.parse import urlsplit

import boto3
import psycopg
import redis
from botocore.config import Config
from psycopg import sql
from sqlalchemy import text
from sqlmodel import SQLModel

from switchroom import database
from tests.support.sip.ports import free_port as free_port


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Return as soon as `condition()` is true. After the deadline, fail with `what` in the message."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.05)


class Running:
    """What has a `start` and a `stop`: it runs in a `with` block, and stops whatever happens there."""

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass
class Process:
    """A server process with its log. `stop` ends this process only."""

    arguments: list[str]
    log: Path
    user: str | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, user=self.user
            )

    def stop(self, *, kill: bool = False, by: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGKILL if kill else by)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process = None

    def alive(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"{self.arguments[0]} ended:\n{self.log.read_text()[-2000:]}")
        return True


@dataclass
class RedisServer:
    """A private Redis with the settings that the product needs: AOF on, `noeviction`. `restart` keeps its data."""

    port: int
    folder: Path
    process: Process

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process.start()
        client = redis.Redis(port=self.port)

        def answers() -> bool:
            self.process.alive()
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

        wait_until(answers, "Redis")
        client.close()

    def stop(self, *, kill: bool = False) -> None:
        self.process.stop(kill=kill)


def new_redis(folder: Path) -> RedisServer:
    """Return a Redis server that is not yet started. Its files are in `folder`."""
    port = free_port()
    arguments = [
        "redis-server",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
        "--appendonly",
        "yes",
        "--maxmemory-policy",
        "noeviction",
        "--save",
        "",
    ]
    return RedisServer(port, folder, Process(arguments, folder / "redis.log"))


def _postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError(
            "PostgreSQL is not installed: `make test` installs it, or run apt-get install postgresql"
        )
    return Path(on_path).parent


@dataclass
class PostgresServer:
    """A private PostgreSQL cluster. After `stop`, `start` finds its data again, on the same port."""

    port: int
    binaries: Path
    process: Process

    @property
    def url(self) -> str:
        """Return SQLAlchemy's URL of the database `switchroom`."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/switchroom"

    def start(self) -> None:
        self.process.start()
        probe = [*self.client("pg_isready"), "-q"]

        def ready() -> bool:
            self.process.alive()
            return subprocess.run(probe, check=False).returncode == 0

        wait_until(ready, "PostgreSQL")

    def stop(self, *, crash: bool = False) -> None:
        """Stop the server and drop its clients. A crash stops it without a checkpoint, and the next start recovers
        from the log."""
        # SIGTERM would wait until the clients go. After SIGKILL, orphaned backends keep the shared memory.
        self.process.stop(by=signal.SIGQUIT if crash else signal.SIGINT)

    def client(self, program: str) -> list[str]:
        """Return the command line of one of PostgreSQL's client programs for this server."""
        return [str(self.binaries / program), "-h", "127.0.0.1", "-p", str(self.port)]


@contextmanager
def postgres_cluster() -> Iterator[PostgresServer]:
    """Start a new PostgreSQL cluster with the empty database `switchroom`."""
    binaries = _postgres_binaries()
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="switchroom-pg-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data = folder / "data"
    quick = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"]
    subprocess.run(
        [binaries / "initdb", "-D", data, *quick], check=True, capture_output=True, user=user, cwd="/"
    )
    port = free_port()
    settings = ["fsync=off", f"unix_socket_directories={folder}", "listen_addresses=127.0.0.1"]
    options = [part for setting in settings for part in ("-c", setting)]
    arguments = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options]
    server = PostgresServer(port, binaries, Process(arguments, folder / "postgres.log", user))
    try:
        server.start()
        create = [*server.client("createdb"), "-U", "postgres", "switchroom"]
        subprocess.run(create, check=True, capture_output=True)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def pooler_of(url: str, folder: Path) -> Iterator[str]:
    """Start PgBouncer in transaction mode before the database of this URL. Yield the URL of the same database there.

    It has two connections to the server, which it gives to one transaction after the other. Releases from 1.21 on can
    follow prepared statements; here they do not.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise RuntimeError(
            "PgBouncer is not installed: `make test` installs it, or run apt-get install pgbouncer"
        )
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    release = tuple(map(int, re.findall(r"\d+", said)[:2]))
    parts = urlsplit(url)
    port = free_port()
    config = folder / "pgbouncer.ini"
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "pool_mode": "transaction",
        "default_pool_size": 2,
        "server_round_robin": 1,
        **({"max_prepared_statements": 0} if release >= (1, 21) else {}),
    }
    config.write_text(
        f"[databases]\n* = host={parts.hostname} port={parts.port} user={parts.username}\n[pgbouncer]\n"
        + "".join(f"{name} = {value}\n" for name, value in lines.items())
    )
    config.chmod(0o644)
    with tempfile.TemporaryDirectory(prefix="switchroom-pgbouncer-") as readable:
        os.chmod(readable, 0o755)
        place = shutil.copy(config, readable)
        user = "postgres" if os.geteuid() == 0 else None
        server = Process([program, place], folder / "pgbouncer.log", user)
        server.start()
        try:

            def answers() -> bool:
                server.alive()
                with socket.socket() as sock:
                    return sock.connect_ex(("127.0.0.1", port)) == 0

            wait_until(answers, "PgBouncer")
            yield parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}").geturl()
        finally:
            server.stop()


def new_postgres_database(server: str, options: LiteralString = "") -> str:
    """Make an empty database in the cluster of the SQLAlchemy URL `server`. Return its URL.

    `options` are those of CREATE DATABASE.
    """
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} " + options).format(sql.Identifier(name)))
    return server.rsplit("/", 1)[0] + f"/{name}"


@cache
def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        database.upgrade(f"sqlite:///{path}")
        return path.read_bytes()


def new_sqlite_database(path: Path) -> str:
    """Write a migrated SQLite database without rows to this path; return its URL."""
    path.write_bytes(_migrated_sqlite())
    return f"sqlite:///{path}"


def empty_tables(url: str) -> None:
    """Delete every row of a migrated database."""
    engine = database.make_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Without triggers: those of the audit log keep its entries.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(text(f'DELETE FROM "{table.name}"'))
    engine.dispose()


@dataclass(frozen=True)
class S3Server:
    """An S3 server (rclone) on a local folder, with one empty bucket."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    folder: Path


@contextmanager
def s3_server_on(folder: Path) -> Iterator[S3Server]:
    """Start `rclone serve s3` on `folder`. Yield it when it is ready for requests."""
    (folder / "data").mkdir()
    access, secret, port = secrets.token_hex(8), secrets.token_hex(16), free_port()
    rclone = Path(sys.prefix) / "bin" / "rclone"
    arguments = [
        str(rclone),
        "serve",
        "s3",
        str(folder / "data"),
        "--addr",
        f"127.0.0.1:{port}",
        "--auth-key",
        f"{access},{secret}",
        "--config",
        str(folder / "rclone.conf"),
        "--log-level",
        "ERROR",
    ]
    server = Process(arguments, folder / "rclone.log")
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"max_attempts": 1},
    )
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=config,
    )
    try:

        def answers() -> bool:
            server.alive()
            with socket.socket() as sock:
                return sock.connect_ex(("127.0.0.1", port)) == 0

        wait_until(answers, "the S3 server")
        client.create_bucket(Bucket="switchroom")
        yield S3Server(endpoint, access, secret, "switchroom", folder / "data")
    finally:
        server.stop()
