"""The pages behind mailed links work with a plain browser's form."""

import re

import pytest
from sqlmodel import Session, col, select

from api.core.passwords import check_password, hash_password
from models import Outbox, Role, User
from tests.support.api.client import Api

pytestmark = pytest.mark.service


def follow_mailed_link(api: Api, **filled: str) -> tuple[str, dict[str, str]]:
    """Open the link of the last mail; answers where its form goes and what it sends."""
    with Session(api.context.engine) as session:
        mail = session.exec(select(Outbox).where(col(Outbox.kind) == "mail").order_by(col(Outbox.id))).all()[
            -1
        ]
    link = next(word for word in mail.payload["text"].split() if word.startswith("http"))
    page = api.client.get(link.removeprefix(api.context.settings.public_url))
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    action = re.findall(r'action="([^"]+)"', page.text)[0]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return action, {**hidden, **filled}


def test_a_reset_by_the_mailed_link(api: Api) -> None:
    api.add(User(email="jane@example.com", password_hash=hash_password("before")))
    api.client.post("/auth/forgot-password", json={"email": "jane@example.com"})
    action, form = follow_mailed_link(api, password="Another1")
    assert api.client.post(action, data=form).status_code == 200
    with Session(api.context.engine) as session:
        user = session.exec(select(User)).one()
    assert check_password(user.password_hash, "Another1")
    again = api.client.post(action, data=form)
    assert (again.status_code, "Invalid, used or expired" in again.text) == (400, True)


def test_joining_by_the_mailed_link(api: Api) -> None:
    admin = api.person(api.team(), Role.ADMIN)
    path = f"/v1/team/{admin.team}/invite"
    api.client.post(path, json=[{"email": "new@example.com"}], headers=admin.headers)
    action, form = follow_mailed_link(api, firstname="New", lastname="One", password="123456")
    assert api.client.post(action, data=form).status_code == 200
    users = api.client.get(f"/v1/team/{admin.team}/users", headers=admin.headers).json()
    assert ("new@example.com", "New") in [(user["email"], user["first_name"]) for user in users]


def test_an_account_joins_by_its_password(api: Api) -> None:
    admin, jane = api.person(api.team(), Role.ADMIN), api.person()
    with api.session() as session:
        session.get_one(User, jane.user.id).password_hash = hash_password("Example1")
    path = f"/v1/team/{admin.team}/invite"
    api.client.post(path, json=[{"email": jane.user.email}], headers=admin.headers)
    action, form = follow_mailed_link(api, firstname="", lastname="", password="Mistaken")
    refused = api.client.post(action, data=form)
    assert (refused.status_code, "That did not work" in refused.text) == (401, True)
    form["password"] = "Example1"
    assert api.client.post(action, data=form).status_code == 200
    assert api.client.get("/v1/user/me", headers=jane.headers).json()["teams"] == [admin.team]


def test_what_stands_in_the_link_is_escaped(api: Api) -> None:
    page = api.client.get("/auth/reset-password", params={"token": '"><script>alert(1)</script>'})
    assert "<script>" not in page.text


def test_what_is_wrong_with_a_form_is_a_page_too(api: Api) -> None:
    short = api.client.post("/auth/reset-password/page", data={"token": "x", "password": "abc"})
    missing = api.client.get("/auth/reset-password")
    for answer, field in ((short, "password"), (missing, "token")):
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
        assert f"<p>{field}: " in answer.text


def test_a_body_that_cannot_be_read_is_a_page_too(api: Api) -> None:
    for action in ("reset-password", "accept-invite", "verify-email"):
        headers = {"content-type": "application/json"}
        answer = api.client.post(f"/auth/{action}/page", content=b"F\xff\xfe", headers=headers)
        assert answer.status_code == 400
        assert answer.headers["Content-Type"].startswith("text/html")
