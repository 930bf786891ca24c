"""Contacts of an integration, both ways, with a provider in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models import (
    Contact,
    ContactLink,
    Integration,
    Outbox,
    Revocation,
    Role,
    Team,
    TeamUser,
    User,
    UserStatus,
    utcnow,
)
from models.integration import contact_changed, contact_deleted, link_all_contacts, note, revoke
from providers.integrations import base
from providers.integrations.base import ProviderContact
from providers.integrations.grants import seal, unseal
from switchroom.database import session
from tests.support.integrations import ACCOUNT, SECRET, Account, FakeIntegration, Killed, account
from workers.jobs import integrations as jobs
from workers.jobs import revoke_grant as revocations
from workers.jobs.contact_sync import GRACE
from workers.resources import Resources

__all__ = ["account"]
pytestmark = pytest.mark.service

JANE = ProviderContact(
    first_name="Jane", last_name="Doe", email="Jane@Example.com", work_number="(416) 555-0100"
)


class Desk:
    """A user with an integration, who works with contacts here while the provider has its own."""

    def __init__(self, resources: Resources, account: Account) -> None:
        self.resources, self.account = resources, account
        user = User(email="user@example.org")
        team = Team(team_name="T", slug="t", owner_id=user.id, country="Canada", billing_id=1, number=1)
        self.user_id, self.team_id = user.id, team.id
        member = TeamUser(team_id=team.id, user_id=user.id, role=Role.MEMBER.value)
        with session(resources.engine) as db:
            for row in (user, team, member):
                db.add(row)
                db.flush()
        self.id = self.connect()

    def connect(self) -> str:
        sealed = seal(self.resources.settings, base.Grant(ACCOUNT, SECRET, "refresh"))
        row = Integration(
            user_id=self.user_id, type="contacts", provider="google", email=ACCOUNT, sealed_grant=sealed
        )
        with session(self.resources.engine) as db:
            db.add(row)
            db.flush()
            link_all_contacts(db, row)
        return row.id

    def sync(self) -> None:
        assert jobs.sync_integration(self.id) is None

    def row(self) -> Integration:
        with session(self.resources.engine, readonly=True) as db:
            return db.get_one(Integration, self.id)

    def contacts(self) -> list[Contact]:
        with session(self.resources.engine, readonly=True) as db:
            return list(db.exec(select(Contact).order_by(col(Contact.id))))

    def links(self) -> list[ContactLink]:
        with session(self.resources.engine, readonly=True) as db:
            return list(db.exec(select(ContactLink)))

    def create(self, **fields: Any) -> Contact:
        contact = Contact(owner_id=self.user_id, **fields)
        with session(self.resources.engine) as db:
            db.add(contact)
            contact_changed(db, contact)
        return contact

    def change(self, contact: Contact, **fields: Any) -> None:
        with session(self.resources.engine) as db:
            row = db.get_one(Contact, contact.id)
            for name, value in fields.items():
                setattr(row, name, value)
            contact_changed(db, row)

    def delete(self, contact: Contact) -> None:
        with session(self.resources.engine) as db:
            row = db.get_one(Contact, contact.id)
            contact_deleted(db, row)
            db.delete(row)

    def told(self) -> list[dict[str, Any]]:
        """Return what the user's clients were told, oldest first."""
        with session(self.resources.engine, readonly=True) as db:
            rows = db.exec(select(Outbox).where(Outbox.kind == "event").order_by(col(Outbox.id)))
            return [row.payload for row in rows]

    def dropped(self) -> list[dict[str, Any]]:
        return [event["data"]["dropped"] for event in self.told() if event["verb"] == "messaged"]

    def there(self) -> list[ProviderContact]:
        return self.account.all("contacts")


MakeDesk = Callable[[Resources], Desk]


@pytest.fixture
def make_desk(account: Account, monkeypatch: pytest.MonkeyPatch) -> MakeDesk:
    def make(resources: Resources) -> Desk:
        monkeypatch.setattr(jobs, "get_resources", lambda: resources)
        monkeypatch.setattr(revocations, "get_resources", lambda: resources)
        return Desk(resources, account)

    return make


@pytest.fixture
def desk(resources: Resources, make_desk: MakeDesk) -> Desk:
    return make_desk(resources)


