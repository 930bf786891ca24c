"""Scenes are short calls through one running Switchroom. Many play at once. Each has its own numbers, queues and
agents."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select

from models.call import CallLog
from models.outbox import emit_command
from models.queue import QueueAgent
from models.team import TeamUser
from models.voicemail import Voicemail
from switchroom.ids import public_id
from switchroom.messages.commands import ReloadConfig
from tests.support.e2e.provision import TestAgent, send_status
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.softphone import Softphone

AT_ONCE = 4
"""The number of scenes that play at the same time. They keep two cores busy, and no phone answers late."""
_numbers = iter(range(10_000))
_lock = threading.Lock()


class Scene:
    """One test's part of the running system. `folder` is its own. What the scene starts ends with it."""

    def __init__(self, both: TwoNodes, folder: Path, stack: ExitStack) -> None:
        self.both = both
        self.system = both.system
        self.folder = folder
        self._stack = stack
        with _lock:
            self._first = next(_numbers) * 20
        self._used = 0

    def did(self) -> str:
        """Return a number that no other scene has."""
        self._used += 1
        return f"+1416555{self._first + self._used + 2000:04d}"

    # ---- configuration

    def queue(
        self, agents: int = 1, *, members: Mapping[int, Mapping[str, Any]] | None = None, **settings: Any
    ) -> "Served":
        """Make a queue with new agents and a number of its own. `members` has columns of some agents' places."""
        did = self.did()
        extension = 10_000 + (self._first + self._used) * 20
        queue, people = self.system.provision(did, agents, extension, **{"recording": "none", **settings})
        if members:
            self._place(queue, people, members)
        return Served(self, did, queue, people)

    def _place(self, queue: str, people: list[TestAgent], members: Mapping[int, Mapping[str, Any]]) -> None:
        def work(session: Session) -> None:
            for number, columns in members.items():
                mine = select(QueueAgent).where(
                    QueueAgent.queue_id == queue, QueueAgent.agent_id == people[number].id
                )
                place = session.exec(mine).one()
                for name, value in columns.items():
                    setattr(place, name, value)
            emit_command(session, ReloadConfig(kind="queue", id=queue))

        self.system.transaction(work)

    def route(self, entry: str, **blocks: dict[str, Any]) -> str:
        """Make a route with a number of its own. Return the number."""
        did = self.did()
        self.both.routed(did, entry, dict(blocks))
        return did

    def member_of(self, agent: TestAgent) -> TeamUser:
        """Return the membership of an agent's user."""
        name = agent.account.phone
        found: TeamUser = self.system.transaction(
            lambda session: session.exec(select(TeamUser).where(TeamUser.sip_username == name)).one()
        )
        return found

    # ---- phones and callers

    def phones(self, agents: list[TestAgent], *, available: bool = True, **behaviour: Any) -> AgentPhones:
        """Register phones of these agents at node a. Make the agents `Available` one after the other."""
        folder = self.folder / f"phones-{agents[0].account.phone}"
        phones = AgentPhones(folder, self.system.sip(), [agent.account for agent in agents], **behaviour)
        phones.start()
        self._stack.callback(phones.stop)
        wait_until(lambda: all(self._registered(agent) for agent in agents), "phones registered")
        if available:
            self.available(agents)
        return phones

    def _until_registered(self, agent: TestAgent) -> None:
        """Return when the engine knows that the agent's phone is registered. If it never does, say what is known."""
        try:
            wait_until(lambda: self._registered(agent), "softphone registered")
        except TimeoutError as error:
            error.add_note(
                f"engine: {self.system.live('agent', agent.id)}, leads: {self.system.engine_leads()}"
            )
            error.add_note(self.system.sip().cli("pjsip show contacts"))
            raise

    def _registered(self, agent: TestAgent) -> bool:
        return bool(self.system.live("agent", agent.id).get("registered"))

    def available(self, agents: list[TestAgent], status: str = "Available") -> None:
        for agent in agents:
            send_status(self.system.redis, self.system.keys, [agent], status)
        self.until_states(agents, status)

    def until_states(self, agents: list[TestAgent], state: str, seconds: float = 20) -> None:
        wait_until(
            lambda: set(self.system.states(agents)) == {state},
            f"{state}: {self.system.states(agents)}",
            seconds,
        )

    def caller(self, did: str, **behaviour: Any) -> Caller:
        """Start a caller, who dials now. By default they wait for the other side to hang up."""
        with _lock:
            folder = self.folder / f"caller-{did}-{next(_numbers)}"
        behaviour = {"hang_up": None, "wait": 40, **behaviour}
        caller = Caller(folder, self.system.sip(), did, **behaviour)
        caller.start()
        self._stack.callback(caller.stop)
        return caller

    def softphone(
        self,
        agent: TestAgent | None = None,
        *,
        voice: int,
        available: bool = True,
        on_b: bool = False,
        **options: Any,
    ) -> Softphone:
        """Start an agent's baresip and make the agent `Available`. Without an agent, it calls from the test trunk.

        `on_b`: at the other node.
        """
        with _lock:
            folder = self.folder / f"softphone-{next(_numbers)}"
        account = agent.account if agent else None
        server = self.both.b if on_b else self.system.sip()
        phone = Softphone(folder, server, account, voice=voice, **options)
        self._stack.enter_context(phone)
        if agent:
            phone.registered()
            self._until_registered(agent)
        if agent and available:
            self.available([agent])
        return phone

    def forward(self, agent: TestAgent, number: str) -> None:
        """Let the agent's user forward their calls."""
        self.settings(agent, forward=True, forward_number=number)

    def settings(self, agent: TestAgent, **columns: Any) -> None:
        """Set columns of the membership of the agent's user."""

        def work(session: Session) -> None:
            member = session.exec(select(TeamUser).where(TeamUser.sip_username == agent.account.phone)).one()
            for name, value in columns.items():
                setattr(member, name, value)
            emit_command(session, ReloadConfig(kind="user", id=member.id))

        self.system.transaction(work)

    def live_states(self, did: str, caller: str) -> list[str]:
        """Return the states of the live calls to this number from this caller."""
        calls = map(dict, self.system.lives("call"))
        return [call["state"] for call in calls if (call["did"], call["caller"]) == (did, caller)]

    # ---- results

    def ended(self, caller: Caller, seconds: float = 60) -> None:
        """Check that the caller's call ended as its scenario says."""
        result = caller.wait(seconds)
        assert (result.successful, result.failed) == (1, 0), result.errors

    def logs(
        self, did: str, count: int = 1, seconds: float = 20, *, caller: str | None = None
    ) -> list[CallLog]:
        """Wait for exactly `count` call logs of the number. Return them, the oldest first.

        `caller`: only theirs. Other scenes dial the same star codes and extensions.
        """

        def found() -> list[CallLog]:
            return [row for row in self.both.rows(did) if caller in (None, row.caller)]

        wait_until(lambda: len(found()) >= count, f"{count} call logs of {did}", seconds)
        rows = sorted(found(), key=lambda row: row.started_at)
        told = [(row.id, row.direction, row.caller, row.started_at, row.disposition) for row in rows]
        assert len(rows) == count, told
        return rows

    def log(self, did: str) -> CallLog:
        return self.logs(did)[0]

    def path(self, did: str) -> list[tuple[str, str | None]]:
        """Return (block, exit) of every block that the number's only call went through."""
        return [(step["block"], step["exit"]) for step in self.log(did).path]

    def recording(self, call: CallLog) -> Path:
        """Wait until the call's only recording is stored. Return it as a file: the caller left, the agent right."""

        def stored() -> bool:
            return [row.state for row in self.both.recordings(call.id)] == ["stored"]

        wait_until(stored, "the recording is stored", 60)
        with self.system.api as api:
            answer = api.get(f"/call-log/{public_id(call.id)}/recording")
        path = self.folder / f"{call.id}.wav"
        path.write_bytes(httpx.get(answer.headers["location"], timeout=20).content)
        return path

    def message(self, call: str) -> Voicemail:
        """Wait until the call's only message is written. Return it."""

        def rows() -> list[Voicemail]:
            found: list[Voicemail] = self.system.transaction(
                lambda session: list(session.exec(select(Voicemail).where(Voicemail.call_id == call)))
            )
            return found

        wait_until(lambda: bool(rows()), "the message's row")
        (row,) = rows()
        return row


