"""What operations ask for. Each is made in the event loop and waits for nothing but the identity of a new session."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from api.core.context import Context, run_on
from api.core.cookies import cookie_of, require_own_page
from api.core.errors import Unauthenticated
from api.core.etags import parse_if_match
from api.core.identities import Identity, read_identity
from api.core.scope import Scope
from api.core.tokens import Claims, claims_of, read_console_token
from api.core.work import work_of


async def get_context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(get_context)]


async def get_session(request: Request) -> Session:
    """The request's one transaction. What a GET must write (an audit) goes into another: `context.write`."""
    return work_of(request).session


SessionDep = Annotated[Session, Depends(get_session)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the user behind a valid access token, and the session that the token belongs to."""

    user_id: str
    session_id: str


async def get_identity(request: Request) -> Identity:
    """The signed-in caller, by the header `Authorization`, else by the console's cookie.

    Raises Unauthenticated: no token, a bad one, a revoked session, a deactivated user. Raises Forbidden if a page of
    another origin uses the cookie.
    """
    context = work_of(request).context
    authorization = request.headers.get("authorization", "")
    if not authorization and (token := cookie_of(request, context.settings)):
        require_own_page(request, context.settings)
        return await _identity(context, read_console_token(context.settings, token))
    return await identity_of(context, authorization)


async def identity_of(context: Context, authorization: str) -> Identity:
    """Return who an `Authorization` header names. Raises Unauthenticated as `get_identity` does."""
    return await _identity(context, claims_of(context.settings, authorization))


async def _identity(context: Context, claims: Claims) -> Identity:
    known = context.identities
    identity = known.get(claims.session_id)
    if identity is None:
        generation = known.generation
        read = partial(read_identity, user_id=claims.user_id, session_id=claims.session_id)
        identity = await run_on(context.pools.reads, partial(context.read, read))
        if identity is None:
            raise Unauthenticated
        known.keep(identity, generation)
    if identity.user_id != claims.user_id:
        raise Unauthenticated
    return identity


IdentityDep = Annotated[Identity, Depends(get_identity)]


async def get_caller(request: Request) -> Caller:
    identity = await get_identity(request)
    return Caller(identity.user_id, identity.session_id)


async def get_possible_caller(request: Request) -> Caller | None:
    """The signed-in caller, or None if the request carries no token. Raises Unauthenticated for a bad one."""
    return await get_caller(request) if "authorization" in request.headers else None


PossibleCallerDep = Annotated[Caller | None, Depends(get_possible_caller)]

CallerDep = Annotated[Caller, Depends(get_caller)]


async def if_match(request: Request) -> frozenset[str] | None:
    """The ETags of which the object must have one, or None."""
    return parse_if_match(request.headers.getlist("if-match"))


IfMatchDep = Annotated[frozenset[str] | None, Depends(if_match)]


async def get_scope(request: Request) -> Scope:
    """The caller's view of the database. One dependency, not four, since nearly every operation asks for it."""
    identity = await get_identity(request)
    address = await client_address(request)
    return Scope(work_of(request).session, identity, await if_match(request), address=address)


ScopeDep = Annotated[Scope, Depends(get_scope)]


async def client_address(request: Request) -> str:
    """The address that rate limits and audits name. Behind a trusted proxy it is the client's."""
    return request.client.host if request.client else "unknown"


AddressDep = Annotated[str, Depends(client_address)]
