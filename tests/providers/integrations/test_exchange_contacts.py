"""Exchange's passwords and contacts."""

import logging
import socket
from dataclasses import replace

import pytest
from exchangelib.protocol import CachingProtocol

from providers.integrations import Conflict, CursorExpired, GrantRefused, ProviderContact, ProviderError
from providers.integrations.choose import authorize, connect
from tests.support.providers.connecting import ANN, Connected, connected, settings_of
from tests.support.providers.exchange import FakeExchange, Interruption, busy, refused

pytestmark = [pytest.mark.unit, pytest.mark.long]

PASSWORD = "pässword"


@pytest.fixture
def ann(exchange: FakeExchange) -> Connected:
    exchange.passwords[ANN] = PASSWORD
    made = connected(exchange.settings, "microsoft", PASSWORD, email="Ann@Example.com")
    # Both folders are known from here on.
    made.integration.contacts(None)
    made.integration.events(None)
    exchange.requests.clear()
    return made


def only(ann: Connected) -> ProviderContact:
    (contact,) = ann.integration.contacts(None).rows
    return contact


def operations(exchange: FakeExchange) -> list[str]:
    return [request.tag.partition("}")[2] for request in exchange.requests]


def test_a_password_is_checked(exchange: FakeExchange) -> None:
    exchange.passwords[ANN] = PASSWORD
    settings = settings_of(exchange.settings)
    grant = authorize(settings, "microsoft", PASSWORD, email="Ann@Example.com")
    assert (grant.account, grant.access_token, grant.refresh_token, grant.expires_at) == (
        ANN,
        PASSWORD,
        None,
        None,
    )
    assert "GetFolder" in operations(exchange)
    with pytest.raises(GrantRefused, match=r"^Exchange: UnauthorizedError: connect again$"):
        authorize(settings, "microsoft", "wrong", email=ANN)


def test_a_password_that_basic_authentication_cannot_carry(exchange: FakeExchange) -> None:
    with pytest.raises(GrantRefused, match="not in ISO 8859-1"):
        authorize(settings_of(exchange.settings), "microsoft", "пароль", email=ANN)


def test_a_windows_domain_goes_before_the_name(exchange: FakeExchange) -> None:
    exchange.passwords["CORP\\ann"] = PASSWORD
    exchange.owners["CORP\\ann"] = ANN
    exchange.put_contact(ANN, "AAMk1", GivenName="Zoë")
    made = connected(exchange.settings, "microsoft", PASSWORD, email=ANN, domain="CORP")
    assert made.grant.domain == "CORP"
    assert only(made).first_name == "Zoë"


@pytest.mark.parametrize("email", [None, "", "ann"])
def test_an_address_is_needed(exchange: FakeExchange, email: str | None) -> None:
    with pytest.raises(ProviderError, match="needs the user's e-mail address"):
        authorize(settings_of(exchange.settings), "microsoft", PASSWORD, email=email)


def test_a_changed_password_is_told(exchange: FakeExchange, ann: Connected) -> None:
    exchange.passwords[ANN] = "another"
    with pytest.raises(GrantRefused):
        connect(settings_of(exchange.settings), "microsoft", ann.grant, print).contacts(None)


