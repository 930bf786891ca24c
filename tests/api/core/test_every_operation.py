"""Rules that hold for every operation: paths, bodies, errors, limits, the outbox after the commit."""

import json
import logging
from collections.abc import Callable
from typing import Any, cast

import pytest
import redis
from fastapi import APIRouter
from sqlalchemy import exc
from sqlmodel import Session, select

from api import routers
from api.core.deps import SessionDep
from api.core.middleware import LARGEST_BODY
from api.core.route import router
from api.main import create_app
from models import Outbox, Role
from models.outbox import OutboxKind, emit_command
from switchroom.ids import new_id
from switchroom.messages.commands import HangUpCall
from switchroom.settings import Settings
from tests.support.api.client import Api

pytestmark = pytest.mark.service


def faulty() -> APIRouter:
    faulty = router("/v1")

    @faulty.get("/faulty/bug")
    def bug() -> None:
        raise RuntimeError("the secret reason")

    @faulty.get("/faulty/database")
    def database(kind: str = "OperationalError") -> None:
        if kind == "TimeoutError":
            raise exc.TimeoutError("no connection is left")
        raise getattr(exc, kind)("select", {}, Exception("locked"))

    @faulty.post("/faulty/halfway")
    def halfway(session: SessionDep) -> None:
        emit_command(session, HangUpCall(call=new_id()))
        session.flush()
        raise RuntimeError("after a write")

    return faulty


