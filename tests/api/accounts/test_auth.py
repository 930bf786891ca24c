"""`/auth`: the document's examples, rotation, reuse, revocation. No answer tells whether an account exists."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session, col, select

from api.accounts.auth.service import start_reset
from api.core import rate_limits
from api.core.passwords import digest, hash_password
from models import AuthSession, Outbox, User
from switchroom.settings import Settings
from tests.support.api.client import Api, RelayedClient

pytestmark = pytest.mark.service

PASSWORD = "Example1"


@dataclass
class Account:
    """A user with a password and an application's credentials, and the calls of a client."""

    api: Api
    email: str
    client: dict[str, str]

    def login(self, password: str = PASSWORD, **changes: str) -> Any:
        body = {
            "grant_type": "password",
            "username": self.email,
            "password": password,
            **self.client,
            **changes,
        }
        return self.api.client.post("/auth/login-user", json=body)

    def refresh(self, token: str) -> Any:
        body = {"grant_type": "refresh_token", "refresh_token": token, **self.client}
        return self.api.client.post("/auth/login-user", json=body)

    def me(self, access_token: str) -> int:
        headers = {"Authorization": f"Bearer {access_token}"}
        return int(self.api.client.get("/v1/user/me", headers=headers).status_code)


def make_account(api: Api) -> Account:
    api.add(User(email="jane@example.com", password_hash=hash_password(PASSWORD)))
    registered = api.client.post("/auth/client", json={"name": "your-app"})
    assert registered.status_code == 201
    made = registered.json()
    return Account(api, "jane@example.com", {name: made[name] for name in ("client_id", "client_secret")})


@pytest.fixture
def account(any_api: Api) -> Account:
    return make_account(any_api)


def reset_token(api: Api) -> str:
    """The token in the last mailed link."""
    with Session(api.context.engine) as session:
        rows = session.exec(select(Outbox).where(col(Outbox.kind) == "mail").order_by(col(Outbox.id))).all()
    return str(rows[-1].payload["text"].split("token=")[1].split()[0])


@pytest.mark.operation("login")
def test_login_answers_tokens_that_work(account: Account) -> None:
    answer = account.login()
    assert answer.status_code == 200
    tokens = answer.json()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert tokens["expires_in"] == 900
    assert account.me(tokens["access_token"]) == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_login_takes_a_form_and_an_upper_case_address(account: Account) -> None:
    body = {"grant_type": "password", "username": " Jane@Example.COM", "password": PASSWORD, **account.client}
    answer = account.api.client.post("/auth/login-user", data=body)
    assert answer.status_code == 200


@pytest.mark.operation("login")
def test_every_failure_to_sign_in_answers_the_same(account: Account) -> None:
    answers = [
        account.login("wrong-password"),
        account.login(username="nobody@example.com"),
        account.login(client_secret="wrong"),
        account.login(client_id="wrong"),
        account.refresh("wrong"),
    ]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert len({answer.text for answer in answers}) == 1


def test_a_deactivated_user_cannot_sign_in_and_its_token_ends(account: Account) -> None:
    token = account.login().json()["access_token"]
    with account.api.session() as session:
        session.exec(select(User)).one().status = "deactivated"
    assert account.login().status_code == 401
    assert account.me(token) == 401


def test_login_names_missing_fields_and_unknown_grants(account: Account) -> None:
    answer = account.api.client.post("/auth/login-user", json={"grant_type": "password", **account.client})
    assert answer.status_code == 400
    assert answer.json() == {
        "errorType": "validation",
        "response": {"username": "Required", "password": "Required"},
    }
    assert account.login(grant_type="magic").json()["response"].keys() == {"grant_type"}


@pytest.mark.operation("login")
def test_refresh_rotates(account: Account) -> None:
    first = account.login().json()
    second = account.refresh(first["refresh_token"])
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert account.refresh(second.json()["refresh_token"]).status_code == 200


def test_a_refresh_token_used_twice_ends_the_session(account: Account) -> None:
    first = account.login().json()
    second = account.refresh(first["refresh_token"]).json()
    assert account.refresh(first["refresh_token"]).status_code == 401
    assert account.refresh(second["refresh_token"]).status_code == 401
    assert account.me(second["access_token"]) == 401


