"""Channels of the customer inbox: a page, a number, an address at which people write to an organization."""

from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.base import ChangingRow
from models.outbox import emit_event
from switchroom.ids import dashed_id
from switchroom.inbox import Source
from switchroom.messages.events import to_team


class ChannelState(StrEnum):
    """`pending`: a worker connects it. `failed`: the source refused; `problem` says why."""

    PENDING = "pending"
    CONNECTED = "connected"
    DISCONNECTING = "disconnecting"
    DISCONNECTED = "disconnected"
    FAILED = "failed"


class InboxChannel(ChangingRow, table=True):
    """A channel of an organization. It stays when it is disconnected, with its conversations."""

    __tablename__ = "inbox_channels"
    __table_args__ = (UniqueConstraint("team_id", "source", "external_id"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    source: str = Field(max_length=20)
    external_id: str = Field(max_length=254)
    """What the source knows it by: a page's id, a number in E.164."""
    name: str = Field(default="", max_length=100)
    image_url: str | None = Field(default=None, max_length=2000)
    state: str = Field(default=ChannelState.PENDING.value, max_length=13)
    problem: str | None = Field(default=None, max_length=300)
    sealed_token: str | None = None
    """What lets us act for the channel at its source, encrypted (`switchroom.encryption`). Nobody is shown it."""
    claim: str | None = Field(default=None, unique=True, max_length=300)
    """`claim_of` while it is connected: what a source sends to its hook belongs to one organization."""


def claim_of(source: str, external_id: str) -> str | None:
    """Return by what the channel of an incoming message is found. None: others may connect it too.

    Only a source that says to whom a number or a page belongs lets an organization keep others from it. A mailbox does
    not: whoever can sign in to any server can name any address. Each channel reads its own mailbox.
    """
    return None if source == Source.EMAIL.value else f"{source}:{external_id}"


def connected_channel(session: Session, source: str, external_id: str) -> InboxChannel | None:
    """Return the channel that is connected under this name of its source's, which calls a hook."""
    claim = claim_of(source, external_id)
    if claim is None:
        return None
    return session.exec(select(InboxChannel).where(col(InboxChannel.claim) == claim)).first()


def connected_ids(session: Session, source: str) -> list[str]:
    """Return the ids of the source's connected channels, of all organizations."""
    connected = col(InboxChannel.state) == ChannelState.CONNECTED.value
    return list(session.exec(select(InboxChannel.id).where(col(InboxChannel.source) == source, connected)))


def show_channel(channel: InboxChannel) -> dict[str, str | None]:
    """Return the channel as clients see it."""
    return {
        "id": dashed_id(channel.id),
        "name": channel.name,
        "source": channel.source,
        "organization_id": dashed_id(channel.team_id),
        "external_channel_id": channel.external_id,
        "image_url": channel.image_url,
    }


def tell_of_channel(session: Session, verb: str, channel: InboxChannel) -> None:
    """Tell the organization's clients that the channel was `connected`, `disconnected`, that this `failed`, or that it
    is `delayed`: the source could not be asked, and is asked again."""
    session.flush()
    told = {**show_channel(channel), "state": channel.state, "problem": channel.problem}
    emit_event(session, "inbox_channel", verb, channel.id, told, to_team(channel.team_id))
