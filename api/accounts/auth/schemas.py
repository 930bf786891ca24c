"""What clients send to sign in, and what they get."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.body import Body
from api.conventions.fields import Email, Line, Password
from api.conventions.schema import sometimes

Secret = Annotated[str, StringConstraints(min_length=1, max_length=512, strip_whitespace=False)]


class Login(Body):
    """Signs in by a password, or renews a sign-in by a refresh token."""

    grant_type: Annotated[Secret, Field(examples=["password"])]
    """`password` or `refresh_token`."""
    client_id: Secret
    """The application's id, see `POST /auth/client`."""
    client_secret: Secret
    username: Secret = sometimes()
    """The user's e-mail address, for `password`."""
    password: Secret = sometimes()
    """For `password`."""
    code: Secret = sometimes()
    """For `password`: the code of the second factor, or a recovery code, where the user has a second factor."""
    refresh_token: Secret = sometimes()
    """For `refresh_token`. It can be used once."""


class ForgotPassword(Body):
    """The user who forgot their password."""

    email: Email


class ResetPassword(Body):
    """A new password."""

    token: Secret
    """What the mailed link has."""
    password: Password
    email: Email | None = None
    """If it is sent, the token must be this user's."""


class VerifyEmail(Body):
    """Verifies the address of an account."""

    token: Secret
    """What the mailed link has."""
    password: Secret | None = None
    """The account's. A caller who is signed in to it need not send it."""
    code: Secret | None = None
    """The code of the second factor, where the account has one and its password is sent."""


class OwnPassword(Body):
    """The caller's password, once more."""

    password: Secret


class OwnCode(Body):
    """A code of the caller's device."""

    code: Annotated[Secret, Field(examples=["123456"])]


class ChangePassword(Body):
    """A new password."""

    password: Password
    current_password: Secret | None = None
    """Required where the installation asks for it."""


class NewClient(Body):
    """An application that signs users in."""

    name: Annotated[Line, StringConstraints(min_length=1)]
