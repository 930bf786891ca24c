"""What clients get of sign-in to the inbox."""

from typing import Annotated, Literal

from pydantic import Field

from api.conventions.answers import Answer
from api.inbox.fields import DashedId

InboxRole = Literal["ADMIN", "MEMBER"]


class OrganizationSummary(Answer):
    """An organization of the user's: a team of the team API."""

    id: DashedId
    name: str
    role: InboxRole


class InboxMembership(Answer):
    """What the user is in an organization."""

    organization_id: DashedId
    role: InboxRole


class SignedIn(Answer):
    """The user, with what proves who they are."""

    id: DashedId
    first_name: str
    last_name: str
    avatar_url: str | None
    organizations: list[OrganizationSummary]
    memberships: list[InboxMembership]
    token: Annotated[str, Field(examples=["JWT_TOKEN"])]
    """For the header `Authorization: Bearer ...`. It is good for some minutes."""
    refresh_token: Annotated[str, Field(examples=["REFRESH_TOKEN"])]
    """Gets a new token, once."""
