"""What operations ask for: the process's context, the request's one transaction, the caller and its scope."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session, col, select

from api.core.context import Context
from api.core.errors import Unauthenticated
from api.core.scope import Scope
from api.core.tokens import read_access_token
from models import AuthSession, User, UserStatus, utcnow

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def get_context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(get_context)]


def get_session(request: Request, context: ContextDep) -> Iterator[Session]:
    """The request's transaction, committed before the answer is sent. A GET's is read-only: what a GET must
    write (an audit) goes into a transaction of its own, `with context.session() as session`."""
    with context.session(readonly=request.method in SAFE_METHODS) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session, scope="function")]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the user behind a valid access token, and the session that the token belongs to."""

    user_id: str
    session_id: str


def get_caller(request: Request, context: ContextDep) -> Caller:
    """The signed-in caller. Raises Unauthenticated: no token, a bad one, a revoked session, a deactivated
    user.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    claims = read_access_token(context.settings, token.strip())
    # A short transaction of its own, so that checking a token never waits for the database's write lock.
    with context.session(readonly=True) as session:
        live = select(AuthSession.id).join(User, col(User.id) == col(AuthSession.user_id))
        live = live.where(
            col(AuthSession.id) == claims.session_id,
            col(AuthSession.user_id) == claims.user_id,
            col(AuthSession.revoked_at).is_(None),
            col(AuthSession.expires_at) > utcnow(),
            col(User.status) == UserStatus.ACTIVE.value,
        )
        if session.exec(live).first() is None:
            raise Unauthenticated
    return Caller(claims.user_id, claims.session_id)


CallerDep = Annotated[Caller, Depends(get_caller)]


def get_scope(caller: CallerDep, session: SessionDep) -> Scope:
    return Scope(session, caller.user_id)


ScopeDep = Annotated[Scope, Depends(get_scope)]


def client_address(request: Request) -> str:
    """The address that rate limits and audits name. Behind a proxy uvicorn's `--proxy-headers` sets it."""
    return request.client.host if request.client else "unknown"


AddressDep = Annotated[str, Depends(client_address)]
