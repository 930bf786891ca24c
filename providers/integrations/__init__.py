"""Contacts and calendars of other services: Google, Office 365 and Exchange."""

from providers.integrations.base import (
    Changes,
    Conflict,
    CursorExpired,
    Grant,
    GrantRefused,
    Integration,
    ProviderContact,
    ProviderError,
    ProviderEvent,
)

__all__ = [
    "Changes",
    "Conflict",
    "CursorExpired",
    "Grant",
    "GrantRefused",
    "Integration",
    "ProviderContact",
    "ProviderError",
    "ProviderEvent",
]
