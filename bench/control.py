"""Call control: the time from a REST request to its effect at a telephone, beside AMI's own actions.

Each round is a call of its own: a caller who sends no audio talks to an agent. Then one request is sent, and the time
until its effect is taken: the INVITE at the target's telephone (transfer, pull), the BYE at the telephone that is let
go (park, pull), the first packet of music at the caller (hold). The peer on the same Asterisk is a bare `Dial` to the
same telephone, and AMI's own `BlindTransfer` and `Park`, whose effects are the same ones. A REST request goes through
the api, its database, Redis and the engine; an AMI action goes to Asterisk at once. So the same actions are also sent
over a bare path of the same processes (`bare_control.py`): no design with REST, a queue and an engine is faster.
"""

import itertools
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import redis
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlmodel import col
from sqlmodel import select as select_rows

from api.core.tokens import make_access_token
from bench.bare_control import STREAM
from bench.rig import NUMBER, Rig
from cli.run.asterisk_modules import MODULES
from models import AuthSession, Role, Team, TeamUser
from switchroom import database
from switchroom.ids import public_id
from switchroom.messages.live import LiveAgent
from switchroom.redis_keys import Keys
from switchroom.settings import Settings
from tests.support.servers import free_port, wait_until
from tests.support.sip import ports
from tests.support.sip.ami import Ami
from tests.support.sip.asterisk import CALLERS, AsteriskServer
from tests.support.sip.dialog import Dialog
from tests.support.sip.phones import AgentPhones, moment

console = Console(width=120)
_LIMITS = httpx.Limits(keepalive_expiry=4)
"""The servers close a connection after five seconds without a request."""
PEER_NUMBER = "9903"
"""The number of a bare Dial to the first agent."""
_EXTENSIONS = """
[inbound](+)
exten => %s,1,Dial(PJSIP/%s)

[bench-transfer]
exten => _XXXX,1,Dial(PJSIP/e${EXTEN}t%s)
"""
_PARKING = """[general]
[default]
parkext => 750
parkpos => 751-799
context => bench-parked
parkingtime => 600
"""


class Customer(Dialog):
    """A caller who hears: `music()` waits for the first packet of sound."""

    def __init__(self, asterisk: AsteriskServer, number: str) -> None:
        super().__init__(asterisk, number)
        self.sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sound.bind((CALLERS, 0))

    def call(self) -> None:
        port = self.sound.getsockname()[1]
        media = f"c=IN IP4 {CALLERS}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
        body = f"v=0\r\no=- 1 1 IN IP4 {CALLERS}\r\ns=-\r\n{media}"
        status = self.request("INVITE", "Content-Type: application/sdp", body=body, seconds=20)
        if status != 200:
            raise RuntimeError(f"the caller got {status}")
        self._send("ACK", self._sequence)

    def silence(self) -> None:
        """Throw away what was heard until now: the queue's music."""
        while select.select([self.sound], [], [], 0.3)[0]:
            self.sound.recv(4096)

    def music(self) -> float:
        """Return when the next packet comes, in POSIX seconds."""
        if not select.select([self.sound], [], [], 5)[0]:
            raise TimeoutError("the caller heard nothing")
        return time.time()

    def quit(self) -> None:
        self.request("BYE")
        self.sound.close()


