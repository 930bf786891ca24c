"""Each request is one job on one thread. It runs the operation's own statements only."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from api.core.route import Operation
from switchroom.prepared import Prepared
from tests.support.api.client import Api
from tests.support.api.world import World, pid
from tests.support.servers import wait_until

pytestmark = pytest.mark.service


@dataclass
class Counted:
    """Jobs handed to the pools, by pool, and the statements that were executed."""

    jobs: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    def clear(self) -> None:
        self.jobs.clear()
        self.statements.clear()

    @property
    def tables(self) -> list[str]:
        """The first words of each statement, and the table it is about."""
        return [_brief(text) for text in self.statements]


def _brief(text: str) -> str:
    words = text.replace('"', "").split()
    if words[0] == "SELECT":
        table = words[words.index("FROM") + 1]
        return "SELECT people" if table.startswith("(") else f"SELECT {table}"
    return " ".join(words[:3] if words[0] == "INSERT" else words[:2])


@pytest.fixture
def counted(any_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    found = Counted()
    context = any_world.api.context
    submit = ThreadPoolExecutor.submit

    def counting(
        pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **named: Any
    ) -> Future[Any]:
        # The relay's own job, which marks what was sent, is no request's.
        if threading.current_thread().name != "api-relay":
            found.jobs.append(str(pool._thread_name_prefix).removeprefix("api-"))
        return submit(pool, work, *args, **named)

    def note(text: str) -> None:
        relays = "outbox" in text and not text.startswith("INSERT")
        if not relays and "pg_advisory" not in text:
            found.statements.append(text)

    def noting(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        note(text)

    rows = Prepared.rows

    def noting_prepared(prepared: Prepared, *args: Any) -> Any:
        # These go past SQLAlchemy and its events.
        note(str(prepared.statement))
        return rows(prepared, *args)

    wait_until(lambda: context.identities.hears, "the api to hear of changed rights", 10)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", counting)
    monkeypatch.setattr(Prepared, "rows", noting_prepared)
    event.listen(context.engine, "before_cursor_execute", noting)
    yield found
    event.remove(context.engine, "before_cursor_execute", noting)


def warm(world: World, counted: Counted) -> None:
    """The first request of a session asks who the caller is."""
    assert world.call(world.admin, "GET", "/user/me").status_code == 200
    assert counted.jobs == ["reads", "reads"]
    counted.clear()


def test_a_get_is_one_job_with_its_own_statements(any_world: World, counted: Counted) -> None:
    queue = any_world.queue()
    warm(any_world, counted)
    assert any_world.call(any_world.admin, "GET", f"/CCQueueConfig/{pid(queue)}").status_code == 200
    assert counted.jobs == ["reads"]
    assert counted.tables == ["SELECT queues", "SELECT people"]


def test_a_list_is_one_job_and_its_statements_do_not_grow_with_its_rows(
    any_world: World, counted: Counted
) -> None:
    for name in ("Sales", "Support", "Billing"):
        any_world.queue(name)
    warm(any_world, counted)
    path = f"/team/{any_world.admin.team}/ccqueueconfig"
    assert len(any_world.call(any_world.admin, "GET", path).json()) == 3
    assert counted.jobs == ["reads"]
    assert counted.tables == ["SELECT queues", "SELECT people"]


def test_members_are_listed_with_a_constant_number_of_statements(any_world: World, counted: Counted) -> None:
    for _ in range(3):
        any_world.api.person(any_world.team)
    warm(any_world, counted)
    found = any_world.call(any_world.admin, "GET", f"/team/{any_world.admin.team}/users")
    assert len(found.json()) == 6
    assert counted.tables == ["SELECT team_users", "SELECT users"]


def test_a_patch_is_one_job_on_a_writers_thread(any_world: World, counted: Counted) -> None:
    queue = any_world.queue()
    warm(any_world, counted)
    path = f"/CCQueueConfig/{pid(queue)}"
    assert any_world.call(any_world.admin, "PATCH", path, json={"wrap_up": 5}).status_code == 200
    assert counted.jobs == ["writes"]
    assert sorted(counted.tables) == [
        "INSERT INTO audit_log",
        "INSERT INTO outbox",
        "INSERT INTO outbox",
        "SELECT people",
        "SELECT queues",
        "UPDATE queues",
    ]


def test_a_post_that_only_reads_is_one_job_among_the_reads(any_world: World, counted: Counted) -> None:
    answer = any_world.call(None, "POST", "/team/exist", json={"team_name": "Nobody's"})
    assert answer.status_code == 200
    assert counted.jobs == ["reads"]
    assert counted.tables == ["SELECT teams"]


def test_many_requests_at_once_are_all_answered_and_hold_up_nothing(api: Api) -> None:
    """45 strangers ask whether a team exists while a writer of another process holds SQLite's lock."""
    statuses: list[int] = []

    def ask(number: int) -> None:
        answer = api.client.post("/v1/team/exist", json={"team_name": f"Team {number}"})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(45)]
    with api.context.engine.connect() as writer:
        transaction = writer.begin()
        for thread in threads:
            thread.start()
        assert api.client.get("/health").json()["parts"]["database"] == {"state": "ok"}
        for thread in threads:
            thread.join(60)
        transaction.rollback()
    assert statuses == [200] * 45


