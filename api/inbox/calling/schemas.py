"""What clients send to find a caller and to call a contact, and what they get."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.answers import Answer
from api.inbox.fields import DashedId, OfConversation, OfOrganization

Number = Annotated[str, StringConstraints(min_length=1, max_length=40), Field(examples=["+14165550199"])]


class NumberSought(OfOrganization):
    """The telephone number of somebody."""

    number: Number
    """E.164, or as it is dialled in the organization's country."""


class CallBack(OfConversation):
    """A contact whom the caller wants to call."""

    number: Number | None = None
    """One of the contact's numbers; null: the first of them."""


class PlacedCall(Answer):
    """A call that rings the caller's own telephone first."""

    call_id: DashedId
