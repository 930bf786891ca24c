"""Mailboxes over HTTP: who sees and changes which, greetings, PINs, and the messages to the engine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from models import Department, DepartmentUser, Mailbox, PromptState, QueueManager, UploadedPrompt, Voicemail
from models.file import object_key
from models.outbox import Outbox, OutboxKind
from switchroom.ids import new_id
from switchroom.pins import check_pin
from tests.support.api.client import Api, Person
from tests.support.api.world import Refuses, World, pid, world_of
from tests.support.servers import S3Server
from tests.support.sip.audio import write_tone

pytestmark = pytest.mark.service


@pytest.fixture
def world(make_api: Callable[..., Api], any_database_url: str, s3_server: S3Server) -> World:
    return world_of(
        make_api(
            any_database_url,
            s3_endpoint=s3_server.endpoint,
            s3_bucket=s3_server.bucket,
            s3_access_key=s3_server.access_key,
            s3_secret_key=s3_server.secret_key,
            prompt_megabytes=1,
        )
    )


def department(world: World, *people: Person) -> Department:
    row = Department(team_id=world.team.id, name="Support")
    world.api.add(row, *(DepartmentUser(department_id=row.id, user_id=one.user.id) for one in people))
    return row


def box(world: World, kind: str, owner: str) -> str:
    """The path of an owner's mailbox."""
    with world.api.session() as session:
        mine = select(Mailbox).where(
            Mailbox.kind == kind, Mailbox.owner_id == owner, Mailbox.team_id == world.team.id
        )
        return f"/mailbox/{pid(session.exec(mine).one())}"


def own(world: World) -> str:
    return box(world, "user", world.member.user.id)


