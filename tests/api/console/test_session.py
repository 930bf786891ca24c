"""A browser signs in to the console by a cookie that no script reads and no foreign page can use."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest

from api.core.cookies import _OVER_TLS, _PLAIN
from api.core.passwords import hash_password
from models import AuthSession, Role, SecondFactor, TeamUser, User, utcnow
from switchroom.encryption import encrypt
from switchroom.ids import public_id
from tests.support.api.client import Api

pytestmark = pytest.mark.service

PASSWORD = "Example1"
OWN = {"Origin": "http://testserver"}


class Visitor:
    """Somebody with a browser, who is an admin of a team."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.team = api.team()
        self.user = User(
            email="vera@example.com", password_hash=hash_password(PASSWORD), verified_at=utcnow()
        )
        member = TeamUser(
            team_id=self.team.id, user_id=self.user.id, role=Role.ADMIN.value, accepted_at=utcnow()
        )
        api.add(self.user, member)

    def signs_in(self, *, headers: dict[str, str] | None = None, **changes: str) -> Any:
        body = {"email": " Vera@Example.com", "password": PASSWORD, **changes}
        return self.api.client.post(
            "/console/session", json=body, headers=OWN if headers is None else headers
        )

    def session(self) -> Any:
        return self.api.client.get("/console/session").json()


@pytest.fixture
def vera(api: Api) -> Visitor:
    return Visitor(api)


def test_a_cookie_signs_in_until_signing_out(any_api: Api) -> None:
    vera = Visitor(any_api)
    assert vera.session() == {"user": None}
    assert any_api.client.get("/v1/user/me").status_code == 401
    answer = vera.signs_in()
    assert (answer.status_code, answer.json()) == (200, {"user": public_id(vera.user.id)})
    said = answer.headers["Set-Cookie"]
    assert said.startswith(f"{_PLAIN}=")
    assert said.endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert any_api.client.get("/v1/user/me").json()["email"] == "vera@example.com"
    assert vera.session() == {"user": public_id(vera.user.id)}
    assert any_api.client.delete("/console/session", headers=OWN).status_code == 200
    assert vera.session() == {"user": None}
    assert any_api.client.get("/v1/user/me").status_code == 401


def test_the_session_ends_for_a_stolen_cookie_too(vera: Visitor) -> None:
    vera.signs_in()
    stolen = {"Cookie": f"{_PLAIN}={vera.api.client.cookies[_PLAIN]}"}
    vera.api.client.delete("/console/session", headers=OWN)
    vera.api.client.cookies.clear()
    assert vera.api.client.get("/v1/user/me", headers=stolen).status_code == 401


def test_a_wrong_password_signs_nobody_in(vera: Visitor) -> None:
    for answer in (vera.signs_in(password="wrong"), vera.signs_in(email="nobody@example.com")):
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (401, False)
        assert answer.json()["response"] == {"message": "Wrong client, user or password"}


