"""Google's contacts: lists of changes, and writing one without losing what is not ours."""

from dataclasses import replace

import pytest

from providers.integrations import Conflict, CursorExpired, ProviderContact
from tests.support.providers.connecting import ANN, Connected, connected
from tests.support.providers.google import FakeGoogle

pytestmark = pytest.mark.unit


@pytest.fixture
def ann(google: FakeGoogle) -> Connected:
    return connected(google.settings, "google", google.oauth.code(ANN))


def only(ann: Connected) -> ProviderContact:
    (contact,) = ann.integration.contacts(None).rows
    return contact


def test_all_pages_are_read(google: FakeGoogle, ann: Connected) -> None:
    google.page_size = 2
    for number in range(5):
        google.put_contact(ANN, f"c{number}", names=[{"givenName": f"Zoë {number}", "familyName": "Müller"}])
    found = ann.integration.contacts(None)
    assert [row.first_name for row in found.rows] == [f"Zoë {number}" for number in range(5)]
    assert found.rows[0].id == "people/c0"
    assert found.rows[0].last_name == "Müller"
    assert len(google.requests) == 3


def test_only_what_changed_is_read(google: FakeGoogle, ann: Connected) -> None:
    for id in ("c1", "c2", "c3"):
        google.put_contact(ANN, id, names=[{"givenName": id}])
    first = ann.integration.contacts(None)
    google.put_contact(ANN, "c2", names=[{"givenName": "李"}])
    google.mailbox(ANN).contacts.remove("people/c3")
    changes = ann.integration.contacts(first.cursor)
    assert [(row.id, row.first_name) for row in changes.rows] == [("people/c2", "李")]
    assert changes.deleted == ["people/c3"]
    assert ann.integration.contacts(changes.cursor).rows == []


def test_contacts_that_were_merged_into_one_are_gone(google: FakeGoogle, ann: Connected) -> None:
    google.put_contact(ANN, "c1", metadata={"previousResourceNames": ["people/c0"]})
    assert ann.integration.contacts(None).deleted == ["people/c0"]


def test_a_cursor_that_expired_is_told(google: FakeGoogle, ann: Connected) -> None:
    cursor = ann.integration.contacts(None).cursor
    google.mailbox(ANN).contacts.forget()
    with pytest.raises(CursorExpired, match="EXPIRED_SYNC_TOKEN"):
        ann.integration.contacts(cursor)


def test_numbers_go_by_their_types(google: FakeGoogle, ann: Connected) -> None:
    google.put_contact(
        ANN,
        "c1",
        names=[{"givenName": "Zoë"}],
        emailAddresses=[
            {"value": "old@example.com", "metadata": {"primary": False}},
            {"value": "zoe@example.com"},
        ],
        phoneNumbers=[
            {"value": "+1 416 555 0199", "type": "workFax"},
            {"value": "+1 416 555 0101", "type": "main"},
            {"value": "(416) 555-0100", "type": "work"},
            {"value": "+1 416 555 0102", "type": "home"},
            {"value": "+1 416 555 0103", "type": "Summer house"},
        ],
    )
    contact = only(ann)
    assert contact.work_number == "(416) 555-0100"
    assert contact.home_number == "+1 416 555 0102"
    assert contact.cell_number == "+1 416 555 0103"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"names": [{"displayName": "Zoë the plumber"}]}, "Zoë the plumber"),
        ({"organizations": [{"name": "Plumbers Ltd."}]}, "Plumbers Ltd."),
        ({}, ""),
    ],
)
def test_a_contact_without_a_name(
    google: FakeGoogle, ann: Connected, fields: dict[str, object], name: str
) -> None:
    google.put_contact(ANN, "c1", phoneNumbers=[{"value": "+14165550100"}], **fields)
    contact = only(ann)
    assert (contact.first_name, contact.last_name, contact.cell_number) == (name, "", "+14165550100")
    ann.integration.update_contact(replace(contact, email="zoe@example.com"))
    assert google.mailbox(ANN).contacts.rows["people/c1"].get("names") == fields.get("names")


def test_a_contact_is_created(google: FakeGoogle, ann: Connected) -> None:
    made = ann.integration.create_contact(
        ProviderContact(
            first_name="Zoë", last_name="Müller", email="zoe@example.com", work_number="+14165550100"
        )
    )
    assert made == only(ann)
    assert google.mailbox(ANN).contacts.rows[made.id] == {
        "names": [{"givenName": "Zoë", "familyName": "Müller"}],
        "emailAddresses": [{"value": "zoe@example.com"}],
        "phoneNumbers": [{"value": "+14165550100", "type": "work"}],
    }


