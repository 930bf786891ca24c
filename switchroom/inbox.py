"""What sources of the customer inbox and the database both speak of: sources, messages, attachments."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

LONGEST_TEXT = 10_000
"""Characters of a message. What is longer is cut off when it comes in, and refused when it goes out."""
MOST_ATTACHMENTS = 10
"""Of a message that goes out."""
MOST_RECEIVED = 50
"""Attachments of a message that comes in. The others are left at its source."""


class Source(StrEnum):
    """Where a channel's messages come from."""

    FACEBOOK = "FACEBOOK"
    GOOGLE = "GOOGLE"
    SMS_TWILIO = "SMS_TWILIO"
    WHATSAPP_TWILIO = "WHATSAPP_TWILIO"
    EMAIL = "EMAIL"
    WEB_CHAT = "WEB_CHAT"


PHONES = frozenset({Source.SMS_TWILIO.value, Source.WHATSAPP_TWILIO.value})
"""Sources that know a person by their telephone number. One person has one contact over all of these."""


ONE_PART = frozenset({Source.FACEBOOK.value})
"""Sources whose messages are a text or one attachment. What has more becomes several messages."""


class AttachmentType(StrEnum):
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    FB_TEMPLATE = "FB_TEMPLATE"
    LINK = "LINK"
    FILE = "FILE"


MEDIA_TYPES = {
    AttachmentType.IMAGE.value: "image/*",
    AttachmentType.VIDEO.value: "video/*",
    AttachmentType.AUDIO.value: "audio/*",
    AttachmentType.FB_TEMPLATE.value: "text/fb-template",
    AttachmentType.LINK.value: "text/uri-list",
    AttachmentType.FILE.value: "application/octet-stream",
}
"""Type of an attachment -> the content type of a message that has nothing else."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message of a contact, as a source's adapter read it.

    `provider_id` is the source's own id of the message: what comes twice has the same. `sender` is what the source
    knows the person by (a number in E.164, a page-scoped id). `attachments`: objects of `type` and `payload`.
    """

    provider_id: str
    sender: str
    text: str
    sent_at: datetime
    sender_name: str = ""
    thread: str = ""
    """Which of the sender's threads it belongs to, where the source has threads: each is a conversation."""
    attachments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def external_id(self) -> str:
        """What the source knows the conversation by."""
        return f"{self.thread}:{self.sender}" if self.thread else self.sender


class DeliveryState(StrEnum):
    """What became of a message: `RECEIVED` from the contact, else what the source says about ours."""

    RECEIVED = "RECEIVED"
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a source says about a message of ours.

    `message_id`: our id of it, where the source repeats it. `problem`: why it failed.
    """

    provider_id: str
    state: DeliveryState
    message_id: str | None = None
    problem: str = ""