class Served:
    """A queue of a scene: its number, its id and its agents."""

    def __init__(self, scene: Scene, did: str, id: str, agents: list[TestAgent]) -> None:
        self.scene, self.did, self.id, self.agents = scene, did, id, agents
        self._made = 0

    def phones(self, *numbers: int, **behaviour: Any) -> AgentPhones:
        """Start the phones of the agents with these indexes. By default these are all agents."""
        chosen = [self.agents[number] for number in numbers] or self.agents
        return self.scene.phones(chosen, **behaviour)

    def calls(self, count: int = 1, **behaviour: Any) -> list[int]:
        """Make `count` calls, one after the other. An agent takes each. Return the indexes of these agents."""
        for _ in range(count):
            self.scene.ended(self.scene.caller(self.did, **behaviour))
        self._made += count
        self.scene.logs(self.did, self._made)
        return self.served()[-count:]

    def served(self) -> list[int]:
        """Return the indexes of the agents who took the queue's calls so far, the first call's agent first."""
        rows = sorted(self.scene.both.rows(self.did), key=lambda row: row.started_at)
        ids = [agent.id for agent in self.agents]
        return [ids.index(row.agent_id) for row in rows if row.agent_id is not None]


Play = Callable[[Scene], None]


class SceneSet:
    """Scenes by name. `AT_ONCE` of them play at the same time. All are submitted before the first test asks for its
    scene."""

    def __init__(self) -> None:
        self.plays: dict[str, Play] = {}

    def __call__(self, play: Play) -> Play:
        """Add a scene under its function's name. This is a decorator."""
        self.plays[play.__name__] = play
        return play

    def play(
        self, both: TwoNodes, folder: Path, request: pytest.FixtureRequest
    ) -> Iterator["dict[str, Future[None]]"]:
        """Play the scenes that a test of this module asks for by its parameter `name`."""
        module = request.node.nodeid
        tests = [test for test in request.session.items if test.nodeid.startswith(module)]
        wanted = {test.callspec.params["name"] for test in tests if hasattr(test, "callspec")}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield {
                name: pool.submit(_perform, play, both, folder / name)
                for name, play in self.plays.items()
                if name in wanted
            }


def _perform(play: Play, both: TwoNodes, folder: Path) -> None:
    folder.mkdir()
    with ExitStack() as stack:
        play(Scene(both, folder, stack))