def test_a_change_keeps_what_is_not_ours(google: FakeGoogle, ann: Connected) -> None:
    google.put_contact(
        ANN,
        "c1",
        names=[
            {"givenName": "Zoë", "familyName": "Müller", "middleName": "A.", "displayName": "Zoë A. Müller"}
        ],
        emailAddresses=[{"value": "zoe@example.com", "type": "home"}, {"value": "z@example.com"}],
        phoneNumbers=[
            {"value": "1", "type": "workFax"},
            {"value": "2", "type": "work"},
            {"value": "3", "type": "work"},
            {"value": "4", "type": "home"},
        ],
    )
    before = only(ann)
    changed = replace(before, last_name="Meier", work_number="22", home_number=None, cell_number="5")
    after = ann.integration.update_contact(changed)
    assert after == replace(changed, revision=after.revision)
    assert after.revision != before.revision
    row = google.mailbox(ANN).contacts.rows["people/c1"]
    assert row["names"] == [{"givenName": "Zoë", "familyName": "Meier", "middleName": "A."}]
    assert [entry["value"] for entry in row["emailAddresses"]] == ["zoe@example.com", "z@example.com"]
    assert [(entry["type"], entry["value"]) for entry in row["phoneNumbers"]] == [
        ("workFax", "1"), ("work", "22"), ("work", "3"), ("mobile", "5"),
    ]  # fmt: skip
    assert google.requests[-1].args["updatePersonFields"] == "names,phoneNumbers"


def test_a_name_and_an_address_are_cleared(google: FakeGoogle, ann: Connected) -> None:
    google.put_contact(ANN, "c1", names=[{"givenName": "Zoë"}], emailAddresses=[{"value": "zoe@example.com"}])
    after = ann.integration.update_contact(replace(only(ann), first_name="", email=None))
    assert (after.first_name, after.email) == ("", None)


def test_nothing_is_written_if_nothing_changed(google: FakeGoogle, ann: Connected) -> None:
    google.put_contact(ANN, "c1", names=[{"givenName": "Zoë"}])
    contact = only(ann)
    assert ann.integration.update_contact(contact) == contact
    assert [request.method for request in google.requests] == ["GET", "GET"]


def test_a_contact_that_changed_meanwhile_is_a_conflict(google: FakeGoogle, ann: Connected) -> None:
    google.put_contact(ANN, "c1", names=[{"givenName": "Zoë"}])
    contact = only(ann)
    google.put_contact(ANN, "c1", names=[{"givenName": "Zoe"}])
    with pytest.raises(Conflict):
        ann.integration.update_contact(replace(contact, first_name="Z"))
    with pytest.raises(Conflict):
        ann.integration.delete_contact(contact.id, contact.revision)
    assert only(ann).first_name == "Zoe"


def test_a_contact_that_changes_between_reading_and_writing_is_a_conflict(
    google: FakeGoogle, ann: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    google.put_contact(ANN, "c1", names=[{"givenName": "Zoë"}])
    contact = only(ann)
    read = ann.integration._person  # type: ignore[attr-defined]

    def read_and_change(id: str, revision: str) -> object:
        person = read(id, revision)
        google.put_contact(ANN, "c1", names=[{"givenName": "Zoe"}])
        return person

    monkeypatch.setattr(ann.integration, "_person", read_and_change)
    with pytest.raises(Conflict, match="FAILED_PRECONDITION"):
        ann.integration.update_contact(replace(contact, first_name="Z"))
    assert only(ann).first_name == "Zoe"


def test_a_contact_that_is_gone(google: FakeGoogle, ann: Connected) -> None:
    google.put_contact(ANN, "c1", names=[{"givenName": "Zoë"}])
    contact = only(ann)
    ann.integration.delete_contact(contact.id, contact.revision)
    assert google.mailbox(ANN).contacts.rows == {}
    ann.integration.delete_contact(contact.id, contact.revision)
    with pytest.raises(Conflict):
        ann.integration.update_contact(replace(contact, first_name="Z"))


def test_contacts_cannot_be_watched(google: FakeGoogle, ann: Connected) -> None:
    assert ann.integration.watch("contacts", "https://api.example.com/hooks/google", "secret") is None
