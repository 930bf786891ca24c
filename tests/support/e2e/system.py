"""The whole product as an operator runs it: `switchroom run` in its own folder and on its own ports."""

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

from api.accounts.audit import COMMAND_LINE
from api.telephony.outbound.service import decide
from cli.run import environment
from cli.run.asterisk_config import AsteriskInstance
from cli.run.supervisor import socket_path
from models.outbound import DecidedBy
from models.outbox import relay, stream_sender
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
    """One running Switchroom. `settings` are its settings. `demo` is the content of its `var/demo.json`."""

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
        ports = {
            name: free_port()
            for name in ("api", "engine", "worker", "private", "ami", "redis", "s3", "sip", "ws")
        }
        rtp_start, rtp_end = free_range(2400)
        extra = {"SWITCHROOM_RTP_START": str(rtp_start), "SWITCHROOM_RTP_END": str(rtp_end), **self._extra}
        var = self.folder / "var"
        var.mkdir(parents=True)
        lines = "".join(f"{name}={value}\n" for name, value in extra.items())
        (var / "switchroom.env").write_text(environment.content(ports) + lines)

    def start(self, seconds: float = 200) -> None:
        """Start everything. Return when the demo team is there and every part is healthy."""
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
        """Stop it with Ctrl-C. Return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(90)

    def end(self) -> None:
        """Stop it if it still runs. After a start that failed nothing may stay behind either."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    # ---- programs

    @property
    def _supervisor(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{socket_path(self.settings.var_dir)}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def stop_program(self, program: str) -> None:
        """Stop a program. It is not started again, as when an operator stops it."""
        self._supervisor.stopProcess(program)

    def start_program(self, program: str) -> None:
        self._supervisor.startProcess(program)

    def pid(self, program: str) -> int:
        """Return the process id. Return 0 while the program does not run."""
        return int(self._supervisor.getProcessInfo(program)["pid"])

    def kill(self, program: str, number: int = signal.SIGKILL) -> None:
        """Kill the process of one program. The supervisor starts it again."""
        os.kill(self.pid(program), number)

    def redis_answers(self) -> bool:
        """Return whether Redis answers. Its process runs for some time before Redis listens."""
        try:
            return bool(self.redis.ping())
        except redis.ConnectionError:
            return False

    def engine_leads(self) -> bool:
        """Return whether an engine holds the lease and is connected to every node."""
        try:
            health = httpx.get(f"http://127.0.0.1:{self.settings.engine_port}/health", timeout=2)
        except httpx.HTTPError:
            return False
        return health.status_code == 200

    def api_answers(self) -> bool:
        """Return whether the api listens. A program counts as running before it listens."""
        try:
            httpx.get(f"http://127.0.0.1:{self.settings.api_port}/health", timeout=5)
        except httpx.HTTPError:
            return False
        return True

    # ---- REST

    @property
    def api(self) -> httpx.Client:
        """Return a client of the REST API, signed in as the demo team's admin."""
        admin = self.demo["admin"]
        answer = httpx.post(
            f"{self.demo['auth_base']}/login-user",
            json={
                "grant_type": "password",
                "username": admin["email"],
                "password": admin["password"],
                **self.demo["client"],
            },
            timeout=20,
        )
        answer.raise_for_status()
        token = answer.json()["access_token"]
        return httpx.Client(
            base_url=self.demo["api_base"], headers={"Authorization": f"Bearer {token}"}, timeout=20
        )

    # ---- many rows at once, straight into the database

    @property
    def team_id(self) -> str:
        team = parse_id(self.demo["team"]["id"] if isinstance(self.demo["team"], dict) else self.demo["team"])
        assert team is not None
        return team

    def transaction(self, work: Callable[[Session], Any]) -> Any:
        """Do `work` in one transaction. Then send the messages of its outbox rows, as a request of the api does."""
        engine = database.make_engine(self.settings.database_url)
        try:
            with database.session(engine) as session:
                result = work(session)
            relay(engine, {"command": stream_sender(self.redis, self.keys)})
            return result
        finally:
            engine.dispose()

    def may_dial(self, *, open: bool = True) -> None:
        """Decide, as an operator, whether the demo team may dial in its own country."""
        limits = {"open": open, "team_per_day": 1000, "number_per_day": 1000, "destination_per_day": 1000}
        self.transaction(
            lambda session: decide(session, COMMAND_LINE, self.team_id, DecidedBy.OPERATOR, limits)
        )

    def provision(
        self, e164: str, agents: int, first_extension: int, **queue: Any
    ) -> tuple[str, list[TestAgent]]:
        """Make a queue with its own DID and `agents` agents. It is named after its number. Return its id and the
        agents.

        Rows and the engine's messages are written in one transaction, as the api does.
        """

        def work(session: Session) -> tuple[str, list[TestAgent]]:
            team = session.exec(select(Team).where(Team.id == self.team_id)).one()
            return provision(session, team, e164, agents, first_extension, **queue)

        result: tuple[str, list[TestAgent]] = self.transaction(work)
        wait_until(lambda: bool(self.live("queue", result[0])), f"the engine knows queue {e164}", 60)
        wait_until(lambda: all(self.states(result[1])), f"the engine knows the agents of {e164}", 60)
        self.until_number_known(e164)
        return result

    def until_number_known(self, e164: str) -> None:
        """Return when the engine knows the number's configuration. Calls before that would find no number."""
        self.until_known(e164)

    def until_known(self, *words: str) -> None:
        """Return when the engine knows what is configured with all these words."""

        def heard() -> bool:
            newest = self.redis.xrevrange(self.keys.journal, count=500)
            bodies = (fields["body"] for _, fields in newest)  # type: ignore[union-attr]
            return any(all(word in body for word in words) for body in bodies)

        wait_until(heard, f"the engine knows {' '.join(words)}", 60)

    def set_status(self, agents: list[TestAgent], status: str) -> None:
        """Send the statuses (see `send_status`). `states` shows what the engine makes of them."""
        send_status(self.redis, self.keys, agents, status)

    # ---- what the engine shows

    def live(self, kind: str, id_: str) -> dict[str, Any]:
        text = self.redis.hget(self.keys.live(kind), id_)
        return json.loads(text) if isinstance(text, str) else {}

    def lives(self, kind: str) -> list[dict[str, Any]]:
        values = self.redis.hvals(self.keys.live(kind))
        return [json.loads(text) for text in values]  # type: ignore[union-attr]

    def waiting(self, queue: str) -> list[str]:
        """Return the calls that wait in a queue. The call that is served next is the first."""
        return [entry["call"] for entry in self.live("queue", queue).get("waiting", [])]

    def states(self, agents: list[TestAgent]) -> list[str]:
        return [self.live("agent", agent.id).get("state", "") for agent in agents]

    def sip(self) -> AsteriskServer:
        """Return the node as the SIP harness needs it. It is not started from here."""
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
