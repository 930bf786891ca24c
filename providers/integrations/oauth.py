"""OAuth 2.0 with Google and Microsoft: the exchange of a code, and the refresh of a grant (RFC 6749, 4.1.3 and 6).

https://developers.google.com/identity/protocols/oauth2/web-server
https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import jwt

from providers.integrations.base import Grant, GrantRefused, ProviderError
from providers.integrations.http import Answer, Json, error_codes, retry_after, send

_REFUSED = {"invalid_grant", "interaction_required", "consent_required", "login_required", "access_denied"}
_OUR_FAULT = {"invalid_client", "unauthorized_client"}


@dataclass(frozen=True, slots=True)
class OAuth:
    """An authorization server, and us as its client. `settings`: the prefix of the settings with our id and secret."""

    service: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    settings: str

    def exchange(self, code: str, redirect_uri: str, verifier: str | None = None) -> tuple[Grant, str]:
        """Exchange a code for a grant, still without its account, and OpenID's token (empty if there is none).

        `verifier`: PKCE's (RFC 7636). Raises GrantRefused and ProviderError.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        body = self._post(form | ({"code_verifier": verifier} if verifier else {}))
        grant = self._grant(Grant("", ""), body)
        if not grant.refresh_token:
            raise GrantRefused(
                f"{self.service} gave no refresh token: ask the user for offline access "
                "(Google: access_type=offline and prompt=consent; Microsoft: the scope offline_access)"
            )
        return grant, str(body.get("id_token") or "")

    def refresh(self, grant: Grant) -> Grant:
        """Return the grant with a new access token, and a new refresh token if one came. Raises GrantRefused."""
        if not grant.refresh_token:
            raise GrantRefused(f"{self.service}: the access has ended: connect again")
        return self._grant(
            grant, self._post({"grant_type": "refresh_token", "refresh_token": grant.refresh_token})
        )

    def _post(self, form: dict[str, str]) -> Json:
        us = {"client_id": self.client_id, "client_secret": self.client_secret}
        answer = send(self.service, "POST", self.token_url, data={**form, **us})
        if not answer.is_success:
            raise self._error(answer)
        return answer.body

    def _error(self, answer: Answer) -> ProviderError:
        codes = error_codes(answer.body)
        text = f"{self.service}: no access token: status {answer.status} {' '.join(sorted(codes))}".rstrip()
        if codes & _REFUSED:
            return GrantRefused(f"{text}: connect again")
        if codes & _OUR_FAULT:
            return ProviderError(f"{text}: check {self.settings}_CLIENT_ID and {self.settings}_CLIENT_SECRET")
        return ProviderError(text, retry_after(answer.headers))

    def _grant(self, old: Grant, body: Json) -> Grant:
        token, seconds = body.get("access_token"), body.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise ProviderError(f"{self.service}: no access token in the answer")
        return replace(
            old,
            access_token=token,
            refresh_token=body.get("refresh_token") or old.refresh_token,
            expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
        )


def account_of(service: str, id_token: str, client_id: str) -> str:
    """Return the e-mail address in OpenID's token.

    The token came from the token endpoint over TLS, so its signature needs no check (OpenID Connect Core, 3.1.3.7).
    """
    try:
        claims = jwt.decode(
            id_token, audience=client_id, options={"verify_signature": False, "verify_aud": True}
        )
        return str(claims["email"]).lower()
    except (jwt.PyJWTError, KeyError) as error:
        raise ProviderError(
            f"{service} does not tell the account's address ({type(error).__name__}): "
            "ask for the scopes openid and email"
        ) from None
