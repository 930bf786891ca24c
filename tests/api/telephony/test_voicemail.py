"""Voicemails over HTTP: who hears which, marking as read, deleting, presigned audio and its audit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlmodel import select

from api.telephony.voicemail import service
from api.telephony.voicemail.access import get_visible
from models import (
    CallLog,
    Department,
    DepartmentUser,
    Mailbox,
    QueueManager,
    RecordingAccess,
    Voicemail,
    utcnow,
)
from switchroom.ids import new_id
from switchroom.storage import Storage
from tests.support.api.client import Api
from tests.support.api.world import Refuses, World, pid, world_of
from tests.support.servers import S3Server

pytestmark = pytest.mark.service


@pytest.fixture
def world(make_api: Callable[..., Api], sqlite_url: str, s3_server: S3Server) -> World:
    settings = {
        "s3_endpoint": s3_server.endpoint, "s3_access_key": s3_server.access_key,
        "s3_secret_key": s3_server.secret_key, "s3_bucket": s3_server.bucket,
    }  # fmt: skip
    return world_of(make_api(sqlite_url, **settings))


def message(world: World, kind: str = "team", mailbox: str | None = None, **columns: Any) -> Voicemail:
    call = new_id()
    values: dict[str, Any] = {
        "call_id": call, "team_id": world.team.id, "mailbox_kind": kind, "mailbox_id": mailbox or world.team.id,
        "caller": "+14165550199", "did": "+14165550100", "node": "a", "file": f"voicemail/{call}.wav", "seconds": 4.5,
    }  # fmt: skip
    row = Voicemail(**{**values, **columns})
    world.api.add(row)
    return row


def stored(world: World, folder: Path, state_: str = "stored", **columns: Any) -> Voicemail:
    """A message of the member whose audio is on S3; `folder` is for its file on the way."""
    key = f"voicemail/{new_id()}.wav"
    (folder / "voice.wav").write_bytes(b"RIFF-voice")
    Storage(world.api.context.settings).put_file(key, folder / "voice.wav", "audio/wav")
    return message(world, "user", world.member.user.id, state=state_, s3_key=key, **columns)


def test_what_a_block_recorded_is_heard_by_who_sees_its_call(world: World) -> None:
    agent = world.agent()
    call = CallLog(team_id=world.team.id, agent_id=agent.id, disposition="answered", started_at=utcnow())
    world.api.add(call)
    row = message(world, "call", call.id, call_id=call.id)
    message(world, "call", new_id())
    listed = world.call(world.member, "GET", "/voicemail").json()
    assert [item["id"] for item in listed] == [pid(row)]
    shown = world.call(world.member, "GET", f"/call-log/{pid(call)}").json()
    assert shown["messages"] == [pid(row)]
    assert world.call(world.stranger, "GET", f"/voicemail/{pid(row)}").status_code == 404


def test_the_duration_is_rounded_to_milliseconds(world: World) -> None:
    row = message(world, seconds=3.123875)
    (listed,) = world.call(world.admin, "GET", "/voicemail").json()
    shown = world.call(world.admin, "GET", f"/voicemail/{pid(row)}").json()
    assert (listed["duration"], shown["duration"]) == (3.124, 3.124)


def test_a_duration_may_be_unknown(world: World) -> None:
    message(world, seconds=None)
    (listed,) = world.call(world.admin, "GET", "/voicemail").json()
    assert listed["duration"] is None


@pytest.mark.operation("list-voicemails")
def test_list_voicemails(world: World, tmp_path: Path) -> None:
    transcript = {"lines": [{"text": "call me"}]}
    row = stored(world, tmp_path, transcript=transcript, transcript_state="done")
    waiting = message(world, "user", world.member.user.id)
    first, second = world.call(world.member, "GET", "/voicemail", params={"sort": "id"}).json()
    expected = {
        "id": pid(row), "caller": "+14165550199", "called": "+14165550100", "duration": 4.5, "read": False,
        "transcript": transcript, "transcript_state": "done", "mailbox_kind": "user", "mailbox": world.member.id,
    }  # fmt: skip
    assert expected.items() <= first.items()
    assert first["created_at"].endswith("Z")
    assert httpx.get(first["url"]).content == b"RIFF-voice"
    assert (second["id"], second["url"], second["state"]) == (pid(waiting), None, "pending")


def test_access_is_audited_once_a_url(world: World, tmp_path: Path) -> None:
    row = stored(world, tmp_path)
    for _ in range(3):
        world.call(world.member, "GET", "/voicemail")
    world.call(world.admin, "GET", f"/voicemail/{pid(row)}")
    with world.api.session() as session:
        accesses = session.exec(select(RecordingAccess)).all()
    assert [(access.voicemail_id, access.user_id) for access in accesses] == [
        (row.id, world.member.user.id),
        (row.id, world.admin.user.id),
    ]


def test_who_hears_which(world: World) -> None:
    queue, manager = world.queue(), world.api.person(world.team)
    world.api.add(QueueManager(queue_id=queue.id, user_id=manager.user.id))
    own = message(world, "user", world.member.user.id)
    queues = message(world, "queue", queue.id)
    teams = message(world)

    def heard(person: Any, **params: str) -> set[str]:
        return {row["id"] for row in world.call(person, "GET", "/voicemail", params=params).json()}

    assert heard(world.admin) == {pid(own), pid(queues), pid(teams)}
    assert heard(world.member) == {pid(own)}
    assert heard(manager) == {pid(queues)}
    assert heard(world.stranger) == set()
    assert heard(world.admin, userid=world.member.id, slug=world.team.slug) == {pid(own)}
    assert world.call(world.member, "GET", f"/voicemail/{pid(teams)}").status_code == 404
    assert world.call(world.admin, "GET", "/voicemail", params={"userid": "asdf"}).status_code == 404


def test_mark_read_and_unread(world: World) -> None:
    row = message(world, "user", world.member.user.id)
    path = f"/voicemail/{pid(row)}"
    assert world.call(world.member, "PATCH", path, json={"read": True}).json()["read"] is True
    assert world.call(world.member, "GET", path).json()["read"] is True
    assert world.call(world.member, "PATCH", path, json={"caller": "x"}).json()["read"] is True
    assert world.call(world.member, "PATCH", path, json={"read": False}).json()["read"] is False
    assert world.call(world.member, "PATCH", path, json={"read": None}).status_code == 400


def test_delete_a_stored_message(world: World, tmp_path: Path) -> None:
    row = stored(world, tmp_path)
    storage = Storage(world.api.context.settings)
    assert storage.exists(row.s3_key or "")
    path = f"/voicemail/{pid(row)}"
    answer = world.call(world.member, "DELETE", path)
    assert (answer.status_code, answer.json()["id"]) == (200, pid(row))
    assert not storage.exists(row.s3_key or "")
    assert world.call(world.member, "GET", path).status_code == 404
    assert world.call(world.member, "DELETE", path).status_code == 404
    kept = world.api.get(Voicemail, row.id)
    assert (kept.state, kept.transcript) == ("deleted", None)


def test_delete_a_message_still_on_its_node(world: World) -> None:
    row = message(world, "user", world.member.user.id)
    assert world.call(world.member, "DELETE", f"/voicemail/{pid(row)}").status_code == 200
    queue = Queue("recordings-a", connection=world.api.context.redis, serializer=JSONSerializer)
    job = queue.fetch_job(f"store_voicemail-{row.id}")
    assert job is not None
    assert list(job.args) == [row.id]


def test_a_message_without_speech_is_not_announced(world: World, tmp_path: Path) -> None:
    said = stored(world, tmp_path)
    silent = stored(world, tmp_path, state_="empty", error="0.0 s of speech")
    nothing = message(world, "user", world.member.user.id, state="empty", error="no file was recorded")

    def listed(**params: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = world.call(world.member, "GET", "/voicemail", params=params).json()
        return found

    assert [row["id"] for row in listed()] == [pid(said)]
    empty = {row["id"]: row for row in listed(state="empty")}
    assert empty.keys() == {pid(silent), pid(nothing)}
    assert httpx.get(empty[pid(silent)]["url"]).content == b"RIFF-voice"
    assert empty[pid(nothing)]["url"] is None
    assert world.call(world.member, "GET", f"/voicemail/{pid(silent)}").json()["state"] == "empty"


def test_a_message_that_is_stored_while_it_is_deleted_leaves_no_object(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = message(world, "user", world.member.user.id)

    def stored_meanwhile(scope: Any, id: str) -> Voicemail:
        found = get_visible(scope, id)
        with world.api.session() as session:
            mine = session.get_one(Voicemail, row.id)
            mine.state, mine.s3_key = "stored", "voicemail/meanwhile.wav"
            session.add(mine)
            session.commit()
        return found

    monkeypatch.setattr(service, "get_visible", stored_meanwhile)
    assert world.call(world.member, "DELETE", f"/voicemail/{pid(row)}").status_code == 200
    queue = Queue("recordings-a", connection=world.api.context.redis, serializer=JSONSerializer)
    assert queue.fetch_job(f"store_voicemail-{row.id}") is not None, "it deletes the object"


def mailbox(world: World, kind: str, owner: str) -> Mailbox:
    with world.api.session() as session:
        mine = select(Mailbox).where(Mailbox.kind == kind, Mailbox.owner_id == owner)
        found: Mailbox = session.exec(mine.where(Mailbox.team_id == world.team.id)).one()
        return found


def test_who_shares_in_a_mailbox_hears_it(world: World) -> None:
    support, queue, ann = (
        Department(team_id=world.team.id, name="S"),
        world.queue(),
        world.api.person(world.team),
    )
    world.api.add(support, DepartmentUser(department_id=support.id, user_id=ann.user.id))
    world.agent(ann, "Ann", queue)
    departments, queues = message(world, "department", support.id), message(world, "queue", queue.id)

    def heard() -> set[str]:
        return {row["id"] for row in world.call(ann, "GET", "/voicemail").json()}

    assert heard() == {pid(departments)}
    assert world.call(world.member, "GET", f"/voicemail/{pid(departments)}").status_code == 404
    for kind, owner, shared in (("queue", queue.id, True), ("department", support.id, False)):
        path = f"/mailbox/{pid(mailbox(world, kind, owner))}"
        assert world.call(world.admin, "PATCH", path, json={"shared": shared}).status_code == 200
    assert heard() == {pid(queues)}


def test_lists_by_mailbox_and_by_what_was_heard(world: World) -> None:
    read, unread = message(world, read_at=utcnow()), message(world)
    own = message(world, "user", world.member.user.id)

    def listed(**params: Any) -> set[str]:
        return {row["id"] for row in world.call(world.admin, "GET", "/voicemail", params=params).json()}

    assert listed(read=False) == {pid(unread), pid(own)}
    assert listed(read=True, mailbox=world.admin.team) == {pid(read)}
    assert listed(mailbox_kind="user", mailbox=world.member.id) == {pid(own)}
    assert listed(read=False, state="pending", mailbox=world.admin.team) == {pid(unread)}


def test_a_saved_message_and_the_lights_of_phones(world: World) -> None:
    row = message(world, "user", world.member.user.id)
    answer = world.call(world.member, "PATCH", f"/voicemail/{pid(row)}", json={"saved": True, "read": True})
    assert (answer.json()["saved"], answer.json()["read"]) == (True, True)
    counted = {"type": "messages", "team": world.team.id, "mailbox_kind": "user", "mailbox": row.mailbox_id}
    assert counted in world.engine.commands()


def test_a_message_is_forwarded_to_another_mailbox(world: World, tmp_path: Path) -> None:
    row = stored(world, tmp_path, transcript={"text": "call me", "lines": []}, transcript_state="done")
    target, path = mailbox(world, "user", world.admin.user.id), f"/voicemail/{pid(row)}/forward"
    answer = world.call(world.member, "POST", path, json={"mailbox": pid(target)})
    assert answer.status_code == 201, answer.text
    copy = answer.json()
    expected = {
        "mailbox": world.admin.id, "forwarded_from": pid(row), "forwarded_by": world.member.id, "read": False,
        "caller": "+14165550199", "state": "pending", "url": None,
    }  # fmt: skip
    assert expected.items() <= copy.items()
    job = Queue("default", connection=world.api.context.redis, serializer=JSONSerializer)
    assert job.fetch_job(f"forward_voicemail-{copy['id'][1:]}") is not None
    assert world.call(world.member, "GET", f"/voicemail/{copy['id']}").status_code == 404
    waiting = message(world, "user", world.member.user.id)
    again = {"json": {"mailbox": pid(target)}}
    assert world.call(world.member, "POST", f"/voicemail/{pid(waiting)}/forward", **again).status_code == 409
    foreign = {"json": {"mailbox": pid(mailbox_of_stranger(world))}}
    assert world.call(world.member, "POST", path, **foreign).status_code == 400
    assert world.call(world.stranger, "POST", path, **again).status_code == 404
    assert world.call(None, "POST", path, **again).status_code == 401


def mailbox_of_stranger(world: World) -> Mailbox:
    with world.api.session() as session:
        mine = select(Mailbox).where(Mailbox.owner_id == world.stranger.user.id)
        found: Mailbox = session.exec(mine).one()
        return found


@pytest.mark.operation("list-voicemails")
def test_strangers_and_nobody_are_refused(world: World, refuses_outsiders: Refuses) -> None:
    path = f"/voicemail/{pid(message(world))}"
    refuses_outsiders("GET", path)
    refuses_outsiders("PATCH", path, json={"read": True})
    refuses_outsiders("DELETE", path)
    assert world.call(None, "GET", "/voicemail").status_code == 401
