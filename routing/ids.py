"""Identifiers. All are 32 lower-case hex digits (a UUID version 7 without dashes), except where noted."""

from typing import NewType

CallId = NewType("CallId", str)
AgentId = NewType("AgentId", str)
QueueId = NewType("QueueId", str)
RouteId = NewType("RouteId", str)
DepartmentId = NewType("DepartmentId", str)
NumberId = NewType("NumberId", str)
TeamId = NewType("TeamId", str)
UserId = NewType("UserId", str)
MemberId = NewType("MemberId", str)
"""A user's membership in a team."""
BlockId = NewType("BlockId", str)
"""A key of a route's `blocks`: 1 to 64 of `A-Z a-z 0-9 _ -`."""
TimerId = NewType("TimerId", str)
"""`<owner's id>:<purpose>`, for example `018f...:max-wait`; starting a timer again replaces it."""
