"""Operations on events and their meetings."""

from typing import Annotated

from fastapi import Depends

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, IdentityDep, IfMatchDep, ScopeDep
from api.integrations.connections import service as connections
from api.integrations.events import service
from api.integrations.events.resource import EVENT, EventAnswer
from api.integrations.events.schemas import EventCreate, EventGuests, EventUpdate
from api.integrations.events.service import Caller

router = v1_router(tags=["integration events"])

EventListing = Annotated[Listing, Depends(Lists(EVENT))]


async def _of_integration(integration_id: str, identity: IdentityDep, context: ContextDep) -> Caller:
    return Caller(context, identity, integration_id)


async def _of_event(
    integration_id: str,
    calendar_event_id: str,
    identity: IdentityDep,
    if_match: IfMatchDep,
    context: ContextDep,
) -> Caller:
    return Caller(context, identity, integration_id, calendar_event_id, if_match)


ForIntegration = Annotated[Caller, Depends(_of_integration)]
ForEvent = Annotated[Caller, Depends(_of_event)]


@router.post(
    "/integration/{integration_id}/event", response_model=EventAnswer, status_code=201, responses={409: {}}
)
def create_event(body: EventCreate, caller: ForIntegration) -> Shown:
    """Make an event in the calendar, and a meeting with a chat, a room number and a PIN."""
    return service.create(caller, body)


@router.get("/integration/{integration_id}/event", response_model=list[EventAnswer])
def list_events(integration_id: str, scope: ScopeDep, listing: EventListing) -> list[Shown]:
    """List the events of the calendar by their start, also those that were made at the provider."""
    integration = connections.get(scope, integration_id)
    return listing.show(scope, service.LISTED, integration=integration.id)


@router.patch(
    "/integration/{integration_id}/event/{calendar_event_id}", response_model=EventAnswer, responses={409: {}}
)
def update_event(body: EventUpdate, caller: ForEvent) -> Shown:
    """Change an event and its meeting. The team stays."""
    return service.update(caller, body)


@router.delete(
    "/integration/{integration_id}/event/{calendar_event_id}", response_model=EventAnswer, responses={409: {}}
)
def delete_event(caller: ForEvent) -> Shown:
    """Delete an event, and archive the chat of its meeting. A body is ignored."""
    return service.delete(caller)


@router.post(
    "/integration/{integration_id}/event/{calendar_event_id}/user",
    response_model=EventAnswer,
    status_code=201,
    responses={409: {}},
)
def add_event_guests(body: EventGuests, caller: ForEvent) -> Shown:
    """Let people take part, by their e-mail addresses. Who is no member of the team is invited as a guest."""
    caller.context.limiter.hit("30 per minute", "invite", caller.identity.user_id)
    return service.add_guests(caller, body)


@router.delete(
    "/integration/{integration_id}/event/{calendar_event_id}/user/{email}",
    response_model=EventAnswer,
    responses={409: {}},
)
def remove_event_guest(email: str, caller: ForEvent) -> Shown:
    """Take the person with this address out of an event and out of its chat."""
    return service.remove_guest(caller, email)
