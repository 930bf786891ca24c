"""An authorization server: it exchanges codes, and refreshes and revokes what it gave."""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

import jwt
from werkzeug import Request, Response


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, content_type="application/json; charset=utf-8")


class AuthorizationServer:
    """`rotates`: a refresh token is good for one use. `seconds`: how long an access token lives."""

    def __init__(self, client_id: str, client_secret: str, redirect_uri: str, *, rotates: bool) -> None:
        self.client_id, self.client_secret, self.redirect_uri = client_id, client_secret, redirect_uri
        self.rotates = rotates
        self.seconds = 3600
        self.offline, self.openid = True, True
        self.codes: dict[str, tuple[str, str | None]] = {}
        self.access: dict[str, str] = {}
        """Which access tokens are good, and whose they are."""
        self.refresh: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        """The forms that came to the token endpoint."""
        self._numbers = count(1)

    def code(self, email: str, verifier: str | None = None) -> str:
        """Let a user consent. Returns the code, which is good once."""
        code = f"code/{next(self._numbers)}"
        self.codes[code] = (email, verifier)
        return code

    def withdraw(self) -> None:
        """Let all users withdraw their consent."""
        self.access.clear()
        self.refresh.clear()

    def user(self, request: Request) -> str | None:
        """Return whose access token a request has."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        assert scheme == "Bearer"
        return self.access.get(token)

    def token(self, request: Request) -> Response:
        assert (request.method, request.mimetype) == ("POST", "application/x-www-form-urlencoded")
        form = request.form.to_dict()
        self.asked.append(form)
        if (form["client_id"], form["client_secret"]) != (self.client_id, self.client_secret):
            return answer(
                {"error": "invalid_client", "error_description": "The OAuth client was not found."}, 401
            )
        if form["grant_type"] == "authorization_code":
            email, verifier = self.codes.pop(form["code"], ("", None))
            if form["redirect_uri"] != self.redirect_uri:
                return answer({"error": "redirect_uri_mismatch", "error_description": "Bad Request"}, 400)
            if not email or form.get("code_verifier") != verifier:
                return answer({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
            return answer(self._given(email, new_refresh=self.offline))
        assert form["grant_type"] == "refresh_token"
        email = self.refresh.get(form["refresh_token"], "")
        if not email:
            text = "Token has been expired or revoked."
            return answer({"error": "invalid_grant", "error_description": text}, 400)
        if self.rotates:
            del self.refresh[form["refresh_token"]]
        return answer(self._given(email, new_refresh=self.rotates))

    def revoke(self, request: Request) -> Response:
        assert (request.method, request.mimetype) == ("POST", "application/x-www-form-urlencoded")
        email = self.refresh.get(request.form["token"]) or self.access.get(request.form["token"])
        if not email:
            text = "Token expired or revoked"
            return answer({"error": "invalid_token", "error_description": text}, 400)
        for tokens in (self.access, self.refresh):
            for token in [token for token, owner in tokens.items() if owner == email]:
                del tokens[token]
        return answer({})

    def _given(self, email: str, *, new_refresh: bool) -> dict[str, Any]:
        number = next(self._numbers)
        given: dict[str, Any] = {"access_token": f"access-{number}", "expires_in": self.seconds}
        given |= {"token_type": "Bearer", "scope": "openid email"}
        self.access[given["access_token"]] = email
        if new_refresh:
            given["refresh_token"] = f"refresh-{number}"
            self.refresh[given["refresh_token"]] = email
        if self.openid:
            claims = {"iss": "https://accounts.google.com", "aud": self.client_id, "sub": "1", "email": email}
            given["id_token"] = jwt.encode(
                claims, "a key that nobody checks, 32 bytes long", algorithm="HS256"
            )
        return given
