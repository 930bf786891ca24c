"""`directory`: finds a member of the team by the letters of their name on the keypad, and rings them."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Go, Turn
from routing.blocks.settings import Setting
from routing.blocks.voicemail import recorded_name
from routing.blocks.ways import Look, Way
from routing.config import Block, UserConfig
from routing.expressions import prompts
from routing.expressions.prompts import Audio
from routing.ids import BlockId, MemberId, TimerPurpose
from routing.state.phases import CallPhase
from routing.state.world import SORRY_SOUND

LETTERS = 3
"""So many letters are asked for. More may be pressed."""
MOST_NAMES = 9
"""Names that are offered for one search, by extension."""
ASK = ["dir-pls-enter", f"digits/{LETTERS}", "dir-firstlast", "dir-usingkeypad"]
CHOOSE, NO_MATCH, NO_MORE = ("dir-instr",), ("dir-nomatch",), ("dir-nomore",)


class Directory(BlockType):
    """The caller presses the first letters of a first or last name. Each member who fits is named, with their
    extension: `1` rings them, `*` names the next one. Members who are not `in_directory` are not found."""

    type = "directory"
    settings: ClassVar = {
        "sound": checks.heard(default=ASK),
        "timeout": Setting(checks.seconds(1, 60), default=5),
        "between": Setting(checks.seconds(1, 60), default=3),
        "retries": Setting(checks.whole(0, 10), default=2),
    }
    exits = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def enter(self, turn: Turn) -> Exit:
        turn.memory["tries"] = 0
        return self._ask(turn, ())

    def _ask(self, turn: Turn, first: tuple[str, ...]) -> Exit:
        turn.memory["keys"], turn.memory["found"] = "", []
        turn.play(Audio(first) + turn.audio("sound"))
        return None

    def _again(self, turn: Turn, why: tuple[str, ...]) -> Exit:
        turn.memory["tries"] += 1
        return "failed" if turn.memory["tries"] > turn.setting("retries") else self._ask(turn, why)

    def played(self, turn: Turn, ok: bool) -> Exit:
        if not ok and turn.memory["found"] and not turn.memory.get("unnamed"):
            # Texts cannot be spoken: the extension has to do.
            turn.memory["unnamed"] = True
            return self._offer(turn)
        self._wait(turn, turn.setting("timeout"))
        return None

    def _wait(self, turn: Turn, seconds: float) -> None:
        turn.world.move(turn.call, CallPhase.COLLECTING)
        turn.world.start_timer(turn.call.id, TimerPurpose.DIGIT, turn.world.now + seconds)

    def digit(self, turn: Turn, digit: str) -> Exit:
        turn.world.stop_play(turn.call)
        turn.world.cancel_timer(turn.call.id, TimerPurpose.DIGIT)
        if turn.memory["found"]:
            return self._choose(turn, digit)
        if digit == "*":
            return self._ask(turn, ())
        if digit == "#":
            return self._search(turn)
        turn.memory["keys"] += digit
        if len(turn.memory["keys"]) >= LETTERS and len(self._matches(turn)) < 2:
            return self._search(turn)
        self._wait(turn, turn.setting("between"))
        return None

    def timed_out(self, turn: Turn) -> Exit:
        return self._again(turn, ()) if turn.memory["found"] else self._search(turn)

    def _search(self, turn: Turn) -> Exit:
        keys = turn.memory["keys"]
        turn.memory["found"] = [member.id for member in self._matches(turn)[:MOST_NAMES]] if keys else []
        if not turn.memory["found"]:
            return self._again(turn, NO_MATCH if keys else ())
        return self._offer(turn)

    def _matches(self, turn: Turn) -> list[UserConfig]:
        """Return the members whose first or last name begins with the keys, by extension."""
        keys, team = turn.memory["keys"], turn.call.team
        found = [
            member
            for member in turn.world.users.by_id.values()
            if member.team == team
            and member.extension
            and not member.suspended
            and any(word.startswith(keys) for word in member.keypad)
        ]
        return sorted(found, key=lambda member: member.extension)

    def _offer(self, turn: Turn) -> Exit:
        """Name the first member of those who are left."""
        member = self._first(turn)
        if member is None:
            return self._choose(turn, "*")
        number = ("extension", *(f"digits/{digit}" for digit in member.extension))
        turn.play(self._name(turn, member) + Audio((*number, *CHOOSE)))
        return None

    def _name(self, turn: Turn, member: UserConfig) -> Audio:
        """Return the member's name: as they recorded it, else as the speech service speaks it."""
        if turn.memory.get("unnamed"):
            return Audio()
        spoken = prompts.prompt(member.name, turn.language)
        return recorded_name(turn, member) or Audio((spoken.sound,), (spoken,))

    def _first(self, turn: Turn) -> UserConfig | None:
        return turn.world.users.by_id.get(MemberId(turn.memory["found"][0]))

    def _choose(self, turn: Turn, digit: str) -> Exit:
        member = self._first(turn)
        if digit == "1" and member is not None:
            settings = {"extension": member.extension}
            return Go(Block(BlockId("extension"), "extension", settings, turn.block.exits))
        if digit != "*":
            return self._offer(turn)
        turn.memory["found"] = turn.memory["found"][1:]
        return self._offer(turn) if turn.memory["found"] else self._again(turn, NO_MORE)

    def ways(self, look: Look) -> Iterator[Way]:
        tries = look.setting("retries") + 1
        wait = float(look.setting("timeout"))
        yield Way(None, "a member is found and rung", tries * wait, "2221", True)
        yield Way("failed", f"nobody is found, {tries} times", tries * wait)
