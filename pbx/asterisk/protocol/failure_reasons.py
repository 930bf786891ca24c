"""Finds out why a leg did not answer, from what Asterisk said of it."""

from collections.abc import Sequence

from routing.events import LegFailure

SUBSCRIBER_ABSENT = 20
ANSWERED_ELSEWHERE = 26
CONGESTION = 34
_UNREACHABLE = frozenset({1, 2, 3, 20, 27, 38})
"""Q.850: no such number, no route, subscriber absent, destination or network out of order."""
_UNCLEAR = frozenset({0, 16, 18, 102})
"""Q.850: nothing said, normal, no user responding, timer expired. What it means depends on whether the phone rang."""

FINAL = frozenset({1, 17, 19, 22, 28})
"""Q.850: no such number, busy, no answer, number changed or malformed. Another trunk would say the same, so the
dialplan (`line`,failed) tries none. Nor does it after a 603 (21, rejected); but 401, 403 and 407 are 21 too, and the
trunk's."""

TRUNK_FAILED = frozenset({34, 38, 41, 42, 47})
"""Q.850: congestion, out of order, temporary failure. The trunk says so of itself, also after the phone rang."""


def leg_failure(status: str, cause: int, *, rang: bool) -> LegFailure:
    """Return the reason. `status`: DIALSTATUS, empty if there is none; `cause`: Q.850.

    Dial says `NOANSWER` for SIP 603 and 480 as well, so the cause counts first.
    """
    if cause == ANSWERED_ELSEWHERE:
        return LegFailure.WITHDRAWN
    if status == "CANCEL":
        return LegFailure.CALLER_GONE
    if cause == 17 or status == "BUSY":
        return LegFailure.BUSY
    if cause == 21:
        return LegFailure.REJECTED
    if cause == 19:
        return LegFailure.NO_ANSWER
    if cause in _UNREACHABLE:
        return LegFailure.UNREACHABLE
    if cause in _UNCLEAR:
        return LegFailure.NO_ANSWER if rang else LegFailure.UNREACHABLE
    return LegFailure.FAILED


def first_telling(reasons: Sequence[LegFailure | None]) -> LegFailure:
    """Return the reason of the first leg that was reachable; UNREACHABLE if there is none."""
    telling = [r for r in reasons if r is not None and r is not LegFailure.UNREACHABLE]
    return telling[0] if telling else LegFailure.UNREACHABLE
