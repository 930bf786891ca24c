"""`/team/:id/...` for members and invitations: the document's examples, strangers, no token."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models import Agent, AuthSession, Invite, Mailbox, Outbox, Role, TeamUser, User, utcnow
from switchroom.ids import new_id
from tests.api.accounts.test_users import CREATED
from tests.support.api.client import Api, Person

pytestmark = pytest.mark.service

PEOPLE = [{"email": "user1@example.com"}, {"email": "user2@example.com"}]
JANE = {"first_name": "Jane", "last_name": "Doe", "email": "test@example.com", "password": "123456"}


def admin_of_a_team(api: Api) -> Person:
    return api.person(api.team(), Role.ADMIN)


def invite(api: Api, admin: Person, people: list[dict[str, str]] = PEOPLE) -> Any:
    return api.client.post(f"/v1/team/{admin.team}/invite", json=people, headers=admin.headers)


def member_of(api: Api, person: Person) -> TeamUser:
    assert person.member is not None
    with Session(api.context.engine) as session:
        return session.get_one(TeamUser, person.member.id)


@pytest.mark.operation("add-user")
def test_add_user(any_api: Api) -> None:
    admin = admin_of_a_team(any_api)
    path = f"/v1/team/{admin.team}/add"
    answer = any_api.client.post(path, json=JANE, headers=admin.headers)
    assert answer.status_code == 201
    assert set(answer.json()) == CREATED
    users = any_api.client.get(f"/v1/team/{admin.team}/users", headers=admin.headers).json()
    added = next(user for user in users if user["email"] == "test@example.com")
    assert (added["role"], added["status"], added["extension"]) == ("member", "active", ["101"])
    again = any_api.client.post(path, json=JANE, headers=admin.headers)
    assert again.json()["response"] == {"email": "Email is already taken"}


def test_add_user_heeds_the_teams_least_password_length(api: Api) -> None:
    admin = admin_of_a_team(api)
    api.client.patch(f"/v1/team/{admin.team}", json={"password_min_length": 10}, headers=admin.headers)
    answer = api.client.post(f"/v1/team/{admin.team}/add", json=JANE, headers=admin.headers)
    assert answer.json()["response"] == {"password": "Needs 10 characters or more"}


@pytest.mark.operation("invite-users", "list-pending-users")
def test_invite_answers_as_the_example_and_mails(any_api: Api) -> None:
    admin = admin_of_a_team(any_api)
    answer = invite(any_api, admin)
    assert answer.status_code == 201
    assert [set(item) for item in answer.json()] == [{"email", "token", "user_id", "mailed"}] * 2
    assert not answer.json()[0]["mailed"], "there is no mail server"
    with Session(any_api.context.engine) as session:
        mails = session.exec(select(Outbox).where(col(Outbox.kind) == "mail").order_by(col(Outbox.id))).all()
    assert [mail.payload["to"] for mail in mails] == ["user1@example.com", "user2@example.com"]
    assert "token=" in mails[0].payload["text"]
    assert answer.json()[0]["token"] not in mails[0].payload["text"]
    pending = any_api.client.get(f"/v1/team/{admin.team}/pendingusers", headers=admin.headers)
    assert [user["email"] for user in pending.json()] == ["user1@example.com", "user2@example.com"]
    active = any_api.client.get(f"/v1/team/{admin.team}/users", headers=admin.headers).json()
    assert "user1@example.com" not in [user["email"] for user in active]


def test_invite_names_each_wrong_item_and_invites_nobody_then(any_api: Api) -> None:
    admin = admin_of_a_team(any_api)
    answer = invite(any_api, admin, [*PEOPLE, {"email": admin.user.email}])
    assert answer.json()["response"] == {"2.email": "Already a member of the team"}
    malformed = invite(any_api, admin, [PEOPLE[0], {"email": "nobody"}])
    assert set(malformed.json()["response"]) == {"1.email"}
    with Session(any_api.context.engine) as session:
        assert session.exec(select(Invite)).all() == []


def test_members_invite_without_seeing_tokens_and_no_admins(api: Api) -> None:
    team = api.team()
    jane = api.person(team)
    assert all("token" not in item for item in invite(api, jane).json())
    refused = invite(api, jane, [{"email": "boss@example.com", "role": "admin"}])
    assert refused.status_code == 403


@pytest.mark.operation("accept-invite")
def test_accept_sets_name_and_password_once(any_api: Api) -> None:
    admin = admin_of_a_team(any_api)
    token = invite(any_api, admin).json()[0]["token"]
    body = {"token": token, "firstname": "jane", "lastname": "doe", "password": "123456"}
    path = f"/v1/team/{admin.team}/accept"
    answer = any_api.client.post(path, json=body)
    assert (answer.status_code, answer.json()) == (200, {"team": admin.team, "email": "user1@example.com"})
    client = any_api.client.post("/auth/client", json={"name": "app"}).json()
    login = {"grant_type": "password", "username": "user1@example.com", "password": "123456", **client}
    assert any_api.client.post("/auth/login-user", json=login).status_code == 200
    again = any_api.client.post(path, json=body)
    assert again.json()["response"] == {"token": "Invalid, used or expired"}


def test_accept_refuses_another_teams_expired_and_bare_tokens(any_api: Api) -> None:
    admin = admin_of_a_team(any_api)
    token = invite(any_api, admin).json()[0]["token"]
    body = {"token": token, "password": "123456"}
    other = any_api.team()
    assert any_api.client.post(f"/v1/team/a{other.id}/accept", json=body).status_code == 400
    path = f"/v1/team/{admin.team}/accept"
    bare = any_api.client.post(path, json={"token": token})
    assert bare.json()["response"] == {"password": "Required"}
    with any_api.session() as session:
        for row in session.exec(select(Invite)):
            row.expires_at = utcnow() - timedelta(seconds=1)
    assert any_api.client.post(path, json=body).json()["response"] == {"token": "Invalid, used or expired"}


def test_an_invited_account_keeps_its_password_and_only_its_owner_joins(api: Api) -> None:
    admin, jane = admin_of_a_team(api), api.person()
    item = invite(api, admin, [{"email": jane.user.email}]).json()[0]
    assert "token" not in item
    with Session(api.context.engine) as session:
        mail = session.exec(select(Outbox).where(col(Outbox.kind) == "mail")).one()
    token = mail.payload["text"].split("token=")[1].split()[0]
    body = {"token": token, "firstname": "Eve", "password": "hijacked"}
    path = f"/v1/team/{admin.team}/accept"
    assert api.client.post(path, json=body).status_code == 401
    assert api.client.post(path, json=body, headers=admin.headers).status_code == 401
    assert api.client.post(path, json=body, headers=jane.headers).status_code == 200
    user = api.get(User, jane.user.id)
    assert (user.first_name, user.password_hash) == ("Jane", None)
    assert api.client.get("/v1/user/me", headers=jane.headers).json()["teams"] == [admin.team]


@pytest.mark.operation("resend-invite")
def test_resend_invite_voids_the_older_token(any_api: Api) -> None:
    admin = admin_of_a_team(any_api)
    first = invite(any_api, admin).json()[0]["token"]
    path = f"/v1/team/{admin.team}/resendInvite"
    answer = any_api.client.post(path, json={"email": "user1@example.com"}, headers=admin.headers)
    assert answer.status_code == 200
    accept = f"/v1/team/{admin.team}/accept"
    assert any_api.client.post(accept, json={"token": first, "password": "123456"}).status_code == 400
    fresh = answer.json()["token"]
    assert any_api.client.post(accept, json={"token": fresh, "password": "123456"}).status_code == 200
    gone = any_api.client.post(path, json={"email": "user1@example.com"}, headers=admin.headers)
    assert gone.status_code == 404


@pytest.mark.operation("deactivate-user", "update-user")
def test_deactivated_users_disappear_and_come_back_as_they_were(any_api: Api) -> None:
    team = any_api.team()
    admin, jane = any_api.person(team, Role.ADMIN), any_api.person(team, extension="111")
    path = f"/v1/team/{admin.team}/users/{jane.id}"
    answer = any_api.client.delete(path, headers=admin.headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "deactivated")
    listed = any_api.client.get(f"/v1/team/{admin.team}/users", headers=admin.headers).json()
    assert jane.id not in [user["id"] for user in listed]
    assert any_api.client.get(f"/v1/team/{admin.team}/info", headers=jane.headers).status_code == 404
    back = any_api.client.patch(path, json={"status": "active"}, headers=admin.headers)
    assert (back.status_code, back.json()["status"], back.json()["extension"]) == (200, "active", ["111"])
    assert any_api.client.get(f"/v1/team/{admin.team}/info", headers=jane.headers).status_code == 200


def test_the_owner_can_neither_be_deactivated_nor_demoted(api: Api) -> None:
    team = api.team()
    admin = api.person(team, Role.ADMIN)
    path = f"/v1/team/{admin.team}/users/a{team.owner_id}"
    assert api.client.delete(path, headers=admin.headers).status_code == 409
    assert api.client.patch(path, json={"role": "member"}, headers=admin.headers).status_code == 409


@pytest.mark.operation("update-user")
def test_an_admin_sets_what_belongs_to_the_membership(any_api: Api) -> None:
    team = any_api.team()
    admin, jane = any_api.person(team, Role.ADMIN), any_api.person(team, extension="111")
    any_api.add(Agent(team_id=team.id, user_id=jane.user.id, name="Jane"))
    body = {
        "role": "admin", "extension": "2222", "caller_id_name": "Jane Doe", "caller_id_number": "+14165550100",
        "forward": True, "forward_number": "+16475550100", "voicemail": False, "first_name": "Eve",
    }  # fmt: skip
    answer = any_api.client.patch(f"/v1/team/{admin.team}/users/{jane.id}", json=body, headers=admin.headers)
    assert answer.status_code == 200
    shown = answer.json()
    assert {name: shown[name] for name in body} == {**body, "extension": ["2222"], "first_name": "Jane"}
    member = member_of(any_api, jane)
    assert member.sip_username == f"e2222t{team.id[-12:]}"
    assert jane.member is not None
    assert member.extension_secret == jane.member.extension_secret
    with Session(any_api.context.engine) as session:
        commands = [row.payload for row in session.exec(select(Outbox).where(col(Outbox.kind) == "command"))]
    assert [command["kind"] for command in commands[:2]] == ["user", "agent"]
    assert commands[2:] == phones(f"e111t{team.id[-12:]}", f"e2222t{team.id[-12:]}")


def phones(*names: str, sign_out: bool = True) -> list[dict[str, Any]]:
    return [
        {"type": "config", "kind": "phone", "id": name, "hang_up": False, "sign_out": sign_out}
        for name in names
    ]


@pytest.mark.parametrize(
    ("body", "forgotten"),
    [
        ({"rotate_secret": True}, ["e111t"]),
        ({"extension": None}, ["e111t"]),
        ({"extension": "113"}, ["e111t", "e113t"]),
        ({"status": "deactivated"}, ["e111t"]),
        ({"extension": "111", "position": "Lead"}, []),
    ],
)
def test_asterisk_forgets_an_account_that_changed_of_a_user_who_is_no_agent(
    any_api: Api, body: dict[str, object], forgotten: list[str]
) -> None:
    team = any_api.team()
    admin, jane = any_api.person(team, Role.ADMIN), any_api.person(team, extension="111")
    answer = any_api.client.patch(f"/v1/team/{admin.team}/users/{jane.id}", json=body, headers=admin.headers)
    assert answer.status_code == 200
    with Session(any_api.context.engine) as session:
        rows = session.exec(select(Outbox).where(col(Outbox.kind) == "command").order_by(col(Outbox.id)))
        told = [row.payload for row in rows]
    about_phones = [command for command in told if command["kind"] == "phone"]
    assert [command for n, command in enumerate(about_phones) if command not in about_phones[:n]] == phones(
        *(name + team.id[-12:] for name in forgotten)
    )


def test_members_change_their_own_forwarding_but_not_their_role(api: Api) -> None:
    jane = api.person(api.team(), extension="111")
    path = f"/v1/team/{jane.team}/users/{jane.id}"
    answer = api.client.patch(
        path, json={"forward": True, "role": "member", "extension": "111"}, headers=jane.headers
    )
    assert (answer.status_code, answer.json()["forward"]) == (200, True)
    assert api.client.patch(path, json={"role": "admin"}, headers=jane.headers).status_code == 403
    assert api.client.patch(path, json={"extension": "999"}, headers=jane.headers).status_code == 403


def test_the_sip_password_is_rotated_on_request_and_shown_to_its_owner(api: Api) -> None:
    jane = api.person(api.team(), extension="111")
    path = f"/v1/team/{jane.team}/users/{jane.id}"
    answer = api.client.patch(
        path, json={"rotate_secret": True, "extensionSecret": "mine"}, headers=jane.headers
    )
    fresh = answer.json()["extensionSecret"]
    assert jane.member is not None
    assert fresh not in (jane.member.extension_secret, "mine")
    assert len(fresh) >= 32
    assert api.client.get("/v1/user/me", headers=jane.headers).json()["extensionSecret"] == fresh


FORBIDDEN = ("1\r\n2", "1\0", "../1", "1&SIP/2", "1,2", "${EXTEN}", "1|2", "1;2", "1^2", '1"2', "`id`")


@pytest.mark.parametrize(
    "field", ["extension", "caller_id_name", "caller_id_number", "forward_number", "work_number"]
)
def test_whatever_means_something_to_asterisk_is_refused(api: Api, field: str) -> None:
    admin = admin_of_a_team(api)
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    for value in FORBIDDEN:
        answer = api.client.patch(path, json={field: value}, headers=admin.headers)
        assert (answer.status_code, set(answer.json()["response"])) == (400, {field}), value


def test_a_taken_extension_is_refused(api: Api) -> None:
    team = api.team()
    admin, _ = api.person(team, Role.ADMIN, "111"), api.person(team, extension="112")
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    answer = api.client.patch(path, json={"extension": "112"}, headers=admin.headers)
    assert answer.json()["response"] == {"extension": "Extension is already taken"}


def test_a_mailboxs_number_is_no_extension(any_api: Api) -> None:
    team = any_api.team()
    admin = any_api.person(team, Role.ADMIN, "111")
    any_api.add(Mailbox(team_id=team.id, kind="queue", owner_id=new_id(), number="101"))
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    answer = any_api.client.patch(path, json={"extension": "101"}, headers=admin.headers)
    told = {"extension": "A mailbox of the team has this number"}
    assert (answer.status_code, answer.json()["response"]) == (400, told)
    added = any_api.client.post(f"/v1/team/{admin.team}/add", json=JANE, headers=admin.headers)
    assert added.status_code == 201
    users = any_api.client.get(f"/v1/team/{admin.team}/users", headers=admin.headers).json()
    assert {user["email"]: user["extension"] for user in users}[JANE["email"]] == ["102"]
    free = any_api.client.patch(path, json={"extension": "103"}, headers=admin.headers)
    assert free.status_code == 200


@pytest.mark.parametrize(
    ("country", "extension"), [("", "911"), ("Germany", "110"), ("CA", "112"), ("FR", "114")]
)
def test_an_emergency_number_is_no_extension(any_api: Api, country: str, extension: str) -> None:
    admin = any_api.person(any_api.team(country=country), Role.ADMIN, "111")
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    answer = any_api.client.patch(path, json={"extension": extension}, headers=admin.headers)
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"extension"})


def test_the_automatic_extension_is_no_emergency_number(api: Api) -> None:
    team = api.team(country="DE")
    admin = api.person(team, Role.ADMIN, "200")
    for taken in range(101, 110):
        api.person(team, extension=str(taken))
    for name in ("ann", "bob", "cleo"):
        body = {**JANE, "email": f"{name}@example.com"}
        added = api.client.post(f"/v1/team/{admin.team}/add", json=body, headers=admin.headers)
        assert added.status_code == 201
    users = api.client.get(f"/v1/team/{admin.team}/users", headers=admin.headers).json()
    extensions = {user["email"]: user["extension"] for user in users}
    given = [extensions[f"{name}@example.com"] for name in ("ann", "bob", "cleo")]
    assert given == [["111"], ["113"], ["114"]], "110 is the police, 112 the fire brigade"


def test_a_team_does_not_move_to_where_an_extension_is_an_emergency_number(api: Api) -> None:
    admin = api.person(api.team(country="CA"), Role.ADMIN, "110")
    path = f"/v1/team/{admin.team}"
    answer = api.client.patch(path, json={"country": "DE"}, headers=admin.headers)
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"country"})
    assert api.client.patch(path, json={"country": "US"}, headers=admin.headers).status_code == 200
    with Session(api.context.engine) as session:
        told = [row.payload for row in session.exec(select(Outbox).where(col(Outbox.kind) == "command"))]
    assert admin.member is not None
    assert phones(str(admin.member.sip_username), sign_out=False) == [
        one for one in told if one["kind"] == "phone"
    ], "Asterisk asks again which emergency numbers the account may call"


def test_national_numbers_are_those_of_the_teams_country(api: Api) -> None:
    admin = api.person(api.team(country="France"), Role.ADMIN, "111")
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    body = {
        "work_number": "06 12 34 56 78",
        "forward_number": "00390612345678",
        "mobile_number": "+1 (416) 555-0100",
    }
    answer = api.client.patch(path, json=body, headers=admin.headers).json()
    assert {name: answer[name] for name in body} == {
        "work_number": "+33612345678",
        "forward_number": "+390612345678",
        "mobile_number": "+14165550100",
    }
    refused = api.client.patch(path, json={"home_number": "99"}, headers=admin.headers)
    assert set(refused.json()["response"]) == {"home_number"}


OPERATIONS = [
    ("POST", "/add", JANE),
    ("POST", "/invite", PEOPLE),
    ("POST", "/resendInvite", PEOPLE[0]),
    ("DELETE", "/users/{user}", None),
    ("PATCH", "/users/{user}", {"role": "admin"}),
]


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
@pytest.mark.operation(
    "add-user",
    "invite-users",
    "resend-invite",
    "deactivate-user",
    "update-user",
    "list-team-users",
    "list-pending-users",
)
def test_strangers_and_the_signed_out_reach_no_members(api: Api, method: str, path: str, body: Any) -> None:
    jane = api.person(api.team())
    stranger = admin_of_a_team(api)
    url = f"/v1/team/{jane.team}{path.format(user=jane.id)}"
    assert api.client.request(method, url, json=body, headers=stranger.headers).status_code == 404
    assert api.client.request(method, url, json=body).status_code == 401


@pytest.mark.parametrize(("method", "path", "body"), [item for item in OPERATIONS if "nvite" not in item[1]])
def test_mere_members_may_not(api: Api, method: str, path: str, body: Any) -> None:
    team = api.team()
    jane, other = api.person(team), api.person(team)
    url = f"/v1/team/{jane.team}{path.format(user=other.id)}"
    assert api.client.request(method, url, json=body, headers=jane.headers).status_code == 403


@pytest.mark.operation("list-team-users")
def test_guests_reach_nothing_of_the_team(api: Api) -> None:
    team = api.team()
    guest = api.person(team, Role.GUEST)
    for path in ("info", "users", "pendingusers"):
        assert api.client.get(f"/v1/team/{guest.team}/{path}", headers=guest.headers).status_code == 404
    assert api.client.get("/v1/user", headers=guest.headers).json() == []


def test_a_session_of_nobody_is_refused(api: Api) -> None:
    jane = api.person()
    with api.session() as session:
        session.exec(select(AuthSession)).one().expires_at = utcnow() - timedelta(seconds=1)
    assert api.client.get("/v1/user/me", headers=jane.headers).status_code == 401


@pytest.mark.operation("update-user")
def test_where_a_telephone_stands_is_seen_by_its_member_and_admins(api: Api) -> None:
    team = api.team()
    admin, jane, colleague = api.person(team, Role.ADMIN), api.person(team), api.person(team)
    path, place = f"/v1/team/{admin.team}/users/{jane.id}", "Tower 2, floor 7"
    assert api.client.patch(path, json={"location": place}, headers=colleague.headers).status_code == 403
    assert api.client.patch(path, json={"location": "x" * 301}, headers=jane.headers).status_code == 400
    assert api.client.patch(path, json={"location": "a\x00b"}, headers=jane.headers).status_code == 400
    answer = api.client.patch(path, json={"location": place}, headers=jane.headers)
    assert (answer.status_code, answer.json()["location"]) == (200, place)
    for person, seen in ((admin, place), (jane, place), (colleague, None)):
        listed = api.client.get(f"/v1/team/{admin.team}/users", headers=person.headers).json()
        (found,) = [one for one in listed if one["id"] == jane.id]
        assert found.get("location") == seen


FORWARDING = {
    "forward_busy": "voicemail", "forward_no_answer": "(416) 555-0177", "forward_unregistered": "102",
    "do_not_disturb": True, "ring_seconds": 12, "in_directory": False,
}  # fmt: skip


@pytest.mark.parametrize("by", ["self", "admin"])
def test_members_and_admins_set_where_calls_go(api: Api, by: str) -> None:
    team = api.team(country="CA")
    admin, jane = api.person(team, Role.ADMIN, "101"), api.person(team, Role.MEMBER, "102")
    caller = jane if by == "self" else admin
    path = f"/v1/team/{jane.team}/users/{jane.id}"
    answer = api.client.patch(path, json=FORWARDING, headers=caller.headers)
    assert answer.status_code == 200, answer.json()
    assert {name: answer.json()[name] for name in FORWARDING} == {
        **FORWARDING, "forward_no_answer": "+14165550177",
    }  # fmt: skip
    cleared = api.client.patch(path, json={"forward_busy": None}, headers=caller.headers).json()
    assert cleared["forward_busy"] is None


def test_a_member_sets_it_for_no_one_else(api: Api) -> None:
    team = api.team()
    jane, eve = api.person(team, Role.MEMBER, "101"), api.person(team, Role.MEMBER, "102")
    path = f"/v1/team/{eve.team}/users/{eve.id}"
    assert api.client.patch(path, json={"do_not_disturb": True}, headers=jane.headers).status_code == 403


@pytest.mark.parametrize(
    "field", ["forward_number", "forward_busy", "forward_no_answer", "forward_unregistered"]
)
@pytest.mark.parametrize("value", ["mailbox", "*97", "1", "", "101,102", "sip:101@example.com", 101])
def test_a_target_is_an_extension_a_number_or_the_mailbox(api: Api, field: str, value: Any) -> None:
    admin = api.person(api.team(), Role.ADMIN, "101")
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    answer = api.client.patch(path, json={field: value}, headers=admin.headers)
    assert (answer.status_code, set(answer.json()["response"])) == (400, {field})


@pytest.mark.parametrize("seconds", [4, 121, "30", None])
def test_phones_ring_neither_too_short_nor_for_ever(api: Api, seconds: Any) -> None:
    admin = api.person(api.team(), Role.ADMIN, "101")
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    answer = api.client.patch(path, json={"ring_seconds": seconds}, headers=admin.headers)
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"ring_seconds"})


def test_another_name_for_calls_makes_asterisk_ask_again(api: Api) -> None:
    admin = api.person(api.team(), Role.ADMIN, "101")
    path = f"/v1/team/{admin.team}/users/{admin.id}"
    api.client.patch(path, json={"caller_id_name": "Front Desk"}, headers=admin.headers)
    with Session(api.context.engine) as session:
        told = [row.payload for row in session.exec(select(Outbox).where(col(Outbox.kind) == "command"))]
    assert admin.member is not None
    assert phones(str(admin.member.sip_username), sign_out=False) == [
        one for one in told if one["kind"] == "phone"
    ]
