"""`collect`: asks for digits and keeps them in a variable."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.expressions.prompts import Audio
from routing.expressions.variables import assign
from routing.ids import TimerPurpose
from routing.state.phases import CallPhase


class Collect(BlockType):
    """Digits count during the first sound too. The input ends with the `end` key, with the last of `max` digits, or
    when `between` seconds pass after a digit. Fewer than `min` digits are asked for again, `retries` times."""

    type = "collect"
    settings: ClassVar = {
        "sound": checks.heard(required=True),
        "variable": Setting(checks.variable, required=True),
        "min": Setting(checks.whole(1, 40), default=1),
        "max": Setting(checks.whole(1, 40), default=20),
        "end": Setting(checks.one_of("#", "*", "none"), default="#"),
        "timeout": Setting(checks.seconds(1, 60), default=5),
        "between": Setting(checks.seconds(1, 60), default=3),
        "retries": Setting(checks.whole(0, 10), default=2),
        "invalid_sound": checks.heard(default="pm-invalid-option"),
    }
    exits = frozenset({"next", "timeout", "invalid"})
    required_exits = frozenset({"next"})
    digits_go_to = "variable"

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        least, most = settings.get("min", 1), settings.get("max", 20)
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield "settings.max", "must not be below min"

    def enter(self, turn: Turn) -> Exit:
        turn.memory["tries"] = 0
        return self._ask(turn, Audio())

    def _ask(self, turn: Turn, first: Audio) -> Exit:
        turn.memory["digits"] = ""
        turn.play(first + turn.audio("sound"))
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        self._wait(turn, turn.setting("timeout"))
        return None

    def _wait(self, turn: Turn, seconds: float) -> None:
        turn.world.move(turn.call, CallPhase.COLLECTING)
        turn.world.start_timer(turn.call.id, TimerPurpose.DIGIT, turn.world.now + seconds)

    def digit(self, turn: Turn, digit: str) -> Exit:
        turn.world.stop_play(turn.call)
        turn.world.cancel_timer(turn.call.id, TimerPurpose.DIGIT)
        if digit == turn.setting("end"):
            return self._done(turn)
        turn.memory["digits"] += digit
        if len(turn.memory["digits"]) >= turn.setting("max"):
            return self._done(turn)
        self._wait(turn, turn.setting("between"))
        return None

    def timed_out(self, turn: Turn) -> Exit:
        return self._done(turn)

    def _done(self, turn: Turn) -> Exit:
        digits = turn.memory["digits"]
        if len(digits) >= turn.setting("min"):
            assign(turn.call.variables, turn.setting("variable"), digits)
            return "next"
        turn.memory["tries"] += 1
        if turn.memory["tries"] > turn.setting("retries"):
            return "invalid" if digits else "timeout"
        return self._ask(turn, turn.audio("invalid_sound") if digits else Audio())

    def ways(self, look: Look) -> Iterator[Way]:
        tries, least, most = look.setting("retries") + 1, look.setting("min"), look.setting("max")
        wait, between = float(look.setting("timeout")), float(look.setting("between"))
        one = wait + between * (most - 1)
        end = look.setting("end") if look.setting("end") != "none" and least < most else ""
        variable = look.setting("variable")
        some = "1" * least
        yield Way(
            "next", f"{least} to {most} digits are pressed", one * tries, some + end, True, {variable: None}
        )
        yield Way("timeout", f"no digit for {tries * wait:g} s", tries * wait)
        if least > 1 or end:
            few = "1" * (least - 1) + end
            lead = f"fewer than {least} digits are pressed, {tries} times"
            if few.strip("#*"):
                yield Way("invalid", lead, tries * one, digits=few * tries, chosen=True)
