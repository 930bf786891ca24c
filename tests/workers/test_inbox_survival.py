"""Worker, Redis, api, database and record writer are killed while messages come and go. None is lost.

`SWITCHROOM_TEST_MESSAGES=1000 make test ARGS='-n 0 tests/workers/test_inbox_survival.py'` is the long form.
"""

import os
import secrets
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import Engine
from sqlmodel import col, select

from api.core.tokens import make_access_token
from models import (
    AuthSession,
    ChannelState,
    Conversation,
    InboxChannel,
    InboxMessage,
    Outbox,
    Role,
    Team,
    TeamUser,
    User,
)
from models.inbox_channel import claim_of
from models.inbox_message import receive
from switchroom import database
from switchroom.encryption import encrypt
from switchroom.ids import dashed_id
from switchroom.inbox import Inbound, Source
from switchroom.settings import Settings
from tests.support.providers.twilio import TOKEN, TwilioServer, posted
from tests.support.servers import (
    PostgresServer,
    RedisServer,
    free_port,
    new_redis,
    postgres_cluster,
    wait_until,
)

pytestmark = [pytest.mark.service, pytest.mark.long, pytest.mark.timeout(1500)]

MESSAGES = int(os.environ.get("SWITCHROOM_TEST_MESSAGES", "60"))
"""In each direction."""
PEOPLE = 12
NUMBER, PUBLIC_URL = "+14165550100", "https://calls.example.org"
KILLED = ("worker", "redis", "api", "database", "record-writer", "worker", "redis", "api")
SETTLES_SECONDS = 600
"""A worker that died holds its conversation for two minutes, and what Redis lost is late by two before it is found."""


@dataclass
class Program:
    """A process of the product. It is killed and started again as its supervisor would."""

    arguments: list[str]
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self) -> None:
        with (self.folder / f"{self.arguments[0]}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", *self.arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        with self.lock:
            if self.process is not None:
                self.process.kill()
                self.process.wait(30)
                self.process = None

    def start_again(self) -> None:
        """Start it again if it has ended by itself: a worker does when Redis goes in the middle of a job."""
        with self.lock:
            if self.process is not None and self.process.poll() is not None:
                self.start()


@dataclass
class Office:
    """The parts that an inbox needs, each its own process, and a Twilio that is local."""

    folder: Path
    twilio: TwilioServer
    redis: RedisServer
    cluster: PostgresServer
    programs: dict[str, Program] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        values = {
            "secret_key": secrets.token_hex(32),
            "database_url": self.cluster.url,
            "redis_url": self.redis.url,
            "shard": "inbox",
            "api_port": str(free_port()),
            "private_port": str(free_port()),
            "worker_port": str(free_port()),
            "var_dir": str(self.folder),
            "spool_dir": str(self.folder),
            "public_url": PUBLIC_URL,
            "inbox_sends_per_minute": "60000",
            "quota_messages_a_day": "1000000",
            "access_token_seconds": "86400",
            **self.twilio.settings,
        }
        given: dict[str, Any] = values
        self.settings = Settings(_env_file=None, **given)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHROOM_")}
        root = str(Path(__file__).resolve().parents[2])
        environment = {
            **inherited,
            "PYTHONPATH": root,
            **{f"SWITCHROOM_{name.upper()}": value for name, value in values.items()},
        }
        for name, arguments in {
            "api": ["api"],
            "worker": ["worker", "default"],
            "record-writer": ["record-writer"],
        }.items():
            self.programs[name] = Program(arguments, self.folder, environment)
        database.upgrade(self.cluster.url)
        self.engine: Engine = database.make_engine(self.cluster.url)
        self._seed()

    def _seed(self) -> None:
        """Make a member, a channel, and people who have written before."""
        user = User(email="u@example.com", first_name="Jane")
        team = Team(team_name="T", slug="t", owner_id=user.id, billing_id=1, number=1)
        sign_in = AuthSession(user_id=user.id, expires_at=datetime.now(UTC) + timedelta(days=1))
        channel = InboxChannel(
            team_id=team.id,
            source=Source.SMS_TWILIO.value,
            external_id=NUMBER,
            name=NUMBER,
            state=ChannelState.CONNECTED.value,
            claim=claim_of(Source.SMS_TWILIO.value, NUMBER),
            sealed_token=encrypt(self.settings, TOKEN),
        )
        with database.session(self.engine) as session:
            for row in (
                user,
                team,
                sign_in,
                TeamUser(team_id=team.id, user_id=user.id, role=Role.ADMIN.value),
                channel,
            ):
                session.add(row)
                session.flush()
            for person in range(PEOPLE):
                told = Inbound(f"SMfirst{person}", self.number(person), "first", datetime.now(UTC))
                assert receive(session, channel, told) is not None
            self.conversations = [
                dashed_id(id) for id in session.exec(select(Conversation.id).order_by(Conversation.id))
            ]
        token = make_access_token(self.settings, user.id, sign_in.id)
        self.member = {"Authorization": f"Bearer {token}"}

    def number(self, person: int) -> str:
        return f"+1416777{person + 1:04}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.api_port}"

    def start(self) -> None:
        for program in self.programs.values():
            program.start()
        threading.Thread(target=self._supervise, daemon=True).start()
        wait_until(self.answers, "the api to answer", 400)

    def _supervise(self) -> None:
        while not self.over.wait(1):
            for program in self.programs.values():
                program.start_again()

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5).status_code > 0
        except httpx.HTTPError:
            return False

    def kill(self, part: str) -> None:
        """Kill a part at once, and start it again."""
        if part == "redis":
            self.redis.stop(kill=True)
            self.redis.start()
        elif part == "database":
            self.cluster.stop(crash=True)
            self.cluster.start()
        else:
            self.programs[part].kill()
            self.programs[part].start()

    def end(self) -> None:
        self.over.set()
        for program in self.programs.values():
            program.kill()
        self.engine.dispose()

    def rows(self, model: Any, *conditions: Any) -> list[Any]:
        with database.session(self.engine, readonly=True) as session:
            return list(session.exec(select(model).where(*conditions)))


