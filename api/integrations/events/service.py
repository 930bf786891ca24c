"""What is done with events. The provider is asked first, outside of a transaction; then our rows follow.

If the process dies between the two, the synchronization (`workers.jobs.event_sync`) brings the provider's state here.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlmodel import Session, and_, col, select

from api.accounts.guests.schemas import GuestInvitation
from api.accounts.guests.service import group_chat, invite_all
from api.chat.chats.service import members_named
from api.conventions.resource import Shown, require_unchanged
from api.core.context import Context
from api.core.errors import Conflict, DomainError, NotFound, ValidationFailed
from api.core.identities import Identity
from api.core.scope import USER, VISIBLE_CHAT_IDS, Scope
from api.integrations.connections import service as connections
from api.integrations.events.resource import EVENT
from api.integrations.events.schemas import EventCreate, EventGuests, EventUpdate, iana_name, zone_named
from api.integrations.provider import Asked, ask, asked
from models import Chat, Integration, IntegrationEvent, IntegrationType, Team
from models.chat import new_conf_pin
from models.integration_event import (
    addresses,
    change_meeting,
    end_event,
    make_meeting,
    meeting_of,
    members_by_address,
    remove_guests,
    tell_of_event,
)
from providers.integrations import base
from switchroom.ids import parse_id, public_id
from switchroom.meeting_text import join_link, with_join
from switchroom.prepared import Prepared
from switchroom.settings import Settings

log = logging.getLogger(__name__)

Result = TypeVar("Result")
LISTED = (
    select(IntegrationEvent)
    .join(
        Integration,
        (col(Integration.id) == col(IntegrationEvent.integration_id)) & (col(Integration.user_id) == USER),
    )
    .outerjoin(Chat, and_(col(Chat.id) == col(IntegrationEvent.id), col(Chat.id).in_(VISIBLE_CHAT_IDS)))
    .where(
        col(IntegrationEvent.integration_id) == bindparam("integration"),
        col(IntegrationEvent.provider_id).is_not(None),
    )
)
"""The events of one integration of the caller. Who is no more in the chat of a meeting sees none, and no PIN."""
_ONE = LISTED.where(col(IntegrationEvent.id) == bindparam("event"))
_SHOWN = Prepared(_ONE.with_only_columns(*EVENT.read_columns, maintain_column_froms=True))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for what: the caller, the integration and the event of the path, and `If-Match`."""

    context: Context
    identity: Identity
    integration: str
    event: str = ""
    if_match: frozenset[str] | None = None

    def scope(self, session: Session) -> Scope:
        """The caller's view of the database."""
        return Scope(session, self.identity, self.if_match)

    def found(self, scope: Scope) -> tuple[Integration, IntegrationEvent]:
        """Return the integration and the event. Raises NotFound, Changed."""
        integration = calendar(scope, self.integration)
        named = {**scope.values, "integration": integration.id, "event": parse_id(self.event)}
        event = scope.session.exec(_ONE, params=named).first()
        if event is None:
            raise NotFound("event")
        require_unchanged(scope, event)
        return integration, event

    def read(self, work: Callable[[Scope], Result]) -> Result:
        """Do it in a transaction that only reads."""
        return self.context.read(lambda session: work(self.scope(session)))

    def write(self, work: Callable[[Scope], Result]) -> Result:
        """Do it in a transaction."""
        return self.context.write(lambda session: work(self.scope(session)))


def calendar(scope: Scope, text: str) -> Integration:
    """Return an integration of the caller that has a calendar. Raises NotFound, Conflict."""
    integration = connections.get(scope, text)
    if integration.type != IntegrationType.EVENTS.value:
        raise Conflict("This integration has contacts. Connect another one of the type events")
    return integration


def show(scope: Scope, event: IntegrationEvent) -> Shown:
    """Show an event with the numbers of its chat."""
    named = {**scope.values, "integration": event.integration_id, "event": event.id}
    return EVENT.shown([_SHOWN.row(scope.session, named)])[0]


