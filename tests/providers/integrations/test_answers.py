"""What a provider may answer instead of what was asked for."""

import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from providers.integrations import Conflict, GrantRefused, ProviderError, http
from tests.support.providers.connecting import ANN, Connected, connected
from tests.support.providers.google import FakeGoogle
from tests.support.providers.oauth import answer

pytestmark = pytest.mark.unit


@pytest.fixture
def ann(google: FakeGoogle) -> Connected:
    return connected(google.settings, "google", google.oauth.code(ANN))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_says_when_to_try_again(google: FakeGoogle, ann: Connected, status: int) -> None:
    google.interruptions = [Response("", status, {"Retry-After": "30"}), Response("", status)]
    for seconds in (30.0, None):
        with pytest.raises(ProviderError, match=f"^Google: status {status}$") as raised:
            ann.integration.contacts(None)
        assert raised.value.retry_after == seconds


def test_a_retry_may_be_given_as_a_date() -> None:
    later = datetime.now(UTC) + timedelta(minutes=2)
    found = http.retry_after(httpx.Headers({"Retry-After": format_datetime(later, usegmt=True)}))
    assert found is not None
    assert 110 < found <= 120
    assert http.retry_after(httpx.Headers({"Retry-After": "soon"})) is None
    assert http.retry_after(httpx.Headers({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"})) == 0


@pytest.mark.parametrize(
    ("reason", "raised"), [("insufficientPermissions", GrantRefused), ("rateLimitExceeded", ProviderError)]
)
def test_what_is_forbidden(google: FakeGoogle, ann: Connected, reason: str, raised: type[Exception]) -> None:
    body = {"error": {"code": 403, "message": "for zoe@example.com", "errors": [{"reason": reason}]}}
    google.interruptions = [answer(body, 403)]
    with pytest.raises(ProviderError, match=reason) as caught:
        ann.integration.contacts(None)
    assert isinstance(caught.value, GrantRefused) == (raised is GrantRefused)
    assert "zoe@example.com" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "<html>",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"connections": 3, "nextSyncToken": "x"}',
        '{"connections": [{"resourceName": "people/c1"}], "nextSyncToken": "x"}',
        '{"connections": [null], "nextSyncToken": "x"}',
        '{"connections": [{"resourceName": "people/c1", "etag": "%1", "names": "Z"}], "nextSyncToken": "x"}',
    ],
)
def test_an_answer_that_is_not_as_documented(google: FakeGoogle, ann: Connected, body: str) -> None:
    google.interruptions = [Response(body, content_type="application/json")]
    with pytest.raises(ProviderError, match=r"^Google: "):
        ann.integration.contacts(None)


@pytest.mark.parametrize("time", ["yesterday", "2027-13-01T00:00:00Z", None, 5])
def test_a_time_that_is_none(google: FakeGoogle, ann: Connected, time: object) -> None:
    event = {"id": "e1", "etag": '"1"', "start": {"dateTime": time}, "end": {"dateTime": time}}
    google.interruptions = [answer({"items": [event], "nextSyncToken": "x"})]
    with pytest.raises(ProviderError, match=r"^Google: an answer is not as documented"):
        ann.integration.events(None)


@pytest.mark.parametrize(
    "error", ["null", '{"error": 5}', '{"error": {"errors": [4], "details": {}}}', "\x00"]
)
def test_an_error_that_is_not_as_documented(google: FakeGoogle, ann: Connected, error: str) -> None:
    google.interruptions = [Response(error, 409)]
    with pytest.raises(Conflict, match=r"^Google: status 409$"):
        ann.integration.contacts(None)


def test_an_answer_that_is_too_large(
    google: FakeGoogle, ann: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MOST_BYTES", 1000)
    google.interruptions = [Response(json.dumps({"connections": ["x" * 1000]}))]
    with pytest.raises(ProviderError, match="larger than 1000 bytes"):
        ann.integration.contacts(None)


def test_a_list_that_is_too_long(google: FakeGoogle, ann: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.integrations.google.MOST_ROWS", 3)
    for number in range(4):
        google.put_contact(ANN, f"c{number}")
    with pytest.raises(ProviderError, match="more than 3 rows"):
        ann.integration.contacts(None)


def test_an_answer_that_does_not_come(ann: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ann.integration._people = url  # type: ignore[attr-defined]
        with pytest.raises(ProviderError, match=r"^Google: ReadTimeout$"):
            ann.integration.contacts(None)


def test_an_answer_that_drips(
    httpserver: HTTPServer, ann: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SECONDS", 0.0)
    with pytest.raises(ProviderError, match="took longer than"):
        ann.integration.contacts(None)


def test_a_redirect_is_not_followed(google: FakeGoogle, ann: Connected, httpserver: HTTPServer) -> None:
    google.interruptions = [
        Response("", 302, {"Location": httpserver.url_for("/people-api/v1/people/me/connections")})
    ]
    with pytest.raises(ProviderError, match="status 302"):
        ann.integration.contacts(None)
    assert len(google.requests) == 1
