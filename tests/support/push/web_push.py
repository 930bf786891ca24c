"""A browser and its push service: the service checks the signature, the browser decrypts the payload."""

import json
import secrets
import ssl
import time
from base64 import urlsafe_b64encode
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from switchroom.http_client import Outgoing

HOST = "push.example"


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


class Browser:
    """A subscription, as a page gets it of `PushManager.subscribe`."""

    def __init__(self, endpoint: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = secrets.token_bytes(16)
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = {
            "endpoint": endpoint,
            "expirationTime": None,
            "keys": {"p256dh": encode(point), "auth": encode(self.auth)},
        }

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypt a payload (RFC 8291)."""
        text = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        return dict(json.loads(text))


class PushService:
    """Answers with `status`. Keeps what it was sent. `server` speaks TLS as `HOST`."""

    def __init__(self, server: HTTPServer) -> None:
        self.status = 201
        self.port = server.port
        self.requests: list[Request] = []
        server.expect_request("/send/1", method="POST").respond_with_handler(self._answer)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/send/1"

    def browser(self) -> Browser:
        return Browser(self.url)

    def _answer(self, request: Request) -> Response:
        request.get_data()
        self.requests.append(request)
        return Response(status=self.status)

    def check_signature(self, request: Request, public_key: str, subject: str) -> None:
        """Check the request's VAPID header (RFC 8292) against the key that the browser subscribed with."""
        header = request.headers["Authorization"]
        assert Vapid02.verify(header)
        parts = dict(part.split("=", 1) for part in header.removeprefix("vapid ").split(","))
        assert parts["k"] == public_key
        claims = jwt.decode(parts["t"], options={"verify_signature": False})
        assert (claims["aud"], claims["sub"]) == (f"https://{HOST}:{self.port}", subject)
        assert 0 < claims["exp"] - time.time() < 86_400


def outgoing_to(trusted: ssl.SSLContext) -> Outgoing:
    """Make requests to this machine alone, which trust the test's certificate."""

    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    return Outgoing(private=True, resolve=here, tls=trusted)
