"""The service that an integration names."""

from collections.abc import Callable

from providers.integrations.base import Grant, Integration, ProviderError
from switchroom.settings import Settings


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
    """Exchange the code that a user brought for a grant. Raises ProviderError, GrantRefused."""
    raise ProviderError(f"{provider} is not configured")


def connect(settings: Settings, provider: str, grant: Grant, keep: Callable[[Grant], None]) -> Integration:
    """Make the connection of a user. Raises ProviderError."""
    raise ProviderError(f"{provider} is not configured")
