"""What an attacker tries with accounts: many addresses, many requests at once, leftovers, fields of others."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest
from sqlmodel import Session, col, select

from api.accounts.audit import COMMAND_LINE
from api.accounts.auth.proofs import check_sign_in
from api.accounts.platform.service import suspend_user
from api.core.errors import RateLimited, Unauthenticated
from api.core.passwords import hash_password
from models import Agent, DidNumber, InventoryNumber, Queue, Role, SecondFactor, Team, TeamUser, User, utcnow
from switchroom.encryption import encrypt
from tests.support.api.client import Api
from tests.support.api.mails import mailed_token, mails_to
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service

PASSWORD, EMAIL = "Example1", "jane@example.com"


@pytest.fixture
def mailing(make_api: Callable[..., Api], any_database_url: str) -> Api:
    return make_api(any_database_url, smtp_url="smtp://127.0.0.1:1")


def account(api: Api, email: str = EMAIL, **columns: Any) -> User:
    user = User(email=email, password_hash=hash_password(PASSWORD), **{"verified_at": utcnow(), **columns})
    api.add(user)
    return user


def signed_in(api: Api, email: str = EMAIL) -> dict[str, str]:
    application = api.client.post("/auth/client", json={"name": "app"}).json()
    body = {"grant_type": "password", "username": email, "password": PASSWORD, **application}
    answer = api.client.post("/auth/login-user", json=body)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


# -- guessing --------------------------------------------------------------------------------------------------


def test_codes_from_many_addresses_slow_down_the_account(any_api: Api) -> None:
    """Whoever knows the password could else try ten codes from each of many addresses."""
    user = account(any_api)
    secret = pyotp.random_base32()
    factor = SecondFactor(
        user_id=user.id, secret=encrypt(any_api.context.settings, secret), confirmed_at=utcnow()
    )
    any_api.add(factor)

    def tries(code: str, place: int) -> str:
        try:
            check_sign_in(any_api.context, user, EMAIL, PASSWORD, code, f"192.0.2.{place}")
        except (RateLimited, Unauthenticated) as error:
            return type(error).__name__
        return "in"

    assert [tries("000000", n) for n in range(12)] == ["Unauthenticated"] * 10 + ["RateLimited"] * 2
    assert tries("000000", 99) == "RateLimited"


def test_the_right_code_forgives(any_api: Api) -> None:
    user = account(any_api)
    secret = pyotp.random_base32()
    factor = SecondFactor(
        user_id=user.id, secret=encrypt(any_api.context.settings, secret), confirmed_at=utcnow()
    )
    any_api.add(factor)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            check_sign_in(any_api.context, user, EMAIL, PASSWORD, "000000", "192.0.2.1")
    check_sign_in(any_api.context, user, EMAIL, PASSWORD, pyotp.TOTP(secret).now(), "192.0.2.1")
    for _ in range(9):
        with pytest.raises(Unauthenticated):
            check_sign_in(any_api.context, user, EMAIL, PASSWORD, "000000", "192.0.2.2")


def test_many_guesses_at_the_same_moment_are_no_more_than_one_after_another(api: Api) -> None:
    def goes_on(_: int) -> bool:
        try:
            api.context.limiter.slow_down("sign-in", "account", "192.0.2.1")
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(40) as pool:
        assert sum(pool.map(goes_on, range(200))) == 10


# -- leftovers -------------------------------------------------------------------------------------------------


def test_a_changed_password_is_not_set_again_by_an_older_link(any_api: Api) -> None:
    account(any_api)
    headers = signed_in(any_api)
    assert any_api.client.post("/auth/forgot-password", json={"email": EMAIL}).status_code == 200
    token = mailed_token(any_api, EMAIL)
    body = {"password": "Another1", "current_password": PASSWORD}
    assert any_api.client.post("/auth/change-password", json=body, headers=headers).status_code == 200
    reset = {"token": token, "password": "Strangers1"}
    assert any_api.client.post("/auth/reset-password", json=reset).status_code == 400


def test_a_change_of_password_leaves_the_link_that_verifies(mailing: Api) -> None:
    sign_up = {"email": EMAIL, "password": PASSWORD}
    assert mailing.client.post("/v1/user", json=sign_up).status_code == 201
    headers = signed_in(mailing)
    body = {"password": "Another1", "current_password": PASSWORD}
    assert mailing.client.post("/auth/change-password", json=body, headers=headers).status_code == 200
    verify = {"token": mailed_token(mailing, EMAIL)}
    assert mailing.client.post("/auth/verify-email", json=verify, headers=headers).status_code == 200


def test_nothing_that_was_mailed_works_once_the_user_is_suspended(any_api: Api) -> None:
    user = account(any_api)
    headers = signed_in(any_api)
    any_api.client.post("/auth/forgot-password", json={"email": EMAIL})
    token = mailed_token(any_api, EMAIL)
    with any_api.session() as session:
        suspend_user(session, COMMAND_LINE, session.get_one(User, user.id))
    reset = any_api.client.post("/auth/reset-password", json={"token": token, "password": "Strangers1"})
    assert reset.status_code == 400
    assert (
        any_api.client.post("/auth/verify-email", json={"token": token, "password": PASSWORD}).status_code
        == 400
    )
    assert any_api.client.get("/v1/user/me", headers=headers).status_code == 401
    any_api.client.post("/auth/forgot-password", json={"email": EMAIL})
    assert len(mails_to(any_api, EMAIL)) == 1


# -- quotas ----------------------------------------------------------------------------------------------------


def test_a_user_owns_a_few_teams(make_api: Callable[..., Api], any_database_url: str) -> None:
    """Each team gets a number of the pool, and has mails, caps and quotas of its own."""
    api = make_api(any_database_url, quota_teams=2)
    numbers = [InventoryNumber(e164=f"+1416555010{n}", country="CA") for n in range(5)]
    api.add(*numbers)
    person = api.person()

    def makes(name: str) -> Any:
        body = {"team_name": name, "country": "CA"}
        return api.client.post("/v1/team", json=body, headers=person.headers)

    assert [makes(name).status_code for name in ("One", "Two", "Three")] == [201, 201, 409]
    assert makes("Four").json()["response"]["quota"] == "teams"
    with Session(api.context.engine) as session:
        assert len(session.exec(select(DidNumber)).all()) == 2


def test_a_team_that_may_have_no_numbers_is_given_none(
    make_api: Callable[..., Api], any_database_url: str
) -> None:
    api = make_api(any_database_url, quota_numbers=0)
    api.add(InventoryNumber(e164="+14165550100", country="CA"))
    body = {"team_name": "One", "country": "CA"}
    made = api.client.post("/v1/team", json=body, headers=api.person().headers)
    assert (made.status_code, made.json()["main_number"]) == (201, None)


def test_adding_people_mails_no_more_than_inviting_them(
    make_api: Callable[..., Api], any_database_url: str
) -> None:
    """A member who is ended makes room for another, but not for another mail."""
    api = make_api(any_database_url, smtp_url="smtp://127.0.0.1:1", quota_mails_a_day=2)
    admin = api.person(api.team(), Role.ADMIN)

    def adds(n: int) -> int:
        body = {"email": f"victim{n}@example.com", "password": PASSWORD}
        made = api.client.post(f"/v1/team/{admin.team}/add", json=body, headers=admin.headers)
        if made.status_code == 201:
            path = f"/v1/team/{admin.team}/users/{made.json()['id']}"
            assert api.client.delete(path, headers=admin.headers).status_code == 200
        return int(made.status_code)

    assert [adds(n) for n in range(3)] == [201, 201, 429]
    assert mails_to(api, "victim2@example.com") == []


# -- fields of others ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    [
        {"operator": True}, {"verified_at": "2026-01-01T00:00:00Z"}, {"email": "boss@example.com"},
        {"status": "deactivated"}, {"password_hash": "x"}, {"id": "a" + "0" * 32},
    ],
)  # fmt: skip
def test_nobody_writes_what_decides_who_they_are(world: World, field: dict[str, Any]) -> None:
    for path in ("/user/me", f"/user/{world.member.id}", f"/team/{pid(world.team)}/users/{world.member.id}"):
        assert world.call(world.member, "PATCH", path, json=field).status_code in (200, 400, 403)
    before, after = world.member.user, world.api.get(User, world.member.user.id)
    for name in ("operator", "email", "status", "password_hash", "verified_at", "id"):
        assert getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize(
    "field",
    [
        {"quotas": {"members": 9999}}, {"suspended_at": None}, {"owner": "a" + "0" * 32},
        {"main_number": "+19005550100"}, {"billing_id": 1}, {"activated": "yes"},
    ],
)  # fmt: skip
def test_no_admin_writes_what_an_operator_decides(world: World, field: dict[str, Any]) -> None:
    before = world.api.get(Team, world.team.id)
    assert world.call(world.admin, "PATCH", f"/team/{pid(world.team)}", json=field).status_code in (200, 400)
    after = world.api.get(Team, world.team.id)
    for name in ("quotas", "suspended_at", "owner_id", "main_number", "billing_id", "activated"):
        assert getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize("path", ["/user", "/platform/user", "/platform/team", "/user/me/sessions"])
@pytest.mark.parametrize("field", ["password_hash", "operator", "secret", "token_hash", "extension_secret"])
def test_no_list_is_searched_by_what_it_does_not_show(world: World, path: str, field: str) -> None:
    for query in (f'where={{"{field}":{{"startsWith":"a"}}}}', f"sort={field}", f"{field}=a"):
        assert world.call(world.member, "GET", f"{path}?{query}").status_code in (400, 403)


def test_bodies_name_no_object_of_another_team(world: World) -> None:
    """The ids are real ones of another team, also of its people."""
    api, mine, other = world.api, pid(world.team), world.stranger
    queue, number = world.queue(), InventoryNumber(e164="+14165550100", country="CA")
    api.add(number)
    assert other.member is not None
    their_queue = Queue(team_id=other.member.team_id, name="Theirs")
    their_agent_row = Agent(team_id=other.member.team_id, user_id=other.user.id, name="Theirs")
    api.add(their_queue, their_agent_row)
    theirs, their_agent = pid(their_queue), pid(their_agent_row)
    block = {"type": "queue", "settings": {"queue": theirs}, "exits": {}}
    ring = {"type": "user", "settings": {"user": other.id}, "exits": {}}
    attempts: list[tuple[str, str, Any]] = [
        ("POST", "/CCQueueConfig", {"team": other.team, "name": "X"}),
        ("POST", "/CCQueueConfig", {"team": mine, "name": "X", "managers": [other.id]}),
        ("POST", "/CCQueueConfig", {"team": mine, "name": "X", "agents": [their_agent]}),
        (
            "POST",
            "/CCQueueConfig",
            {"team": mine, "name": "X", "overflow": {"type": "queue", "settings": {"queue": theirs}}},
        ),
        ("PATCH", f"/CCQueueConfig/{pid(queue)}", {"managers": [other.id]}),
        ("POST", "/CCAgentConfig", {"team": mine, "name": "X", "user": other.id}),
        ("POST", "/didnumber", {"team": other.team, "number": "+14165550100"}),
        ("POST", "/didnumber", {"team": mine, "number": "+14165550100", "queue": theirs}),
        ("POST", "/didnumber", {"team": mine, "number": "+14165550100", "user": other.id}),
        ("POST", "/callroute", {"team": mine, "name": "X", "entry": "q", "blocks": {"q": block}}),
        ("POST", "/callroute", {"team": mine, "name": "X", "entry": "q", "blocks": {"q": ring}}),
        ("PATCH", f"/user/{other.id}", {"team": mine, "role": "admin"}),
        ("PATCH", f"/team/{mine}/users/{other.id}", {"role": "guest"}),
        ("DELETE", f"/team/{mine}/users/{world.member.id}?transfer={other.id}", None),
    ]
    for method, path, body in attempts:
        answer = world.call(world.admin, method, path, json=body)
        assert answer.status_code in (400, 403, 404), (method, path, body, answer.status_code, answer.text)


# -- at once ---------------------------------------------------------------------------------------------------


def test_of_two_who_accept_at_once_with_one_token_one_joins(any_api: Api) -> None:
    admin = any_api.person(any_api.team(), Role.ADMIN)
    invited = [{"email": "new@example.com"}]
    answer = any_api.client.post(f"/v1/team/{admin.team}/invite", json=invited, headers=admin.headers)
    token = answer.json()[0]["token"]

    def accepts(password: str) -> int:
        body = {"token": token, "password": password}
        return int(any_api.client.post(f"/v1/team/{admin.team}/accept", json=body).status_code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(accepts, [f"Password{n}" for n in range(4)])) == [200, 400, 400, 400]


@pytest.mark.parametrize(
    "twin", ["JANE@EXAMPLE.COM", " jane@example.com ", "jane@example.com.", "ｊane@example.com", "jаne@example.com",
             "jane@ex\u00adample.com", "jane\u200b@example.com", "jane@example.com\n", "\u212Aane@example.com"]
)  # fmt: skip
def test_no_twin_of_an_address_is_another_account(api: Api, twin: str) -> None:
    account(api)
    answer = api.client.post("/v1/user", json={"email": twin, "password": PASSWORD})
    assert answer.status_code == 400 or twin.startswith("\u212a")
    with Session(api.context.engine) as session:
        emails = session.exec(select(User.email).order_by(col(User.email))).all()
    assert all(email.isascii() and email == email.strip().lower() for email in emails)


def test_guests_and_plain_members_reach_nothing_of_admins(world: World) -> None:
    guest = world.api.person(world.team, Role.GUEST)
    team = pid(world.team)
    for person in (guest, world.member):
        for method, path in (
            ("GET", f"/team/{team}/audit"), ("GET", f"/team/{team}/outbound"), ("PUT", f"/team/{team}/outbound"),
            ("GET", f"/team/{team}/webhook-secret"), ("POST", f"/team/{team}/add"), ("PATCH", f"/team/{team}"),
        ):  # fmt: skip
            body = None if method == "GET" else {"email": "x@example.com", "password": PASSWORD}
            assert world.call(person, method, path, json=body).status_code in (400, 403, 404)
    with Session(world.api.context.engine) as session:
        assert (
            session.exec(select(TeamUser).where(col(TeamUser.user_id) == guest.user.id)).one().role == "guest"
        )