def test_a_refresh_token_belongs_to_its_application(account: Account) -> None:
    tokens = account.login().json()
    other = account.api.client.post("/auth/client", json={"name": "other"}).json()
    theirs = Account(account.api, account.email, {n: other[n] for n in ("client_id", "client_secret")})
    assert theirs.refresh(tokens["refresh_token"]).status_code == 401
    assert account.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.operation("logout")
def test_logout_ends_this_session_only(account: Account) -> None:
    ours, theirs = account.login().json(), account.login().json()
    headers = {"Authorization": f"Bearer {ours['access_token']}"}
    answer = account.api.client.post("/auth/logout-user", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})
    assert account.me(ours["access_token"]) == 401
    assert account.refresh(ours["refresh_token"]).status_code == 401
    assert account.me(theirs["access_token"]) == 200


@pytest.mark.operation("forgot-password")
def test_forgot_password_never_tells_whether_the_account_exists(account: Account) -> None:
    known = account.api.client.post("/auth/forgot-password", json={"email": account.email})
    unknown = account.api.client.post("/auth/forgot-password", json={"email": "nobody@example.com"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (200, {})
    with Session(account.api.context.engine) as session:
        mails = session.exec(select(Outbox).where(col(Outbox.kind) == "mail")).all()
    assert [mail.payload["to"] for mail in mails] == [account.email]


@pytest.mark.operation("reset-password")
def test_reset_password_is_good_once_and_ends_all_sessions(account: Account) -> None:
    tokens = account.login().json()
    account.api.client.post("/auth/forgot-password", json={"email": account.email})
    body = {"token": reset_token(account.api), "password": "Another1", "email": account.email}
    answer = account.api.client.post("/auth/reset-password", json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    assert account.me(tokens["access_token"]) == 401
    assert account.login().status_code == 401
    assert account.login("Another1").status_code == 200
    again = account.api.client.post("/auth/reset-password", json=body)
    assert again.status_code == 400
    assert again.json()["response"] == {"token": "Invalid, used or expired"}


def test_reset_password_checks_the_address_if_sent(account: Account) -> None:
    account.api.client.post("/auth/forgot-password", json={"email": account.email})
    body = {"token": reset_token(account.api), "password": "Another1", "email": "someone@example.com"}
    assert account.api.client.post("/auth/reset-password", json=body).status_code == 400


@pytest.mark.operation("change-password")
def test_change_password_ends_other_sessions_and_sends_a_notice(account: Account) -> None:
    ours, theirs = account.login().json(), account.login().json()
    headers = {"Authorization": f"Bearer {ours['access_token']}"}
    wrong = {"password": "Another1", "current_password": "no"}
    refused = account.api.client.post("/auth/change-password", json=wrong, headers=headers)
    assert refused.json()["response"] == {"current_password": "Wrong"}
    answer = account.api.client.post("/auth/change-password", json={"password": "Another1"}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})
    assert account.me(ours["access_token"]) == 200
    assert account.me(theirs["access_token"]) == 401
    assert account.login("Another1").status_code == 200
    with Session(account.api.context.engine) as session:
        mails = session.exec(select(Outbox).where(col(Outbox.kind) == "mail")).all()
    assert [mail.payload["subject"] for mail in mails] == ["Your password was changed"]


@pytest.mark.parametrize("path", ["change-password", "logout-user"])
@pytest.mark.operation("change-password", "logout")
def test_no_token(api: Api, path: str) -> None:
    answer = api.client.post(f"/auth/{path}", json={"password": "Another1"})
    assert answer.status_code == 401


def test_a_setting_makes_the_current_password_required(make_api: Callable[..., Api], sqlite_url: str) -> None:
    api = make_api(sqlite_url, require_current_password=True)
    jane = api.person()
    answer = api.client.post("/auth/change-password", json={"password": "Another1"}, headers=jane.headers)
    assert answer.json()["response"] == {"current_password": "Required"}


@pytest.mark.operation("create-client")
def test_client_registration_shows_a_secret_and_stores_its_hash(api: Api) -> None:
    answer = api.client.post(
        "/auth/client", content=b'{"name": "your-app"}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "name", "client_id", "client_secret"}
    assert answer.json()["name"] == "your-app"


def test_client_registration_can_be_switched_off(make_api: Callable[..., Api], sqlite_url: str) -> None:
    api = make_api(sqlite_url, client_registration=False)
    answer = api.client.post("/auth/client", json={"name": "your-app"})
    assert (answer.status_code, answer.json()["errorType"]) == (403, "forbidden")


def test_sign_in_is_limited_per_account(api: Api) -> None:
    account = make_account(api)
    answers = [account.login(username="victim@example.com") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].json()["errorType"] == "rate_limited"


def test_tokens_of_another_key_or_without_a_session_are_refused(api: Api) -> None:
    jane = api.person()
    with api.session() as session:
        session.exec(select(AuthSession)).one().revoked_reason = "still live"
    assert api.client.get("/v1/user/me", headers=jane.headers).status_code == 200
    altered = {"Authorization": jane.headers["Authorization"][:-3] + "abc"}
    assert api.client.get("/v1/user/me", headers=altered).status_code == 401
    assert api.client.get("/v1/user/me", headers={"Authorization": "Basic abc"}).status_code == 401


def elsewhere(account: Account) -> Account:
    """The same account from another address."""
    client = RelayedClient(account.api.client.app, client=("203.0.113.9", 50000))
    return Account(Api(client, account.api.context), account.email, account.client)


def test_wrong_passwords_slow_down_their_address_alone(api: Api) -> None:
    account = make_account(api)
    assert [account.login("wrong").status_code for _ in range(10)] == [401] * 10
    waits = account.login()
    assert (waits.status_code, 25 <= int(waits.headers["Retry-After"]) <= 30) == (429, True)
    assert elsewhere(account).login().status_code == 200
    assert account.login().status_code == 429


def test_the_wait_doubles_and_the_right_password_ends_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "FREE_TRIES", 1)
    account = make_account(api)
    limiter = api.context.limiter
    keys = ("sign-in", digest(account.email), "testclient")
    found = []
    for _ in range(3):
        assert account.login("wrong").status_code == 401
        found.append(int(account.login("wrong").headers["Retry-After"]))
        limiter._shared.storage.clear(f"wait/{'/'.join(keys)}")
    assert [round(wait, -1) for wait in found] == [30, 60, 120]
    assert account.login().status_code == 200
    limiter._shared.storage.clear(f"wait/{'/'.join(keys)}")
    assert account.login("wrong").status_code == 401
    assert int(account.login("wrong").headers["Retry-After"]) <= 30


def test_resets_that_a_stranger_asks_for_refuse_the_owner_nothing(api: Api) -> None:
    account = make_account(api)
    body = {"email": account.email}
    asked = [account.api.client.post("/auth/forgot-password", json=body).status_code for _ in range(6)]
    assert asked == [200] * 5 + [429]
    assert elsewhere(account).api.client.post("/auth/forgot-password", json=body).status_code == 200
    reset = {"token": reset_token(api), "password": "Another1"}
    assert api.client.post("/auth/reset-password", json=reset).status_code == 200


def test_an_account_is_mailed_ten_links_an_hour_at_most(api: Api) -> None:
    account = make_account(api)
    for _ in range(12):
        start_reset(api.context, account.email)
    with Session(api.context.engine) as session:
        assert len(session.exec(select(Outbox).where(col(Outbox.kind) == "mail")).all()) == 10


def test_a_session_says_the_current_password_a_few_times_an_hour(api: Api) -> None:
    account = make_account(api)
    stolen, own = (account.login().json()["access_token"] for _ in range(2))

    def change(token: str, current: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        body = {"password": "Another1", "current_password": current}
        return int(api.client.post("/auth/change-password", json=body, headers=headers).status_code)

    assert [change(stolen, "guess") for _ in range(6)] == [400] * 5 + [429]
    assert change(own, PASSWORD) == 200


def test_production_asks_for_the_current_password() -> None:
    secret = "s" * 32
    values: dict[str, Any] = {
        "secret_key": secret,
        "node_secret": secret,
        "nodes": [{"name": "a", "ami_secret": secret}],
    }
    production = Settings(_env_file=None, environment="production", **values)
    assert production.needs_current_password
    assert production.sign_up == "invited"
    assert not Settings(_env_file=None).needs_current_password
    with pytest.raises(ValueError, match="open sign-up without mail"):
        Settings(_env_file=None, environment="production", signup="open", **values)
