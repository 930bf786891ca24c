"""What HTTP says of every path: OPTIONS, the methods of a 405, CORS, and compression."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import select

from models import Contact, QueueAgent, Role
from switchroom.settings import Settings
from tests.contract.document import OPERATIONS
from tests.support.api.client import Api
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service

ORIGIN = "https://desk.example.com"


def test_options_names_the_methods_of_the_path_to_anybody(api: Api) -> None:
    for path, methods in (
        ("/v1/user/me", "GET, HEAD, OPTIONS, PATCH"),
        ("/v1/CCQueueConfig/x", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/v1/callroute", "GET, HEAD, OPTIONS, POST"),
        ("/auth/login-user", "OPTIONS, POST"),
    ):
        answer = api.client.options(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Allow"] == methods
    assert api.client.options("/v1/nothing").status_code == 404


def test_a_405_names_all_methods_of_the_path(api: Api) -> None:
    answer = api.client.put("/v1/user/me", json={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, PATCH")


def test_without_the_setting_no_other_origin_may_call(api: Api) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    for answer in (
        api.client.options("/v1/user/me", headers=asked),
        api.client.get("/health", headers=asked),
    ):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_origins_of_the_setting_may_call_and_read_our_headers(
    make_api: Callable[..., Api], sqlite_url: str
) -> None:
    api = make_api(sqlite_url, cors_origins=[ORIGIN])
    jane = api.person(api.team())
    asked = {
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,if-match",
    }
    preflight = api.client.options("/v1/user/me", headers={"Origin": ORIGIN, **asked})
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    allowed = preflight.headers["Access-Control-Allow-Methods"].split(", ")
    assert {operation.method for operation in OPERATIONS} <= set(allowed)
    refused = api.client.options("/v1/user/me", headers={"Origin": "https://evil.example", **asked})
    assert refused.status_code == 400
    assert "Access-Control-Allow-Origin" not in refused.headers
    for headers in (jane.headers, {}):
        answer = api.client.get("/v1/user/me", headers={"Origin": ORIGIN, **headers})
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "X-Total-Count" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    other = api.client.get("/v1/user/me", headers={"Origin": "https://evil.example", **jane.headers})
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize("origin", ["desk.example.com", "https://desk.example.com/", "https://*/x", ""])
def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ValidationError, match="cors_origins"):
        Settings(_env_file=None, cors_origins=[origin])


def test_a_long_answer_is_compressed_for_who_asks(world: World) -> None:
    world.api.add(*(Contact(owner_id=world.member.user.id, first_name=f"Ann {n}") for n in range(20)))
    client, headers = world.api.client, world.member.headers

    def get(path: str, encoding: str) -> tuple[str | None, object]:
        answer = client.get(f"/v1{path}", headers={**headers, "Accept-Encoding": encoding})
        return answer.headers.get("Content-Encoding"), answer.json()

    compressed, plain = get("/contact", "gzip"), get("/contact", "identity")
    assert (compressed[0], plain[0]) == ("gzip", None)
    assert compressed[1] == plain[1]
    assert get("/contact?limit=1", "gzip")[0] is None
    head = client.head("/v1/contact", headers={**headers, "Accept-Encoding": "gzip"})
    assert (head.status_code, head.content) == (200, b"")


def test_a_slash_at_the_end_of_a_path_does_not_matter(api: Api) -> None:
    """The document of the team API writes `POST /chat/`, and a client may not repeat its body after a redirect."""
    admin = api.person(api.team(), Role.ADMIN)
    headers = {"Authorization": admin.headers["Authorization"]}
    body = {"name": "Room", "type": "room", "team": admin.team, "users": []}
    made = api.client.post("/v1/chat/", json=body, headers=headers, follow_redirects=False)
    assert made.status_code == 201, made.text
    listed = api.client.get("/v1/chat/", params={"limit": 1}, headers=headers, follow_redirects=False)
    assert [chat["id"] for chat in listed.json()] == [made.json()["id"]]
    assert api.client.get("/v1/nothing/", headers=headers, follow_redirects=False).status_code == 404


def test_a_body_that_breaks_off_does_nothing(world: World) -> None:
    """Without its body, the request would put the agent into the queue without the skills that the body has."""
    queue, agent = world.queue(), world.agent()
    path = f"/v1/ccqueueconfig/{pid(queue)}/agent/{pid(agent)}"
    arriving = [
        {"type": "http.request", "body": b'{"skills": [["ger', "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-length", b"100"), *map(encoded, world.admin.headers.items())],
        "client": ("127.0.0.1", 50_000),
        "server": ("testserver", 80),
    }
    answered: list[Any] = []

    async def receive() -> Any:
        return arriving.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    assert world.api.client.portal
    world.api.client.portal.call(world.api.client.app, scope, receive, send)
    assert [message["status"] for message in answered if "status" in message] == [400]
    with world.api.session() as session:
        assert session.exec(select(QueueAgent)).all() == []


def encoded(header: tuple[str, str]) -> tuple[bytes, bytes]:
    name, value = header
    return name.lower().encode(), value.encode()
