"""The sections `integrations`, `integration-events` and the contacts of integrations, with the document's bodies.

The document shows no answers of these operations. An answer has at least what is sent.
"""

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from models import Chat, Contact, ContactLink, Integration, Outbox, Revocation
from providers.integrations import base
from providers.integrations.grants import unseal
from tests.contract.sections.driving import EMPTY, drive
from tests.support.api.client import Person
from tests.support.api.documented import assert_documented
from tests.support.api.world import World, pid
from tests.support.integrations import ACCOUNT, SECRET, WRONG_CODE, Account, account

__all__ = ["account"]
pytestmark = pytest.mark.service

SENT = {
    "type": "contacts", "provider": "google", "client": "my-app-name", "code": "google-token|",
    "email": "exchangeuser@example.com", "domain": None,
}  # fmt: skip
"""`type` and `provider` of the document list what they may be."""
SHOWN = {"type", "provider", "client", "email", "domain"}
FIELDS = {*SHOWN, "id", "user", "state", "problem", "last_synced", "created_at", "updated_at"}
EVENT = {
    "name": "Important meeting", "team": "a5124f164c0f1715ad05ed2c081f61137", "users": ["abc123", "abc123"],
    "notes": "We have to discuss that thing I sent you", "host": "a118960aa0b70b1dec0d3d329b8b3b3f1",
    "start": "2018-09-15T15:53:00", "end": "2018-09-15T19:53:00", "timezone": "-0500",
}  # fmt: skip


