"""`menu`: plays a prompt and branches by the digit that the caller presses, also during the prompt."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Dry, DryTurn, Setting, Turn
from routing.phases import CallPhase

DIGITS = "0123456789*#"


class Menu(BlockType):
    """`retries` is how often the prompt is repeated after silence or a digit that leads nowhere; then the call
    leaves by `timeout` or `invalid`, whichever came last."""

    type = "menu"
    settings: ClassVar = {
        "sound": Setting(checks.sounds, required=True),
        "timeout": Setting(checks.seconds(1, 60), default=5),
        "retries": Setting(checks.whole(0, 10), default=2),
        "invalid_sound": Setting(checks.sounds, default="pm-invalid-option"),
    }
    exits = frozenset({*DIGITS, "timeout", "invalid"})

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if not any(digit in exits for digit in DIGITS):
            yield "exits", "a menu needs an exit for one digit at least"

    def enter(self, turn: Turn) -> str | None:
        turn.memory["tries"] = 0
        turn.world.play(turn.call, turn.sounds("sound"))
        return None

    def played(self, turn: Turn, ok: bool) -> str | None:
        turn.world.move(turn.call, CallPhase.COLLECTING)
        turn.world.start_timer(turn.call.id, "digit", turn.world.now + turn.setting("timeout"))
        return None

    def digit(self, turn: Turn, digit: str) -> str | None:
        turn.world.cancel_timer(turn.call.id, "digit")
        turn.world.stop_play(turn.call)
        if digit in turn.block.exits:
            return digit
        return self._again(turn, "invalid", turn.sounds("invalid_sound"))

    def timed_out(self, turn: Turn) -> str | None:
        return self._again(turn, "timeout", ())

    def _again(self, turn: Turn, exit: str, first: tuple[str, ...]) -> str | None:
        turn.memory["tries"] += 1
        if turn.memory["tries"] > turn.setting("retries"):
            return exit
        turn.world.play(turn.call, first + turn.sounds("sound"))
        return None

    def dry(self, turn: DryTurn) -> Dry:
        exit, why = "timeout", "no digit is pressed"
        for _ in range(turn.setting("retries") + 1):
            digit = next(turn.digits, None)
            if digit is None:
                return "timeout", "no digit is pressed"
            if digit in turn.block.exits and digit in DIGITS:
                return digit, f"{digit} is pressed"
            exit, why = "invalid", f"{digit} is pressed, which leads nowhere"
        return exit, why
