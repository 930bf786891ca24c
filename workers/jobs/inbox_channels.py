"""Channels of the inbox: connect and disconnect them at their source, and list those that a token is good for."""

import logging

from cryptography.fernet import InvalidToken
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import ChannelState, InboxChannel
from models.inbox_channel import claim_of, tell_of_channel
from models.outbox import emit_event
from providers.inbox.base import Access, Found
from providers.inbox.choose import hook_of, make_adapter
from providers.inbox.http import SourceError, SourceRefused
from switchroom.database import session
from switchroom.encryption import decrypt, encrypt
from switchroom.ids import dashed_id
from switchroom.messages.events import to_user
from switchroom.settings import Settings
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

ELSEWHERE = "The channel is connected to another organization"


def connect_inbox_channel(channel_id: str, _request: str = "") -> None:
    """Job: let the source send us what people write to the channel. Raises SourceError while it cannot be asked.

    Each request is a job of its own: one that waits for its next try does not keep the next request, which may have
    another token.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(InboxChannel, channel_id)
    if row is None or row.state != ChannelState.PENDING.value:
        return
    try:
        adapter = make_adapter(resources.settings, row.source)
        hook = hook_of(resources.settings, row.source)
        found = adapter.connect(access_of(resources.settings, row), hook)
    except SourceRefused as error:
        _end(resources, channel_id, str(error))
        return
    except SourceError as error:
        _delayed(resources, channel_id, str(error))
        raise
    try:
        with session(resources.engine) as db:
            _connected(db, resources.settings, channel_id, found)
    except IntegrityError:
        _end(resources, channel_id, ELSEWHERE)


def _connected(db: Session, settings: Settings, channel_id: str, found: Found) -> None:
    row = db.get_one(InboxChannel, channel_id)
    if row.state != ChannelState.PENDING.value:
        return  # Somebody gave it up meanwhile.
    row.state, row.problem = ChannelState.CONNECTED.value, None
    row.claim = claim_of(row.source, row.external_id)
    if row.name == row.external_id[:100]:
        row.name = found.name
    row.image_url = row.image_url or found.image_url
    if found.token is not None:
        row.sealed_token = encrypt(settings, found.token)
    tell_of_channel(db, "connected", row)


def _delayed(resources: Resources, channel_id: str, problem: str) -> None:
    """Note why the source could not be asked, and tell clients. It is tried again."""
    with session(resources.engine) as db:
        row = db.get_one(InboxChannel, channel_id)
        if row.state == ChannelState.PENDING.value and row.problem != problem[:300]:
            row.problem = problem[:300]
            tell_of_channel(db, "delayed", row)


def _end(resources: Resources, channel_id: str, problem: str) -> None:
    """Note that the channel cannot be connected, and tell clients."""
    with session(resources.engine) as db:
        row = db.get_one(InboxChannel, channel_id)
        row.state, row.problem, row.claim = ChannelState.FAILED.value, problem[:300], None
        tell_of_channel(db, "failed", row)
    logger.info("a channel was not connected", extra={"channel": channel_id})


def disconnect_inbox_channel(channel_id: str) -> None:
    """Job: let the source send us nothing more. What the source says about it changes nothing here.

    Raises SourceError while it cannot be asked.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(InboxChannel, channel_id)
    if row is None or row.state != ChannelState.DISCONNECTING.value:
        return
    try:
        make_adapter(resources.settings, row.source).disconnect(access_of(resources.settings, row))
    except SourceRefused as error:
        logger.info("a source refused to disconnect", extra={"channel": channel_id, "error": str(error)})
    with session(resources.engine) as db:
        row = db.get_one(InboxChannel, channel_id)
        if row.state == ChannelState.DISCONNECTING.value:
            row.state, row.claim, row.sealed_token = ChannelState.DISCONNECTED.value, None, None
            tell_of_channel(db, "disconnected", row)


def list_inbox_channels(request_id: str, team_id: str, user_id: str, source: str, sealed_token: str) -> None:
    """Job: tell the user's clients which channels of the source a token is good for, or why it is not known.

    `sealed_token` is the encrypted token without its padding. Nothing is tried again: the user waits, and can ask
    again.
    """
    resources = get_resources()
    problem, found = None, []
    try:
        token = _open(resources.settings, sealed_token + "=" * (-len(sealed_token) % 4))
        found = make_adapter(resources.settings, source).available(token)
    except SourceError as error:
        problem = str(error)
    with session(resources.engine) as db:
        mine = select(InboxChannel.external_id).where(
            col(InboxChannel.team_id) == team_id,
            col(InboxChannel.source) == source,
            col(InboxChannel.state) == ChannelState.CONNECTED.value,
        )
        connected = set(db.exec(mine))
        told = {
            "available_channels_request_id": dashed_id(request_id),
            "organization_id": dashed_id(team_id),
            "source": source,
            "problem": problem,
            "channels": [
                {
                    "name": one.name,
                    "source": source,
                    "external_channel_id": one.external_id,
                    "image_url": one.image_url,
                    "connected": one.external_id in connected,
                }
                for one in found
            ],
        }
        emit_event(db, "inbox_channels", "available", request_id, told, to_user(user_id, team=team_id))


def access_of(settings: Settings, row: InboxChannel) -> Access:
    """Return what lets us act for the channel. Raises SourceRefused if its token is gone."""
    if row.sealed_token is None:
        raise SourceRefused("The channel has no token any more. Connect it again")
    return Access(row.external_id, _open(settings, row.sealed_token))


def _open(settings: Settings, sealed: str) -> str:
    try:
        return decrypt(settings, sealed)
    except InvalidToken:
        raise SourceRefused(
            "The token was encrypted with another secret key. Connect the channel again"
        ) from None
