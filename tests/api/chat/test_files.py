"""Files: streamed to S3, typed by content, seen where a message names them. Nothing is left of what fails."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import httpx
import pytest
from PIL import Image
from sqlalchemy import event
from sqlmodel import Session, select

from api.core.uploads import upload as uploading
from models import AuthSession, Chat, ChatUser, File, LooseFile, Message, Outbox, Role, WorkspaceEvent, utcnow
from models.file import object_key
from models.message import post
from switchroom.prepared import Prepared
from switchroom.storage import PART, Storage, StorageError, Stored, Upload
from tests.support.api.client import Api, Person
from tests.support.api.world import World, pid, world_of
from tests.support.servers import S3Server
from workers.jobs.loose_files import remove
from workers.resources import Resources

pytestmark = pytest.mark.service


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def world(make_api: Callable[..., Api], any_database_url: str, s3_server: S3Server) -> World:
    return world_of(
        make_api(
            any_database_url,
            s3_endpoint=s3_server.endpoint,
            s3_bucket=s3_server.bucket,
            s3_access_key=s3_server.access_key,
            s3_secret_key=s3_server.secret_key,
            upload_megabytes=20,
        )
    )


@pytest.fixture
def storage(world: World) -> Storage:
    return Storage(world.api.context.settings)


def room(world: World, *people: Person, name: str = "Room") -> Chat:
    """Make a chat with these people in it."""
    from models.chat import free_room_number

    with world.api.session() as session:
        chat = Chat(
            team_id=world.team.id,
            owner_id=people[0].user.id,
            type="room",
            name=name,
            room_number=free_room_number(session),
            conf_pin=12345,
        )
        session.add(chat)
        session.flush()
        session.add_all(ChatUser(chat_id=chat.id, user_id=person.user.id) for person in people)
    return chat


def send(
    world: World, person: Person | None, content: bytes = b"hello", called: str = "a.txt", **fields: Any
) -> httpx.Response:
    return world.call(person, "POST", "/file", files={"file": (called, content)}, data=fields)


def shown(world: World, person: Person, path: str) -> list[str]:
    answer = world.call(person, "GET", path)
    assert answer.status_code == 200, answer.text
    return [file["name"] for file in answer.json()]


def left(world: World, storage: Storage) -> tuple[int, int, list[Any]]:
    """What there is: rows of files, loose rows, unfinished uploads."""
    with Session(world.api.context.engine) as session:
        rows, loose = len(session.exec(select(File)).all()), len(session.exec(select(LooseFile)).all())
    return rows, loose, storage.unfinished("files/")


@pytest.mark.operation("upload-file", "get-file", "list-files")
def test_the_documents_form_makes_a_file(world: World, storage: Storage) -> None:
    content = picture()
    answer = send(
        world,
        world.member,
        content,
        "holiday.exe",
        name="Something.jpeg",
        extension="jpeg",
        location="Bogota",
        date="Sun Nov 26 2017 19:57:05 GMT-0500 (EST)",
        category="Speeding fine",
        team=world.team.slug,
    )
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert answer.headers["etag"] == f'"{file["updated_at"]}"'
    said = {name: file[name] for name in ("name", "filename", "extension", "type", "location", "category")}
    assert said == {
        "name": "Something.jpeg",
        "filename": "holiday.exe",
        "extension": "png",
        "type": "image/png",
        "location": "Bogota",
        "category": "Speeding fine",
    }
    assert file["user"]["id"] == world.member.id
    assert (file["chat"], file["team"], file["size"]) == (None, pid(world.team), len(content))
    assert httpx.get(file["url"]).content == content
    (again,) = world.call(world.member, "GET", f"/file/{file['id']}").json()
    assert httpx.get(again.pop("url")).content == content  # each answer signs an address of its own
    assert again == {name: value for name, value in file.items() if name != "url"}
    assert shown(world, world.member, f"/file?team={world.team.slug}") == ["Something.jpeg"]
    assert shown(world, world.admin, "/file") == []
    assert left(world, storage) == (1, 0, [])


@pytest.mark.operation("upload-file")
def test_a_large_file_goes_in_pieces_and_arrives_whole(world: World, storage: Storage) -> None:
    content = bytes(range(256)) * (PART // 256) * 2 + b"the end"
    file = send(world, world.member, content, "big.bin").json()
    assert (file["size"], file["type"]) == (len(content), "application/octet-stream")
    assert httpx.get(file["url"]).content == content


@pytest.mark.operation("upload-file", "list-chat-files")
def test_with_a_chat_a_message_puts_it_there(world: World) -> None:
    chat = room(world, world.member, world.admin)
    other = world.api.person(world.team)
    guest = world.api.person(world.team, Role.GUEST)
    file = send(world, world.member, called="plan.pdf", chat=pid(chat), comment="The plan").json()
    assert (file["chat"]["id"], file["chat"]["name"]) == (pid(chat), "Room")
    assert {user["id"] for user in file["chat"]["users"]} == {world.member.id, world.admin.id}
    with Session(world.api.context.engine) as session:
        message = session.exec(select(Message)).one()
        event = session.exec(select(WorkspaceEvent)).one()
    assert (message.type, message.body, "a" + str(message.file_id)) == ("file", "The plan", file["id"])
    assert (event.user_id, event.type, event.message_id) == (world.admin.user.id, "file", message.id)
    for path in ("/file", f"/chat/{pid(chat)}/files"):
        assert shown(world, world.admin, path) == ["plan.pdf"]
    for person in (other, guest, world.stranger):
        assert shown(world, person, "/file") == []
        assert world.call(person, "GET", f"/chat/{pid(chat)}/files").status_code == 404
        assert world.call(person, "GET", f"/file/{file['id']}").status_code == 404
        assert world.call(person, "PATCH", f"/file/{file['id']}", json={"name": "x"}).status_code == 404
        assert send(world, person, chat=pid(chat)).status_code == 400


@pytest.mark.operation("upload-file", "get-file")
def test_guests_share_files_in_the_chats_that_they_joined(world: World) -> None:
    guest = world.api.person(world.team, Role.GUEST)
    chat = room(world, world.member, guest)
    answer = send(world, guest, called="from-guest.txt", chat=pid(chat))
    assert answer.status_code == 201, answer.text
    assert shown(world, world.member, "/file") == ["from-guest.txt"]
    assert shown(world, guest, "/file") == ["from-guest.txt"]
    assert send(world, guest).status_code == 400
    with world.api.session() as session:
        session.delete(session.get_one(ChatUser, (chat.id, guest.user.id)))
    assert shown(world, guest, "/file") == []


@pytest.mark.operation("list-files")
def test_a_forwarded_file_is_seen_there_without_its_first_chat(world: World) -> None:
    other = world.api.person(world.team)
    first, second = room(world, world.member), room(world, world.member, other)
    file = send(world, world.member, chat=pid(first)).json()
    assert shown(world, other, "/file") == []
    with world.api.session() as session:
        post(session, Message(chat_id=second.id, number=0, type="file", file_id=file["id"][1:]))
    (found,) = world.call(other, "GET", "/file").json()
    assert (found["id"], found["chat"]) == (file["id"], None)


@pytest.mark.operation("update-file")
def test_the_documents_body_changes_what_may_be_changed(world: World) -> None:
    file = send(world, world.member).json()
    body = {
        "name": "fe27c165-b6e5-49dd-b30e-8c5a6031e576.mp4",
        "filename": "room91ef370fcda227f13fafc958e4d2c491@1489166977550.mp4",
        "extension": "mp4",
        "size": 481613,
        "thumbWidth": None,
        "thumbHeight": None,
        "created_at": "2017-03-10T17:30:15.000Z",
        "createdAt": "2017-03-10T17:30:15.000Z",
        "routing_audio": None,
        "url": "https://s3.amazonaws.com/df-stg-assets/fe27c165-b6e5-49dd-b30e-8c5a6031e576.mp4",
        "thumb_url": None,
        "comment": None,
        "teamuser": 29,
        "team": "a5b63640e8d2af8bb894778fa8fdb6794",
        "id": "a4693f8705aaa2f37e18f35172ecb1b96",
    }
    answer = world.call(world.member, "PATCH", f"/file/{file['id']}", json=body)
    assert answer.status_code == 200, answer.text
    (changed,) = answer.json()
    fixed = ("id", "filename", "extension", "size", "team", "created_at")
    assert changed["name"] == body["name"]
    assert {name: changed[name] for name in fixed} == {name: file[name] for name in fixed}
    stale = {"If-Match": '"2017-03-10T17:30:15.000Z"', **world.member.headers}
    path = f"/v1/file/{file['id']}"
    assert world.api.client.patch(path, json={"name": "x"}, headers=stale).status_code == 412
    for name in ("", "x" * 256):
        assert (
            world.call(world.member, "PATCH", f"/file/{file['id']}", json={"name": name}).status_code == 400
        )


def test_only_the_uploader_or_an_admin_changes_or_deletes_it(world: World, storage: Storage) -> None:
    other = world.api.person(world.team)
    chat = room(world, world.member, other, world.admin)
    file = send(world, world.member, chat=pid(chat)).json()
    for method in ("PATCH", "DELETE"):
        assert world.call(other, method, f"/file/{file['id']}", json={}).status_code == 403
    assert world.call(world.admin, "DELETE", f"/file/{file['id']}").status_code == 200
    assert shown(world, world.member, "/file") == []
    rows, loose, _ = left(world, storage)
    assert (rows, loose) == (0, 1)
    with Session(world.api.context.engine) as session:
        assert session.exec(select(Message)).one().file_id is None
        assert session.exec(select(WorkspaceEvent)).all() == []


@pytest.mark.parametrize(("ends", "status"), [("membership", 400), ("session", 401)])
def test_who_is_removed_during_an_upload_brings_no_file(
    world: World, storage: Storage, monkeypatch: pytest.MonkeyPatch, ends: str, status: int
) -> None:
    """A form may arrive for hours."""
    member, chat, finish = world.member, room(world, world.member), Upload.finish

    def removed(upload: Upload, last: bytes) -> Stored:
        if ends == "membership":
            path = f"/team/{member.team}/users/{member.id}"
            assert world.call(world.admin, "DELETE", path).status_code == 200
        else:
            with world.api.session() as session:
                session.exec(
                    select(AuthSession).where(AuthSession.user_id == member.user.id)
                ).one().revoked_at = utcnow()
        return finish(upload, last)

    monkeypatch.setattr(Upload, "finish", removed)
    answer = send(world, member, chat=pid(chat))
    assert answer.status_code == status, answer.text
    assert left(world, storage) == (0, 0, [])


def test_the_url_of_a_deleted_file_leads_nowhere(world: World, storage: Storage) -> None:
    file = send(world, world.member).json()
    other = send(world, world.member).json()
    assert world.call(world.member, "DELETE", f"/file/{file['id']}").status_code == 200
    with Session(world.api.context.engine) as session:
        jobs = session.exec(select(Outbox).where(Outbox.kind == "job")).all()
    assert [job.payload["name"] for job in jobs] == ["remove_loose_files"]
    remove(cast(Resources, SimpleNamespace(engine=world.api.context.engine, storage=storage)))
    assert [httpx.get(one["url"]).status_code for one in (file, other)] == [404, 200]


@pytest.mark.parametrize("comment", ["bell \x07", "line\u2028separator"])
def test_a_comment_is_text_as_that_of_a_message_is(world: World, comment: str) -> None:
    chat = room(world, world.member)
    answer = send(world, world.member, chat=pid(chat), comment=comment)
    assert (answer.status_code, list(answer.json()["response"])) == (400, ["comment"])
    file = send(world, world.member, chat=pid(chat), comment="One\r\ntwo").json()
    assert file["comment"] == "One\ntwo"
    answer = world.call(world.member, "PATCH", f"/file/{file['id']}", json={"comment": comment})
    assert (answer.status_code, list(answer.json()["response"])) == (400, ["comment"])


HOSTILE = {
    "page.png": (b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
    "picture.jpg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
    "picture.svg": (b"<?xml version='1.0'?><!-- x --><svg/>", "image/svg+xml"),
    "a.html": (b"alert(1)", "text/plain"),
    "x.xml": (b"<?xml version='1.0'?><a/>", "application/xml"),
    "setup.pdf": (b"MZ" + bytes(100), "application/octet-stream"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_may_hold_a_script_is_only_downloaded(world: World, name: str) -> None:
    content, kind = HOSTILE[name]
    file = send(world, world.member, content, name).json()
    asked = httpx.URL(file["url"]).params
    assert file["type"] == kind
    assert asked["response-content-disposition"].startswith("attachment;")
    assert "response-content-type" not in asked


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.txt", "y.txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("....", "file"),
        ("Я и\u0306.png", "Я й.png"),
        ("n" * 300 + ".txt", "n" * 251 + ".txt"),
    ],
)
def test_names_are_made_safe(world: World, name: str, kept: str) -> None:
    assert send(world, world.member, called=name).json()["name"] == kept


@pytest.mark.operation("upload-file")
def test_bad_forms_are_refused_by_field_and_leave_nothing(world: World, storage: Storage) -> None:
    def refused(fields: dict[str, Any]) -> list[str]:
        answer = send(world, world.member, **fields)
        assert answer.status_code == 400, answer.text
        return sorted(answer.json()["response"])

    stranger = pid(world.api.get(type(world.team), world.stranger.team))
    assert refused({"team": stranger}) == ["team"]
    assert refused({"team": "no-such-team"}) == ["team"]
    assert refused({"chat": "a" + "0" * 32}) == ["chat"]
    assert refused({"chat": "x", "location": "l" * 300}) == ["chat", "location"]
    headers = {**world.member.headers, "Content-Type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\nno headers\r\n--x--",
        b"rubbish",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
    ):
        answer = world.api.client.post("/v1/file", content=body, headers=headers)
        assert answer.status_code == 400, (body, answer.text)
    two = [("file", ("a", b"1")), ("file", ("b", b"2"))]
    assert world.call(world.member, "POST", "/file", files=two).status_code == 400
    assert world.call(world.member, "POST", "/file", files={"other": ("a", b"1")}).status_code == 400
    assert (
        world.call(world.member, "POST", "/file", data={"name": "x"}, files={"x": (None, "y")}).status_code
        == 400
    )
    assert world.call(world.member, "POST", "/file", json={"name": "x"}).status_code == 400
    assert world.call(None, "POST", "/file", files={"file": ("a", b"1")}).status_code == 401
    assert left(world, storage) == (0, 0, [])


@pytest.mark.parametrize("declared", [True, False])
def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(
    world: World, storage: Storage, declared: bool
) -> None:
    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(23):
            yield bytes(1024 * 1024)
        yield b"\r\n--x--\r\n"

    headers = {**world.member.headers, "Content-Type": "multipart/form-data; boundary=x"}
    content: Any = b"".join(body()) if declared else body()
    answer = world.api.client.post("/v1/file", content=content, headers=headers)
    assert answer.status_code == 413
    assert left(world, storage) == (0, 0, [])


def test_the_quota_names_itself_and_leaves_nothing(world: World, storage: Storage) -> None:
    with world.api.session() as session:
        session.get_one(type(world.team), world.team.id).quotas = {"megabytes": 1}
    assert send(world, world.member, bytes(700_000)).status_code == 201
    answer = send(world, world.member, bytes(700_000))
    assert answer.status_code == 409
    assert answer.json()["response"]["quota"] == "megabytes"
    assert left(world, storage) == (1, 0, [])


def test_an_upload_that_stalls_or_fails_leaves_nothing(
    world: World, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise StorageError("away")

    with monkeypatch.context() as patch:
        patch.setattr("switchroom.storage.Upload.finish", refuse)
        assert send(world, world.member, bytes(PART + 5)).status_code == 503
        assert left(world, storage) == (0, 0, [])
        patch.setattr(Storage, "abort_uploads", refuse)
        assert send(world, world.member, bytes(PART + 5)).status_code == 503
    rows, loose, parts = left(world, storage)
    assert (rows, loose, len(parts)) == (0, 1, 1), "the worker's job will delete it"
    with Session(world.api.context.engine) as session:
        due = session.exec(select(LooseFile)).one().due_at
    assert timedelta(hours=23) < due - utcnow() < timedelta(hours=25)
    storage.abort_uploads(object_key(""))
    storage.abort_uploads("files/")


def test_a_user_has_so_many_uploads_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "AT_ONCE_OF_USER", 0)
    answer = send(world, world.member)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "5"


@pytest.mark.operation("list-chat-links", "list-user-links")
def test_links_are_those_of_messages(world: World) -> None:
    chat, other = room(world, world.member, world.admin), room(world, world.member)
    guest = world.api.person(world.team, Role.GUEST)
    with world.api.session() as session:
        for place, sender, body in (
            (chat, world.member, "see https://a.example/x?y=1. and http://b.example"),
            (chat, world.admin, "https://c.example"),
            (other, world.member, "https://d.example"),
        ):
            post(session, Message(chat_id=place.id, number=0, from_id=sender.user.id, body=body))

    def urls(person: Person, path: str) -> list[str]:
        return [link["url"] for link in world.call(person, "GET", path).json()]

    assert urls(world.admin, f"/chat/{pid(chat)}/links") == [
        "https://c.example",
        "http://b.example",
        "https://a.example/x?y=1",
    ]
    assert urls(world.member, "/link") == ["https://d.example", "http://b.example", "https://a.example/x?y=1"]
    assert urls(world.admin, "/link") == ["https://c.example"]
    (link,) = world.call(world.admin, "GET", "/link").json()
    assert (link["chat"], link["user"]) == (pid(chat), world.admin.id)
    for person in (world.stranger, guest):
        assert world.call(person, "GET", f"/chat/{pid(chat)}/links").status_code == 404
        assert urls(person, "/link") == []
    assert world.call(None, "GET", "/link").status_code == 401
    assert world.call(None, "GET", f"/chat/{pid(chat)}/links").status_code == 401


def test_a_page_of_files_takes_so_many_statements_as_one(world: World) -> None:
    chats = [room(world, world.member, name=f"Room {number}") for number in range(3)]
    send(world, world.member, chat=pid(chats[0]))
    with statements(world) as of_one:
        assert len(shown(world, world.member, "/file")) == 1
    for number in range(5):
        send(world, world.member, chat=pid(chats[number % 3]))
    with statements(world) as of_six:
        assert len(shown(world, world.member, "/file")) == 6
    assert len(of_six) == len(of_one) <= 6


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """Note the SELECTs of the api, also those that go past SQLAlchemy."""
    engine = world.api.context.engine
    said: list[str] = []
    rows = Prepared.rows

    def note(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        said.append(text)

    def note_prepared(prepared: Prepared, *args: Any) -> Any:
        said.append(str(prepared.statement))
        return rows(prepared, *args)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with patch.object(Prepared, "rows", note_prepared):
            yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)
        said[:] = [text for text in said if text.startswith("SELECT")]
