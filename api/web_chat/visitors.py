"""Who a visitor is: a signed token that names them and their web chat."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import jwt
from fastapi import Depends, Request

from api.core.context import run_on
from api.core.deps import ContextDep
from api.core.errors import Forbidden, NotFound, Unauthenticated
from api.core.tokens import ALGORITHM, ISSUER
from models import InboxChannel, InboxWebChat, utcnow
from models.inbox_web_chat import open_chat
from switchroom.ids import new_id, parse_id
from switchroom.settings import Settings

AUDIENCE = "web-chat"
GOOD_FOR = timedelta(days=90)
"""Since the visitor's last session."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody on a web page. `channel_id`: the web chat there."""

    id: str
    channel_id: str


@dataclass(frozen=True, slots=True)
class OpenChat:
    """A web chat that the page which asks may use."""

    channel: InboxChannel
    chat: InboxWebChat


def make_token(settings: Settings, visitor: Visitor) -> str:
    """Return a token for the visitor's page."""
    now = utcnow()
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": visitor.id, "ch": visitor.channel_id, "iat": now}
    key = settings.secret_key.get_secret_value()
    return jwt.encode({**claims, "exp": now + GOOD_FOR}, key, algorithm=ALGORITHM)


def read_token(settings: Settings, token: str, channel_id: str) -> Visitor:
    """Return whom the token names. Raises Unauthenticated if it is not ours, of another web chat, or expired."""
    try:
        claims = jwt.decode(
            token,
            settings.secret_key.get_secret_value(),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp", "iat", "sub", "ch"]},
        )
    except jwt.InvalidTokenError:
        raise Unauthenticated from None
    id = parse_id(str(claims["sub"]))
    if id is None or claims["ch"] != channel_id:
        raise Unauthenticated
    return Visitor(id, channel_id)


def new_visitor(channel_id: str) -> Visitor:
    return Visitor(new_id(), channel_id)


async def get_chat(channel_id: str, request: Request, context: ContextDep) -> OpenChat:
    """The web chat of the path. Raises NotFound, and Forbidden for a page of another origin."""
    found = parse_id(channel_id)
    row = await run_on(
        context.pools.reads,
        lambda: context.read(lambda session: open_chat(session, found)) if found else None,
    )
    if row is None:
        raise NotFound("web chat")
    if request.headers.get("origin", "") not in row[1].origins:
        raise Forbidden("Pages of this origin may not use the web chat")
    return OpenChat(*row)


ChatDep = Annotated[OpenChat, Depends(get_chat)]


async def get_visitor(request: Request, context: ContextDep, open: ChatDep) -> Visitor:
    """The visitor whose token the header `Authorization` has. Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return read_token(context.settings, token.strip(), open.channel.id)


VisitorDep = Annotated[Visitor, Depends(get_visitor)]