def names(contacts: list[Any]) -> list[str]:
    return [contact.first_name for contact in contacts]


def test_contacts_come_from_the_provider(both: Resources, make_desk: MakeDesk) -> None:
    desk = make_desk(both)
    desk.account.put("contacts", JANE)
    desk.sync()
    (contact,) = desk.contacts()
    assert (contact.first_name, contact.last_name, contact.email) == ("Jane", "Doe", "jane@example.com")
    assert contact.work_number == "+14165550100", "by the country of the team"
    assert (contact.owner_id, contact.team_id) == (desk.user_id, None)
    assert desk.row().synced_at is not None
    (there,) = desk.there()
    desk.account.put("contacts", replace(there, first_name="Janet"))
    desk.sync()
    assert names(desk.contacts()) == ["Janet"]
    assert [event["verb"] for event in desk.told() if event["model"] == "contact"] == ["updated"]
    desk.account.remove("contacts", there.id)
    desk.sync()
    assert (desk.contacts(), desk.links()) == ([], [])
    assert desk.account.calls == [], "nothing was sent back"


def test_contacts_go_to_the_provider(both: Resources, make_desk: MakeDesk) -> None:
    desk = make_desk(both)
    contact = desk.create(first_name="Ann", cell_number="+14165550101")
    desk.sync()
    (there,) = desk.there()
    assert (there.first_name, there.cell_number, there.work_number) == ("Ann", "+14165550101", None)
    desk.change(contact, last_name="Lee")
    desk.sync()
    assert [row.last_name for row in desk.there()] == ["Lee"]
    desk.delete(contact)
    desk.sync()
    assert (desk.there(), desk.links()) == ([], [])
    assert desk.account.calls == ["create_contacts", "update_contacts", "delete_contacts"]
    assert desk.row().state == "connected"


def test_a_second_synchronization_sends_and_changes_nothing(desk: Desk) -> None:
    desk.account.put("contacts", JANE)
    desk.create(first_name="Ann")
    desk.sync()
    before = [(contact.id, contact.updated_at) for contact in desk.contacts()]
    desk.sync()
    assert [(contact.id, contact.updated_at) for contact in desk.contacts()] == before
    assert desk.account.calls == ["create_contacts"]
    row = desk.row()
    assert row.synced_at is not None
    assert row.updated_at < row.synced_at, "a synchronization changes no ETag"


def test_the_providers_row_wins_and_the_user_is_told(both: Resources, make_desk: MakeDesk) -> None:
    desk = make_desk(both)
    there = desk.account.put("contacts", JANE)
    desk.sync()
    desk.change(desk.contacts()[0], first_name="Joan", home_number="+14165550109")
    desk.account.put("contacts", replace(there, last_name="Smith"))
    desk.sync()
    (contact,) = desk.contacts()
    assert (contact.first_name, contact.last_name, contact.home_number) == ("Jane", "Smith", None)
    assert desk.dropped() == [{"first_name": "Joan", "home_number": "+14165550109"}]
    assert desk.account.calls == []


def test_a_conflict_while_it_is_sent_is_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    there = desk.account.put("contacts", JANE)
    desk.sync()
    desk.change(desk.contacts()[0], first_name="Joan")
    update = desk.account.put
    once = iter([True])

    def meanwhile(running: Any, go_on: Any = jobs._Sync.go_on) -> Any:
        if next(once, False):
            update("contacts", replace(there, last_name="Smith"))
        return go_on(running)

    monkeypatch.setattr(jobs._Sync, "go_on", meanwhile)
    desk.sync()
    assert [(c.first_name, c.last_name) for c in desk.contacts()] == [("Jane", "Smith")]
    assert desk.dropped() == [{"first_name": "Joan"}]


def test_a_deletion_here_loses_against_a_change_there(desk: Desk) -> None:
    there = desk.account.put("contacts", JANE)
    desk.sync()
    desk.delete(desk.contacts()[0])
    desk.account.put("contacts", replace(there, last_name="Smith"))
    desk.sync()
    assert [contact.last_name for contact in desk.contacts()] == ["Smith"]
    assert desk.dropped() == [{"deleted": True}]
    assert len(desk.there()) == 1


