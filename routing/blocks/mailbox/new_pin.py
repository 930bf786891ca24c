"""`mailbox-new-pin`: a new PIN, entered twice."""

from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import Exit, Turn
from routing.blocks.mailbox.base import TRIES, TakesDigits, ask, block, say
from routing.commands import SetPin

FIRST, AGAIN, CHANGED, SORRY = "vm-newpassword", "vm-reenterpassword", "vm-passchanged", "vm-sorry"
SOUNDS = {"mismatch": "vm-mismatch", "weak": "vm-invalid-password"}
"""What is wrong with a new PIN -> what the caller hears."""


class MailboxNewPin(TakesDigits):
    """Afterwards, and after three times in vain, the caller is in the mailbox again."""

    type = "mailbox-new-pin"
    settings: ClassVar = {"mailbox": checks.mailbox(required=True)}
    secret_digits = True

    def enter(self, turn: Turn) -> Exit:
        turn.memory.update(tries=0, done=False)
        self._ask(turn)
        return None

    def _ask(self, turn: Turn, *first: str) -> None:
        turn.memory.update(first=None, second="")
        self.begin(turn, *first, FIRST)

    def played(self, turn: Turn, ok: bool) -> Exit:
        return self._back(turn) if turn.memory["done"] else super().played(turn, ok)

    def digit(self, turn: Turn, digit: str) -> Exit:
        return None if turn.memory["done"] else super().digit(turn, digit)

    def taken(self, turn: Turn, digits: str) -> Exit:
        if not digits:
            return self._back(turn)
        if turn.memory["first"] is None:
            turn.memory["first"] = digits
            self.begin(turn, AGAIN)
            return None
        ask(turn, SetPin, turn.memory["first"], digits)
        return None

    def pin_checked(self, turn: Turn, problem: str) -> Exit:
        turn.memory["tries"] += 1
        if problem in SOUNDS and turn.memory["tries"] < TRIES:
            self._ask(turn, SOUNDS[problem])
            return None
        turn.memory.update(done=True, first=None)
        say(turn, SOUNDS.get(problem, SORRY) if problem else CHANGED)
        return None

    def _back(self, turn: Turn) -> Exit:
        return block("mailbox", mailbox=turn.setting("mailbox"))
