"""A whole engine process with a fake Asterisk, a real Redis and a database in the test's memory."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from pbx.ami import Timing
from pbx.configuration.loader import Loaded
from pbx.configuration.uploads import Uploaded
from pbx.persistence.store import connect
from pbx.process.engine_process import EngineProcess
from pbx.process.shard import Shard
from routing.config import (
    AgentConfig,
    ConfigItem,
    NumberConfig,
    QueueConfig,
    QueueMember,
    TeamConfig,
    UserConfig,
)
from routing.events import AgentStatus, AgentStatusSet, ConfigChanged
from routing.ids import AgentId, MemberId, NumberId, QueueId, TeamId, UserId
from switchroom.ids import new_id
from switchroom.messages.commands import ConfigKind
from switchroom.settings import AsteriskNode, Settings
from tests.support.pbx.fake_asterisk import FakeAsterisk
from tests.support.pbx.waiting import until
from tests.support.servers import free_port

QUICK = Timing(backoff=0.01, backoff_limit=0.05, action=1.0)


@dataclass
class FakeDatabase:
    """A `pbx.configuration.loader.Database` over a list of objects."""

    items: list[ConfigItem] = field(default_factory=list)
    statuses: list[AgentStatusSet] = field(default_factory=list)
    away: bool = False

    def ping(self) -> None:
        if self.away:
            raise OSError("away")

    def load(self) -> Loaded:
        self.ping()
        return Loaded(tuple(self.items), tuple(self.statuses))

    def load_one(self, kind: ConfigKind, id: str) -> ConfigChanged:
        self.ping()
        found = tuple(item for item in self.items if item.id == id)
        return ConfigChanged(found) if found else ConfigChanged(removed=(id,))

    def uploads(self) -> Uploaded:
        self.ping()
        return Uploaded()

    def place_of(self, voicemail: str) -> None:
        """There are no voicemails here."""
        self.ping()


class Team:
    """One queue with agents `phone0`, `phone1` ..., whose extensions are 100, 101 ..., and the number +14165550100 that
    leads to it."""

    def __init__(self, agents: int, *, wrap_up: float = 0.0) -> None:
        self.id = TeamId(new_id())
        self.queue = QueueId(new_id())
        self.agents = [AgentId(new_id()) for _ in range(agents)]
        self.phones = [f"phone{number}" for number in range(agents)]
        members = tuple(QueueMember(agent, order) for order, agent in enumerate(self.agents))
        self.queue_config = QueueConfig(self.queue, self.id, "sales", members=members, wrap_up=wrap_up)
        users = [UserId(new_id()) for _ in self.agents]
        self.items: list[ConfigItem] = [
            TeamConfig(self.id, "team"),
            self.queue_config,
            NumberConfig(NumberId(new_id()), self.id, "+14165550100", queue=self.queue),
            *(
                AgentConfig(agent, self.id, "agent", user, phone)
                for agent, user, phone in zip(self.agents, users, self.phones, strict=True)
            ),
            *(
                UserConfig(MemberId(new_id()), self.id, user, "user", extension=f"10{number}", phone=phone)
                for number, (user, phone) in enumerate(zip(users, self.phones, strict=True))
            ),
        ]

    def database(self, status: AgentStatus = AgentStatus.AVAILABLE) -> FakeDatabase:
        return FakeDatabase(list(self.items), [AgentStatusSet(agent, status) for agent in self.agents])


class RunningEngine:
    """An engine process. After `start`, tell it what happens. `die` is a kill -9: nothing is flushed or handed over."""

    def __init__(
        self,
        redis_url: str,
        shard: str,
        var_dir: Path,
        database: FakeDatabase,
        nodes: list[FakeAsterisk],
        *,
        lease_seconds: float = 0.8,
    ) -> None:
        named = [
            AsteriskNode(name=node.name, ami_port=node.node.ami_port, ami_secret=SecretStr(node.secret))
            for node in nodes
        ]
        self.settings = Settings(
            redis_url=redis_url,
            shard=shard,
            var_dir=var_dir,
            nodes=named,
            engine_port=free_port(),
            lease_seconds=lease_seconds,
        )
        self.process = EngineProcess(self.settings, database, timing=QUICK)  # type: ignore[arg-type]
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> "RunningEngine":
        self.begin()
        await until(self.ready, "the engine's being ready")
        return self

    def begin(self) -> None:
        self.task = asyncio.create_task(self.process.run())

    def ready(self) -> bool:
        assert self.task is not None
        if self.task.done():
            self.task.result()
        shard = self.process.shard
        return (
            shard is not None and all(s == "ready" for s in shard.fleet.states().values()) and not shard.inbox
        )

    @property
    def shard(self) -> Shard:
        assert self.process.shard is not None
        return self.process.shard

    def state(self, agent: AgentId) -> str:
        view = self.shard.core.agent(agent)
        assert view is not None
        return view.state

    def waiting(self, queue: QueueId) -> list[tuple[str, float]]:
        """Return each call and the time when it entered the queue, in the order of service."""
        view = self.shard.core.queue(queue, 0.0)
        assert view is not None
        return [(call.call, call.entered_at) for call in view.waiting]

    async def live(self, kind: str) -> dict[str, Any]:
        store = self.process.store
        return {
            id: json.loads(text) for id, text in (await store.redis.hgetall(store.keys.live(kind))).items()
        }

    async def records(self, kind: str = "call") -> list[dict[str, Any]]:
        """Return the records of this kind. They are read over a new connection, because the engine's may have been
        cut off."""
        redis = connect(self.settings.redis_url)
        entries = await redis.xrange(self.process.store.keys.records)
        await redis.aclose()
        bodies = [json.loads(fields["body"]) for _, fields in entries]
        return [body for body in bodies if body["type"] == kind]

    async def command(self, **body: Any) -> None:
        store = self.process.store
        await store.redis.xadd(store.keys.commands, {"body": json.dumps(body)})

    async def stop(self) -> None:
        self.process.stop()
        assert self.task is not None
        await self.task

    async def finish(self) -> None:
        """Stop the engine if it still runs. Ignore the way in which it ended."""
        self.process.stop()
        if self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)
        await self.process.store.redis.aclose()
        self.process.spool.close()
