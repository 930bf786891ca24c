"""Grants: the exchange of a code, the refresh of an access token, and what the servers refuse."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from providers.integrations import Grant, GrantRefused, ProviderError
from providers.integrations.choose import authorize, connect
from tests.support.providers.connecting import ANN, connected, settings_of
from tests.support.providers.google import REDIRECT_URI, FakeGoogle
from tests.support.providers.microsoft import FakeMicrosoft
from tests.support.providers.oauth import answer

pytestmark = pytest.mark.unit


def test_a_code_gives_a_grant(google: FakeGoogle) -> None:
    code = google.oauth.code("Ann@Example.com")
    grant = authorize(settings_of(google.settings), "google", code)
    assert (grant.account, grant.access_token, grant.refresh_token) == (ANN, "access-2", "refresh-2")
    assert grant.expires_at is not None
    assert timedelta(seconds=3590) < grant.expires_at - datetime.now(UTC) <= timedelta(hours=1)
    (form,) = google.oauth.asked
    assert form["code"] == code
    assert form["redirect_uri"] == REDIRECT_URI
    assert "code_verifier" not in form
    assert "access-2" not in repr(grant)
    assert "refresh-2" not in repr(grant)


def test_a_code_is_good_once(google: FakeGoogle) -> None:
    code = google.oauth.code(ANN)
    authorize(settings_of(google.settings), "google", code)
    with pytest.raises(GrantRefused, match="invalid_grant"):
        authorize(settings_of(google.settings), "google", code)


def test_a_code_with_pkce_needs_its_verifier(google: FakeGoogle) -> None:
    settings = settings_of(google.settings)
    with pytest.raises(GrantRefused):
        authorize(settings, "google", google.oauth.code(ANN, "the verifier"))
    assert authorize(settings, "google", google.oauth.code(ANN, "the verifier"), verifier="the verifier")


def test_the_client_may_name_where_the_code_was_sent_to(google: FakeGoogle) -> None:
    google.oauth.redirect_uri = "com.example.desk:/connected"
    settings = settings_of(google.settings)
    with pytest.raises(ProviderError, match="redirect_uri_mismatch"):
        authorize(settings, "google", google.oauth.code(ANN))
    grant = authorize(settings, "google", google.oauth.code(ANN), redirect_uri="com.example.desk:/connected")
    assert grant.account == ANN


def test_a_grant_without_a_refresh_token_is_refused(google: FakeGoogle) -> None:
    google.oauth.offline = False
    with pytest.raises(GrantRefused, match="access_type=offline"):
        authorize(settings_of(google.settings), "google", google.oauth.code(ANN))


def test_a_grant_without_an_address_is_refused(google: FakeGoogle) -> None:
    google.oauth.openid = False
    with pytest.raises(ProviderError, match="scopes openid and email"):
        authorize(settings_of(google.settings), "google", google.oauth.code(ANN))


@pytest.mark.parametrize(
    ("provider", "changes", "setting"),
    [
        ("google", {"google_client_id": ""}, "SWITCHROOM_GOOGLE_CLIENT_ID"),
        ("google", {"google_client_secret": ""}, "SWITCHROOM_GOOGLE_CLIENT_SECRET"),
        ("google", {"integration_redirect_uri": ""}, "SWITCHROOM_INTEGRATION_REDIRECT_URI"),
        ("office365", {}, "SWITCHROOM_MICROSOFT_CLIENT_ID"),
        ("office365", {"microsoft_client_id": "us"}, "SWITCHROOM_MICROSOFT_CLIENT_SECRET"),
        ("microsoft", {}, "SWITCHROOM_EXCHANGE_SERVER"),
        ("yahoo", {}, "'yahoo' is no provider"),
    ],
)
def test_the_missing_setting_is_named(
    google: FakeGoogle, provider: str, changes: dict[str, str], setting: str
) -> None:
    settings = settings_of(google.settings, **changes)
    with pytest.raises(ProviderError, match=setting):
        authorize(settings, provider, "code")
    if setting != "SWITCHROOM_INTEGRATION_REDIRECT_URI":
        with pytest.raises(ProviderError, match=setting):
            connect(settings, provider, Grant(ANN, "token"), print)


def test_a_wrong_client_secret_is_our_fault(google: FakeGoogle) -> None:
    settings = settings_of(google.settings, google_client_secret="wrong")
    with pytest.raises(ProviderError, match="check SWITCHROOM_GOOGLE_CLIENT_ID") as raised:
        authorize(settings, "google", google.oauth.code(ANN))
    assert not isinstance(raised.value, GrantRefused)
    assert "wrong" not in str(raised.value)


def test_a_token_that_ends_soon_is_refreshed_first(google: FakeGoogle) -> None:
    google.oauth.seconds = 59
    ann = connected(google.settings, "google", google.oauth.code(ANN))
    google.oauth.seconds = 3600
    ann.integration.contacts(None)
    ann.integration.contacts(None)
    (kept,) = ann.kept
    assert kept.access_token != ann.grant.access_token
    assert kept.refresh_token == ann.grant.refresh_token
    assert kept.account == ANN
    assert [request.headers["Authorization"] for request in google.requests] == [
        f"Bearer {kept.access_token}",
        f"Bearer {kept.access_token}",
    ]


def test_a_token_that_is_refused_is_refreshed_once(google: FakeGoogle) -> None:
    ann = connected(google.settings, "google", google.oauth.code(ANN))
    google.oauth.access.clear()
    assert ann.integration.contacts(None).rows == []
    assert len(ann.kept) == 1
    assert len(google.requests) == 2


def test_a_refresh_token_may_be_replaced(google: FakeGoogle) -> None:
    google.oauth.rotates = True
    ann = connected(google.settings, "google", google.oauth.code(ANN))
    for _ in range(2):
        google.oauth.access.clear()
        ann.integration.contacts(None)
    assert len({grant.refresh_token for grant in (ann.grant, *ann.kept)}) == 3


@pytest.mark.parametrize("provider", ["google", "office365"])
def test_no_token_is_logged(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture, provider: str
) -> None:
    fake: FakeGoogle | FakeMicrosoft = request.getfixturevalue(
        "google" if provider == "google" else "microsoft"
    )
    caplog.set_level(logging.DEBUG)
    ann = connected(fake.settings, provider, fake.oauth.code(ANN))
    ann.integration.contacts(None)
    fake.oauth.access.clear()
    ann.integration.events(None)
    fake.oauth.withdraw()
    with pytest.raises(GrantRefused) as refused:
        ann.integration.contacts(None)
    assert caplog.records
    said = f"{caplog.text} {refused.value}"
    secrets = {fake.oauth.client_secret}
    secrets |= {
        token
        for grant in (ann.grant, *ann.kept)
        for token in (grant.access_token, grant.refresh_token or "-")
    }
    assert not [secret for secret in secrets if secret in said]


def test_a_withdrawn_consent_is_told(google: FakeGoogle) -> None:
    ann = connected(google.settings, "google", google.oauth.code(ANN))
    google.oauth.withdraw()
    with pytest.raises(GrantRefused, match="invalid_grant: connect again"):
        ann.integration.contacts(None)
    assert ann.kept == []


def test_a_new_token_that_is_refused_too_is_not_asked_for_again(google: FakeGoogle) -> None:
    ann = connected(google.settings, "google", google.oauth.code(ANN))
    google.interruptions = [answer({}, 401), answer({}, 401)]
    with pytest.raises(GrantRefused):
        ann.integration.contacts(None)
    assert len(google.requests) == 2


def test_a_grant_that_cannot_be_refreshed_has_ended(google: FakeGoogle) -> None:
    ann = connected(google.settings, "google", google.oauth.code(ANN))
    dead = replace(ann.grant, refresh_token=None, expires_at=datetime.now(UTC))
    with pytest.raises(GrantRefused, match="connect again"):
        connect(settings_of(google.settings), "google", dead, print).contacts(None)


def test_revoking_makes_the_grant_useless(google: FakeGoogle) -> None:
    ann = connected(google.settings, "google", google.oauth.code(ANN))
    ann.integration.revoke()
    assert (google.oauth.access, google.oauth.refresh) == ({}, {})
    ann.integration.revoke()
    with pytest.raises(GrantRefused):
        ann.integration.events(None)


@pytest.mark.parametrize(
    ("response", "seconds", "text"),
    [
        (Response("busy", 503, {"Retry-After": "120"}), 120.0, "status 503"),
        (answer({"error": "slow_down"}, 429, {"Retry-After": "7"}), 7.0, "status 429 slow_down"),
        (Response("<html>", 200), None, "not a JSON object"),
        (answer({"token_type": "Bearer"}), None, "no access token in the answer"),
        (answer(["a", "list"]), None, "not a JSON object"),
    ],
)
def test_a_token_endpoint_in_trouble(
    httpserver: HTTPServer, response: Response, seconds: float | None, text: str
) -> None:
    httpserver.expect_request("/elsewhere/token").respond_with_response(response)
    values = FakeGoogle(httpserver).settings | {"google_oauth_endpoint": httpserver.url_for("/elsewhere")}
    with pytest.raises(ProviderError, match=text) as raised:
        authorize(settings_of(values), "google", "code")
    assert raised.value.retry_after == seconds
    assert type(raised.value) is ProviderError


def test_a_provider_that_is_away() -> None:
    values = {
        "google_client_id": "us",
        "google_client_secret": "s",
        "google_oauth_endpoint": "http://127.0.0.1:1",
    }
    with pytest.raises(ProviderError, match="Google: ConnectError"):
        authorize(settings_of({}, **values), "google", "code", redirect_uri=REDIRECT_URI)
