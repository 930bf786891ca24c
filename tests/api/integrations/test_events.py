"""Events over HTTP: what is left when the provider fails, who comes into the chat, times and zones."""

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from models import Chat, Contact, ContactLink, Integration, IntegrationEvent, Outbox, TeamUser
from providers.integrations import base
from providers.integrations.grants import unseal
from tests.contract.sections.test_integrations import EVENT, connect, meeting
from tests.support.api.rooms import guest_in
from tests.support.api.world import World, any_world, world
from tests.support.integrations import ACCOUNT, SECRET, Account, FakeIntegration, account

__all__ = ["account", "any_world", "world"]
pytestmark = pytest.mark.service


def rows(world: World) -> tuple[int, int]:
    """Return how many chats and events there are."""
    with world.api.session() as session:
        return len(session.exec(select(Chat)).all()), len(session.exec(select(IntegrationEvent)).all())


def sent(world: World, **fields: Any) -> dict[str, Any]:
    return {**EVENT, "team": world.member.team, "users": [], "host": world.member.id, **fields}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (base.ProviderError("Google is away"), 503),
        (base.GrantRefused("The user took the consent back"), 409),
        (base.Conflict("changed"), 409),
    ],
)
def test_if_the_provider_fails_nothing_is_left(
    any_world: World, account: Account, error: Exception, status: int
) -> None:
    world = any_world
    integration = connect(world, type="events")
    account.fails["create_events"] = error
    path = f"/integration/{integration['id']}/event"
    answer = world.call(world.member, "POST", path, json=sent(world))
    assert answer.status_code == status, answer.text
    assert rows(world) == (0, 0)
    with world.api.session() as session:
        told = session.exec(select(Outbox).where(Outbox.kind == "event")).all()
        assert {entry.payload["model"] for entry in told} == {"integration"}


def test_a_refused_grant_is_shown_and_mended_by_a_new_code(world: World, account: Account) -> None:
    integration = connect(world, type="events")
    path = f"/integration/{integration['id']}"
    account.fails["create_events"] = base.GrantRefused("The user took the consent back")
    world.call(world.member, "POST", f"{path}/event", json=sent(world))
    shown = world.call(world.member, "GET", path).json()
    assert (shown["state"], shown["problem"]) == ("reconnect", "The user took the consent back")
    account.fails.clear()
    assert world.call(world.member, "POST", f"{path}/event", json=sent(world)).status_code == 409
    again = world.call(world.member, "PATCH", path, json={"code": "fresh"}).json()
    assert (again["state"], again["problem"]) == ("connected", None)
    assert world.call(world.member, "POST", f"{path}/event", json=sent(world)).status_code == 201