def create(caller: Caller, body: EventCreate) -> Shown:
    """Make an event at the provider, and a chat for its meeting. If the provider fails, nothing is left.

    Raises NotFound, ValidationFailed, Conflict, Unavailable.
    """

    def intend(scope: Scope) -> tuple[Asked, base.ProviderEvent, IntegrationEvent]:
        integration, event = _planned(scope, caller.integration, body)
        scope.session.add(event)
        scope.session.flush()
        return asked(integration), _row(scope.session, caller.context.settings, integration, event), event

    who, row, event = caller.write(intend)
    try:
        made = ask(caller.context, who, lambda provider: provider.create_event(row))
    except DomainError:
        caller.write(lambda scope: _forget(scope, event.id))
        raise

    def keep(scope: Scope) -> Shown:
        event_ = scope.session.get(IntegrationEvent, event.id, with_for_update=True)
        if event_ is None:
            raise NotFound("integration")
        if event_.provider_id is None:
            # Else the synchronization was faster.
            event_.provider_id, event_.revision = made.id, made.revision
            scope.session.flush()
            make_meeting(scope.session, event_, scope.user_id)
            tell_of_event(scope.session, "created", event_, scope.user_id)
        return show(scope, event_)

    return caller.write(keep)


def _planned(scope: Scope, text: str, body: EventCreate) -> tuple[Integration, IntegrationEvent]:
    integration = calendar(scope, text)
    team = scope.session.get_one(Team, scope.team_for(body.team))
    zone = body.timezone or team.timezone
    users = members_named(scope, team.id, body.users, "users")
    host = scope.member_named(team.id, body.host, "host").user_id if body.host else scope.user_id
    start, end = _span(zone, body.start, body.end)
    return integration, IntegrationEvent(
        integration_id=integration.id,
        team_id=team.id,
        host_id=host,
        name=body.name,
        notes=body.notes,
        start_at=start,
        end_at=end,
        timezone=zone,
        users=_shown_users(users, host, scope.user_id),
        first_pin=new_conf_pin(),
    )


def _forget(scope: Scope, event_id: str) -> None:
    event = scope.session.get(IntegrationEvent, event_id)
    if event is not None:
        scope.session.delete(event)


def _shown_users(users: Collection[str], *others: str | None) -> list[str]:
    return [public_id(user) for user in users if user not in others]


