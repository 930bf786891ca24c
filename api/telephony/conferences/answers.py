"""What clients get of conferences."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId, Time
from routing.rooms import Announce


class Participant(Answer):
    """Somebody who is in the conference."""

    call: PublicId
    user: PublicId | None
    """The member, or the guest who was invited; null: not known."""
    name: str
    """Empty: not known."""
    caller: Annotated[str, Field(alias="from", examples=["+14165550199"])]
    """The number that called; empty if it is withheld, and for guests and in events."""
    moderator: bool
    muted: bool
    talking: bool
    joined_at: Time


class LiveConferenceAnswer(Answer):
    """A conference that goes on now."""

    id: PublicId
    """The chat's."""
    team: PublicId
    roomNumber: int
    locked: bool
    """Only moderators may join."""
    recording: bool
    started_at: Time
    participants: list[Participant]
    """In the order in which they joined."""


class Dial(Answer):
    """How to get into the conference."""

    extension: Annotated[str, Field(examples=["11820"])]
    """What the team's phones dial. Members of the chat need no PIN."""
    numbers: Annotated[list[str], Field(examples=[["+14165550100"]])]
    """The team's numbers that ask for the room number and the PIN, or for the PIN of this room alone."""


class RoomAnswer(Answer):
    """The conference of a chat: its settings, how to get in, and who is there."""

    chat: PublicId
    roomNumber: Annotated[int, Field(examples=[18348])]
    conf_pin: Annotated[int, Field(examples=[94176])]
    dial: Dial
    moderator: bool
    """Whether the caller moderates it: they own the chat or administer the team."""
    wait_for_moderator: bool
    end_with_moderator: bool
    announce: Announce
    record: bool
    muted: bool
    max_members: int
    live: LiveConferenceAnswer | None
    """Null: nobody is in it."""
