"""No character with a meaning in Dial, AGI, AMI or the dialplan gets through a text that can reach Asterisk."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from models import DidNumber
from tests.support.api.world import World, pid
from tests.support.hostile import BREAKS, HOSTILE, IN_NUMBERS

pytestmark = pytest.mark.service

Request = Callable[[World, str], tuple[str, str, Any]]
"""Makes the request that carries a string: method, path, body."""


def fresh() -> str:
    """A name that nothing has yet."""
    return f"N{secrets.token_hex(6)}"


def queue_music(world: World, text: str) -> tuple[str, str, Any]:
    return "POST", "/CCQueueConfig", {"team": world.admin.team, "name": "Q", "music": text}


def queue_music_changed(world: World, text: str) -> tuple[str, str, Any]:
    return "PATCH", f"/CCQueueConfig/{pid(world.queue(fresh()))}", {"music": text}


def number(field: str) -> Request:
    return lambda world, text: ("POST", "/didnumber", {field: text})


def setting(kind: str, field: str, exits: dict[str, str], **others: Any) -> Request:
    """A route whose only block has this setting."""

    def make(world: World, text: str) -> tuple[str, str, Any]:
        block = {"type": kind, "settings": {**others, field: text}, "exits": exits}
        return (
            "POST",
            "/callroute",
            {"name": "R", "team": world.admin.team, "entry": "a", "blocks": {"a": block}},
        )

    return make


def mailbox(world: World, text: str) -> tuple[str, str, Any]:
    settings = {"mailbox": {"kind": "queue", "id": text}}
    blocks = {"a": {"type": "voicemail", "settings": settings}}
    return "POST", "/callroute", {"name": "R", "team": world.admin.team, "entry": "a", "blocks": blocks}


def block_id(world: World, text: str) -> tuple[str, str, Any]:
    blocks = {text: {"type": "hangup"}}
    return "POST", "/callroute", {"name": "R", "team": world.admin.team, "entry": text, "blocks": blocks}


def changed_route(world: World, text: str) -> tuple[str, str, Any]:
    body = {"name": "R", "team": world.admin.team, "entry": "a", "blocks": {"a": {"type": "hangup"}}}
    route = world.call(world.admin, "POST", "/callroute", json=body).json()
    block = {"type": "number", "settings": {"number": text}}
    return "PATCH", f"/callroute/{route['id']}", {"blocks": {"a": block}}


def number_target(world: World, text: str) -> tuple[str, str, Any]:
    row = DidNumber(team_id=world.team.id, e164=f"+1416{secrets.randbelow(10**7):07d}")
    world.api.add(row)
    return "PATCH", f"/didnumber/{pid(row)}", {"queue": text}


def status_queue(world: World, text: str) -> tuple[str, str, Any]:
    return (
        "POST",
        f"/CCAgentConfig/{pid(world.agent(None, fresh()))}/setstatus",
        {"status": "Away", "queueId": text},
    )


def status(world: World, text: str) -> tuple[str, str, Any]:
    return "POST", f"/CCAgentConfig/{pid(world.agent(None, fresh()))}/setstatus", {"status": text}


ID = "a" + "0" * 16, "0" * 16
FIELDS: dict[str, tuple[Request, str, tuple[str, str]]] = {
    # What is sent, the field that the answer must name, and what stands before and behind the hostile string.
    "queue music": (queue_music, "music", ("def", "ault")),
    "queue music changed": (queue_music_changed, "music", ("def", "ault")),
    "number bought": (number("number"), "number", ("+1416", "5550100")),
    "number contains": (number("contains"), "contains", ("41", "65")),
    "number area code": (number("area_code"), "area_code", ("4", "16")),
    "number target": (number_target, "queue", ID),
    "play sound": (setting("play", "sound", {"next": "a"}), "blocks.a.settings.sound", ("hel", "lo")),
    "menu sound": (setting("menu", "sound", {"1": "a"}), "blocks.a.settings.sound", ("hel", "lo")),
    "menu invalid": (
        setting("menu", "invalid_sound", {"1": "a"}, sound="hello"),
        "blocks.a.settings.invalid_sound",
        ("hel", "lo"),
    ),
    "greeting": (setting("voicemail", "greeting", {}), "blocks.a.settings.greeting", ("hel", "lo")),
    "mailbox": (mailbox, "blocks.a.settings.mailbox", ID),
    "queue": (setting("queue", "queue", {}), "blocks.a.settings.queue", ID),
    "user": (setting("user", "user", {}), "blocks.a.settings.user", ID),
    "outside number": (setting("number", "number", {}), "blocks.a.settings.number", ("+1416", "5550100")),
    "outside number changed": (changed_route, "blocks.a.settings.number", ("+1416", "5550100")),
    "caller id": (
        setting("number", "caller_id", {}, number="+14165550100"),
        "blocks.a.settings.caller_id",
        ("+1416", "5550100"),
    ),
    "status queue": (status_queue, "queueId", ID),
    "status": (status, "status", ("Avail", "able")),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_hostile_strings_are_refused_by_field(world: World, name: str) -> None:
    make, field, (before, behind) = FIELDS[name]
    understood = IN_NUMBERS if name == "number bought" else frozenset()
    for hostile in HOSTILE:
        if hostile in understood:
            continue
        method, path, body = make(world, before + hostile + behind)
        answer = world.call(world.admin, method, path, json=body)
        assert answer.status_code == 400, (hostile, answer.text)
        response = answer.json()["response"]
        # NUL is refused at the door, where the whole field of the body is named.
        named = {field, field.split(".")[0]} if "\0" in hostile else {field}
        assert named & response.keys(), (hostile, response)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_block_ids_are_refused(world: World, hostile: str) -> None:
    method, path, body = block_id(world, f"a{hostile}b")
    answer = world.call(world.admin, method, path, json=body)
    assert answer.status_code == 400
    assert any(name.startswith("blocks") for name in answer.json()["response"])


@pytest.mark.parametrize("hostile", BREAKS)
def test_names_are_one_line(world: World, hostile: str) -> None:
    for method, path, body in [
        ("POST", "/CCQueueConfig", {"team": world.admin.team, "name": f"a{hostile}b"}),
        ("POST", "/CCAgentConfig", {"user": world.member.id, "name": f"a{hostile}b"}),
        (
            "POST",
            "/callroute",
            {"name": f"a{hostile}b", "team": world.admin.team, "entry": "a", "blocks": {}},
        ),
    ]:
        answer = world.call(world.admin, method, path, json=body)
        assert (answer.status_code, "name" in answer.json()["response"]) == (400, True)