def _span(zone: str, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return both in UTC. Raises ValidationFailed if the end is not later."""
    # In UTC: two times of one zone are compared by what its clocks show, also where these jump.
    start, end = (
        (moment if moment.tzinfo else moment.replace(tzinfo=zone_named(zone))).astimezone(UTC)
        for moment in (start, end)
    )
    if end <= start:
        raise ValidationFailed({"end": "Must be later than start"})
    return start, end


def _row(
    session: Session, settings: Settings, integration: Integration, event: IntegrationEvent
) -> base.ProviderEvent:
    """Return the event as the provider shall have it."""
    notes = event.notes
    people = {*event.user_ids, event.host_id} - {integration.user_id, None}
    attendees = [*addresses(session, [user for user in people if user]), *event.guests]
    chat = meeting_of(session, event, integration.user_id)
    if event.team_id is not None and (chat is not None or event.provider_id is None):
        team = session.get_one(Team, event.team_id)
        pin = chat.conf_pin if chat else event.first_pin
        notes = with_join(notes, join_link(settings.public_url, team.slug, event.id), pin)
    return base.ProviderEvent(
        id=event.provider_id or "",
        revision=event.revision,
        name=event.name,
        notes=notes,
        start=event.start_at,
        end=event.end_at,
        timezone=iana_name(event.timezone),
        location=event.location,
        attendees=tuple(dict.fromkeys(attendees)),
        all_day=event.all_day,
    )


def update(caller: Caller, body: EventUpdate) -> Shown:
    """Change the event at the provider, and the meeting. Raises NotFound, Changed, ValidationFailed, Conflict."""
    return _change(caller, lambda scope, event: _assign(scope, event, body.changes()))


def _assign(scope: Scope, event: IntegrationEvent, sent: dict[str, Any]) -> None:
    """Assign what was sent. Users and host belong to a meeting of the caller's team: any other event ignores them."""
    event.name, event.notes = sent.get("name", event.name), sent.get("notes", event.notes)
    event.timezone = sent.get("timezone") or event.timezone
    if "start" in sent or "end" in sent:
        moments = sent.get("start", event.start_at), sent.get("end", event.end_at)
        event.start_at, event.end_at = _span(event.timezone, *moments)
        event.all_day = False
    team_id = _team_of(scope, event)
    if team_id is None:
        return
    if sent.get("host"):
        event.host_id = scope.member_named(team_id, sent["host"], "host").user_id
    users = event.user_ids
    if "users" in sent:
        users = members_named(scope, team_id, sent["users"], "users")
    event.users = _shown_users(users, event.host_id, scope.user_id)


def _team_of(scope: Scope, event: IntegrationEvent) -> str | None:
    """Return the team of the meeting. None: it is no meeting, or one of a team that the caller has left."""
    return event.team_id if event.team_id in scope.memberships else None


def _members(scope: Scope, event: IntegrationEvent, emails: Collection[str]) -> dict[str, str]:
    """Return the ids of those members of the meeting's team who have one of these addresses, by address."""
    team_id = _team_of(scope, event)
    return members_by_address(scope.session, team_id, emails) if team_id else {}


def _change(
    caller: Caller,
    change: Callable[[Scope, IntegrationEvent], None],
    and_then: Callable[[Scope, IntegrationEvent, IntegrationEvent], None] | None = None,
) -> Shown:
    """Change the event at the provider, then here. `and_then` gets the event as it is and as it was.

    If `and_then` refuses, the provider gets its event back.
    """
    settings = caller.context.settings

    def plan(scope: Scope) -> tuple[Asked, base.ProviderEvent, base.ProviderEvent]:
        integration, event = caller.found(scope)
        who, before = asked(integration), _row(scope.session, settings, integration, event)
        with scope.session.no_autoflush:
            change(scope, event)
            row = _row(scope.session, settings, integration, event)
        scope.session.expunge(event)
        return who, before, row

    who, before, row = caller.read(plan)
    made = ask(caller.context, who, lambda provider: provider.update_event(row))

    def keep(scope: Scope) -> Shown:
        _, event = caller.found(scope)
        was = IntegrationEvent(**event.model_dump())
        change(scope, event)
        event.revision = made.revision
        scope.session.flush()
        change_meeting(scope.session, event, was.people, scope.user_id)
        if and_then is not None:
            and_then(scope, event, was)
        tell_of_event(scope.session, "updated", event, scope.user_id)
        return show(scope, event)

    try:
        return caller.write(keep)
    except DomainError:
        _put_back(caller.context, who, replace(before, revision=made.revision))
        raise


def _put_back(context: Context, who: Asked, before: base.ProviderEvent) -> None:
    try:
        ask(context, who, lambda provider: provider.update_event(before))
    except DomainError:
        # The next synchronization brings the provider's event here.
        log.warning("an event was not put back", extra={"integration": who.integration_id})


def delete(caller: Caller) -> Shown:
    """Delete the event at the provider, and archive the chat. Raises NotFound, Changed, Conflict, Unavailable."""

    def plan(scope: Scope) -> tuple[Asked, str, str, Shown]:
        integration, event = caller.found(scope)
        return asked(integration), event.provider_id or "", event.revision, show(scope, event)

    who, provider_id, revision, shown = caller.read(plan)
    ask(caller.context, who, lambda provider: provider.delete_event(provider_id, revision))

    def end(scope: Scope) -> None:
        event = scope.session.get(IntegrationEvent, parse_id(caller.event))
        if event is not None:
            end_event(scope.session, event, scope.user_id)

    caller.write(end)
    return shown


def add_guests(caller: Caller, body: EventGuests) -> Shown:
    """Let these people take part. Members of the team come into the chat; others are invited to it as guests.

    Raises NotFound, Forbidden, Conflict, ValidationFailed, Unavailable, RateLimited.
    """
    emails = list(dict.fromkeys(body.emails))

    def add(scope: Scope, event: IntegrationEvent) -> None:
        members = _members(scope, event, emails)
        if meeting_of(scope.session, event, scope.user_id) and set(emails) - members.keys() - set(
            event.guests
        ):
            group_chat(scope, event.id)
        event.users = [
            *dict.fromkeys([*event.users, *_shown_users(members.values(), event.host_id, scope.user_id)])
        ]
        event.guests = [*dict.fromkeys([*event.guests, *(email for email in emails if email not in members)])]

    def invite(scope: Scope, event: IntegrationEvent, was: IntegrationEvent) -> None:
        new = [email for email in event.guests if email not in was.guests]
        if new and meeting_of(scope.session, event, scope.user_id):
            invite_all(scope, caller.context, GuestInvitation(chat=event.id, emails=new))

    return _change(caller, add, invite)


def remove_guest(caller: Caller, text: str) -> Shown:
    """Take the person with this address out of the event and out of its chat. Raises NotFound as `update` does."""
    email = text.strip().lower()

    def remove(scope: Scope, event: IntegrationEvent) -> None:
        member = public_id(_members(scope, event, [email]).get(email, ""))
        if email not in event.guests and member not in event.users:
            raise NotFound("guest of this event")
        event.guests = [guest for guest in event.guests if guest != email]
        event.users = [user for user in event.users if user != member]

    def leave(scope: Scope, event: IntegrationEvent, was: IntegrationEvent) -> None:
        remove_guests(scope.session, event, set(was.guests) - set(event.guests), scope.user_id)

    return _change(caller, remove, leave)
