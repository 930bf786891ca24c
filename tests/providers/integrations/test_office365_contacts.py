"""Office 365's grants and contacts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug import Response

from providers.integrations import Conflict, CursorExpired, GrantRefused, ProviderContact, ProviderError
from providers.integrations.choose import authorize, connect
from tests.support.providers.connecting import ANN, Connected, connected, settings_of
from tests.support.providers.microsoft import FakeMicrosoft
from tests.support.providers.oauth import answer

pytestmark = [pytest.mark.unit, pytest.mark.long]


@pytest.fixture
def ann(microsoft: FakeMicrosoft) -> Connected:
    made = connected(microsoft.settings, "office365", microsoft.oauth.code(ANN))
    microsoft.requests.clear()
    return made


def only(ann: Connected) -> ProviderContact:
    (contact,) = ann.integration.contacts(None).rows
    return contact


def test_a_code_gives_the_grant_of_an_account(microsoft: FakeMicrosoft) -> None:
    grant = authorize(settings_of(microsoft.settings), "office365", microsoft.oauth.code("Ann@Example.com"))
    assert (grant.account, bool(grant.refresh_token)) == (ANN, True)
    assert microsoft.requests[0].args["$select"] == "mail,userPrincipalName"


def test_a_code_needs_offline_access(microsoft: FakeMicrosoft) -> None:
    microsoft.oauth.offline = False
    with pytest.raises(GrantRefused, match="offline_access"):
        authorize(settings_of(microsoft.settings), "office365", microsoft.oauth.code(ANN))


def test_each_new_refresh_token_is_kept(microsoft: FakeMicrosoft, ann: Connected) -> None:
    for _ in range(2):
        microsoft.oauth.access.clear()
        ann.integration.contacts(None)
    assert len({grant.refresh_token for grant in (ann.grant, *ann.kept)}) == 3
    microsoft.oauth.access.clear()
    with pytest.raises(GrantRefused):
        # This token was used already.
        connect(settings_of(microsoft.settings), "office365", ann.grant, print).contacts(None)


def test_all_pages_are_read_and_then_only_changes(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.page_size = 2
    for number in range(5):
        microsoft.put_contact(ANN, f"AAMk{number}", givenName=f"Zoë {number}", surname="Müller")
    first = ann.integration.contacts(None)
    assert [row.first_name for row in first.rows] == [f"Zoë {number}" for number in range(5)]
    assert len(microsoft.requests) == 3
    for number in range(3):
        microsoft.put_contact(ANN, f"AAMk{number}", givenName="李")
    microsoft.mailbox(ANN).contacts.remove("AAMk4")
    changes = ann.integration.contacts(first.cursor)
    assert [(row.id, row.first_name) for row in changes.rows] == [
        (f"AAMk{number}", "李") for number in range(3)
    ]
    assert changes.deleted == ["AAMk4"]
    again = ann.integration.contacts(changes.cursor)
    assert (again.rows, again.deleted) == ([], [])


def test_a_cursor_that_expired_is_told(microsoft: FakeMicrosoft, ann: Connected) -> None:
    cursor = ann.integration.contacts(None).cursor
    microsoft.mailbox(ANN).contacts.forget()
    with pytest.raises(CursorExpired, match="SyncStateNotFound"):
        ann.integration.contacts(cursor)


def test_the_token_goes_to_graph_only(microsoft: FakeMicrosoft, ann: Connected) -> None:
    with pytest.raises(CursorExpired, match="SWITCHROOM_GRAPH_ENDPOINT"):
        ann.integration.contacts("https://elsewhere.example/v1.0/me/contacts/delta?$deltatoken=1")
    page = {"value": [], "@odata.nextLink": "https://elsewhere.example/v1.0/next"}
    microsoft.interruptions = [answer(page)]
    with pytest.raises(ProviderError, match="SWITCHROOM_GRAPH_ENDPOINT") as raised:
        ann.integration.contacts(None)
    assert type(raised.value) is ProviderError


def test_a_contact_has_the_first_of_each(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.put_contact(
        ANN,
        "AAMk1",
        givenName="Zoë",
        surname=None,
        emailAddresses=[{"address": "zoe@example.com", "name": "Zoë"}, {"address": "z@example.com"}],
        businessPhones=["(416) 555-0100", "2"],
        homePhones=[],
        mobilePhone="+1 416 555 0103",
    )
    contact = only(ann)
    assert contact == ProviderContact(
        id="AAMk1",
        revision=contact.revision,
        first_name="Zoë",
        email="zoe@example.com",
        work_number="(416) 555-0100",
        cell_number="+1 416 555 0103",
    )


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"displayName": "Plumber"}, "Plumber"),
        ({"displayName": "", "companyName": "Pipes"}, "Pipes"),
        ({}, ""),
    ],
)
def test_a_contact_without_a_name(
    microsoft: FakeMicrosoft, ann: Connected, fields: dict[str, Any], name: str
) -> None:
    microsoft.put_contact(ANN, "AAMk1", **fields)
    contact = only(ann)
    assert (contact.first_name, contact.last_name) == (name, "")
    ann.integration.update_contact(replace(contact, work_number="+14165550100"))
    assert microsoft.requests[-1].get_json() == {"businessPhones": ["+14165550100"]}


def test_a_contact_is_created(microsoft: FakeMicrosoft, ann: Connected) -> None:
    made = ann.integration.create_contact(
        ProviderContact(
            first_name="Zoë", last_name="Müller", email="zoe@example.com", home_number="+14165550100"
        )
    )
    assert made == only(ann)
    assert microsoft.mailbox(ANN).contacts.rows[made.id] == {
        "givenName": "Zoë",
        "surname": "Müller",
        "displayName": "Zoë Müller",
        "emailAddresses": [{"address": "zoe@example.com", "name": "Zoë Müller"}],
        "homePhones": ["+14165550100"],
    }


def test_a_change_keeps_what_is_not_ours(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.put_contact(
        ANN,
        "AA/+k1=",
        givenName="Zoë",
        emailAddresses=[{"address": "zoe@example.com"}, {"address": "z@example.com"}],
        businessPhones=["1", "2"],
        homePhones=["3"],
        mobilePhone="4",
    )
    before = only(ann)
    changed = replace(before, email="new@example.com", work_number=None, home_number="33", cell_number=None)
    after = ann.integration.update_contact(changed)
    assert after == replace(changed, revision=after.revision, work_number="2")
    assert after.revision != before.revision
    assert microsoft.requests[-1].get_json() == {
        "emailAddresses": [{"address": "new@example.com", "name": "Zoë"}, {"address": "z@example.com"}],
        "businessPhones": ["2"],
        "homePhones": ["33"],
        "mobilePhone": None,
    }


def test_nothing_is_written_if_nothing_changed(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.put_contact(ANN, "AAMk1", givenName="Zoë")
    contact = only(ann)
    assert ann.integration.update_contact(contact) == contact
    assert [request.method for request in microsoft.requests] == ["GET", "GET"]


def test_a_contact_that_changed_meanwhile_is_a_conflict(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.put_contact(ANN, "AAMk1", givenName="Zoë")
    contact = only(ann)
    microsoft.put_contact(ANN, "AAMk1", givenName="Zoe")
    with pytest.raises(Conflict):
        ann.integration.update_contact(replace(contact, first_name="Z"))
    with pytest.raises(Conflict):
        ann.integration.delete_contact(contact.id, contact.revision)
    assert only(ann).first_name == "Zoe"


def test_a_contact_that_changes_between_reading_and_writing_is_a_conflict(
    microsoft: FakeMicrosoft, ann: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    microsoft.put_contact(ANN, "AAMk1", givenName="Zoë")
    contact = only(ann)
    read = ann.integration._read  # type: ignore[attr-defined]

    def read_and_change(url: str, revision: str) -> object:
        row = read(url, revision)
        microsoft.put_contact(ANN, "AAMk1", givenName="Zoe")
        return row

    monkeypatch.setattr(ann.integration, "_read", read_and_change)
    with pytest.raises(Conflict, match="ErrorIrresolvableConflict"):
        ann.integration.update_contact(replace(contact, first_name="Z"))
    with pytest.raises(Conflict, match="ErrorIrresolvableConflict"):
        ann.integration.delete_contact(contact.id, only(ann).revision)
    assert only(ann).first_name == "Zoe"


def test_a_contact_that_is_gone(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.put_contact(ANN, "AAMk1", givenName="Zoë")
    contact = only(ann)
    ann.integration.delete_contact(contact.id, contact.revision)
    assert microsoft.mailbox(ANN).contacts.rows == {}
    ann.integration.delete_contact(contact.id, contact.revision)
    with pytest.raises(Conflict):
        ann.integration.update_contact(replace(contact, first_name="Z"))


@pytest.mark.parametrize("kind", ["contacts", "events"])
def test_both_are_watched(microsoft: FakeMicrosoft, ann: Connected, kind: str) -> None:
    watch = ann.integration.watch(kind, "https://api.example.com/hooks/microsoft", "the secret")
    assert watch is not None
    assert watch.expires_at > datetime.now(UTC)
    assert (watch.secret, watch.resource) == ("the secret", f"me/{kind}")
    ((url, body),) = microsoft.notifications(ANN, kind)
    assert url == "https://api.example.com/hooks/microsoft"
    assert body["value"][0]["subscriptionId"] == watch.id
    assert body["value"][0]["clientState"] == "the secret"
    ann.integration.unwatch(watch)
    assert microsoft.subscriptions == {}
    ann.integration.unwatch(watch)


def test_revoking_does_not_sign_the_user_out(microsoft: FakeMicrosoft, ann: Connected) -> None:
    ann.integration.revoke()
    assert ann.integration.contacts(None).rows == []
    assert [request.method for request in microsoft.requests] == ["GET"]


@pytest.mark.parametrize(
    ("status", "code", "seconds", "raised"),
    [
        (429, "ApplicationThrottled", 10.0, ProviderError),
        (503, "serviceNotAvailable", 10.0, ProviderError),
        (403, "ErrorAccessDenied", None, GrantRefused),
        (400, "ErrorInvalidIdMalformed", None, ProviderError),
        (404, "MailboxNotEnabledForRESTAPI", None, ProviderError),
    ],
)
def test_what_graph_refuses(
    microsoft: FakeMicrosoft,
    ann: Connected,
    status: int,
    code: str,
    seconds: float | None,
    raised: type[Exception],
) -> None:
    error = {"error": {"code": code, "message": "for ann@example.com"}}
    microsoft.interruptions = [answer(error, status, {"Retry-After": "10"})]
    with pytest.raises(raised, match=rf"^Office 365: status {status} {code}") as caught:
        ann.integration.contacts(None)
    assert isinstance(caught.value, ProviderError)
    assert not isinstance(caught.value, CursorExpired)
    assert caught.value.retry_after == seconds
    assert ANN not in str(caught.value)


@pytest.mark.parametrize(
    "body", ["{", "{}", '{"value": 1}', '{"value": [{"id": "1"}], "@odata.deltaLink": "x"}']
)
def test_an_answer_that_is_not_as_documented(microsoft: FakeMicrosoft, ann: Connected, body: str) -> None:
    microsoft.interruptions = [Response(body, content_type="application/json")]
    with pytest.raises(ProviderError, match=r"^Office 365: "):
        ann.integration.contacts(None)
