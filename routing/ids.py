"""Identifiers. All are 32 lower-case hex digits (a UUID version 7 without dashes), except where noted."""

from enum import StrEnum
from typing import NewType

from routing.enum_members import quick_members

CallId = NewType("CallId", str)
AgentId = NewType("AgentId", str)
QueueId = NewType("QueueId", str)
RouteId = NewType("RouteId", str)
DepartmentId = NewType("DepartmentId", str)
MailboxId = NewType("MailboxId", str)
NumberId = NewType("NumberId", str)
TeamId = NewType("TeamId", str)
UserId = NewType("UserId", str)
ChatId = NewType("ChatId", str)
RoomId = NewType("RoomId", str)
"""A conference room of Asterisk: 1 to 80 of `a-z 0-9 -`, unique over teams."""
MemberId = NewType("MemberId", str)
"""A user's membership in a team."""
BlockId = NewType("BlockId", str)
"""A key of a route's `blocks`: 1 to 64 of `A-Z a-z 0-9 _ -`."""
TimerId = NewType("TimerId", str)
"""`<owner's id>:<purpose>`, for example `018f...:max-wait`; starting a timer again replaces it."""


@quick_members
class TimerPurpose(StrEnum):
    """What a timer is for: the part of a `TimerId` behind the owner's id."""

    DIGIT = "digit"
    """A block waits for a digit."""
    MAX_WAIT = "max-wait"
    """The longest wait in a queue."""
    ANNOUNCE = "announce"
    """The caller is to hear their position and estimated wait."""
    COMFORT = "comfort"
    """The caller is to hear a comfort sound."""
    RELAX = "relax"
    """The levels of the required skills are to be lowered."""
    STICKY = "sticky"
    """The wait for the preferred agent alone is over."""
    RETRY = "retry"
    """An offer that Asterisk refused is to be tried again."""
    RING_NEXT = "ring-next"
    """The next phone is to be added to a growing offer."""
    GUARD = "guard"
    """Asterisk should have told something by now."""
    WRAP_UP = "wrap-up"
    """The agent's after-call work is over."""
    BACKOFF = "backoff"
    """The agent may be offered calls again after an offer that failed at once."""
    LAPSE = "lapse"
    """An agent whose phone is not registered any more does not serve their queues from now on."""
    OFFER = "offer"
    """A conversation was offered to an agent, who has not accepted it in time."""
    CALLBACK_RETRY = "callback-retry"
    """A callback's next attempt is due, or its queue opens."""
