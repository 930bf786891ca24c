"""`/user/me/sessions`: where the caller is signed in."""

from typing import Annotated

from fastapi import Depends
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from api.accounts.auth import sessions
from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Resource, Shown
from api.conventions.router import v1_router
from api.core.deps import CallerDep, ScopeDep
from api.core.errors import NotFound
from api.core.scope import USER
from models import AuthSession, Client, utcnow
from models.shown import show_time
from switchroom.ids import parse_id, public_id

router = v1_router(tags=["sessions"])


class SessionSummary(Answer):
    """One sign-in."""

    id: PublicId
    application: Annotated[str | None, Column(Client.name)]
    """The application that signed the user in."""
    device: str
    """How the application's program names itself."""
    address: str
    """From where it was used last."""
    last_used_at: Time | None
    """When its tokens were last renewed."""
    created_at: Time
    expires_at: Time


class SessionAnswer(SessionSummary):
    """One sign-in, and whether it is the one that asks."""

    current: bool


SESSION = Resource("session", SessionSummary, AuthSession, sort="id DESC")
SessionListing = Annotated[Listing, Depends(Lists(SESSION))]

_LIVE = (
    select(AuthSession)
    .join(Client, col(Client.id) == col(AuthSession.client_id), isouter=True)
    .where(
        col(AuthSession.user_id) == USER,
        col(AuthSession.revoked_at).is_(None),
        col(AuthSession.expires_at) > bindparam("now"),
    )
)


@router.get("/user/me/sessions", response_model=list[SessionAnswer])
def list_sessions(scope: ScopeDep, caller: CallerDep, listing: SessionListing) -> list[Shown]:
    """List the caller's sessions, newest first."""
    current = public_id(caller.session_id)
    return [
        {**shown, "current": shown["id"] == current} for shown in listing.show(scope, _LIVE, now=utcnow())
    ]


@router.delete("/user/me/sessions/{session_id}", response_model=SessionAnswer)
def end_session(session_id: str, scope: ScopeDep, caller: CallerDep) -> Shown:
    """End one of the caller's sessions."""
    found = parse_id(session_id)
    ended = _end(scope.session, caller.session_id, col(AuthSession.id) == found, scope.user_id)
    if not ended:
        raise NotFound("session")
    return ended[0]


@router.delete("/user/me/sessions", response_model=list[SessionAnswer])
def end_other_sessions(scope: ScopeDep, caller: CallerDep) -> list[Shown]:
    """End all of the caller's sessions but the one that asks."""
    return _end(scope.session, caller.session_id, col(AuthSession.id) != caller.session_id, scope.user_id)


def _end(session: Session, current: str, which: object, user_id: str) -> list[Shown]:
    rows = session.exec(_LIVE.where(which), params={"user": user_id, "now": utcnow()}).all()  # type: ignore[arg-type]
    clients = select(Client.id, Client.name).where(col(Client.id).in_([row.client_id for row in rows]))
    names = dict(session.exec(clients).all())
    shown = [
        {
            "id": public_id(row.id),
            "application": names.get(row.client_id or ""),
            "device": row.device,
            "address": row.address,
            "last_used_at": row.last_used_at and show_time(row.last_used_at),
            "created_at": show_time(row.created_at),
            "expires_at": show_time(row.expires_at),
            "current": row.id == current,
        }
        for row in rows
    ]
    sessions.revoke(session, col(AuthSession.id).in_([row.id for row in rows]), reason="ended by the user")
    return shown
