"""FCM's HTTP v1 API and Google's token endpoint: both check what they get."""

import json
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from providers.push.fcm import GRANT, SCOPE

PROJECT, EMAIL, KEY_ID = "switchroom-test", "push@switchroom-test.iam.gserviceaccount.com", "key-1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


class FcmService:
    """`errors` maps a registration token to the answer that its messages get: status, `errorCode`, headers."""

    def __init__(self, server: HTTPServer, folder: Path) -> None:
        self.endpoint = server.url_for("")
        self.token_uri = server.url_for("/token")
        self.account = folder / "account.json"
        self.account.write_text(json.dumps(self._account()))
        self.tokens: list[str] = []
        """The access tokens that it gave, and that are good."""
        self.given = 0
        self.messages: list[dict[str, Any]] = []
        self.errors: dict[str, tuple[int, str, dict[str, str]]] = {}
        server.expect_request("/token", method="POST").respond_with_handler(self._give_token)
        send = server.expect_request(f"/v1/projects/{PROJECT}/messages:send", method="POST")
        send.respond_with_handler(self._send)

    def _account(self) -> dict[str, str]:
        pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": KEY_ID,
            "private_key": pem,
            "client_email": EMAIL,
            "token_uri": self.token_uri,
        }

    def _give_token(self, request: Request) -> Response:
        assert request.mimetype == "application/x-www-form-urlencoded"
        assert set(request.form) == {"grant_type", "assertion"}
        assert request.form["grant_type"] == GRANT
        assertion = request.form["assertion"]
        assert jwt.get_unverified_header(assertion) == {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        claims = jwt.decode(assertion, KEY.public_key(), algorithms=["RS256"], audience=self.token_uri)
        assert set(claims) == {"iss", "scope", "aud", "iat", "exp"}
        assert (claims["iss"], claims["scope"]) == (EMAIL, SCOPE)
        assert 0 < claims["exp"] - claims["iat"] <= 3600
        self.given += 1
        self.tokens.append(f"ya29.{self.given}")
        answer = {"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"}
        return Response(json.dumps(answer), 200, mimetype="application/json")

    def _send(self, request: Request) -> Response:
        if request.headers.get("Authorization", "") not in [f"Bearer {token}" for token in self.tokens]:
            return _error(401, "UNAUTHENTICATED", None, {})
        sent = request.get_json()
        assert set(sent) == {"message"}
        message = sent["message"]
        if message["token"] in self.errors:
            status, code, headers = self.errors[message["token"]]
            return _error(status, code, code, headers)
        self.messages.append(message)
        name = {"name": f"projects/{PROJECT}/messages/{len(self.messages)}"}
        return Response(json.dumps(name), 200, mimetype="application/json")


def _error(status: int, name: str, code: str | None, headers: dict[str, str]) -> Response:
    details = [{"@type": TYPE, "errorCode": code}] if code else []
    error = {"code": status, "message": name, "status": name, "details": details}
    return Response(json.dumps({"error": error}), status, headers, mimetype="application/json")
