"""What the events of the stream tell clients."""

from sqlmodel import Session

from api.core.context import Context
from api.realtime import live, records
from api.realtime.change import Change
from api.realtime.live import Views
from api.realtime.records import Records
from api.telephony.live_views import Live
from models.inbox_file import with_links
from switchroom.ids import parse_id
from switchroom.messages.events import Audience, Changed, Event, Published


def changes_of(
    context: Context, session: Session, events: list[tuple[str, Event]], calls: dict[str, Audience]
) -> list[Change]:
    """Return what these events, with their cursors, tell clients.

    `calls` remembers who was told of each live call. Raises Unavailable while Redis is away.
    """
    published = [
        (cursor, event) for cursor, event in events if isinstance(event, Published) and _has_ids(event)
    ]
    newest = {(event.kind, event.id): cursor for cursor, event in published if event.kind in live.KINDS}
    views = Views(Live(context), session, newest, calls) if newest else None
    asked = {(event.kind, event.id) for _, event in published if event.kind in records.KINDS}
    read = Records(session, context.settings.public_url, asked) if asked else None

    def told(cursor: str, event: Event) -> list[Change]:
        if isinstance(event, Changed):
            data = event.data
            if event.model == "inbox_message" and data is not None:
                data = {**data, "message": with_links(context.stored.storage, data["message"])}
            return [Change(cursor, event.model, event.verb, event.id, data, event.previous, event.audience)]
        if views is not None and newest.get((event.kind, event.id)) == cursor:
            return views.changes(cursor, event)
        if read is not None and (event.kind, event.id) in asked:
            change = read.change(cursor, event)
            return [] if change is None else [change]
        return []

    return [change for cursor, event in events for change in told(cursor, event)]


def _has_ids(event: Published) -> bool:
    return bool(parse_id(event.team) and parse_id(event.id))
