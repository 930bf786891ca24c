"""Operations on channels."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import AddressDep, ContextDep, ScopeDep
from api.core.route import reads
from api.inbox.channels import service
from api.inbox.channels.schemas import (
    AllChannels,
    Channels,
    ChannelsRequest,
    ChannelsSought,
    ChannelsToConnect,
    ChannelsToDisconnect,
    Pending,
)
from api.inbox.fields import OfOrganization
from api.inbox.router import inbox_router
from models.inbox_channel import show_channel
from switchroom.ids import dashed_id

router = inbox_router("inbox channels")


@router.post("/connect-channels", response_model=Pending, status_code=202, responses={409: {}})
def connect_channels(
    body: ChannelsToConnect, scope: ScopeDep, context: ContextDep, address: AddressDep
) -> Shown:
    """Connect channels of a source to an organization. Admins may. What came of it is told over the socket."""
    found = service.connect(scope, context.settings, body, address)
    return {"pending_channel_ids": {given: dashed_id(row.id) for given, row in found.items()}}


@router.post("/disconnect-channels", response_model=Nothing, status_code=202)
def disconnect_channels(body: ChannelsToDisconnect, scope: ScopeDep, address: AddressDep) -> Shown:
    """Disconnect channels. Admins may. Their conversations stay."""
    service.disconnect(scope, body, address)
    return {}


@router.post("/channels", response_model=ChannelsRequest, status_code=202)
def list_available_channels(body: ChannelsSought, scope: ScopeDep, context: ContextDep) -> Shown:
    """Ask a source for its channels. Admins may. The answer comes over the socket."""
    request = service.ask_available(scope, context.settings, body)
    return {"available_channels_request_id": dashed_id(request)}


@router.post("/all-channels", response_model=AllChannels)
@reads
def list_all_channels(body: OfOrganization, scope: ScopeDep) -> Shown:
    """List all channels of an organization with their states, also those that are not connected. Admins may."""
    rows = service.every(scope, body.organization_id)
    return {"channels": [{**show_channel(row), "state": row.state, "problem": row.problem} for row in rows]}


@router.post("/connected-channels", response_model=Channels)
@reads
def list_connected_channels(body: OfOrganization, scope: ScopeDep) -> Shown:
    """List the connected channels of an organization."""
    return {"channels": [show_channel(row) for row in service.connected(scope, body.organization_id)]}
