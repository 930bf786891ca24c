"""`voicemail`: plays a greeting and records the caller. A caller who hangs up while recording leaves the message all
the same."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.commands import LogVoicemail, RecordMessage
from routing.records import VoicemailRecord
from routing.state import Call
from routing.state.phases import CallPhase
from routing.state.world import World

OF_CALL = "call"
"""The kind of mailbox of a message that belongs to its call alone."""


class Voicemail(BlockType):
    type = "voicemail"
    overflow_target = True
    takes_over = True
    settings: ClassVar = {
        "mailbox": checks.mailbox(required=True),
        "greeting": checks.heard(default="vm-intro"),
        "max_seconds": Setting(checks.whole(5, 3600), default=180),
        "silence": Setting(checks.whole(1, 60), default=10),
    }
    exits = frozenset({"next"})

    def enter(self, turn: Turn) -> Exit:
        turn.play(turn.audio("greeting"))
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        record_message(
            turn.world,
            turn.call,
            turn.setting("mailbox"),
            max_seconds=turn.setting("max_seconds"),
            silence=turn.setting("silence"),
        )
        return None

    def recorded(self, turn: Turn, seconds: float) -> Exit:
        keep_message(turn.world, turn.call, seconds)
        return "next"

    def ways(self, look: Look) -> Iterator[Way]:
        exit = "next" if "next" in look.block.exits else None
        yield Way(exit, "a message is left", float(look.setting("max_seconds")))


# -- messages that callers leave -------------------------------------------------------------------------------


def record_message(
    world: World, call: Call, mailbox: dict[str, str], *, max_seconds: int, silence: int
) -> None:
    """Start the recording. The file's name is the call's id, and from the second message of a call on also a number."""
    call.messages += 1
    suffix = "" if call.messages == 1 else f"-{call.messages}"
    file = f"voicemail/{call.id}{suffix}"
    call.memory["file"], call.memory["mailbox"] = file, dict(mailbox)
    call.token += 1
    call.awaiting = call.token
    world.emit(RecordMessage(call.id, call.token, file, max_seconds, silence))
    world.move(call, CallPhase.RECORDING, limit=float(max_seconds))


def keep_message(world: World, call: Call, seconds: float) -> None:
    """Log the message. 0.0 seconds means that the length is unknown: the worker measures the file."""
    mailbox = call.memory.pop("mailbox", None)
    if mailbox is None or call.team is None:
        return
    if mailbox["kind"] != OF_CALL:
        call.outcome = "voicemail"
    record = VoicemailRecord(
        call=call.id,
        team=call.team,
        mailbox_kind=mailbox["kind"],
        mailbox=mailbox["id"],
        caller=call.caller,
        caller_name=call.caller_name,
        did=call.did,
        file=call.memory["file"] + ".wav",
        seconds=seconds,
        created_at=world.now,
    )
    world.emit(LogVoicemail(dict(record)))
