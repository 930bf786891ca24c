"""Events of a calendar: what changed at the provider comes into our rows, and into the chats of meetings.

What changes here is sent by the operation that changes it (`api.integrations.events`). If the process died between the
provider's answer and our commit, the change comes back from the provider here.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from models import IntegrationEvent, utcnow
from models.integration import note
from models.integration_event import (
    LONGEST_NAME,
    change_meeting,
    end_event,
    make_meeting,
    members_by_address,
    remove_guests,
    tell_of_event,
)
from providers.integrations import base
from providers.integrations.window import AHEAD
from switchroom.database import session
from switchroom.ids import public_id
from switchroom.meeting_text import event_named, without_join
from workers.jobs.contact_sync import GRACE, Running, batches

logger = logging.getLogger(__name__)


class EventSync:
    """One synchronization."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._engine = running.resources.engine
        self._integration, self._provider = running.integration, running.provider
        self._owner = running.integration.user_id
        self._events = select(IntegrationEvent).where(IntegrationEvent.integration_id == self._integration.id)

    def run(self) -> bool:
        """Do it. Return False if the time was up. Raises ProviderError."""
        cursor = self._integration.sync_cursor
        try:
            changes = self._provider.events(cursor)
        except base.CursorExpired:
            cursor = None
            changes = self._provider.events(None)
        for rows in batches(changes.rows):
            if not self._running.go_on():
                return False
            with session(self._engine) as db:
                self._take_all(db, rows)
        gone = changes.deleted if cursor is not None else self._missing({row.id for row in changes.rows})
        for ids in batches(gone):
            if not self._running.go_on():
                return False
            with session(self._engine) as db:
                for event in db.exec(self._events.where(col(IntegrationEvent.provider_id).in_(ids))).all():
                    end_event(db, event, self._owner)
        with session(self._engine) as db:
            self._forget_unmade(db)
            note(db, self._integration.id, sync_cursor=changes.cursor)
        return True

    def _missing(self, there: set[str]) -> list[str]:
        """Return the provider's ids of events to come that we know, and that a whole list does not have.

        A whole list has the events of a window. Those before and behind it stay as they are. Two days of its end are
        left, since the window ends at a midnight.
        """
        known = select(IntegrationEvent.provider_id).where(
            IntegrationEvent.integration_id == self._integration.id,
            col(IntegrationEvent.provider_id).is_not(None),
            col(IntegrationEvent.end_at) > utcnow(),
            col(IntegrationEvent.start_at) < utcnow() + AHEAD - timedelta(days=2),
        )
        with session(self._engine, readonly=True) as db:
            return [id for id in db.exec(known) if id is not None and id not in there]

    def _take_all(self, db: Session, rows: Sequence[base.ProviderEvent]) -> None:
        known = self._events.where(col(IntegrationEvent.provider_id).in_([row.id for row in rows]))
        events = {event.provider_id: event for event in db.exec(known.with_for_update())}
        for row in rows:
            event = events.get(row.id)
            if event is None:
                self._create(db, row)
            elif event.revision != row.revision:
                before, guests = event.people, event.guests
                self._fill(db, event, row)
                db.flush()
                change_meeting(db, event, before, self._owner)
                remove_guests(db, event, set(guests) - set(event.guests), self._owner)
                tell_of_event(db, "updated", event, self._owner)

    def _create(self, db: Session, row: base.ProviderEvent) -> None:
        """Make an event of a row, or finish one of ours whose making broke off."""
        if row.start is None or row.end is None:
            return
        named = event_named(row.notes, row.location)
        unmade = self._events.where(
            IntegrationEvent.id == (named or ""), col(IntegrationEvent.provider_id).is_(None)
        )
        event = db.exec(unmade.with_for_update()).first() or IntegrationEvent(
            integration_id=self._integration.id, host_id=self._owner
        )
        self._fill(db, event, row)
        db.add(event)
        db.flush()
        if event.team_id is not None:
            make_meeting(db, event, self._owner)
        if event.team_id is not None or self._integration.synced_at is not None:
            # Of those that are there at first, which may be thousands, clients are not told one by one.
            tell_of_event(db, "created", event, self._owner)

    def _fill(self, db: Session, event: IntegrationEvent, row: base.ProviderEvent) -> None:
        event.provider_id, event.revision = row.id, row.revision
        event.name, event.notes = row.name[:LONGEST_NAME], without_join(row.notes)
        event.location, event.all_day = row.location[:1000], row.all_day
        if row.start and row.end and (event.start_at, event.end_at) != (row.start, row.end):
            event.start_at, event.end_at, event.timezone = row.start, row.end, row.timezone
        others = {address for address in row.attendees if address != self._integration.email}
        members = members_by_address(db, event.team_id, others) if event.team_id else {}
        users = sorted(public_id(id) for id in members.values() if id not in (self._owner, event.host_id))
        if users != sorted(event.users):
            event.users = users
        guests = sorted(others - members.keys())
        if guests != sorted(event.guests):
            event.guests = guests

    def _forget_unmade(self, db: Session) -> None:
        """Delete events of ours whose making broke off and that the provider does not have."""
        unmade = self._events.where(
            col(IntegrationEvent.provider_id).is_(None), col(IntegrationEvent.created_at) < utcnow() - GRACE
        )
        for event in db.exec(unmade).all():
            db.delete(event)