class ControlRig(Rig):
    """The rig with the api, and with Asterisk's own parking."""

    def __init__(self, folder: Path, agents: int) -> None:
        super().__init__(folder, agents)
        self.secret, self.api_port = secrets.token_hex(32), free_port()
        self._environment |= {
            "SWITCHROOM_SECRET_KEY": self.secret,
            "SWITCHROOM_API_PORT": str(self.api_port),
            "SWITCHROOM_PRIVATE_PORT": str(free_port()),
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        self._bare_port = free_port()
        self.bare = httpx.Client(base_url=f"http://127.0.0.1:{self._bare_port}", limits=_LIMITS)
        self.redis = redis.Redis.from_url(self.redis_server.url, decode_responses=True)
        self.admin, self.member = (self._client(token) for token in self._sign_in())

    def _client(self, token: str) -> httpx.Client:
        url = f"http://127.0.0.1:{self.api_port}/v1"
        return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, limits=_LIMITS)

    def _asterisk(self) -> AsteriskServer:
        server = super()._asterisk()
        modules = (*MODULES, "app_queue", "func_rand", "res_parking")
        server.instance = replace(server.instance, modules=modules)
        first = self.agents[0].account
        with (server.templates / "extensions.conf").open("a") as file:
            file.write(_EXTENSIONS % (PEER_NUMBER, first.phone, first.team))
        (server.templates / "res_parking.conf").write_text(_PARKING)
        return server

    def _sign_in(self) -> tuple[str, str]:
        """Make the team's owner its admin. Return access tokens of the admin and of the first agent's user."""
        engine = database.make_engine(f"sqlite:///{self.folder}/bench.db")
        tomorrow, phone = datetime.now(UTC) + timedelta(days=1), self.agents[0].account.phone
        settings: dict[str, Any] = {"secret_key": self.secret, "access_token_seconds": 86_400}
        with database.session(engine) as session:
            team = session.exec(select_rows(Team).where(col(Team.slug) == "bench")).one()
            agent = session.exec(select_rows(TeamUser).where(col(TeamUser.sip_username) == phone)).one()
            admin = TeamUser(team_id=team.id, user_id=team.owner_id, role=Role.ADMIN.value)
            admin.accepted_at = agent.accepted_at = datetime.now(UTC)
            tokens = []
            for user in (team.owner_id, agent.user_id):
                sign_in = AuthSession(user_id=user, expires_at=tomorrow)
                session.add_all([admin, agent, sign_in])
                session.flush()
                tokens.append(make_access_token(Settings(_env_file=None, **settings), user, sign_in.id))
        engine.dispose()
        return tokens[0], tokens[1]

    def start(self) -> None:
        super().start()
        python = [sys.executable, "-m", "bench.bare_control"]
        url, instance = self.redis_server.url, self.asterisk.instance
        self._run("api", [str(Path(sys.executable).parent / "switchroom"), "api"], self.folder)
        self._run("bare-api", [*python, "api", str(self._bare_port), url], Path.cwd())
        self._run(
            "bare-engine", [*python, "engine", url, str(instance.ami_port), instance.ami_username], Path.cwd()
        )
        wait_until(self._api_answers, f"the api ({self.folder / 'api.log'})", 120)
        wait_until(self._bare_answers, f"the bare path ({self.folder / 'bare-api.log'})", 30)

    def _run(self, name: str, command: list[str], folder: Path) -> None:
        environment = {**self._environment, "PATH": os.environ["PATH"]}
        environment["BENCH_AMI_SECRET"] = self.asterisk.instance.ami_secret
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self._processes.append(process)

    def _api_answers(self) -> bool:
        try:
            return self.admin.get("/user/me").status_code == 200
        except httpx.HTTPError:
            return False

    def _bare_answers(self) -> bool:
        try:
            return (
                self.bare.post("/", json={"Action": "Ping"}).status_code == 202
                and self.redis.xlen(STREAM) > 0
            )
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
            process.wait(20)
        super().stop()

    def live(self, agent: int) -> LiveAgent:
        text = self.redis.hget(Keys("main").live("agent"), self.agents[agent].id)
        return LiveAgent.model_validate_json(str(text))

    def asks(self, call: str, action: str, **body: Any) -> float:
        """Send the request. Return when it was sent."""
        sent = time.time()
        client = self.member if action == "pull" else self.admin
        answer = client.post(f"/call/{public_id(call)}/{action}", json=body or None)
        if answer.status_code != 202:
            raise RuntimeError(f"{action}: {answer.status_code} {answer.text}")
        return sent


@dataclass
class Side:
    """One kind of request: what it is, and the milliseconds of each round."""

    name: str
    effect: str
    peer: str = ""
    bare: str = ""
    """The same action over the bare path."""
    times: list[float] = field(default_factory=list)

    def percentile(self, percent: int) -> float:
        return quantiles(self.times, n=100, method="inclusive")[percent - 1]


def _after(phones: AgentPhones, kind: str, seen: int, sent: float) -> float:
    """Return the milliseconds from `sent` to the next event of this kind."""
    return (moment(phones.wait_for(kind, seen + 1, 10)[seen]) - sent) * 1000


