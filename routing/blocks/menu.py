"""`menu`: plays a sound and branches by the digit that the caller presses, also during the sound, or by what they
say."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting, Words
from routing.blocks.ways import Look, Way
from routing.commands import Listen
from routing.expressions.prompts import Audio
from routing.expressions.shapes import shaped
from routing.ids import TimerPurpose
from routing.state.phases import CallPhase

DIGITS = "0123456789*#"
SILENCE = 2
"""After this many seconds of silence a spoken phrase is taken for finished."""


@shaped(type="object", minProperties=1, maxProperties=50, additionalProperties={"type": "string"})
def check_speech(value: Any) -> str | None:
    """Check `{"sales": "1", "technical support": "2"}`: phrases in small letters and their digits."""
    if not isinstance(value, dict) or not 1 <= len(value) <= 50:
        return "must map 1 to 50 phrases to digits"
    for phrase, digit in value.items():
        words = phrase.split(" ")
        if len(phrase) > 60 or not all(word.replace("'", "").isalpha() and word.islower() for word in words):
            return f"{phrase!r:.70} is no phrase: words in small letters, one blank between them, 60 at most"
        if not isinstance(digit, str) or digit not in tuple(DIGITS):
            return f"{phrase!r:.70} must lead to one digit of {DIGITS}"
    return None


class Menu(BlockType):
    """The sound is repeated after silence and after a digit that leads nowhere, `retries` times. Then the call leaves
    by `timeout` or `invalid`, whichever came last. With `speech`, the block also listens after the sound."""

    type = "menu"
    settings: ClassVar = {
        "sound": checks.heard(required=True),
        "timeout": Setting(checks.seconds(1, 60), default=5),
        "retries": Setting(checks.whole(0, 10), default=2),
        "invalid_sound": checks.heard(default="pm-invalid-option"),
        "speech": Setting(check_speech, words=Words.LABELS),
    }
    exits = frozenset({*DIGITS, "timeout", "invalid"})

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if not any(digit in exits for digit in DIGITS):
            yield "exits", "a menu needs an exit for one digit at least"
        speech = settings.get("speech")
        for phrase, digit in speech.items() if isinstance(speech, dict) else ():
            if isinstance(digit, str) and digit in DIGITS and digit not in exits:
                yield "settings.speech", f"{phrase!r:.70} leads to {digit}, for which there is no exit"

    def enter(self, turn: Turn) -> Exit:
        turn.memory["tries"] = 0
        turn.play(turn.audio("sound"))
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        if turn.setting("speech"):
            self._listen(turn)
        else:
            self.overdue(turn)
        return None

    def overdue(self, turn: Turn) -> Exit:
        """Wait for digits alone: speech recognition does not work, or is not set."""
        turn.world.move(turn.call, CallPhase.COLLECTING)
        turn.world.start_timer(turn.call.id, TimerPurpose.DIGIT, turn.world.now + turn.setting("timeout"))
        return None

    def _listen(self, turn: Turn) -> None:
        call, seconds = turn.call, round(turn.setting("timeout"))
        call.token += 1
        call.awaiting = call.token
        turn.world.emit(Listen(call.id, call.token, tuple(sorted(turn.setting("speech"))), seconds, SILENCE))
        turn.world.move(call, CallPhase.LISTENING, limit=float(seconds))

    def heard(self, turn: Turn, phrase: str) -> Exit:
        digit = turn.setting("speech").get(phrase)
        return self._again(turn, "timeout", Audio()) if digit is None else self.digit(turn, digit)

    def digit(self, turn: Turn, digit: str) -> Exit:
        turn.world.cancel_timer(turn.call.id, TimerPurpose.DIGIT)
        turn.world.stop_play(turn.call)
        turn.call.awaiting = None
        if digit in turn.block.exits:
            return digit
        return self._again(turn, "invalid", turn.audio("invalid_sound"))

    def timed_out(self, turn: Turn) -> Exit:
        return self._again(turn, "timeout", Audio())

    def _again(self, turn: Turn, exit: str, first: Audio) -> Exit:
        turn.memory["tries"] += 1
        if turn.memory["tries"] > turn.setting("retries"):
            return exit
        turn.play(first + turn.audio("sound"))
        return None

    def ways(self, look: Look) -> Iterator[Way]:
        tries = look.setting("retries") + 1
        longest = tries * float(look.setting("timeout"))
        said = {digit: phrase for phrase, digit in (look.setting("speech") or {}).items()}
        for digit in DIGITS:
            if digit in look.block.exits:
                spoken = f" (or “{said[digit]}” is said)" if digit in said else ""
                yield Way(digit, f"{digit} is pressed{spoken}", longest, digits=digit, chosen=True)
        yield Way("timeout", f"no digit for {longest:g} s", longest)
        wrong = next((digit for digit in DIGITS if digit not in look.block.exits), None)
        if wrong is not None:
            lead = f"{wrong} is pressed, {tries} times" if tries > 1 else f"{wrong} is pressed"
            yield Way("invalid", lead, longest, digits=wrong * tries, chosen=True)
