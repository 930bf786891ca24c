"""The stock sails.io SDK, with its own 2.x client and with a 4.x one."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from models import AuthSession, Chat, ChatUser, Role, utcnow
from models.chat import ChatType, new_chat
from models.outbox import emit_event
from switchroom.ids import public_id
from switchroom.messages.events import to_chat, to_team, to_user
from tests.api.realtime.conftest import Realtime
from tests.support.api.client import Person

pytestmark = [pytest.mark.service, pytest.mark.long]

VERSIONS = pytest.mark.parametrize("version", [2, 4])


def chat_of(realtime: Realtime, *people: Person) -> Chat:
    """Make a room of these people of one team."""
    member = people[0].member
    assert member is not None
    with realtime.api.session() as session:
        chat = new_chat(session, member.team_id, ChatType.ROOM, owner_id=people[0].user.id)
        session.add(chat)
        session.flush()
        session.add_all(ChatUser(chat_id=chat.id, user_id=person.user.id) for person in people)
        session.flush()
        session.expunge_all()
    return chat


@VERSIONS
@pytest.mark.operation("socket-register", "socket-unregister")
def test_a_socket_asks_registers_and_gets_events(sockets: Realtime, version: int) -> None:
    team = sockets.api.team("Desk")
    jane = sockets.api.person(team)
    socket = sockets.socket(jane, version=version)
    socket.listen("thing")

    answer = socket.request("get", f"/v1/team/{jane.team}/info")
    assert (answer["status"], answer["body"]["team_name"]) == (200, "Desk")
    assert answer["headers"]["etag"]
    assert socket.register()["body"] == {"registered": True}

    id = sockets.tell(to_team(team.id), name="Phone")
    assert socket.event("thing") == {"verb": "updated", "id": public_id(id), "data": {"name": "Phone"}}

    assert socket.request("post", "/v1/socket/unregister")["body"] == {"registered": False}
    sockets.tell(to_team(team.id), name="Unheard")
    assert socket.register()["status"] == 200
    sockets.tell(to_team(team.id), name="Heard")
    assert socket.event("thing")["data"] == {"name": "Heard"}


@VERSIONS
def test_errors_are_those_of_the_operations(sockets: Realtime, version: int) -> None:
    jane = sockets.api.person(sockets.api.team())
    socket = sockets.socket(jane, version=version)
    stranger = socket.request("get", f"/v1/team/{public_id(sockets.api.team().id)}/info")
    assert (stranger["status"], stranger["body"]["errorType"]) == (404, "not_found")
    wrong = socket.request("post", "/v1/CCQueueConfig", {"name": 5})
    assert (wrong["status"], wrong["body"]["errorType"]) == (400, "validation")
    nameless = socket.request("get", "/v1/socket/register", authorization="")
    assert nameless["status"] == 405
    signed_out = socket.request("post", "/v1/socket/register", authorization="Bearer nothing")
    assert (signed_out["status"], signed_out["body"]["errorType"]) == (401, "authentication")


def test_data_of_a_get_is_the_query_and_else_the_body(sockets: Realtime) -> None:
    team = sockets.api.team()
    admin = sockets.api.person(team, Role.ADMIN)
    socket = sockets.socket(admin)
    for name in ("Sales", "Support"):
        assert (
            socket.request("post", "/v1/CCQueueConfig", {"name": name, "team": admin.team})["status"] == 201
        )
    path = f"/v1/team/{admin.team}/ccqueueconfig"
    found = socket.request("get", path, {"where": {"name": {"contains": "ppor"}}, "limit": 5})["body"]
    assert [queue["name"] for queue in found] == ["Support"]


def test_a_virtual_header_does_not_change_the_connection(sockets: Realtime) -> None:
    socket = sockets.socket(sockets.api.person(sockets.api.team()))
    for header in ("x-forwarded-for", "host", "content-length", "transfer-encoding"):
        assert socket.request("get", "/v1/user", **{header: "1"})["status"] < 500
    odd: Any = socket.request("brew", "/v1/user")
    assert (odd["status"], odd["body"]["errorType"]) == (400, "validation")
    assert socket.request("get", "nowhere")["status"] == 400
    assert socket.request("get", "/v1/nowhere")["status"] == 404


def test_a_stream_cannot_be_read_over_a_socket(sockets: Realtime) -> None:
    jane = sockets.api.person(sockets.api.team())
    answer = sockets.socket(jane).request("get", f"/v1/team/{jane.team}/stream")
    assert answer["status"] == 400


@pytest.mark.operation("socket-register", "socket-unregister")
def test_over_http_there_is_no_socket_to_register(realtime: Realtime) -> None:
    jane = realtime.api.person(realtime.api.team())
    url = realtime.processes[0].url
    for path in ("register", "unregister"):
        answer = httpx.post(f"{url}/v1/socket/{path}", headers=jane.headers)
        assert (answer.status_code, answer.json()["errorType"]) == (400, "validation")
        assert httpx.post(f"{url}/v1/socket/{path}").status_code == 401


def test_a_page_of_another_origin_gets_its_answer_but_no_socket(realtime: Realtime) -> None:
    url = realtime.processes[0].url
    answer = httpx.get(f"{url}/__getcookie")
    assert (answer.status_code, answer.text) == (200, "_sailsIoJSConnect();")
    assert httpx.get(f"{url}/socket.io/?EIO=3&transport=polling").status_code == 400
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    for query, origin, status in (
        ("EIO=3", "https://evil.example", 403),
        ("EIO=4", "https://evil.example", 403),
        ("EIO=2", url, 400),
    ):
        target = f"{url}/socket.io/?{query}&transport=websocket"
        assert httpx.get(target, headers={**upgrade, "Origin": origin}).status_code == status


def test_an_event_reaches_only_who_may_see_it(sockets: Realtime) -> None:
    team, other = sockets.api.team(), sockets.api.team()
    jane, john, stranger = (sockets.api.person(it) for it in (team, team, other))
    chat = chat_of(sockets, jane)
    heard = {}
    for name, person in (("jane", jane), ("john", john), ("stranger", stranger)):
        heard[name] = socket = sockets.socket(person)
        socket.listen("thing")
        socket.register()
    sockets.tell(to_chat(team.id, chat.id), to="chat")
    sockets.tell(to_user(john.user.id), to="john")
    sockets.tell(to_user(stranger.user.id, team=team.id), to="nobody")
    sockets.tell(to_team(other.id), to="strangers")
    sockets.tell(to_team(team.id), to="team")
    assert [heard["jane"].event("thing")["data"]["to"] for _ in range(2)] == ["chat", "team"]
    assert [heard["john"].event("thing")["data"]["to"] for _ in range(2)] == ["john", "team"]
    assert heard["stranger"].event("thing")["data"]["to"] == "strangers"


def test_who_was_removed_from_a_chat_hears_no_more_of_it(sockets: Realtime) -> None:
    team = sockets.api.team()
    jane, john = sockets.api.person(team), sockets.api.person(team)
    chat = chat_of(sockets, jane, john)
    socket = sockets.socket(john)
    socket.listen("message", "chat", "thing")
    socket.register()
    sockets.tell(to_chat(team.id, chat.id), "message", "created", body="first")
    assert socket.event("message")["data"] == {"body": "first"}

    def remove(session: Any) -> None:
        session.delete(session.get(ChatUser, (chat.id, john.user.id)))
        said = {"attribute": "users", "removedId": john.id}
        emit_event(
            session, "chat", "removedFrom", chat.id, said, to_chat(team.id, chat.id, users=[john.user.id])
        )

    sockets.context.write(remove)
    assert socket.event("chat")["verb"] == "removedFrom"
    sockets.tell(to_chat(team.id, chat.id), "message", "created", body="second")
    sockets.tell(to_user(john.user.id), last=True)
    assert socket.event("thing")["data"] == {"last": True}
    with pytest.raises(TimeoutError):
        socket.event("message", 0.3)


def test_a_revoked_session_ends_the_socket(sockets: Realtime) -> None:
    jane = sockets.api.person(sockets.api.team())
    socket = sockets.socket(jane)
    socket.listen("thing")
    socket.register()

    def revoke(session: Any) -> None:
        for row in session.exec(select(AuthSession).where(AuthSession.user_id == jane.user.id)):
            row.revoked_at = utcnow()

    sockets.context.write(revoke)
    sockets.tell(to_user(jane.user.id), secret=True)
    socket.wait(lambda line: "disconnected" in line)
    with pytest.raises(TimeoutError):
        socket.event("thing", 0.3)
