"""What clients send about channels, and what they get."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from api.conventions.answers import Answer
from api.conventions.fields import OneOf, Url
from api.core.errors import ValidationFailed
from api.inbox.fields import DashedId, ExternalIds, InboxIds, Name, OfOrganization
from models import ChannelState
from switchroom.inbox import Source

Token = Annotated[str, StringConstraints(min_length=1, max_length=4096), Field(examples=["TOKEN"])]


class OfSource(OfOrganization):
    """What names a source."""

    source: Annotated[OneOf[Source], Field(examples=["SMS_TWILIO"])]


class ChannelsToConnect(OfSource):
    """Channels that an organization wants."""

    external_channel_ids: Annotated[ExternalIds, Field(examples=[["+14165550100"]])]
    """What the source knows them by: ids of pages, telephone numbers in E.164."""
    token: Token
    """What lets us act for them: a token of the page's, or a Twilio account's `SID:AuthToken`. Nobody is shown it."""
    name: Name | None = None
    """Null: the source's name of the channel."""
    image_url: Url | None = None


class ChannelsToDisconnect(OfSource):
    """Channels that an organization gives up, by the source's ids or by ours."""

    external_channel_ids: Annotated[ExternalIds, Field(examples=[["+14165550100"]])] | None = None
    channel_ids: InboxIds | None = None
    token: Token | None = None
    """Not needed: it is ignored."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if not self.external_channel_ids and not self.channel_ids:
            both = ("external_channel_ids", "channel_ids")
            raise ValidationFailed(dict.fromkeys(both, "Name a channel by one of these two"))
        return self


class ChannelsSought(OfSource):
    """A source whose channels the client wants to know."""

    token: Token
    """What lets us ask the source, as for `/connect-channels`."""


class Pending(Answer):
    """Channels that a worker connects. Whether it did is told over the socket."""

    pending_channel_ids: Annotated[
        dict[str, DashedId], Field(examples=[{"+14165550100": "0192f3c4-d5e6-7890-a1b2-c3d4e5f60718"}])
    ]
    """The source's id -> ours."""


class ChannelsRequest(Answer):
    """A question that a worker asks the source. The answer comes over the socket."""

    available_channels_request_id: DashedId


class ChannelAnswer(Answer):
    """A page, a number or an address at which people write to the organization."""

    id: DashedId
    name: str
    source: Source
    organization_id: DashedId
    external_channel_id: str
    image_url: str | None


class Channels(Answer):
    """The connected channels of an organization."""

    channels: list[ChannelAnswer]


class ChannelWithState(ChannelAnswer):
    """A channel, and what became of it."""

    state: ChannelState
    """`pending` and `disconnecting`: a worker speaks with the source."""
    problem: str | None
    """Why it could not be connected; while it is `pending`, why the source could not be asked yet."""


class AllChannels(Answer):
    """The channels of an organization, connected or not."""

    channels: list[ChannelWithState]