@dataclass
class Sender:
    """Sends messages in one direction, one after the other. `send` returns whether this one is known to be taken."""

    send: Callable[[int], bool]
    done: int = 0

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        for number in range(MESSAGES):
            wait_until(lambda number=number: self.send(number), f"message {number} to be taken", 300)  # type: ignore[misc]
            self.done += 1


class Twilio:
    """What Twilio does: it posts a message until it is answered that it was taken."""

    def __init__(self, office: Office) -> None:
        self.office, self.client = office, httpx.Client(base_url=office.url, timeout=15)
        self.sids = [f"SM{secrets.token_hex(16)}" for _ in range(MESSAGES)]

    def post(self, number: int) -> bool:
        form = {
            "MessageSid": self.sids[number],
            "AccountSid": "AC" + "0" * 32,
            "From": self.office.number(number % PEOPLE),
            "To": NUMBER,
            "Body": f"inbound {number}",
            "NumMedia": "0",
        }
        body, headers = posted(f"{PUBLIC_URL}/hooks/twilio", form)
        try:
            return self.client.post("/hooks/twilio", content=body, headers=headers).is_success
        except httpx.HTTPError:
            return False


class Agent:
    """A member who writes to people. If an answer is lost, they look for the message before they repeat it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = httpx.Client(base_url=f"{office.url}/inbox", timeout=15, headers=office.member)

    def write(self, number: int) -> bool:
        conversation = self.office.conversations[number % PEOPLE]
        body = {
            "conversation_id": conversation,
            "message": {"text": f"outbound {number}", "metadata": f"m-{number}"},
        }
        try:
            if self.is_there(conversation, f"m-{number}"):
                return True
            return self.client.post("/send-message", json=body).is_success
        except httpx.HTTPError:
            return False

    def is_there(self, conversation: str, metadata: str) -> bool:
        sought = {"conversation_id": conversation, "page_size": 100}
        answer = self.client.post("/messages", json=sought)
        answer.raise_for_status()
        return any(one["metadata"] == metadata for one in answer.json()["data"])


@pytest.fixture
def office(tmp_path: Path, httpserver: HTTPServer) -> Iterator[Office]:
    with ExitStack() as stack:
        redis = new_redis(tmp_path)
        redis.start()
        stack.callback(redis.stop)
        cluster = stack.enter_context(postgres_cluster())
        made = Office(tmp_path, TwilioServer(httpserver), redis, cluster)
        stack.callback(made.end)
        made.start()
        yield made


def test_no_message_is_lost_or_stored_twice_whatever_dies(office: Office) -> None:
    twilio, agent = Twilio(office), Agent(office)
    senders = [Sender(twilio.post), Sender(agent.write)]
    for sender in senders:
        sender.thread.start()
    for place, part in enumerate(KILLED, 1):
        reached = MESSAGES * place // (len(KILLED) + 1)
        wait_until(lambda reached=reached: min(sender.done for sender in senders) >= reached, part, 300)  # type: ignore[misc]
        office.kill(part)
    for sender in senders:
        sender.thread.join(600)
        assert sender.done == MESSAGES
    waiting = (InboxMessage, col(InboxMessage.due_at).is_not(None))
    wait_until(lambda: not office.rows(*waiting), "all messages to be sent", SETTLES_SECONDS)
    inbound = office.rows(InboxMessage, col(InboxMessage.inbound).is_(True))
    stored = Counter(row.provider_id for row in inbound if not row.provider_id.startswith("SMfirst"))
    assert stored == dict.fromkeys(twilio.sids, 1)
    outbound = office.rows(InboxMessage, col(InboxMessage.inbound).is_(False))
    assert Counter(row.correlation for row in outbound) == {f"m-{number}": 1 for number in range(MESSAGES)}
    assert {row.state for row in outbound} == {"PENDING"}, "Twilio has taken them, and has said no more"
    arrived = Counter(
        parse_qs(urlsplit(row["callback"]).query)["message"][0] for row in office.twilio.messages
    )
    assert set(arrived) == {row.id for row in outbound}
    for conversation in office.rows(Conversation):
        numbers = sorted(row.number for row in inbound + outbound if row.conversation_id == conversation.id)
        assert numbers == list(range(1, conversation.last_number + 1))
    unsent = (Outbox, col(Outbox.delivered_at).is_(None))
    wait_until(lambda: not office.rows(*unsent), "clients to be told of everything", 120)
