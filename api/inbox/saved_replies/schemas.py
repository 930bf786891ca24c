"""What clients send about saved replies, and what they get."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer
from api.inbox.fields import DashedId, InboxId, Name, OfConversation, OfOrganization, VisibleText


class NewSavedReply(OfOrganization):
    """A text that members send often."""

    name: Annotated[Name, Field(examples=["Greeting"])]
    text: Annotated[VisibleText, Field(examples=["Hello {{first_name}}, this is {{agent}}."])]
    """`{{first_name}}`, `{{last_name}}`, `{{name}}`, `{{organization}}`, `{{agent}}`, and each key of the contact's
    info in braces like these, stand for their values."""


class SavedReplyChange(NewSavedReply):
    """What a saved reply is from now on."""

    saved_reply_id: InboxId


class OfSavedReply(OfOrganization):
    """What names a saved reply."""

    saved_reply_id: InboxId


class ReplyToFill(OfConversation):
    """A saved reply, and the conversation for which it is filled."""

    saved_reply_id: InboxId


class SavedReplyAnswer(Answer):
    """A text that members send often."""

    id: DashedId
    organization_id: DashedId
    name: str
    text: str
    placeholders: list[str]
    """The placeholders in the text."""


class SavedReplies(Answer):
    """The saved replies of an organization, by name."""

    saved_replies: list[SavedReplyAnswer]


class FilledReply(Answer):
    """A saved reply with the values of a conversation."""

    text: str
    """What has no value stands in it as it was."""
    missing: list[str]
    """The placeholders without a value."""