def test_a_number_that_is_none_is_kept_out_and_not_lost_there(desk: Desk) -> None:
    long = "x" * 150
    desk.account.put(
        "contacts", replace(JANE, home_number="ask Bob", cell_number="12", last_name=long, email="none")
    )
    desk.sync()
    (contact,) = desk.contacts()
    assert (contact.home_number, contact.cell_number, contact.email) == (None, None, None)
    assert contact.last_name == long[:100]
    desk.change(contact, first_name="Janet", cell_number="+14165550102")
    desk.sync()
    (there,) = desk.there()
    assert (there.first_name, there.cell_number) == ("Janet", "+14165550102")
    assert (there.home_number, there.last_name, there.email) == ("ask Bob", long, "none")
    assert there.work_number == "(416) 555-0100", "as the user wrote it there"


def test_a_row_that_says_nothing_makes_no_contact(desk: Desk) -> None:
    row = desk.account.put("contacts", ProviderContact(work_number="?"))
    desk.sync()
    assert desk.contacts() == []
    desk.account.put("contacts", replace(row, first_name="Ann"))
    desk.sync()
    assert names(desk.contacts()) == ["Ann"]
    assert desk.dropped() == []


def test_a_worker_that_is_killed_after_the_provider_created_it_makes_no_second_one(
    both: Resources, make_desk: MakeDesk
) -> None:
    desk = make_desk(both)
    desk.create(first_name="Ann")
    desk.account.dies_after.add("create_contacts")
    with pytest.raises(Killed):
        desk.sync()
    desk.change(desk.contacts()[0], last_name="Lee")
    desk.account.hides_new = True
    desk.sync()
    assert len(desk.there()) == 1, "the provider's list lags behind, so it waits"
    desk.account.hides_new = False
    desk.sync()
    assert [(row.first_name, row.last_name) for row in desk.there()] == [("Ann", "Lee")]
    assert len(desk.contacts()) == len(desk.links()) == 1


def test_a_contact_that_never_arrived_is_sent_again(desk: Desk) -> None:
    desk.create(first_name="Ann")
    desk.account.fails["create_contacts"] = Killed()
    with pytest.raises(Killed):
        desk.sync()
    desk.account.fails.clear()
    desk.sync()
    assert desk.there() == []
    with session(desk.resources.engine) as db:
        (link,) = db.exec(select(ContactLink)).all()
        assert link.sent_at is not None
        link.sent_at -= GRACE + timedelta(seconds=1)
    desk.sync()
    assert names(desk.there()) == ["Ann"]


@pytest.mark.parametrize("method", ["update_contacts", "delete_contacts"])
def test_a_worker_that_is_killed_after_a_change_is_followed_by_one_that_agrees(
    desk: Desk, method: str
) -> None:
    contact = desk.create(first_name="Ann")
    desk.sync()
    if method == "update_contacts":
        desk.change(contact, first_name="Anna")
    else:
        desk.delete(contact)
    desk.account.dies_after.add(method)
    with pytest.raises(Killed):
        desk.sync()
    desk.sync()
    expected = ["Anna"] if method == "update_contacts" else []
    assert names(desk.there()) == names(desk.contacts()) == expected
    assert desk.dropped() == []


def test_an_import_that_breaks_off_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(450):
        desk.account.put("contacts", replace(JANE, first_name=f"n{n}"))
    calls = iter([True, True, False])
    with monkeypatch.context() as patch:
        patch.setattr(jobs._Sync, "go_on", lambda _: next(calls))
        assert jobs.sync_integration(desk.id) is not None, "it is enqueued again"
    assert len(desk.contacts()) == 400
    desk.sync()
    assert len(desk.contacts()) == len(desk.links()) == 450
    assert [event for event in desk.told() if event["model"] == "contact"] == []


def test_an_expired_cursor_reads_all_and_finds_what_is_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, stays = (
        desk.account.put("contacts", JANE),
        desk.account.put("contacts", replace(JANE, first_name="Ann")),
    )
    desk.sync()
    desk.account.remove("contacts", gone.id)
    desk.account.put("contacts", replace(stays, first_name="Anna"))
    read, expired = FakeIntegration.contacts, iter([True])

    def once(self: FakeIntegration, cursor: str | None) -> Any:
        if cursor is not None and next(expired, False):
            raise base.CursorExpired("too old")
        return read(self, cursor)

    monkeypatch.setattr(FakeIntegration, "contacts", once)
    desk.sync()
    assert names(desk.contacts()) == ["Anna"]


