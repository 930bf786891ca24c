"""What the script on a visitor's page asks. Pages of the origins that the web chat names may."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conventions.answers import Nothing
from api.core.context import run_on
from api.core.deps import AddressDep, ContextDep
from api.core.media import StorageDep
from api.core.quotas import MEGABYTE
from api.core.route import router as operations
from api.core.uploads.upload import Received, UploadsDep, upload
from api.realtime.fan_out import fan_out_of
from api.web_chat import service
from api.web_chat.schemas import (
    FORM,
    MessageOfVisitor,
    NoFields,
    SeenUpTo,
    SessionToOpen,
    VisitorFile,
    VisitorMessages,
    WebChatSession,
)
from api.web_chat.visitors import ChatDep, VisitorDep

router = operations("/web-chat", tags=["web chat"])

PER_ADDRESS = "300 per minute"
"""Requests from one address; many visitors may have one."""
SESSIONS = "30 per minute"
"""From one address."""
MESSAGES, OF_ADDRESS = "20 per minute", "100 per minute"
"""Of one visitor, and from one address."""
FILES, FILES_OF_ADDRESS = "20 per hour", "60 per hour"
WAITS_SECONDS = 25.0
"""How long an answer waits for news. Proxies end what takes longer than 30 s."""
SCRIPT = Path(__file__).parent / "static" / "widget.js"


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()


@router.get("/widget.js", include_in_schema=False)
async def get_widget() -> Response:
    """Return the script that a page includes."""
    headers = {"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(_script(), headers=headers, media_type="text/javascript")


@router.post("/{channel_id}/session", response_model=WebChatSession, responses={403: {}, 404: {}})
def open_web_chat(
    body: SessionToOpen, context: ContextDep, address: AddressDep, open: ChatDep
) -> dict[str, Any]:
    """Say how the chat looks, and who the visitor is."""
    context.limiter.hit(SESSIONS, "web-chat-session", address)
    return service.open_session(context, open, body.token)


@router.get(
    "/{channel_id}/messages", response_model=VisitorMessages, responses={401: {}, 403: {}, 404: {}, 429: {}}
)
async def wait_for_messages(
    request: Request,
    context: ContextDep,
    storage: StorageDep,
    address: AddressDep,
    visitor: VisitorDep,
    after: Annotated[int, Query(ge=0, le=10**9)] = 0,
    wait: Annotated[float, Query(ge=0, le=WAITS_SECONDS)] = 0.0,
) -> Response:
    """Return the messages behind the cursor; wait for one if there is none, or for a member who types."""

    def ask() -> tuple[str | None, dict[str, Any]]:
        return context.read(lambda session: service.news(session, storage, visitor, after))

    def first() -> tuple[str | None, dict[str, Any]]:
        context.limiter.hit(PER_ADDRESS, "web-chat", address)
        return ask()

    with fan_out_of(request.app).watching(visitor.channel_id) as watch:
        conversation, found = await run_on(context.pools.reads, first)
        ends = asyncio.get_running_loop().time() + wait
        while not found["messages"]:
            event = await watch.next(conversation, ends)
            if event is None:
                break
            if event == "inbox_typing":
                found["typing"] = True
                break
            conversation, found = await run_on(context.pools.reads, ask)
    return Response(orjson.dumps(found), media_type="application/json")


@router.post("/{channel_id}/messages", response_model=Nothing, responses={401: {}, 403: {}, 404: {}, 503: {}})
def send_visitor_message(
    body: MessageOfVisitor, context: ContextDep, address: AddressDep, visitor: VisitorDep
) -> dict[str, Any]:
    """Say something. It is stored when this answers."""
    context.limiter.hit(MESSAGES, "web-chat-message", visitor.id)
    context.limiter.hit(OF_ADDRESS, "web-chat-message", address)
    service.say(context, visitor, body)
    return {}


@router.post(
    "/{channel_id}/files",
    response_model=VisitorFile,
    status_code=201,
    openapi_extra={"requestBody": FORM},
    responses={400: {}, 401: {}, 403: {}, 404: {}, 409: {}, 413: {}, 429: {}, 503: {}},
)
async def upload_visitor_file(
    request: Request,
    context: ContextDep,
    storage: StorageDep,
    address: AddressDep,
    open: ChatDep,
    visitor: VisitorDep,
    uploads: UploadsDep,
) -> Response:
    """Upload a file, as a form. A message names it within a day."""

    def hit() -> None:
        context.limiter.hit(FILES, "web-chat-file", visitor.id)
        context.limiter.hit(FILES_OF_ADDRESS, "web-chat-file", address)

    await run_on(context.pools.reads, hit)

    def keep(session: Session, received: Received[NoFields]) -> dict[str, Any]:
        return service.show_file(storage, service.keep(context, session, open, visitor, received))

    async with uploads.one(visitor.id):
        limit = context.settings.inbox_attachment_megabytes * MEGABYTE
        shown = await upload(request, context, storage, NoFields, limit, keep)
    return Response(orjson.dumps(shown), 201, media_type="application/json")


@router.post("/{channel_id}/typing", response_model=Nothing, responses={401: {}, 403: {}, 404: {}})
def visitor_types(context: ContextDep, address: AddressDep, visitor: VisitorDep) -> dict[str, Any]:
    """Tell the organization that the visitor types. Once in three seconds is enough."""
    context.limiter.hit("40 per minute", "web-chat-typing", visitor.id)
    context.limiter.hit(PER_ADDRESS, "web-chat", address)
    context.write(lambda session: service.types(session, visitor))
    return {}


@router.post("/{channel_id}/seen", response_model=Nothing, responses={401: {}, 403: {}, 404: {}})
def visitor_saw(
    body: SeenUpTo, context: ContextDep, address: AddressDep, visitor: VisitorDep
) -> dict[str, Any]:
    """Note that the page has shown all messages up to this one: those of members are delivered then."""
    context.limiter.hit(PER_ADDRESS, "web-chat", address)
    context.write(lambda session: service.seen(session, visitor, body.number))
    return {}
