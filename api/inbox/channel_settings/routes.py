"""Operations on what an organization decides for a channel: hours, automatic replies, surveys, retention."""

from api.conventions.resource import Shown
from api.core.deps import AddressDep, ScopeDep
from api.core.route import reads
from api.inbox.channel_settings import service
from api.inbox.channel_settings.schemas import ChannelSettingsAnswer, ChannelSettingsChange, OfChannel
from api.inbox.router import inbox_router

router = inbox_router("inbox channel settings")


@router.post("/channel-settings", response_model=ChannelSettingsAnswer)
@reads
def get_channel_settings(body: OfChannel, scope: ScopeDep) -> Shown:
    """Show the settings of a channel."""
    return service.show(scope, body.channel_id)


@router.post("/update-channel-settings", response_model=ChannelSettingsAnswer)
def update_channel_settings(body: ChannelSettingsChange, scope: ScopeDep, address: AddressDep) -> Shown:
    """Change settings of a channel. Admins may. What is not sent stays as it is."""
    return service.update(scope, body, address)