def test_no_password_stays_behind(
    exchange: FakeExchange, ann: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    exchange.interruptions = [(200, {}, "no XML")]
    with pytest.raises(ProviderError):
        ann.integration.create_contact(ProviderContact(first_name="Secret name"))
    assert CachingProtocol._protocol_cache == {}
    assert PASSWORD not in repr(ann.grant)
    assert not [record for record in caplog.records if record.name.startswith("exchangelib")]


def test_all_pages_are_read_and_then_only_changes(exchange: FakeExchange, ann: Connected) -> None:
    exchange.page_size = 2
    for number in range(5):
        exchange.put_contact(ANN, f"AAMk{number}", GivenName=f"Zoë {number}", Surname="Müller")
    first = ann.integration.contacts(None)
    assert [row.first_name for row in first.rows] == [f"Zoë {number}" for number in range(5)]
    assert operations(exchange).count("SyncFolderItems") == 3
    for number in range(3):
        exchange.put_contact(ANN, f"AAMk{number}", GivenName="李")
    exchange.mailbox(ANN).contacts.remove("AAMk4")
    changes = ann.integration.contacts(first.cursor)
    assert [(row.id, row.first_name) for row in changes.rows] == [
        (f"AAMk{number}", "李") for number in range(3)
    ]
    assert changes.deleted == ["AAMk4"]
    again = ann.integration.contacts(changes.cursor)
    assert (again.rows, again.deleted) == ([], [])


def test_a_cursor_that_expired_is_told(exchange: FakeExchange, ann: Connected) -> None:
    cursor = ann.integration.contacts(None).cursor
    exchange.mailbox(ANN).contacts.forget()
    with pytest.raises(CursorExpired):
        ann.integration.contacts(cursor)


def test_a_contact_has_the_first_of_each(exchange: FakeExchange, ann: Connected) -> None:
    exchange.put_contact(
        ANN,
        "AAMk1",
        addresses={"EmailAddress1": "zoe@example.com", "EmailAddress2": "z@example.com"},
        numbers={
            "BusinessPhone": "(416) 555-0100",
            "BusinessPhone2": "2",
            "HomePhone": "3",
            "BusinessFax": "9",
        },
        GivenName="Zoë",
    )
    contact = only(ann)
    assert contact == ProviderContact(
        id="AAMk1",
        revision=contact.revision,
        first_name="Zoë",
        email="zoe@example.com",
        work_number="(416) 555-0100",
        home_number="3",
    )


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"DisplayName": "Plumber"}, "Plumber"), ({"CompanyName": "Pipes"}, "Pipes"), ({}, "")],
)
def test_a_contact_without_a_name(
    exchange: FakeExchange, ann: Connected, fields: dict[str, str], name: str
) -> None:
    exchange.put_contact(ANN, "AAMk1", **fields)
    contact = only(ann)
    assert (contact.first_name, contact.last_name) == (name, "")
    ann.integration.update_contact(replace(contact, work_number="+14165550100"))
    row = exchange.row(exchange.mailbox(ANN).contacts, "AAMk1")
    assert row == {**fields, "PhoneNumbers": ""}


def test_a_contact_is_created(exchange: FakeExchange, ann: Connected) -> None:
    wanted = ProviderContact(
        first_name="Zoë",
        last_name="Müller",
        email="zoe@example.com",
        work_number="1",
        home_number="2",
        cell_number="3",
    )
    made = ann.integration.create_contact(wanted)
    assert made == replace(wanted, id=made.id, revision=made.revision)
    assert made == only(ann)
    assert exchange.row(exchange.mailbox(ANN).contacts, made.id)["DisplayName"] == "Zoë Müller"


def test_a_contact_without_anything_is_created(ann: Connected) -> None:
    made = ann.integration.create_contact(ProviderContact(cell_number="3"))
    assert made == ProviderContact(id=made.id, revision=made.revision, cell_number="3")


def test_a_change_keeps_what_is_not_ours(exchange: FakeExchange, ann: Connected) -> None:
    exchange.put_contact(
        ANN,
        "AA/+k1=",
        addresses={"EmailAddress1": "zoe@example.com", "EmailAddress2": "z@example.com"},
        numbers={"BusinessPhone": "1", "BusinessPhone2": "2", "HomePhone": "3", "BusinessFax": "9"},
        GivenName="Zoë",
        JobTitle="Plumber",
    )
    before = only(ann)
    changed = replace(
        before, email=None, work_number="11", home_number=None, cell_number="4", last_name="Müller"
    )
    after = ann.integration.update_contact(changed)
    assert after == replace(changed, revision=after.revision)
    assert after.revision != before.revision
    xml = exchange.mailbox(ANN).contacts.rows["AA/+k1="]["xml"]
    for kept in ("z@example.com", ">2<", ">9<", ">Plumber<", ">11<", ">4<"):
        assert kept in xml
    for gone in ("zoe@example.com", ">3<", ">1<"):
        assert gone not in xml


def test_nothing_is_written_if_nothing_changed(exchange: FakeExchange, ann: Connected) -> None:
    exchange.put_contact(ANN, "AAMk1", GivenName="Zoë")
    contact = only(ann)
    assert ann.integration.update_contact(contact) == contact
    assert "UpdateItem" not in operations(exchange)


