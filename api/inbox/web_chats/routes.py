"""Operations on web chats."""

from sqlmodel import col, select

from api.accounts.audit import actor_of, record
from api.conventions.resource import Shown
from api.core.deps import AddressDep, ContextDep, ScopeDep
from api.core.errors import NotFound
from api.core.route import reads
from api.core.scope import Scope
from api.inbox.fields import OfOrganization
from api.inbox.organization import administered, organization
from api.inbox.router import inbox_router
from api.inbox.web_chats.schemas import WebChatAnswer, WebChats, WebChatToSave
from models import ChannelState, InboxChannel, InboxWebChat
from models.inbox_channel import claim_of, tell_of_channel
from switchroom.encryption import encrypt
from switchroom.ids import dashed_id, new_id
from switchroom.inbox import Source
from switchroom.settings import Settings

router = inbox_router("inbox web chats")

_OWN = ("origins", "title", "color", "greeting", "away")
"""The fields that a web chat has beside those of its channel."""


@router.post("/save-web-chat", response_model=WebChatAnswer)
def save_web_chat(body: WebChatToSave, scope: ScopeDep, context: ContextDep, address: AddressDep) -> Shown:
    """Make a web chat, or change one: also one that was disconnected, which is connected again. Admins may."""
    team = administered(scope, body.organization_id)
    channel, chat = _find(scope, context.settings, team, body)
    channel.name, channel.state, channel.problem = body.name, ChannelState.CONNECTED.value, None
    channel.claim = claim_of(channel.source, channel.external_id)
    channel.sealed_token = encrypt(context.settings, "none")
    for name in _OWN:
        setattr(chat, name, getattr(body, name))
    scope.session.add(channel)
    scope.session.flush()
    scope.session.add(chat)
    record(
        scope.session,
        actor_of(scope, address),
        "web chat saved",
        channel.id,
        team_id=team,
        origins=body.origins,
    )
    tell_of_channel(scope.session, "connected", channel)
    return _show(context.settings, channel, chat)


@router.post("/web-chats", response_model=WebChats)
@reads
def list_web_chats(body: OfOrganization, scope: ScopeDep, context: ContextDep) -> Shown:
    """List the web chats of an organization."""
    team = organization(scope, body.organization_id)
    rows = scope.session.exec(
        select(InboxChannel, InboxWebChat)
        .join(InboxWebChat, col(InboxWebChat.channel_id) == col(InboxChannel.id))
        .where(col(InboxChannel.team_id) == team)
        .order_by(col(InboxChannel.id))
    )
    return {"web_chats": [_show(context.settings, channel, chat) for channel, chat in rows]}


def _find(
    scope: Scope, settings: Settings, team: str, body: WebChatToSave
) -> tuple[InboxChannel, InboxWebChat]:
    """Return the organization's web chat, or a new one. Raises NotFound."""
    if body.channel_id is None:
        id = new_id()
        channel = InboxChannel(id=id, team_id=team, source=Source.WEB_CHAT.value, external_id=dashed_id(id))
        return channel, InboxWebChat(channel_id=id, title=body.title)
    known = scope.session.get(InboxChannel, body.channel_id)
    chat = scope.session.get(InboxWebChat, body.channel_id)
    if known is None or chat is None or known.team_id != team:
        raise NotFound("channel")
    return known, chat


def _show(settings: Settings, channel: InboxChannel, chat: InboxWebChat) -> Shown:
    id, base = dashed_id(channel.id), settings.public_url.rstrip("/")
    return {
        "id": id,
        "organization_id": dashed_id(channel.team_id),
        "name": channel.name,
        "state": channel.state,
        **{name: getattr(chat, name) for name in _OWN},
        "snippet": f'<script src="{base}/web-chat/widget.js" data-channel="{id}" async></script>',
    }