def test_a_writer_that_waits_holds_up_no_reader(api: Api) -> None:
    jane = api.person(api.team())
    statuses: list[int] = []
    # Not the one that waits for the relay, which is a writer too.
    client = TestClient(api.client.app)

    def change() -> None:
        answer = client.patch("/v1/user/me", json={"first_name": "Jane"}, headers=jane.headers)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=change) for _ in range(20)]
    with api.context.engine.connect() as writer:
        transaction = writer.begin()
        for thread in threads:
            thread.start()
        assert client.get("/v1/user/me", headers=jane.headers).status_code == 200
        assert statuses == []
        transaction.rollback()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 20


def test_head_answers_like_get_without_a_body(any_world: World) -> None:
    queue = any_world.queue()
    path = f"/CCQueueConfig/{pid(queue)}"
    shown = any_world.call(any_world.admin, "GET", path)
    head = any_world.call(any_world.admin, "HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(shown.content))
    assert any_world.call(None, "HEAD", path).status_code == 401


def test_the_root_leads_to_the_documentation(api: Api) -> None:
    answer = api.client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize("path", ["/v1/user/exist", "/V1/user/exist", "/v1/USER/Exist/"])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_a_stranger_sends_little_in_every_spelling_and_type(api: Api, path: str, kind: str) -> None:
    headers = {"Content-Type": kind}
    large = api.client.post(path, content=b"[" + b"[]," * 30_000 + b"[]]", headers=headers)
    assert (large.status_code, large.json()["errorType"]) == (413, "too_large")
    small = api.client.post(path, content=b'{"email": "a@example.com"}', headers=headers)
    assert small.status_code == 200


def test_a_signed_in_caller_may_send_more(api: Api) -> None:
    body = b'{"whatever": "' + b"x" * 100_000 + b'"}'
    headers = api.person().headers
    assert api.client.patch("/v1/user/me", content=body, headers=headers).status_code == 200
    assert api.client.patch("/v1/user/me", content=body).status_code == 413


def test_a_request_tries_no_operation_of_another_start(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are hundreds of operations: each is found by the first parts of its path."""
    tried: list[str] = []
    matches = Operation.matches

    def noting(operation: Operation, scope: Any) -> Any:
        tried.append(operation.path)
        return matches(operation, scope)

    monkeypatch.setattr(Operation, "matches", noting)
    queue = world.queue()
    assert world.call(world.admin, "GET", f"/ccqueueCONFIG/{pid(queue)}").status_code == 200
    assert tried == ["/v1/CCQueueConfig/{queue_id}"]
    tried.clear()
    assert world.call(world.admin, "GET", "/no-such-thing").status_code == 404
    assert len(tried) > 100
