"""What clients get of sign-in."""

from typing import Literal

from api.conventions.answers import Answer, PublicId


class Tokens(Answer):
    """`expires_in`: seconds until the access token expires. A refresh token is good once."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class ClientMade(Answer):
    """The secret is shown here and never again."""

    id: PublicId
    name: str
    client_id: str
    client_secret: str
