"""What clients see of the table of links."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from models import MessageLink


class LinkAnswer(Answer):
    """A web address in a message."""

    id: PublicId
    url: Annotated[str, Field(examples=["https://www.example.com/"])]
    message: PublicId
    chat: PublicId
    user: PublicId | None
    """Who wrote the message. Null: the product, or a user who is gone."""
    created_at: Time


LINK = Resource("link", LinkAnswer, MessageLink, search=("url",), sort="id DESC")
