"""The section `guests` of the contract, and the two operations of `chats` that let guests in."""

from typing import Any

import pytest
from httpx import Response
from sqlmodel import col, select

from models import Chat, ChatType, ChatUser, TeamUser, User
from switchroom.ids import parse_id
from tests.api.conftest import any_api, any_database_url, api, cheap_hashes, make_api
from tests.support.api.client import Person
from tests.support.api.rooms import guest_in, mailed_pin, room, slug_of
from tests.support.api.world import World, any_world, pid, world

__all__ = ["any_api", "any_database_url", "any_world", "api", "cheap_hashes", "make_api", "world"]
pytestmark = pytest.mark.service

EMAILS = ["guest1@example.com", "guest2@example.com"]
JOIN = {"firstname": "jane", "lastname": "doe", "password": "hunter2", "pin": "1234"}
MEETING = {"firstname": "jane", "lastname": "doe", "meeting_id": "abc123", "pin": "1234"}
TOKENS = {"access_token", "refresh_token", "token_type", "expires_in", "user", "email", "team", "chat"}


def invite(world: World, chat: Chat, *emails: str, by: Person | None = None) -> Response:
    sent = {"chat": pid(chat), "emails": list(emails or EMAILS)}
    return world.call(by or world.member, "POST", "/guest/invite", json=sent)


def join(world: World, pin: Any, person: Person | None = None, **more: Any) -> Response:
    return world.call(person, "POST", f"/team/{slug_of(world)}/guest/join", json={**JOIN, "pin": pin, **more})


