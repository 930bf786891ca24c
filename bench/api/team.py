"""The team API's part of the benchmark: its world, what the clients send, and what the bare app replays.

Captured in this process: each request is sent to our api, on the database that both servers get a copy of.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from urllib.parse import quote

import httpx
import orjson
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from redis import Redis

from api.core.passwords import digest
from api.core.tokens import make_access_token
from api.main import create_app
from bench.api.captured import Capturer
from bench.api.chats import Team, fill
from bench.api.replay import Step, key
from bench.api.requests import Operation, Wrong
from bench.api.world import World, seed
from models import Agent, AuthSession, Client, Queue, QueueAgent, User
from switchroom import database
from switchroom.ids import public_id
from switchroom.redis_keys import Keys
from switchroom.settings import Settings
from tests.support.servers import wait_until

ROW = "chat"
"""The operation that reads one row by its primary key."""
TERMS = {
    "common": ("the", "and", "de", "я"),
    "rare": ("Rückruf", "contratos", "comprefmentness", "zzzz", "встреча"),
    "prefix": ("c", "co", "cont", "verb", "pro"),
    "phrase": ('"the people"', '"of the"', '"customer report"', '"die Rechnung"'),
    "cjk": ("一", "会议", "万七"),
    "words": ("the contract", "invoice customer", "meeting tomorrow please", "réunion élève"),
}
"""What is searched, by kind."""
LONG = {"chats-1000": "chats", "messages-1000": "messages"}
"""Lists of 1,000 rows, and the same of 100."""
READS = (
    "chats",
    "messages",
    *LONG,
    "agent-live",
    "queue-live",
    *(f"search-{kind}" for kind in TERMS),
    "search-all",
)
_PASSWORD = "a good long password"
_AGENTS_QUEUES = 5


@dataclass(slots=True)
class TeamWorld:
    """Ids and tokens. `tokens` has those of the people who search, by the names of `PLACES`."""

    world: World
    team: Team
    tokens: dict[str, str] = field(default_factory=dict)
    agent: str = ""
    hash: str = ""


def make(url: str) -> TeamWorld:
    """Fill the empty database."""
    world = seed(url)
    made = TeamWorld(world, fill(url, world.team))
    caller = made.team.people["many"]
    hasher = PasswordHasher()
    made.hash = hasher.hash(_PASSWORD)
    settings: Any = {"secret_key": world.secret, "access_token_seconds": 86400}
    engine = database.make_engine(url)
    with database.session(engine) as session:
        for name, user in made.team.people.items():
            sign_in = AuthSession(user_id=user, expires_at=datetime.now(UTC) + timedelta(days=1))
            session.add(sign_in)
            made.tokens[name] = make_access_token(Settings(_env_file=None, **settings), user, sign_in.id)
        session.get_one(User, caller).password_hash = made.hash
        session.add(Client(name="bench", client_id="bench", secret_hash=digest("bench")))
        agent = Agent(team_id=world.team, user_id=caller, name="Kate")
        session.add(agent)
        session.flush()
        for queue in world.queues[:_AGENTS_QUEUES]:
            session.add(QueueAgent(queue_id=session.get_one(Queue, queue).id, agent_id=agent.id))
    engine.dispose()
    made.agent = agent.id
    return made


def show_live(made: TeamWorld, redis_url: str, shard: str) -> None:
    """Write the live views of the agent and of their queues, as the engine does."""
    keys, redis, team = Keys(shard), Redis.from_url(redis_url), made.world.team
    agent = {
        "agent": made.agent, "team": team, "status": "Available", "reason": "", "since": 1.8e9, "state": "Available",
        "call": None, "registered": True, "queues": {},
    }  # fmt: skip
    redis.hset(keys.live("agent"), made.agent, orjson.dumps(agent))
    today = {"offered": 10, "answered": 9, "abandoned": 1, "service_level": 0.9, "asa": 4.5}
    for queue in made.world.queues[:_AGENTS_QUEUES]:
        waiting = [
            {"call": f"{place:032x}", "caller": "+14165550199", "position": place, "entered_at": 1.8e9, "priority": 0}
            for place in range(1, 11)
        ]  # fmt: skip
        view = {
            "queue": queue,
            "team": team,
            "at": 1.8e9,
            "waiting": waiting,
            "agents": {"Available": 3},
            "today": today,
        }
        redis.hset(keys.live("queue"), queue, orjson.dumps(view))
    redis.close()


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the person with this token. `address`: from where it comes, for the limits."""

    token: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    address: str = "127.0.0.1"

    @property
    def text(self) -> str:
        """Return it as HTTP."""
        content = json.dumps(self.body) if self.body is not None else ""
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self.token}",
            f"X-Forwarded-For: {self.address}",
            *(["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []),
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + content

    @property
    def key(self) -> str:
        """Return its name for the bare app."""
        return key(self.method, self.path, f"Bearer {self.token}")

    def ask(self, client: httpx.Client) -> httpx.Response:
        """Send it. Raise Wrong if the answer is no success."""
        headers = {"Authorization": f"Bearer {self.token}", "X-Forwarded-For": self.address}
        try:
            answer = client.request(self.method, self.path, headers=headers, json=self.body)
        except httpx.HTTPError as error:
            raise Wrong(f"{self.method} {self.path}: no answer: {error!r}") from error
        if not answer.is_success:
            raise Wrong(f"{self.method} {self.path}: {answer.status_code}: {answer.text[:300]}")
        return answer


def calls(made: TeamWorld) -> dict[str, list[list[Call]]]:
    """Return what the clients send, by operation: the scripts. The people who search and the terms are mixed."""
    token, team = made.tokens["many"], public_id(made.world.team)
    first, agent, queue = (public_id(id) for id in (made.team.chats[0], made.agent, made.world.queues[0]))
    sign_in = {
        "grant_type": "password", "client_id": "bench", "client_secret": "bench", "username": "p0@example.com",
        "password": _PASSWORD,
    }  # fmt: skip
    status = f"/v1/CCAgentConfig/{agent}/setstatus"

    def searches(paths: list[str]) -> list[list[Call]]:
        asked = [
            Call(person, "GET", f"/v1/search/{team}/{quote(path)}")
            for path in paths
            for person in made.tokens.values()
        ]
        return [asked[at:] + asked[:at] for at in range(len(asked))]

    return {
        ROW: [[Call(token, "GET", f"/v1/chat/{first}")]],
        "chats": [[Call(token, "GET", "/v1/chat?limit=100")]],
        "messages": [[Call(token, "GET", f"/v1/chat/{first}/messages?limit=100")]],
        "chats-1000": [[Call(token, "GET", "/v1/chat?limit=1000")]],
        "messages-1000": [[Call(token, "GET", f"/v1/chat/{first}/messages?limit=1000")]],
        "agent-live": [[Call(token, "GET", f"/v1/CCAgentConfig/{agent}/live")]],
        "queue-live": [[Call(token, "GET", f"/v1/CCQueueConfig/{queue}/live")]],
        "sign-in": [[Call("none", "POST", "/auth/login-user", sign_in, f"10.0.0.{at}")] for at in range(200)],
        "send": [[Call(token, "POST", f"/v1/chat/{first}/messages", _MESSAGE)]],
        "set-status": [[Call(token, "POST", status, {"status": state}) for state in _STATES]],
        **{
            f"search-{kind}": searches([f"messages/{term}" for term in terms])
            for kind, terms in TERMS.items()
        },
        "search-all": searches([term for terms in TERMS.values() for term in terms[:2]]),
    }


_MESSAGE = {"body": "Could you call the customer about the contract, please? https://example.com/contract"}
_STATES = ("Available", "Break")


def captured(made: TeamWorld, settings: Settings) -> dict[str, list[Step]]:
    """Send each request to our api in this process, and return what it does, by the request's key."""
    steps: dict[str, list[Step]] = {}
    app = create_app(settings)
    with TestClient(app) as client:
        # Until then each request asks who the caller is.
        wait_until(lambda: app.state.context.identities.hears, "the api to hear of changed rights", 10)
        capturer = Capturer(app.state.context)
        with capturer.listening():
            for name, scripts in calls(made).items():
                asked = {call.key: call for script in scripts for call in script}
                if name == "set-status":
                    turns = cycle(scripts[0])
                    found = capturer.capture(lambda turns=turns: next(turns).ask(client))  # type: ignore[misc]
                    steps |= dict.fromkeys(asked, found)
                    continue
                for call in asked.values():
                    steps[call.key] = capturer.capture(lambda call=call: call.ask(client))  # type: ignore[misc]
                    if name == "sign-in":
                        steps[call.key].insert(0, Step("argon2", "", [made.hash, _PASSWORD]))
    return steps


def check(name: str, scripts: list[list[Call]], servers: Mapping[str, int]) -> dict[str, int]:
    """Return the body's length by side, if all bodies are equally long. `servers`: the ports by side.

    Raise Wrong if a request is no success, or if a list does not have the rows that the bare app read.
    """
    lengths = {}
    for side, port in servers.items():
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            answers = [call.ask(client) for call in scripts[0]]
        if name in _PAGES:
            answer = answers[0].json()
            rows = answer if side == "ours" else max(answer, key=len)
            if len(rows) != _PAGES[name]:
                raise Wrong(f"{name}: {side} shows {len(rows)} rows")
        lengths[side] = len(answers[0].content)
    return lengths if name in _SAME_LENGTH else {}


_PAGES = {"chats": 100, "messages": 100, "chats-1000": 1000, "messages-1000": 1000}
_SAME_LENGTH = frozenset({ROW, "chats", "chats-1000", "queue-live"})
"""The others differ, or `send` changes them."""


def operation(name: str, scripts: list[list[Call]]) -> Operation:
    """Return the scripts as the load generator sends them."""
    return Operation(name, [[call.text for call in script] for script in scripts], scripts[0][0].path)
