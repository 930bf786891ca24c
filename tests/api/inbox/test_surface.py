"""How `/inbox` answers what is wrong, whatever it is: a code of three digits and a message."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import exc

from api import routers
from api.core.middleware import LARGEST_BODY
from api.inbox.router import inbox_router
from api.inbox.surface import CODES
from models import Team, utcnow
from tests.support.api.client import Api
from tests.support.api.inbox import Inbox

pytestmark = pytest.mark.service

KNOWN = {code.code: code.status for code in CODES}


def faulty() -> object:
    """Return a router of two operations that fail."""
    router = inbox_router("faulty")

    @router.post("/bug")
    def bug() -> None:
        raise RuntimeError("the secret reason")

    @router.post("/away")
    def away() -> None:
        raise exc.OperationalError("select", {}, Exception("locked"))

    return router


@pytest.fixture
def faulty_api(make_api: Callable[..., Api], sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr(routers, "ROUTERS", (*routers.ROUTERS, faulty()))
    return make_api(sqlite_url)


def test_unknown_paths_and_other_methods(api: Api) -> None:
    missing = api.client.post("/inbox/nothing", json={})
    assert (missing.status_code, missing.json()) == (404, {"code": 110, "message": "Not Found"})
    wrong = api.client.get("/inbox/conversations")
    assert (wrong.status_code, wrong.json()["code"]) == (405, 111)
    assert wrong.headers["Allow"] == "OPTIONS, POST"


def test_a_bug_answers_the_id_that_is_in_the_log_and_nothing_else(faulty_api: Api) -> None:
    answer = faulty_api.client.post("/inbox/bug", json={})
    assert (answer.status_code, answer.json()) == (
        500,
        {"code": 112, "message": answer.headers["X-Request-Id"]},
    )
    away = faulty_api.client.post("/inbox/away", json={})
    assert (away.status_code, away.json()["code"]) == (503, 109)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1]", b'"text"', b"null", b"[" * 100000, b""])
def test_a_body_that_is_no_object_is_a_400(api: Api, body: bytes) -> None:
    answer = api.client.post("/inbox/conversations", content=body, headers=api.person().headers)
    assert (answer.status_code, answer.json()["code"]) == (400, 101)


def test_json_is_read_whatever_its_type_and_large_bodies_are_refused(inbox: Inbox) -> None:
    headers = {**inbox.world.member.headers, "Content-Type": "text/plain"}
    body = json.dumps({"organization_id": inbox.org}).encode()
    post = inbox.world.api.client.post
    assert post("/inbox/conversations", content=body, headers=headers).status_code == 200
    large = post("/inbox/conversations", content=b" " * (LARGEST_BODY + 1), headers=headers)
    assert (large.status_code, large.json()["code"]) == (413, 107)


def test_every_wrong_field_is_named_in_one_message(inbox: Inbox) -> None:
    answer = inbox.ask(inbox.world.member, "/create-tag", organization_id=5, color="red")
    assert answer.json()["code"] == 101
    assert sorted(part.partition(":")[0] for part in answer.json()["message"].split("; ")) == [
        "color", "name", "organization_id",
    ]  # fmt: skip


def test_a_member_of_a_suspended_organization_is_told_so(inbox: Inbox) -> None:
    with inbox.world.api.session() as session:
        session.get_one(Team, inbox.world.team.id).suspended_at = utcnow()
        from api.core.identities import forget_everybody

        session.flush()
        forget_everybody(session)
    answer = inbox.ask(inbox.world.member, "/conversations", organization_id=inbox.org)
    assert (answer.status_code, answer.json()["code"]) == (403, 103)


def test_every_code_has_one_status(inbox: Inbox) -> None:
    assert len(KNOWN) == len(CODES)
    answers = [
        inbox.ask(None, "/conversations", organization_id=inbox.org),
        inbox.ask(inbox.world.stranger, "/conversations", organization_id=inbox.org),
        inbox.ask(inbox.world.member, "/webhook", organization_id=inbox.org),
        inbox.ask(inbox.world.member, "/conversation", conversation_id=inbox.org),
    ]
    assert [(answer.json()["code"], answer.status_code) for answer in answers] == [
        (102, 401), (201, 404), (103, 403), (202, 404),
    ]  # fmt: skip
    assert all(KNOWN[answer.json()["code"]] == answer.status_code for answer in answers)
