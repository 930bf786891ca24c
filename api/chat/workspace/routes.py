"""Operations on the workspace."""

from typing import Annotated

from fastapi import Depends, Query

from api.chat.workspace import service
from api.chat.workspace.answers import ReadAnswer
from api.chat.workspace.resource import WORKSPACE_EVENT, WorkspaceEventAnswer
from api.chat.workspace.schemas import EventUpdate
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ScopeDep

router = v1_router(tags=["workspace"])

EventListing = Annotated[Listing, Depends(Lists(WORKSPACE_EVENT))]


@router.get("/team/{team_id}/workspace", response_model=list[WorkspaceEventAnswer])
def list_workspace(
    team_id: str,
    scope: ScopeDep,
    listing: EventListing,
    read: Annotated[bool, Query(description="List events that were read, too.")] = False,
    deleted: Annotated[bool, Query(description="List events that were deleted, too.")] = False,
) -> list[Shown]:
    """List the events of a team that concern the caller, newest first.

    They are about files, voicemails, missed calls, mentions, and messages that the caller marked as pinned or unread.
    """
    return listing.show(scope, service.LISTED[read, deleted], team=scope.team_id(team_id))


@router.delete("/team/{team_id}/workspace/{event_id}", response_model=WorkspaceEventAnswer)
def delete_workspace_event(team_id: str, event_id: str, scope: ScopeDep) -> Shown:
    """Take an event out of the caller's list."""
    event = service.get(scope, scope.team_id(team_id), event_id)
    require_unchanged(scope, event)
    service.delete(scope, event)
    return WORKSPACE_EVENT.show(event)


@router.patch("/team/{team_id}/workspace/{event_id}", response_model=WorkspaceEventAnswer)
def read_workspace_event(
    team_id: str, event_id: str, scope: ScopeDep, body: EventUpdate | None = None
) -> Shown:
    """Mark an event as read.

    With `read` false in the body it is marked as not read.
    """
    event = service.get(scope, scope.team_id(team_id), event_id)
    require_unchanged(scope, event)
    service.set_read(scope, event, read=_wanted(body))
    return WORKSPACE_EVENT.show(event)


@router.patch("/team/{team_id}/workspace", response_model=ReadAnswer)
def read_workspace(team_id: str, scope: ScopeDep, body: EventUpdate | None = None) -> Shown:
    """Mark all of the caller's events in a team as read.

    With `read` false in the body they are marked as not read.
    """
    return {"changed": service.set_all_read(scope, scope.team_id(team_id), read=_wanted(body))}


def _wanted(body: EventUpdate | None) -> bool:
    return True if body is None else bool(body.changes().get("read", True))
