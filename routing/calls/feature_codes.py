"""Feature codes: what a member's phone dials that begins with a star.

A code leads to a block, so what it does is a block's business: it plays, listens and ends like any other call. To add a
code, add a line to `CODES`.
"""

from collections.abc import Callable
from typing import TypeAlias

import phonenumbers

from routing import frozen
from routing.acd import outside_calls
from routing.blocks.base import Go
from routing.blocks.mailbox import base as mailbox
from routing.blocks.mailbox.login import mailbox_at
from routing.config import MAILBOX, Block, UserConfig
from routing.ids import BlockId, TeamId
from routing.outbound.destinations import destination
from routing.state.world import World

Opened: TypeAlias = Callable[[World, UserConfig, str], Go | None]
"""Gets the member who dialled, and what they dialled behind the code. Returns where the call goes; None: the code means
nothing with that behind it."""

MAILBOX_CODE = "*97"
"""Dialled behind a code that forwards, it stands for the member's own mailbox."""
LONGEST_EXTENSION = 6
INVALID = ("pbx-invalid",)
ON, OFF, SET_TO = "activated", "de-activated", "is-set-to"
UNDISTURBED = "do-not-disturb"
ALWAYS, BUSY, NO_ANSWER, UNREGISTERED = (
    "call-fwd-unconditional", "call-fwd-on-busy", "call-fwd-no-ans", "call-forwarding",
)  # fmt: skip
CONFIRMED = (ON, OFF, SET_TO, UNDISTURBED, ALWAYS, BUSY, NO_ANSWER, UNREGISTERED)
"""The sounds that confirm a setting."""


@frozen.dataclass(frozen=True, slots=True)
class FeatureCode:
    """`more`: whether something is dialled behind the code: an extension, a number."""

    opened: Opened
    more: bool = False


def find(dialled: str) -> tuple[FeatureCode, str] | None:
    """Return the longest code with which `dialled` begins, and what stands behind it; None: there is none."""
    for length in range(len(dialled), 0, -1):
        code = CODES.get(dialled[:length])
        if code is not None and (code.more or length == len(dialled)):
            return code, dialled[length:]
    return None


def opened(world: World, member: UserConfig, dialled: str) -> Go | None:
    """Return the block to which a member's phone leads that dialled `dialled`; None: that is no code."""
    found = find(dialled)
    if found is None:
        return None
    code, rest = found
    return code.opened(world, member, rest)


def says(*sounds: str, **changes: str | bool) -> Go:
    """Return the block that changes the member's settings, and plays the sounds."""
    return Go(Block(BlockId("feature"), "feature", {"changes": changes, "sounds": list(sounds)}))


# -- do-not-disturb and forwarding -----------------------------------------------------------------------------


def _disturb(on: bool) -> Opened:
    return lambda world, member, rest: says(UNDISTURBED, ON if on else OFF, do_not_disturb=on)


def _forwards(field: str, sound: str) -> Opened:
    """Set where the calls go, and say it. A target that cannot be rung is refused."""

    def forwards(world: World, member: UserConfig, rest: str) -> Go:
        to = _target(world, member, rest)
        if not to:
            return says(*INVALID)
        heard = (ON,) if to == MAILBOX else (SET_TO, *_spelled(to))
        return says(sound, *heard, **{field: to})

    return forwards


def _forwards_no_more(field: str, sound: str) -> Opened:
    return lambda world, member, rest: says(sound, OFF, **{field: ""})


def _target(world: World, member: UserConfig, dialled: str) -> str:
    """Return where calls are to go: a colleague's extension, a number (E.164) or the mailbox; empty: that is none."""
    if dialled == MAILBOX_CODE:
        return MAILBOX
    if not dialled.isdecimal():
        return ""
    if len(dialled) <= LONGEST_EXTENSION:
        colleague = world.users.at_extension(member.team, dialled)
        return "" if colleague is None or colleague is member else dialled
    return _international(world, member.team, dialled)


def _international(world: World, team: TeamId, dialled: str) -> str:
    """Return a number, as it is dialled in the country of the team's numbers, in E.164; empty if it is not valid."""
    country = destination(outside_calls.identity_of(world, team)).country
    for text, region in ((dialled, country), ("+" + dialled.removeprefix("00"), None)):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def _spelled(number: str) -> tuple[str, ...]:
    return tuple(f"digits/{digit}" for digit in number if digit.isdecimal())


# -- voicemail -------------------------------------------------------------------------------------------------


def _own_mailbox(world: World, member: UserConfig, rest: str) -> Go:
    """Open the mailbox of the member whose phone it is: their own phone needs no PIN."""
    return mailbox.block("mailbox", mailbox={"kind": "user", "id": member.user})


def _mailbox(world: World, member: UserConfig, rest: str) -> Go:
    """Ask for the PIN of the mailbox that has this number, or for the number first."""
    found = mailbox_at(world, member.team, rest) if rest else None
    return mailbox.block("mailbox-number") if found is None else mailbox.block("mailbox-pin", mailbox=found)


# -- other people's calls --------------------------------------------------------------------------------------


def _nothing_rings(world: World, member: UserConfig, rest: str) -> Go:
    """Say that no telephone rings there. `routing.calls.pickups` answers a call that does."""
    return says(*INVALID)


CODES: dict[str, FeatureCode] = {
    "*72": FeatureCode(_forwards("forward", ALWAYS), more=True),
    "*73": FeatureCode(_forwards_no_more("forward", ALWAYS)),
    "*78": FeatureCode(_disturb(True)),
    "*79": FeatureCode(_disturb(False)),
    "*8": FeatureCode(_nothing_rings, more=True),
    MAILBOX_CODE: FeatureCode(_own_mailbox),
    "*98": FeatureCode(_mailbox, more=True),
    "*411": FeatureCode(lambda world, member, rest: Go(Block(BlockId("directory"), "directory"))),
    "*90": FeatureCode(_forwards("forward_busy", BUSY), more=True),
    "*91": FeatureCode(_forwards_no_more("forward_busy", BUSY)),
    "*92": FeatureCode(_forwards("forward_no_answer", NO_ANSWER), more=True),
    "*93": FeatureCode(_forwards_no_more("forward_no_answer", NO_ANSWER)),
    "*94": FeatureCode(_forwards("forward_unregistered", UNREGISTERED), more=True),
    "*95": FeatureCode(_forwards_no_more("forward_unregistered", UNREGISTERED)),
}
"""What is dialled -> what it does. docs/phones.md lists them for people; a test compares."""
