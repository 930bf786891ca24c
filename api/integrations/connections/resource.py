"""What clients see of the integrations' table. Nobody is shown a grant."""

from typing import Annotated

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import Integration, IntegrationType
from models.integration import IntegrationProvider, IntegrationState


class IntegrationAnswer(Answer):
    """A user's contacts or calendar at another service."""

    id: PublicId
    user: PublicId
    type: IntegrationType
    provider: IntegrationProvider
    client: str
    """The name of the application that connected it."""
    email: str
    """The address of the user's account at the provider."""
    domain: str | None
    """Exchange: the Windows domain."""
    state: IntegrationState
    """`connected`; `reconnect`: the user must connect again; `error`: the provider failed, and is asked again later."""
    problem: str | None
    """What to do about it, if the state is not `connected`."""
    last_synced: Annotated[Time | None, Column("synced_at")]
    created_at: Time
    updated_at: Time
    """When something other than `last_synced` changed."""


INTEGRATION = Resource("integration", IntegrationAnswer, Integration, search=("client", "email"))
