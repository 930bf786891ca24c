"""What is done with channels. A worker speaks with the source; clients are told over the socket what came of it."""

from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter, ValidationError
from sqlmodel import col, or_, select

from api.accounts.audit import actor_of, record
from api.conventions.fields import Email
from api.core.errors import NotFound, ValidationFailed
from api.core.scope import Scope
from api.inbox.channels.schemas import ChannelsSought, ChannelsToConnect, ChannelsToDisconnect
from api.inbox.errors import ChannelElsewhere
from api.inbox.organization import administered, organization
from models import ChannelState, InboxChannel
from models.inbox_channel import claim_of
from models.outbox import OutboxKind, emit
from switchroom.encryption import encrypt
from switchroom.ids import new_id
from switchroom.inbox import PHONES, Source
from switchroom.messages.outbox import JobRequest
from switchroom.numbers import E164, parse
from switchroom.settings import Settings

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


def connect(
    scope: Scope, settings: Settings, body: ChannelsToConnect, address: str
) -> dict[str, InboxChannel]:
    """Let a worker connect the channels. Return them by the ids that the client sent.

    Raises NotFound, Forbidden, ValidationFailed, ChannelElsewhere.
    """
    team = administered(scope, body.organization_id)
    source = body.source.value
    named = {given: _external(source, given, connecting=True) for given in body.external_channel_ids}
    _require_unclaimed(scope, team, source, named.values())
    known = {row.external_id: row for row in _rows(scope, team, source, list(named.values()))}
    found: dict[str, InboxChannel] = {}
    for given, external in named.items():
        row = known.setdefault(external, InboxChannel(team_id=team, source=source, external_id=external))
        row.name = body.name or row.name or external[:100]
        row.image_url = body.image_url or row.image_url
        row.state, row.problem = ChannelState.PENDING.value, None
        row.sealed_token = encrypt(settings, body.token)
        scope.session.add(row)
        found[given] = row
    scope.session.flush()
    for row in known.values():
        _ask(scope, "connect_inbox_channel", row.id, new_id())
        _audit(scope, address, "channel connected", row)
    return found


def _external(source: str, given: str, *, connecting: bool = False) -> str:
    """Return the source's id of a channel in its one form. Raises ValidationFailed."""
    if source == Source.WEB_CHAT.value and connecting:
        raise ValidationFailed({"source": "Web chats are made by /save-web-chat"})
    if source == Source.EMAIL.value:
        return _address(given)
    if source not in PHONES:
        return given
    number = given.removeprefix("whatsapp:")
    number = parse(number) or number
    if not E164.fullmatch(number):
        raise ValidationFailed(
            {"external_channel_ids": "Must be telephone numbers in E.164, like +14165550100"}
        )
    return number


def _address(given: str) -> str:
    try:
        return _EMAIL.validate_python(given)
    except ValidationError:
        raise ValidationFailed({"external_channel_ids": "Must be e-mail addresses"}) from None


def _require_unclaimed(scope: Scope, team: str, source: str, externals: Iterable[str]) -> None:
    claims = [claim for external in externals if (claim := claim_of(source, external)) is not None]
    taken = select(InboxChannel.external_id).where(
        col(InboxChannel.claim).in_(claims), col(InboxChannel.team_id) != team
    )
    elsewhere = scope.session.exec(taken).first()
    if elsewhere is not None:
        raise ChannelElsewhere(elsewhere)


def _rows(
    scope: Scope, team: str, source: str, externals: Sequence[str], ids: Sequence[str] = ()
) -> list[InboxChannel]:
    mine = select(InboxChannel).where(
        col(InboxChannel.team_id) == team,
        col(InboxChannel.source) == source,
        or_(col(InboxChannel.external_id).in_(externals), col(InboxChannel.id).in_(ids)),
    )
    return list(scope.session.exec(mine))


def disconnect(scope: Scope, body: ChannelsToDisconnect, address: str) -> None:
    """Let a worker disconnect the channels. Raises NotFound, also if one is not the organization's, and Forbidden."""
    team = administered(scope, body.organization_id)
    source = body.source.value
    externals = {_external(source, given) for given in body.external_channel_ids or ()}
    ids = set(body.channel_ids or ())
    rows = _rows(scope, team, source, sorted(externals), sorted(ids))
    if externals - {row.external_id for row in rows} or ids - {row.id for row in rows}:
        raise NotFound("channel")
    for row in rows:
        if row.state != ChannelState.DISCONNECTED.value:
            row.state = ChannelState.DISCONNECTING.value
            _ask(scope, "disconnect_inbox_channel", row.id)
            _audit(scope, address, "channel disconnected", row)


def ask_available(scope: Scope, settings: Settings, body: ChannelsSought) -> str:
    """Let a worker ask the source for its channels. Return the id of the question. Raises NotFound, Forbidden."""
    team, request = administered(scope, body.organization_id), new_id()
    # A job's id has its arguments, and takes no `=`. The job puts the padding back.
    token = encrypt(settings, body.token).rstrip("=")
    _ask(scope, "list_inbox_channels", request, team, scope.user_id, body.source.value, token)
    return request


def every(scope: Scope, team_id: str) -> list[InboxChannel]:
    """Return all channels of the organization. Raises NotFound, Forbidden."""
    team = administered(scope, team_id)
    mine = select(InboxChannel).where(col(InboxChannel.team_id) == team)
    return list(scope.session.exec(mine.order_by(col(InboxChannel.id))))


def connected(scope: Scope, team_id: str) -> list[InboxChannel]:
    """Return the connected channels of the organization. Raises NotFound."""
    team = organization(scope, team_id)
    mine = select(InboxChannel).where(
        col(InboxChannel.team_id) == team, col(InboxChannel.state) == ChannelState.CONNECTED.value
    )
    return list(scope.session.exec(mine.order_by(col(InboxChannel.id))))


def _ask(scope: Scope, job: str, *args: str) -> None:
    emit(scope.session, OutboxKind.JOB, JobRequest(name=job, args=list(args)).model_dump())


def _audit(scope: Scope, address: str, action: str, row: InboxChannel) -> None:
    record(
        scope.session, actor_of(scope, address), action, row.id,
        team_id=row.team_id, source=row.source, channel=row.external_id,
    )  # fmt: skip
