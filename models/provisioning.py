"""Links by which a desk phone fetches its configuration, with the password of its SIP account."""

from datetime import datetime

from sqlmodel import Field

from models.base import Row, time_field


class ProvisioningLink(Row, table=True):
    """A link for one phone of a member. Of its token only the hash is stored."""

    __tablename__ = "provisioning_links"

    member_id: str = Field(foreign_key="team_users.id", index=True, max_length=32, ondelete="CASCADE")
    vendor: str = Field(max_length=20)
    token_hash: str = Field(unique=True, max_length=64)
    expires_at: datetime = time_field(nullable=False)
    fetched_at: datetime | None = time_field()
    """When the configuration was fetched first. A phone may fetch it again for a short time, and nobody after that."""
