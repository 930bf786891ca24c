"""`/user/me/sessions`: where somebody is signed in, and how they end it."""

from typing import Any

import pytest

from api.core.passwords import hash_password
from models import User
from tests.support.api.client import Api

pytestmark = pytest.mark.service

PASSWORD = "Example1"
PATH = "/v1/user/me/sessions"


class Signed:
    """Jane, signed in on several devices."""

    def __init__(self, api: Api) -> None:
        self.api = api
        api.add(User(email="jane@example.com", password_hash=hash_password(PASSWORD)))
        made = api.client.post("/auth/client", json={"name": "Desk"}).json()
        self.client = {name: made[name] for name in ("client_id", "client_secret")}

    def login(self, device: str, **changes: str) -> dict[str, str]:
        body = {"grant_type": "password", "username": "jane@example.com", "password": PASSWORD, **self.client}
        answer = self.api.client.post(
            "/auth/login-user", json={**body, **changes}, headers={"User-Agent": device}
        )
        assert answer.status_code == 200
        return dict(answer.json())

    def call(self, method: str, tokens: dict[str, str], path: str = PATH) -> Any:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return self.api.client.request(method, path, headers=headers)


@pytest.fixture
def signed(any_api: Api) -> Signed:
    return Signed(any_api)


def test_sessions_are_listed_with_their_device_address_and_last_use(signed: Signed) -> None:
    phone, desk = signed.login("Phone/1\x7f"), signed.login("Desk/2")
    listed = signed.call("GET", desk)
    assert listed.headers["X-Total-Count"] == "2"
    assert [(s["device"], s["address"], s["application"], s["current"]) for s in listed.json()] == [
        ("Desk/2", "testclient", "Desk", True),
        ("Phone/1", "testclient", "Desk", False),
    ]
    first = listed.json()[1]["last_used_at"]
    signed.login("Phone/2", grant_type="refresh_token", refresh_token=phone["refresh_token"])
    renewed = signed.call("GET", desk).json()[1]
    assert (renewed["device"], renewed["last_used_at"] > first) == ("Phone/2", True)
    assert len(signed.call("GET", desk, f"{PATH}?device=Desk/2").json()) == 1


def test_one_session_is_ended_and_the_others_go_on(signed: Signed) -> None:
    phone, desk, other = (signed.login(name) for name in ("phone", "desk", "other"))
    id = next(s["id"] for s in signed.call("GET", desk).json() if s["device"] == "phone")
    ended = signed.call("DELETE", desk, f"{PATH}/{id}")
    assert (ended.status_code, ended.json()["device"], ended.json()["application"]) == (200, "phone", "Desk")
    assert signed.call("GET", phone).status_code == 401
    assert [s["device"] for s in signed.call("GET", other).json()] == ["other", "desk"]
    assert signed.call("DELETE", desk, f"{PATH}/{id}").status_code == 404


def test_all_other_sessions_are_ended_at_once(signed: Signed) -> None:
    phone, desk, other = (signed.login(name) for name in ("phone", "desk", "other"))
    ended = signed.call("DELETE", desk)
    assert sorted(s["device"] for s in ended.json()) == ["other", "phone"]
    assert [signed.call("GET", tokens).status_code for tokens in (phone, desk, other)] == [401, 200, 401]


def test_nobody_sees_or_ends_the_sessions_of_others(signed: Signed) -> None:
    desk, stranger = signed.login("desk"), signed.api.person(signed.api.team())
    id = signed.call("GET", desk).json()[0]["id"]
    client = signed.api.client
    assert id not in {s["id"] for s in client.get(PATH, headers=stranger.headers).json()}
    assert client.delete(f"{PATH}/{id}", headers=stranger.headers).status_code == 404
    client.delete(PATH, headers=stranger.headers)
    assert signed.call("GET", desk).status_code == 200
    for method, path in (("GET", PATH), ("DELETE", PATH), ("DELETE", f"{PATH}/{id}")):
        assert client.request(method, path).status_code == 401
