"""One refresh token that is used twice at the same moment, in two processes. And how much work a sign-in is."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from api.core import passwords
from api.core.context import make_context
from api.core.passwords import hash_password
from models import AuthSession, RefreshToken, User, UserStatus, utcnow
from switchroom.database import make_engine
from switchroom.ids import new_id
from switchroom.settings import Settings
from tests.support.api.client import Api
from tests.support.realtime.process import ApiProcess

pytestmark = pytest.mark.service

EMAIL, PASSWORD = "jane@example.com", "a good long password"
AT_ONCE = 8


@pytest.fixture
def two(any_database_url: str, redis_server: str, tmp_path: Path) -> Iterator[list[ApiProcess]]:
    """Start two api processes on one database, with an account."""
    settings: dict[str, Any] = {
        "secret_key": "k" * 32,
        "database_url": any_database_url,
        "redis_url": redis_server,
        "shard": f"t{new_id()[-20:]}",
    }
    context = make_context(Settings(_env_file=None, **settings))
    user = User(email=EMAIL, password_hash=hash_password(PASSWORD), verified_at=utcnow())
    context.write(lambda session: session.add(user))
    processes = [ApiProcess(settings, tmp_path / f"{number}.log") for number in range(2)]
    try:
        for process in processes:
            process.start()
        yield processes
    finally:
        for process in processes:
            process.stop()
        context.relay.close()
        context.pools.close()
        context.engine.dispose()


def ask(process: ApiProcess, **body: Any) -> httpx.Response:
    return httpx.post(f"{process.url}/auth/login-user", json=body, timeout=30)


def me(process: ApiProcess, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{process.url}/v1/user/me", headers=headers, timeout=30).status_code


def test_of_many_uses_at_once_one_gets_tokens_and_all_of_them_end(
    two: list[ApiProcess], any_database_url: str
) -> None:
    made = httpx.post(f"{two[0].url}/auth/client", json={"name": "app"}, timeout=30).json()
    app = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    signed = ask(two[0], grant_type="password", username=EMAIL, password=PASSWORD, **app).json()
    start = Barrier(AT_ONCE)

    def use(number: int) -> httpx.Response:
        start.wait(30)
        return ask(two[number % 2], grant_type="refresh_token", refresh_token=signed["refresh_token"], **app)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(use, range(AT_ONCE)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: AT_ONCE - 1}
    (won,) = (answer.json() for answer in answers if answer.status_code == 200)
    # Whoever was second may be the thief or the robbed: nobody keeps the session.
    for tokens in (signed, won):
        for process in two:
            renewed = ask(process, grant_type="refresh_token", refresh_token=tokens["refresh_token"], **app)
            assert renewed.status_code == 401
    assert [me(process, won["access_token"]) for process in two] == [401, 401]
    engine = make_engine(any_database_url)
    with Session(engine) as session:
        opened = session.exec(select(AuthSession)).one()
        assert opened.revoked_reason == "refresh token used twice"
        assert len(session.exec(select(RefreshToken)).all()) == 2, "one more than at the sign-in"
    engine.dispose()


def test_an_ended_session_is_not_renewed_by_a_refresh_at_the_same_moment(two: list[ApiProcess]) -> None:
    made = httpx.post(f"{two[0].url}/auth/client", json={"name": "app"}, timeout=30).json()
    app = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    for _ in range(5):
        signed = ask(two[0], grant_type="password", username=EMAIL, password=PASSWORD, **app).json()
        start = Barrier(2)

        def renew(signed: dict[str, Any] = signed, start: Barrier = start) -> httpx.Response:
            start.wait(30)
            return ask(two[0], grant_type="refresh_token", refresh_token=signed["refresh_token"], **app)

        def leave(signed: dict[str, Any] = signed, start: Barrier = start) -> int:
            start.wait(30)
            headers = {"Authorization": f"Bearer {signed['access_token']}"}
            return httpx.post(f"{two[1].url}/auth/logout-user", headers=headers, timeout=30).status_code

        with ThreadPoolExecutor(2) as pool:
            renewed, left = pool.submit(renew), pool.submit(leave)
            assert left.result() == 200
            answer = renewed.result()
        if answer.status_code == 200:
            tokens = answer.json()
            assert me(two[0], tokens["access_token"]) == 401
            again = ask(two[0], grant_type="refresh_token", refresh_token=tokens["refresh_token"], **app)
            assert again.status_code == 401


@pytest.fixture
def work(any_api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Yield what returns the work since it was asked last: hashes that were checked, and statements."""
    done: list[str] = []
    hasher = passwords._hasher
    verify = hasher.verify

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            # The parameters of the hash say how much work it is.
            done.append("hash " + hashed.rsplit("$", 2)[0])
            return bool(verify(hashed, password))

        def __getattr__(self, name: str) -> Any:
            return getattr(hasher, name)

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "outbox" not in statement and "pg_advisory" not in statement:
            done.append(statement.split("WHERE")[0])

    def since() -> list[str]:
        found = list(done)
        done.clear()
        return found

    monkeypatch.setattr(passwords, "_hasher", Counting())
    event.listen(any_api.context.engine, "before_cursor_execute", note)
    yield since
    event.remove(any_api.context.engine, "before_cursor_execute", note)


def test_an_account_that_does_not_exist_costs_as_much_as_a_wrong_password(
    any_api: Api, work: Callable[[], list[str]]
) -> None:
    for email, hashed, state in (
        (EMAIL, hash_password(PASSWORD), UserStatus.ACTIVE),
        ("gone@example.com", hash_password(PASSWORD), UserStatus.DEACTIVATED),
        ("invited@example.com", None, UserStatus.PENDING),
    ):
        any_api.add(User(email=email, password_hash=hashed, status=state.value, verified_at=utcnow()))
    made = any_api.client.post("/auth/client", json={"name": "app"}).json()
    app = {"client_id": made["client_id"], "client_secret": made["client_secret"]}

    def cost(username: str, password: str = "wrong", **other: str) -> tuple[int, list[str]]:
        body = {"grant_type": "password", "username": username, "password": password, **app, **other}
        work()
        return any_api.client.post("/auth/login-user", json=body).status_code, work()

    status, usual = cost(EMAIL)
    assert (status, sum(step.startswith("hash") for step in usual)) == (401, 1)
    assert cost("nobody@example.com") == (401, usual)
    assert cost("gone@example.com") == (401, usual)
    assert cost("gone@example.com", PASSWORD) == (401, usual)
    assert cost("invited@example.com") == (401, usual)
    assert cost(EMAIL, PASSWORD, client_secret="wrong") == (401, usual)
    assert cost(EMAIL, PASSWORD, client_id="wrong") == (401, usual)