def test_a_contact_that_changed_meanwhile_is_a_conflict(exchange: FakeExchange, ann: Connected) -> None:
    exchange.put_contact(ANN, "AAMk1", GivenName="Zoë")
    contact = only(ann)
    exchange.put_contact(ANN, "AAMk1", GivenName="Zoe")
    with pytest.raises(Conflict):
        ann.integration.update_contact(replace(contact, first_name="Z"))
    with pytest.raises(Conflict):
        ann.integration.delete_contact(contact.id, contact.revision)
    assert only(ann).first_name == "Zoe"


def test_a_contact_that_changes_between_reading_and_writing_is_a_conflict(
    exchange: FakeExchange, ann: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.put_contact(ANN, "AAMk1", GivenName="Zoë")
    contact = only(ann)
    read = ann.integration._one  # type: ignore[attr-defined]

    def read_and_change(named: object, fields: object) -> object:
        item = read(named, fields)
        exchange.put_contact(ANN, "AAMk1", GivenName="Zoe")
        return item

    monkeypatch.setattr(ann.integration, "_one", read_and_change)
    with pytest.raises(Conflict, match="ErrorIrresolvableConflict"):
        ann.integration.update_contact(replace(contact, first_name="Z"))
    assert only(ann).first_name == "Zoe"


def test_a_contact_that_is_gone(exchange: FakeExchange, ann: Connected) -> None:
    exchange.put_contact(ANN, "AAMk1", GivenName="Zoë")
    contact = only(ann)
    ann.integration.delete_contact(contact.id, contact.revision)
    assert exchange.mailbox(ANN).contacts.rows == {}
    ann.integration.delete_contact(contact.id, contact.revision)
    with pytest.raises(Conflict):
        ann.integration.update_contact(replace(contact, first_name="Z"))


def test_nothing_is_watched_or_revoked(exchange: FakeExchange, ann: Connected) -> None:
    for kind in ("contacts", "events"):
        assert ann.integration.watch(kind, "https://api.example.com/hooks/exchange", "secret") is None
    ann.integration.revoke()
    assert exchange.requests == []


@pytest.mark.parametrize(
    ("interruption", "code", "seconds", "refuses"),
    [
        (busy(15_500), "ErrorServerBusy", 15.5, False),
        (
            refused("SyncFolderItems", "ErrorMailboxStoreUnavailable"),
            "ErrorMailboxStoreUnavailable",
            None,
            False,
        ),
        (refused("SyncFolderItems", "ErrorAccessDenied"), "ErrorAccessDenied", None, True),
        (refused("SyncFolderItems", "ErrorPasswordExpired"), "ErrorPasswordExpired", None, True),
    ],
)
def test_what_exchange_refuses(
    exchange: FakeExchange,
    ann: Connected,
    interruption: Interruption,
    code: str,
    seconds: float | None,
    refuses: bool,
) -> None:
    exchange.interruptions = [interruption]
    with pytest.raises(ProviderError, match=rf"^Exchange: {code}") as caught:
        ann.integration.contacts(None)
    assert isinstance(caught.value, GrantRefused) == refuses
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    "interruption",
    [
        (503, {}, ""),
        (500, {}, "<html>"),
        (302, {"Location": "https://elsewhere.example/EWS/Exchange.asmx"}, ""),
        (200, {}, ""),
        (200, {}, "<broken"),
        (200, {"Content-Type": "text/xml"}, "<?xml version='1.0'?><a/>"),
        (200, {}, '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
    ],
)
def test_an_answer_that_is_not_as_documented(
    exchange: FakeExchange, ann: Connected, interruption: Interruption
) -> None:
    exchange.interruptions = [interruption]
    with pytest.raises(ProviderError, match=r"^Exchange: "):
        ann.integration.contacts(None)


def test_an_answer_that_does_not_come(exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.integrations.exchange.SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        values = {"exchange_server": f"http://127.0.0.1:{silent.getsockname()[1]}/EWS/Exchange.asmx"}
        with pytest.raises(ProviderError, match=r"^Exchange: "):
            authorize(settings_of(values), "microsoft", PASSWORD, email=ANN)
