"""Secrets in call routes over HTTP: written, never read, and kept by whoever sends their placeholder back."""

import json
from typing import Any

import pytest
from sqlmodel import select

from models import CallRoute, CallRouteVersion
from tests.support.api.world import Refuses, World

pytestmark = pytest.mark.service

SECRET, KEY, HOOK = "Bearer s3cret-of-the-crm", "k3y-in-the-query", "t0ken-of-the-hook"
HIDDEN = "********"


def blocks() -> dict[str, Any]:
    return {
        "look-up": {
            "type": "fetch",
            "settings": {
                "url": f"https://crm.example.com/find?number={{caller}}&api_key={KEY}&page=1",
                "headers": {"Authorization": SECRET, "Accept": "application/json", "X-Caller": "{caller}"},
                "timeout": 3,
            },
            "exits": {"next": "tell", "failed": "tell"},
        },
        "tell": {
            "type": "notify",
            "settings": {
                "kind": "webhook",
                "to": f"https://hooks.example.com/x?token={HOOK}",
                "text": "A call",
            },
            "exits": {"next": "end"},
        },
        "end": {"type": "hangup", "settings": {}, "exits": {}},
    }


def created(world: World) -> tuple[str, dict[str, Any]]:
    body = {"name": "Main", "entry": "look-up", "blocks": blocks(), "team": world.admin.team}
    answer = world.call(world.admin, "POST", "/callroute", json=body)
    assert answer.status_code == 201, answer.text
    return f"/callroute/{answer.json()['id']}", answer.json()


def stored(world: World) -> dict[str, Any]:
    with world.api.session() as session:
        found: dict[str, Any] = session.exec(select(CallRoute)).one().blocks
    return found


def test_no_answer_shows_a_secret(world: World, refuses_outsiders: Refuses) -> None:
    path, made = created(world)
    refuses_outsiders("GET", path)
    settings = made["blocks"]["look-up"]["settings"]
    assert settings["headers"] == {
        "Authorization": HIDDEN, "Accept": "application/json", "X-Caller": "{caller}",
    }  # fmt: skip
    assert settings["url"] == f"https://crm.example.com/find?number={{caller}}&api_key={HIDDEN}&page=1"
    assert made["blocks"]["tell"]["settings"]["to"] == f"https://hooks.example.com/x?token={HIDDEN}"
    assert stored(world) == blocks()
    for person in (world.admin, world.member):
        answers = [
            world.call(person, "GET", path),
            world.call(person, "GET", "/callroute"),
            world.call(person, "POST", f"{path}/dry-run", json={}),
        ]
        for answer in answers:
            assert answer.status_code == 200
            assert not [secret for secret in (SECRET, KEY, HOOK) if secret in answer.text]
    renamed = world.call(world.admin, "PATCH", path, json={"name": "B"})
    deleted = world.call(world.admin, "DELETE", path)
    assert SECRET not in renamed.text + deleted.text


def test_a_placeholder_keeps_the_secret(world: World) -> None:
    path, made = created(world)
    whole = world.call(world.admin, "PATCH", path, json=made)
    assert (whole.status_code, whole.json()["version"]) == (200, 1)
    assert stored(world) == blocks()
    made["blocks"]["look-up"]["settings"]["timeout"] = 5
    made["blocks"]["look-up"]["settings"]["headers"]["accept"] = "text/plain"
    changed = world.call(world.admin, "PATCH", path, json={"blocks": made["blocks"]})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    now = stored(world)["look-up"]["settings"]
    assert (now["headers"]["Authorization"], now["timeout"]) == (SECRET, 5)
    assert KEY in now["url"]
    made["blocks"]["look-up"]["settings"]["headers"] = {"authorization": "Basic new"}
    replaced = world.call(world.admin, "PATCH", path, json={"blocks": made["blocks"]})
    assert replaced.json()["blocks"]["look-up"]["settings"]["headers"] == {"authorization": HIDDEN}
    assert stored(world)["look-up"]["settings"]["headers"] == {"authorization": "Basic new"}
    with world.api.session() as session:
        documents = [row.document for row in session.exec(select(CallRouteVersion))]
    assert HIDDEN not in json.dumps(documents)


@pytest.mark.parametrize("way", ["host", "scheme", "block", "type", "new"])
def test_a_placeholder_takes_no_secret_elsewhere(world: World, way: str) -> None:
    path, made = created(world)
    sent = made["blocks"]
    settings = sent["look-up"]["settings"]
    if way == "host":
        settings["url"] = settings["url"].replace("crm.", "evil.")
    elif way == "scheme":
        settings["url"] = settings["url"].replace("https", "http")
    elif way == "block":
        sent["other"] = sent.pop("look-up")
    elif way == "type":
        sent["tell"]["settings"]["to"] = f"https://crm.example.com/?api_key={HIDDEN}"
    else:
        settings["headers"]["X-Other"] = HIDDEN
    body = {"blocks": sent, "entry": "other" if way == "block" else "look-up"}
    refused = world.call(world.admin, "PATCH", path, json=body)
    assert refused.status_code == 400
    assert "write it again" in refused.text
    assert SECRET not in refused.text
    assert stored(world) == blocks()


def test_a_new_route_has_no_secret_to_keep(world: World) -> None:
    _, made = created(world)
    body = {"name": "Copy", "entry": made["entry"], "blocks": made["blocks"], "team": world.admin.team}
    refused = world.call(world.admin, "POST", "/callroute", json=body)
    assert refused.status_code == 400
    fields = {problem["field"] for problem in refused.json()["response"]["problems"]}
    assert fields == {"settings.url", "settings.headers", "settings.to"}


def test_a_check_knows_the_hidden_values_of_the_route_that_it_names(
    world: World, refuses_outsiders: Refuses
) -> None:
    _, made = created(world)
    body = {"entry": made["entry"], "blocks": made["blocks"]}

    def valid(**more: Any) -> bool:
        answer = world.call(world.admin, "POST", "/callroute/validate", json={**body, **more})
        assert SECRET not in answer.text
        found: bool = answer.json()["valid"]
        return found

    assert valid(route=made["id"])
    assert not valid()
    refuses_outsiders("POST", "/callroute/validate", json={**body, "route": made["id"]})
    member = world.call(world.member, "POST", "/callroute/validate", json={**body, "route": made["id"]})
    assert member.status_code == 403
