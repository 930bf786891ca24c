"""What the blocks of a mailbox share: whose it is, how digits are taken, and how something is asked of the database."""

from collections.abc import Iterator
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Go, Turn
from routing.blocks.ways import Look, Way
from routing.commands import CheckPin, ReadMailbox, SetPin
from routing.config import Block, UserConfig
from routing.expressions.spoken_numbers import number
from routing.ids import BlockId, TimerPurpose
from routing.state.phases import CallPhase
from routing.state.world import SORRY_SOUND

DONE, FAILED = "done", "failed"
WAIT, BETWEEN = 6.0, 3.0
"""Seconds until a menu is played again, and after the last digit of an input."""
TRIES = 3


class InMailbox(BlockType):
    """A block of a mailbox. `done` ends the call with a goodbye, `failed` with an apology."""

    settings: ClassVar = {"mailbox": checks.mailbox(required=True)}
    exits = frozenset({DONE, FAILED})
    farewell: ClassVar = {FAILED: SORRY_SOUND}

    def overdue(self, turn: Turn) -> Exit:
        return FAILED

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way(DONE, "the member hangs up", 0.0)


class TakesDigits(InMailbox):
    """A block that takes a number. It ends with `#`, or some seconds after a digit; `*` takes it back."""

    longest: ClassVar[int] = 10

    def begin(self, turn: Turn, *sounds: str) -> None:
        """Ask for digits."""
        turn.memory["digits"] = ""
        say(turn, *sounds)

    def played(self, turn: Turn, ok: bool) -> Exit:
        wait_for_digit(turn, WAIT)
        return None

    def digit(self, turn: Turn, digit: str) -> Exit:
        turn.world.stop_play(turn.call)
        turn.world.cancel_timer(turn.call.id, TimerPurpose.DIGIT)
        turn.call.awaiting = None
        if digit == "*":
            turn.memory["digits"] = ""
        elif digit == "#":
            return self.taken(turn, turn.memory["digits"])
        else:
            turn.memory["digits"] += digit
        if len(turn.memory["digits"]) >= self.longest:
            return self.taken(turn, turn.memory["digits"])
        wait_for_digit(turn, BETWEEN)
        return None

    def timed_out(self, turn: Turn) -> Exit:
        return self.taken(turn, turn.memory["digits"])

    def taken(self, turn: Turn, digits: str) -> Exit:
        """The input is there; it may be empty."""
        raise NotImplementedError


def block(type: str, **settings: Any) -> Go:
    """Return the way to a block of a mailbox."""
    return Go(Block(BlockId(type), type, settings))


def say(turn: Turn, *sounds: str) -> None:
    """Play sounds, whatever the call did before."""
    turn.world.cancel_timer(turn.call.id, TimerPurpose.DIGIT)
    if turn.call.phase in (CallPhase.FETCHING, CallPhase.RECORDING):
        turn.world.move(turn.call, CallPhase.ROUTING)
    turn.world.play(turn.call, sounds)


def wait_for_digit(turn: Turn, seconds: float) -> None:
    turn.world.move(turn.call, CallPhase.COLLECTING)
    turn.world.start_timer(turn.call.id, TimerPurpose.DIGIT, turn.world.now + seconds)


def ask(turn: Turn, kind: type[ReadMailbox] | type[CheckPin] | type[SetPin], *values: str) -> None:
    """Ask something of the mailbox that the block is about. `values`: the command's own fields."""
    call, mailbox = turn.call, turn.setting("mailbox")
    turn.world.answer(call)
    turn.world.cancel_timer(call.id, TimerPurpose.DIGIT)
    call.token += 1
    call.awaiting = call.token
    turn.world.emit(kind(call.id, call.token, call.team or "", mailbox["kind"], mailbox["id"], *values))
    if call.phase is not CallPhase.ROUTING:
        turn.world.move(call, CallPhase.ROUTING)
    turn.world.move(call, CallPhase.FETCHING)


def member_of(turn: Turn) -> UserConfig | None:
    """Return the member from whose phone the call comes; None: it comes from outside."""
    return turn.world.users.of_phone(turn.call.phone) if turn.call.phone else None


def spelled(text: str) -> tuple[str, ...]:
    """Return a number digit by digit."""
    return tuple(f"digits/{sign}" for sign in text if sign.isdecimal() and sign.isascii())


def counted(count: int, name: str) -> tuple[str, ...]:
    """Return `3 new`, for example; `name` is the sound of the word."""
    return (*number(count), name)
