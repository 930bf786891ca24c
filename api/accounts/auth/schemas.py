"""What clients send to sign in."""

from typing import Annotated

from pydantic import StringConstraints

from api.conventions.body import Body, optional
from api.conventions.fields import Email, Line, Password

Secret = Annotated[str, StringConstraints(min_length=1, max_length=512, strip_whitespace=False)]


class Login(Body):
    """`grant_type` `password` needs `username` and `password`, `refresh_token` needs `refresh_token`."""

    grant_type: Secret
    client_id: Secret
    client_secret: Secret
    username: Secret = optional()
    password: Secret = optional()
    refresh_token: Secret = optional()


class ForgotPassword(Body):
    email: Email


class ResetPassword(Body):
    token: Secret
    password: Password
    email: Email | None = None


class ChangePassword(Body):
    password: Password
    current_password: Secret | None = None


class NewClient(Body):
    name: Annotated[Line, StringConstraints(min_length=1)]
