"""The whole product, as an operator runs it: `switchroom run` in a folder of its own, on ports of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import httpx
import redis
from sqlmodel import Session, select
from supervisor.xmlrpc import SupervisorTransport

from cli.run import environment
from cli.run.asterisk_config import AsteriskInstance
from cli.run.supervisor import socket_path
from models.outbox import command_sender, relay
from models.team import Team
from switchroom import database
from switchroom.ids import parse_id
from switchroom.redis_keys import Keys
from switchroom.settings import Settings
from tests.support.e2e.provision import TestAgent, provision, send_status
from tests.support.servers import free_port, wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.ports import free_range

PROGRAMS = Path(sys.executable).parent


class System:
    """One running Switchroom. `settings` are its settings, `demo` what it wrote to `var/demo.json`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.log = folder / "run.log"
        self._extra = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._token = ""
        self._write_environment()
        self.settings = Settings(_env_file=folder / "var/switchroom.env")  # type: ignore[call-arg]
        self.settings = self.settings.model_copy(
            update={
                "database_url": f"sqlite:///{folder}/var/switchroom.db",
                "var_dir": folder / "var",
                "spool_dir": folder / "var/asterisk-a/spool",
            }
        )
        self.keys = Keys(self.settings.shard)
        self.redis = redis.Redis.from_url(self.settings.redis_url, decode_responses=True)

    def _write_environment(self) -> None:
        ports = {name: free_port() for name in ("api", "engine", "worker", "ami", "redis", "s3", "sip")}
        rtp_start, rtp_end = free_range(2400)
        extra = {"SWITCHROOM_RTP_START": str(rtp_start), "SWITCHROOM_RTP_END": str(rtp_end), **self._extra}
        var = self.folder / "var"
        var.mkdir(parents=True)
        lines = "".join(f"{name}={value}\n" for name, value in extra.items())
        (var / "switchroom.env").write_text(environment.content(ports) + lines)

    def start(self, seconds: float = 90) -> None:
        """Start everything and return when the demo team is there and all is well."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHROOM_")}
        if "SWITCHROOM_CACHE" in os.environ:
            inherited["SWITCHROOM_CACHE"] = os.environ["SWITCHROOM_CACHE"]
        facts = self.folder / "var/demo.json"
        facts.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(PROGRAMS / "switchroom"), "run"], cwd=self.folder, env=inherited, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip

        def running() -> bool:
            assert self._process is not None
            if self._process.poll() is not None:
                raise RuntimeError(f"switchroom run ended:\n{self.log.read_text()[-4000:]}")
            return facts.exists() and "Ctrl-C stops everything" in self.log.read_text()

        wait_until(running, f"start of the whole system ({self.log})", seconds)
        self.demo: dict[str, Any] = json.loads(facts.read_text())

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(90)

    def end(self) -> None:
        """Stop it if it still runs: after a start that failed, too, nothing stays behind."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    # ---- programs

    @property
    def _supervisor(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{socket_path(self.settings.var_dir)}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def stop_program(self, program: str) -> None:
        """Stop it for good, as an operator does."""
        self._supervisor.stopProcess(program)

    def start_program(self, program: str) -> None:
        self._supervisor.startProcess(program)

    def pid(self, program: str) -> int:
        """Its process id; 0 while it does not run."""
        return int(self._supervisor.getProcessInfo(program)["pid"])

    def kill(self, program: str, number: int = signal.SIGKILL) -> None:
        """Kill one program's process; the supervisor starts it again."""
        os.kill(self.pid(program), number)

    def redis_answers(self) -> bool:
        """Whether Redis serves: its process is there some time before it listens."""
        try:
            return bool(self.redis.ping())
        except redis.ConnectionError:
            return False

    def engine_leads(self) -> bool:
        """Whether an engine holds the lease and is connected to every node."""
        try:
            health = httpx.get(f"http://127.0.0.1:{self.settings.engine_port}/health", timeout=2)
        except httpx.HTTPError:
            return False
        return health.status_code == 200

    def api_answers(self) -> bool:
        """Whether the api listens: a program counts as running before it does."""
        try:
            httpx.get(f"http://127.0.0.1:{self.settings.api_port}/health", timeout=5)
        except httpx.HTTPError:
            return False
        return True

    # ---- REST

    @property
    def api(self) -> httpx.Client:
        """A client of the REST API, signed in as the demo team's admin."""
        admin = self.demo["admin"]
        answer = httpx.post(
            f"{self.demo['auth_base']}/login-user",
            json={
                "grant_type": "password",
                "username": admin["email"],
                "password": admin["password"],
                **self.demo["client"],
            },
        )
        answer.raise_for_status()
        token = answer.json()["access_token"]
        return httpx.Client(
            base_url=self.demo["api_base"], headers={"Authorization": f"Bearer {token}"}, timeout=20
        )

    # ---- bulk provisioning, straight in the database

    @property
    def team_id(self) -> str:
        team = parse_id(self.demo["team"]["id"] if isinstance(self.demo["team"], dict) else self.demo["team"])
        assert team is not None
        return team

    def transaction(self, work: Callable[[Session], Any]) -> Any:
        """Do `work` in one transaction, then send what its outbox rows say, as a request of the api does."""
        engine = database.make_engine(self.settings.database_url)
        try:
            with database.session(engine) as session:
                result = work(session)
            relay(engine, {"command": command_sender(self.redis, self.keys)})
            return result
        finally:
            engine.dispose()

    def provision(
        self, e164: str, agents: int, first_extension: int, **queue: Any
    ) -> tuple[str, list[TestAgent]]:
        """A queue named after its number, with its own DID and `agents` agents; the queue's id and the agents.

        Written like the api does: rows and the engine's messages in one transaction.
        """

        def work(session: Session) -> tuple[str, list[TestAgent]]:
            team = session.exec(select(Team).where(Team.id == self.team_id)).one()
            return provision(session, team, e164, agents, first_extension, **queue)

        result: tuple[str, list[TestAgent]] = self.transaction(work)
        wait_until(lambda: bool(self.live("queue", result[0])), f"the engine knows queue {e164}")
        wait_until(lambda: all(self.states(result[1])), f"the engine knows the agents of {e164}")
        self.until_number_known(e164)
        return result

    def until_number_known(self, e164: str) -> None:
        """Return when the engine has heard of the number's configuration: earlier calls would find nobody there."""

        def heard() -> bool:
            newest = self.redis.xrevrange(self.keys.journal, count=500)
            return any(e164 in fields["body"] for _, fields in newest)  # type: ignore[union-attr]

        wait_until(heard, f"the engine knows the number {e164}")

    def set_status(self, agents: list[TestAgent], status: str) -> None:
        """See `send_status`; what the engine makes of it is in `states`."""
        send_status(self.redis, self.keys, agents, status)

    # ---- what the engine shows

    def live(self, kind: str, id_: str) -> dict[str, Any]:
        text = self.redis.hget(self.keys.live(kind), id_)
        return json.loads(text) if isinstance(text, str) else {}

    def lives(self, kind: str) -> list[dict[str, Any]]:
        values = self.redis.hvals(self.keys.live(kind))
        return [json.loads(text) for text in values]  # type: ignore[union-attr]

    def waiting(self, queue: str) -> list[str]:
        """The calls waiting in a queue, first first."""
        return [entry["call"] for entry in self.live("queue", queue).get("waiting", [])]

    def states(self, agents: list[TestAgent]) -> list[str]:
        return [self.live("agent", agent.id).get("state", "") for agent in agents]

    def sip(self) -> AsteriskServer:
        """The node as the SIP harness sees it (never started from here)."""
        return AsteriskServer(
            AsteriskInstance(
                name="a",
                home=self.folder / "var/asterisk-a",
                ami_secret=self.settings.nodes[0].ami_secret.get_secret_value(),
                ami_port=self.settings.nodes[0].ami_port,
                sip_port=self.settings.sip_port,
            )
        )

    def logs(self) -> dict[str, str]:
        return {
            path.name: path.read_text(errors="replace") for path in (self.folder / "var/log").glob("*.log")
        }
