"""What clients send about contacts' data, and what they get."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, Time
from api.inbox.fields import DashedId, InboxId, OfOrganization
from api.inbox.pages import Metadata
from models import PrivacyKind, PrivacyState


class OfRequest(OfOrganization):
    """What names a demand."""

    request_id: InboxId


class Demanded(Answer):
    """A demand that a worker meets. What came of it is told over the socket."""

    request_id: DashedId


class PrivacyAnswer(Answer):
    """What a contact demanded, and what came of it."""

    id: DashedId
    kind: PrivacyKind
    contact_id: DashedId
    user_id: DashedId | None
    """The admin who asked for it."""
    state: PrivacyState
    """`expired`: the file was deleted, seven days after it was made or with the contact's data."""
    problem: str | None
    size: int | None
    """Bytes of the file."""
    counts: Annotated[dict[str, int], Field(examples=[{"conversations": 2, "messages": 40, "calls": 3}])]
    """How many objects of each kind it was about."""
    created_at: Time
    done_at: Time | None
    expires_at: Time | None


class PrivacyFile(Answer, of=PrivacyAnswer):
    """The same, with the file."""

    url: Annotated[str | None, Field(examples=["https://s3.example.com/exports/0192.zip"])]
    """Where the ZIP file is, for fifteen minutes; null: there is none."""


class PrivacyPage(Answer):
    """A page of an organization's demands, the newest first."""

    data: list[PrivacyAnswer]
    response_metadata: Metadata
