"""Messages that callers leave."""

from routing.commands import LogVoicemail, RecordMessage
from routing.records import VoicemailRecord
from routing.state import Call
from routing.state.phases import CallPhase
from routing.state.world import World

CALL = "call"
"""The kind of mailbox of what was recorded for its call alone."""


def record(world: World, call: Call, mailbox: dict[str, str], *, max_seconds: int, silence: int) -> None:
    """Starts the recording; the file's name is the call's id, with a number from its second message on."""
    call.messages += 1
    suffix = "" if call.messages == 1 else f"-{call.messages}"
    file = f"voicemail/{call.id}{suffix}"
    call.memory["file"], call.memory["mailbox"] = file, dict(mailbox)
    call.token += 1
    call.awaiting = call.token
    world.emit(RecordMessage(call.id, call.token, file, max_seconds, silence))
    world.move(call, CallPhase.RECORDING, limit=float(max_seconds))


def keep(world: World, call: Call, seconds: float) -> None:
    """Logs the message that is being left; 0.0 seconds means unknown, the worker measures the file."""
    mailbox = call.memory.pop("mailbox", None)
    if mailbox is None or call.team is None:
        return
    if mailbox["kind"] != CALL:
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