@pytest.mark.parametrize("outcome", ["renewed", "refused"])
def test_a_user_who_connects_again_meanwhile_is_right(
    any_world: World, account: Account, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    """A request that still has the old grant neither writes it back nor says that the new one is refused."""
    world = any_world
    integration = connect(world, type="events")
    path = f"/integration/{integration['id']}"

    def create(self: FakeIntegration, event: base.ProviderEvent) -> base.ProviderEvent:
        assert world.call(world.member, "PATCH", path, json={"code": "fresh"}).status_code == 200
        if outcome == "refused":
            raise base.GrantRefused("The user took the consent back")
        self.keep(base.Grant(ACCOUNT, "renewed"))
        return account.put("events", event)  # type: ignore[no-any-return]

    monkeypatch.setattr(FakeIntegration, "create_event", create)
    answer = world.call(world.member, "POST", f"{path}/event", json=sent(world))
    assert answer.status_code == {"renewed": 201, "refused": 503}[outcome], answer.text
    row = world.api.get(Integration, integration["id"])
    assert (row.state, row.problem) == ("connected", None)
    assert unseal(world.api.context.settings, row.sealed_grant).access_token == SECRET


def test_connecting_twice_is_one_integration(any_world: World, account: Account) -> None:
    world = any_world
    first, second = connect(world), connect(world, client="other")
    assert (second["id"], second["client"]) == (first["id"], "other")
    kinds = [
        connect(world, type="events"),
        connect(world, provider="office365"),
        connect(world, code="a@b.example"),
    ]
    assert len({first["id"], *(one["id"] for one in kinds)}) == 4
    assert connect(world, world.admin)["id"] != first["id"]


def test_a_request_that_breaks_off_leaves_what_is_finished_later(
    world: World, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = connect(world, type="events")
    create = FakeIntegration.create_event

    def dies(self: FakeIntegration, event: base.ProviderEvent) -> base.ProviderEvent:
        create(self, event)
        raise RuntimeError("the process ends")

    monkeypatch.setattr(FakeIntegration, "create_event", dies)
    path = f"/integration/{integration['id']}/event"
    assert world.call(world.member, "POST", path, json=sent(world)).status_code == 500
    assert rows(world) == (0, 1), "`tests/workers/jobs/test_event_sync.py` finishes it"
    assert world.call(world.member, "GET", path).json() == []


def test_a_change_that_the_provider_made_meanwhile_is_not_replaced(world: World, account: Account) -> None:
    integration = connect(world, type="events")
    made = meeting(world, integration)
    (there,) = account.all("events")
    account.put("events", replace(there, name="Theirs"))
    path = f"/integration/{integration['id']}/event/{made['id']}"
    for method in ("PATCH", "DELETE"):
        answer = world.call(
            world.member, method, path, **({"json": {"name": "Ours"}} if method == "PATCH" else {})
        )
        assert (answer.status_code, answer.json()["errorType"]) == (409, "conflict")
    assert [event.name for event in account.all("events")] == ["Theirs"]
    assert world.call(world.member, "GET", f"/chat/{made['chat']}").json()["name"] == EVENT["name"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"users": ["abc123"]}, "users.0"),
        ({"host": "a" + "0" * 32}, "host"),
        ({"team": "a" + "0" * 32}, "team"),
        ({"end": "2018-09-15T15:53:00"}, "end"),
        ({"start": "1969-12-31T00:00:00"}, "start"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "localtime"}, "timezone"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(world: World, account: Account, fields: dict[str, Any], name: str) -> None:
    integration = connect(world, type="events")
    path = f"/integration/{integration['id']}/event"
    answer = world.call(world.member, "POST", path, json=sent(world, **fields))
    assert (answer.status_code, list(answer.json()["response"])) == (400, [name])
    assert (rows(world), account.all("events")) == ((0, 0), [])


@pytest.mark.parametrize(
    ("zone", "start", "utc", "there"),
    [
        ("-0500", "2026-07-01T12:00:00", "2026-07-01T17:00:00.000Z", "Etc/GMT+5"),
        ("+05:30", "2026-07-01T12:00:00", "2026-07-01T06:30:00.000Z", "UTC"),
        ("America/Toronto", "2026-07-01T12:00:00", "2026-07-01T16:00:00.000Z", "America/Toronto"),
        ("America/Toronto", "2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00.000Z", "America/Toronto"),
        (None, "2026-07-01T12:00:00", "2026-07-01T12:00:00.000Z", "UTC"),
    ],
)
def test_times_without_a_zone_are_of_the_events_zone(
    world: World, account: Account, zone: str | None, start: str, utc: str, there: str
) -> None:
    integration = connect(world, type="events")
    made = meeting(world, integration, timezone=zone, start=start, end="2026-07-02T12:00:00")
    assert made["start"] == utc
    assert account.all("events")[0].timezone == there


def test_an_end_is_later_also_where_the_clocks_jump(world: World, account: Account) -> None:
    """At 2:00 it becomes 3:00: what the clocks do not show, 2:30, is 3:30."""
    integration = connect(world, type="events")
    jump = {"start": "2026-03-08T02:30:00", "end": "2026-03-08T03:15:00", "timezone": "America/Toronto"}
    path = f"/integration/{integration['id']}/event"
    answer = world.call(world.member, "POST", path, json=sent(world, **jump))
    assert (answer.status_code, list(answer.json()["response"])) == (400, ["end"])
    made = meeting(world, integration, **{**jump, "end": "2026-03-08T03:45:00"})
    assert made["start"] < made["end"]
    answer = world.call(world.member, "PATCH", f"{path}/{made['id']}", json={"end": jump["end"]})
    assert (answer.status_code, list(answer.json()["response"])) == (400, ["end"])


def seen_of_chat(world: World, path: str) -> list[Any]:
    (event,) = world.call(world.member, "GET", path).json()
    return [event[name] for name in ("chat", "roomNumber", "conf_pin")]


def test_who_left_the_team_has_nothing_more_of_its_meeting(any_world: World, account: Account) -> None:
    world = any_world
    member = world.member
    world.api.add(
        TeamUser(team_id=str(world.stranger.member and world.stranger.member.team_id), user_id=member.user.id)
    )
    integration = connect(world, type="events")
    made = meeting(world, integration)
    path, chat = f"/integration/{integration['id']}/event", f"/chat/{made['chat']}"
    assert world.call(world.admin, "DELETE", f"/team/{member.team}/users/{member.id}").status_code == 200
    pin = str(world.call(world.admin, "GET", f"{chat}/generateUrl").json()["pin"])
    before = world.call(world.admin, "GET", chat).json()

    assert seen_of_chat(world, path) == [None, None, None]
    changed = world.call(member, "PATCH", f"{path}/{made['id']}", json={"name": "Mine", "users": []})
    assert (changed.status_code, changed.json()["name"]) == (200, "Mine"), "the calendar is theirs"
    emails = {"emails": [world.admin.user.email, "friend@example.org"]}
    assert world.call(member, "POST", f"{path}/{made['id']}/user", json=emails).status_code == 201
    (there,) = account.all("events")
    assert (pin in there.notes, "join" in there.notes) == (False, False)
    assert world.call(member, "DELETE", f"{path}/{made['id']}").status_code == 200

    assert world.call(world.admin, "GET", chat).json() == before, "as it was, and not archived"
    with world.api.session() as session:
        about = select(Outbox).where(Outbox.kind == "event")
        told = [row.payload for row in session.exec(about) if row.payload["model"] == "integrationevent"]
    assert {
        (event["verb"], event["audience"].get("chat")) for event in told if event["verb"] != "created"
    } == {
        ("updated", None),
        ("destroyed", None),
    }


def test_who_was_taken_out_of_the_chat_sees_no_pin_of_it(world: World, account: Account) -> None:
    integration = connect(world, type="events")
    made = meeting(world, integration, host=world.admin.id)
    path, chat = f"/integration/{integration['id']}/event", f"/chat/{made['chat']}"
    assert seen_of_chat(world, path)[0] == made["chat"]
    assert world.call(world.admin, "DELETE", f"{chat}/users/{world.member.id}").status_code == 200
    assert seen_of_chat(world, path) == [None, None, None]
    assert world.call(world.member, "PATCH", f"{path}/{made['id']}", json={"name": "Mine"}).status_code == 200
    assert world.call(world.admin, "GET", chat).json()["name"] == EVENT["name"]


def test_an_event_of_the_provider_keeps_what_is_not_changed(world: World, account: Account) -> None:
    integration = connect(world, type="events")
    made = meeting(world, integration)
    with world.api.session() as session:
        event = session.get_one(IntegrationEvent, made["id"][1:])
        event.team_id, event.location, event.all_day = None, "Room 5", True
    changed = world.call(
        world.member, "PATCH", f"/integration/{integration['id']}/event/{made['id']}", json={"name": "New"}
    )
    assert changed.status_code == 200, changed.text
    (there,) = account.all("events")
    assert (there.name, there.location, there.all_day, there.notes) == ("New", "Room 5", True, EVENT["notes"])


def test_guests_join_the_meeting_by_the_events_id(world: World, account: Account) -> None:
    integration = connect(world, type="events")
    made = meeting(world, integration)
    body = {"firstname": "Gil", "pin": str(made["conf_pin"]), "meeting_id": made["id"]}
    closed = world.call(None, "POST", "/guest/join/meeting", json=body)
    assert closed.status_code == 400, "its chat is locked"
    world.call(world.member, "PATCH", f"/chat/{made['chat']}", json={"locked": False})
    joined = world.call(None, "POST", "/guest/join/meeting", json=body)
    assert (joined.status_code, joined.json()["chat"]) == (200, made["chat"])
    wrong = world.call(None, "POST", "/guest/join/meeting", json={**body, "pin": "1"})
    assert wrong.status_code == 400


def test_a_guest_of_the_team_reaches_no_event(world: World, account: Account) -> None:
    integration = connect(world, type="events")
    made = meeting(world, integration)
    chat = world.api.get(Chat, made["chat"])
    guest = guest_in(world, chat)
    assert world.call(guest, "GET", f"/chat/{made['chat']}").status_code == 200
    assert world.call(guest, "GET", f"/integration/{integration['id']}/event").status_code == 404


def test_a_guest_who_cannot_be_invited_is_no_attendee(
    world: World, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = connect(world, type="events")
    made = meeting(world, integration, users=[])
    monkeypatch.setattr(world.api.context.settings, "quota_guests", 0)
    path = f"/integration/{integration['id']}/event/{made['id']}"
    answer = world.call(world.member, "POST", f"{path}/user", json={"emails": ["new@example.org"]})
    assert answer.status_code == 409, answer.text
    assert [event.attendees for event in account.all("events")] == [()]
    assert world.call(world.member, "PATCH", path, json={"name": "New"}).status_code == 409, (
        "it is read again"
    )


def test_a_personal_contact_belongs_to_the_oldest_integration(any_world: World, account: Account) -> None:
    world = any_world
    before = Contact(owner_id=world.member.user.id, first_name="Before")
    others = Contact(owner_id=world.admin.user.id, first_name="Another's")
    world.api.add(before, others)
    first = connect(world)
    second = connect(world, provider="office365")
    after = world.call(world.member, "POST", "/contact", json={"first_name": "After"}).json()
    shared = {"first_name": "Shared", "team": world.member.team}
    world.call(world.member, "POST", "/contact", json=shared)
    names = {
        one["id"]: [
            contact["first_name"]
            for contact in world.call(world.member, "GET", f"/integration/{one['id']}/contacts").json()
        ]
        for one in (first, second)
    }
    assert names == {first["id"]: ["Before", "After"], second["id"]: []}
    world.call(world.member, "DELETE", f"/contact/{after['id']}")
    with world.api.session() as session:
        assert sorted(link.contact_id or "" for link in session.exec(select(ContactLink))) == ["", before.id]
        assert (
            session.exec(select(Integration.email).where(Integration.id == first["id"][1:])).one() == ACCOUNT
        )
