"""The section `devices` of the contract."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from models import Device
from switchroom.encryption import decrypt
from switchroom.vapid import make_private_key, public_key
from tests.api.conftest import any_api, any_database_url, api, cheap_hashes, make_api
from tests.support.api.client import Api, Person
from tests.support.api.rooms import guest_in, room
from tests.support.api.world import World, any_world, pid, world, world_of
from tests.support.push.web_push import Browser

__all__ = ["any_api", "any_database_url", "any_world", "api", "cheap_hashes", "make_api", "world"]
pytestmark = pytest.mark.service

KEY = make_private_key()
ENDPOINT = "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"
FIELDS = {
    "id", "user", "registration_id", "platform", "name", "doNotDisturb", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Configure both kinds of pushes."""
    monkeypatch.setenv("SWITCHROOM_VAPID_PRIVATE_KEY", KEY)
    monkeypatch.setenv("SWITCHROOM_FCM_SERVICE_ACCOUNT", str(tmp_path / "account.json"))


def body(platform: str = "webpush", **more: Any) -> dict[str, Any]:
    """Return what the contract says in place of the document's example, which is a copy mistake."""
    subscription = Browser(ENDPOINT).subscription if platform == "webpush" else None
    return {"registration_id": "phone:1", "platform": platform, "subscription": subscription, **more}


def register(world: World, person: Person, **fields: Any) -> dict[str, Any]:
    answer = world.call(person, "POST", f"/user/{person.id}/devices", json=body(**fields))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.operation("register-device")
def test_a_browser_is_registered(any_world: World) -> None:
    world = any_world
    made = register(world, world.member, name="Firefox", doNotDisturb=False)
    assert set(made) == FIELDS
    assert (made["user"], made["registration_id"], made["platform"]) == (
        world.member.id,
        "phone:1",
        "webpush",
    )
    assert world.call(world.member, "GET", "/user/me").json()["devices"] == [made]
    assert world.call(world.admin, "GET", "/user/me").json()["devices"] == []
    row = world.api.get(Device, made["id"])
    assert ENDPOINT not in row.address
    assert ENDPOINT in decrypt(world.api.context.settings, row.address)


@pytest.mark.operation("register-device")
def test_an_app_is_registered_by_either_id(world: World) -> None:
    member = pid(world.member.member)
    answer = world.call(world.member, "POST", f"/user/{member}/devices", json=body("fcm", name="Phone"))
    assert (answer.status_code, answer.json()["name"]) == (201, "Phone")


@pytest.mark.operation("update-device")
def test_a_device_is_changed(any_world: World) -> None:
    world = any_world
    made = register(world, world.member)
    path = f"/user/{world.member.id}/devices/phone:1"
    changed = world.call(world.member, "PATCH", path, json={"doNotDisturb": True, "platform": "fcm"})
    assert changed.status_code == 200
    assert {**made, "doNotDisturb": True, "updated_at": changed.json()["updated_at"]} == changed.json()
    assert register(world, world.member)["doNotDisturb"], "registered again, it stays quiet"


@pytest.mark.operation("remove-device")
def test_a_device_is_removed(any_world: World) -> None:
    world = any_world
    made = register(world, world.member)
    path = f"/user/{world.member.id}/devices/phone:1"
    answer = world.call(world.member, "DELETE", path)
    assert (answer.status_code, answer.json()) == (200, made)
    assert world.call(world.member, "DELETE", path).status_code == 404
    assert world.api.get(Device, made["id"]) is None


@pytest.mark.operation("register-device", "update-device", "remove-device")
def test_who_reaches_devices(world: World) -> None:
    register(world, world.member)
    path = f"/user/{world.member.id}/devices"
    guest = guest_in(world, room(world, world.member))
    calls = (("POST", path, body()), ("PATCH", f"{path}/phone:1", {}), ("DELETE", f"{path}/phone:1", None))
    for method, url, sent in calls:
        asked = {"json": sent} if sent is not None else {}
        assert world.call(None, method, url, **asked).status_code == 401
        assert world.call(world.stranger, method, url, **asked).status_code == 404
        assert world.call(guest, method, url, **asked).status_code == 404
        assert world.call(world.admin, method, url, **asked).status_code == 403
    assert register(world, guest)["user"] == guest.id, "guests have devices of their own"


@pytest.mark.operation("register-device")
def test_a_device_that_changes_hands_is_the_new_users(any_world: World) -> None:
    world = any_world
    register(world, world.member, platform="fcm")
    register(world, world.admin, platform="fcm")
    assert world.call(world.member, "GET", "/user/me").json()["devices"] == []
    (device,) = world.call(world.admin, "GET", "/user/me").json()["devices"]
    assert device["registration_id"] == "phone:1"


@pytest.mark.operation("register-device")
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"platform": "apns"}, "platform"),
        ({"platform": "fcm", "registration_id": None}, "registration_id"),
        ({"registration_id": "a/b"}, "registration_id"),
        ({"subscription": None}, "subscription"),
        ({"subscription": {"endpoint": "http://push.example.net/", "keys": {}}}, "subscription"),
        (
            {"subscription": {"endpoint": ENDPOINT, "keys": {"p256dh": "AAAA", "auth": "AAAA"}}},
            "subscription",
        ),
    ],
)
def test_what_is_wrong_is_named(world: World, sent: dict[str, Any], field: str) -> None:
    answer = world.call(world.member, "POST", f"/user/{world.member.id}/devices", json={**body(), **sent})
    assert answer.status_code == 400
    assert any(name.startswith(field) for name in answer.json()["response"])


@pytest.mark.operation("register-device")
def test_what_is_not_configured_is_said(make_api: Callable[..., Api], sqlite_url: str) -> None:
    bare = make_api(sqlite_url, vapid_private_key=SecretStr(""), fcm_service_account=None)
    world = world_of(bare)
    for platform, setting in (("webpush", "VAPID_PRIVATE_KEY"), ("fcm", "FCM_SERVICE_ACCOUNT")):
        sent = {**body(platform), "subscription": body()["subscription"] if platform == "webpush" else None}
        answer = world.call(world.member, "POST", f"/user/{world.member.id}/devices", json=sent)
        assert (answer.status_code, setting in answer.text) == (503, True)


def test_clients_read_the_key_to_subscribe_with(world: World) -> None:
    services = world.call(world.member, "GET", "/services").json()
    assert (services["web_push_key"], services["fcm"]) == (public_key(KEY), True)
    assert KEY not in str(services)
