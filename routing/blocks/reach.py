"""What becomes of a call that is for a member: do-not-disturb, forwarding, and the mailbox.

Three blocks share it: `user`, in which routes and direct numbers ring a member; `extension`, in which colleagues and
forwarded calls do; and `forward`, in which a call goes where the member sent it.
"""

from enum import StrEnum
from typing import Any

from routing.blocks import voicemail
from routing.blocks.base import Go, Turn
from routing.config import Block, UserConfig
from routing.enum_members import quick_members
from routing.events import LegFailure
from routing.ids import BlockId, UserId
from routing.state import Role

UNALLOCATED, BUSY, NO_ANSWER, ABSENT, REJECTED = 1, 17, 19, 20, 21
"""Q.850. The phone that calls is told 404, 486, 480, 480 or 403."""


@quick_members
class Unreached(StrEnum):
    """Why a member was not reached: each has a forwarding of its own."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREGISTERED = "unregistered"


CAUSES = {Unreached.BUSY: BUSY, Unreached.NO_ANSWER: NO_ANSWER, Unreached.UNREGISTERED: ABSENT}
_FAILURES = {
    LegFailure.BUSY: Unreached.BUSY,
    LegFailure.REJECTED: Unreached.BUSY,
    LegFailure.NO_ANSWER: Unreached.NO_ANSWER,
}


def forward_of(member: UserConfig, why: Unreached) -> str:
    """Return where the member forwards what does not reach them for this reason; empty: nowhere."""
    match why:
        case Unreached.BUSY:
            return member.forward_busy
        case Unreached.NO_ANSWER:
            return member.forward_no_answer
        case Unreached.UNREGISTERED:
            return member.forward_unregistered


def may_go_on(member: UserConfig) -> bool:
    """Return whether there is a next step for some call that the member does not answer."""
    return bool(member.forward) or member.voicemail or any(forward_of(member, why) for why in Unreached)


def why_failed(turn: Turn) -> Unreached:
    """Return why the phones that were rung last did not answer."""
    leg = turn.call.legs[-1] if turn.call.legs else None
    if leg is None or leg.kind is Role.NUMBER or not leg.outcome:
        return Unreached.UNREGISTERED
    return _FAILURES.get(LegFailure(leg.outcome), Unreached.UNREGISTERED)


def onward(turn: Turn, member: UserConfig, to: str, seconds: float) -> Go:
    """Return the block `forward` that sends the call to `to`, with the exits of this block. An outside number rings for
    `seconds`."""
    settings = {"member": member.id, "to": to, "seconds": seconds}
    return Go(Block(BlockId("forward"), "forward", settings, turn.block.exits))


def mailbox(user: UserId, *, busy: bool = False) -> Go:
    """Return the block in which the caller leaves a message for the user. `busy`: the user's phone is in a call."""
    settings: dict[str, Any] = {"mailbox": {"kind": "user", "id": user}}
    if busy:
        settings["reason"] = voicemail.BUSY
    return Go(Block(BlockId("voicemail"), "voicemail", settings))


def last_resort(turn: Turn, member: UserConfig | None, cause: int) -> Go | None:
    """Return where a call goes that reached nobody: into the mailbox if there is one; else a member's phone is told the
    cause, and every other caller hears a farewell (None)."""
    if member is not None and member.voicemail:
        return mailbox(member.user, busy=cause == BUSY)
    if not turn.call.phone:
        return None
    turn.call.outcome = "not_in_service" if cause == UNALLOCATED else "missed"
    return Go(Block(BlockId("hangup"), "hangup", {"cause": cause}))