@pytest.fixture
def faulty_api(make_api: Callable[..., Api], sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr(routers, "ROUTERS", (*routers.ROUTERS, faulty()))
    return make_api(sqlite_url)


@pytest.mark.parametrize("path", ["/v1/user/me", "/v1/User/ME", "/v1/USER/me/"])
def test_paths_match_in_any_case(api: Api, path: str) -> None:
    assert api.client.get(path, headers=api.person().headers).status_code == 200


@pytest.mark.parametrize("path", ["/v1/u%C5%BFer/me", "/v1/user/me%0A", "/v1/pla%C5%84"])
def test_only_letters_of_ascii_have_two_cases_in_a_path(api: Api, path: str) -> None:
    assert api.client.get(path, headers=api.person().headers).status_code == 404


@pytest.mark.parametrize("spelling", ["{0}", "a{0}", "A{1}", "{2}"])
def test_ids_are_taken_in_every_spelling(api: Api, spelling: str) -> None:
    jane = api.person(api.team())
    value = jane.user.id
    dashed = f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
    path = f"/v1/user/{spelling.format(value, value.upper(), dashed)}"
    answer = api.client.get(path, headers=jane.headers)
    assert (answer.status_code, answer.json()["id"]) == (200, f"a{value}")


@pytest.mark.parametrize(
    "kind", ["application/javascript", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_json_is_read_whatever_its_type(api: Api, kind: str) -> None:
    headers = {**api.person().headers, "Content-Type": kind}
    answer = api.client.patch("/v1/user/me", content=b' {"first_name": "Matt"}', headers=headers)
    assert answer.json()["first_name"] == "Matt"


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1]", b'"text"', b"null", b"[" * 100000])
def test_a_body_that_is_no_object_is_a_400(api: Api, body: bytes) -> None:
    answer = api.client.patch("/v1/user/me", content=body, headers=api.person().headers)
    assert (answer.status_code, answer.json()["errorType"]) == (400, "validation")


@pytest.mark.parametrize(
    "value",
    ['"a\\u0000b"', '"\\ud800"', "NaN", "1e999", str(10**30), '["a\\u0000"]', '{"a": {"\\u0000": 1}}'],
)
def test_what_no_database_stores_is_refused_by_name_even_in_unknown_fields(api: Api, value: str) -> None:
    body = f'{{"whatever": {value}}}'.encode()
    answer = api.client.patch("/v1/user/me", content=body, headers=api.person().headers)
    assert answer.status_code == 400
    assert set(answer.json()["response"]) == {"whatever"}


def test_a_large_body_is_refused_with_and_without_its_length(api: Api) -> None:
    headers = api.person().headers
    large = b" " * (LARGEST_BODY + 1)
    declared = api.client.patch("/v1/user/me", content=large, headers=headers)
    assert (declared.status_code, declared.json()["errorType"]) == (413, "too_large")
    chunked = api.client.patch("/v1/user/me", content=iter([large[:1000], large[1000:]]), headers=headers)
    assert chunked.status_code == 413


def test_unknown_paths_and_methods_answer_in_our_form(api: Api) -> None:
    missing = api.client.get("/v1/nothing")
    assert (missing.status_code, missing.json()["errorType"]) == (404, "not_found")
    wrong = api.client.delete("/v1/user/me")
    assert wrong.status_code == 405
    assert set(wrong.json()) == {"errorType", "response"}


def test_a_bug_answers_an_id_that_is_in_the_log_and_nothing_else(
    faulty_api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    answer = faulty_api.client.get("/v1/faulty/bug")
    assert answer.status_code == 500
    body = answer.json()
    assert body == {"errorType": "server", "response": {"id": answer.headers["X-Request-Id"]}}
    logged = next(record for record in caplog.records if record.name == "api.core.middleware")
    assert vars(logged)["request"] == body["response"]["id"]
    assert "secret reason" in str(logged.exc_info)


def test_a_database_that_is_away_is_a_503_and_is_logged(
    faulty_api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    answer = faulty_api.client.get("/v1/faulty/database")
    assert (answer.status_code, answer.json()["errorType"]) == (503, "unavailable")
    (logged,) = [record for record in caplog.records if record.name == "api.core.error_handlers"]
    assert (logged.levelname, getattr(logged, "error", "")) == ("WARNING", "locked")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("DatabaseError", 503),  # SQLite: the file is damaged
        ("InternalError", 503),  # PostgreSQL: read-only, after a fail-over
        ("InterfaceError", 503),
        ("TimeoutError", 503),  # no connection is left
        ("ProgrammingError", 500),
        ("DataError", 500),
    ],
)
def test_every_outage_of_the_database_is_a_503_and_a_bug_is_none(
    faulty_api: Api, kind: str, status: int
) -> None:
    assert faulty_api.client.get(f"/v1/faulty/database?kind={kind}").status_code == status


def test_a_request_that_fails_leaves_nothing_behind(faulty_api: Api) -> None:
    assert faulty_api.client.post("/v1/faulty/halfway").status_code == 500
    with Session(faulty_api.context.engine) as session:
        assert session.exec(select(Outbox)).all() == []


def test_the_access_log_names_the_operation_and_nobody(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "api.access")
    jane = api.person(api.team())
    for path in (f"/v1/user/{jane.id}", f"/v1/user?search={jane.user.email}"):
        api.client.get(path, headers=jane.headers)
    lines = [vars(record) for record in caplog.records if record.name == "api.access"]
    assert [(line["method"], line["status"]) for line in lines] == [("GET", 200)] * 2
    assert [line["operation"] for line in lines] == ["/v1/user/{user_id}", "/v1/user"]
    assert jane.user.email not in json.dumps(lines, default=str)
    assert jane.user.id not in json.dumps(lines, default=str)


def test_security_headers_and_request_id(api: Api) -> None:
    headers = api.client.get("/v1/user/me").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert len(headers["X-Request-Id"]) == 32
    assert headers["WWW-Authenticate"] == "Bearer"


def test_lists_page_and_count(api: Api) -> None:
    team = api.team()
    jane, *_ = (api.person(team) for _ in range(4))
    first = api.client.get("/v1/user?limit=2", headers=jane.headers)
    rest = api.client.get("/v1/user?limit=2&skip=2", headers=jane.headers)
    assert (len(first.json()), len(rest.json())) == (2, 2)
    assert not {user["id"] for user in first.json()} & {user["id"] for user in rest.json()}
    assert first.headers["X-Total-Count"] == rest.headers["X-Total-Count"] == "4"
    for query, field in (
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("skip=-1", "skip"),
        ("limit=x", "limit"),
    ):
        refused = api.client.get(f"/v1/user?{query}", headers=jane.headers)
        assert (refused.status_code, set(refused.json()["response"])) == (400, {field})


def test_commands_reach_the_engine_right_after_the_commit(api: Api) -> None:
    admin = api.person(api.team(), Role.ADMIN)
    api.client.patch(f"/v1/team/{admin.team}", json={"city": "Toronto"}, headers=admin.headers)
    client = redis.Redis.from_url(api.context.settings.redis_url, decode_responses=True)
    entries = cast(list[Any], client.xrange(api.context.keys.commands))
    bodies = [json.loads(fields["body"]) for _, fields in entries]
    assert bodies == [{"type": "config", "kind": "team", "id": admin.member.team_id if admin.member else ""}]
    with Session(api.context.engine) as session:
        assert (
            session.exec(select(Outbox).where(Outbox.kind == OutboxKind.COMMAND)).one().delivered_at
            is not None
        )


def test_without_redis_requests_work_limits_hold_and_commands_wait(
    make_api: Callable[..., Api], sqlite_url: str
) -> None:
    api = make_api(sqlite_url, redis_url="redis://127.0.0.1:1/0")
    admin = api.person(api.team(), Role.ADMIN)
    answer = api.client.patch(f"/v1/team/{admin.team}", json={"city": "Toronto"}, headers=admin.headers)
    assert answer.status_code == 200
    with Session(api.context.engine) as session:
        row = session.exec(select(Outbox).where(Outbox.kind == OutboxKind.COMMAND)).one()
    assert row.delivered_at is None
    statuses = [
        api.client.post("/v1/user/exist", json={"email": "a@example.com"}).status_code for _ in range(21)
    ]
    assert statuses[-2:] == [200, 429]


def test_the_api_does_not_start_without_a_key_to_sign_with() -> None:
    with pytest.raises(ValueError, match="SWITCHROOM_SECRET_KEY"):
        create_app(Settings(_env_file=None, secret_key="short"))


def test_openapi_describes_the_operations(api: Api) -> None:
    document = api.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/auth/login-user", "/v1/user/me", "/v1/team/{team_id}/invite"} <= set(document["paths"])