def connect(world: World, person: Person | None = None, **fields: Any) -> dict[str, Any]:
    answer = world.call(person or world.member, "POST", "/integration", json={**SENT, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def meeting(world: World, integration: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Make the document's event in the team, with the admin."""
    ids = {"team": world.member.team, "users": [world.admin.id] * 2, "host": world.member.id}
    path = f"/integration/{integration['id']}/event"
    answer = world.call(world.member, "POST", path, json={**EVENT, **ids, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.operation("create-integration")
def test_create_integration(any_world: World, account: Account) -> None:
    world = any_world
    made = drive(world, world.member, "POST", "/integration", 201, json=SENT, strangers=(201,), guests=(403,))
    assert set(made) == FIELDS
    assert {name: made[name] for name in SHOWN} == {
        **{name: SENT[name] for name in SHOWN},
        "email": ACCOUNT,
    }
    assert (made["user"], made["state"], made["last_synced"]) == (world.member.id, "connected", None)
    row = world.api.get(Integration, made["id"])
    assert SECRET not in row.sealed_grant
    assert unseal(world.api.context.settings, row.sealed_grant).access_token == SECRET
    with world.api.session() as session:
        told = [entry.payload for entry in session.exec(select(Outbox))]
    assert {"name": "sync_integration", "args": [row.id], "queue": "default", "delay": None} in told
    assert SECRET not in str(told)
    assert row.sealed_grant not in str(told)


@pytest.mark.operation("create-integration")
def test_an_exchange_account_is_named_by_its_address(world: World, account: Account) -> None:
    sent: dict[str, Any] = {"provider": "microsoft", "type": "events", "domain": "CORP"}
    made = connect(world, **sent)
    assert (made["email"], made["domain"]) == ("exchangeuser@example.com", "CORP")
    bare = world.call(world.member, "POST", "/integration", json={**SENT, **sent, "email": None})
    assert (bare.status_code, list(bare.json()["response"])) == (400, ["email"])


@pytest.mark.operation("create-integration")
def test_what_the_provider_refuses_is_said(world: World, account: Account) -> None:
    answer = world.call(world.member, "POST", "/integration", json={**SENT, "code": WRONG_CODE})
    assert (answer.status_code, list(answer.json()["response"])) == (400, ["code"])
    wrong = world.call(world.member, "POST", "/integration", json={"type": "contacts|events"})
    assert (wrong.status_code, set(wrong.json()["response"])) == (400, {"type", "provider", "code"})
    account.fails["authorize"] = base.ProviderError("Google is away (SWITCHROOM_GOOGLE)")
    away = world.call(world.member, "POST", "/integration", json=SENT)
    assert (away.status_code, away.json()["errorType"]) == (503, "unavailable")
    assert world.call(world.member, "GET", "/integration").json() == []


@pytest.mark.operation("get-integration", "list-integrations")
def test_get_and_list_integrations(any_world: World, account: Account) -> None:
    world = any_world
    made = connect(world)
    assert drive(world, world.member, "GET", f"/integration/{made['id']}") == made
    assert drive(world, world.member, "GET", "/integration", strangers=EMPTY, guests=EMPTY) == [made]
    assert world.call(world.admin, "GET", f"/integration/{made['id']}").status_code == 404
    assert world.call(world.admin, "GET", "/integration").json() == []
    assert world.call(world.member, "GET", "/integration?type=events").json() == []


@pytest.mark.operation("update-integration")
def test_update_integration(any_world: World, account: Account) -> None:
    world = any_world
    made = connect(world)
    changed = drive(
        world, world.member, "PATCH", f"/integration/{made['id']}", json={**SENT, "client": "other"}
    )
    assert {**made, "client": "other", "updated_at": changed["updated_at"]} == changed
    refused = world.call(world.member, "PATCH", f"/integration/{made['id']}", json={"code": WRONG_CODE})
    assert refused.status_code == 400
    other = world.call(
        world.member, "PATCH", f"/integration/{made['id']}", json={"code": "joe@provider.example"}
    )
    assert (other.status_code, list(other.json()["response"])) == (400, ["code"])


@pytest.mark.operation("delete-integration")
def test_delete_integration(any_world: World, account: Account) -> None:
    world = any_world
    made = connect(world)
    path = f"/integration/{made['id']}"
    assert drive(world, world.member, "DELETE", path)["id"] == made["id"]
    assert world.call(world.member, "GET", path).status_code == 404
    with world.api.session() as session:
        (dead,) = session.exec(select(Revocation)).all()
        jobs = [row.payload for row in session.exec(select(Outbox).where(Outbox.kind == "job"))]
    assert {"name": "revoke_grant", "args": [dead.id], "queue": "default", "delay": None} in jobs


def contact_of(world: World, integration: dict[str, Any]) -> dict[str, Any]:
    """Return a contact that is in step with the provider's."""
    sent = {"first_name": "Jane", "last_name": "Doe", "work_number": "+18888988826"}
    made: dict[str, Any] = world.call(world.member, "POST", "/contact", json=sent).json()
    with world.api.session() as session:
        (link,) = session.exec(select(ContactLink)).all()
        assert (link.integration_id, link.contact_id) == (integration["id"][1:], made["id"][1:])
    return made


@pytest.mark.operation("list-integration-contacts", "get-integration-contact")
def test_contacts_of_an_integration(any_world: World, account: Account) -> None:
    world = any_world
    other = Contact(owner_id=world.member.user.id, first_name="Ann")
    integration = connect(world)
    made = contact_of(world, integration)
    world.api.add(other)
    path = f"/integration/{integration['id']}/contacts"
    assert drive(world, world.member, "GET", path) == [made]
    assert drive(world, world.member, "GET", f"{path}/{made['id']}") == made
    assert world.call(world.member, "GET", f"{path}/{pid(other)}").status_code == 404
    assert world.call(world.member, "GET", f"{path}?first_name=Nobody").json() == []
    assert world.call(world.member, "GET", f"{path}?search=doe&sort=last_name").json() == [made]
    assert world.call(world.admin, "GET", path).status_code == 404


@pytest.mark.operation("create-event")
def test_create_event(any_world: World, account: Account) -> None:
    world = any_world
    integration = connect(world, type="events")
    ids = {"team": world.member.team, "users": [world.admin.id] * 2, "host": world.member.id}
    path, sent = f"/integration/{integration['id']}/event", {**EVENT, **ids}
    made = drive(world, world.member, "POST", path, 201, json=sent)
    assert_documented(made, {**sent, "users": [world.admin.id]})
    assert (made["name"], made["users"], made["host"]) == (EVENT["name"], [world.admin.id], world.member.id)
    assert (made["start"], made["end"]) == ("2018-09-15T20:53:00.000Z", "2018-09-16T00:53:00.000Z")
    assert (made["timezone"], made["chat"]) == ("-0500", made["id"])
    chat = world.api.get(Chat, made["chat"])
    assert (chat.type, chat.room_number, chat.conf_pin) == (
        "meeting",
        made["roomNumber"],
        made["conf_pin"],
    )
    shown = world.call(world.admin, "GET", f"/chat/{made['chat']}?populate=users").json()
    assert {user["id"] for user in shown["users"]} == {world.member.id, world.admin.id}
    assert (shown["name"], shown["purpose"]) == (EVENT["name"], EVENT["notes"])
    (there,) = account.all("events")
    assert (there.name, there.attendees) == (EVENT["name"], (world.admin.user.email,))
    assert there.start == datetime.fromisoformat("2018-09-15T15:53:00-05:00")
    assert there.timezone == "Etc/GMT+5"
    assert there.notes.startswith(EVENT["notes"])
    assert f"chat={made['id']}" in there.notes
    assert f"PIN: {made['conf_pin']}" in there.notes


@pytest.mark.operation("list-events")
def test_list_events(any_world: World, account: Account) -> None:
    world = any_world
    integration = connect(world, type="events")
    later = meeting(world, integration, start="2018-09-16T15:53:00", end="2018-09-16T19:53:00")
    sooner = meeting(world, integration)
    path = f"/integration/{integration['id']}/event"
    assert drive(world, world.member, "GET", path) == [sooner, later]
    assert world.call(world.admin, "GET", path).status_code == 404
    found = world.call(
        world.member, "GET", path, params={"where": '{"start": {">": "2018-09-16T12:00:00Z"}}'}
    )
    assert found.json() == [later]
    path = f"/integration/{connect(world)['id']}/event"
    assert world.call(world.member, "GET", path).json() == [], "it has contacts"
    assert (
        world.call(world.member, "POST", path, json={**EVENT, "users": [], "host": None}).status_code == 409
    )


@pytest.mark.operation("update-event")
def test_update_event(any_world: World, account: Account) -> None:
    world = any_world
    integration = connect(world, type="events")
    made = meeting(world, integration)
    path = f"/integration/{integration['id']}/event/{made['id']}"
    sent = {**EVENT, "users": [], "host": world.member.id, "timezone": "America/Toronto", "name": "Moved"}
    changed = drive(world, world.member, "PATCH", path, json=sent)
    assert (changed["name"], changed["users"], changed["team"]) == ("Moved", [], world.member.team)
    assert (changed["timezone"], changed["start"]) == ("America/Toronto", "2018-09-15T19:53:00.000Z")
    chat = world.call(world.member, "GET", f"/chat/{made['chat']}?populate=users").json()
    assert (chat["name"], [user["id"] for user in chat["users"]]) == ("Moved", [world.member.id])
    assert world.call(world.admin, "GET", f"/chat/{made['chat']}").status_code == 404
    (there,) = account.all("events")
    assert (there.name, there.timezone, there.attendees) == ("Moved", "America/Toronto", ())
    only = world.call(world.member, "PATCH", path, json={"notes": "Bring cake"}).json()
    assert {**changed, "notes": "Bring cake", "updated_at": only["updated_at"]} == only


@pytest.mark.operation("delete-event")
def test_delete_event(any_world: World, account: Account) -> None:
    world = any_world
    integration = connect(world, type="events")
    made = meeting(world, integration)
    path = f"/integration/{integration['id']}/event/{made['id']}"
    body = {**EVENT, "timezone": "America/Toronto"}
    gone = world.api.client.request("DELETE", f"/v1{path}", headers=world.member.headers, json=body)
    assert (gone.status_code, gone.json()) == (200, made)
    assert account.all("events") == []
    assert world.call(world.member, "GET", f"/integration/{integration['id']}/event").json() == []
    chat = world.call(world.admin, "GET", f"/chat/{made['chat']}").json()
    assert chat["archived_at"] is not None
    again = meeting(world, integration)
    assert drive(world, world.member, "DELETE", f"/integration/{integration['id']}/event/{again['id']}")


@pytest.mark.operation("add-event-guest", "remove-event-guest")
def test_guests_of_an_event(any_world: World, account: Account) -> None:
    world = any_world
    integration = connect(world, type="events")
    made = meeting(world, integration, users=[])
    path = f"/integration/{integration['id']}/event/{made['id']}/user"
    emails = ["user1@example.com", "user2@example.com"]
    added = drive(world, world.member, "POST", path, 201, json={"emails": emails})
    assert added["guests"] == emails
    assert account.all("events")[0].attendees == tuple(emails)
    invited = world.call(
        world.member, "POST", f"/team/{made['team']}/guest/exists", json={"emails": emails}
    ).json()
    assert [guest["exists"] for guest in invited] == [True, True]
    member = world.call(world.member, "POST", path, json={"emails": [world.admin.user.email, emails[0]]})
    assert (member.json()["users"], member.json()["guests"]) == ([world.admin.id], emails)
    assert world.call(world.admin, "GET", f"/chat/{made['chat']}").status_code == 200
    left = drive(world, world.member, "DELETE", f"{path}/{emails[0]}")
    assert left["guests"] == emails[1:]
    assert account.all("events")[0].attendees == (world.admin.user.email, emails[1])
    assert world.call(world.member, "DELETE", f"{path}/{emails[0]}").status_code == 404