def changed(world: World, path: str, status: int = 200, who: Person | None = None, **body: Any) -> Any:
    answer = world.call(who or world.member, "PATCH", path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_every_owner_has_a_mailbox_and_takes_it_along(world: World) -> None:
    queue, support = world.queue(), department(world)
    listed = world.call(world.admin, "GET", "/mailbox").json()
    kinds = {(item["kind"], item["owner"]) for item in listed}
    assert {("queue", pid(queue)), ("department", pid(support)), ("team", world.admin.team)} <= kinds
    assert {("user", world.member.id), ("user", world.admin.id)} <= kinds
    by_kind = {item["kind"]: item for item in listed}
    assert (by_kind["department"]["shared"], by_kind["queue"]["shared"]) == (True, False)
    assert by_kind["user"]["light"] is True
    path = box(world, "queue", queue.id)
    assert world.call(world.admin, "DELETE", f"/CCQueueConfig/{pid(queue)}").status_code == 200
    assert world.call(world.admin, "GET", path).status_code == 404


def test_who_sees_and_who_changes_which(world: World) -> None:
    queue = world.queue()
    agent, manager = world.api.person(world.team), world.api.person(world.team)
    world.agent(agent, "Ann", queue)
    world.api.add(QueueManager(queue_id=queue.id, user_id=manager.user.id))
    of_queue, of_support = (
        box(world, "queue", queue.id),
        box(world, "department", department(world, agent).id),
    )

    def seen(person: Person) -> set[str]:
        return {f"/mailbox/{item['id']}" for item in world.call(person, "GET", "/mailbox").json()}

    assert seen(world.member) == {own(world)}
    assert seen(manager) == {of_queue, box(world, "user", manager.user.id)}
    assert seen(agent) == {of_support, box(world, "user", agent.user.id)}
    changed(world, of_queue, who=manager, shared=True)
    assert of_queue in seen(agent)
    changed(world, of_queue, 403, agent, announce_time=False)
    changed(world, of_support, 403, agent, announce_time=False)
    changed(world, own(world), 404, agent, announce_time=False)
    listed = world.call(world.admin, "GET", "/mailbox", params={"kind": "department"}).json()
    assert [f"/mailbox/{item['id']}" for item in listed] == [of_support]


def test_settings_reach_the_engine(world: World) -> None:
    path = own(world)
    body: dict[str, Any] = {
        "announce_time": False,
        "email_on": True,
        "email_transcript": False,
        "retention_days": 14,
    }
    assert body.items() <= changed(world, path, **body).items()
    command = {"type": "config", "kind": "mailbox", "id": path.rpartition("/")[2][1:]}
    assert command in world.engine.commands()
    shown = world.call(world.member, "GET", path)
    assert shown.json()["retention_days"] == 14
    headers = {**world.member.headers, "If-Match": '"x"'}
    stale = world.api.client.patch(f"/v1{path}", json={"light": False}, headers=headers)
    assert stale.status_code == 412


def test_a_pin_is_kept_as_a_hash_and_must_not_be_guessed(world: World) -> None:
    path = own(world)
    assert changed(world, path, pin="704193")["has_pin"] is True
    row = world.api.get(Mailbox, path.rpartition("/")[2])
    assert check_pin(row.pin_hash, "704193")
    assert not check_pin(row.pin_hash, "704194")
    for weak in ("1234", "9876", "0000"):
        assert "guess" in changed(world, path, 400, pin=weak)["response"]["pin"]
    assert changed(world, path, 400, pin="12")["response"]["pin"]
    shown = changed(world, path, pin=None)
    assert (shown["has_pin"], "pin" in shown) == (False, False)


def test_a_number_is_one_that_nothing_else_has(world: World) -> None:
    support = box(world, "department", department(world).id)
    assert changed(world, support, who=world.admin, number="800", pin="704193")["number"] == "800"
    assert "pin" in changed(world, support, 400, world.admin, number="8001", pin="8001")["response"]
    changed(world, support, 409, world.admin, number="101")
    assert "number" in changed(world, support, 400, world.admin, number="911")["response"]
    changed(world, box(world, "team", world.team.id), 409, world.admin, number="800")
    assert "number" in changed(world, own(world), 400, number="900")["response"]
    assert "email" in changed(world, support, 400, world.admin, email_on=True)["response"]
    assert "shared" in changed(world, own(world), 400, shared=True)["response"]


def test_greetings_are_spoken_or_sounds(world: World) -> None:
    path, spoken = own(world), {"say": "I am out until Monday.", "language": "en"}
    shown = changed(world, path, greetings={"temporary": spoken, "busy": {"sound": "vm-isonphone"}})
    temporary, busy = shown["greetings"]["temporary"], shown["greetings"]["busy"]
    assert (temporary["say"], temporary["language"], temporary["state"]) == (*spoken.values(), "ready")
    assert (busy["sound"], shown["greetings"]["unavailable"]) == ("vm-isonphone", None)
    assert changed(world, path, greetings={"busy": None})["greetings"]["temporary"] == temporary
    both = changed(world, path, 400, greetings={"busy": {"say": "x", "sound": "y"}})
    assert both["response"] == {"greetings.busy": "Send either say or sound"}
    prompt = UploadedPrompt(team_id=new_id(), kind="sound", name="x")
    strange = changed(world, path, 400, greetings={"busy": {"sound": pid(prompt)}})
    assert "No such prompt" in strange["response"]["greetings.busy"]
    assert changed(world, path, 400, greetings={"busy": {"sound": "/etc/passwd"}})["response"]


def test_a_name_is_a_users(world: World) -> None:
    name: dict[str, Any] = {"greetings": {"name": {"say": "Ann Smith"}}}
    assert changed(world, own(world), **name)["greetings"]["name"]["say"] == "Ann Smith"
    support = box(world, "department", department(world).id)
    assert set(changed(world, support, 400, world.admin, **name)["response"]) == {"greetings.name"}


def test_a_prompt_that_is_a_greeting_is_not_deleted(world: World) -> None:
    prompt = UploadedPrompt(team_id=world.team.id, kind="sound", name="Hello", state=PromptState.READY.value)
    world.api.add(prompt)
    path = own(world)
    shown = changed(world, path, greetings={"unavailable": {"sound": pid(prompt)}})
    assert shown["greetings"]["unavailable"]["sound"] == pid(prompt)
    refused = world.call(world.admin, "DELETE", f"/prompt/{pid(prompt)}")
    assert refused.status_code == 409
    used = refused.json()["response"]["used_by"]
    assert [(use["kind"], f"/mailbox/{use['id']}") for use in used] == [("mailbox", path)]
    world.call(world.member, "DELETE", f"{path}/greeting/unavailable")
    assert world.call(world.admin, "DELETE", f"/prompt/{pid(prompt)}").status_code == 200


def test_a_greeting_is_uploaded_and_replaced(world: World, tmp_path: Path) -> None:
    path, content = own(world), write_tone(tmp_path / "tone.wav", 0.5).read_bytes()

    def send(kind: str = "unavailable", who: Person = world.member, data: bytes = content) -> httpx.Response:
        return world.call(who, "POST", f"{path}/greeting/{kind}", files={"file": ("Hi.wav", data)})

    answer = send()
    assert answer.status_code == 201, answer.text
    first = answer.json()["greetings"]["unavailable"]
    assert (first["state"], first["sound"], httpx.get(first["url"]).content) == ("pending", None, content)
    with world.api.session() as session:
        jobs = [row.payload for row in session.exec(select(Outbox)) if row.kind == OutboxKind.JOB.value]
    assert [(job["name"], job["args"]) for job in jobs] == [("convert_prompt", [first["recording"][1:]])]
    assert world.call(world.admin, "GET", "/prompt").json() == [], "it belongs to the mailbox"
    assert world.call(world.admin, "GET", f"/prompt/{first['recording']}").status_code == 404
    second = send().json()["greetings"]["unavailable"]["recording"]
    assert second != first["recording"]
    with world.api.session() as session:
        assert [row.id for row in session.exec(select(UploadedPrompt))] == [second[1:]]
    assert send("angry").status_code == 404
    assert send(who=world.api.person(world.team)).status_code == 404
    assert send(data=b"no sound").status_code == 400
    assert object_key(second[1:])
    left = world.call(world.member, "DELETE", f"{path}/greeting/unavailable").json()
    assert left["greetings"]["unavailable"] is None
    assert world.call(world.member, "DELETE", f"{path}/greeting/unavailable").status_code == 404


def test_recordings_of_greetings_go_with_their_mailbox(world: World, tmp_path: Path) -> None:
    queue = world.queue()
    path, tone = box(world, "queue", queue.id), write_tone(tmp_path / "tone.wav", 0.2).read_bytes()
    world.call(world.admin, "POST", f"{path}/greeting/busy", files={"file": ("Hi.wav", tone)})
    world.call(world.admin, "DELETE", f"/CCQueueConfig/{pid(queue)}")
    with world.api.session() as session:
        assert session.exec(select(UploadedPrompt)).all() == []


def test_a_mailbox_counts_what_can_be_heard(world: World) -> None:
    for number, state in enumerate(("stored", "stored", "empty", "pending")):
        row = Voicemail(
            call_id=new_id(),
            file=f"voicemail/{number}.wav",
            team_id=world.team.id,
            mailbox_kind="user",
            mailbox_id=world.member.user.id,
            state=state,
        )
        world.api.add(row)
    shown = world.call(world.member, "GET", own(world)).json()
    assert (shown["messages"], shown["unread"]) == (2, 2)


def test_strangers_and_nobody_are_refused(world: World, refuses_outsiders: Refuses) -> None:
    path = own(world)
    refuses_outsiders("GET", path)
    refuses_outsiders("PATCH", path, json={"light": False})
    refuses_outsiders("DELETE", f"{path}/greeting/busy")
    refuses_outsiders("POST", f"{path}/greeting/busy", files={"file": ("a.wav", b"x")}, stranger=(400, 404))
    assert world.call(None, "GET", "/mailbox").status_code == 401
    assert world.call(world.stranger, "GET", "/mailbox", params={"kind": "department"}).json() == []