@dataclass
class Bench:
    rig: ControlRig
    folder: Path
    first: AgentPhones
    target: AgentPhones
    ami: Ami
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _second: int = field(default_factory=ports.free_port)
    """The port of the first agent's other telephone."""

    def talk(self, number: str) -> Customer:
        """Let a caller talk to the first agent."""
        answered = len(self.first.events("answered"))
        customer = Customer(self.rig.asterisk, number)
        customer.call()
        self.first.wait_for("answered", answered + 1, 10)
        return customer

    def ours(self) -> tuple[Customer, str]:
        """Return a caller who talks to the first agent through the engine, and the call's id."""
        calls = Keys("main").live("call")
        wait_until(lambda: not self.rig.redis.hlen(calls), "the end of the call before", 30)
        wait_until(lambda: self.rig.live(0).state == "Available", "the agent is free", 20)
        customer = self.talk(NUMBER)
        wait_until(lambda: self.rig.live(0).state == "OnCall", "the talk", 20)
        call = self.rig.live(0).call
        assert call is not None
        customer.silence()
        return customer, call

    def hold(self, sides: dict[str, Side]) -> None:
        customer, call = self.ours()
        sent = self.rig.asks(call, "hold")
        sides["hold"].times.append((customer.music() - sent) * 1000)
        customer.quit()

    def transfer(self, sides: dict[str, Side]) -> None:
        customer, call = self.ours()
        seen, answered = len(self.target.events("invite")), len(self.target.events("answered"))
        sent = self.rig.asks(call, "transfer", agent=public_id(self.rig.agents[1].id))
        sides["transfer"].times.append(_after(self.target, "invite", seen, sent))
        self.target.wait_for("answered", answered + 1, 10)
        customer.quit()

    def park(self, sides: dict[str, Side]) -> None:
        customer, call = self.ours()
        seen = len(self.first.events("ended"))
        sent = self.rig.asks(call, "park")
        sides["park"].times.append(_after(self.first, "ended", seen, sent))
        customer.quit()

    def pull(self, sides: dict[str, Side]) -> None:
        """Let another telephone of the first agent take the talk over. Else it is not registered. It comes back at the
        same address, as telephones do."""
        customer, call = self.ours()
        folder, account = self.folder / f"second{next(self._numbers)}", self.rig.agents[0].account
        with AgentPhones(folder, self.rig.asterisk, [account], ring=0, port=self._second) as second:
            ended = len(self.first.events("ended"))
            sent = self.rig.asks(call, "pull")
            sides["pull"].times.append(_after(second, "invite", 0, sent))
            sides["pulled"].times.append(_after(self.first, "ended", ended, sent))
            customer.quit()
            second.wait_for("ended")

    def blind_transfer(self, sides: dict[str, Side]) -> None:
        self._ami_transfer(sides["BlindTransfer"], self._by_ami)

    def bare_transfer(self, sides: dict[str, Side]) -> None:
        self._ami_transfer(sides["bare transfer"], self._by_rest)

    def ami_park(self, sides: dict[str, Side]) -> None:
        self._ami_park(sides["Park"], sides["Park, music"], self._by_ami)

    def bare_park(self, sides: dict[str, Side]) -> None:
        self._ami_park(sides["bare park"], sides["bare park, music"], self._by_rest)

    def _ami_transfer(self, side: Side, send: "Send") -> None:
        customer = self.talk(PEER_NUMBER)
        customer.silence()
        seen, answered = len(self.target.events("invite")), len(self.target.events("answered"))
        extension, channel = self.rig.agents[1].account.extension, self._channel()
        sent = send(
            {"Action": "BlindTransfer", "Channel": channel, "Context": "bench-transfer", "Exten": extension}
        )
        side.times.append(_after(self.target, "invite", seen, sent))
        self.target.wait_for("answered", answered + 1, 10)
        customer.quit()

    def _ami_park(self, side: Side, music: Side, send: "Send") -> None:
        customer = self.talk(PEER_NUMBER)
        customer.silence()
        seen, channel = len(self.first.events("ended")), self._channel("PJSIP/test-")
        sent = send({"Action": "Park", "Channel": channel, "Parkinglot": "default"})
        music.times.append((customer.music() - sent) * 1000)
        side.times.append(_after(self.first, "ended", seen, sent))
        customer.quit()

    def _by_ami(self, action: dict[str, str]) -> float:
        sent = time.time()
        self.ami.action(
            action["Action"], **{name: value for name, value in action.items() if name != "Action"}
        )
        return sent

    def _by_rest(self, action: dict[str, str]) -> float:
        sent = time.time()
        self.rig.bare.post("/", json=action)
        return sent

    def _channel(self, prefix: str = "") -> str:
        prefix = prefix or f"PJSIP/{self.rig.agents[0].account.phone}-"
        lines = self.rig.asterisk.cli("core show channels concise").splitlines()
        return next(line.partition("!")[0] for line in lines if line.startswith(prefix))


