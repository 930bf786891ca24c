"""What is done with the settings of channels."""

from api.accounts.audit import actor_of, record
from api.conventions.body import apply
from api.conventions.resource import Shown
from api.core.scope import Scope
from api.inbox.channel_settings.schemas import ChannelSettings, ChannelSettingsChange
from models import InboxChannel, InboxSettings, Queue
from models.inbox_settings import settings_of
from switchroom.ids import dashed_id

_NAMES = tuple(ChannelSettings.model_fields)


def show(scope: Scope, channel_id: str) -> Shown:
    """Return the settings of a channel. Raises NotFound."""
    channel = scope.get(InboxChannel, channel_id, "channel")
    row = settings_of(scope.session, channel.id)
    settings = {name: getattr(row, name, None) for name in _NAMES}
    queue = settings["queue_id"]
    return {
        "channel_id": dashed_id(channel.id),
        **settings,
        "queue_id": dashed_id(queue) if isinstance(queue, str) else None,
    }


def update(scope: Scope, body: ChannelSettingsChange, address: str) -> Shown:
    """Assign the settings that were sent. Return all of them. Raises NotFound, Forbidden, ValidationFailed."""
    channel = scope.get_for_change(InboxChannel, body.channel_id, "channel")
    row = settings_of(scope.session, channel.id) or InboxSettings(
        channel_id=channel.id, team_id=channel.team_id
    )
    changes = body.settings.changes()
    if (queue_id := changes.get("queue_id")) is not None:
        scope.named(Queue, queue_id, "settings.queue_id", team_id=channel.team_id)
    scope.session.add(apply(row, changes))
    scope.session.flush()
    record(
        scope.session, actor_of(scope, address), "settings of a channel changed", channel.id,
        team_id=channel.team_id, settings=sorted(changes), retention_days=row.retention_days,
    )  # fmt: skip
    return show(scope, channel.id)
