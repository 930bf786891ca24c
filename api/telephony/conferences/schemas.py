"""What clients send about conferences."""

from typing import Annotated

from pydantic import Field

from api.conventions.body import Body, Patch
from api.conventions.fields import Id, OneOf
from routing.rooms import Announce, RoomAction


class RoomUpdate(Patch):
    """What changes in the settings of a chat's conference. They hold for whoever joins from now on."""

    wait_for_moderator: bool
    """Whether the others hear music until a moderator is there."""
    end_with_moderator: bool
    """Whether the conference is over when the last moderator leaves."""
    announce: OneOf[Announce]
    """What is heard when somebody joins or leaves: nothing, a tone, or the name that they say before they join."""
    record: bool
    """Whether the recording begins with the first who joins."""
    muted: bool
    """Whether those who are no moderators join muted."""
    max_members: Annotated[int, Field(ge=0, le=1000)]
    """0: no limit."""


class RoomChange(Body):
    """What is asked of a conference that goes on."""

    action: OneOf[RoomAction]
    participant: Id | None = None
    """The call of the participant whom `mute`, `unmute` and `kick` are about. Without it `mute` and `unmute` are about
    everybody who does not moderate."""