def test_a_user_who_connects_again_gets_no_contact_twice(both: Resources, make_desk: MakeDesk) -> None:
    desk = make_desk(both)
    desk.account.put("contacts", JANE)
    desk.create(first_name="Ann")
    desk.sync()
    with session(both.engine) as db:
        revoke(db, db.get_one(Integration, desk.id))
    assert (len(desk.contacts()), desk.links()) == (2, []), "the contacts stay"
    desk.id = desk.connect()
    desk.sync()
    assert (len(desk.contacts()), len(desk.there())) == (2, 2)


def test_a_contact_of_the_organization_is_left_alone(desk: Desk) -> None:
    there = desk.account.put("contacts", JANE)
    desk.sync()
    contact = desk.contacts()[0]
    desk.change(contact, team_id=desk.team_id, first_name="Ours")
    desk.account.put("contacts", replace(there, first_name="Theirs"))
    desk.sync()
    assert (names(desk.contacts()), names(desk.there())) == (["Ours"], ["Theirs"])
    desk.account.remove("contacts", there.id)
    desk.sync()
    assert names(desk.contacts()) == ["Ours"]
    shared = desk.create(first_name="New", team_id=desk.team_id)
    desk.sync()
    assert desk.there() == []
    assert shared.id not in {link.contact_id for link in desk.links()}


def test_a_contact_that_the_provider_does_not_take_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = FakeIntegration.create_contact

    def picky(self: FakeIntegration, contact: ProviderContact) -> ProviderContact:
        if contact.first_name == "Bad":
            raise base.ProviderError("The provider refuses it")
        return create(self, contact)

    monkeypatch.setattr(FakeIntegration, "create_contact", picky)
    for name in ("Ann", "Bad", "Bob"):
        desk.create(first_name=name)
    desk.sync()
    assert names(desk.there()) == ["Ann", "Bob"]
    assert (desk.row().state, desk.row().problem) == ("error", "The provider refuses it")


def test_a_provider_that_fails_is_left_in_peace(desk: Desk) -> None:
    desk.account.fails["list_contacts"] = base.ProviderError("Too many requests", retry_after=1800)
    desk.sync()
    row = desk.row()
    assert (row.state, row.problem, row.failures) == ("error", "Too many requests", 1)
    assert row.not_before is not None
    assert timedelta(minutes=29) < row.not_before - utcnow() <= timedelta(minutes=30)
    desk.account.fails.clear()
    desk.account.put("contacts", JANE)
    desk.sync()
    assert desk.contacts() == [], "it waits"
    jobs.sync_integrations()
    assert desk.resources.redis.llen("rq:queue:default") == 0
    with session(desk.resources.engine) as db:
        db.get_one(Integration, desk.id).not_before = utcnow()
    desk.sync()
    assert (names(desk.contacts()), desk.row().state, desk.row().failures) == (["Jane"], "connected", 0)


def test_waits_grow(desk: Desk) -> None:
    desk.account.fails["list_contacts"] = base.ProviderError("away")
    waits = []
    for _ in range(3):
        with session(desk.resources.engine) as db:
            db.get_one(Integration, desk.id).not_before = None
        desk.sync()
        waits.append(round((desk.row().not_before - utcnow()).total_seconds()))  # type: ignore[operator]
    assert waits == [60, 120, 240]


def test_a_refused_grant_asks_the_user_to_connect_again(desk: Desk) -> None:
    desk.account.fails["list_contacts"] = base.GrantRefused("The user took the consent back")
    desk.sync()
    assert (desk.row().state, desk.row().problem) == ("reconnect", "The user took the consent back")
    (event,) = [event for event in desk.told() if event["model"] == "integration"]
    assert (event["data"]["state"], event["audience"]["users"]) == ("reconnect", [desk.user_id])
    desk.account.fails.clear()
    desk.account.put("contacts", JANE)
    desk.sync()
    jobs.sync_integrations()
    assert desk.contacts() == []
    assert desk.resources.redis.llen("rq:queue:default") == 0


def test_a_grant_that_was_refreshed_is_kept(desk: Desk) -> None:
    desk.account.refreshes = True
    desk.sync()
    grant = unseal(desk.resources.settings, desk.row().sealed_grant)
    assert (grant.access_token, grant.refresh_token) == ("refreshed", "refresh")


