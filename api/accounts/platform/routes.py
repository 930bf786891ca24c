"""`/platform`: what the operators of the installation do. `switchroom admin` does the same on the machine."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import Depends
from sqlmodel import Session, select

from api.accounts.audit import AUDIT, Actor, AuditAnswer, actor_of
from api.accounts.platform import schemas, service
from api.accounts.platform.resource import PLATFORM_TEAM, PLATFORM_USER, TeamForOperators, UserForOperators
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import AddressDep, ScopeDep
from api.core.scope import Scope
from models import AuditEntry, Team, User

router = v1_router(tags=["platform"])

TeamListing = Annotated[Listing, Depends(Lists(PLATFORM_TEAM))]
UserListing = Annotated[Listing, Depends(Lists(PLATFORM_USER))]
AuditListing = Annotated[Listing, Depends(Lists(AUDIT))]

_TEAMS, _USERS, _ENTRIES = select(Team), select(User), select(AuditEntry)


@router.get("/platform/team", response_model=list[TeamForOperators])
def list_all_teams(scope: ScopeDep, listing: TeamListing) -> list[Shown]:
    """List all teams of the installation. Only operators may."""
    service.require_operator(scope)
    return listing.show(scope, _TEAMS)


@router.post("/platform/team/{team_id}/suspend", response_model=TeamForOperators)
def suspend_team(team_id: str, scope: ScopeDep, address: AddressDep) -> Shown:
    """Suspend a team: its members are kept out, its phones and numbers do not work. Its calls are hung up."""
    return _on_team(scope, address, team_id, service.suspend_team)


@router.post("/platform/team/{team_id}/reactivate", response_model=TeamForOperators)
def reactivate_team(team_id: str, scope: ScopeDep, address: AddressDep) -> Shown:
    """Bring a suspended team back as it was."""
    return _on_team(scope, address, team_id, service.reactivate_team)


@router.post("/platform/team/{team_id}/quotas", response_model=TeamForOperators)
def set_quotas(team_id: str, body: schemas.Quotas, scope: ScopeDep, address: AddressDep) -> Shown:
    """Set how many members, queues, numbers and mails a team may have."""
    return _on_team(scope, address, team_id, partial(service.set_quotas, changes=body.changes()))


@router.get("/platform/user", response_model=list[UserForOperators])
def list_all_users(scope: ScopeDep, listing: UserListing) -> list[Shown]:
    """List all users of the installation. Only operators may."""
    service.require_operator(scope)
    return listing.show(scope, _USERS)


@router.post("/platform/user/{user_id}/suspend", response_model=UserForOperators)
def suspend_user(user_id: str, scope: ScopeDep, address: AddressDep) -> Shown:
    """Suspend a user: their sessions end, they cannot sign in, and their calls are hung up."""
    return _on_user(scope, address, user_id, service.suspend_user)


@router.post("/platform/user/{user_id}/reactivate", response_model=UserForOperators)
def reactivate_user(user_id: str, scope: ScopeDep, address: AddressDep) -> Shown:
    """Let a suspended user in again."""
    return _on_user(scope, address, user_id, service.reactivate_user)


@router.post("/platform/user/{user_id}/end-sessions", response_model=UserForOperators)
def end_sessions_of_user(user_id: str, scope: ScopeDep, address: AddressDep) -> Shown:
    """End all sessions of a user."""
    return _on_user(scope, address, user_id, service.end_sessions)


@router.post("/platform/user/{user_id}/drop-second-factor", response_model=UserForOperators)
def drop_second_factor(user_id: str, scope: ScopeDep, address: AddressDep) -> Shown:
    """Turn off the second factor of a user who lost the device and the recovery codes."""
    return _on_user(scope, address, user_id, service.drop_second_factor)


@router.get("/platform/audit", response_model=list[AuditAnswer])
def list_audit_log(scope: ScopeDep, listing: AuditListing) -> list[Shown]:
    """List all administrative acts, newest first. Only operators may."""
    service.require_operator(scope)
    return listing.show(scope, _ENTRIES)


def _on_team(
    scope: Scope, address: str, team_id: str, act: Callable[[Session, Actor, Team], object]
) -> Shown:
    """Do an operator's act on a team, and show the team."""
    service.require_operator(scope)
    team = service.find_team(scope.session, team_id)
    act(scope.session, actor_of(scope, address), team)
    return PLATFORM_TEAM.show(team)


def _on_user(
    scope: Scope, address: str, user_id: str, act: Callable[[Session, Actor, User], object]
) -> Shown:
    """Do an operator's act on a user, and show the user."""
    service.require_operator(scope)
    user = service.find_user(scope.session, user_id)
    act(scope.session, actor_of(scope, address), user)
    return PLATFORM_USER.show(user)
