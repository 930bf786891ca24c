"""The section `authorization` of the inbox's contract."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlmodel import select

from api.core.passwords import hash_password
from models import AuthSession, Role, User
from switchroom.ids import dashed_id
from tests.support.api.client import Api, Person
from tests.support.api.documented import assert_documented
from tests.support.api.inbox import Inbox

pytestmark = pytest.mark.service

PASSWORD = "avalidpassword"
SIGNED_IN: dict[str, Any] = {
    "id": "424242-4242-42-4242-4242", "first_name": "Grace", "last_name": "Hopper",
    "avatar_url": "http://example.com/avatar.png",
    "organizations": [{"id": "42", "name": "Example Organization", "role": "AWESOME_DOGGO"}],
    "memberships": [{"organization_id": "42", "role": "MEMBER"}],
    "token": "JWT_TOKEN", "refresh_token": "JWT_REFRESH_TOKEN",
}  # fmt: skip


@pytest.fixture
def grace(inbox: Inbox) -> Person:
    """Return a member with a password."""
    with inbox.world.api.session() as session:
        session.get_one(User, inbox.world.member.user.id).password_hash = hash_password(PASSWORD)
    return inbox.world.member


def login(inbox: Inbox, person: Person, password: str = PASSWORD) -> Any:
    return inbox.ask(None, "/login-via-email", email=person.user.email, password=password)


def works(inbox: Inbox, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    body = {"organization_id": inbox.org}
    return bool(inbox.world.api.client.post("/inbox/conversations", json=body, headers=headers).is_success)


@pytest.mark.operation("inbox-login-via-email")
def test_login_via_email(inbox: Inbox, grace: Person) -> None:
    answer = login(inbox, grace)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert_documented(shown, SIGNED_IN)
    assert shown["id"] == dashed_id(grace.user.id)
    assert shown["memberships"] == [{"organization_id": inbox.org, "role": "MEMBER"}]
    assert works(inbox, shown["token"])
    wrong = login(inbox, grace, "wrongpassword")
    nobody = inbox.ask(None, "/login-via-email", email="nobody@example.com", password=PASSWORD)
    assert wrong.json() == nobody.json() == {"code": 102, "message": "Wrong client, user or password"}


def test_a_guest_of_a_team_is_no_member_of_the_organization(inbox: Inbox) -> None:
    guest = inbox.world.api.person(inbox.world.team, Role.GUEST)
    with inbox.world.api.session() as session:
        session.get_one(User, guest.user.id).password_hash = hash_password(PASSWORD)
    shown = login(inbox, guest).json()
    assert (shown["organizations"], shown["memberships"]) == ([], [])


@pytest.mark.operation("inbox-login-via-token")
def test_login_via_token_keeps_the_session_and_its_end(inbox: Inbox, grace: Person) -> None:
    first = login(inbox, grace).json()

    def ends() -> list[Any]:
        with inbox.world.api.session() as session:
            rows = session.exec(select(AuthSession).where(AuthSession.user_id == grace.user.id)).all()
            return sorted((row.id, row.expires_at) for row in rows)

    before = ends()
    answer = inbox.ask(None, "/login-via-token", token=first["token"])
    assert answer.status_code == 200, answer.text
    assert_documented(answer.json(), SIGNED_IN)
    assert ends() == before
    assert works(inbox, answer.json()["token"])
    assert inbox.ask(None, "/login-via-token", token="x").json()["code"] == 102
    with inbox.world.api.session() as session:
        for row in session.exec(select(AuthSession).where(AuthSession.user_id == grace.user.id)):
            row.revoked_at = row.created_at
    assert inbox.ask(None, "/login-via-token", token=first["token"]).json()["code"] == 102


@pytest.mark.operation("inbox-refresh-token")
def test_a_refresh_token_works_once_and_a_second_use_ends_the_session(inbox: Inbox, grace: Person) -> None:
    first = login(inbox, grace).json()
    second = inbox.ask(None, "/refresh-token", token=first["refresh_token"])
    assert second.status_code == 200, second.text
    assert_documented(second.json(), {**SIGNED_IN})
    assert works(inbox, second.json()["token"])
    assert inbox.ask(None, "/refresh-token", token=first["refresh_token"]).json()["code"] == 102
    assert not works(inbox, second.json()["token"])


class TestFacebook:
    """A local server speaks the Graph API."""

    @pytest.fixture
    def graph(self) -> Iterator[HTTPServer]:
        with HTTPServer() as server:
            yield server

    @pytest.fixture
    def facebook(self, make_api: Callable[..., Api], sqlite_url: str, graph: HTTPServer) -> Api:
        settings = {
            "facebook_app_id": "77",
            "facebook_app_secret": "hush",
            "facebook_endpoint": graph.url_for("/v23.0"),
        }
        return make_api(sqlite_url, **settings)

    def answers(self, graph: HTTPServer, email: str, **changes: Any) -> None:
        data = {"app_id": "77", "user_id": "1231231", "is_valid": True, **changes}
        asked = {"input_token": "12345", "access_token": "77|hush"}
        graph.expect_request("/v23.0/debug_token", query_string=asked).respond_with_json({"data": data})
        graph.expect_request(
            "/v23.0/me", query_string={"fields": "id,email"}, headers={"Authorization": "Bearer 12345"}
        ).respond_with_json({"id": "1231231", "email": email})

    def login(self, api: Api) -> Any:
        body = {"user_access_token": "12345", "user_id": "1231231"}
        return api.client.post("/inbox/login-via-facebook", json=body)

    @pytest.mark.operation("inbox-login-via-facebook")
    def test_login_via_facebook(self, facebook: Api, graph: HTTPServer) -> None:
        jane = facebook.person(facebook.team())
        self.answers(graph, jane.user.email.upper())
        answer = self.login(facebook)
        assert answer.status_code == 200, answer.text
        assert_documented(answer.json(), SIGNED_IN)
        assert answer.json()["id"] == dashed_id(jane.user.id)

    @pytest.mark.parametrize("changes", [{"app_id": "78"}, {"user_id": "5"}, {"is_valid": False}])
    def test_a_token_of_another_user_or_application_is_refused(
        self, facebook: Api, graph: HTTPServer, changes: dict[str, Any]
    ) -> None:
        self.answers(graph, facebook.person().user.email, **changes)
        assert self.login(facebook).json()["code"] == 102

    def test_an_unverified_address_here_is_nobodys(self, facebook: Api, graph: HTTPServer) -> None:
        jane = facebook.person()
        with facebook.session() as session:
            session.get_one(User, jane.user.id).verified_at = None
        self.answers(graph, jane.user.email)
        assert self.login(facebook).json()["code"] == 102

    def test_without_an_application_it_names_the_settings(self, api: Api) -> None:
        answer = self.login(api)
        assert (answer.status_code, answer.json()["code"]) == (503, 109)
        assert "SWITCHROOM_FACEBOOK_APP_ID" in answer.json()["message"]
