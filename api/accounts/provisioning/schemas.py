"""What clients send to set up a desk phone."""

from api.accounts.provisioning.phone_files import Vendor
from api.conventions.body import Body
from api.conventions.fields import OneOf


class ProvisioningCreate(Body):
    """The phone that is to be set up."""

    vendor: OneOf[Vendor]
