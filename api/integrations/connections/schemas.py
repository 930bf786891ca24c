"""What clients send about integrations."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import Email, Line, OneOf, Url
from models import IntegrationType
from models.integration import IntegrationProvider

Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000, strip_whitespace=False),
    Field(examples=["4/0AeaYSHBm2fXc"]),
]
Verifier = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._~-]{43,128}$"),
    Field(examples=["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"]),
]
Domain = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,254}$"), Field(examples=["CORP"])]


class IntegrationCreate(Body):
    """Connects a user's contacts or calendar."""

    type: OneOf[IntegrationType]
    provider: OneOf[IntegrationProvider]
    """`microsoft` is an Exchange server."""
    client: Line = ""
    """The name of your application."""
    code: Code
    """The code that the provider gave to your application for the user. For Exchange: the user's password."""
    email: Email | None = None
    """The user's address at the provider. Exchange needs it."""
    domain: Domain | None = None
    """Exchange: the Windows domain, if it has one."""
    redirect_uri: Url | None = None
    """Where the provider sent the code to. By default what the settings say."""
    code_verifier: Verifier | None = None
    """With which your application asked for the code, if it did so by PKCE (RFC 7636)."""


class IntegrationUpdate(Patch):
    """What changes in an integration. With a code the user connects it again. Type and provider stay."""

    client: Line
    code: Code
    email: Email | None
    domain: Domain | None
    redirect_uri: Url | None
    code_verifier: Verifier | None
