"""Firebase Cloud Messaging by its HTTP v1 API, with an access token of a service account (OAuth 2.0, RFC 7523).

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send
https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
https://developers.google.com/identity/protocols/oauth2/service-account#httprest
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import jwt

from providers.push.base import GoneError, LaterError, Note, PushError

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SECONDS = 10.0
TOKEN_SECONDS = 3600
SPARE_SECONDS = 60
"""A token is not used for the last seconds of its life."""


class TokenStore(Protocol):
    """Keeps the access token, so that not every push asks for one."""

    def get(self) -> str | None: ...
    def put(self, token: str, seconds: int) -> None: ...
    def forget(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What we need of the file with the service account's key."""

    project: str
    email: str
    key_id: str
    private_key: str
    token_uri: str


def read_account(path: Path) -> ServiceAccount:
    """Read the file that the Firebase console makes. Raises `PushError`, which names no secret."""
    try:
        found = json.loads(path.read_text())
        names = ("project_id", "client_email", "private_key_id", "private_key", "token_uri")
        return ServiceAccount(*(str(found[name]) for name in names))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PushError(
            f"SWITCHROOM_FCM_SERVICE_ACCOUNT is no service account's file: {type(error).__name__}"
        ) from None


class Fcm:
    """`endpoint`: the API's base URL."""

    def __init__(self, account: ServiceAccount, endpoint: str, tokens: TokenStore) -> None:
        self._account, self._tokens = account, tokens
        self._url = f"{endpoint.rstrip('/')}/v1/projects/{account.project}/messages:send"

    async def send(self, address: str, note: Note) -> None:
        """See `providers.push.base.Pusher`."""
        try:
            async with httpx.AsyncClient(timeout=SECONDS) as client:
                answer = await self._post(client, address, note)
                if answer.status_code == 401:
                    self._tokens.forget()
                    answer = await self._post(client, address, note)
        except httpx.HTTPError as error:
            raise LaterError(f"FCM: {type(error).__name__}") from None
        _check(answer)

    async def _post(self, client: httpx.AsyncClient, address: str, note: Note) -> httpx.Response:
        token = self._tokens.get() or await self._new_token(client)
        headers = {"Authorization": f"Bearer {token}"}
        return await client.post(self._url, headers=headers, json={"message": _message(address, note)})

    async def _new_token(self, client: httpx.AsyncClient) -> str:
        answer = await client.post(
            self._account.token_uri, data={"grant_type": GRANT, "assertion": self._assertion()}
        )
        if answer.status_code == 429 or answer.status_code >= 500:
            raise LaterError(f"FCM: no access token: status {answer.status_code}", _retry_after(answer))
        try:
            found = answer.raise_for_status().json()
            token, seconds = str(found["access_token"]), int(found["expires_in"])
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError):
            raise PushError(f"FCM: no access token: status {answer.status_code}") from None
        self._tokens.put(token, max(1, seconds - SPARE_SECONDS))
        return token

    def _assertion(self) -> str:
        now = int(time.time())
        account = self._account
        claims = {
            "iss": account.email,
            "scope": SCOPE,
            "aud": account.token_uri,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        try:
            return jwt.encode(claims, account.private_key, algorithm="RS256", headers={"kid": account.key_id})
        except (jwt.PyJWTError, ValueError, TypeError):
            raise PushError("FCM: the service account's private key cannot be used") from None


def _message(token: str, note: Note) -> dict[str, Any]:
    return {
        "token": token,
        "notification": {"title": note.title, "body": note.text},
        "data": {**note.data, "id": note.id},
        "android": {
            "priority": "HIGH",
            "ttl": f"{note.seconds}s",
            "notification": {"tag": note.id},
        },
        "apns": {
            "headers": {
                "apns-collapse-id": note.id,
                "apns-expiration": str(int(time.time()) + note.seconds),
            }
        },
        "webpush": {"headers": {"TTL": str(note.seconds)}},
    }


def _check(answer: httpx.Response) -> None:
    status, code = answer.status_code, _error_code(answer)
    if answer.is_success:
        return
    if code == "UNREGISTERED":
        raise GoneError("FCM: UNREGISTERED")
    if status in (401, 408, 429) or status >= 500:
        raise LaterError(f"FCM: status {status} {code}".rstrip(), _retry_after(answer))
    raise PushError(f"FCM: status {status} {code}".rstrip())


def _error_code(answer: httpx.Response) -> str:
    """Return the error's `errorCode`, else its `status`."""
    try:
        error = answer.json()["error"]
        codes = [detail["errorCode"] for detail in error.get("details", ()) if "errorCode" in detail]
        return str(codes[0] if codes else error["status"])[:40]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _retry_after(answer: httpx.Response) -> int | None:
    given = answer.headers.get("retry-after", "")
    return int(given) if given.isdigit() else None
