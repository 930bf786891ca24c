"""Uploaded prompts over HTTP: sounds, music made of them, where they are used, and who may do what."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select

from models import LooseFile, PromptState, Role, UploadedPrompt
from models.file import object_key
from models.outbox import Outbox, OutboxKind
from models.uploaded_prompt import RATES, sound_key
from switchroom.storage import Storage
from tests.support.api.client import Api, Person
from tests.support.api.world import World, world_of
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
            quota_prompts=5,
        )
    )


@pytest.fixture
def tone(tmp_path: Path) -> bytes:
    return write_tone(tmp_path / "tone.wav", 0.5).read_bytes()


def send(world: World, person: Person | None, content: bytes, **fields: Any) -> httpx.Response:
    return world.call(person, "POST", "/prompt", files={"file": ("Hello.wav", content)}, data=fields)


def made(world: World, content: bytes, name: str) -> str:
    answer = send(world, world.admin, content, name=name)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def music_of(world: World, *tracks: str, name: str = "Waiting", status: int = 201) -> dict[str, Any]:
    body = {"name": name, "team": world.admin.team, "tracks": list(tracks)}
    answer = world.call(world.admin, "POST", "/prompt/music", json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def test_an_upload_becomes_a_prompt_and_a_worker_is_asked(world: World, tone: bytes) -> None:
    answer = send(world, world.admin, tone, language="de", team=world.team.slug)
    assert answer.status_code == 201, answer.text
    prompt = answer.json()
    assert answer.headers["etag"] == f'"{prompt["updated_at"]}"'
    said = {key: prompt[key] for key in ("kind", "name", "language", "state", "duration", "type", "size")}
    assert said == {
        "kind": "sound",
        "name": "Hello",
        "language": "de",
        "state": "pending",
        "duration": None,
        "type": "audio/wav",
        "size": len(tone),
    }
    assert httpx.get(prompt["url"]).content == tone
    assert (prompt["used_by"], prompt["tracks"], prompt["user"]) == ([], [], world.admin.id)
    with Session(world.api.context.engine) as session:
        assert session.exec(select(LooseFile)).all() == []
        jobs = [row.payload for row in session.exec(select(Outbox)) if row.kind == OutboxKind.JOB.value]
    assert [(job["name"], job["args"]) for job in jobs] == [("convert_prompt", [prompt["id"][1:]])]
    listed = world.call(world.member, "GET", "/prompt?name=Hello")
    assert [one["id"] for one in listed.json()] == [prompt["id"]]


def test_what_is_no_sound_or_too_large_leaves_nothing(world: World, tone: bytes) -> None:
    refused = send(world, world.admin, b"<html><script>alert(1)</script>")
    assert (refused.status_code, "WAV" in refused.json()["response"]["file"]) == (400, True)
    assert send(world, world.admin, tone + bytes(1024 * 1024)).status_code == 413
    assert send(world, world.member, tone).status_code == 403
    with Session(world.api.context.engine) as session:
        assert (session.exec(select(UploadedPrompt)).all(), session.exec(select(LooseFile)).all()) == ([], [])
    assert Storage(world.api.context.settings).unfinished("files/") == []


def test_names_and_quotas(world: World, tone: bytes) -> None:
    for number in range(5):
        made(world, tone, f"Tone {number}")
    taken = send(world, world.admin, tone, name="tone 1")
    assert (taken.status_code, taken.json()["response"]["name"]) == (409, "tone 1")
    full = send(world, world.admin, tone, name="One more")
    assert (full.status_code, full.json()["response"]["quota"]) == (409, "prompts")


def test_a_queue_plays_prompts_by_their_ids(world: World, tone: bytes) -> None:
    sound = made(world, tone, "Comfort")
    music = music_of(world, sound)["id"]
    queue = world.queue()
    path = f"/CCQueueConfig/a{queue.id}"
    body = {"comfort_sounds": ["beep", sound], "music": music}
    answer = world.call(world.admin, "PATCH", path, json=body)
    assert answer.status_code == 200, answer.text
    shown = world.call(world.admin, "GET", path).json()
    for found in (answer.json(), shown):
        assert (found["comfort_sounds"], found["music"]) == (["beep", sound], music)
    with Session(world.api.context.engine) as session:
        row = session.get_one(type(queue), queue.id)
        assert row.comfort_sounds == ["beep", f"uploads/{sound[1:]}"]
        assert row.music == music[1:]
    used = world.call(world.member, "GET", f"/prompt/{sound}").json()["used_by"]
    assert [(use["kind"], use["name"]) for use in used] == [("queue", queue.name), ("prompt", "Waiting")]
    refused = world.call(world.admin, "DELETE", f"/prompt/{music}")
    assert (refused.status_code, refused.json()["response"]["used_by"][0]["id"]) == (409, f"a{queue.id}")


@pytest.mark.parametrize("field", ["comfort_sounds", "agent_sounds", "music"])
def test_a_queue_names_no_prompt_of_another_team(world: World, tone: bytes, field: str) -> None:
    sound = made(world, tone, "Mine")
    value: Any = music_of(world, sound)["id"] if field == "music" else [sound]
    stranger = world.api.person(world.api.team(), Role.ADMIN)
    body = {"name": "Theirs", "team": stranger.team, field: value}
    answer = world.call(stranger, "POST", "/CCQueueConfig", json=body)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()["response"]) == [field]
    wrong = {"name": "Mine", "team": world.admin.team, field: [f"a{'0' * 32}"] if field != "music" else sound}
    answer = world.call(world.admin, "POST", "/CCQueueConfig", json=wrong)
    assert (answer.status_code, list(answer.json()["response"])) == (400, [field])


def test_a_team_has_music_of_its_own_for_held_callers(world: World, tone: bytes) -> None:
    sound = made(world, tone, "Strings")
    music, path = music_of(world, sound)["id"], f"/team/{world.admin.team}"
    assert world.call(world.admin, "GET", f"{path}/info").json()["hold_music"] == "default"
    answer = world.call(world.admin, "PATCH", path, json={"hold_music": music})
    assert (answer.status_code, answer.json()["hold_music"]) == (200, music)
    used = world.call(world.member, "GET", f"/prompt/{music}").json()["used_by"]
    assert [(use["kind"], use["id"]) for use in used] == [("team", world.admin.team)]
    assert world.call(world.admin, "DELETE", f"/prompt/{music}").status_code == 409
    stranger = world.api.person(world.api.team(), Role.ADMIN)
    for who, value in ((world.admin, sound), (world.admin, "No Such Music"), (stranger, music)):
        refused = world.call(who, "PATCH", f"/team/{who.team}", json={"hold_music": value})
        assert (refused.status_code, list(refused.json()["response"])) == (400, ["hold_music"])


def test_a_route_plays_prompts_and_validation_names_the_block(world: World, tone: bytes) -> None:
    sound = made(world, tone, "Welcome")
    blocks: dict[str, Any] = {
        "hello": {"type": "play", "settings": {"sound": [sound, "beep"]}, "exits": {"next": "room"}},
        "room": {"type": "hangup", "settings": {}, "exits": {}},
    }
    body = {"name": "Main", "team": world.admin.team, "entry": "hello", "blocks": blocks}
    answer = world.call(world.admin, "POST", "/callroute", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["blocks"]["hello"]["settings"]["sound"] == [sound, "beep"]
    used = world.call(world.admin, "GET", f"/prompt/{sound}").json()["used_by"]
    assert used == [{"kind": "route", "id": answer.json()["id"], "name": "Main"}]
    assert world.call(world.admin, "DELETE", f"/prompt/{sound}").status_code == 409
    blocks["hello"]["settings"]["sound"] = f"a{'9' * 32}"
    refused = world.call(world.admin, "POST", "/callroute", json=body)
    assert refused.status_code == 400
    assert refused.json()["response"]["problems"] == [
        {"block": "hello", "field": "settings.sound", "message": "there is no such prompt"}
    ]


def test_music_is_made_of_sounds_and_changed(world: World, tone: bytes) -> None:
    one, two = made(world, tone, "One"), made(world, tone, "Two")
    music = music_of(world, one)
    assert (music["kind"], music["state"], music["tracks"], music["url"]) == ("music", "ready", [one], None)
    music_of(world, music["id"], name="Of music", status=400)
    path = f"/prompt/{music['id']}"
    body = {"tracks": [two, one], "shuffle": True, "name": "Piano"}
    changed = world.call(world.admin, "PATCH", path, json=body)
    assert changed.status_code == 200, changed.text
    assert {key: changed.json()[key] for key in body} == body
    assert world.engine.commands()[-1] == {"type": "config", "kind": "prompt", "id": music["id"][1:]}
    refused = world.call(world.admin, "PATCH", f"/prompt/{one}", json={"shuffle": True})
    assert (refused.status_code, list(refused.json()["response"])) == (400, ["shuffle"])


def test_a_deleted_prompt_leaves_its_objects_to_the_worker(world: World, tone: bytes) -> None:
    sound = made(world, tone, "Gone")
    storage = Storage(world.api.context.settings)
    with world.api.session() as session:
        session.get_one(UploadedPrompt, sound[1:]).state = PromptState.READY.value
    answer = world.call(world.admin, "DELETE", f"/prompt/{sound}")
    assert (answer.status_code, answer.json()["id"]) == (200, sound)
    assert world.call(world.admin, "GET", f"/prompt/{sound}").status_code == 404
    with Session(world.api.context.engine) as session:
        assert [row.id for row in session.exec(select(LooseFile))] == [sound[1:]]
    assert storage.exists(object_key(sound[1:]))
    assert not any(storage.exists(sound_key(sound[1:], rate)) for rate in RATES)


def test_members_read_and_strangers_find_nothing(world: World, tone: bytes) -> None:
    sound = made(world, tone, "Ours")
    stranger = world.api.person(world.api.team(), Role.ADMIN)
    path = f"/prompt/{sound}"
    assert world.call(world.member, "GET", path).status_code == 200
    for method, person, status in (
        ("PATCH", world.member, 403),
        ("DELETE", world.member, 403),
        ("GET", stranger, 404),
        ("PATCH", stranger, 404),
        ("DELETE", stranger, 404),
        ("GET", None, 401),
    ):
        assert world.call(person, method, path, json={} if method == "PATCH" else None).status_code == status
    assert world.call(stranger, "GET", "/prompt").json() == []
    theirs = send(world, stranger, tone, team=world.team.slug)
    assert theirs.status_code == 404
