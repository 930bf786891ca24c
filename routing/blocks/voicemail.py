"""`voicemail`: plays a greeting and records the caller. A caller who hangs up while recording leaves the message all
the same."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.commands import LogVoicemail, RecordMessage
from routing.config import UserConfig
from routing.expressions import prompts
from routing.expressions.prompts import Audio
from routing.records import VoicemailRecord
from routing.state import Call
from routing.state.phases import CallPhase
from routing.state.world import World

UNAVAILABLE, BUSY, TEMPORARY = "unavailable", "busy", "temporary"
"""Kinds of greetings. A temporary one is played in place of both others."""
NAME = "name"
"""Among the greetings of a user's mailbox: the member's name, as they say it."""
INTRO = "vm-intro"
"""'Please leave your message after the tone.'"""
OF_CALL = "call"
"""The kind of mailbox of a message that belongs to its call alone."""


class Voicemail(BlockType):
    """The caller hears the block's own `greeting`, else one of the mailbox: its `temporary` one, else the `busy` one if
    `reason` says so, else the `unavailable` one, else Asterisk's."""

    type = "voicemail"
    overflow_target = True
    takes_over = True
    settings: ClassVar = {
        "mailbox": checks.mailbox(required=True),
        "greeting": checks.heard(),
        "reason": Setting(checks.one_of(UNAVAILABLE, BUSY), default=UNAVAILABLE),
        "max_seconds": Setting(checks.whole(5, 3600), default=180),
        "silence": Setting(checks.whole(1, 60), default=10),
    }
    exits = frozenset({"next"})

    def enter(self, turn: Turn) -> Exit:
        turn.play(turn.audio("greeting") or greeting(turn, turn.setting("mailbox"), turn.setting("reason")))
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


# -- what callers hear first -----------------------------------------------------------------------------------


def greeting(turn: Turn, mailbox: dict[str, str], reason: str) -> Audio:
    """Return the greeting of a mailbox for a caller who comes for this reason."""
    found = turn.world.mailboxes.of(turn.call.team, mailbox["kind"], mailbox["id"])
    kinds = (TEMPORARY, reason, UNAVAILABLE)
    own = (
        next((found.greetings[kind] for kind in kinds if found.greetings.get(kind)), None) if found else None
    )
    return prompts.audio(own, turn.value, turn.language) or Audio((INTRO,))


def recorded_name(turn: Turn, member: UserConfig) -> Audio:
    """Return the member's name as they recorded it; empty: they did not."""
    found = turn.world.mailboxes.of(member.team, "user", member.user)
    return prompts.audio(found.greetings.get(NAME) if found else None, turn.value, turn.language) or Audio()


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
