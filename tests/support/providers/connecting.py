"""A user who connects to a fake provider."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from providers.integrations import Grant, Integration
from providers.integrations.choose import authorize, connect
from switchroom.settings import Settings

ANN = "ann@example.com"


def settings_of(values: dict[str, Any], **changes: Any) -> Settings:
    secrets = {name: SecretStr(value) for name, value in changes.items() if name.endswith("secret")}
    return Settings(_env_file=None, **{**values, **changes, **secrets})


@dataclass
class Connected:
    """One user's connection, and the grants that it was given to keep."""

    integration: Integration
    grant: Grant
    kept: list[Grant] = field(default_factory=list)


def connected(values: dict[str, Any], provider: str, code: str, **about: Any) -> Connected:
    """Authorize with a code and connect."""
    settings = settings_of(values)
    kept: list[Grant] = []
    grant = authorize(settings, provider, code, **about)
    return Connected(connect(settings, provider, grant, kept.append), grant, kept)
