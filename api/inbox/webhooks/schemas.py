"""What clients send about webhooks, and what they get."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from api.conventions.answers import Answer, Time
from api.conventions.fields import OneOf, Url
from api.inbox.fields import DashedId, InboxIds, OfOrganization
from api.inbox.pages import Metadata, PagedOfOrganization
from models import WebhookState
from switchroom.http_client import OutgoingError, parse_url

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e]{0,2000}")
_OURS = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "user-agent"}
    | {"te", "trailer", "keep-alive", "expect", "accept-encoding", "x-switchroom-signature"}
)


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(text):
            raise ValueError("Headers have a name of RFC 9110 and a value of ASCII without line ends")
        if name.lower() in _OURS:
            raise ValueError(f"The header {name} is set by us")
    return value


def _address(value: str) -> str:
    try:
        parse_url(value)
    except OutgoingError:
        raise ValueError("Not an address to send to: name a host, and no user or password") from None
    return value


Headers = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=2000)]],
    AfterValidator(_headers),
    Field(max_length=20, examples=[{"X-Custom-Header": "custom-code-for-header"}]),
]


class Subscription(OfOrganization):
    """Where the organization hears of its messages."""

    url: Annotated[Url, AfterValidator(_address), Field(examples=["https://my-url-to-be-hit.example"])]
    headers: Headers = Field(default_factory=dict)
    """They are sent with each delivery, and stored encrypted."""


class DeliveriesSought(PagedOfOrganization):
    """Which deliveries the client wants."""

    state: OneOf[WebhookState] = WebhookState.DEAD


class Replay(OfOrganization):
    """Deliveries to make again."""

    delivery_ids: InboxIds | None = None
    """Null: all that are dead."""


class WebhookAnswer(Answer):
    """Where the organization hears of its messages."""

    status: Literal["Subscribed"]
    url: str
    headers: dict[str, str]


class DeliveryAnswer(Answer):
    """One delivery to a webhook."""

    id: DashedId
    conversation_id: DashedId
    event: Annotated[str, Field(examples=["message.created"])]
    state: WebhookState
    attempts: int
    problem: str | None
    """Why the last attempt failed."""
    created_at: Time
    delivered_at: Time | None
    payload: dict[str, Any]


class DeliveryPage(Answer):
    """A page of deliveries, the newest first."""

    data: list[DeliveryAnswer]
    response_metadata: Metadata


class Replayed(Answer):
    """How many deliveries are made again."""

    replayed: int
