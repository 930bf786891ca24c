"""`mailbox-number` and `mailbox-pin`: which mailbox, and whether the caller may hear it."""

from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import Exit, Turn
from routing.blocks.mailbox.base import FAILED, TRIES, TakesDigits, ask, block, member_of
from routing.commands import CheckPin
from routing.ids import TeamId
from routing.state.pins import PinTries
from routing.state.world import World

LOGIN, PASSWORD = "vm-login", "vm-password"
"""'Comedian Mail. Mailbox?' and 'Password'."""
WRONG, UNKNOWN = "vm-incorrect", "vm-incorrect-mailbox"


def mailbox_at(world: World, team: TeamId, number: str) -> dict[str, str] | None:
    """Return the mailbox that has a number: a user's extension, or that of another mailbox."""
    user = world.users.at_extension(team, number)
    if user is not None:
        return {"kind": "user", "id": user.user}
    found = world.mailboxes.numbered(team, number)
    return None if found is None else {"kind": found.kind, "id": found.owner}


class MailboxNumber(TakesDigits):
    """Three wrong numbers end the call."""

    type = "mailbox-number"
    settings: ClassVar = {}
    longest = 6

    def enter(self, turn: Turn) -> Exit:
        turn.memory["tries"] = 0
        self.begin(turn, LOGIN)
        return None

    def taken(self, turn: Turn, digits: str) -> Exit:
        team = turn.call.team
        found = mailbox_at(turn.world, team, digits) if team and digits else None
        if found is not None:
            return block("mailbox-pin", mailbox=found)
        turn.memory["tries"] += 1
        if turn.memory["tries"] >= TRIES:
            return FAILED
        self.begin(turn, UNKNOWN, LOGIN) if digits else self.begin(turn, LOGIN)
        return None


class MailboxPin(TakesDigits):
    """Three wrong PINs end the call, and each one makes the next answer slower. From the fifth on, over all calls, the
    mailbox takes no PIN for a while (`routing.state.pins`)."""

    type = "mailbox-pin"
    settings: ClassVar = {"mailbox": checks.mailbox(required=True)}
    secret_digits = True

    def enter(self, turn: Turn) -> Exit:
        turn.memory["tries"] = 0
        self.begin(turn, PASSWORD)
        return None

    def taken(self, turn: Turn, digits: str) -> Exit:
        tries = turn.world.pin_tries.get(_key(turn))
        if tries is not None and tries.is_shut(turn.world.now):
            return FAILED
        member = member_of(turn)
        ask(turn, CheckPin, digits, "" if member is None else member.user)
        return None

    def pin_checked(self, turn: Turn, problem: str) -> Exit:
        if problem == "away":
            return FAILED
        key = _key(turn)
        if not problem:
            turn.world.pin_tries.pop(key, None)
            return block("mailbox", mailbox=turn.setting("mailbox"))
        tries = turn.world.pin_tries.setdefault(key, PinTries(key))
        tries.failed(turn.world.now)
        turn.memory["tries"] += 1
        if turn.memory["tries"] >= TRIES:
            return FAILED
        self.begin(turn, f"silence/{tries.pause}", WRONG, PASSWORD)
        return None


def _key(turn: Turn) -> str:
    mailbox: dict[str, Any] = turn.setting("mailbox")
    return f"{turn.call.team}:{mailbox['kind']}:{mailbox['id']}"
