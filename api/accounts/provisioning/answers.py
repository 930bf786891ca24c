"""What clients get to set up a desk phone."""

from typing import Annotated

from pydantic import Field

from api.accounts.provisioning.phone_files import Vendor
from api.conventions.answers import Answer, PublicId, Time


class ProvisioningAnswer(Answer):
    """A link by which one phone fetches its configuration, once."""

    id: PublicId
    vendor: Vendor
    url: Annotated[str, Field(examples=["https://pbx.example.com/provision/5b1f/"])]
    """What is typed into the phone as its provisioning server. It is shown this once."""
    expires_at: Time
