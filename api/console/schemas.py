"""What the console sends to sign in."""

from api.accounts.auth.schemas import Secret
from api.conventions.body import Body
from api.conventions.schema import sometimes


class SignIn(Body):
    """Signs a browser in."""

    email: Secret
    """The user's e-mail address."""
    password: Secret
    code: Secret = sometimes()
    """The code of the second factor, or a recovery code, where the user has a second factor."""
