"""The provider that a user connects to."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from providers.integrations.base import Grant, GrantRefused, Integration, ProviderError
from providers.integrations.google import Google
from providers.integrations.google import oauth_of as google_oauth
from providers.integrations.oauth import OAuth, account_of
from providers.integrations.office365 import Office365
from providers.integrations.office365 import oauth_of as microsoft_oauth
from switchroom.settings import Settings

if TYPE_CHECKING:
    from providers.integrations.exchange import Exchange


def authorize(
    settings: Settings,
    provider: str,
    code: str,
    *,
    email: str | None = None,
    domain: str | None = None,
    redirect_uri: str | None = None,
    verifier: str | None = None,
) -> Grant:
    """Return the grant that a user's `code` gives: an OAuth code, or for Exchange (`microsoft`) their password.

    `email` and `domain`: the user's address and Windows domain, for Exchange. `redirect_uri`: where the code was sent
    to, else that of the settings. `verifier`: PKCE's. Raises GrantRefused, and ProviderError, which names the setting
    that is missing.
    """
    check_configured(settings, provider)
    if provider == "google":
        grant, id_token = _exchange_code(google_oauth(settings), settings, code, redirect_uri, verifier)
        return replace(grant, account=account_of("Google", id_token, settings.google_client_id))
    if provider == "office365":
        grant, _ = _exchange_code(microsoft_oauth(settings), settings, code, redirect_uri, verifier)
        return replace(grant, account=Office365(settings, grant, lambda _: None).account())
    if not email or "@" not in email:
        raise ProviderError("Exchange needs the user's e-mail address")
    grant = Grant(email.lower(), code, domain=domain)
    _exchange_server(settings, grant, lambda _: None).check()
    return grant


def connect(settings: Settings, provider: str, grant: Grant, keep: Callable[[Grant], None]) -> Integration:
    """Return the connection of one user. `keep` stores each new grant. Raises ProviderError as `authorize` does."""
    check_configured(settings, provider)
    if provider == "google":
        return Google(settings, grant, keep)
    if provider == "office365":
        return Office365(settings, grant, keep)
    return _exchange_server(settings, grant, keep)


def check_configured(settings: Settings, provider: str) -> None:
    """Raise ProviderError, which names the setting that is missing, if this provider is not configured."""
    needed = {
        "google": {
            "SWITCHROOM_GOOGLE_CLIENT_ID": settings.google_client_id,
            "SWITCHROOM_GOOGLE_CLIENT_SECRET": settings.google_client_secret.get_secret_value(),
        },
        "office365": {
            "SWITCHROOM_MICROSOFT_CLIENT_ID": settings.microsoft_client_id,
            "SWITCHROOM_MICROSOFT_CLIENT_SECRET": settings.microsoft_client_secret.get_secret_value(),
        },
        "microsoft": {"SWITCHROOM_EXCHANGE_SERVER": settings.exchange_server},
    }
    if provider not in needed:
        raise ProviderError(f"{provider!r} is no provider: google, office365 or microsoft")
    for name, value in needed[provider].items():
        if not value:
            raise ProviderError(f"{provider} is not configured ({name})")


def _exchange_server(settings: Settings, grant: Grant, keep: Callable[[Grant], None]) -> "Exchange":
    # exchangelib takes a second to import.
    from providers.integrations.exchange import Exchange

    return Exchange(settings, grant, keep)


def _exchange_code(
    oauth: OAuth, settings: Settings, code: str, redirect_uri: str | None, verifier: str | None
) -> tuple[Grant, str]:
    address = redirect_uri or settings.integration_redirect_uri
    if not address:
        raise ProviderError("no redirect URI is known (SWITCHROOM_INTEGRATION_REDIRECT_URI)")
    if not code:
        raise GrantRefused(f"{oauth.service}: there is no code")
    return oauth.exchange(code, address, verifier)