Send = Callable[[dict[str, str]], float]
"""Sends an AMI action and returns when it was sent."""


def _sides() -> dict[str, Side]:
    return {
        "hold": Side("hold", "music at the caller", "Park, music", "bare park, music"),
        "transfer": Side("blind transfer", "INVITE at the target", "BlindTransfer", "bare transfer"),
        "park": Side("park", "BYE at the agent", "Park", "bare park"),
        "pull": Side("pull", "INVITE at the other telephone", "BlindTransfer", "bare transfer"),
        "pulled": Side("pull", "BYE at the old telephone", "Park", "bare park"),
        "BlindTransfer": Side("AMI BlindTransfer", "INVITE at the target"),
        "Park": Side("AMI Park", "BYE at the agent"),
        "Park, music": Side("AMI Park", "music at the caller"),
        "bare transfer": Side("bare REST, BlindTransfer", "INVITE at the target", "BlindTransfer"),
        "bare park": Side("bare REST, Park", "BYE at the agent", "Park"),
        "bare park, music": Side("bare REST, Park", "music at the caller", "Park, music"),
    }


def run(rounds: int) -> None:
    """Measure so many rounds of each kind, one after the other, and print the table."""
    sides = _sides()
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as name:
        folder = Path(name)
        rig = ControlRig(folder, 2)
        try:
            rig.start()
            first, target = (
                AgentPhones(folder / f"phone{number}", rig.asterisk, [agent.account], ring=0)
                for number, agent in enumerate(rig.agents)
            )
            for phone in (first, target):
                phone.start()
            instance = rig.asterisk.instance
            ami = Ami(instance.ami_port, instance.ami_username, instance.ami_secret)
            rig.set_status("Available")
            rig.redis.xadd(Keys("main").commands, {"body": json.dumps(_away(rig))})
            bench = Bench(rig, folder, first, target, ami)
            kinds: list[Callable[[dict[str, Side]], None]] = [
                bench.hold, bench.transfer, bench.park, bench.pull, bench.blind_transfer, bench.ami_park,
                bench.bare_transfer, bench.bare_park,
            ]  # fmt: skip
            with Progress(console=console, transient=True) as progress:
                task = progress.add_task("rounds", total=rounds)
                for _ in range(rounds):
                    for kind in kinds:
                        kind(sides)
                    progress.advance(task)
            for phone in (first, target):
                phone.stop()
        finally:
            rig.stop()
    show(sides, rounds)


def _away(rig: Rig) -> dict[str, Any]:
    """Return the command that takes the second agent out of the queue."""
    change = {"type": "agent-status", "agent": rig.agents[1].id, "status": "Break"}
    return {**change, "queue": None, "reason": "", "by": None}


def show(sides: dict[str, Side], rounds: int) -> None:
    """Print each side, and its p50 beside AMI's own action (the goal: at most 2) and beside the bare path."""
    table = Table(title=f"From the request to its effect at a telephone: {rounds} rounds of each")
    for column in ("request", "effect"):
        table.add_column(column)
    for column in ("p50 ms", "p99 ms", "AMI p50", "times AMI", "bare REST p50", "times bare REST"):
        table.add_column(column, justify="right")
    for side in sides.values():
        figures = [f"{side.percentile(50):.1f}", f"{side.percentile(99):.1f}"]
        for name in (side.peer, side.bare):
            peer = sides[name].percentile(50) if name else None
            figures += ["", ""] if peer is None else [f"{peer:.1f}", f"{side.percentile(50) / peer:.2f}"]
        table.add_row(side.name, side.effect, *figures)
    console.print(table)
