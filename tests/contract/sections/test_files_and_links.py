"""The section `files-and-links` of the contract, with the document's own bodies and answers."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from models import ChatUser, Outbox, Role
from tests.api.chat.test_files import room
from tests.contract.sections.test_chats import GROUP, ID, PERSON, TIME
from tests.support.api.client import Api
from tests.support.api.documented import assert_documented
from tests.support.api.world import World, pid, world_of
from tests.support.servers import S3Server
from workers.jobs.thumbnails import store_thumbnail
from workers.resources import Resources

pytestmark = pytest.mark.service

CHAT = {
    name: value
    for name, value in GROUP.items()
    if name not in ("favorite", "unread", "do_not_disturb", "last_seen", "locked")
}
FILE: dict[str, Any] = {
    "name": "fe27c165-b6e5-49dd-b30e-8c5a6031e576.mp4",
    "filename": "room91ef370fcda227f13fafc958e4d2c491@1489166977550.mp4", "extension": "mp4", "size": 481613,
    "thumbWidth": None, "thumbHeight": None, "created_at": TIME, "createdAt": TIME, "routing_audio": None,
    "url": "https://s3.amazonaws.com/df-stg-assets/fe27c165-b6e5-49dd-b30e-8c5a6031e576.mp4", "thumb_url": None,
    "comment": None, "teamuser": 29, "team": ID, "id": ID, "user": PERSON, "chat": {**CHAT, "users": [PERSON]},
}  # fmt: skip
FORM = {
    "name": "Something.jpeg",
    "extension": "jpeg",
    "location": "Bogota",
    "date": "Sun Nov 26 2017 19:57:05 GMT-0500 (EST)",
    "category": "Speeding fine",
}


@pytest.fixture
def world(make_api: Callable[..., Api], any_database_url: str, s3_server: S3Server) -> World:
    keys = {"s3_access_key": s3_server.access_key, "s3_secret_key": s3_server.secret_key}
    return world_of(make_api(any_database_url, s3_endpoint=s3_server.endpoint, **keys))


@pytest.mark.operation(
    "upload-file",
    "list-files",
    "get-file",
    "update-file",
    "list-chat-files",
    "list-chat-links",
    "list-user-links",
)
def test_the_documents_form_and_answers(world: World) -> None:
    chat = room(world, world.member, world.admin)
    guest = world.api.person(world.team, Role.GUEST)
    out = io.BytesIO()
    Image.new("RGB", (640, 480)).save(out, "JPEG")
    form: dict[str, Any] = {
        "files": {"file": ("me.jpg", out.getvalue())},
        "data": {**FORM, "team": world.team.slug},
    }
    assert world.call(None, "POST", "/file", **form).status_code == 401
    form["data"]["chat"] = pid(chat)
    for person in (world.stranger, guest):
        assert world.call(person, "POST", "/file", **form).status_code == 400
    answer = world.call(world.member, "POST", "/file", **form)
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert_documented(file, FILE)
    assert {name: file[name] for name in FORM if name != "extension"} == {
        name: value for name, value in FORM.items() if name != "extension"
    }

    id = f"/file/{file['id']}"
    changes = {name: value for name, value in FILE.items() if name not in ("user", "chat")}
    body = {**changes, "comment": "Paid"}
    (changed,) = world.call(world.member, "PATCH", id, json=body).json()
    assert (changed["name"], changed["comment"]) == (FILE["name"], "Paid")
    lists = (f"/file?team={world.admin.team}", "/file", id, f"/chat/{pid(chat)}/files")
    for path in lists:
        answer = world.call(world.admin, "GET", path)
        assert answer.status_code == 200, answer.text
        (listed,) = answer.json()
        assert_documented(listed, FILE)
        assert world.call(None, "GET", path).status_code == 401
        for person in (world.stranger, guest):
            assert world.call(person, "GET", path).json() == [] or "team" in path or path in lists[2:]
            assert world.call(person, "GET", path).status_code == (200 if path == "/file" else 404)
    assert world.call(None, "PATCH", id, json=body).status_code == 401
    for person in (world.stranger, guest):
        assert world.call(person, "PATCH", id, json=body).status_code == 404
    world.api.add(ChatUser(chat_id=chat.id, user_id=guest.user.id))
    for path in lists[1:]:
        assert [one["id"] for one in world.call(guest, "GET", path).json()] == [file["id"]]
    assert world.call(guest, "PATCH", id, json=body).status_code == 403


def test_clients_are_told_and_the_thumbnail_comes(world: World) -> None:
    chat = room(world, world.member, world.admin)
    out = io.BytesIO()
    Image.new("RGB", (640, 480)).save(out, "PNG")
    data = {"chat": pid(chat)}
    file = world.call(world.member, "POST", "/file", files={"file": ("a", out.getvalue())}, data=data).json()
    context = world.api.context
    with world.api.session() as session:
        rows = session.exec(select(Outbox).order_by(Outbox.id)).all()
    jobs = [
        row.payload["args"] for row in rows if row.kind == "job" and row.payload["name"] == "make_thumbnail"
    ]
    assert jobs == [[file["id"][1:]]]
    told = [(row.payload["model"], row.payload["verb"]) for row in rows if row.kind == "event"]
    assert ("file", "created") in told
    assert ("message", "created") in told
    assert ("workspace", "created") in told
    from switchroom.storage import Storage

    resources = Resources(context.settings, context.engine, context.redis, Storage(context.settings))
    store_thumbnail(resources, file["id"][1:])
    (shown,) = world.call(world.admin, "GET", f"/file/{file['id']}").json()
    assert (shown["thumbWidth"], shown["thumbHeight"]) == (320, 240)
    assert shown["thumb_url"].startswith("http")
    world.call(world.member, "DELETE", f"/file/{file['id']}")
    with world.api.session() as session:
        rows = session.exec(select(Outbox).order_by(Outbox.id)).all()
    told = [(row.payload["model"], row.payload["verb"]) for row in rows if row.kind == "event"]
    assert told[-1] == ("file", "destroyed")
    assert ("file", "updated") in told