def test_wrong_passwords_slow_down(vera: Visitor) -> None:
    statuses = [vera.signs_in(password="wrong").status_code for _ in range(12)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert vera.signs_in().status_code == 429


def test_the_second_factor_is_asked_for(vera: Visitor) -> None:
    secret = pyotp.random_base32()
    settings = vera.api.context.settings
    vera.api.add(SecondFactor(user_id=vera.user.id, secret=encrypt(settings, secret), confirmed_at=utcnow()))
    assert vera.signs_in().json()["response"]["code"] == "Required"
    assert vera.signs_in(code="000000").json()["response"]["code"] == "Wrong"
    assert vera.signs_in(code=pyotp.TOTP(secret).at(datetime.now(UTC))).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_other_pages_change_nothing(vera: Visitor, headers: dict[str, str]) -> None:
    assert vera.signs_in(headers=headers).status_code == 403
    vera.signs_in()
    body = {"first_name": "Mallory"}
    assert vera.api.client.patch("/v1/user/me", json=body, headers=headers).status_code == 403
    assert vera.api.client.delete("/console/session", headers=headers).status_code == 403
    assert vera.api.get(User, vera.user.id).first_name == ""


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_pages_read_nothing(vera: Visitor, site: str) -> None:
    vera.signs_in()
    for headers in ({"Sec-Fetch-Site": site}, {"Origin": "http://evil.example"}):
        assert vera.api.client.get("/v1/user/me", headers=headers).status_code == 403
        assert vera.api.client.get("/console/session", headers=headers).status_code == 403


def test_our_own_pages_change_what_is_theirs(vera: Visitor) -> None:
    vera.signs_in()
    for headers in (OWN, {"Sec-Fetch-Site": "same-origin"}):
        body = {"first_name": "Vera"}
        assert vera.api.client.patch("/v1/user/me", json=body, headers=headers).status_code == 200


def test_the_page_of_the_public_url_is_our_own(make_api: Callable[..., Api], sqlite_url: str) -> None:
    """Behind a proxy that does not say what the browser asked for, the setting says it."""
    vera = Visitor(make_api(sqlite_url, public_url="https://pbx.example.com"))
    answer = vera.signs_in(headers={"Origin": "https://pbx.example.com"})
    assert answer.status_code == 200
    assert answer.headers["Set-Cookie"].startswith(f"{_OVER_TLS}=")


def test_over_tls_the_cookie_is_bound_to_the_host(make_api: Callable[..., Api], sqlite_url: str) -> None:
    vera = Visitor(make_api(sqlite_url, trusted_proxies=["testclient"]))
    over_tls = {"X-Forwarded-Proto": "https", "Origin": "https://testserver"}
    answer = vera.signs_in(headers=over_tls)
    said = answer.headers["Set-Cookie"]
    assert said.startswith(f"{_OVER_TLS}=")
    assert "; Secure" in said
    token = said.partition("=")[2].partition(";")[0]
    me, client = "/v1/user/me", vera.api.client
    assert client.get(me, headers={**over_tls, "Cookie": f"{_OVER_TLS}={token}"}).status_code == 200
    assert client.get(me, headers={**over_tls, "Cookie": f"{_PLAIN}={token}"}).status_code == 401


def test_a_cookie_is_no_token_and_a_token_no_cookie(vera: Visitor) -> None:
    vera.signs_in()
    cookie = vera.api.client.cookies[_PLAIN]
    vera.api.client.cookies.clear()
    as_token = {"Authorization": f"Bearer {cookie}"}
    assert vera.api.client.get("/v1/user/me", headers=as_token).status_code == 401
    token = vera.api.person(vera.team).headers["Authorization"].removeprefix("Bearer ")
    for forged in (token, "", "x", cookie[:-4]):
        as_cookie = {"Cookie": f"{_PLAIN}={forged}"}
        assert vera.api.client.get("/v1/user/me", headers=as_cookie).status_code == 401


def test_a_token_counts_before_the_cookie(vera: Visitor) -> None:
    vera.signs_in()
    other = vera.api.person(vera.team)
    assert vera.api.client.get("/v1/user/me", headers=other.headers).json()["id"] == other.id
    assert vera.api.client.get("/v1/user/me", headers={"Authorization": "Bearer x"}).status_code == 401


def test_it_is_a_session_like_every_other(vera: Visitor) -> None:
    """The user sees it among their sessions, and ends it from another one."""
    vera.signs_in()
    opened = AuthSession(user_id=vera.user.id, expires_at=utcnow().replace(year=utcnow().year + 1))
    vera.api.add(opened)
    listed = vera.api.client.get("/v1/user/me/sessions").json()
    assert [one["current"] for one in listed].count(True) == 1
    here = next(one["id"] for one in listed if one["current"])
    assert vera.api.client.delete(f"/v1/user/me/sessions/{here}", headers=OWN).status_code == 200
    assert vera.session() == {"user": None}


def test_a_signed_in_browser_may_send_a_large_body(vera: Visitor) -> None:
    body = {"first_name": "x" * 100_000}
    assert vera.api.client.patch("/v1/user/me", json=body, headers=OWN).status_code == 413
    vera.signs_in()
    assert vera.api.client.patch("/v1/user/me", json=body, headers=OWN).status_code == 400
