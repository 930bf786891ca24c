"""What clients send about the settings of channels, and what they get."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer
from api.conventions.body import Body, Patch
from api.inbox.fields import DashedId, InboxId, VisibleText
from api.telephony.queues.rules import Opening

LONGEST_RETENTION = 36_500


class OfChannel(Body):
    """What names a channel."""

    channel_id: InboxId


class ChannelSettings(Body):
    """What an organization decides for a channel."""

    hours: Opening | None = None
    """When the channel is served; null: always."""
    closed_reply: Annotated[VisibleText, Field(examples=["We are back at nine."])] | None = None
    """What a contact is answered who writes outside of the hours, once in each closed period; null: nothing. All three
    texts take the placeholders of saved replies but `agent`."""
    survey_question: Annotated[VisibleText, Field(examples=["How did we do, from 1 to 5?"])] | None = None
    """What a contact is asked when their conversation is closed; null: nothing."""
    survey_thanks: Annotated[VisibleText, Field(examples=["Thank you!"])] | None = None
    """What a contact is answered who gave a score; null: nothing."""
    retention_days: Annotated[int, Field(ge=1, le=LONGEST_RETENTION)] | None = None
    """After how many days messages and notes are deleted; null: never."""
    queue_id: Annotated[InboxId | None, Field(examples=[None])] = None
    """The queue whose agents are offered a conversation that the contact opens; null: none."""


class SettingsPatch(Patch, of=ChannelSettings):
    """Settings to change. What is not sent stays as it is."""


class ChannelSettingsChange(OfChannel):
    """A channel, and what changes in its settings."""

    settings: Annotated[SettingsPatch, Field(examples=[{"closed_reply": "We are back at nine."}])]


class ChannelSettingsAnswer(Answer, of=ChannelSettings):
    """The settings of a channel."""

    channel_id: DashedId