@pytest.mark.parametrize("outcome", ["renewed", "refused"])
def test_a_grant_that_a_request_renews_meanwhile_is_right(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    settings = desk.resources.settings

    def listed(self: FakeIntegration, cursor: str | None) -> base.Changes[ProviderContact]:
        with session(desk.resources.engine) as db:
            newer = seal(settings, base.Grant(ACCOUNT, "the request's"))
            note(db, desk.id, sealed_grant=newer)
        if outcome == "refused":
            raise base.GrantRefused("It was used")
        self.keep(base.Grant(ACCOUNT, "the worker's"))
        return base.Changes([], [], "1")

    monkeypatch.setattr(FakeIntegration, "contacts", listed)
    desk.sync()
    row = desk.row()
    assert (row.state, unseal(settings, row.sealed_grant).access_token) == ("connected", "the request's")


def test_one_at_a_time(desk: Desk) -> None:
    lock = desk.resources.redis.lock(desk.resources.keys.sync(desk.id), timeout=30)
    assert lock.acquire(blocking=False)
    desk.account.put("contacts", JANE)
    assert jobs.sync_integration(desk.id) is not None, "it is tried again in a moment"
    assert desk.contacts() == []
    lock.release()
    desk.sync()
    assert len(desk.contacts()) == 1


def test_a_user_who_may_not_sign_in_is_not_synchronized(desk: Desk) -> None:
    with session(desk.resources.engine) as db:
        db.get_one(User, desk.user_id).status = UserStatus.DEACTIVATED.value
    desk.account.put("contacts", JANE)
    desk.sync()
    assert desk.contacts() == []


def test_no_secret_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    desk.account.put("contacts", JANE)
    desk.sync()
    desk.account.fails["list_contacts"] = base.ProviderError("away")
    desk.sync()
    logged = "".join(str(record.__dict__) for record in caplog.records)
    for secret in (SECRET, "refresh", "Jane", "jane@", "4165550100"):
        assert secret not in logged


def ended(desk: Desk) -> str:
    with session(desk.resources.engine) as db:
        revoke(db, db.get_one(Integration, desk.id))
        return db.exec(select(Revocation.id)).one()


def test_a_grant_is_revoked_and_tried_again(desk: Desk) -> None:
    with session(desk.resources.engine) as db:
        db.get_one(Integration, desk.id).watch_id = "w"
    desk.account.watches["w"] = "s"
    dead = ended(desk)
    desk.account.fails["revoke"] = base.ProviderError("away")
    with pytest.raises(base.ProviderError):
        revocations.revoke_grant(dead)
    desk.account.fails.clear()
    revocations.revoke_grant(dead)
    assert (desk.account.revoked, desk.account.watches) == (1, {})
    with session(desk.resources.engine, readonly=True) as db:
        assert db.exec(select(Revocation)).all() == []
    revocations.revoke_grant(dead)


def test_an_account_that_is_still_connected_keeps_its_consent(desk: Desk) -> None:
    with session(desk.resources.engine) as db:
        first = db.get_one(Integration, desk.id)
        db.add(
            Integration(**{**first.model_dump(exclude={"id", "created_at", "updated_at"}), "type": "events"})
        )
    revocations.revoke_grant(ended(desk))
    assert desk.account.revoked == 0


def test_a_watch_is_asked_for_and_renewed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.sync()
    assert desk.account.watches == {}, "the address has no https"
    monkeypatch.setattr(desk.resources.settings, "public_url", "https://pbx.example.com")
    desk.sync()
    desk.sync()
    assert desk.account.calls == ["watch contacts https://pbx.example.com/hooks/google"]
    ((watch, secret),) = desk.account.watches.items()
    row = desk.row()
    assert row.watch_id == watch
    assert secret not in str(row.model_dump())
    with session(desk.resources.engine) as db:
        db.get_one(Integration, desk.id).watch_ends_at = utcnow() + timedelta(hours=1)
    desk.sync()
    assert list(desk.account.watches) == [desk.row().watch_id] != [watch]
    desk.account.fails["watch"] = base.ProviderError("no")
    with session(desk.resources.engine) as db:
        db.get_one(Integration, desk.id).watch_ends_at = utcnow()
    desk.sync()
    assert desk.row().state == "connected"
