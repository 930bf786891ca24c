"""What sources call."""

import secrets
from typing import Annotated, Any
from urllib.parse import parse_qs

import orjson
from cryptography.fernet import InvalidToken
from fastapi import Depends, Header, Query, Request
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from api.conventions.answers import Nothing
from api.conventions.openapi import shows_text
from api.conventions.resource import Shown
from api.core.context import Context
from api.core.deps import AddressDep, ContextDep
from api.core.errors import Forbidden, NotFound, TooLarge, Unavailable, ValidationFailed
from api.core.route import router as operations
from models import InboxChannel, utcnow
from models.inbox_channel import connected_channel
from models.inbox_message import receive, take_receipt
from providers.inbox.choose import hook_of
from providers.inbox.facebook import webhook as facebook
from providers.inbox.http import SourceRefused
from providers.inbox.twilio import webhook
from providers.inbox.twilio.adapter import account_of
from switchroom.database import lost_to_another
from switchroom.encryption import decrypt
from switchroom.inbox import Inbound, Receipt, Source

router = operations(tags=["inbox hooks"])

CALLS = "6000 per minute"
"""From one address. Sources come from many."""
LARGEST_FORM = 64 * 1024
MOST_FIELDS = 200
MOST_TRIES = 10
"""A try fails only if another transaction made the contact, the conversation or the message meanwhile."""
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
_PAGES: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "object": {"const": "page"},
                        "entry": {"type": "array", "items": {"type": "object"}},
                    },
                    "required": ["object", "entry"],
                    "example": {"object": "page", "entry": []},
                }
            }
        }
    }
}
_FORM: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "example": {
                        "MessageSid": "SM1",
                        "From": "+14165550199",
                        "To": "+14165550100",
                        "Body": "Hello",
                    },
                }
            }
        }
    }
}


class Xml(Response):
    """An answer that Twilio reads."""

    media_type = "text/xml"


async def _form(request: Request) -> dict[str, list[str]]:
    """Return the form that was posted."""
    body = await request.body()
    if len(body) > LARGEST_FORM:
        raise TooLarge(LARGEST_FORM)
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise ValidationFailed({"body": "Must be a form in UTF-8"}) from None


@router.post(
    "/hooks/twilio",
    response_class=Xml,
    responses={**shows_text(NOTHING_TO_SAY, "text/xml"), 400: {}, 403: {}, 404: {}},
    openapi_extra=_FORM,
)
def twilio_hook(
    context: ContextDep,
    address: AddressDep,
    request: Request,
    form: Annotated[dict[str, list[str]], Depends(_form)],
    message: Annotated[str, Query(max_length=40)] = "",
    signature: Annotated[str, Header(alias="X-Twilio-Signature", max_length=200)] = "",
) -> Response:
    """Hear from Twilio what a person wrote, or what became of a message of ours.

    `message` is our id of that message. The signature is that of the account to which the number belongs.
    """
    context.limiter.hit(CALLS, "inbox-hook", address)
    named = webhook.channel_of(form)
    channel = context.read(lambda session: connected_channel(session, *named)) if named else None
    if channel is None:
        raise NotFound("channel")
    query = request.scope["query_string"].decode("latin-1")
    url = hook_of(context.settings, Source.SMS_TWILIO.value) + (f"?{query}" if query else "")
    if not webhook.is_signed(_auth_token(context, channel), url, form, signature):
        raise Forbidden("The signature is not Twilio's for this number")
    told = (
        webhook.receipt_of(form, message) if webhook.is_receipt(form) else webhook.inbound_of(form, utcnow())
    )
    if told is None:
        raise ValidationFailed({"MessageSid": "Must be the SID of a message, with its numbers"})
    store(context, channel.id, told)
    return Xml(NOTHING_TO_SAY)


@router.get(
    "/hooks/facebook",
    response_class=PlainTextResponse,
    responses={**shows_text("1158201444"), 400: {}, 403: {}},
)
def facebook_handshake(
    context: ContextDep,
    address: AddressDep,
    mode: Annotated[str, Query(alias="hub.mode", max_length=40)] = "",
    token: Annotated[str, Query(alias="hub.verify_token", max_length=200)] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=200, pattern=r"^[\w.-]*$")] = "",
) -> Response:
    """Answer Facebook's question whether this address is ours, with its challenge."""
    context.limiter.hit(CALLS, "inbox-hook", address)
    ours = context.settings.facebook_verify_token.get_secret_value()
    if mode != "subscribe" or not ours or not secrets.compare_digest(ours.encode(), token.encode()):
        raise Forbidden("Not the word that SWITCHROOM_FACEBOOK_VERIFY_TOKEN has")
    return PlainTextResponse(challenge)


async def _signed_body(request: Request) -> bytes:
    """Return the body as it arrived, since the signature is of its bytes."""
    return await request.body()


@router.post("/hooks/facebook", response_model=Nothing, responses={400: {}, 403: {}}, openapi_extra=_PAGES)
def facebook_hook(
    context: ContextDep,
    address: AddressDep,
    body: Annotated[bytes, Depends(_signed_body)],
    signature: Annotated[str, Header(alias="X-Hub-Signature-256", max_length=100)] = "",
) -> Shown:
    """Hear from Facebook what people wrote to connected pages, and what became of ours. Others' pages are ignored."""
    context.limiter.hit(CALLS, "inbox-hook", address)
    app_secret = context.settings.facebook_app_secret.get_secret_value()
    if not app_secret or not facebook.is_signed(app_secret, body, signature):
        raise Forbidden("The signature is not that of our application at Facebook")
    try:
        told = facebook.told_by(orjson.loads(body), utcnow())
    except ValueError:
        raise ValidationFailed({"entry": "Must be a call of the Messenger Platform about pages"}) from None
    channels = context.read(lambda session: _pages_of(session, {page for page, _ in told}))
    for page, event in told:
        if page in channels:
            store(context, channels[page], event)
    return {}


def _pages_of(session: Session, pages: set[str]) -> dict[str, str]:
    """Return the channels that are connected for these pages, by the pages' ids."""
    found = {page: connected_channel(session, Source.FACEBOOK.value, page) for page in sorted(pages)}
    return {page: channel.id for page, channel in found.items() if channel is not None}


def _auth_token(context: Context, channel: InboxChannel) -> str:
    try:
        return account_of(decrypt(context.settings, channel.sealed_token or ""))[1]
    except (InvalidToken, SourceRefused):
        raise Forbidden("The channel has no token any more. An admin connects it again") from None


def store(context: Context, channel_id: str, told: Inbound | Receipt) -> None:
    """Store what a source said, exactly once, and commit it.

    Raises Unavailable, and SQLAlchemy's errors while the database is away.
    """

    def write(session: Session) -> None:
        channel = session.get_one(InboxChannel, channel_id)
        if isinstance(told, Receipt):
            take_receipt(session, channel, told)
        else:
            receive(session, channel, told)

    try:
        context.write(write, MOST_TRIES)
    except SQLAlchemyError as error:
        if lost_to_another(error):
            raise Unavailable("Too many messages at once; send it again") from error
        raise
