"""What clients see of the events' table."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import Chat, IntegrationEvent


class EventAnswer(Answer):
    """An event of a calendar."""

    id: PublicId
    """It is the id of the meeting's chat, too."""
    integration: PublicId
    team: PublicId | None
    """The team of the meeting; null: the event was made at the provider and is no meeting."""
    name: str
    notes: str
    location: str
    host: PublicId | None
    start: Annotated[Time, Column("start_at")]
    end: Annotated[Time, Column("end_at")]
    timezone: Annotated[str, Field(examples=["America/Toronto"])]
    """The name of a zone, or an offset such as `-0500`."""
    all_day: bool
    users: list[PublicId]
    """The members of the team who take part, beside the host and the calendar's owner."""
    guests: list[str]
    """The addresses of those who take part and are no members of the team."""
    chat: Annotated[PublicId | None, Column(Chat.id)]
    """The meeting's chat; null: there is none."""
    roomNumber: Annotated[int | None, Column(Chat.room_number), Field(examples=[18348])]
    conf_pin: Annotated[int | None, Column(Chat.conf_pin), Field(examples=[94176])]
    """The PIN of the telephone conference, with which guests also get into the chat."""
    created_at: Time
    updated_at: Time


EVENT = Resource("event", EventAnswer, IntegrationEvent, search=("name", "notes"), sort="start ASC")
"""An event. Statements join `Chat`, which only meetings have."""
