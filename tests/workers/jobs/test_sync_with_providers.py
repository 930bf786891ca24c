"""Integrations as a whole: the api, the workers, and each provider's own protocol on this machine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import Integration, Revocation
from providers.integrations import Integration as Connection
from providers.integrations import ProviderContact, ProviderEvent
from tests.api.conftest import cheap_hashes, make_api
from tests.providers.integrations.conftest import exchange, google, microsoft
from tests.support.api.client import Api
from tests.support.api.world import World, world_of
from tests.support.providers.connecting import ANN, connected
from workers.jobs import integrations as jobs
from workers.jobs import revoke_grant as revocations
from workers.resources import Resources

__all__ = ["cheap_hashes", "exchange", "google", "make_api", "microsoft"]
pytestmark = pytest.mark.service

SOON = (datetime.now(UTC) + timedelta(days=3)).replace(hour=15, minute=0, second=0, microsecond=0)
PASSWORD = "password"


@dataclass
class Desk:
    """A member, and the same person at the provider (`users`)."""

    world: World
    resources: Resources
    provider: str
    fake: Any
    users: Connection

    def connect(self, kind: str) -> dict[str, Any]:
        code = PASSWORD if self.provider == "microsoft" else self.fake.oauth.code(ANN)
        sent = {"type": kind, "provider": self.provider, "client": "desk", "code": code, "email": ANN}
        made = self.call("POST", "/integration", 201, json=sent)
        assert made["email"] == ANN
        return made

    def call(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        answer = self.world.call(self.world.member, method, path, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def sync(self, integration: dict[str, Any]) -> None:
        id = pid_of(integration)
        assert jobs.sync_integration(id) is None
        row = self.world.api.get(Integration, integration["id"])
        assert (row.state, row.problem) == ("connected", None)

    def contacts(self) -> dict[str, ProviderContact]:
        return {row.first_name: row for row in self.users.contacts(None).rows}

    def events(self) -> list[ProviderEvent]:
        return self.users.events(None).rows


def pid_of(integration: dict[str, Any]) -> str:
    return str(integration["id"])[1:]


@pytest.fixture(params=["google", "office365", "microsoft"])
def desk(
    request: pytest.FixtureRequest,
    make_api: Callable[..., Api],
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    name = {"google": "google", "office365": "microsoft", "microsoft": "exchange"}[request.param]
    fake = request.getfixturevalue(name)
    if request.param == "microsoft":
        fake.passwords[ANN] = PASSWORD
        users = connected(fake.settings, "microsoft", PASSWORD, email=ANN)
    else:
        users = connected(fake.settings, request.param, fake.oauth.code(ANN))
    api = make_api(sqlite_url, **fake.settings, public_url="https://desk.example.com")
    context = api.context
    resources = Resources(context.settings, context.engine, context.redis, None)  # type: ignore[arg-type]
    for module in (jobs, revocations):
        monkeypatch.setattr(module, "get_resources", lambda: resources)
    return Desk(world_of(api), resources, request.param, fake, users.integration)


def test_contacts_go_both_ways(desk: Desk) -> None:
    desk.users.create_contact(
        ProviderContact(first_name="Zoë", last_name="李", work_number="+1 416-555-0100")
    )
    integration = desk.connect("contacts")
    desk.sync(integration)
    (zoe,) = desk.call("GET", f"/integration/{integration['id']}/contacts")
    assert (zoe["first_name"], zoe["last_name"], zoe["work_number"]) == ("Zoë", "李", "+14165550100")

    desk.call("PATCH", f"/contact/{zoe['id']}", json={"last_name": "Müller", "email": "zoe@example.com"})
    bob = desk.call("POST", "/contact", 201, json={"first_name": "Bob", "cell_number": "+14165550101"})
    desk.sync(integration)
    there = desk.contacts()
    assert (there["Zoë"].last_name, there["Zoë"].email) == ("Müller", "zoe@example.com")
    # What was not changed here stays as the user wrote it.
    assert there["Zoë"].work_number == "+1 416-555-0100"
    assert there["Bob"].cell_number == "+14165550101"

    desk.users.delete_contact(there["Zoë"].id, there["Zoë"].revision)
    desk.call("DELETE", f"/contact/{bob['id']}")
    desk.sync(integration)
    assert desk.contacts() == {}
    assert desk.call("GET", "/contact") == []


def test_the_users_own_change_wins(desk: Desk) -> None:
    made = desk.users.create_contact(ProviderContact(first_name="Zoë"))
    integration = desk.connect("contacts")
    desk.sync(integration)
    (zoe,) = desk.call("GET", "/contact")
    desk.call("PATCH", f"/contact/{zoe['id']}", json={"first_name": "Ours"})
    theirs = desk.users.update_contact(
        ProviderContact(id=made.id, revision=made.revision, first_name="Theirs")
    )
    desk.sync(integration)
    assert [contact["first_name"] for contact in desk.call("GET", "/contact")] == ["Theirs"]
    assert desk.contacts()["Theirs"] == theirs


def test_a_meeting_goes_both_ways(desk: Desk) -> None:
    integration = desk.connect("events")
    desk.sync(integration)
    world = desk.world
    sent = {
        "name": "Grüße 会議", "team": world.member.team, "users": [world.admin.id], "notes": "About that thing",
        "host": world.member.id, "start": SOON.isoformat(), "end": (SOON + timedelta(hours=1)).isoformat(),
        "timezone": "America/Toronto",
    }  # fmt: skip
    path = f"/integration/{integration['id']}/event"
    made = desk.call("POST", path, 201, json=sent)
    (there,) = desk.events()
    assert (there.name, there.start) == ("Grüße 会議", SOON)
    assert "About that thing" in there.notes
    assert len(there.attendees) == 1

    desk.sync(integration)
    assert [event["id"] for event in desk.call("GET", path)] == [made["id"]]
    desk.call("POST", f"{path}/{made['id']}/user", 201, json={"emails": ["guest@example.com"]})
    (there,) = desk.events()
    assert "guest@example.com" in there.attendees

    later = SOON + timedelta(days=1)
    moved = ProviderEvent(
        there.id, there.revision, "Moved", there.notes, later, later + timedelta(hours=1), there.timezone,
        there.location, there.attendees,
    )  # fmt: skip
    desk.users.update_event(moved)
    desk.sync(integration)
    (event,) = desk.call("GET", path)
    assert (event["name"], datetime.fromisoformat(event["start"])) == ("Moved", later)
    assert event["notes"] == made["notes"]

    desk.call("PATCH", f"{path}/{made['id']}", json={"name": "Ours again"})
    assert [row.name for row in desk.events()] == ["Ours again"]
    desk.call("DELETE", f"{path}/{made['id']}")
    assert desk.events() == []
    desk.sync(integration)
    assert desk.call("GET", path) == []


def test_an_integration_ends(desk: Desk) -> None:
    desk.users.create_contact(ProviderContact(first_name="Zoë"))
    integration = desk.connect("contacts")
    desk.sync(integration)
    desk.call("DELETE", f"/integration/{integration['id']}")
    with desk.world.api.session() as session:
        (row,) = session.exec(select(Revocation)).all()
    revocations.revoke_grant(row.id)
    if desk.provider == "google":
        assert desk.fake.oauth.refresh == {}


def test_a_meeting_of_the_far_future_outlives_a_whole_list(desk: Desk) -> None:
    integration = desk.connect("events")
    desk.sync(integration)
    start = SOON + timedelta(days=500)
    sent = {
        "name": "Far", "team": desk.world.member.team, "users": [], "notes": "", "host": desk.world.member.id,
        "start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(), "timezone": "UTC",
    }  # fmt: skip
    path = f"/integration/{integration['id']}/event"
    made = desk.call("POST", path, 201, json=sent)
    desk.fake.mailbox(ANN).events.forget()
    desk.sync(integration)
    assert [event["id"] for event in desk.call("GET", path)] == [made["id"]]