def bearer(answer: Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def is_in(world: World, chat: Chat, user: str) -> bool:
    with world.api.session() as session:
        return session.get(ChatUser, (chat.id, parse_id(user))) is not None


@pytest.mark.operation("invite-guest", "join-chat", "get-guest")
def test_an_invited_guest_joins_as_documented(any_world: World) -> None:
    world = any_world
    chat = room(world, world.member)
    invited = invite(world, chat)
    assert invited.status_code == 201
    assert [guest["email"] for guest in invited.json()] == EMAILS
    assert not is_in(world, chat, invited.json()[0]["user_id"])
    answer = join(world, mailed_pin(world, EMAILS[0]))
    assert set(answer.json()) == TOKENS
    assert (answer.json()["chat"], answer.json()["user"]) == (pid(chat), invited.json()[0]["user_id"])
    assert is_in(world, chat, answer.json()["user"])
    me = world.api.client.get("/v1/user/me", headers=bearer(answer)).json()
    assert (me["first_name"], me["last_name"], me["email"]) == ("jane", "doe", EMAILS[0])
    shown = world.call(world.member, "GET", f"/guest/{answer.json()['user']}").json()
    assert (shown["role"], shown["status"], shown["chats"]) == ("guest", "active", [pid(chat)])
    own = world.api.client.get(f"/v1/guest/{shown['id']}", headers=bearer(answer))
    assert own.json() == shown
    again = join(world, mailed_pin(world, EMAILS[0]))
    assert (again.status_code, "pin" in again.json()["response"]) == (400, True), "a PIN is used once"


@pytest.mark.operation("join-chat")
def test_the_documents_other_path_needs_no_team(world: World) -> None:
    chat = room(world, world.member)
    invite(world, chat, EMAILS[0])
    answer = world.call(None, "POST", "/guest/join", json={**JOIN, "pin": mailed_pin(world, EMAILS[0])})
    assert (answer.status_code, answer.json()["chat"]) == (200, pid(chat))


@pytest.mark.operation("get-conference", "join-chat")
def test_a_guest_joins_by_the_pin_of_an_open_chat(any_world: World) -> None:
    world = any_world
    chat = room(world, world.member, locked=False)
    found = world.call(None, "GET", f"/chat/{chat.room_number}/conference")
    assert found.status_code == 200
    assert found.json() == {"pin": chat.conf_pin, "slug": slug_of(world), "room": pid(chat)}
    for pin in (found.json()["pin"], str(found.json()["pin"])):
        answer = join(world, pin)
        assert (answer.status_code, answer.json()["chat"]) == (200, pid(chat))
    named = join(world, chat.conf_pin, chat=str(chat.room_number))
    assert named.status_code == 200
    other = room(world, world.member, locked=False)
    assert join(world, chat.conf_pin, chat=pid(other)).status_code == 400


@pytest.mark.operation("get-conference", "join-chat")
@pytest.mark.parametrize("why", ["locked", "private", "archived"])
def test_a_chat_that_is_closed_to_guests_is_like_none(world: World, why: str) -> None:
    type = ChatType.PRIVATE if why == "private" else ChatType.ROOM
    chat = room(world, world.member, world.admin, type=type, locked=why == "locked")
    if why == "archived":
        with world.api.session() as session:
            session.get_one(Chat, chat.id).archived_at = chat.created_at
    assert world.call(None, "GET", f"/chat/{chat.room_number}/conference").status_code == 404
    assert join(world, chat.conf_pin).status_code == 400


@pytest.mark.operation("get-conference")
def test_conferences_are_guessed_slowly(world: World) -> None:
    answers = [world.call(None, "GET", f"/chat/{10000 + n}/conference").status_code for n in range(11)]
    assert answers == [404] * 10 + [429]


@pytest.mark.operation("join-meeting")
def test_a_guest_joins_a_meeting(any_world: World) -> None:
    world = any_world
    chat = room(world, world.member, type=ChatType.MEETING, locked=False)
    sent = {**MEETING, "meeting_id": pid(chat), "pin": str(chat.conf_pin)}
    answer = world.call(None, "POST", f"/team/{pid(world.team)}/guest", json=sent)
    assert (answer.status_code, answer.json()["chat"]) == (200, pid(chat))
    assert world.call(None, "POST", "/guest/join/meeting", json=sent).status_code == 200
    wrong = [{**sent, "pin": "1"}, {**sent, "meeting_id": pid(room(world, world.member, locked=False))}]
    for each in wrong:
        assert world.call(None, "POST", f"/team/{pid(world.team)}/guest", json=each).status_code == 400
    assert world.call(None, "POST", f"/team/{pid(world.team)}/guest", json=MEETING).status_code == 400


@pytest.mark.operation("guest-exists")
def test_guest_exists_as_documented(any_world: World) -> None:
    world = any_world
    chat = room(world, world.member)
    made = invite(world, chat, EMAILS[0]).json()[0]
    path = f"/team/{pid(world.team)}/guest/exists"
    answer = world.call(world.member, "POST", path, json={"emails": EMAILS})
    assert answer.json() == [
        {"email": EMAILS[0], "exists": True, "guest": made["user_id"]},
        {"email": EMAILS[1], "exists": False, "guest": None},
    ]
    member = world.call(world.member, "POST", path, json={"emails": [world.admin.user.email]})
    assert member.json()[0]["exists"] is False, "a member is no guest"


@pytest.mark.operation("delete-guest")
def test_delete_guest_as_documented(any_world: World) -> None:
    world = any_world
    chat, other = room(world, world.member), room(world, world.member)
    guest = guest_in(world, chat, other)
    path = f"/team/{pid(world.team)}/guest"
    sent = {"chat": pid(chat), "email": guest.user.email}
    assert world.call(guest, "DELETE", path, json=sent).status_code == 404
    left = world.call(world.member, "DELETE", path, json=sent)
    assert (left.status_code, left.json()["id"]) == (200, guest.id)
    assert (is_in(world, chat, guest.id), is_in(world, other, guest.id)) == (False, True)
    assert world.call(guest, "GET", "/user/me").status_code == 200
    everywhere = {"email": guest.user.email}
    assert world.call(world.member, "DELETE", path, json=everywhere).status_code == 403
    assert world.call(world.admin, "DELETE", path, json=everywhere).status_code == 200
    assert not is_in(world, other, guest.id)
    assert world.call(guest, "GET", "/user/me").status_code == 401
    assert world.call(world.admin, "DELETE", path, json=everywhere).status_code == 404


@pytest.mark.operation("upgrade-guest")
def test_upgrade_guest_as_documented(any_world: World) -> None:
    world = any_world
    guest = guest_in(world, room(world, world.member))
    path = f"/team/{pid(world.team)}/guest/{guest.id}/upgrade"
    assert (
        world.call(world.admin, "PATCH", path, json={"role": "abc123", "plan": "abc123"}).status_code == 400
    )
    assert world.call(world.admin, "PATCH", path, json={"role": "guest"}).status_code == 400
    sent = {"role": "member", "plan": "a00716cfa293f68439b4fe1162ba906da"}
    assert world.call(world.member, "PATCH", path, json=sent).status_code == 403
    answer = world.call(world.admin, "PATCH", path, json=sent)
    assert answer.status_code == 200
    assert (answer.json()["role"], answer.json()["plan"]) == ("member", sent["plan"])
    assert answer.json()["extension"] != []
    assert world.call(guest, "GET", f"/team/{pid(world.team)}/users").status_code == 200
    assert world.call(world.admin, "PATCH", path, json=sent).status_code == 404, "no guest any more"


@pytest.mark.operation("upgrade-guest")
def test_a_guest_without_an_address_is_not_upgraded(world: World) -> None:
    chat = room(world, world.member, locked=False)
    joined = join(world, chat.conf_pin).json()
    path = f"/team/{pid(world.team)}/guest/{joined['user']}/upgrade"
    assert world.call(world.admin, "PATCH", path, json={"role": "member"}).status_code == 409


@pytest.mark.operation("generate-guest-url", "join-chat")
def test_a_new_url_ends_the_sessions_of_the_chats_guests(any_world: World) -> None:
    world = any_world
    chat, other = room(world, world.member, locked=False), room(world, world.member, locked=False)
    inside, elsewhere = bearer(join(world, chat.conf_pin)), bearer(join(world, other.conf_pin))
    answer = world.call(world.member, "GET", f"/chat/{pid(chat)}/generateUrl")
    assert answer.status_code == 200
    now: Chat = world.api.get(Chat, chat.id)
    assert (answer.json()["pin"], answer.json()["chat"]) == (now.conf_pin, pid(chat))
    assert (now.conf_pin != chat.conf_pin, now.pin_id != chat.pin_id, now.locked) == (True, True, False)
    assert answer.json()["url"].endswith(f"team={slug_of(world)}&chat={chat.room_number}")
    assert world.api.client.get("/v1/user/me", headers=inside).status_code == 401
    assert world.api.client.get("/v1/user/me", headers=elsewhere).status_code == 200
    assert join(world, chat.conf_pin).status_code == 400
    assert join(world, answer.json()["pin"]).status_code == 200
    assert world.call(world.member, "GET", "/user/me").status_code == 200


@pytest.mark.operation("generate-guest-url")
def test_who_makes_a_new_url(world: World) -> None:
    colleague = world.api.person(world.team)
    chat = room(world, world.member, world.admin, colleague)
    path = f"/chat/{pid(chat)}/generateUrl"
    assert world.call(None, "GET", path).status_code == 401
    assert world.call(world.stranger, "GET", path).status_code == 404
    assert world.call(world.api.person(world.team), "GET", path).status_code == 404, "not in the chat"
    assert world.call(colleague, "GET", path).status_code == 403
    assert world.call(guest_in(world, chat), "GET", path).status_code == 403
    assert world.call(world.admin, "GET", path).status_code == 200
    private = room(world, world.member, world.admin, type=ChatType.PRIVATE)
    assert world.call(world.member, "GET", f"/chat/{pid(private)}/generateUrl").status_code == 409


@pytest.mark.operation("get-guest", "invite-guest", "guest-exists", "delete-guest", "upgrade-guest")
def test_who_reaches_guests(world: World) -> None:
    chat = room(world, world.member)
    guest, other = guest_in(world, chat), guest_in(world, chat)
    team = pid(world.team)
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/guest/{guest.id}", None),
        ("POST", "/guest/invite", {"chat": pid(chat), "emails": EMAILS}),
        ("POST", f"/team/{team}/guest/exists", {"emails": [guest.user.email]}),
        ("DELETE", f"/team/{team}/guest", {"email": guest.user.email}),
        ("PATCH", f"/team/{team}/guest/{guest.id}/upgrade", {"role": "admin"}),
    ]
    for method, path, sent in calls:
        asked = {"json": sent} if sent is not None else {}
        assert world.call(None, method, path, **asked).status_code == 401
        assert world.call(world.stranger, method, path, **asked).status_code == 404
        refused = world.call(other, method, path, **asked)
        assert refused.status_code in (403, 404), (method, path, refused.text)
        assert guest.user.email not in refused.text
    assert (
        world.call(
            guest, "PATCH", f"/team/{team}/guest/{guest.id}/upgrade", json={"role": "admin"}
        ).status_code
        == 404
    )
    assert world.api.get(TeamUser, guest.member.id if guest.member else "").role == "guest"


@pytest.mark.operation("invite-guest")
def test_whom_nobody_invites(world: World) -> None:
    chat = room(world, world.member)
    members = invite(world, chat, world.admin.user.email, "new@example.com")
    assert (members.status_code, set(members.json()["response"])) == (400, {"emails.0"})
    twice = invite(world, chat, "a@example.com", "a@example.com")
    assert (twice.status_code, set(twice.json()["response"])) == (400, {"emails.1"})
    with world.api.session() as session:
        made = select(User.email).where(col(User.email).in_(["new@example.com", "a@example.com"]))
        assert session.exec(made).all() == []
    private = room(world, world.member, world.admin, type=ChatType.PRIVATE)
    assert invite(world, private).status_code == 409
