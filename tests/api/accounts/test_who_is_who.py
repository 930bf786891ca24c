"""Nobody becomes a member, or keeps an account, by claiming somebody else's address."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models import Invite, Role, TeamUser, User
from tests.support.api.client import Api, Person
from tests.support.api.mails import mailed_token, mails_to

pytestmark = pytest.mark.service

VICTIM = "victim@example.com"
STRANGERS, OWN = "Stranger1", "Victims1"
JOIN = "join"


@pytest.fixture
def mailing(make_api: Callable[..., Api], any_database_url: str) -> Api:
    """Return an api that sends mail, so addresses have to be verified."""
    return make_api(any_database_url, smtp_url="smtp://127.0.0.1:1")


def sign_up(api: Api, email: str = VICTIM, password: str = STRANGERS) -> None:
    body = {"email": email, "password": password, "first_name": "Eve"}
    assert api.client.post("/v1/user", json=body).status_code == 201


def sign_in(api: Api, password: str, email: str = VICTIM) -> Any:
    application = api.client.post("/auth/client", json={"name": "app"}).json()
    body = {"grant_type": "password", "username": email, "password": password, **application}
    return api.client.post("/auth/login-user", json=body)


def headers_of(answer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def invite(api: Api, by: Person, email: str = VICTIM, **more: str) -> Any:
    return api.client.post(f"/v1/team/{by.team}/invite", json=[{"email": email, **more}], headers=by.headers)


def accept(api: Api, team: str, token: str, headers: dict[str, str] | None = None, **more: str) -> Any:
    return api.client.post(f"/v1/team/{team}/accept", json={"token": token, **more}, headers=headers or {})


def teams_of(api: Api, headers: dict[str, str]) -> list[str]:
    return list(api.client.get("/v1/user/me", headers=headers).json()["teams"])


def membership(api: Api, person: Person) -> TeamUser:
    assert person.member is not None
    member: TeamUser = api.get(TeamUser, person.member.id)
    return member


def test_a_stranger_who_signed_up_with_the_address_loses_it_to_the_mailed_invitation(mailing: Api) -> None:
    sign_up(mailing)
    stranger = headers_of(sign_in(mailing, STRANGERS))
    admin = mailing.person(mailing.team(), Role.ADMIN)
    assert "token" not in invite(mailing, admin).json()[0]
    token = mailed_token(mailing, VICTIM, JOIN)
    assert accept(mailing, admin.team, token).json()["response"] == {"password": "Required"}
    assert accept(mailing, admin.team, token, password=OWN, firstname="Vic").status_code == 200
    assert mailing.client.get("/v1/user/me", headers=stranger).status_code == 401
    assert sign_in(mailing, STRANGERS).status_code == 401
    assert teams_of(mailing, headers_of(sign_in(mailing, OWN))) == [admin.team]


def test_a_token_that_was_shown_gives_nothing_of_another_team(mailing: Api) -> None:
    ours, theirs = (mailing.person(mailing.team(), Role.ADMIN) for _ in range(2))
    invite(mailing, ours)
    mailed = mailed_token(mailing, VICTIM)
    shown = invite(mailing, theirs).json()[0]["token"]
    assert shown not in "".join(mails_to(mailing, VICTIM))
    assert accept(mailing, ours.team, shown, password=STRANGERS).status_code == 400
    assert accept(mailing, theirs.team, shown, password=STRANGERS).status_code == 200
    stranger = headers_of(sign_in(mailing, STRANGERS))
    assert accept(mailing, ours.team, mailed, password=OWN).status_code == 200
    assert mailing.client.get("/v1/user/me", headers=stranger).status_code == 401
    assert sign_in(mailing, STRANGERS).status_code == 401
    assert ours.team in teams_of(mailing, headers_of(sign_in(mailing, OWN)))


def test_no_token_is_shown_for_an_account_nor_to_who_is_no_admin(mailing: Api) -> None:
    team = mailing.team()
    admin, member, jane = mailing.person(team, Role.ADMIN), mailing.person(team), mailing.person()
    assert "token" not in invite(mailing, admin, jane.user.email).json()[0]
    assert "token" not in invite(mailing, member, "new@example.com").json()[0]
    assert "token" in invite(mailing, admin, "other@example.com").json()[0]


def test_a_shown_token_is_not_enough_once_there_is_an_account(mailing: Api) -> None:
    one, two = (mailing.person(mailing.team(), Role.ADMIN) for _ in range(2))
    first, second = (invite(mailing, admin).json()[0]["token"] for admin in (one, two))
    assert accept(mailing, one.team, first, password=OWN).status_code == 200
    assert accept(mailing, two.team, second, password=STRANGERS).status_code == 401
    assert accept(mailing, two.team, second, password=OWN).status_code == 200


def test_a_reset_of_an_unverified_account_ends_what_strangers_had_of_it(mailing: Api) -> None:
    sign_up(mailing)
    stranger = headers_of(sign_in(mailing, STRANGERS))
    mailing.client.post("/auth/forgot-password", json={"email": VICTIM})
    body = {"token": mailed_token(mailing, VICTIM, "choose one"), "password": OWN}
    assert mailing.client.post("/auth/reset-password", json=body).status_code == 200
    assert mailing.client.get("/v1/user/me", headers=stranger).status_code == 401
    assert sign_in(mailing, STRANGERS).status_code == 401
    team = {"team_name": "Ours"}
    own = headers_of(sign_in(mailing, OWN))
    assert mailing.client.post("/v1/team", json=team, headers=own).status_code == 201


def test_an_address_is_verified_by_the_mailed_token_and_the_sign_in(mailing: Api) -> None:
    sign_up(mailing)
    headers = headers_of(sign_in(mailing, STRANGERS))
    team = {"team_name": "Theirs"}
    assert mailing.client.post("/v1/team", json=team, headers=headers).status_code == 403
    assert mailing.client.post("/auth/resend-verification", headers=headers).status_code == 200
    token = mailed_token(mailing, VICTIM)
    for body in ({"token": token}, {"token": token, "password": "wrong"}):
        assert mailing.client.post("/auth/verify-email", json=body).status_code == 401
    other = mailing.person()
    assert (
        mailing.client.post("/auth/verify-email", json={"token": token}, headers=other.headers).status_code
        == 401
    )
    verified = mailing.client.post("/auth/verify-email", json={"token": token}, headers=headers)
    assert (verified.status_code, verified.json()) == (200, {})
    assert mailing.client.post("/v1/team", json=team, headers=headers).status_code == 201
    again = mailing.client.post("/auth/verify-email", json={"token": token, "password": STRANGERS})
    assert again.json()["response"] == {"token": "Invalid, used or expired"}


def test_without_mail_an_account_counts_as_verified(any_api: Api) -> None:
    sign_up(any_api)
    assert mails_to(any_api, VICTIM) == []
    headers = headers_of(sign_in(any_api, STRANGERS))
    assert any_api.client.post("/v1/team", json={"team_name": "Ours"}, headers=headers).status_code == 201


def test_an_added_user_is_mailed_a_verification_and_lost_to_the_owner_of_the_address(mailing: Api) -> None:
    stranger, admin = (mailing.person(mailing.team(), Role.ADMIN) for _ in range(2))
    body = {"email": VICTIM, "password": STRANGERS}
    path = f"/v1/team/{stranger.team}/add"
    assert mailing.client.post(path, json=body, headers=stranger.headers).status_code == 201
    assert "verify" in mails_to(mailing, VICTIM)[0]
    invite(mailing, admin)
    accepted = accept(mailing, admin.team, mailed_token(mailing, VICTIM, JOIN), password=OWN)
    assert accepted.status_code == 200
    assert sign_in(mailing, STRANGERS).status_code == 401


def test_only_admins_invite_deactivated_or_pending_people_again(any_api: Api) -> None:
    team = any_api.team()
    admin, member, gone = (
        any_api.person(team, Role.ADMIN),
        any_api.person(team),
        any_api.person(team, extension="111"),
    )
    any_api.client.delete(f"/v1/team/{admin.team}/users/{gone.id}", headers=admin.headers)
    assert invite(any_api, member, gone.user.email).status_code == 403
    assert membership(any_api, gone).status == "deactivated"
    invite(any_api, admin, VICTIM)
    assert invite(any_api, member, VICTIM).status_code == 403
    resend = f"/v1/team/{member.team}/resendInvite"
    assert any_api.client.post(resend, json={"email": VICTIM}, headers=member.headers).status_code == 403
    assert invite(any_api, admin, gone.user.email).status_code == 201


def test_the_higher_of_two_invitations_stands(any_api: Api) -> None:
    team = any_api.team()
    admin, member = any_api.person(team, Role.ADMIN), any_api.person(team)
    first = invite(any_api, admin, VICTIM, role="admin").json()[0]["token"]
    for role in ("member", "guest"):
        assert invite(any_api, member, VICTIM, role=role).status_code == 403
    assert accept(any_api, admin.team, first, password=OWN).status_code == 200
    other = invite(any_api, admin, "boss@example.com", role="admin").json()[0]
    assert invite(any_api, admin, "boss@example.com", role="guest").status_code == 201
    with Session(any_api.context.engine) as session:
        roles = session.exec(select(TeamUser.role).where(col(TeamUser.user_id) == other["user_id"][1:])).all()
    assert roles == ["admin"]


def test_the_sip_password_rotates_when_a_member_is_deactivated(any_api: Api) -> None:
    team = any_api.team()
    admin, jane = any_api.person(team, Role.ADMIN), any_api.person(team, extension="111")
    before = membership(any_api, jane).extension_secret
    path = f"/v1/team/{admin.team}/users/{jane.id}"
    any_api.client.delete(path, headers=admin.headers)
    between = membership(any_api, jane).extension_secret
    any_api.client.patch(path, json={"status": "active"}, headers=admin.headers)
    after = membership(any_api, jane)
    assert before != between == after.extension_secret
    assert (after.extension, after.status) == ("111", "active")


def test_nobody_is_activated_who_has_not_accepted(any_api: Api) -> None:
    admin, jane = any_api.person(any_api.team(), Role.ADMIN), any_api.person()
    invite(any_api, admin, jane.user.email)
    path = f"/v1/team/{admin.team}/users/{jane.id}"
    active = {"status": "active"}
    assert any_api.client.patch(path, json=active, headers=admin.headers).status_code == 409
    assert any_api.client.delete(path, headers=admin.headers).status_code == 200
    assert any_api.client.patch(path, json=active, headers=admin.headers).status_code == 409
    assert teams_of(any_api, jane.headers) == []
    with Session(any_api.context.engine) as session:
        assert session.exec(select(Invite)).all() == []


def test_an_invitation_imposes_no_rules_before_it_is_accepted(any_api: Api) -> None:
    stranger, jane = any_api.person(any_api.team(), Role.ADMIN), any_api.person()
    rule = {"password_min_length": 128}
    any_api.client.patch(f"/v1/team/{stranger.team}", json=rule, headers=stranger.headers)
    invite(any_api, stranger, jane.user.email)
    body = {"password": "Another1"}
    assert any_api.client.post("/auth/change-password", json=body, headers=jane.headers).status_code == 200
    any_api.client.post("/auth/forgot-password", json={"email": jane.user.email})
    body["token"] = mailed_token(any_api, jane.user.email, "choose one")
    assert any_api.client.post("/auth/reset-password", json=body).status_code == 200


@pytest.mark.parametrize("own", ["team", "user"])
def test_a_guest_has_no_extension_and_no_sip_account(any_api: Api, own: str) -> None:
    team = any_api.team()
    admin, jane = any_api.person(team, Role.ADMIN), any_api.person(team, extension="111")
    path = f"/v1/user/{jane.id}" if own == "user" else f"/v1/team/{admin.team}/users/{jane.id}"
    answer = any_api.client.patch(path, json={"role": "guest"}, headers=admin.headers)
    assert (answer.status_code, answer.json()["extension"]) == (200, [])
    guest = membership(any_api, jane)
    assert (guest.extension, guest.sip_username, guest.extension_secret) == (None, None, None)
    refused = any_api.client.patch(path, json={"extension": "111"}, headers=admin.headers)
    assert refused.json()["response"] == {"extension": "A guest has none"}
    assert any_api.client.patch(path, json={"role": "member"}, headers=admin.headers).status_code == 200
    assert membership(any_api, jane).extension is not None


def test_a_user_whom_nobody_verified_keeps_working_where_they_are(mailing: Api) -> None:
    admin = mailing.person(mailing.team(), Role.ADMIN)
    body = {"email": VICTIM, "password": OWN}
    mailing.client.post(f"/v1/team/{admin.team}/add", json=body, headers=admin.headers)
    assert teams_of(mailing, headers_of(sign_in(mailing, OWN))) == [admin.team]
    with Session(mailing.context.engine) as session:
        assert session.exec(select(User.verified_at).where(col(User.email) == VICTIM)).one() is None


@pytest.mark.parametrize("by", ["reset", "invitation", "verification"])
def test_rules_of_a_membership_that_a_stranger_accepted_bind_nobody(mailing: Api, by: str) -> None:
    stranger, admin = (mailing.person(mailing.team(), Role.ADMIN) for _ in range(2))
    shown = invite(mailing, stranger).json()[0]["token"]
    assert accept(mailing, stranger.team, shown, password=STRANGERS).status_code == 200
    rule = {"password_min_length": 128}
    mailing.client.patch(f"/v1/team/{stranger.team}", json=rule, headers=stranger.headers)
    if by == "reset":
        mailing.client.post("/auth/forgot-password", json={"email": VICTIM})
        body = {"token": mailed_token(mailing, VICTIM, "choose one"), "password": OWN}
        assert mailing.client.post("/auth/reset-password", json=body).status_code == 200
    elif by == "invitation":
        invite(mailing, admin)
        token = mailed_token(mailing, VICTIM, JOIN)
        assert accept(mailing, admin.team, token, password=OWN).status_code == 200
    else:
        headers = headers_of(sign_in(mailing, STRANGERS))
        mailing.client.post("/auth/resend-verification", headers=headers)
        body = {"token": mailed_token(mailing, VICTIM)}
        assert mailing.client.post("/auth/verify-email", json=body, headers=headers).status_code == 200
        assert change(mailing, headers, OWN) == 400
        return
    headers = headers_of(sign_in(mailing, OWN))
    assert change(mailing, headers, "Another1") == 200
    left = mailing.client.delete(
        f"/v1/team/{stranger.team}/users/{mailing.client.get('/v1/user/me', headers=headers).json()['id']}",
        headers=headers,
    )
    assert left.status_code == 200


def change(api: Api, headers: dict[str, str], password: str) -> int:
    answer = api.client.post("/auth/change-password", json={"password": password}, headers=headers)
    return int(answer.status_code)


def test_a_suspended_account_joins_nothing(mailing: Api) -> None:
    admin, jane = mailing.person(mailing.team(), Role.ADMIN), mailing.person()
    invite(mailing, admin, jane.user.email)
    token = mailed_token(mailing, jane.user.email)
    with mailing.session() as session:
        session.get(User, jane.user.id).status = "deactivated"
    assert accept(mailing, admin.team, token, password=OWN).status_code == 400
    assert mailing.get(User, jane.user.id).password_hash is None
