"""What clients send to sign in to the inbox."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.accounts.auth.schemas import Secret
from api.conventions.body import Body
from api.conventions.fields import Email

Token = Annotated[str, StringConstraints(min_length=1, max_length=4096, strip_whitespace=False)]


class EmailLogin(Body):
    """An address and its password."""

    email: Email
    password: Secret
    code: Secret | None = None
    """The code of the second factor, or a recovery code, where the user has a second factor."""


class FacebookLogin(Body):
    """A user's token of our application at Facebook."""

    user_access_token: Token
    user_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,40}$"), Field(examples=["1231231"])]
    code: Secret | None = None
    """The code of the second factor, where the user has one."""


class TokenLogin(Body):
    """A token that was got before."""

    token: Token
