"""The adapters of push services send to local servers, which check each request and open the payloads."""

import json
import ssl
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from providers.push.base import GoneError, LaterError, Note, PushError
from providers.push.choose import make_pusher
from providers.push.fcm import Fcm, read_account
from providers.push.web_push import WebPush
from switchroom.settings import Settings
from switchroom.vapid import make_private_key, public_key
from tests.support.push.fcm import FcmService
from tests.support.push.fixtures import fcm_service, push_service, push_tls
from tests.support.push.web_push import PushService, outgoing_to

__all__ = ["fcm_service", "push_service", "push_tls"]
pytestmark = pytest.mark.service

KEY = make_private_key()
SUBJECT = "mailto:push@example.com"
NOTE = Note("c" * 32, "Zoë called", "and left a message ☎", {"kind": "voicemail", "call": "a1"}, 600)


@dataclass
class Tokens:
    """Keeps FCM's token in this process."""

    token: str | None = None
    seconds: int = 0

    def get(self) -> str | None:
        return self.token

    def put(self, token: str, seconds: int) -> None:
        self.token, self.seconds = token, seconds

    def forget(self) -> None:
        self.token = None


@pytest.fixture
def web_push(push_tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> WebPush:
    return WebPush(KEY, SUBJECT, outgoing_to(push_tls[1]))


async def test_the_browser_reads_a_web_push(web_push: WebPush, push_service: PushService) -> None:
    browser = push_service.browser()
    await web_push.send(json.dumps(browser.subscription), NOTE)
    (request,) = push_service.requests
    push_service.check_signature(request, public_key(KEY), SUBJECT)
    sent = {name: request.headers[name] for name in ("TTL", "Topic", "Urgency", "Content-Encoding")}
    assert sent == {"TTL": "600", "Topic": NOTE.id, "Urgency": "high", "Content-Encoding": "aes128gcm"}
    assert NOTE.text.encode() not in request.get_data()
    assert browser.read(request.get_data()) == {
        "id": NOTE.id,
        "title": "Zoë called",
        "body": "and left a message ☎",
        "data": {"kind": "voicemail", "call": "a1"},
    }


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (404, GoneError), (410, GoneError), (429, LaterError), (500, LaterError), (503, LaterError),
        (400, PushError), (403, PushError), (413, PushError), (302, PushError),
    ],
)  # fmt: skip
async def test_what_a_web_push_service_answers(
    web_push: WebPush, push_service: PushService, status: int, raised: type[Exception]
) -> None:
    push_service.status = status
    with pytest.raises(raised) as caught:
        await web_push.send(json.dumps(push_service.browser().subscription), NOTE)
    assert type(caught.value) is raised
    assert len(push_service.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/send",
        "https://localhost/send",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/send",
    ],
)
async def test_a_web_push_reaches_public_addresses_only(push_service: PushService, url: str) -> None:
    settings = Settings(vapid_private_key=SecretStr(KEY))
    pusher = make_pusher(settings, "webpush", Tokens())
    browser = push_service.browser()
    endpoint = url.replace("/send", f":{push_service.port}/send/1")
    with pytest.raises(PushError, match="refused address"):
        await pusher.send(json.dumps({**browser.subscription, "endpoint": endpoint}), NOTE)
    assert push_service.requests == []


async def test_a_web_push_goes_to_https_only(web_push: WebPush, push_service: PushService) -> None:
    browser = push_service.browser()
    plain = {**browser.subscription, "endpoint": push_service.url.replace("https", "http")}
    with pytest.raises(PushError, match="not https"):
        await web_push.send(json.dumps(plain), NOTE)


async def test_fcm_sends_with_an_access_token(fcm_service: FcmService) -> None:
    tokens = Tokens()
    settings = Settings(fcm_service_account=fcm_service.account, fcm_endpoint=fcm_service.endpoint)
    fcm = make_pusher(settings, "fcm", tokens)
    for device in ("phone:1", "phone:2"):
        await fcm.send(device, NOTE)
    assert (fcm_service.given, tokens.seconds) == (1, 3539)
    first, second = fcm_service.messages
    assert (first["token"], second["token"]) == ("phone:1", "phone:2")
    expires = first["apns"]["headers"].pop("apns-expiration")
    assert expires.isdigit()
    assert first == {
        "token": "phone:1",
        "notification": {"title": "Zoë called", "body": "and left a message ☎"},
        "data": {"kind": "voicemail", "call": "a1", "id": NOTE.id},
        "android": {"priority": "HIGH", "ttl": "600s", "notification": {"tag": NOTE.id}},
        "apns": {"headers": {"apns-collapse-id": NOTE.id}},
        "webpush": {"headers": {"TTL": "600"}},
    }


async def test_fcm_asks_for_a_new_token_when_the_old_one_is_refused(fcm_service: FcmService) -> None:
    tokens = Tokens("ya29.revoked")
    fcm = Fcm(read_account(fcm_service.account), fcm_service.endpoint, tokens)
    await fcm.send("phone:1", NOTE)
    assert (len(fcm_service.messages), fcm_service.given, tokens.token) == (1, 1, "ya29.1")


@pytest.mark.parametrize(
    ("status", "code", "raised", "seconds"),
    [
        (404, "UNREGISTERED", GoneError, None),
        (429, "QUOTA_EXCEEDED", LaterError, 90),
        (503, "UNAVAILABLE", LaterError, 90),
        (400, "INVALID_ARGUMENT", PushError, None),
        (403, "SENDER_ID_MISMATCH", PushError, None),
    ],
)
async def test_what_fcm_answers(
    fcm_service: FcmService, status: int, code: str, raised: type[Exception], seconds: int | None
) -> None:
    fcm_service.errors["phone:1"] = (status, code, {"Retry-After": "90"})
    fcm = Fcm(read_account(fcm_service.account), fcm_service.endpoint, Tokens())
    with pytest.raises(raised, match=code) as caught:
        await fcm.send("phone:1", NOTE)
    assert type(caught.value) is raised
    assert getattr(caught.value, "seconds", None) == seconds


async def test_what_is_not_configured_is_said(fcm_service: FcmService) -> None:
    with pytest.raises(PushError, match="SWITCHROOM_VAPID_PRIVATE_KEY"):
        make_pusher(Settings(vapid_private_key=SecretStr("")), "webpush", Tokens())
    with pytest.raises(PushError, match="SWITCHROOM_FCM_SERVICE_ACCOUNT"):
        make_pusher(Settings(fcm_service_account=None), "fcm", Tokens())
    fcm_service.account.write_text("{}")
    with pytest.raises(PushError, match="no service account's file: KeyError"):
        read_account(fcm_service.account)
