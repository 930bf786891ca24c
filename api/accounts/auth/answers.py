"""What clients get of sign-in."""

from typing import Literal

from api.conventions.answers import Answer, PublicId


class Tokens(Answer):
    """What proves who the caller is."""

    access_token: str
    """For the header `Authorization: Bearer ...`."""
    refresh_token: str
    """Gets new tokens, once."""
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds until the access token expires."""


class ClientAnswer(Answer):
    """A new application."""

    id: PublicId
    name: str
    client_id: str
    client_secret: str
    """It is shown here and never again."""
