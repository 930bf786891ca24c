"""What operators send."""

from typing import Annotated

from pydantic import Field

from api.conventions.body import Patch

Limit = Annotated[int, Field(ge=0, le=1_000_000)] | None


class Quotas(Patch):
    """A team's own limits. Null takes the installation's again."""

    members: Limit
    """Members, invited ones included."""
    guests: Limit
    """Guests, invited ones included."""
    queues: Limit
    numbers: Limit
    prompts: Limit
    """Uploaded prompts, music on hold included."""
    mails_a_day: Limit
    """Invitations that the team mails in a day."""
    calls: Limit
    """Calls at the same time. More are refused."""
    messages_a_day: Limit
    """Messages that the team sends in its chats in a day."""
    megabytes: Limit
    """What the team's files and prompts may take in S3."""
