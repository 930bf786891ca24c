"""Guests reach the chats that they joined and nothing else of the team. Nobody becomes one who may not."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models import CallLog, Chat, ChatType, GuestInvite, Outbox, Role, Team, TeamUser, User, utcnow
from switchroom.ids import parse_id
from tests.contract.sections.test_guests import invite, is_in, join
from tests.support.api.client import Person
from tests.support.api.rooms import guest_in, mailed_pin, room, slug_of
from tests.support.api.world import World, pid, world_of

pytestmark = pytest.mark.service

ADDRESS = "jane@example.org"


def events(world: World) -> list[tuple[str, str]]:
    """Return the models and verbs of what clients were told, oldest first."""
    with world.api.session() as session:
        rows = session.exec(select(Outbox).where(Outbox.kind == "event").order_by(col(Outbox.id)))
        return [(row.payload["model"], row.payload["verb"]) for row in rows]


def paths(world: World, guest: Person) -> Iterator[str]:
    """Yield what lies in the team, as paths of GET."""
    team, admin = pid(world.team), world.admin.id
    queue, agent = world.queue(), world.agent(world.member)
    yield from (
        f"/team/{team}/{what}" for what in ("users", "info", "pendingusers", "calls", "ccqueueconfig")
    )
    yield from (f"/team/{team}/audit", f"/user/{admin}", f"/CCQueueConfig/{pid(queue)}")
    yield from (f"/CCAgentConfig/{pid(agent)}", f"/CCQueueConfig/{pid(queue)}/live")
    yield f"/TeamUser/{pid(world.member.member)}/CCAgentConfig"
    yield f"/guest/{world.member.id}"


def test_a_guest_sees_nothing_of_the_team(world: World) -> None:
    guest = guest_in(world, room(world, world.member))
    for path in paths(world, guest):
        answer = world.call(guest, "GET", path)
        assert answer.status_code in (403, 404), path
    for listed in ("/user", "/department", "/didnumber", "/callroute", "/voicemail", "/call-log", "/contact"):
        assert world.call(guest, "GET", listed).json() == [], listed


def test_guests_are_in_no_list_of_members(world: World) -> None:
    guest = guest_in(world, room(world, world.member))
    listed = world.call(world.member, "GET", f"/team/{pid(world.team)}/users").json()
    assert guest.id not in [member["id"] for member in listed]


def test_a_mailed_pin_is_no_way_into_an_account_that_is_in_use(world: World) -> None:
    somebody = world.stranger
    chat = room(world, world.member)
    invite(world, chat, somebody.user.email)
    pin = mailed_pin(world, somebody.user.email)
    assert join(world, pin).status_code == 401
    assert join(world, pin, world.api.person()).status_code == 403
    before = world.api.get(User, somebody.id)
    joined = join(world, pin, somebody, firstname="Other", password="other password")
    assert (joined.status_code, joined.json()["user"]) == (200, somebody.id)
    after = world.api.get(User, somebody.id)
    assert (after.first_name, after.password_hash) == (before.first_name, before.password_hash)
    assert is_in(world, chat, somebody.id)
    assert world.call(somebody, "GET", f"/team/{pid(world.team)}/users").status_code == 404
    assert world.call(somebody, "GET", f"/team/{somebody.team}/users").status_code == 200


def test_a_pin_of_another_team_an_old_one_and_a_void_one_open_nothing(world: World) -> None:
    chat = room(world, world.member)
    invite(world, chat, ADDRESS)
    first = mailed_pin(world, ADDRESS)
    other: Team = world.api.get(Team, world.stranger.team)
    answer = world.call(
        None, "POST", f"/team/{other.slug}/guest/join", json={"pin": first, "password": "hunter2"}
    )
    assert answer.status_code == 400
    invite(world, chat, ADDRESS)
    second = mailed_pin(world, ADDRESS)
    assert (join(world, first).status_code, first != second) == (400, True)
    with world.api.session() as session:
        session.exec(select(GuestInvite)).one().expires_at = utcnow() - timedelta(seconds=1)
    assert join(world, second).status_code == 400


def test_an_invitation_keeps_no_pin(world: World) -> None:
    invite(world, room(world, world.member), ADDRESS)
    pin = mailed_pin(world, ADDRESS)
    with world.api.session() as session:
        assert pin not in str(session.exec(select(GuestInvite)).one().model_dump())


def test_wrong_pins_have_to_wait(world: World) -> None:
    chat = room(world, world.member, locked=False)
    answers = [join(world, "00000").status_code for _ in range(12)]
    assert answers[:9] == [400] * 9
    assert answers[-1] == 429
    assert join(world, chat.conf_pin).status_code == 429, "also the right one, from this address"


def test_a_removed_guest_does_not_come_back_by_an_old_invitation(world: World) -> None:
    chat = room(world, world.admin)
    invite(world, chat, ADDRESS, by=world.admin)
    invite(world, room(world, world.admin), ADDRESS, by=world.admin)
    pin = mailed_pin(world, ADDRESS)
    path = f"/team/{pid(world.team)}/guest"
    assert world.call(world.admin, "DELETE", path, json={"email": ADDRESS}).status_code == 200
    assert join(world, pin).status_code == 400


def test_who_invited_a_guest_withdraws_it_before_they_join(any_world: World) -> None:
    world = any_world
    chat, other = room(world, world.member), room(world, world.member)
    invite(world, other, ADDRESS)
    kept = mailed_pin(world, ADDRESS)
    invite(world, chat, ADDRESS)
    path, body = f"/team/{pid(world.team)}/guest", {"chat": pid(chat), "email": ADDRESS}
    assert world.call(world.member, "DELETE", path, json=body).status_code == 200
    assert join(world, mailed_pin(world, ADDRESS)).status_code == 400
    assert world.call(world.member, "DELETE", path, json=body).status_code == 404
    assert join(world, kept).status_code == 200


def test_a_removed_guest_who_is_signed_in_does_not_come_back_by_the_chats_pin(world: World) -> None:
    chat = room(world, world.admin, locked=False)
    stranger = world.stranger
    assert join(world, chat.conf_pin, stranger).status_code == 200
    path = f"/team/{pid(world.team)}/guest"
    assert world.call(world.admin, "DELETE", path, json={"email": stranger.user.email}).status_code == 200
    assert world.call(stranger, "GET", "/user/me").status_code == 200, "their own team's session goes on"
    assert join(world, chat.conf_pin, stranger).status_code == 403
    assert not is_in(world, chat, stranger.id)


def test_a_members_session_survives_a_new_url(world: World) -> None:
    chat = room(world, world.member, locked=False)
    join(world, chat.conf_pin, world.stranger)
    assert world.call(world.member, "GET", f"/chat/{pid(chat)}/generateUrl").status_code == 200
    assert world.call(world.stranger, "GET", "/user/me").status_code == 200
    assert not is_in(world, chat, world.stranger.id)


def test_a_guest_signs_in_again_and_renews(world: World) -> None:
    invite(world, room(world, world.member), ADDRESS)
    tokens = join(world, mailed_pin(world, ADDRESS)).json()
    client = world.api.client.post("/auth/client", json={"name": "Page"}).json()
    app = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    sent = {**app, "grant_type": "password", "username": tokens["email"], "password": "hunter2"}
    assert world.api.client.post("/auth/login-user", json=sent).status_code == 200
    renew = {**app, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    renewed = world.api.client.post("/auth/login-user", json=renew)
    assert renewed.status_code == 200
    other = world.api.client.post("/auth/client", json={"name": "Other"}).json()
    theirs = {"client_id": other["client_id"], "client_secret": other["client_secret"]}
    stolen = {**renew, **theirs, "refresh_token": renewed.json()["refresh_token"]}
    assert world.api.client.post("/auth/login-user", json=stolen).status_code == 401


def test_a_guest_of_a_suspended_team_is_out(world: World) -> None:
    chat = room(world, world.member, locked=False)
    with world.api.session() as session:
        session.get_one(Team, world.team.id).suspended_at = utcnow()
    assert join(world, chat.conf_pin).status_code == 400
    assert world.call(None, "GET", f"/chat/{chat.room_number}/conference").status_code == 404


def test_guests_have_a_quota_of_their_own(world: World) -> None:
    chat = room(world, world.member, locked=False)
    with world.api.session() as session:
        session.get_one(Team, world.team.id).quotas = {"guests": 1}
    assert join(world, chat.conf_pin).status_code == 200
    refused = join(world, chat.conf_pin)
    assert (refused.status_code, refused.json()["response"]["quota"]) == (409, "guests")
    assert invite(world, chat, ADDRESS).status_code == 409


def test_where_only_operators_make_accounts_no_guest_gets_one(make_api: Any, sqlite_url: str) -> None:
    world = world_of(make_api(sqlite_url, signup="closed"))
    chat = room(world, world.member, locked=False)
    assert join(world, chat.conf_pin).status_code == 403
    assert invite(world, chat, ADDRESS).status_code == 403
    assert join(world, chat.conf_pin, world.stranger).status_code == 200


def test_clients_are_told_of_guests(world: World) -> None:
    chat = room(world, world.admin)
    before = len(events(world))
    invite(world, chat, ADDRESS, by=world.admin)
    joined = join(world, mailed_pin(world, ADDRESS)).json()
    assert events(world)[before:] == [("guest", "created"), ("guest", "updated"), ("chat", "addedTo")]
    world.call(world.admin, "DELETE", f"/team/{pid(world.team)}/guest", json={"email": ADDRESS})
    assert events(world)[before + 3 :] == [("chat", "removedFrom"), ("guest", "destroyed")]
    with world.api.session() as session:
        told = select(Outbox).where(Outbox.kind == "event").order_by(col(Outbox.id))
        audience = session.exec(told).all()[before + 2].payload["audience"]
    assert audience == {"team": world.team.id, "chat": chat.id, "users": [parse_id(joined["user"])]}


def test_nobody_forces_another_into_a_chat_or_writes_hidden_fields(world: World) -> None:
    chat = room(world, world.member, locked=False)
    more: dict[str, Any] = {
        "user": world.admin.id,
        "role": "admin",
        "status": "active",
        "operator": True,
    }
    joined = join(world, chat.conf_pin, **more).json()
    user: User = world.api.get(User, joined["user"])
    assert (user.operator, joined["user"] != world.admin.id) == (False, True)
    with world.api.session() as session:
        member = session.exec(select(TeamUser).where(TeamUser.user_id == user.id)).one()
    assert (member.role, member.extension, member.sip_username) == (Role.GUEST.value, None, None)


def test_the_page_lets_a_guest_in(world: World) -> None:
    invite(world, room(world, world.member), ADDRESS)
    pin, client = mailed_pin(world, ADDRESS), world.api.client
    shown = client.get("/auth/join-chat", params={"team": slug_of(world), "pin": pin})
    assert (shown.status_code, f'value="{pin}"' in shown.text) == (200, True)
    form = {
        "team": slug_of(world),
        "chat": "",
        "pin": pin,
        "firstname": "<b>",
        "lastname": "",
        "password": "hunter2",
    }
    welcome = client.post("/auth/join-chat/page", data=form)
    assert (welcome.status_code, ADDRESS in welcome.text) == (200, True)
    again = client.post("/auth/join-chat/page", data=form)
    assert (again.status_code, "PIN" in again.text) == (400, True)
    hostile = client.get("/auth/join-chat", params={"team": '"><script>', "pin": '"><script>'})
    assert "<script>" not in hostile.text


def message_in(world: World, chat: Chat, person: Person) -> str:
    sent = world.call(person, "POST", f"/chat/{pid(chat)}/messages", json={"body": "the secret"})
    assert sent.status_code == 201, sent.text
    return str(sent.json()["id"])


def test_a_guest_reaches_no_other_chat(world: World) -> None:
    mine, other = room(world, world.member), room(world, world.member, world.admin)
    private = room(world, world.member, world.admin, type=ChatType.PRIVATE)
    guest = guest_in(world, mine)
    for chat in (other, private):
        path, secret = f"/chat/{pid(chat)}", message_in(world, chat, world.member)
        calls: list[tuple[str, str, Any]] = [
            ("GET", path, None),
            ("PATCH", path, {"name": "x"}),
            ("DELETE", path, None),
            ("POST", f"{path}/seen", None),
            ("POST", f"{path}/typing", {"typing": True}),
            ("GET", f"{path}/users", None),
            ("POST", f"{path}/users", {"user": guest.id}),
            ("DELETE", f"{path}/users", None),
            ("DELETE", f"{path}/users/{world.member.id}", None),
            ("PATCH", f"{path}/users/{guest.id}", {"favorite": True}),
            ("GET", f"{path}/generateUrl", None),
            ("GET", f"{path}/messages", None),
            ("POST", f"{path}/messages", {"body": "x"}),
        ]
        for base in (path, f"/chat/{pid(mine)}"):
            message = f"{base}/messages/{secret}"
            calls += [
                ("GET", f"{message}/thread", None),
                ("POST", f"{message}/thread", {"body": "x"}),
                ("POST", f"{message}/mark", {"type": "pin"}),
                ("POST", f"{message}/forward", {"forward_chat": [pid(mine)]}),
                ("GET", f"{message}/translate", None),
                ("PATCH", message, {"body": "x"}),
                ("DELETE", message, None),
            ]
        for method, url, sent in calls:
            answer = world.call(guest, method, url, **({} if sent is None else {"json": sent}))
            assert (answer.status_code, "secret" in answer.text) == (404, False), (method, url, answer.text)
    assert [chat["id"] for chat in world.call(guest, "GET", "/chat").json()] == [pid(mine)]
    assert world.call(guest, "GET", "/chat/messages/unread").json() == []


def test_what_a_guest_may_do_in_their_chat(world: World) -> None:
    chat, other = room(world, world.member, locked=False), room(world, world.member)
    guest, path = guest_in(world, chat), f"/chat/{pid(chat)}"
    theirs, secret = message_in(world, chat, world.member), message_in(world, other, world.member)
    own = message_in(world, chat, guest)
    may: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("GET", f"{path}/users", None),
        ("GET", f"{path}/messages", None),
        ("POST", f"{path}/seen", None),
        ("POST", f"{path}/messages/{theirs}/thread", {"body": "x"}),
        ("PATCH", f"{path}/messages/{own}", {"body": "y"}),
        ("PATCH", f"{path}/users/{guest.id}", {"favorite": True}),
    ]
    for method, url, sent in may:
        answer = world.call(guest, method, url, **({} if sent is None else {"json": sent}))
        assert answer.status_code in (200, 201), (method, url, answer.text)
    log = CallLog(team_id=world.team.id, disposition="answered", started_at=utcnow(), ended_at=utcnow())
    world.api.add(log)
    may_not: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"name": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/users", {"user": world.admin.id}),
        ("DELETE", f"{path}/users/{world.member.id}", None),
        ("PATCH", f"{path}/users/{world.member.id}", {"favorite": True}),
        ("GET", f"{path}/generateUrl", None),
        ("PATCH", f"{path}/messages/{theirs}", {"body": "x"}),
        ("DELETE", f"{path}/messages/{theirs}", None),
        ("POST", f"{path}/messages/{theirs}/forward", {"users": [world.admin.id]}),
        ("POST", f"{path}/messages/{theirs}/forward", {"forward_chat": [pid(other)]}),
        ("POST", f"{path}/messages", {"type": "call", "body": "x", "call": pid(log)}),
        ("POST", "/guest/invite", {"chat": pid(chat), "emails": [ADDRESS]}),
        ("POST", "/chat", {"type": "room", "team": pid(world.team), "name": "x", "users": []}),
        ("POST", "/chat", {"type": "private", "team": pid(world.team), "users": [world.admin.id]}),
        ("GET", f"/team/{pid(world.team)}/chat/exists?users={world.admin.id}", None),
        ("GET", f"/team/{pid(world.team)}/workspace", None),
    ]
    for method, url, sent in may_not:
        answer = world.call(guest, method, url, **({} if sent is None else {"json": sent}))
        assert answer.status_code in (400, 403, 404), (method, url, answer.text)
    found = world.call(guest, "GET", f"{path}/messages/{secret}/thread")
    assert found.status_code == 404


def test_a_member_who_becomes_a_guest_owns_no_chat(world: World) -> None:
    chat = room(world, world.member, world.admin)
    path = f"/team/{pid(world.team)}/users/{world.member.id}"
    assert world.call(world.admin, "PATCH", path, json={"role": "guest"}).status_code == 200
    for method, url in (("DELETE", ""), ("GET", "/generateUrl"), ("DELETE", f"/users/{world.admin.id}")):
        assert world.call(world.member, method, f"/chat/{pid(chat)}{url}").status_code == 403


def test_a_guest_who_is_invited_again_gets_no_old_chat_back(world: World) -> None:
    old, new = room(world, world.admin), room(world, world.admin)
    guest = guest_in(world, old)
    member = f"/team/{pid(world.team)}/users/{guest.id}"
    assert world.call(world.admin, "DELETE", member).status_code == 200
    assert world.call(guest, "GET", f"/chat/{pid(old)}").status_code == 404
    assert invite(world, new, guest.user.email, by=world.admin).status_code == 201
    assert world.call(guest, "GET", f"/chat/{pid(old)}").status_code == 404
    assert join(world, mailed_pin(world, guest.user.email), guest).status_code == 200
    assert world.call(guest, "GET", f"/chat/{pid(new)}").status_code == 200
    assert world.call(guest, "GET", f"/chat/{pid(old)}").status_code == 404


def test_only_the_owner_or_an_admin_invites_to_a_locked_chat(world: World) -> None:
    colleague = world.api.person(world.team)
    chat = room(world, world.member, world.admin, colleague)
    assert invite(world, chat, ADDRESS, by=colleague).status_code == 403
    for person in (world.member, world.admin):
        assert invite(world, chat, ADDRESS, by=person).status_code == 201
    with world.api.session() as session:
        session.get_one(Chat, chat.id).locked = False
    assert invite(world, chat, ADDRESS, by=colleague).status_code == 201
